//! What a cluster holds, in the forms in which policies look it up: made once, however many of them ask.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use crate::parse::json as tree;
use crate::sim::admission::policy::request::plural;
use crate::sim::cel;
use crate::sim::world::{FACTS, Image, World};

/// The objects of a cluster, and the images that its registries hold.
#[derive(Debug, Default)]
pub struct Cluster {
    objects: Vec<Value>,
    namespaces: BTreeMap<String, usize>,
    documents: OnceLock<Vec<(String, cel::Value)>>,
    images: OnceLock<Result<Vec<Image>, String>>,
}

impl Cluster {
    /// A cluster of these objects; images are those of our own kind among them.
    pub fn new(objects: Vec<Value>) -> Self {
        let text =
            |object: &Value, path: &str| object.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let namespaces = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.get("kind").is_some_and(|kind| kind == "Namespace"))
            .filter_map(|(at, object)| Some((text(object, "/metadata/name")?, at)))
            .rev();
        Self { namespaces: namespaces.collect(), objects, ..Self::default() }
    }

    /// The same, where the images were read already.
    pub fn with_images(objects: Vec<Value>, images: &[Image]) -> Self {
        Self { images: OnceLock::from(Ok(images.to_vec())), ..Self::new(objects) }
    }

    /// The objects.
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// A namespace's object.
    pub fn namespace(&self, name: &str) -> Option<&Value> {
        self.namespaces.get(name).map(|at| &self.objects[*at])
    }

    /// The objects as expressions look them up, by the plural of their kinds.
    pub fn documents(&self) -> &[(String, cel::Value)] {
        self.documents.get_or_init(|| {
            let kind = |o: &Value| plural(o.get("kind").and_then(Value::as_str).unwrap_or_default());
            self.objects.iter().map(|o| (kind(o), cel::Value::of_document(o))).collect()
        })
    }

    /// The images; an error is what is wrong with one of them.
    pub fn images(&self) -> Result<&[Image], String> {
        let read = || {
            let images: Vec<&Value> = self.objects.iter().filter(|o| is_image(o)).collect();
            let list = json!({ "kind": "List", "items": images });
            let (world, findings) = World::read(vec![Arc::new(tree::from_value(&list))]);
            match findings.first() {
                Some(finding) => Err(format!("cluster: {}", finding.title)),
                None => Ok(world.images().to_vec()),
            }
        };
        self.images.get_or_init(read).as_deref().map_err(Clone::clone)
    }

    /// Whether anything is said of images.
    pub fn tells_of_images(&self) -> bool {
        match self.images.get() {
            Some(Ok(images)) => !images.is_empty(),
            _ => self.objects.iter().any(is_image),
        }
    }
}

fn is_image(object: &Value) -> bool {
    object.get("apiVersion").is_some_and(|v| v == FACTS) && object.get("kind").is_some_and(|k| k == "Image")
}
