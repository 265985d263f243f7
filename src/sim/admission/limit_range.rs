//! `LimitRanger`: what a namespace's `LimitRange`s set where a container says nothing, and what they refuse.
//!
//! kubernetes `plugin/pkg/admission/limitranger/admission.go`; `pkg/apis/core/v1/defaults.go`
//! (`SetDefaults_LimitRangeItem`: a maximum is a default, a default is a default request, then a minimum is).
//! Upstream walks `LimitRange`s and resources in no order of its own; here it is the order of files and of names.

use std::collections::BTreeSet;

use super::usage::{Figure, Figures, PodUse, figures};
use crate::model::{Amount, Object};
use crate::parse::Node;
use crate::sim::Reason;

/// A `LimitRange`.
#[derive(Clone, Debug)]
pub struct LimitRange<'w> {
    name: &'w str,
    items: Vec<Item<'w>>,
}

#[derive(Clone, Debug)]
struct Item<'w> {
    kind: &'w str,
    min: Figures<'w>,
    max: Figures<'w>,
    ratio: Figures<'w>,
    default: Figures<'w>,
    default_request: Figures<'w>,
}

/// What a `LimitRange` refuses of a pod.
#[derive(Clone, Debug)]
pub struct Refused {
    /// In the plugin's words.
    pub said: String,
    /// Where.
    pub because: Vec<Reason>,
}

impl<'w> LimitRange<'w> {
    /// Reads it.
    pub fn of(object: Object<'w>) -> Self {
        let items = object.node.at(&["spec", "limits"]).into_iter().flat_map(Node::items).map(|node| {
            let mut item = Item {
                kind: node.get("type").and_then(Node::as_str).unwrap_or(""),
                min: figures(node.get("min")),
                max: figures(node.get("max")),
                ratio: figures(node.get("maxLimitRequestRatio")),
                default: figures(node.get("default")),
                default_request: figures(node.get("defaultRequest")),
            };
            if item.kind == "Container" {
                fill(&mut item.default, &item.max);
                fill(&mut item.default_request, &item.default);
                fill(&mut item.default_request, &item.min);
            }
            item
        });
        Self { name: object.name().unwrap_or(""), items: items.collect() }
    }

    /// Whether it bounds claims of volumes.
    pub fn is_about_claims(&self) -> bool {
        self.items.iter().any(|item| item.kind == "PersistentVolumeClaim")
    }

    /// Sets what containers leave out, and says what it set.
    pub fn set_defaults(&self, pod: &mut PodUse<'w>) -> Vec<Reason> {
        let (mut limits, mut requests) = (Figures::new(), Figures::new());
        for item in self.items.iter().filter(|i| i.kind == "Container") {
            limits.extend(item.default.iter().map(|(k, v)| (*k, *v)));
            requests.extend(item.default_request.iter().map(|(k, v)| (*k, *v)));
        }
        let mut told = Vec::new();
        for one in &mut pod.containers {
            let title = one.container.title();
            for (what, to, from) in
                [("limit", &mut one.limits, &limits), ("request", &mut one.requests, &requests)]
            {
                for (name, figure) in from {
                    if to.contains_key(name) {
                        continue;
                    }
                    to.insert(name, *figure);
                    let text = format!(
                        "LimitRange `{}` gives {title} the {name} {what} {}",
                        self.name, figure.amount
                    );
                    told.extend(figure.span.map(|span| Reason::at(text, span)));
                }
            }
        }
        told
    }

