//! Credentials that stay in an image: in its history, or in a layer.

use crate::checks::{Check, Confidence, Fault, Faults, InstructionCase, Rule, Standard};
use crate::model::pair::{Pair, pairs};
use crate::model::shell::{Command, Word, flat};
use crate::parse::dockerfile::Keyword;
use crate::text::{Severity, Span};

use super::run::{commands, is_shipped, mounts};

const DOC: &str = include_str!("secret.md");

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-secret-file-copied",
        Severity::Critical,
        "credential file is copied into a layer",
        DOC,
        Rule::Instruction(&[Keyword::Add, Keyword::Copy], copied),
    )
    .aliases(&["DS-0031"])
    .lessons(&[17, 9])
    .standards(&[Standard::Cis("D4.10")])
    .technique("T1552.001")
    .confidence(Confidence::Likely),
    Check::new(
        "dockerfile-secret-in-arg-env",
        Severity::Critical,
        "secret in ARG or ENV",
        DOC,
        Rule::Instruction(&[Keyword::Arg, Keyword::Env], variable),
    )
    .aliases(&["DS-0031", "DL3064"])
    .lessons(&[9, 17])
    .standards(&[Standard::Cis("D4.10")])
    .technique("T1552.001")
    .confidence(Confidence::Likely),
    Check::new(
        "dockerfile-secret-in-run",
        Severity::Critical,
        "RUN handles a credential without a secret mount",
        DOC,
        Rule::Instruction(&[Keyword::Run], run),
    )
    .aliases(&["DS-0031"])
    .lessons(&[17, 9])
    .standards(&[Standard::Cis("D4.10")])
    .technique("T1552.001")
    .confidence(Confidence::Likely),
];

/// What the last part of a name says that holds a secret. `SECRETS_DIR` and `TOKEN_FILE` do not end so.
const ENDS: &[&str] =
    &["password", "passwd", "passphrase", "secret", "token", "credential", "credentials", "apikey"];

/// What makes a `…_KEY` one that is kept secret.
const KEYS: &[&str] =
    &["access", "api", "private", "secret", "signing", "encryption", "deploy", "ssh", "master", "auth"];

/// Whether a variable of that name holds a secret. checks.md 5, 11: not the name of a file or a directory.
fn is_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(['_', '-', '.']).filter(|p| !p.is_empty()).collect();
    let Some((last, before)) = parts.split_last() else { return false };
    if parts.iter().any(|p| matches!(*p, "public" | "pub")) {
        return false;
    }
    ENDS.iter().any(|end| last.ends_with(end))
        || *last == "key" && before.last().is_some_and(|b| KEYS.contains(b))
        || lower == "mysql_pwd"
}

/// Whether a value is none that anybody keeps secret: nothing, a switch, a path, the name of another place.
fn is_harmless(value: &str) -> bool {
    value.is_empty()
        || matches!(
            &*value.to_ascii_lowercase(),
            "true" | "false" | "yes" | "no" | "none" | "null" | "0" | "1"
        )
        || value.starts_with('/')
        || value.starts_with("file:")
}

/// What the best known tokens begin with, how many letters and digits follow at least, and what they are.
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an access key of AWS"),
    ("ghp_", 30, "a token of GitHub"),
    ("github_pat_", 20, "a token of GitHub"),
    ("glpat-", 20, "a token of GitLab"),
    ("npm_", 30, "a token of npm"),
];

/// A value that is a credential, whatever it is called: its kind.
fn credential(value: &str) -> Option<&'static str> {
    let is = |(begin, count, _): &&(&str, usize, &str)| {
        // Most words are too short to be looked through.
        value.len() >= begin.len() + count
            && value
                .find(begin)
                .and_then(|at| value.get(at + begin.len()..))
                .is_some_and(|rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count() >= *count)
    };
    if let Some((.., kind)) = TOKENS.iter().find(is) {
        return Some(kind);
    }
    if value.contains('-') && value.contains("-----BEGIN") && value.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    password_in(value).filter(|p| !p.contains('$')).map(|_| "an address with a password")
}

/// The password of `scheme://user:password@host`.
fn password_in(text: &str) -> Option<&str> {
    if !text.contains('@') {
        return None;
    }
    let (_, rest) = text.split_once("://")?;
    let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    (!password.is_empty()).then_some(password)
}

const MOUNT: &str =
    "mount it for the one step: RUN --mount=type=secret,id=NAME …; what the process needs comes at run time";

fn variable(case: &InstructionCase<'_>) -> Faults {
    let arg = case.instruction.keyword == Keyword::Arg;
    let stays = if is_shipped(case) {
        "it stays in the image's configuration or history, for everybody who can pull"
    } else {
        "it stays in the build cache and in the provenance"
    };
    let fault = |pair: Pair| {
        let value = pair.value.as_deref();
        let by_name = is_secret(&pair.name)
            && (arg && value.is_none_or(str::is_empty) || !value.is_none_or(is_harmless));
        let what = match value.and_then(credential) {
            Some(kind) => format!("{} holds {kind}", pair.name),
            None if by_name => format!("{} holds a secret, by its name", pair.name),
            None => return None,
        };
        Some(Fault::new(pair.span, format!("{} {what}: {stays}", case.instruction.keyword.word()), MOUNT))
    };
    pairs(case.instruction).into_iter().filter_map(fault).collect()
}

/// Names of files that hold credentials, and nothing else.
const FILES: &[&str] = &[
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".git-credentials",
    ".dockercfg",
    ".dockerconfigjson",
    ".env",
    ".env.production",
    ".env.local",
    ".htpasswd",
    ".vault-token",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "kubeconfig",
    "credentials.json",
    "service-account.json",
    "secrets.yaml",
    "secrets.yml",
    "privkey.pem",
    "private.key",
    "server.key",
    "tls.key",
];

