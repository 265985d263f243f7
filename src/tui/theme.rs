//! Roles to styles. Screens name what a thing is, never a colour.
//!
//! A theme paints its own background, so that its contrast holds on any terminal and nothing need be asked of
//! it. Passing and failing are a pair of blue and orange, and always said by a word or a mark as well.

use ratatui::style::{Color, Modifier, Style};

pub use super::palette::Depth;
use super::palette::{DARK, HIGH_CONTRAST, LIGHT, Palette};
use crate::render::Role;

/// The themes, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeName {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
    /// White on black, contrast of at least 7:1.
    HighContrast,
    /// No colours: bold, underlined and reversed.
    Mono,
}

impl ThemeName {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::Mono];

    /// The name in settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }

    /// The theme of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// What a terminal says of itself in `COLORFGBG` (`15;0`): the last number is its ground.
    pub fn from_colorfgbg(value: &str) -> Option<Self> {
        let ground: u8 = value.rsplit(';').next()?.parse().ok()?;
        Some(if ground == 7 || (9..=15).contains(&ground) { Self::Light } else { Self::Dark })
    }
}

/// What the parts of the application's own frame are. Text of lessons has [`Role`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Plain text.
    Text,
    /// Text that may be passed over.
    Dim,
    /// Rules and borders, never text.
    Line,
    /// A heading.
    Title,
    /// The one thing that stands out.
    Accent,
    /// Text that matters.
    Strong,
    /// The header and the footer.
    Bar,
    /// A key in the footer.
    BarKey,
    /// The name of the application, the place.
    BarStrong,
    /// The chosen row.
    Selected,
    /// Passed, right, done.
    Pass,
    /// Failed, wrong.
    Fail,
    /// Not judged, to be noticed.
    Warn,
    /// What a search found.
    Found,
    /// The link that Enter follows.
    Focus,
    /// The ground of code.
    Code,
}

/// A theme: gives every role its style.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    name: ThemeName,
    depth: Depth,
    palette: Option<Palette>,
}

impl Theme {
    /// The theme of this name, for a terminal with so many colours.
    pub fn new(name: ThemeName, depth: Depth) -> Self {
        let palette = match name {
            ThemeName::Dark => Some(DARK),
            ThemeName::Light => Some(LIGHT),
            ThemeName::HighContrast => Some(HIGH_CONTRAST),
            ThemeName::Mono => None,
        };
        Self { name, depth, palette }
    }

    /// Another theme for the same terminal.
    #[must_use]
    pub fn named(&self, name: ThemeName) -> Self {
        Self::new(name, self.depth)
    }

    /// Its name.
    pub fn name(&self) -> ThemeName {
        self.name
    }

    /// The style of a part of the frame.
    pub fn tone(&self, tone: Tone) -> Style {
        let Some(p) = self.palette else { return mono(tone) };
        let ink = |c| Style::new().fg(self.colour(c));
        let bar = |c| ink(c).bg(self.colour(p.surface));
        match tone {
            Tone::Text => ink(p.text).bg(self.colour(p.ground)),
            Tone::Dim => ink(p.dim),
            Tone::Line => ink(p.line),
            Tone::Accent => ink(p.accent).add_modifier(Modifier::BOLD),
            Tone::Title | Tone::Strong => ink(p.strong).add_modifier(Modifier::BOLD),
            Tone::Bar => bar(p.dim),
            Tone::BarKey => bar(p.accent).add_modifier(Modifier::BOLD),
            Tone::BarStrong => bar(p.text).add_modifier(Modifier::BOLD),
            Tone::Selected => Style::new().bg(self.colour(p.raised)),
            Tone::Pass => ink(p.pass).add_modifier(Modifier::BOLD),
            Tone::Fail => ink(p.fail).add_modifier(Modifier::BOLD),
            Tone::Warn => ink(p.warn).add_modifier(Modifier::BOLD),
            Tone::Found => Style::new().bg(self.colour(p.found)).add_modifier(Modifier::UNDERLINED),
            Tone::Focus => Style::new().add_modifier(Modifier::REVERSED),
            Tone::Code => ink(p.text).bg(self.colour(p.surface)),
        }
    }

    /// The style of a part, to be laid over the ground that is there.
    pub fn ink(&self, tone: Tone) -> Style {
        Style { bg: None, ..self.tone(tone) }
    }

