//! Keys by name, and the tables from which screens, footers and help are made.
//!
//! A screen keeps one `const KEYS` table: what it reacts to, what it shows in the footer and what `?` explains
//! can never drift apart. Knows crossterm's key events; knows no screen.

use std::borrow::Cow;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::render::Glyphs;

/// One key press. The closed list of what any screen may ask for: no Alt, no Shift but in capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character; a capital where Shift is held.
    Char(char),
    /// A letter with Control.
    Ctrl(char),
    /// A function key.
    F(u8),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

impl Key {
    /// The key of a crossterm event; `None` for releases and for keys that nobody asks for.
    pub fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        Some(match event.code {
            KeyCode::Char(_) if event.modifiers.contains(KeyModifiers::ALT) => return None,
            KeyCode::Char(c) if control => Self::Ctrl(c.to_ascii_lowercase()),
            KeyCode::Char(c) => Self::Char(c),
            KeyCode::F(n) => Self::F(n),
            KeyCode::Enter => Self::Enter,
            KeyCode::Esc => Self::Esc,
            KeyCode::Tab => Self::Tab,
            KeyCode::BackTab => Self::BackTab,
            KeyCode::Backspace => Self::Backspace,
            KeyCode::Delete => Self::Delete,
            KeyCode::Up => Self::Up,
            KeyCode::Down => Self::Down,
            KeyCode::Left => Self::Left,
            KeyCode::Right => Self::Right,
            KeyCode::Home => Self::Home,
            KeyCode::End => Self::End,
            KeyCode::PageUp => Self::PageUp,
            KeyCode::PageDown => Self::PageDown,
            _ => return None,
        })
    }

    /// Keys written as text: `"jj<enter><c-u> <f1>"`. A name that does not exist is taken letter by letter.
    pub fn parse(text: &str) -> Vec<Self> {
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|r| r.split_once('>'));
            if let Some((key, after)) = named.and_then(|(name, after)| Some((Self::named(name)?, after))) {
                keys.push(key);
                rest = after;
            } else {
                keys.push(Self::Char(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        keys
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "enter" => Self::Enter,
            "esc" => Self::Esc,
            "tab" => Self::Tab,
            "backtab" => Self::BackTab,
            "backspace" => Self::Backspace,
            "delete" => Self::Delete,
            "up" => Self::Up,
            "down" => Self::Down,
            "left" => Self::Left,
            "right" => Self::Right,
            "home" => Self::Home,
            "end" => Self::End,
            "pageup" => Self::PageUp,
            "pagedown" => Self::PageDown,
            "space" => Self::Char(' '),
            _ => {
                let mut letters = name.strip_prefix("c-").unwrap_or("").chars();
                match (letters.next(), letters.next(), name.strip_prefix('f')) {
                    (Some(letter), None, _) => Self::Ctrl(letter),
                    (_, _, Some(number)) => Self::F(number.parse().ok()?),
                    _ => return None,
                }
            }
        })
    }
}

impl Key {
    /// Whether it is a letter that the application has no use for: where a slip of the finger must not leave the
    /// screen, it does nothing.
    pub fn is_stray(self) -> bool {
        matches!(self, Self::Char(letter) if !"q?m".contains(letter))
    }

    /// The key's name, as footer and help show it.
    pub fn name(self, glyphs: Glyphs) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Char(' ') => "Space",
            Self::Char(c) => return Cow::Owned(c.to_string()),
            Self::Ctrl(c) => return Cow::Owned(format!("Ctrl-{}", c.to_ascii_uppercase())),
            Self::F(n) => return Cow::Owned(format!("F{n}")),
            Self::Enter => "Enter",
            Self::Esc => "Esc",
            Self::Tab => "Tab",
            Self::BackTab => "Shift-Tab",
            Self::Backspace => "Backspace",
            Self::Delete => "Delete",
            Self::Up => glyphs.pick("↑", "Up"),
            Self::Down => glyphs.pick("↓", "Down"),
            Self::Left => glyphs.pick("←", "Left"),
            Self::Right => glyphs.pick("→", "Right"),
            Self::Home => "Home",
            Self::End => "End",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
        })
    }
}

