//! The manifests that a question is asked of: all objects of files and directories, as one world.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::{Exit, Failure};
use super::gather::{Entry, Walk};
use super::input::{self, Contents};
use crate::parse::{Language, Limits, Tree, yaml};
use crate::sim::world::World;
use crate::text::{Finding, Sources, snippet};

/// What was read.
#[derive(Default)]
pub struct Manifests {
    /// The texts.
    pub sources: Sources,
    trees: Vec<Arc<Tree>>,
    /// What could not be read: then no answer is sure.
    pub unread: Vec<Finding>,
}

impl Manifests {
    /// Reads YAML and JSON; below directories, other files are passed over.
    pub fn read(paths: &[PathBuf], input: &mut dyn BufRead) -> Result<Self, Failure> {
        let mut read = Self::default();
        let most = Limits::default().file;
        for Entry { path, named, refused, .. } in Walk::new(paths, &|_| false)? {
            let standard = path == Path::new("-");
            let language = Language::of_name(&path.to_string_lossy());
            if !named && !matches!(language, Some(Language::Yaml | Language::Json)) {
                continue;
            }
            let contents = match refused {
                Some(why) => Err(why),
                None if standard => input::standard(most, input).map_err(|f| f.message),
                None => match input::contents(&path, most, named) {
                    Err(failure) if named => return Err(failure),
                    contents => contents.map_err(|f| f.message),
                },
            };
            let name = if standard { "<stdin>".to_owned() } else { path.display().to_string() };
            let text = contents.and_then(|contents| match contents {
                Contents::TooLarge => Err(format!("larger than {} KiB", most >> 10)),
                Contents::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned()),
            });
            match text {
                Ok(text) => read.add(name, text),
                Err(why) => {
                    let source = read.sources.add(name, "");
                    let finding = Finding::error("unreadable-file", why, source.whole());
                    read.unread.push(finding.help("let it be read, or leave it out"));
                }
            }
        }
        Ok(read)
    }

    fn add(&mut self, name: String, text: String) {
        let source = self.sources.add(name, text);
        // JSON is YAML.
        let (tree, findings) = yaml::parse(&source, Limits::default());
        self.unread.extend(findings.into_iter().filter(Finding::blocks).take(1));
        self.trees.push(Arc::new(tree));
    }

    /// The world of what was read. What could not be read is told, and then there is none.
    pub fn world(&self, out: &mut dyn Write) -> Result<Result<World, Exit>, Failure> {
        let (world, facts) = World::read(self.trees.clone());
        let all: Vec<&Finding> = self.unread.iter().chain(&facts).collect();
        for finding in &all {
            writeln!(out, "{}", snippet::render(finding, &self.sources))?;
        }
        Ok(if all.is_empty() { Ok(world) } else { Err(Exit::Unjudged) })
    }
}
