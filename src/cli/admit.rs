//! `sealegs admit PATH...`: would the API server take these pods and workloads, as the files beside them say?

use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::Format;
use super::exit::{Done, Exit};
use super::json::{place, reason};
use super::manifests::{self, Manifests};
use super::page::Page;
use crate::sim::Reason;
use crate::sim::admission::chain::{self, Admission, Chain};
use crate::sim::admission::policy::WHO;
use crate::sim::admission::told::Of;
use crate::sim::rbac::Caller;
use crate::text::Sources;

/// So many policies that have nothing against an object are named.
const QUIET: usize = 4;

/// Admits every pod and workload, in the order of the files, and ends with 1 where one is refused, with 3 where one
/// cannot be judged.
pub fn run(
    paths: &[PathBuf],
    sender: Option<Caller>,
    format: Format,
    input: &mut dyn BufRead,
    out: &mut dyn Write,
) -> Done {
    let Manifests { world, sources, unread: broken } = manifests::read(paths, input)?;
    let named = sender.is_some();
    let mut asked = Chain::new(&world, false).sent_by(sender);
    let all: Vec<Admission> = world.objects().into_iter().filter_map(|o| asked.admit(o)).collect();
    let mut exit = if broken.is_empty() { Exit::Yes } else { Exit::Unjudged };
    for one in &all {
        exit = exit.worst(answer(one).1);
    }
    if all.is_empty() {
        exit = exit.worst(Exit::Unjudged);
    }
    let replaced = chain::replaced(&world);
    if format == Format::Json {
        let replaced: Vec<Value> = replaced.iter().map(|r| reason(r, &sources)).collect();
        let objects: Vec<Value> = all.iter().map(|one| value(one, &sources)).collect();
        writeln!(
            out,
            "{:#}",
            json!({ "format": 1, "objects": objects, "notRead": broken, "replaced": replaced })
        )?;
        return Ok(exit);
    }
    let mut page = Page::new(out);
    for text in &broken {
        page.line("not read: ", text)?;
    }
    for one in &all {
        tell(one, &sources, &mut page)?;
    }
    for one in &replaced {
        page.at("not asked  ", &one.text, one.span, &sources)?;
    }
    if all.is_empty() {
        page.line("", "no Pod and no workload is among these files: name the files that hold them")?;
    }
    if !named && all.iter().any(reads_sender) {
        page.line("", "who sends them decides some of it: name the sender with --as USER")?;
    }
    let count = |word: &str| all.iter().filter(|one| answer(one).0 == word).count();
    let (yes, no, unknown) = (count("admitted"), count("refused"), count("not judged"));
    page.line("", &format!("{yes} admitted, {no} refused, {unknown} not judged"))?;
    Ok(exit)
}

fn answer(one: &Admission) -> (&'static str, Exit) {
    match &one.stop {
        None => ("admitted", Exit::Yes),
        Some(stop) if stop.refusal.is_some() => ("refused", Exit::No),
        Some(_) => ("not judged", Exit::Unjudged),
    }
}

/// Whether it is not judged because nobody is named who sends it.
fn reads_sender(one: &Admission) -> bool {
    let unknown = one.stop.iter().filter(|stop| stop.refusal.is_none());
    unknown.flat_map(|stop| &stop.because).any(|why| why.text.contains(WHO) || why.text.contains("who asks"))
}

/// How far it came: whether it is stored, and how many pods are made of it.
fn progress(one: &Admission) -> String {
    if one.key.kind == "Pod" {
        return String::new();
    }
    let pods = match one.key.kind.as_str() {
        "DaemonSet" if one.admitted == 0 => "no pod on any node".to_owned(),
        "DaemonSet" => "a pod for each node".to_owned(),
        _ => format!("{} of {} pods", one.admitted, one.wanted),
    };
    match one.stop.as_ref().map(|stop| stop.refusal.as_ref()) {
        None => format!(": {pods}"),
        Some(None) => String::new(),
        Some(Some(refusal)) if refusal.of == Of::Itself => ": not stored".to_owned(),
        Some(Some(_)) if one.open => String::new(),
        Some(Some(_)) => format!(": stored, {pods}"),
    }
}

/// The name of the file that an object stands in.
fn file(one: &Admission, sources: &Sources) -> Option<String> {
    sources.locate(one.span).map(|(name, _)| name)
}

fn tell(one: &Admission, sources: &Sources, page: &mut Page<'_>) -> std::io::Result<()> {
    let word = answer(one).0;
    let word = if word == "refused" { "REFUSED" } else { word };
    let pods = progress(one);
    let by = one.stop.as_ref().map_or_else(String::new, |stop| format!(", {}", stop.stage.word()));
    let at = sources.locate(one.span).map(|(name, at)| format!("({name}:{})", at.line));
    let nameless = if one.key.name.is_empty() { "without a name" } else { "" };
    let title = format!("{}{nameless}{pods}{by}", one.key);
    page.placed(&format!("{word:<10} "), &title, at.as_deref())?;
    let lead = |label: &str| format!("  {label:<8} ");
    if let Some(seen) = one.line(file(one, sources).as_deref()) {
        // As kubectl prints it: some answers have several lines.
        let lines = seen.lines().map(str::trim_end).filter(|line| !line.is_empty());
        for (label, text) in std::iter::once("seen").chain(std::iter::repeat("")).zip(lines) {
            match text.strip_prefix("* ") {
                Some(item) => page.line(&format!("{}* ", lead(label)), item)?,
                None => page.line(&lead(label), text)?,
            }
        }
    }
    for reason in one.stop.iter().flat_map(|stop| &stop.because) {
        page.at(&lead("why"), &reason.text, reason.span, sources)?;
    }
    for reason in &one.notes {
        page.at(&lead("note"), &reason.text, reason.span, sources)?;
    }
    if one.quiet.len() > QUIET {
        let many = one.quiet.len();
        let text = format!("{many} answers of policies have nothing against it; --format json has them");
        page.line(&lead("note"), &text)?;
    } else {
        for reason in &one.quiet {
            page.at(&lead("note"), &reason.text, reason.span, sources)?;
        }
    }
    for warning in &one.warnings {
        page.line(&lead("seen"), warning)?;
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
        "notes": one.said().map(|r| reason(r, sources)).collect::<Vec<_>>(), "warnings": one.warnings,
    })
}
