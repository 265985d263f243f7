//! `sealegs reach`: which connections network policies let through, asked of anybody's manifests.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::args::Format;
use super::exit::{Done, Exit, Failure};
use super::manifests::{self, Manifests};
use super::page::Page;
use crate::sim::network::{Network, Protocol, Question};
use crate::sim::{Answer, Verdict};
use crate::text::Sources;

/// What is asked.
#[derive(Debug, Args)]
#[command(
    after_help = "Ends with 0: every connection passes; 1: one does not; 3: one could not be judged. With --diff, 0: \
                        nothing differs; 1: something does.\n\nExamples:\n  \
                        sealegs reach --from shop/web --to shop/db:5432 deploy\n  \
                        sealegs reach --to shop/db:5432 deploy\n  \
                        sealegs reach --diff before after"
)]
pub struct Reach {
    /// Manifests: files, directories, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Who opens the connection: NAMESPACE/POD, NAMESPACE/KIND/NAME, NAMESPACE/*, an address; without it every pod
    #[arg(long, value_name = "END", default_value = "*")]
    from: String,
    /// Whom it is for, with the port of the pod: shop/db:5432, shop/*:80, 203.0.113.7:443, `[fd00::1]:443`; a Service
    /// with its own port: shop/service/db:80; without it every pod
    #[arg(long, value_name = "END:PORT", default_value = "*")]
    to: String,
    /// The port, where --to names none
    #[arg(long, default_value_t = 80)]
    port: u16,
    /// TCP, UDP or SCTP
    #[arg(long, default_value = "TCP", value_parser = ["TCP", "UDP", "SCTP"])]
    protocol: String,
    /// The manifests before a change: tell only what it opens and closes
    #[arg(long, value_name = "PATH")]
    diff: Option<PathBuf>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The most pairs of which each is told.
const MOST: usize = 1_000_000;

/// Answers. Ends with 0 where every connection passes (of a change: where nothing differs), with 1 where one does not,
/// and with 3 where one could not be judged.
pub fn run(ask: &Reach, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    let read = manifests::read(&ask.paths, input)?;
    if !all_read(&read, &mut Page::new(out))? {
        return Ok(Exit::Unjudged);
    }
    let network = read.world.network();
    let questions = ask.questions(network)?;
    let Some(before) = &ask.diff else {
        return tell(network, &questions, &read.sources, ask.format, out);
    };
    let old = manifests::read(std::slice::from_ref(before), input)?;
    if !all_read(&old, &mut Page::new(out))? {
        return Ok(Exit::Unjudged);
    }
    let old_network = old.world.network();
    let old_questions = ask.questions(old_network)?;
    let old_questions: BTreeMap<_, _> =
        old_questions.into_iter().map(|question| (named(old_network, question), question)).collect();
    let was = |question: Question| {
        let same = old_questions.get(&named(network, question));
        same.map(|question| old_network.ask(*question))
    };
    let mut differences = Vec::new();
    for question in &questions {
        let now = network.ask(*question);
        if let Some(before) = was(*question).filter(|before| before.answer != now.answer) {
            differences.push((*question, before, now));
        }
    }
    changes(network, &differences, &read.sources, ask.format, out)
}

/// Says what could not be read: a policy may stand there.
fn all_read(read: &Manifests, page: &mut Page<'_>) -> Result<bool, Failure> {
    for line in &read.unread {
        page.line("not read: ", line)?;
    }
    Ok(read.unread.is_empty())
}

impl Reach {
    fn questions(&self, network: &Network) -> Result<Vec<Question>, Failure> {
        let (to, port) = self.target()?;
        let ends = |flag: &str, text: &str| {
            let found = Some(network.ends(text)).filter(|found| !found.is_empty());
            found.ok_or_else(|| {
                Failure::usage(format!(
                    "{flag} {text}: no object makes such a pod or Service; write NAMESPACE/NAME"
                ))
            })
        };
        let (from, to) = (ends("--from", &self.from)?, ends("--to", &to)?);
        if from.len().saturating_mul(to.len()) > MOST {
            return Err(Failure::usage(format!("more than {MOST} pairs of pods; narrow --from or --to")));
        }
        let protocol = Protocol::of_word(&self.protocol).unwrap_or_default();
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let several = from.len() > 1 || to.len() > 1;
        let pairs = pairs.filter(|(from, to)| !several || from != to);
        Ok(pairs.map(|(from, to)| Question { from, to, port, protocol }).collect())
    }

