//! The object that the tests of patches change.

use serde_json::{Value as Json, json};

/// A pod with a label and two containers.
pub(super) fn pod() -> Json {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "labels": {"a": "1"}},
        "spec": {"containers": [
            {"name": "one", "image": "x", "ports": [{"containerPort": 80}], "args": ["a"]},
            {"name": "two", "image": "y"},
        ]},
    })
}
