//! Whose signatures an identity of keyless signing lets through.

use crate::checks::Fault;
use crate::model::value;
use crate::parse::Node;

const HELP: &str = "name the workflow and its issuer in full, with ends on both sides";

/// An identity that fits everybody: one of the two is not compared, or by a pattern that each fits. Where the one that
/// signs is bound in another way (`bound`), a missing name is none.
pub(in crate::checks) fn loose(identity: Node<'_>, bound: bool) -> Option<Fault> {
    for (name, pattern) in [("subject", "subjectRegExp"), ("issuer", "issuerRegExp")] {
        let set: Vec<_> = [(name, false), (pattern, true)]
            .into_iter()
            .filter_map(|(key, regex)| Some((identity.get(key)?, regex)))
            .filter(|(node, _)| value::string(*node).is_none_or(|t| !t.is_empty()))
            .collect();
        if set.is_empty() && !bound {
            let missing = identity.missing(name);
            let detail = format!("{} is not set: each {name} will do", missing.path);
            return Some(Fault::new(missing.span, detail, HELP).label("belongs here"));
        }
        for (node, regex) in set {
            let text = value::string(node).filter(|t| is_anybody(t, regex));
            if let Some(text) = text {
                let says = format!("is {text:?}: whoever can get a certificate can sign");
                return Some(Fault::at(node, &says, HELP));
            }
        }
    }
    None
}

/// Where everybody has an account: a pattern that ends here fits all of them.
const SHARED: [&str; 7] = [
    "",
    "http",
    "https:",
    "https?:",
    "https://github.com",
    "https://gitlab.com",
    "https://accounts.google.com",
];

/// Whether a pattern fits everybody who can get a certificate. A regular expression that does not end in `$` goes on.
pub(in crate::checks) fn is_anybody(pattern: &str, regex: bool) -> bool {
    let core = pattern.strip_prefix('^').unwrap_or(pattern);
    let closed = core.strip_suffix('$');
    let core = closed.unwrap_or(core);
    let wild = [".*", ".+"].iter().find_map(|end| core.strip_suffix(end).filter(|p| regex || p.is_empty()));
    let (prefix, open) = match wild.or_else(|| core.strip_suffix('*')) {
        Some(prefix) => (prefix, true),
        None => (core, regex && closed.is_none()),
    };
    let plain = prefix.replace("\\.", ".").replace("[.]", ".");
    open && SHARED.contains(&plain.trim_end_matches(['/', '*']))
}

#[cfg(test)]
mod tests {
    use super::is_anybody;

    #[test]
    fn a_pattern_that_names_nobody_is_everybodys() {
        for open in [
            ".*",
            "^.*$",
            ".+",
            "https://github.com/.*",
            "^https://github[.]com/",
            "https://.*",
            "^https?://.*$",
        ] {
            assert!(is_anybody(open, true), "{open}");
        }
        for open in ["*", "https://*", "https://github.com/*"] {
            assert!(is_anybody(open, false), "{open}");
        }
        for bound in [
            "https://github.com/acme/.*",
            "^a@b[.]example$",
            "^https://token[.]actions[.]githubusercontent[.]com$",
        ] {
            assert!(!is_anybody(bound, true), "{bound}");
        }
        for bound in ["https://github.com/acme/*", "https://accounts.google.com", "a@b.example"] {
            assert!(!is_anybody(bound, false), "{bound}");
        }
    }
}