    /// `--to` without its port, and the port.
    fn target(&self) -> Result<(String, u16), Failure> {
        let bracketed = self.to.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (end, port) = match bracketed {
            Some((end, rest)) => (end, rest.strip_prefix(':')),
            None if self.to.matches(':').count() > 1 => (self.to.as_str(), None),
            None => self.to.split_once(':').map_or((self.to.as_str(), None), |(end, port)| (end, Some(port))),
        };
        let number = match port {
            None => self.port,
            Some(port) => {
                port.parse().map_err(|_| Failure::usage(format!("--to {}: {port:?} is no port", self.to)))?
            }
        };
        Ok((end.to_owned(), number))
    }
}

fn named(network: &Network, question: Question) -> (String, String) {
    (network.title(question.from), network.title(question.to))
}

fn tell(
    network: &Network,
    questions: &[Question],
    sources: &Sources,
    format: Format,
    out: &mut dyn Write,
) -> Done {
    let verdicts: Vec<(Question, Verdict)> = questions.iter().map(|q| (*q, network.ask(*q))).collect();
    if matches!(format, Format::Json) {
        let all: Vec<Value> = verdicts.iter().map(|(q, v)| value(network, *q, v, sources)).collect();
        writeln!(out, "{:#}", json!({ "format": 1, "connections": all }))?;
    } else if let [(question, verdict)] = &verdicts[..] {
        let mut page = Page::new(out);
        line(network, *question, verdict.answer, &mut page)?;
        because(verdict, sources, &mut page)?;
    } else {
        let mut page = Page::new(out);
        for (question, verdict) in &verdicts {
            line(network, *question, verdict.answer, &mut page)?;
        }
        let count = |answer| verdicts.iter().filter(|(_, v)| v.answer == answer).count();
        let unjudged = count(Answer::Unmodelled);
        let rest = if unjudged > 0 { format!(", {unjudged} not judged") } else { String::new() };
        let (open, all) = (count(Answer::Allowed), verdicts.len());
        page.line("", &format!("{open} of {all} connections pass{rest}; ask for one alone to see why"))?;
    }
    let any = |answer| verdicts.iter().any(|(_, v)| v.answer == answer);
    Ok(if any(Answer::Unmodelled) {
        Exit::Unjudged
    } else if any(Answer::Denied) {
        Exit::No
    } else {
        Exit::Yes
    })
}

fn changes(
    network: &Network,
    differences: &[(Question, Verdict, Verdict)],
    sources: &Sources,
    format: Format,
    out: &mut dyn Write,
) -> Done {
    if matches!(format, Format::Json) {
        let all: Vec<Value> = differences
            .iter()
            .map(|(question, before, now)| {
                let mut value = value(network, *question, now, sources);
                value["before"] = before.answer.word().into();
                value
            })
            .collect();
        writeln!(out, "{:#}", json!({ "format": 1, "changes": all }))?;
    } else {
        let mut page = Page::new(out);
        for (question, before, now) in differences {
            let (was, is) = (before.answer.word(), now.answer.word());
            page.line(&format!("{was} -> {is}: "), &connection(network, *question))?;
            because(now, sources, &mut page)?;
        }
        let said = match differences.len() {
            0 => "nothing differs".to_owned(),
            1 => "1 differs".to_owned(),
            many => format!("{many} differ"),
        };
        writeln!(out, "{said}")?;
    }
    Ok(if differences.is_empty() { Exit::Yes } else { Exit::No })
}

fn connection(network: &Network, question: Question) -> String {
    let (from, to) = named(network, question);
    format!("{from} -> {to} on {}/{}", question.port, question.protocol.word())
}

fn line(network: &Network, question: Question, answer: Answer, page: &mut Page<'_>) -> Result<(), Failure> {
    Ok(page.line(&format!("{:<10} ", answer.word()), &connection(network, question))?)
}

fn because(verdict: &Verdict, sources: &Sources, page: &mut Page<'_>) -> Result<(), Failure> {
    for reason in &verdict.because {
        page.at("    ", &reason.text, reason.span, sources)?;
    }
    Ok(())
}

fn value(network: &Network, question: Question, verdict: &Verdict, sources: &Sources) -> Value {
    let (from, to) = named(network, question);
    let because = verdict.because.iter().map(|reason| {
        let at = reason.span.and_then(|span| sources.locate(span));
        let (file, at) = at.map_or((None, None), |(name, at)| (Some(name), Some(at)));
        json!({ "text": reason.text, "file": file, "line": at.map(|a| a.line), "column": at.map(|a| a.column) })
    });
    json!({ "from": from, "to": to, "port": question.port, "protocol": question.protocol.word(),
            "answer": verdict.answer.word(), "because": because.collect::<Vec<_>>() })
}
