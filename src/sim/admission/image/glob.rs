//! The patterns for names of images, each engine's own: a star stops at a slash in Sigstore's, and not in Kyverno's.

use regex::Regex;

use crate::sim::admission::gobwas;
use crate::sim::cel::go_pattern;

/// The most letters of a glob, and the most parts between stars.
const LONGEST: usize = 1024;
const STARS: usize = 32;

/// Sigstore's: `*` stops at `/`, `**` does not. What is compared ends in a digest, so that a pattern without one, or
/// without a star at its end, never fits. policy-controller `pkg/apis/glob/glob.go`.
pub fn sigstore(glob: &str) -> Result<Regex, String> {
    let glob = match glob {
        "*/*" => "index.docker.io/*/*",
        "*" => "index.docker.io/library/*",
        other => other,
    };
    within(glob)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:/*.@".contains(c);
    if glob.is_empty() || !glob.chars().all(plain) {
        return Err(format!("invalid glob \"{glob}\""));
    }
    // What is compared is plain as well: classes of ASCII are far smaller than those of every letter.
    let pattern =
        glob.replace('.', "\\.").replace("**", "#").replace('*', "[!-.0-~]*").replace('#', "[!-~]*");
    go_pattern(&format!("^{pattern}$"))
}

/// What is longer than any name of an image is not compared.
fn within(glob: &str) -> Result<(), String> {
    if glob.len() > LONGEST || glob.split('*').filter(|part| !part.is_empty()).count() > STARS {
        let start: String = glob.chars().take(40).collect();
        return Err(format!(
            "the glob \"{start}…\" is longer than {LONGEST} letters, or has more than {STARS} parts between stars"
        ));
    }
    Ok(())
}

/// That of Kyverno's policies in CEL: without separators, so that every star crosses slashes.
pub fn kyverno(glob: &str) -> Result<Regex, String> {
    within(glob)?;
    let pattern = gobwas::expression(glob, &[]).map_err(|text| format!("the glob \"{glob}\": {text}"))?;
    Regex::new(&pattern).map_err(|_| format!("the glob \"{glob}\" cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::cel::ImageName;

    #[test]
    fn a_star_stops_where_its_engine_says() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cases = [
            ("reg.example/org/*", "reg.example/org/app", true),
            ("reg.example/org/*", "reg.example/org/team/app", false),
            ("reg.example/org/**", "reg.example/org/team/app", true),
            ("reg.example/org/app", "reg.example/org/app", false),
            ("reg.example/org/app**", "reg.example/org/app", true),
            ("reg.example/org/app:1", "reg.example/org/app", false),
            ("regXexample/org/*", "reg.example/org/app", false),
            ("*", "busybox", true),
            ("*", "org/app", false),
            ("*/*", "org/app", true),
            ("index.docker.io/library/busybox**", "busybox", true),
            ("**", "reg.example/a/b/c", true),
            ("inde**", "org/app", true),
            ("index.docker.io/*/*", "busybox", true),
            ("busybox**", "busybox", false),
            ("*/**", "reg.example/app", true),
            ("reg.example/*/*", "reg.example/app", false),
            ("reg.example/app@*", "reg.example/app", true),
            ("reg.example/app@sha256:*", "reg.example/app2", false),
            ("reg.example/app", "prefix-reg.example/app", false),
        ];
        for (glob, repository, wanted) in cases {
            let name = ImageName::parse(&format!("{repository}@{digest}")).unwrap();
            assert_eq!(sigstore(glob).unwrap().is_match(&name.to_string()), wanted, "{glob} {repository}");
        }
        for bad in ["", "a#b", "a[b]", "a b", ".+"] {
            assert!(sigstore(bad).is_err(), "{bad}");
        }
        for (glob, text, wanted) in [
            ("ghcr.io/*", "ghcr.io/kyverno/kyverno", true),
            ("ghcr.io/*/foo", "ghcr.io/kyverno/kyverno", false),
            ("ghcr.io/{a,b}/*:?", "ghcr.io/b/c/d:1", true),
            ("ghcr.io/a", "ghcr.io/a:1", false),
        ] {
            assert_eq!(kyverno(glob).unwrap().is_match(text), wanted, "{glob} {text}");
        }
    }
}
