//! What a level of the Pod Security Standards says of each pod and workload, as text and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::checks::Judged;
use crate::sim::admission::pod_security::{LevelVersion, NEWEST, Version};
use crate::text::{Sources, clean};

/// A line for each that is refused, in the API server's words.
pub fn print(out: &mut dyn Write, judged: &[Judged], sources: &Sources) -> io::Result<()> {
    for one in judged {
        let Some(says) = &one.says else { continue };
        let at = sources.locate(one.span);
        let at = at.map_or_else(String::new, |(name, at)| format!("{}:{at}: ", clean::line(&name, 1)));
        let what = if one.of_pod { "refused" } else { "stored, its pods refused" };
        writeln!(out, "{what}: {at}{} {}", clean::line(&one.title, 1), clean::line(says, 1))?;
    }
    Ok(())
}

/// How many of each. Enforce judges pods alone, so that workloads are counted apart.
pub fn sum(by: LevelVersion, judged: &[Judged]) -> String {
    let count = |of_pod: bool| {
        let mine = || judged.iter().filter(move |j| j.of_pod == of_pod);
        (mine().filter(|j| j.says.is_some()).count(), mine().count())
    };
    let version = match by.version {
        Version::Latest => format!(" (v1.{NEWEST})"),
        Version::Minor(minor) if minor > NEWEST => format!(" (judged as v1.{NEWEST}, the newest known here)"),
        Version::Minor(_) => String::new(),
    };
    let ((pods, of_pods), (workloads, of_workloads)) = (count(true), count(false));
    if of_pods + of_workloads == 0 {
        return format!("{by}{version}: no pod and no workload was read");
    }
    format!(
        "{by}{version} refuses {pods} of {of_pods} pods, and the pods of {workloads} of {of_workloads} workloads; \
         enforce judges pods alone, so the workloads themselves are stored"
    )
}

/// The same for programs.
pub fn json(by: LevelVersion, judged: &[Judged], sources: &Sources) -> Value {
    let objects = judged.iter().map(|one| {
        let at = sources.locate(one.span);
        let (file, line) = at.map_or((None, None), |(name, at)| (Some(name), Some(at.line)));
        json!({ "object": one.title, "file": file, "line": line, "isPod": one.of_pod,
                "allowed": one.says.is_none(), "message": one.says })
    });
    json!({ "level": by.level.word(), "version": by.version.to_string(), "judgedAs": format!("v1.{}", by.version.minor()),
            "objects": objects.collect::<Vec<_>>() })
}
