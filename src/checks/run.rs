//! The runner: walks objects, pods and containers, asks every check, and makes findings of their faults.

use super::reading::{of_file, without_pod};
use super::{Check, ContainerCase, Counts, Fault, Options, PodCase, Rule, World, all};
use crate::model::{ContainerSettings, Object, PodSettings, PodTemplate, objects, template_of};
use crate::parse::{Kind, Tree};
use crate::text::Finding;

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was found, by place.
    pub findings: Vec<Finding>,
    /// What was read.
    pub read: Counts,
}

impl Checked {
    /// Whether something could not be judged, so that "no finding" would say nothing.
    pub fn is_incomplete(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }
}

/// Checks the documents of one file. Syntax errors are the parser's to report, with its own findings.
pub fn run(tree: &Tree, options: &Options) -> Checked {
    let world = World::new(objects(tree));
    let checks: Vec<&Check> = all().iter().filter(|c| options.wants(c)).collect();
    let documents = tree.documents().filter(|d| d.kind() != Kind::Null).count();
    let mut read = Counts { documents, objects: world.objects.len(), ..Counts::default() };
    let mut findings = Vec::new();
    for object in &world.objects {
        match template_of(*object) {
            Some(template) => pod(*object, template, &world, &checks, &mut read, &mut findings),
            None => findings.extend(without_pod(*object, &mut read)),
        }
    }
    findings.extend(of_file(tree, &read));
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.primary.span.start, f.code.clone());
        key(a).cmp(&key(b)).then_with(|| a.detail.cmp(&b.detail))
    });
    Checked { findings, read }
}

fn pod<'t>(
    object: Object<'t>,
    template: PodTemplate<'t>,
    world: &'t World<'t>,
    checks: &[&Check],
    read: &mut Counts,
    findings: &mut Vec<Finding>,
) {
    let pod = PodCase { object, template, settings: PodSettings::of(template), world };
    let title = object.title();
    read.pods += 1;
    for check in checks {
        if let Rule::Pod(rule) = check.rule {
            findings.extend(rule(&pod).into_iter().map(|fault| finding(check, &title, fault)));
        }
    }
    for container in template.containers() {
        read.containers += 1;
        let case = ContainerCase { pod, container, settings: ContainerSettings::of(template, container) };
        for check in checks {
            if let Rule::Container(rule) = check.rule {
                for fault in rule(&case) {
                    let subject = format!("{} of {title}", container.title());
                    findings.push(finding(check, &subject, fault));
                }
            }
        }
    }
}

fn finding(check: &Check, subject: &str, fault: Fault) -> Finding {
    let mut finding = Finding::new(check.id, check.severity, check.title, fault.span)
        .detail(format!("{subject}: {}", fault.detail))
        .label(fault.label)
        .help(fault.help);
    finding.related = fault.related;
    finding
}
