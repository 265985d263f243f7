//! Reads the TOML header between `+++` with which a lesson and a brief begin.

use std::sync::Arc;

use super::{Notes, Table};
use crate::parse::{Limits, Tree, toml};
use crate::text::{Finding, Source};

const FENCE: &str = "+++";

/// A header.
pub(crate) struct Header {
    /// Its fields; none where its syntax is broken.
    tree: Option<Tree>,
    /// Where the text below it begins.
    pub(crate) end: usize,
}

impl Header {
    /// Finds the header of a `what` that holds `fields`; none where the file does not begin with one.
    pub(crate) fn read(source: &Arc<Source>, what: &str, fields: &str, notes: &Notes) -> Option<Self> {
        let refuse = |title: String, line: u32, help: String| {
            let code = format!("{what}-header");
            notes.push(Finding::error(code, title, source.line_span(line)).help(help));
        };
        if source.line(1).trim_end() != FENCE {
            let help = format!("begin the file with `+++`, {fields} and `+++`, each on its own line");
            refuse(format!("{what} does not begin with its header"), 1, help);
            return None;
        }
        let Some(last) = (2..=source.lines()).find(|l| source.line(*l).trim_end() == FENCE) else {
            refuse(
                "header is not closed".to_owned(),
                1,
                "write `+++` on the line after its last field".to_owned(),
            );
            return None;
        };
        let (from, to) = (source.line_span(2).start as usize, source.line_span(last).start as usize);
        let (tree, findings) = toml::parse_part(source, from, to, Limits::default());
        let sound = !findings.iter().any(Finding::blocks);
        notes.extend(findings);
        let end = (source.line_span(last).end as usize + 1).min(source.text().len());
        Some(Self { tree: sound.then_some(tree), end })
    }

    /// Its fields as a table; none where its syntax is broken, which is said already.
    pub(crate) fn table<'t, 'n>(
        &'t self,
        what: &str,
        fields: &[&str],
        notes: &'n Notes,
    ) -> Option<Table<'t, 'n>> {
        Table::new(self.tree.as_ref()?.root()?, what, fields, notes)
    }
}
