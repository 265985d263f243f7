//! `images`: the parts of every container's image reference.
//!
//! kyverno `pkg/utils/image/infos.go` (`docker.io` where no registry is named, no `library/`; the tag `latest` where
//! there is neither tag nor digest) and `pkg/utils/api/image.go` (where images stand in an object).

use serde_json::{Map, Value, json};

use super::context::at;
use crate::model::ImageReference;

/// Where the pod is in an object of this kind.
pub(super) fn pod_path(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "Pod" => &[],
        "Deployment" | "DaemonSet" | "StatefulSet" | "Job" | "ReplicaSet" | "ReplicationController" => {
            &["spec", "template"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => return None,
    })
}

/// A reference, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Image {
    registry: String,
    path: String,
    tag: String,
    digest: String,
}

impl Image {
    /// Reads a reference.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts = ImageReference::read(text)?;
        if parts.repository.is_empty() || text.contains("//") {
            return None;
        }
        let digest = parts.digest.unwrap_or_default().to_owned();
        let tag = match parts.tag {
            Some(tag) => tag.to_owned(),
            None if digest.is_empty() => "latest".to_owned(),
            None => String::new(),
        };
        let registry = parts.registry.unwrap_or("docker.io").to_owned();
        Some(Self { registry, path: parts.repository.to_owned(), tag, digest })
    }

    /// The reference in full: by digest, where there is one.
    pub(super) fn reference(&self) -> String {
        if self.digest.is_empty() { self.with_tag() } else { format!("{}@{}", self.name(), self.digest) }
    }

    fn with_tag(&self) -> String {
        format!("{}:{}", self.name(), self.tag)
    }

    fn name(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// As variables see it.
    fn value(&self) -> Value {
        let mut out = json!({
            "registry": self.registry,
            "path": self.path,
            "name": self.path.rsplit('/').next(),
            "reference": self.reference(),
            "referenceWithTag": self.with_tag(),
        });
        for (key, value) in [("tag", &self.tag), ("digest", &self.digest)] {
            if !value.is_empty() {
                out[key] = json!(value);
            }
        }
        out
    }
}

/// `images` of an object; `None` where it has no containers.
pub(super) fn of(object: &Value) -> Option<Value> {
    let kind = object.get("kind")?.as_str()?;
    let pod = at(object, pod_path(kind)?)?.get("spec")?;
    let mut out = Map::new();
    for group in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = pod.get(group).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let images: Map<String, Value> = containers
            .iter()
            .filter_map(|c| {
                let name = c.get("name")?.as_str()?;
                Some((name.to_owned(), Image::parse(c.get("image")?.as_str()?)?.value()))
            })
            .collect();
        if !images.is_empty() {
            out.insert(group.to_owned(), Value::Object(images));
        }
    }
    (!out.is_empty()).then_some(Value::Object(out))
}