/// One line of a screen's key table: keys, what they do in words, and the message that they send.
#[derive(Clone, Copy, Debug)]
pub struct Bind<M: 'static> {
    /// The keys; the first is the one that the footer names.
    pub keys: &'static [Key],
    /// What they do, in one to four words, an imperative.
    pub says: &'static str,
    /// Whether the footer names it.
    pub foot: bool,
    /// What the screen gets.
    pub msg: M,
}

/// A line of a key table that the footer names.
pub const fn foot<M>(keys: &'static [Key], says: &'static str, msg: M) -> Bind<M> {
    Bind { keys, says, foot: true, msg }
}

/// A line of a key table that only the help names.
pub const fn quiet<M>(keys: &'static [Key], says: &'static str, msg: M) -> Bind<M> {
    Bind { keys, says, foot: false, msg }
}

/// The message of `key` in `table`, where the screen says that it works now.
pub fn lookup<M: Copy>(table: &[Bind<M>], key: Key, works: impl Fn(M) -> bool) -> Option<M> {
    table.iter().find(|b| b.keys.contains(&key) && works(b.msg)).map(|b| b.msg)
}

/// The digits that pick a line of a list.
pub const DIGITS: &[Key] = &[
    Key::Char('1'),
    Key::Char('2'),
    Key::Char('3'),
    Key::Char('4'),
    Key::Char('5'),
    Key::Char('6'),
    Key::Char('7'),
    Key::Char('8'),
    Key::Char('9'),
];

/// A key table's line as footer and help show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The keys.
    pub keys: &'static [Key],
    /// What they do.
    pub says: &'static str,
    /// Whether the footer names it.
    pub foot: bool,
}

/// The lines of `table` that work now.
pub fn hints<M: Copy>(table: &[Bind<M>], works: impl Fn(M) -> bool) -> Vec<Hint> {
    let shown = table.iter().filter(|b| works(b.msg));
    shown.map(|b| Hint { keys: b.keys, says: b.says, foot: b.foot }).collect()
}

/// Moving about, the same on every screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// One up.
    Up,
    /// One down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first.
    Top,
    /// To the last.
    Bottom,
}

/// How to move with arrows: works on every screen.
pub const ARROWS: &[Bind<Move>] = &[
    quiet(&[Key::Up], "move up", Move::Up),
    quiet(&[Key::Down], "move down", Move::Down),
    quiet(&[Key::PageUp, Key::Ctrl('u')], "page up", Move::PageUp),
    quiet(&[Key::PageDown, Key::Ctrl('d')], "page down", Move::PageDown),
    quiet(&[Key::Home], "go to the start", Move::Top),
    quiet(&[Key::End], "go to the end", Move::Bottom),
];

/// How to move where letters are free for it: lists, the reader, help.
pub const LETTERS: &[Bind<Move>] = &[
    quiet(&[Key::Up, Key::Char('k')], "move up", Move::Up),
    quiet(&[Key::Down, Key::Char('j')], "move down", Move::Down),
    quiet(&[Key::PageUp, Key::Char('b'), Key::Ctrl('u')], "page up", Move::PageUp),
    quiet(&[Key::PageDown, Key::Char(' '), Key::Ctrl('d')], "page down", Move::PageDown),
    quiet(&[Key::Char('g'), Key::Home], "go to the start", Move::Top),
    quiet(&[Key::Char('G'), Key::End], "go to the end", Move::Bottom),
];

/// What a [`Move`] table answers to `key`.
pub fn movement(table: &[Bind<Move>], key: Key) -> Option<Move> {
    lookup(table, key, |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_text() {
        assert_eq!(
            Key::parse("a<down><c-u><f1><space><b"),
            [
                Key::Char('a'),
                Key::Down,
                Key::Ctrl('u'),
                Key::F(1),
                Key::Char(' '),
                Key::Char('<'),
                Key::Char('b')
            ]
        );
    }

    #[test]
    fn alt_and_releases_are_nobody_s() {
        let alt = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::ALT);
        assert_eq!(Key::of(alt), None);
        let mut release = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(Key::of(release), None);
        let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(Key::of(control), Some(Key::Ctrl('c')));
    }
}
