//! `sealegs lab`: list, brief, start, reset, path.

use std::io::{self, Write};

use serde_json::json;

use super::args::LabCommand;
use super::exit::{Done, Exit, Failure};
use super::open::{Opener, absent, refused};
use crate::course::{Course, Lab};
use crate::ids::LabId;
use crate::parse::markdown;
use crate::render;
use crate::text::clean;

/// Runs one of the lab commands.
pub fn run(opener: &Opener, command: &LabCommand, out: &mut dyn Write) -> Done {
    let mut session = opener.session()?;
    let name = match command {
        LabCommand::List { json } => {
            let mut values = Vec::new();
            for id in session.course().labs() {
                let marks = session.lab_marks(&id).map_err(|e| refused(&e, &session))?;
                let title = session.course().lab(&id).map_or_else(|b| b.to_string(), |l| l.title.clone());
                if *json {
                    values.push(json!({ "id": id, "title": title, "marks": marks }));
                    continue;
                }
                let state = match (marks.passed, marks.tries) {
                    (true, _) => "passed".to_owned(),
                    (false, 0) => "not tried".to_owned(),
                    (false, _) => format!("{}/{} points", marks.best, marks.max),
                };
                writeln!(out, "{id:<28} {state:<14} {title}")?;
            }
            if *json {
                writeln!(out, "{:#}", serde_json::Value::from(values))?;
            }
            return Ok(Exit::Yes);
        }
        LabCommand::Brief(name) => {
            let id = find(session.course(), &name.lab)?;
            let lab =
                session.course().lab(&id).map_err(|broken| absent(&broken, session.course().sources()))?;
            brief(&lab, out)?;
            return Ok(Exit::Yes);
        }
        LabCommand::Start(name) | LabCommand::Reset(name) | LabCommand::Path(name) => &name.lab,
    };
    let id = find(session.course(), name)?;
    match command {
        LabCommand::Reset(_) => {
            let backup = session.lab_reset(&id).map_err(|e| refused(&e, &session))?;
            writeln!(out, "what you had is kept in {}", backup.display())?;
        }
        LabCommand::Path(_) => {}
        _ => {
            session.lab_start(&id).map_err(|e| refused(&e, &session))?;
        }
    }
    writeln!(out, "{}", session.home().lab(&id).display())?;
    Ok(Exit::Yes)
}

fn brief(lab: &Lab, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", clean::line(&lab.title, 4))?;
    writeln!(out, "{}", render::plain(&markdown::parse_text(&lab.story), 80))?;
    for step in &lab.steps {
        writeln!(out, "{:<8} {:<26} {}", step.kind.word(), step.id, clean::line(&step.says, 4))?;
    }
    for file in &lab.world {
        writeln!(out, "\nworld/{} (not yours to edit)\n", clean::line(&file.path, 4))?;
        for line in file.source.text().lines() {
            writeln!(out, "  {}", clean::line(line, 4))?;
        }
    }
    Ok(())
}

/// The lab that people mean: its id, its lesson's number, or the beginning of its stem.
pub fn find(course: &Course, name: &str) -> Result<LabId, Failure> {
    let by_id = LabId::new(name).filter(|id| course.labs().contains(id));
    by_id.or_else(|| course.find_lesson(name).and_then(|l| course.lab_of(&l.id))).ok_or_else(|| {
        let known: Vec<_> = course.labs().iter().map(ToString::to_string).collect();
        Failure::usage(format!("no lab {name:?}; there are {}", known.join(", ")))
    })
}
