//! The implicit first step: does the API server take each object, and is everything there that the lab needs?

mod needs;
mod refused;
mod service;

use std::sync::Arc;

use super::{schema, size};
use crate::model::{objects, template_of};
use crate::parse::{Kind, Limits, Tree, yaml};
use crate::sim::admission::{gatekeeper, image, kyverno};
use crate::sim::rbac;
use crate::sim::world::World;
use crate::text::{Finding, Source};
pub(super) use needs::Needs;
use needs::Roll;
use refused::refused;

/// The submission as trees, or what is wrong with it.
pub(super) enum Taken {
    /// Parsed, and taken.
    Yes(Vec<Arc<Tree>>),
    /// Parsed, and refused.
    Refused(Vec<Finding>),
    /// Some file does not parse.
    Unparsed(Vec<Finding>),
}

/// Reads and judges the files of a submission.
pub(super) fn judge(files: &[(String, Arc<Source>)], needs: &Needs, world: &World) -> Taken {
    let trees = match parsed(files) {
        Ok(trees) => trees,
        Err(first) => return Taken::Unparsed(first),
    };
    let mut findings = Vec::new();
    size::check(&trees, &mut findings);
    if !findings.is_empty() {
        return Taken::Refused(findings);
    }
    let mut roll = Roll::new(needs, world);
    for tree in &trees {
        findings.extend(no_objects(tree));
        for object in objects(tree) {
            let known = findings.len();
            if !gatekeeper::is_ours(object) && !image::is_ours(object) && !kyverno::is_ours(object) {
                schema::check(object, &mut findings);
            }
            // What the decoder refuses is never validated.
            let decoded = findings.len() == known;
            roll.call(object, &mut findings);
            refused::of_object(object, &mut findings);
            if decoded {
                refused::of_policy(object, &mut findings);
            }
        }
    }
    together(&trees, world, &mut findings);
    findings.extend(roll.missing(&trees));
    if findings.is_empty() { Taken::Yes(trees) } else { Taken::Refused(findings) }
}

/// The manifests as trees. One finding, not a wall: what follows a syntax error is guesswork.
fn parsed(files: &[(String, Arc<Source>)]) -> Result<Vec<Arc<Tree>>, Vec<Finding>> {
    let manifests = files.iter().filter(|(path, _)| is_manifest(path));
    let read = |(_, source): &(String, Arc<Source>)| {
        let (tree, findings) = yaml::parse(source, Limits::submission());
        findings.into_iter().find(Finding::blocks).map_or(Ok(Arc::new(tree)), |first| Err(vec![first]))
    };
    manifests.map(read).collect()
}

/// Documents that are no mapping.
fn no_objects(tree: &Tree) -> impl Iterator<Item = Finding> {
    let others = tree.documents().filter(|d| !d.is_null() && d.kind() != Kind::Map);
    others.map(|document| {
        let title = format!("this is {}, not a Kubernetes object", document.kind().word());
        Finding::error("not-an-object", title, document.own_span())
            .help("write a mapping with apiVersion, kind and metadata")
    })
}

/// What is wrong with the objects together.
fn together(trees: &[Arc<Tree>], world: &World, findings: &mut Vec<Finding>) {
    let all: Vec<_> = trees.iter().flat_map(|t| objects(t)).collect();
    findings.extend(gatekeeper::faults(&all, world));
    findings.extend(image::faults(&all));
    findings.extend(kyverno::faults(&all));
    let whole = world.with(trees.to_vec());
    for object in all {
        let pod = template_of(object).filter(|t| t.of_pod);
        let homeless = pod.and_then(|t| rbac::homeless(&whole, object.namespace().unwrap_or("default"), t));
        let help = "name a ServiceAccount of the namespace, or add it";
        findings.extend(homeless.map(|reason| refused(object, reason, help)));
    }
}

/// Whether a file of a lab holds Kubernetes objects.
pub(super) fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending))
}
