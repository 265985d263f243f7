//! What looks like a credential: a variable's name, a value's shape. No judgement about where it stands.

/// Last words of a name that say what the value is. `_FILE`, `_PATH`, `_NAME`, `_TTL` behind them say something else.
const WORDS: &[&str] = &[
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASS",
    "PWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// Words before a last `KEY` that make it a secret one. An `ACCESS_KEY` of S3's kind is the public half.
const KEYS: &[&str] = &["API", "PRIVATE", "SECRET", "ENCRYPTION", "SIGNING", "MASTER", "AUTH"];

/// Words that make of it a number, a switch or something published.
const HARMLESS: &[&str] = &[
    "MAX", "MIN", "NUM", "COUNT", "ALLOW", "ENABLE", "DISABLE", "REQUIRE", "USE", "SKIP", "PUBLIC", "NEXT",
    "RANDOM",
];

/// Values that point at where the credential is, in some tool's own words.
const POINTERS: &[&str] = &[
    "/", "./", "$(", "${", "<", "{{", "vault:", "arn:", "ref+", "op://", "http://", "https://", "file:",
    "gcp:",
];

/// Beginnings of credentials, each with what it is and how long the whole at least is.
const SHAPES: &[(&str, &str, usize)] = &[
    ("AKIA", "an access key id of AWS", 20),
    ("ASIA", "an access key id of AWS", 20),
    ("ghp_", "a token of GitHub", 40),
    ("github_pat_", "a token of GitHub", 40),
    ("glpat-", "a token of GitLab", 26),
    ("hvs.", "a token of Vault", 28),
    ("sk_live_", "a live key of Stripe", 24),
    ("xoxb-", "a token of Slack", 24),
    ("xoxp-", "a token of Slack", 24),
];

/// What a value is by its form alone.
pub(super) fn shape(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.starts_with("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let known = SHAPES.iter().find(|(start, _, len)| text.starts_with(start) && text.len() >= *len);
    if let Some((_, what, _)) = known.filter(|_| text.chars().all(plain)) {
        return Some(what);
    }
    let dots = text.matches('.').count();
    if text.starts_with("eyJ") && dots == 2 && text.len() > 60 && text.chars().all(plain) {
        return Some("a JSON Web Token");
    }
    has_password(text).then_some("an address with a password in it")
}

/// `scheme://user:password@host`, where the password is no reference.
fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let Some((_, password)) = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')) else {
        return false;
    };
    scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !password.is_empty()
        && !password.starts_with(['$', '<', '{', '%'])
        && password.chars().any(|c| c != '*' && c != 'x' && c != 'X')
}

/// Whether a variable of that name holds a credential.
pub(super) fn is_named(name: &str) -> bool {
    let words = words(name);
    let Some((last, before)) = words.split_last() else { return false };
    if words.iter().any(|w| HARMLESS.contains(&w.as_str())) {
        return false;
    }
    match last.as_str() {
        "PWD" | "PASS" => !before.is_empty(),
        "KEY" => {
            before.last().is_some_and(|w| KEYS.contains(&w.as_str()))
                || before.ends_with(&["SECRET".to_owned(), "ACCESS".to_owned()])
        }
        last => WORDS.contains(&last),
    }
}

/// The words of `DB_PASSWORD`, `db-password`, `dbPassword`, in upper case.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        let cut = !c.is_ascii_alphanumeric();
        if cut || lower && c.is_ascii_uppercase() {
            out.push(String::new());
        }
        lower = c.is_ascii_lowercase();
        if let Some(word) = out.last_mut().filter(|_| !cut) {
            word.push(c.to_ascii_uppercase());
        }
    }
    out.retain(|w| !w.is_empty());
    out
}

/// Whether a value can be the credential that the name promises: not empty, no switch, no pointer to it.
pub(super) fn may_be(name: &str, text: &str) -> bool {
    let text = text.trim();
    let switch = ["true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"];
    let pointer = POINTERS.iter().any(|p| text.starts_with(p)) || text.contains("$(") || text.contains("${");
    let object = words(name).last().is_some_and(|w| w != "PASSWORD" && w != "PASSWD") && names_object(text);
    !text.is_empty() && !pointer && !object && !switch.iter().any(|s| text.eq_ignore_ascii_case(s))
}

/// `shop-tls`, `db-credentials`: the name of a Secret, as people choose them.
fn names_object(text: &str) -> bool {
    let label = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c));
    let ends = ["secret", "secrets", "tls", "credentials", "creds", "cert", "token", "key"];
    label && text.contains('-') && text.rsplit('-').next().is_some_and(|last| ends.contains(&last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_name_decide() {
        for name in
            ["DB_PASSWORD", "dbPassword", "AWS_SECRET_ACCESS_KEY", "api-key", "TOKEN", "DB_PWD", "JWT_SECRET"]
        {
            assert!(is_named(name), "{name}");
        }
        let others = [
            "PASSWORD_FILE",
            "SECRETS_DIR",
            "TOKEN_PATH",
            "PWD",
            "OLDPWD",
            "AWS_ACCESS_KEY_ID",
            "PUBLIC_KEY",
            "KEY",
            "MAX_TOKENS",
            "TOKEN_TTL",
            "SECRET_NAME",
            "MYSQL_ALLOW_EMPTY_PASSWORD",
            "PARTITION_KEY",
            "BYPASS",
            "",
        ];
        for name in others {
            assert!(!is_named(name), "{name}");
        }
    }

    #[test]
    fn values_that_point_elsewhere_are_none() {
        for text in [
            "",
            "true",
            "/run/db/password",
            "$(OTHER)",
            "{{ .Values.x }}",
            "vault:secret/data/x",
            "<redacted>",
        ] {
            assert!(!may_be("DB_PASSWORD", text), "{text}");
        }
        assert!(!may_be("TLS_SECRET", "shop-tls"));
        assert!(may_be("DB_PASSWORD", "kauri-37-lantern") && may_be("JWT_SECRET", "s3cr3t"));
    }

    #[test]
    fn shapes_are_known_without_a_name() {
        assert!(shape("-----BEGIN RSA PRIVATE KEY-----\nMII").is_some());
        assert!(shape("-----BEGIN CERTIFICATE-----\nMII").is_none());
        assert!(shape("AKIAQWERTYUIOPASDFGH").is_some() && shape("AKIA").is_none());
        assert!(shape("postgres://app:kauri@db:5432/shop").is_some());
        for text in [
            "postgres://app:$(PW)@db/shop",
            "https://a.example:8443/x",
            "http://a/b:c@d",
            "postgres://app@db",
            ":",
        ] {
            assert!(shape(text).is_none(), "{text}");
        }
    }
}
