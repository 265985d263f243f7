//! A question about Kyverno in a world: which request, and which connection is tried afterwards.

use super::asked::Operation;
use crate::sim::network::{self, Protocol};

/// Who asks where the question names nobody.
const NOBODY: &str = "someone";

/// What is asked for, by word.
pub const OPERATIONS: &[(&str, Operation)] =
    &[("create", Operation::Create), ("update", Operation::Update), ("delete", Operation::Delete)];

/// The fields of a question.
pub const FIELDS: &[&str] =
    &["object", "operation", "old", "subresource", "user", "from", "to", "port", "protocol"];

/// The question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// `NAMESPACE/KIND/NAME`, or `KIND/NAME` for what lives in no namespace.
    pub object: String,
    /// What is done.
    pub operation: Operation,
    /// On an update: the object as it was, where it is not the same.
    pub old: Option<String>,
    /// The subresource that is written; empty for the object itself.
    pub subresource: String,
    /// Who asks.
    pub user: String,
    /// The connection that is tried once the object is there.
    pub then: Option<network::Probe>,
}

/// Reads a question by its fields; the error says what is wrong with them.
pub fn read(text: &mut dyn FnMut(&str) -> Option<String>) -> Result<Question, String> {
    let object = text("object").ok_or("the probe needs `object`")?;
    let word = text("operation").unwrap_or_else(|| "create".to_owned());
    let operation = OPERATIONS.iter().find(|(w, _)| *w == word).map(|(_, o)| *o);
    let then = match (text("from"), text("to"), text("port")) {
        (None, None, None) => None,
        (Some(from), Some(to), Some(port)) => {
            let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
            let word = text("protocol").unwrap_or_else(|| "TCP".to_owned());
            let protocol = Protocol::WORDS.iter().find(|(w, _)| *w == word).map(|(_, p)| *p);
            let protocol = protocol.ok_or_else(|| format!("`protocol` cannot be `{word}`"))?;
            Some(network::Probe { from, to, port, protocol })
        }
        _ => return Err("`from`, `to` and `port` go together".to_owned()),
    };
    Ok(Question {
        object,
        operation: operation.ok_or_else(|| format!("`operation` cannot be `{word}`"))?,
        old: text("old"),
        subresource: text("subresource").unwrap_or_default(),
        user: text("user").unwrap_or_else(|| NOBODY.to_owned()),
        then,
    })
}

impl Question {
    /// What is asked, as the subject of a sentence.
    pub fn says(&self) -> String {
        let word = match self.operation {
            Operation::Update => "update",
            Operation::Delete => "deletion",
            _ => "creation",
        };
        let object = match self.subresource.as_str() {
            "" => self.object.clone(),
            sub => format!("{}/{sub}", self.object),
        };
        match &self.then {
            None if self.user == NOBODY => format!("{word} of {object}"),
            None => format!("{word} of {object} by {}", self.user),
            Some(probe) => {
                format!(
                    "a connection from {} to {} on {} after {word} of {object}",
                    probe.from, probe.to, probe.port
                )
            }
        }
    }
}
