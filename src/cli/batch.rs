//! Reads and judges what `check` was given, on all processors, with the same answer whatever the order of work.
//!
//! What belongs together (the files that were named, those of one directory) is judged together. It is read until about
//! 1 MiB of text is at hand; of that, whatever is complete is parsed, judged, told and let go. So the memory that
//! this takes depends on the size of a directory up to that cut, and never on how many files there are.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::{mem, thread};

use super::exit::Failure;
use super::gather::{Entry, Walk};
use super::input::{self, Contents};
use super::level;
use super::spread::{spread, threads};
use super::tally::Tally;
use crate::checks::{Asked, Checked, File, Judged, Suppressed, Together};
use crate::parse::Limits;
use crate::text::{Finding, Source, Sources};

/// How much text is judged together: what is held at once stays small, however many files a directory has. The cut is
/// counted and told.
const TOGETHER: usize = 1 << 20;

/// What a file counts for beside its text, so that empty ones come to an end, too.
const EACH: usize = 64;

/// How much text is one piece of work for a processor.
const PIECE: usize = 16 << 10;

/// How many files are read before a second thread is worth its while.
const FEW: usize = 8;

/// What is done with the findings.
pub struct Telling {
    /// Where findings are told one by one as soon as their directory is judged: how one is written down.
    pub one: Option<fn(&mut String, &Finding, &Sources)>,
    /// Where one finding that somebody accepted is told in a line: how.
    pub accepted: fn(&Suppressed, &Sources) -> String,
    /// Whether fixes are told, too.
    pub fixes: bool,
    /// Whether files are read and parsed, and nothing more.
    pub parse_only: bool,
}

/// What is kept where findings are told all at once.
#[derive(Default)]
pub struct Kept {
    /// What was read.
    pub sources: Sources,
    /// What was found.
    pub findings: Vec<Finding>,
    /// What was found and is accepted.
    pub suppressed: Vec<Suppressed>,
    /// What a level says of each object.
    pub judged: Vec<Judged>,
}

/// What came of all files.
#[derive(Default)]
pub struct All {
    /// The sum.
    pub tally: Tally,
    /// What was not told yet.
    pub kept: Kept,
    /// What was accepted, a line each, where findings were told.
    pub accepted: Vec<String>,
    /// What a level refuses, a line each, where findings were told.
    pub refused: Vec<String>,
}

/// Reads and judges everything that `walk` finds. `standard` is the text of standard input, where it was named;
/// `print` is handed what is told.
pub fn run(
    walk: Walk<'_>,
    standard: Option<Contents>,
    asked: &Asked,
    telling: &Telling,
    mut print: impl FnMut(&str) -> io::Result<()>,
) -> Result<All, Failure> {
    let feed = Feed { walk: Mutex::new((walk, 0)), standard: Mutex::new(standard) };
    let mut all = All::default();
    let mut ahead = Vec::new();
    loop {
        let ended = feed.read_on(&mut ahead)?;
        let (texts, parts, cuts) = complete(&mut ahead, ended);
        all.tally.cut += cuts;
        let sources = if telling.one.is_some() { Sources::new() } else { all.kept.sources.clone() };
        let read = texts.into_iter().map(|text| text.enter(&sources));
        let read: Vec<_> = read.inspect(|e| all.tally.files += usize::from(e.refused.is_none())).collect();
        let files = parse(&read, telling.fixes)?;
        if !telling.parse_only {
            judge(&files, &parts, asked, telling, &sources, |told| {
                all.tally.add(&told.tally);
                all.accepted.extend(told.accepted);
                all.refused.extend(told.refused);
                all.kept.judged.extend(told.judged);
                all.kept.findings.extend(told.findings);
                all.kept.suppressed.extend(told.suppressed);
                print(&told.text).map_err(Failure::from)
            })?;
        }
        if ended {
            break;
        }
    }
    let (walk, _) = feed.walk.into_inner().unwrap_or_else(PoisonError::into_inner);
    (all.tally.links, all.tally.excluded) = (walk.links, walk.excluded);
    Ok(all)
}

/// A file that was read, or why it was not.
struct Text {
    entry: Entry,
    contents: Result<String, Refusal>,
}

/// Why there is no text, and what to do.
struct Refusal {
    why: String,
    help: &'static str,
}

impl Text {
    fn weight(&self) -> usize {
        EACH + self.contents.as_ref().map_or(0, String::len)
    }

    /// Gives it a place among the sources.
    fn enter(self, sources: &Sources) -> Entered {
        let found = !self.entry.named;
        let path = &self.entry.path;
        let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
        match self.contents {
            Ok(text) => Entered { source: sources.add(name, text), refused: None, found },
            Err(Refusal { why, help }) => {
                let source = sources.add(name, "");
                let finding = Finding::error("unreadable-file", why, source.whole()).help(help);
                Entered { source, refused: Some(finding), found }
            }
        }
    }
}

/// A file among the sources, why there is no text, and whether nobody named it.
struct Entered {
    source: Arc<Source>,
    refused: Option<Finding>,
    found: bool,
}

