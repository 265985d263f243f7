//! Which language a file is written in, by its name and by what it begins with.

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// YAML; several documents.
    Yaml,
    /// JSON, which the reader of YAML reads, too.
    Json,
    /// TOML.
    Toml,
    /// A Dockerfile.
    Dockerfile,
    /// Text of a form that only its subject knows: an `AppArmor` profile, a listing of files.
    Text,
}

impl Language {
    /// The language of a file. YAML where nothing says otherwise: manifests come from everywhere, under any name.
    pub fn of(name: &str, text: &str) -> Self {
        Self::of_name(name).unwrap_or_else(|| Self::of_text(text))
    }

    /// What the name alone says.
    pub fn of_name(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let is_dockerfile = |stem: &str| lower == stem || lower.starts_with(&format!("{stem}."));
        match lower.rsplit_once('.').map(|(_, end)| end) {
            Some("yaml" | "yml") => Some(Self::Yaml),
            Some("json") => Some(Self::Json),
            Some("toml") => Some(Self::Toml),
            Some("dockerfile" | "containerfile") => Some(Self::Dockerfile),
            Some("apparmor") => Some(Self::Text),
            _ if is_dockerfile("dockerfile") || is_dockerfile("containerfile") => Some(Self::Dockerfile),
            _ => None,
        }
    }

    /// What a fence calls it; `None` for languages that nothing here judges.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "yaml" => Self::Yaml,
            "json" => Self::Json,
            "toml" => Self::Toml,
            "dockerfile" => Self::Dockerfile,
            "apparmor" | "stat" => Self::Text,
            _ => return None,
        })
    }

    /// The first line that says something. An `ARG` or a `FROM` opens a Dockerfile; `profile`, `abi` and `include` an
    /// `AppArmor` profile; a mode in octal digits before an owner a listing of files; a table or a key with `=` is TOML.
    fn of_text(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
        let mut first =
            lines.clone().find(|l| !l.starts_with('#') || l.starts_with("#include")).unwrap_or("");
        // A comment can be the first thing that a language knows: `# escape=`, `# syntax=`.
        if first.is_empty() {
            first = lines.next().unwrap_or("");
        }
        let mut words = first.split_whitespace();
        let word = words.next().unwrap_or("");
        let next = words.next().unwrap_or("");
        if first.starts_with('{') && !first.starts_with("{{") {
            Self::Json
        } else if matches!(word, "FROM" | "from" | "From")
            || word.eq_ignore_ascii_case("arg") && !next.is_empty()
        {
            Self::Dockerfile
        } else if matches!(word, "profile" | "abi" | "include" | "#include")
            && (next.starts_with('<') || first.contains('{'))
            || word.bytes().all(|b| matches!(b, b'0'..=b'7')) && next.contains(':') && !next.ends_with(':')
        {
            Self::Text
        } else if is_toml(first) {
            Self::Toml
        } else {
            Self::Yaml
        }
    }
}

/// `[table]`, `[[table]]` or `key = value`.
fn is_toml(line: &str) -> bool {
    if line.starts_with('[') {
        let inner = line.split('#').next().unwrap_or("").trim();
        return inner.ends_with(']') && !inner.contains(',') && !inner.contains(": ");
    }
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' ');
    line.split_once('=')
        .is_some_and(|(key, _)| !key.trim_end().is_empty() && !key.starts_with('-') && key.chars().all(bare))
}

#[cfg(test)]
mod tests {
    use super::Language::{self, Dockerfile, Json, Text, Toml, Yaml};

    #[test]
    fn names_say_it_and_where_they_do_not_the_first_line_does() {
        let cases = [
            ("a/Dockerfile", "", Dockerfile),
            ("Dockerfile.debug", "", Dockerfile),
            ("web.dockerfile", "", Dockerfile),
            ("Containerfile", "", Dockerfile),
            ("dockerfiles", "a: 1\n", Yaml),
            ("hosts.toml", "", Toml),
            ("x.json", "", Json),
            ("-", "# syntax=docker/dockerfile:1\nARG V=1\nFROM a\n", Dockerfile),
            ("-", "from: a\n", Yaml),
            ("-", "{\"a\": 1}", Json),
            ("-", "{{- if .Values.a }}\n", Yaml),
            ("-", "server = \"https://a\"\n", Toml),
            ("-", "[host.\"https://a\"]\n", Toml),
            ("-", "[a, b]\n", Yaml),
            ("-", "- a=b\n", Yaml),
            ("-", "abi <abi/4.0>,\ninclude <tunables/global>\nprofile a {\n", Text),
            ("-", "#include <tunables/global>\n", Text),
            ("-", "600 root:root /etc/kubernetes/admin.conf\n", Text),
            ("-", "600: a\n", Yaml),
            ("-", "profile: a\n", Yaml),
            ("-", "", Yaml),
        ];
        for (name, text, wanted) in cases {
            assert_eq!(Language::of(name, text), wanted, "{name} {text:?}");
        }
    }
}