    /// The style of a piece of a lesson, a question or code; laid over the ground that is there.
    pub fn role(&self, role: Role) -> Style {
        let Some(p) = self.palette else { return mono_role(role) };
        let ink = |c| Style::new().fg(self.colour(c));
        let bold = |c| ink(c).add_modifier(Modifier::BOLD);
        match role {
            Role::Text | Role::CodeText => ink(p.text),
            Role::Title | Role::Strong | Role::TableHead => bold(p.strong),
            Role::Heading | Role::Subheading | Role::CalloutTry => bold(p.accent),
            Role::Emphasis => ink(p.text).add_modifier(Modifier::ITALIC),
            Role::Code => ink(p.warn),
            Role::Link => ink(p.accent).add_modifier(Modifier::UNDERLINED),
            Role::Quote | Role::Rule => ink(p.line),
            Role::Marker => ink(p.accent),
            Role::CalloutInterview => bold(p.keyword),
            Role::CalloutPitfall => bold(p.warn),
            Role::CalloutIncident | Role::CodeFail => bold(p.fail),
            Role::CodePass => bold(p.pass),
            Role::CodeHead | Role::LineNumber | Role::Dim | Role::Punctuation => ink(p.dim),
            Role::Note => ink(p.fail),
            Role::Key | Role::Function => ink(p.key),
            Role::String => ink(p.string),
            Role::Number | Role::Constant => ink(p.number),
            Role::Keyword => ink(p.keyword),
            Role::Comment => ink(p.comment).add_modifier(Modifier::ITALIC),
            Role::Variable | Role::Type => ink(p.warn),
        }
    }

    fn colour(&self, rgb: u32) -> Color {
        self.depth.colour(rgb)
    }
}

fn mono(tone: Tone) -> Style {
    let with = |m| Style::new().add_modifier(m);
    match tone {
        Tone::Text | Tone::Dim | Tone::Line | Tone::Code => Style::new(),
        Tone::Title | Tone::Accent | Tone::Strong | Tone::Pass | Tone::Fail | Tone::Warn => {
            with(Modifier::BOLD)
        }
        Tone::Bar | Tone::Selected | Tone::Focus => with(Modifier::REVERSED),
        Tone::BarKey | Tone::BarStrong => with(Modifier::REVERSED | Modifier::BOLD),
        Tone::Found => with(Modifier::UNDERLINED),
    }
}

fn mono_role(role: Role) -> Style {
    let with = |m| Style::new().add_modifier(m);
    match role {
        Role::Title | Role::Heading | Role::Subheading => with(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Strong
        | Role::TableHead
        | Role::CalloutTry
        | Role::CalloutInterview
        | Role::CalloutPitfall
        | Role::CalloutIncident
        | Role::CodeFail
        | Role::CodePass
        | Role::Note
        | Role::Code => with(Modifier::BOLD),
        Role::Link => with(Modifier::UNDERLINED),
        Role::Emphasis => with(Modifier::ITALIC),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(rgb: u32) -> f64 {
        let [_, r, g, b] = rgb.to_be_bytes();
        let part = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn rgb(color: Option<Color>) -> u32 {
        match color {
            Some(Color::Rgb(r, g, b)) => u32::from_be_bytes([0, r, g, b]),
            other => panic!("not a colour: {other:?}"),
        }
    }

    #[test]
    fn every_text_can_be_read_on_every_ground() {
        for (name, least) in [(ThemeName::Dark, 4.5), (ThemeName::Light, 4.5), (ThemeName::HighContrast, 7.0)]
        {
            let theme = Theme::new(name, Depth::True);
            let p = theme.palette.unwrap();
            let inks = [
                ("text", p.text),
                ("dim", p.dim),
                ("strong", p.strong),
                ("accent", p.accent),
                ("pass", p.pass),
                ("fail", p.fail),
                ("warn", p.warn),
                ("key", p.key),
                ("string", p.string),
                ("number", p.number),
                ("keyword", p.keyword),
                ("comment", p.comment),
            ];
            let grounds = [("ground", p.ground), ("surface", p.surface), ("raised", p.raised)];
            for (ink, c) in inks {
                for (ground, g) in grounds {
                    let got = contrast(c, g);
                    assert!(got >= least, "{}: {ink} on {ground} is {got:.2}:1", theme.name().word());
                }
            }
            assert!(contrast(p.text, p.found) >= least, "{}: found", theme.name().word());
        }
    }

    #[test]
    fn passing_and_failing_differ_by_more_than_red_and_green() {
        for name in [ThemeName::Dark, ThemeName::Light, ThemeName::HighContrast] {
            let theme = Theme::new(name, Depth::True);
            let [_, pass_red, _, pass_blue] = rgb(theme.tone(Tone::Pass).fg).to_be_bytes();
            let [_, fail_red, _, fail_blue] = rgb(theme.tone(Tone::Fail).fg).to_be_bytes();
            assert!(pass_blue > pass_red && fail_red > fail_blue, "{}", name.word());
        }
    }

    #[test]
    fn mono_has_no_colours() {
        let theme = Theme::new(ThemeName::Mono, Depth::True);
        for tone in [Tone::Text, Tone::Bar, Tone::Selected, Tone::Pass, Tone::Fail, Tone::Found, Tone::Code] {
            assert_eq!((theme.tone(tone).fg, theme.tone(tone).bg), (None, None));
        }
        assert_eq!(theme.role(Role::Key).fg, None);
    }
}
