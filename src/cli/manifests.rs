//! A directory of manifests as a world that simulators are asked about.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Failure;
use super::gather::Walk;
use super::input::{self, Contents};
use crate::parse::{Language, Limits, yaml};
use crate::sim::world::World;
use crate::text::{Finding, Sources};

/// The most bytes that are read together.
const MOST: usize = 64 << 20;

/// What was read.
pub struct Manifests {
    /// The objects.
    pub world: World,
    /// Their texts.
    pub sources: Sources,
    /// What could not be read, a line each: an answer "no" is not certain then.
    pub unread: Vec<String>,
}

/// Reads the YAML and JSON files that were named, and those below directories.
pub fn read(paths: &[PathBuf], input: &mut dyn BufRead) -> Result<Manifests, Failure> {
    let limits = Limits::default();
    let excludes = |_: &Path| false;
    let (sources, mut trees, mut unread, mut bytes) = (Sources::new(), Vec::new(), Vec::new(), 0);
    for entry in Walk::new(paths, &excludes)? {
        let standard = entry.path == Path::new("-");
        let name = if standard { "<stdin>".to_owned() } else { entry.path.display().to_string() };
        if !entry.named && !matches!(Language::of_name(&name), Some(Language::Yaml | Language::Json)) {
            continue;
        }
        if let Some(why) = entry.refused {
            unread.push(format!("{name}: {why}"));
            continue;
        }
        let contents = if standard {
            input::standard(limits.file, input)
        } else {
            input::contents(&entry.path, limits.file, entry.named)
        };
        let text = match contents {
            Ok(Contents::Bytes(bytes)) => String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned()),
            Ok(Contents::TooLarge) => Err(format!("file is larger than {} KiB", limits.file >> 10)),
            Err(failure) if entry.named => return Err(failure),
            Err(failure) => Err(failure.message),
        };
        match text {
            Ok(text) => {
                bytes += text.len();
                if bytes > MOST {
                    let says = format!("more than {} MiB of manifests; name fewer of them", MOST >> 20);
                    return Err(Failure::unjudged(says));
                }
                let source = sources.add(name, text);
                let (tree, syntax) = yaml::parse(&source, limits);
                unread.extend(syntax.iter().filter(|f| f.blocks()).take(1).map(|f| line(f, &sources)));
                trees.push(Arc::new(tree));
            }
            Err(why) => unread.push(format!("{name}: {why}")),
        }
    }
    let (world, findings) = World::read(trees);
    unread.extend(findings.iter().map(|f| line(f, &sources)));
    Ok(Manifests { world, sources, unread })
}

fn line(finding: &Finding, sources: &Sources) -> String {
    let at = sources.locate(finding.primary.span);
    at.map_or_else(|| finding.title.to_string(), |(name, at)| format!("{name}:{at}: {}", finding.title))
}
