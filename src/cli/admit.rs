//! `sealegs admit PATH...`: would the API server take these pods and workloads, as the files beside them say?

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::args::Format;
use super::exit::{Done, Exit, Failure};
use super::gather::Walk;
use super::input::{self, Contents};
use super::json::{place, reason};
use crate::parse::{Language, Limits, Tree, yaml};
use crate::sim::Reason;
use crate::sim::admission::chain::{Admission, Chain};
use crate::sim::world::World;
use crate::text::{Finding, Sources, clean, snippet};

/// The most bytes that are read together.
const MOST: usize = 64 << 20;

/// What was read.
#[derive(Default)]
struct Read {
    trees: Vec<Arc<Tree>>,
    /// What cannot be read, as text.
    broken: Vec<String>,
}

/// Admits every pod and workload, in the order of the files, and ends with 1 where one is refused, with 3 where one
/// cannot be judged.
pub fn run(paths: &[PathBuf], format: Format, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let sources = Sources::new();
    let Read { trees, mut broken } = read(paths, &sources, input)?;
    let (world, findings) = World::read(trees);
    broken.extend(findings.iter().map(|f| snippet::render(f, &sources)));
    let mut chain = Chain::new(&world, false);
    let all: Vec<Admission> = world.objects().into_iter().filter_map(|o| chain.admit(o)).collect();
    let mut exit = if broken.is_empty() { Exit::Yes } else { Exit::Unjudged };
    for one in &all {
        exit = exit.worst(answer(one).1);
    }
    if all.is_empty() {
        exit = exit.worst(Exit::Unjudged);
    }
    if format == Format::Json {
        let objects: Vec<Value> = all.iter().map(|one| value(one, &sources)).collect();
        writeln!(out, "{:#}", json!({ "format": 1, "objects": objects, "notRead": broken }))?;
        return Ok(exit);
    }
    for text in &broken {
        writeln!(out, "{text}")?;
    }
    for one in &all {
        tell(one, &sources, out)?;
    }
    let count = |word: &str| all.iter().filter(|one| answer(one).0 == word).count();
    let (yes, no, unknown) = (count("admitted"), count("refused"), count("not judged"));
    writeln!(out, "{yes} admitted, {no} refused, {unknown} not judged")?;
    Ok(exit)
}

fn answer(one: &Admission) -> (&'static str, Exit) {
    match &one.stop {
        None => ("admitted", Exit::Yes),
        Some(stop) if stop.refusal.is_some() => ("refused", Exit::No),
        Some(_) => ("not judged", Exit::Unjudged),
    }
}

fn read(paths: &[PathBuf], sources: &Sources, input: &mut dyn BufRead) -> Result<Read, Failure> {
    let (mut out, mut bytes) = (Read::default(), 0);
    let excludes = |_: &Path| false;
    for entry in Walk::new(paths, &excludes)? {
        let standard = entry.path == Path::new("-");
        let name = if standard { "<stdin>".to_owned() } else { entry.path.display().to_string() };
        let manifest = matches!(Language::of_name(&name), Some(Language::Yaml | Language::Json));
        if !manifest && !entry.named {
            continue;
        }
        let most = Limits::default().file;
        let contents = match entry.refused {
            Some(why) => Err(why),
            None if standard => Ok(input::standard(most, input)?),
            None => match input::contents(&entry.path, most, entry.named) {
                Ok(contents) => Ok(contents),
                Err(failure) if entry.named => return Err(failure),
                Err(failure) => Err(failure.message),
            },
        };
        let text = contents.and_then(|contents| match contents {
            Contents::TooLarge => Err(format!("file is larger than {} KiB", most >> 10)),
            Contents::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned()),
        });
        match text {
            Ok(text) => {
                bytes += text.len();
                if bytes > MOST {
                    return Err(Failure::unjudged(format!(
                        "more than {} MiB of manifests; name fewer of them",
                        MOST >> 20
                    )));
                }
                let source = sources.add(name, text);
                let (tree, findings) = yaml::parse(&source, Limits::default());
                let first = findings.iter().find(|f| Finding::blocks(f));
                out.broken.extend(first.map(|f| snippet::render(f, sources)));
                out.trees.push(Arc::new(tree));
            }
            Err(why) => out.broken.push(format!("{}: {why}", clean::line(&name, 1))),
        }
    }
    Ok(out)
}

/// The name of the file that an object stands in.
fn file(one: &Admission, sources: &Sources) -> Option<String> {
    sources.locate(one.span).map(|(name, _)| name)
}

fn tell(one: &Admission, sources: &Sources, out: &mut dyn Write) -> std::io::Result<()> {
    let word = answer(one).0;
    let word = if word == "refused" { "REFUSED" } else { word };
    let pods = match one.key.kind.as_str() {
        "Pod" => String::new(),
        "DaemonSet" => ": a pod for each node".to_owned(),
        _ => format!(": {} of {} pods", one.admitted, one.wanted),
    };
    let by = one.stop.as_ref().map_or_else(String::new, |stop| format!(", {}", stop.stage.word()));
    let at = sources.locate(one.span).map_or_else(String::new, |(name, at)| format!(" ({name}:{})", at.line));
    writeln!(out, "{}", clean::line(&format!("{word:<10} {}{pods}{by}{at}", one.key), 1))?;
    let mut line = |label: &str, text: &str| writeln!(out, "  {label:<8} {}", clean::line(text, 1));
    if let Some(seen) = one.line(file(one, sources).as_deref()) {
        line("seen", &seen)?;
    }
    let places = |reason: &Reason| {
        let at = reason.span.and_then(|span| sources.locate(span));
        format!("{}{}", reason.text, at.map_or_else(String::new, |(name, at)| format!(" ({name}:{at})")))
    };
    for reason in one.stop.iter().flat_map(|stop| &stop.because) {
        line("why", &places(reason))?;
    }
    for reason in &one.notes {
        line("note", &places(reason))?;
    }
    for warning in &one.warnings {
        line("seen", warning)?;
    }
    Ok(())
}

fn value(one: &Admission, sources: &Sources) -> Value {
    let reasons = |all: &[Reason]| all.iter().map(|r| reason(r, sources)).collect::<Vec<_>>();
    json!({
        "kind": one.key.kind, "namespace": one.key.namespace, "name": one.key.name,
        "at": place(one.span, sources), "answer": answer(one).0,
        "stage": one.stop.as_ref().map(|stop| stop.stage.word()),
        "message": one.line(file(one, sources).as_deref()),
        "pods": one.wanted, "admitted": one.admitted,
        "because": one.stop.as_ref().map_or_else(Vec::new, |stop| reasons(&stop.because)),
        "notes": reasons(&one.notes), "warnings": one.warnings,
    })
}
