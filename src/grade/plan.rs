//! A lab, resolved: its world built, its steps' probes read to typed questions, every author's mistake found.

use std::sync::Arc;

use super::accepted::{self, Needs};
use super::posture::Posture;
use crate::course::{Lab, Step, StepKind};
use crate::ids::LabId;
use crate::parse::{Limits, yaml};
use crate::sim::question::{self, Probe};
use crate::sim::world::World;
use crate::text::{Finding, Sources};

/// A lab that can be graded.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) lab: LabId,
    pub(super) world: World,
    pub(super) needs: Needs,
    pub(super) steps: Vec<Planned>,
}

/// A step and the questions that it asks.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) step: Step,
    pub(super) probes: Vec<Probe>,
    pub(super) posture: Posture,
}

impl Plan {
    /// Resolves a lab; every mistake in its world, its starter and its probes otherwise.
    pub fn new(lab: &Lab, sources: &Sources) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut trees = Vec::new();
        for file in lab.world.iter().filter(|f| accepted::is_manifest(&f.path)) {
            let (tree, syntax) = yaml::parse(&file.source, Limits::default());
            findings.extend(syntax.into_iter().filter(Finding::blocks));
            trees.push(Arc::new(tree));
        }
        let (world, facts) = World::read(trees);
        findings.extend(facts);
        let mut needs = Needs { objects: Vec::new() };
        for file in lab.starter.iter().filter(|f| accepted::is_manifest(&f.path)) {
            let (tree, syntax) = yaml::parse(&file.source, Limits::default());
            findings.extend(syntax.into_iter().filter(Finding::blocks));
            needs.add(&tree);
        }
        let mut steps = Vec::new();
        for step in &lab.steps {
            let mut probes = Vec::new();
            for node in step.probes.iter().filter_map(|id| lab.tree.node(*id)) {
                probes.extend(question::read(node, &mut findings));
            }
            if step.kind == StepKind::Fact {
                findings.push(
                    Finding::error(
                        "step-unsupported",
                        "steps of kind `fact` are not supported yet",
                        step.span,
                    )
                    .help("ask a simulator or the checker: make it an attack, a duty or a posture step"),
                );
            }
            let posture = Posture::of(step, &mut findings);
            steps.push(Planned { step: step.clone(), probes, posture });
        }
        if findings.is_empty() {
            return Ok(Self { lab: lab.id.clone(), world, needs, steps });
        }
        Finding::sort(&mut findings, sources);
        Err(findings)
    }
}
