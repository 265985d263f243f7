//! What the application is told when it starts: where to open, how to look, which editor.

use crate::render::Glyphs;

use super::flow::Route;
use super::theme::{Depth, Theme, ThemeName};

/// What the application is told when it starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// The screen to open above Home; none: Home, or the welcome where nothing was ever done.
    pub start: Option<Route>,
    /// The theme.
    pub theme: Theme,
    /// Which characters the terminal can show.
    pub glyphs: Glyphs,
    /// The learner's editor, a shell command.
    pub editor: String,
}

impl Options {
    /// Reads the environment: `SEALEGS_THEME`, `NO_COLOR`, `COLORFGBG`, `COLORTERM`, `TERM`, `LC_ALL`, `LC_CTYPE`,
    /// `LANG`, `VISUAL`, `EDITOR`. `theme` is the setting of the learner's file; the environment goes before it.
    pub fn from_env(theme: Option<&str>, var: impl Fn(&str) -> Option<String>) -> Self {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let term = var("TERM").unwrap_or_default();
        let plain =
            var("NO_COLOR").is_some() || matches!(term.as_str(), "dumb" | "vt100" | "vt102" | "vt220");
        let name = if plain {
            ThemeName::Mono
        } else {
            let word = |w: Option<String>| w.and_then(|w| ThemeName::from_word(&w));
            word(var("SEALEGS_THEME"))
                .or_else(|| word(theme.map(str::to_owned)))
                .or_else(|| var("COLORFGBG").and_then(|c| ThemeName::from_colorfgbg(&c)))
                .unwrap_or(ThemeName::Dark)
        };
        let all = matches!(var("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
        let depth = if all || term.ends_with("-direct") { Depth::True } else { Depth::Indexed };
        let locale = var("LC_ALL").or_else(|| var("LC_CTYPE")).or_else(|| var("LANG"));
        let utf8 = locale.is_none_or(|l| {
            let l = l.to_ascii_lowercase();
            l.contains("utf-8") || l.contains("utf8")
        });
        Self {
            start: None,
            theme: Theme::new(name, depth),
            glyphs: if utf8 { Glyphs::Unicode } else { Glyphs::Ascii },
            editor: var("VISUAL").or_else(|| var("EDITOR")).unwrap_or_else(|| "vi".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)]) -> Options {
        let set: Vec<_> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Options::from_env(None, |name| set.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()))
    }

    #[test]
    fn the_environment_chooses_the_theme() {
        let name = |set: &[(&str, &str)]| with(set).theme.name();
        assert_eq!(name(&[]), ThemeName::Dark);
        assert_eq!(name(&[("COLORFGBG", "0;15")]), ThemeName::Light);
        assert_eq!(
            name(&[("COLORFGBG", "0;15"), ("SEALEGS_THEME", "high-contrast")]),
            ThemeName::HighContrast
        );
        assert_eq!(name(&[("SEALEGS_THEME", "light"), ("NO_COLOR", "1")]), ThemeName::Mono);
        assert_eq!(name(&[("NO_COLOR", "")]), ThemeName::Dark);
        assert_eq!(name(&[("SEALEGS_THEME", "pink")]), ThemeName::Dark);
    }

    #[test]
    fn visual_goes_before_editor_and_locales_choose_the_glyphs() {
        assert_eq!(with(&[("EDITOR", "nano"), ("VISUAL", "code --wait")]).editor, "code --wait");
        assert_eq!(with(&[]).editor, "vi");
        assert_eq!(with(&[("LANG", "C")]).glyphs, Glyphs::Ascii);
        assert_eq!(with(&[("LANG", "de_DE.UTF-8")]).glyphs, Glyphs::Unicode);
    }
}
