//! References to images, as policies take them apart. k8s.io/apiserver `pkg/cel/library/image.go`;
//! go-containerregistry `pkg/name`.

use super::value::Value;

const DOCKER: &str = "index.docker.io";

/// A reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    registry: String,
    repository: String,
    tag: String,
    digest: String,
}

impl Image {
    /// Reads a reference.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || format!("could not parse reference: {text}");
        let (base, digest) = text.split_once('@').map_or((text, ""), |(base, digest)| (base, digest));
        let hex =
            |d: &str| d.len() == 64 && d.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if (text.contains('@') || !digest.is_empty()) && !digest.strip_prefix("sha256:").is_some_and(hex) {
            return Err(bad());
        }
        let (name, tag) = match base.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (base, None),
        };
        let good = |t: &str| {
            (1..=128).contains(&t.len())
                && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        };
        if tag.is_some_and(|t| !good(t)) {
            return Err(bad());
        }
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (first, rest),
            _ => (DOCKER, name),
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-./".contains(&b);
        if !(2..=255).contains(&repository.len())
            || !repository.bytes().all(plain)
            || repository.split('/').any(str::is_empty)
        {
            return Err(bad());
        }
        let registry = if registry == "docker.io" { DOCKER } else { registry };
        let implied = registry == DOCKER && !repository.contains('/');
        let tag = if digest.is_empty() { tag.unwrap_or("latest") } else { "" };
        Ok(Self {
            registry: registry.to_owned(),
            repository: format!("{}{repository}", if implied { "library/" } else { "" }),
            tag: tag.to_owned(),
            digest: digest.to_owned(),
        })
    }

    /// Registry and repository.
    pub fn context(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The tag; none beside a digest.
    pub fn tag(&self) -> Option<&str> {
        Some(self.tag.as_str()).filter(|t| !t.is_empty())
    }

    /// The digest.
    pub fn digest(&self) -> Option<&str> {
        Some(self.digest.as_str()).filter(|d| !d.is_empty())
    }

    /// What a member function gives.
    pub fn part(&self, name: &str) -> Option<Value> {
        Some(match name {
            "registry" => Value::text(&self.registry),
            "repository" => Value::text(&self.repository),
            "tag" => Value::text(&self.tag),
            "digest" => Value::text(&self.digest),
            "identifier" => Value::text(if self.digest.is_empty() { &self.tag } else { &self.digest }),
            "containsDigest" => Value::Bool(!self.digest.is_empty()),
            _ => return None,
        })
    }
}

impl std::fmt::Display for Image {
    /// In full, as `Name()` of a reference: the digest where there is one, the tag otherwise.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.digest() {
            Some(digest) => write!(f, "{}@{digest}", self.context()),
            None => write!(f, "{}:{}", self.context(), self.tag),
        }
    }
}
