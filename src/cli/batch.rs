//! Reads and judges what `check` was given, on all processors, with the same answer whatever the order of work.
//!
//! What belongs together (the files that were named, those of one directory) is judged together. Each processor takes
//! a directory, or several small ones, reads, parses, judges and tells it, lets it go and takes the next. A large one
//! is worked on by all of them, about 1 MiB of text at a time. So the memory that this takes depends on the size of a
//! directory up to that cut, and never on how many files there are.

use std::mem;
use std::ops::Range;
use std::{io, iter};

use super::exit::Failure;
use super::feed::{EACH, Entered, Feed, Groups, Text};
use super::gather::{Entry, Walk};
use super::input::Contents;
use super::spread::{Turn, lanes, spread};
use super::tally::Tally;
use super::told::Told;
use crate::checks::{Asked, File, Judged, Suppressed, Together};
use crate::parse::Limits;
use crate::text::{Finding, Sources};

/// How much text is judged together: what is held at once stays small, however many files a directory has. The cut is
/// counted and told.
const TOGETHER: usize = 1 << 20;

/// How much text is one piece of work for a processor.
const PIECE: usize = 16 << 10;

/// How much text that belongs together is worth the work of several processors.
const WIDE: usize = 4 * PIECE;

/// How many files are read at a time where several processors read.
const READ: usize = 8;

/// How many files are worth several processors to be read.
const MANY: usize = 64;

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
    mut walk: Walk<'_>,
    standard: Option<Contents>,
    asked: &Asked,
    telling: &Telling,
    mut print: impl FnMut(&str) -> io::Result<()>,
) -> Result<All, Failure> {
    let mut all = All::default();
    let sources = telling.one.is_none().then(|| all.kept.sources.clone());
    let batch = Batch { feed: Feed::new(standard), asked, telling, sources };
    lanes(
        Groups::of(&mut walk),
        |entries, turn| {
            if let Err(Ended::Failed(failure)) = batch.work(entries, turn) {
                turn.tell(Err(failure));
            }
        },
        |told| {
            let told = told?;
            all.tally.add(&told.tally);
            all.accepted.extend(told.accepted);
            all.refused.extend(told.refused);
            all.kept.judged.extend(told.judged);
            all.kept.findings.extend(told.findings);
            all.kept.suppressed.extend(told.suppressed);
            print(&told.text).map_err(Failure::from)
        },
    )?;
    (all.tally.links, all.tally.excluded) = (walk.links, walk.excluded);
    Ok(all)
}

/// Why work ends early.
enum Ended {
    /// A file that was named cannot be read.
    Failed(Failure),
    /// Nobody takes what is told.
    Unheard,
}

/// Where results go.
type Way<'l> = Turn<'l, Result<Told, Failure>>;

/// What all pieces of work have in common.
struct Batch<'b> {
    feed: Feed,
    asked: &'b Asked,
    telling: &'b Telling,
    /// The sources of all, where findings are told all at once.
    sources: Option<Sources>,
}

impl Batch<'_> {
    /// Reads files and judges what belongs together as soon as it is complete.
    fn work(&self, entries: Vec<Entry>, way: &Way<'_>) -> Result<(), Ended> {
        let wide = entries.len() > MANY;
        if wide {
            way.wait();
        }
        let mut entries = entries.into_iter();
        let some =
            iter::from_fn(|| Some(entries.by_ref().take(READ).collect()).filter(|v: &Vec<_>| !v.is_empty()));
        let read = |entries: Vec<Entry>| entries.into_iter().map(|e| self.feed.text(e)).collect::<Vec<_>>();
        let mut part: Vec<Text> = Vec::new();
        let mut weight = 0;
        let mut take = |texts: Vec<Result<Text, Failure>>| {
            for text in texts {
                let text = text.map_err(Ended::Failed)?;
                if let Some(first) = part.first() {
                    let other = first.group != text.group;
                    if other || weight + text.weight() > TOGETHER {
                        self.judge(mem::take(&mut part), usize::from(!other), way)?;
                        weight = 0;
                    }
                }
                weight += text.weight();
                part.push(text);
            }
            Ok(())
        };
        if wide {
            lanes(some, |entries, turn| _ = turn.tell(read(entries)), &mut take)?;
        } else {
            some.map(read).try_for_each(&mut take)?;
        }
        self.judge(part, 0, way)
    }

    /// Parses, judges and tells files that belong together. `cuts`: how often they were cut from others.
    fn judge(&self, part: Vec<Text>, cuts: usize, way: &Way<'_>) -> Result<(), Ended> {
        let wide = part.iter().map(Text::weight).sum::<usize>() > WIDE;
        if wide {
            way.wait();
        }
        let tell = |told| if way.tell(Ok(told)) { Ok(()) } else { Err(Ended::Unheard) };
        let sources = self.sources.clone().unwrap_or_default();
        let read: Vec<_> = part.into_iter().map(|text| text.enter(&sources)).collect();
        let mut first = Told::default();
        first.tally.cut = cuts;
        first.tally.files = read.iter().filter(|e| e.refused.is_none()).count();
        let pieces = pieces(read.iter().map(|e| EACH + e.source.text().len()));
        let parse = |number: usize| {
            let piece = pieces.get(number).and_then(|piece| read.get(piece.clone())).unwrap_or_default();
            let each = piece.iter().map(|Entered { source, refused, found }| match refused {
                Some(finding) => File::refused(source, finding.clone()),
                None if self.telling.fixes => File::read(source, Limits::default()).found_below(*found),
                None => File::read(source, Limits::default()).without_fixes().found_below(*found),
            });
            each.collect::<Vec<_>>()
        };
        let mut files = Vec::with_capacity(read.len());
        spread(wide, pieces.len(), parse, |some| {
            files.extend(some);
            Ok(())
        })?;
        if self.telling.parse_only {
            return tell(first);
        }
        let together = Together::new(&files, self.asked);
        let judge = |number: usize| {
            let mut told = Told::default();
            for number in pieces.get(number).cloned().unwrap_or_default() {
                if let Some(file) = files.get(number) {
                    told.add(file, together.judge(number), self.telling, &sources);
                }
            }
            told
        };
        spread(wide, pieces.len(), judge, |mut told| {
            told.tally.add(&mem::take(&mut first).tally);
            tell(told)
        })
    }
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
