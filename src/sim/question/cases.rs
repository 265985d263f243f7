//! The machine interface of the simulators that are asked as probes are: `objects` and the question's fields
//! in, `allowed` and why out.

use std::sync::Arc;

use serde_json::Value;

use crate::parse::{Kind, Node, json};
use crate::sim::cases::Simulator;
use crate::sim::world::World;
use crate::sim::{Answer, Verdict};
use crate::text::Finding;

use super::doors::DOORS;
use super::fields::Fields;

macro_rules! simulators {
    ($($constant:ident = $name:literal: $asks:literal),* $(,)?) => {$(
        #[doc = concat!("`sim ", $name, " --cases`.")]
        pub const $constant: Simulator =
            Simulator { name: $name, asks: $asks, answer: |input| case($name, input) };
    )*};
}

simulators! {
    FILE = "file": "may a container's process touch this file?",
    IDENTITY = "identity": "does a container's process run as this UID?",
    KERNEL = "kernel": "may a container mount, load a module, open a raw socket, bind a port, reach a bug?",
    PROCESS = "process": "may a container see, signal or read another process?",
    SERVICE = "service": "does a client of a Service reach a program?",
    SETUID = "setuid": "does a set-user-ID file raise a container's process?",
    START = "start": "does a container start?",
}

/// The world of a case: `objects`, Kubernetes' and our own kinds.
pub(in crate::sim) fn world(input: Node<'_>) -> Result<World, String> {
    let items =
        input.get("objects").filter(|o| o.kind() == Kind::Seq).ok_or("objects: missing, or not a list")?;
    let (world, findings) = World::read(vec![Arc::new(json::documents(items))]);
    if findings.is_empty() { Ok(world) } else { Err(format!("objects: {}", said(&findings))) }
}

fn said(findings: &[Finding]) -> String {
    findings.iter().map(|f| f.title.clone()).collect::<Vec<_>>().join("; ")
}

/// One case: the world is `objects`, Kubernetes' and our own kinds; the question must name one container.
fn case(name: &str, input: Node<'_>) -> Result<Value, String> {
    let verdict = asked(name, input, &world(input)?)?;
    let because: Vec<_> = verdict.because.iter().map(|r| r.text.as_str()).collect();
    match verdict.answer {
        Answer::Unmodelled => Err(because.join("; ")),
        answer => Ok(serde_json::json!({ "allowed": answer == Answer::Allowed, "because": because })),
    }
}

/// The question of a case, asked of a world.
pub(in crate::sim) fn asked(name: &str, input: Node<'_>, world: &World) -> Result<Verdict, String> {
    let mut findings = Vec::new();
    let door = DOORS.iter().find(|d| d.name == name).ok_or("there is no such simulator")?;
    let values = input.entries().into_iter().filter_map(|e| Some((e.key.scalar()?, e.value))).collect();
    let ask = (door.read)(&mut Fields { node: input, values, findings: &mut findings });
    let Some(ask) = ask.filter(|_| findings.is_empty()) else { return Err(said(&findings)) };
    let mut answers = ask.containers(world).into_iter().map(|one| one.answer(world)).collect::<Vec<_>>();
    let one = answers.pop().filter(|_| answers.is_empty());
    one.ok_or_else(|| "container: name one container".to_owned())
}