/// Where texts come from.
struct Feed<'e> {
    /// The walk, and how many entries it gave.
    walk: Mutex<(Walk<'e>, usize)>,
    standard: Mutex<Option<Contents>>,
}

impl Feed<'_> {
    /// Reads until there is enough to judge, or nothing left; says whether nothing is left.
    fn read_on(&self, ahead: &mut Vec<Text>) -> Result<bool, Failure> {
        let weight = AtomicUsize::new(ahead.iter().map(Text::weight).sum());
        let mut read = Vec::new();
        let mut ended = self.read(FEW, &weight, &mut read);
        if !ended && weight.load(Ordering::Relaxed) <= TOGETHER {
            let others = thread::scope(|scope| {
                let run = || {
                    let mut read = Vec::new();
                    let ended = self.read(usize::MAX, &weight, &mut read);
                    (ended, read)
                };
                let made =
                    (1..threads()).filter_map(|_| thread::Builder::new().spawn_scoped(scope, run).ok());
                let made: Vec<_> = made.collect();
                let mut all = vec![run()];
                all.extend(made.into_iter().filter_map(|thread| thread.join().ok()));
                all
            });
            for (end, more) in others {
                ended |= end;
                read.extend(more);
            }
            read.sort_unstable_by_key(|(number, _)| *number);
        }
        for (_, text) in read {
            ahead.push(text?);
        }
        Ok(ended)
    }

    /// The same for one thread, at most `most` files.
    fn read(
        &self,
        most: usize,
        weight: &AtomicUsize,
        read: &mut Vec<(usize, Result<Text, Failure>)>,
    ) -> bool {
        for _ in 0..most {
            let (number, entry) = {
                let mut walk = self.walk.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(entry) = walk.0.next() else { return true };
                walk.1 += 1;
                (walk.1, entry)
            };
            let text = self.text(entry);
            weight.fetch_add(text.as_ref().map_or(EACH, Text::weight), Ordering::Relaxed);
            read.push((number, text));
            // Only now: a file that is too large alone is complete when the next one is known.
            if weight.load(Ordering::Relaxed) > TOGETHER {
                break;
            }
        }
        false
    }

    fn text(&self, mut entry: Entry) -> Result<Text, Failure> {
        let most = Limits::default().file;
        let contents = if let Some(why) = entry.refused.take() {
            Err(Refusal { why, help: "let it be read, or name the files one by one" })
        } else if entry.path == Path::new("-") {
            let standard = self.standard.lock().unwrap_or_else(PoisonError::into_inner).take();
            text(standard.unwrap_or(Contents::Bytes(Vec::new())), most)
        } else {
            match input::contents(&entry.path, most, entry.named) {
                Ok(contents) => text(contents, most),
                Err(failure) if entry.named => return Err(failure),
                Err(failure) => {
                    let why = failure.message.rsplit(": ").next().unwrap_or_default().to_owned();
                    Err(Refusal { why, help: "let it be read" })
                }
            }
        };
        Ok(Text { entry, contents })
    }
}

fn text(contents: Contents, most: usize) -> Result<String, Refusal> {
    match contents {
        Contents::TooLarge => Err(Refusal {
            why: format!("file is larger than {} KiB", most >> 10),
            help: "split it, or check its parts",
        }),
        Contents::Bytes(bytes) => String::from_utf8(bytes).map_err(|error| Refusal {
            why: format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to() + 1),
            help: "hand in text in UTF-8",
        }),
    }
}

/// Takes what is complete out of `ahead`: the texts, which of them belong together, and how often a directory was cut
/// because it is too large to be judged at once.
fn complete(ahead: &mut Vec<Text>, ended: bool) -> (Vec<Text>, Vec<Range<usize>>, usize) {
    let (mut parts, mut cuts) = (Vec::new(), 0);
    let (mut from, mut weight) = (0, 0);
    for (at, text) in ahead.iter().enumerate() {
        let other = ahead.get(from).is_some_and(|first| first.entry.group != text.entry.group);
        if at > from && (other || weight + text.weight() > TOGETHER) {
            cuts += usize::from(!other);
            parts.push(from..at);
            (from, weight) = (at, 0);
        }
        weight += text.weight();
    }
    if ended && from < ahead.len() {
        parts.push(from..ahead.len());
        from = ahead.len();
    }
    let rest = ahead.split_off(from);
    (mem::replace(ahead, rest), parts, cuts)
}

/// Pieces of work of about the same size, in order.
fn pieces(weights: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut from, mut sum, mut end) = (0, 0, 0);
    for (at, weight) in weights.enumerate() {
        sum += weight;
        end = at + 1;
        if sum >= PIECE {
            pieces.push(from..end);
            (from, sum) = (end, 0);
        }
    }
    if from < end {
        pieces.push(from..end);
    }
    pieces
}