    /// What it refuses, with the places in the pod and in the `LimitRange`.
    pub fn refusal(&self, pod: &PodUse<'w>) -> Option<Refused> {
        let mut errors: Vec<(String, Vec<Reason>)> = Vec::new();
        let of_pods = self.items.iter().any(|item| item.kind == "Pod");
        let whole = if of_pods { (pod.requests(), pod.limits()) } else { Default::default() };
        for item in &self.items {
            match item.kind {
                "Container" => {
                    for one in pod.in_order() {
                        item.judge(&one.requests, &one.limits, |text, rule, own| {
                            let at = own.and_then(|f| f.span);
                            let at = at.unwrap_or_else(|| one.container.node.missing("resources").span);
                            let mut because =
                                vec![Reason::at(format!("{}: {text}", one.container.title()), at)];
                            because.extend(self.rule(rule));
                            errors.push((text, because));
                        });
                    }
                }
                "Pod" => item.judge(&whole.0, &whole.1, |text, rule, own| {
                    let mut because: Vec<Reason> = own
                        .and_then(|f| f.span)
                        .map(|span| Reason::at(format!("the pod: {text}"), span))
                        .into_iter()
                        .collect();
                    because.extend(self.rule(rule));
                    errors.push((text, because));
                }),
                _ => {}
            }
        }
        let mut known = BTreeSet::new();
        let said: Vec<String> =
            errors.iter().filter(|(text, _)| known.insert(text)).map(|(text, _)| text.clone()).collect();
        // `utilerrors.NewAggregate`: one error as it is, several in brackets.
        let said = match said.len() {
            0 => return None,
            1 => said.concat(),
            _ => format!("[{}]", said.join(", ")),
        };
        Some(Refused { said, because: errors.into_iter().flat_map(|(_, because)| because).collect() })
    }

    fn rule(&self, figure: &Figure) -> Option<Reason> {
        let text = format!("LimitRange `{}` draws the line at {}", self.name, figure.amount);
        figure.span.map(|span| Reason::at(text, span))
    }
}

fn fill<'w>(to: &mut Figures<'w>, from: &Figures<'w>) {
    for (name, figure) in from {
        to.entry(name).or_insert(*figure);
    }
}

impl Item<'_> {
    /// Tells of each constraint that is broken: words, the rule's figure, the pod's own where it has one.
    fn judge(
        &self,
        requests: &Figures<'_>,
        limits: &Figures<'_>,
        mut tell: impl FnMut(String, &Figure, Option<Figure>),
    ) {
        let kind = self.kind;
        for (name, rule) in &self.min {
            let (request, limit) = (requests.get(name).copied(), limits.get(name).copied());
            let least = || format!("minimum {name} usage per {kind} is {}", rule.amount);
            match (request, limit) {
                (None, _) => tell(format!("{}.  No request is specified", least()), rule, limit),
                (Some(r), _) if r.amount < rule.amount => {
                    tell(format!("{}, but request is {}", least(), r.amount), rule, Some(r));
                }
                (_, Some(l)) if l.amount < rule.amount => {
                    tell(format!("{}, but limit is {}", least(), l.amount), rule, Some(l));
                }
                _ => {}
            }
        }
        for (name, rule) in &self.max {
            let (request, limit) = (requests.get(name).copied(), limits.get(name).copied());
            let most = || format!("maximum {name} usage per {kind} is {}", rule.amount);
            match (limit, request) {
                (None, _) => tell(format!("{}.  No limit is specified", most()), rule, request),
                (Some(l), _) if l.amount > rule.amount => {
                    tell(format!("{}, but limit is {}", most(), l.amount), rule, Some(l));
                }
                (_, Some(r)) if r.amount > rule.amount => {
                    tell(format!("{}, but request is {}", most(), r.amount), rule, Some(r));
                }
                _ => {}
            }
        }
        for (name, rule) in &self.ratio {
            let set = |all: &Figures<'_>| all.get(name).copied().filter(|f| f.amount != Amount::ZERO);
            let most = || format!("{name} max limit to request ratio per {kind} is {}", rule.amount);
            match (set(requests), set(limits)) {
                (None, limit) => {
                    tell(format!("{}, but no request is specified or request is 0", most()), rule, limit);
                }
                (request, None) => {
                    tell(format!("{}, but no limit is specified or limit is 0", most()), rule, request);
                }
                (Some(r), Some(l)) if l.amount.exceeds(r.amount, rule.amount) => {
                    tell(
                        format!("{}, but provided ratio is {}", most(), l.amount.over(r.amount)),
                        rule,
                        Some(l),
                    );
                }
                _ => {}
            }
        }
    }
}
