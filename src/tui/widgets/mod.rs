//! Small parts that several screens draw with. They know styles and areas, no screen and no session but the
//! header's numbers.

pub mod bar;
pub mod code;
pub mod diff;
pub mod filter;
pub mod input;
pub mod list;
pub mod meter;
pub mod panel;
pub mod prose;
pub mod question;
pub mod ratings;
pub mod speaking;
pub mod text;
