//! `sealegs can VERB RESOURCE PATH...`: who may do what, by the roles and bindings in manifests.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use serde_json::json;

use super::args::{CanArgs, Format};
use super::escalation;
use super::exit::{Done, Exit, Failure};
use super::json;
use super::manifests::{self, Manifests};
use super::page::Page;
use crate::sim::rbac::{self, Caller, Grants, Listed, Outside, Request, Target, What};
use crate::sim::{Answer, Reason};

/// Answers, and ends with 0 for yes, 1 for no, 3 where it cannot be said.
pub fn run(args: &CanArgs, input: &mut dyn BufRead, out: &mut dyn Write) -> Done {
    if let Some(goal) = &args.reach {
        let user = args.user.as_deref();
        let paths = paths(&args.words)?;
        return escalation::run(goal, user, &paths, args.format, input, out);
    }
    let who = Caller::impersonated(args.user.as_deref().unwrap_or(""), &args.groups);
    if args.list {
        let manifests = manifests::read(&paths(&args.words)?, input)?;
        return list(&manifests, &who, args, out);
    }
    let [verb, kind, rest @ ..] = args.words.as_slice() else {
        return Err(Failure::usage(USAGE));
    };
    let request = Request { who, what: what(verb, kind, args)? };
    let manifests = manifests::read(&paths(rest)?, input)?;
    let grants = Grants::new(manifests.world.objects(), Outside::Anything);
    let mut verdict = rbac::ask(&grants, &request);
    if verdict.answer == Answer::Denied && !manifests.unread.is_empty() {
        verdict.answer = Answer::Unmodelled;
        let unread = manifests.unread.iter().map(|line| Reason::fact(format!("not read: {line}")));
        verdict.because.splice(0..0, unread);
    }
    let (word, exit) = match verdict.answer {
        Answer::Allowed => ("yes", Exit::Yes),
        Answer::Denied => ("no", Exit::No),
        Answer::Unmodelled => ("cannot be said", Exit::Unjudged),
    };
    match args.format {
        Format::Text => {
            let may = if verdict.answer == Answer::Denied { "may not" } else { "may" };
            let mut page = Page::new(out);
            page.line(&format!("{word}: "), &format!("{} {may} {}", request.who, request.what))?;
            for reason in &verdict.because {
                page.at("  ", &reason.text, reason.span, &manifests.sources)?;
            }
        }
        Format::Json => {
            let why: Vec<_> = verdict.because.iter().map(|r| json::reason(r, &manifests.sources)).collect();
            let allowed = match verdict.answer {
                Answer::Unmodelled => json!(null),
                answer => json!(answer == Answer::Allowed),
            };
            writeln!(out, "{:#}", json!({ "format": 1, "allowed": allowed, "because": why }))?;
        }
    }
    Ok(exit)
}

const USAGE: &str = "name verb, resource and files: sealegs can get pods/log --as system:serviceaccount:shop:web -n shop PATH...";

fn paths(words: &[String]) -> Result<Vec<PathBuf>, Failure> {
    if words.is_empty() {
        return Err(Failure::usage(USAGE));
    }
    Ok(words.iter().map(PathBuf::from).collect())
}

/// A path of the API server begins with a slash; everything else is a resource.
fn what(verb: &str, kind: &str, args: &CanArgs) -> Result<What, Failure> {
    if kind.starts_with('/') {
        if args.namespace.is_some() || args.name.is_some() {
            return Err(Failure::usage("a path is in no namespace and has no name: leave -n and --name out"));
        }
        return Ok(What::Path { verb: verb.to_owned(), path: kind.to_owned() });
    }
    Ok(What::Resource(Target {
        verb: verb.to_owned(),
        namespace: args.namespace.clone().unwrap_or_default(),
        name: args.name.clone().unwrap_or_default(),
        ..Target::parse_kind(kind)
    }))
}

fn list(manifests: &Manifests, who: &Caller, args: &CanArgs, out: &mut dyn Write) -> Done {
    let grants = Grants::new(manifests.world.objects(), Outside::Anything);
    let all = grants.list(who, args.namespace.as_deref());
    let open = all.iter().any(|l| l.note.is_some()) || !manifests.unread.is_empty();
    let sources = &manifests.sources;
    match args.format {
        Format::Text => {
            let mut page = Page::new(out);
            for one in &all {
                line(one, manifests, &mut page)?;
            }
            for unread in &manifests.unread {
                page.line("not read: ", unread)?;
            }
            if all.is_empty() {
                page.line("", &format!("no binding names {who} or a group of it"))?;
            }
        }
        Format::Json => {
            let rules: Vec<_> = all.iter().map(|l| in_json(l, sources)).collect();
            writeln!(out, "{:#}", json!({ "format": 1, "rules": rules, "notRead": manifests.unread }))?;
        }
    }
    Ok(if open { Exit::Unjudged } else { Exit::Yes })
}

fn line(one: &Listed, manifests: &Manifests, page: &mut Page<'_>) -> Result<(), Failure> {
    let scope = one.namespace.as_deref().map_or_else(|| "everywhere".to_owned(), |n| format!("in {n}"));
    let text = match (&one.note, one.verbs.is_empty()) {
        (Some(note), _) => format!("{scope}: not known: {note}"),
        (None, true) => format!("{scope}: everything"),
        (None, false) => {
            let named =
                if one.names.is_empty() { String::new() } else { format!(" named {}", one.names.join(", ")) };
            format!("{scope}: {} {}{named}", one.verbs.join(","), one.of.join(", "))
        }
    };
    page.line("", &text)?;
    page.at("    ", &format!("by {} of {}", one.binding, one.role), Some(one.span), &manifests.sources)?;
    Ok(())
}

fn in_json(one: &Listed, sources: &crate::text::Sources) -> serde_json::Value {
    let at = json::reason(&Reason::at(one.binding.clone(), one.span), sources);
    json!({ "namespace": one.namespace, "verbs": one.verbs, "of": one.of, "names": one.names, "role": one.role,
            "binding": one.binding, "unknown": one.note, "at": at })
}