fn parse(read: &[Entered], shows_fixes: bool) -> Result<Vec<File>, Failure> {
    let pieces = pieces(read.iter().map(|e| EACH + e.source.text().len()));
    let mut files = Vec::with_capacity(read.len());
    let work = |number: usize| {
        let piece = pieces.get(number).and_then(|piece| read.get(piece.clone())).unwrap_or_default();
        let each = piece.iter().map(|Entered { source, refused, found }| match refused {
            Some(finding) => File::refused(source, finding.clone()),
            None if shows_fixes => File::read(source, Limits::default()).found_below(*found),
            None => File::read(source, Limits::default()).without_fixes().found_below(*found),
        });
        each.collect::<Vec<_>>()
    };
    spread(pieces.len(), work, |some| {
        files.extend(some);
        Ok::<_, Failure>(())
    })?;
    Ok(files)
}

/// What came of a few files.
#[derive(Default)]
struct Told {
    tally: Tally,
    text: String,
    accepted: Vec<String>,
    refused: Vec<String>,
    findings: Vec<Finding>,
    suppressed: Vec<Suppressed>,
    judged: Vec<Judged>,
}

fn judge(
    files: &[File],
    parts: &[Range<usize>],
    asked: &Asked,
    telling: &Telling,
    sources: &Sources,
    take: impl FnMut(Told) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let of = |part: &Range<usize>| files.get(part.clone()).unwrap_or_default();
    let weigh = |files: &[File]| files.iter().map(|f| EACH + f.source.text().len()).sum();
    // Large directories are judged by several at once, small ones several by one.
    let runs = pieces(parts.iter().map(|part| weigh(of(part))));
    let mut together = Vec::with_capacity(parts.len());
    let make = |number: usize| {
        let run = runs.get(number).and_then(|run| parts.get(run.clone())).unwrap_or_default();
        run.iter().map(|part| Together::new(of(part), asked)).collect::<Vec<_>>()
    };
    spread(runs.len(), make, |some| {
        together.extend(some);
        Ok::<_, Failure>(())
    })?;
    let each: Vec<(usize, usize)> =
        parts.iter().enumerate().flat_map(|(part, range)| (0..range.len()).map(move |n| (part, n))).collect();
    let pieces = pieces(files.iter().map(|f| EACH + f.source.text().len()));
    let work = |number: usize| {
        let mut told = Told::default();
        let piece =
            pieces.get(number).and_then(|piece| Some((each.get(piece.clone())?, files.get(piece.clone())?)));
        let (each, files) = piece.unwrap_or_default();
        for ((part, number), file) in each.iter().zip(files) {
            let checked = together.get(*part).map(|part| part.judge(*number)).unwrap_or_default();
            told.add(file, checked, telling, sources);
        }
        told
    };
    spread(pieces.len(), work, take)
}

impl Told {
    fn add(&mut self, file: &File, checked: Checked, telling: &Telling, sources: &Sources) {
        let Checked { mut findings, suppressed, read, judged } = checked;
        if !findings.iter().any(|f| f.code == "not-rendered")
            && let Some(template) = helm(&file.source)
        {
            // That it is no YAML yet is the template's doing.
            findings.retain(|f| f.code != "yaml-syntax");
            findings.push(template);
        }
        self.tally.read(&read);
        self.tally.accepted(&suppressed);
        self.tally.found(&findings);
        self.tally.levelled(&judged);
        if let Some(one) = telling.one {
            for finding in &findings {
                one(&mut self.text, finding, sources);
                self.text.push('\n');
            }
            self.accepted.extend(suppressed.iter().map(|s| (telling.accepted)(s, sources)));
            self.refused.extend(judged.iter().filter_map(|j| level::line(j, sources)));
        } else {
            self.judged.extend(judged);
            self.findings.extend(findings);
            self.suppressed.extend(suppressed);
        }
    }
}

/// The first place that only Helm can fill in. In quotes and in comments it is YAML, too, but what will stand there
/// nobody knows. Braces alone prove nothing: alerts and dashboards hold templates of their own.
fn helm(source: &Source) -> Option<Finding> {
    const ONLY_HELM: [&str; 4] = [".Values.", ".Release.", ".Chart.", "include \""];
    let text = source.text();
    if !text.contains("{{") {
        return None;
    }
    let opened = |word: usize| {
        let before = text.get(text.floor_char_boundary(word.saturating_sub(ACTION))..word)?;
        let own = before.rfind("}}").and_then(|end| before.get(end + 2..)).unwrap_or(before);
        let alone = own.ends_with([' ', '{', '-', '(', '$']);
        own.find("{{").filter(|_| alone).map(|at| word - own.len() + at)
    };
    let first = |known: &&str| text.match_indices(*known).find_map(|(word, _)| opened(word));
    let at = ONLY_HELM.iter().filter_map(first).min()?;
    Some(
        Finding::error("not-rendered", "template is not rendered", source.span(at, at + 2))
            .detail("what stands here is decided by the chart's values, so findings of this file say little")
            .help(format!("render it first: helm template {} | sealegs check -", chart(source.name()))),
    )
}

/// The directory of the chart in which a template lies.
fn chart(path: &str) -> &str {
    let below = path.starts_with("templates/").then_some(".");
    below.or_else(|| path.find("/templates/").and_then(|end| path.get(..end))).unwrap_or("CHART")
}

/// How far a word of Helm's may stand from the braces that open its action.
const ACTION: usize = 512;