/// Ends of paths that hold credentials.
const PATHS: &[&str] =
    &[".aws/credentials", ".aws", ".ssh", ".docker/config.json", ".kube/config", ".kube", ".gnupg"];

/// Ends of names.
const SUFFIXES: &[&str] = &[".p12", ".pfx", ".kdbx", "-key.pem", "_key.pem"];

fn copied(case: &InstructionCase<'_>) -> Faults {
    let Some((_, sources)) = case.instruction.words().split_last() else { return Faults::new() };
    // What an earlier stage hands on was said where it came in.
    if case.instruction.flag("from").is_some() {
        return Faults::new();
    }
    let is = |path: &str| {
        let path = path.trim_end_matches('/');
        let name = path.rsplit('/').next().unwrap_or(path);
        FILES.contains(&name)
            || SUFFIXES.iter().any(|s| name.ends_with(s))
            || PATHS.iter().any(|p| path == *p || path.strip_suffix(p).is_some_and(|b| b.ends_with('/')))
    };
    let fault = |word: &crate::parse::dockerfile::Word| {
        let detail = format!("{} is copied into a layer, and a later rm only hides it", word.text);
        Fault::new(
            word.span,
            detail,
            "name it in .dockerignore, and mount it: RUN --mount=type=secret,id=NAME,target=…",
        )
    };
    sources.iter().filter(|word| is(&word.text)).map(fault).collect()
}

fn run(case: &InstructionCase<'_>) -> Faults {
    if mounts(case.instruction, "type=secret") || mounts(case.instruction, "type=ssh") {
        return Faults::new();
    }
    let all = commands(case);
    let found = flat(&all).into_iter().find_map(handled);
    let fault = |(span, what): (Span, String)| {
        let detail = format!("{what}, without --mount=type=secret: it stays in the history or in the layer");
        Fault::new(span, detail, MOUNT)
    };
    found.map(fault).into_iter().collect()
}

/// Programs that log in, with the words before a password.
const LOGINS: &[(&str, &[&str])] = &[
    ("docker", &["-p", "--password"]),
    ("podman", &["-p", "--password"]),
    ("buildah", &["-p", "--password"]),
    ("helm", &["--password"]),
    ("az", &["-p", "--password"]),
    ("oc", &["-p", "--password", "--token"]),
];

/// The first credential of a command.
fn handled(command: &Command) -> Option<(Span, String)> {
    for word in command.assignments.iter().chain(&command.words) {
        if let Some(what) = in_word(word) {
            return Some((word.span, what));
        }
    }
    let words: Vec<&str> = command.arguments().iter().map(|w| &*w.text).collect();
    let program = command.program();
    let login = LOGINS.iter().find(|(name, _)| *name == program);
    if let Some((_, flags)) = login.filter(|_| words.contains(&"login")) {
        let word = command.flag(flags)?;
        return Some((word.span, format!("{program} login gets its password on the command line")));
    }
    let span = command.span()?;
    match (program, words.as_slice()) {
        ("aws", ["configure", "set", name, value, ..]) if is_secret(name) && !value.is_empty() => {
            Some((span, format!("aws configure writes {name} into a file of the layer")))
        }
        ("gcloud", ["auth", "activate-service-account", ..]) => {
            Some((span, "gcloud writes the service account's key into a file of the layer".to_owned()))
        }
        _ => None,
    }
}

fn in_word(word: &Word) -> Option<String> {
    let text = &word.text;
    let written = if text.contains('=') { text.split_once("_authToken=") } else { None };
    if let Some((_, value)) = written.filter(|(_, v)| !v.is_empty()) {
        let end = value.find(char::is_whitespace).unwrap_or(value.len());
        return (end > 0).then(|| "a registry's _authToken is written".to_owned());
    }
    if let Some(kind) = credential(text) {
        return Some(format!("the command holds {kind}"));
    }
    if password_in(text).is_some() {
        return Some("an address holds a password from a variable".to_owned());
    }
    let (name, value) = text.split_once('=')?;
    let name = name.trim_start_matches('-');
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let read = value.starts_with("$(") || value.starts_with('`');
    (plain && name.bytes().any(|b| b == b'_') && is_secret(name) && !is_harmless(value) && !read)
        .then(|| format!("{name} is set in the command"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// checks.md 5, 11.
    #[test]
    fn names_of_files_and_switches_are_no_secrets() {
        for name in
            ["NPM_TOKEN", "DB_PASSWORD", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "API_KEY", "client-secret"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "SECRETS_DIR",
            "TOKEN_FILE",
            "PASSWORD_PATH",
            "TOKEN_TTL",
            "AWS_ACCESS_KEY_ID",
            "PUBLIC_API_KEY",
            "KEY",
            "PWD",
            "SECRET_NAME",
            "GPG_KEY",
            "TOKENIZER",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
        for token in ["ghp_", "npm_"].map(|begin| format!("x={begin}{}", "a1".repeat(15))) {
            assert!(credential(&token).is_some_and(|kind| kind.starts_with("a token of")), "{token}");
            assert_eq!(credential(&token[..token.len() - 1]), None);
        }
        assert_eq!(credential("-----BEGIN RSA PRIVATE KEY-----"), Some("a private key"));
        assert_eq!(credential("https://u:p@h/x"), Some("an address with a password"));
        assert_eq!(credential("https://u@h:8/x:y@z"), None);
    }
}
