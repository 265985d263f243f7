//! `ResourceQuota`: what a namespace's quotas count of a pod, what they want to see in it, and when they are full.
//!
//! kubernetes `staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go` (`CheckRequest`),
//! `pkg/quota/v1/evaluator/core/pods.go`, `apiserver/pkg/quota/v1/generic` (`count/…`). A quota whose status is not
//! known counts from nothing. `limitedResources` of the plugin's configuration are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::limit_range::Refused;
use super::usage::{Figure, Figures, PodUse, figures};
use crate::model::{Amount, Object, PodTemplate, value};
use crate::parse::Node;
use crate::sim::Reason;
use crate::text::Span;

/// A quota, and how much of it is used.
#[derive(Clone, Debug)]
pub struct Quota<'w> {
    name: &'w str,
    hard: Figures<'w>,
    used: BTreeMap<&'w str, Amount>,
    scopes: Vec<Scope<'w>>,
    /// Whether what is used stands in its status.
    measured: bool,
}

#[derive(Clone, Debug)]
struct Scope<'w> {
    name: &'w str,
    operator: &'w str,
    values: Vec<&'w str>,
}

/// A pod, as quotas see it.
#[derive(Clone, Copy, Debug)]
pub struct Charge<'a, 'w> {
    /// What it asks for, after defaulting.
    pub pod: &'a PodUse<'w>,
    /// Its spec.
    pub template: PodTemplate<'w>,
    /// Its priority class, after defaulting.
    pub priority: Option<&'w str>,
    /// Where it stands.
    pub span: Span,
}

/// What counts of a pod by the names of quotas' resources.
type Usage = BTreeMap<String, Figure>;

/// Of these, a quota wants each container to say how much.
const MUST_SAY: &[&str] =
    &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Of Kubernetes' own domain, and yet a vendor's: the devices of a `DeviceClass` that names no resource.
const DEVICES: &str = "deviceclass.resource.kubernetes.io/";

impl<'w> Quota<'w> {
    /// Reads it.
    pub fn of(object: Object<'w>) -> Self {
        let node = object.node;
        let named = node.at(&["spec", "scopes"]).into_iter().flat_map(Node::items);
        let mut scopes: Vec<Scope<'w>> = named
            .map(|n| Scope { name: n.as_str().unwrap_or(""), operator: "Exists", values: Vec::new() })
            .collect();
        let chosen =
            node.at(&["spec", "scopeSelector", "matchExpressions"]).into_iter().flat_map(Node::items);
        scopes.extend(chosen.map(|n| Scope {
            name: n.get("scopeName").and_then(Node::as_str).unwrap_or(""),
            operator: n.get("operator").and_then(Node::as_str).unwrap_or(""),
            values: n.get("values").into_iter().flat_map(Node::items).filter_map(Node::as_str).collect(),
        }));
        let status = figures(node.at(&["status", "used"]));
        Self {
            name: object.name().unwrap_or(""),
            hard: figures(node.at(&["spec", "hard"])),
            measured: !status.is_empty(),
            used: status.into_iter().map(|(name, figure)| (name, figure.amount)).collect(),
            scopes,
        }
    }

    /// Whether its status says what is used; otherwise whoever asks counts what there is.
    pub fn is_measured(&self) -> bool {
        self.measured
    }

    /// Takes over what the same quota has counted elsewhere.
    pub fn count_as(&mut self, other: &Quota<'_>) {
        for name in self.hard.keys() {
            if let Some(amount) = other.used.get(name) {
                self.used.insert(name, *amount);
            }
        }
    }

    /// Whether it counts this pod: one resource of pods at least, and every scope.
    fn counts(&self, charge: Charge<'_, 'w>) -> bool {
        self.hard.keys().any(|name| is_of_pods(name)) && self.scopes.iter().all(|scope| scope.fits(charge))
    }

    /// Where it counts claims of volumes, and how many or how much of them.
    pub fn about_claims(&self) -> Option<Reason> {
        let of_claims = |name: &str| {
            matches!(name, "persistentvolumeclaims" | "count/persistentvolumeclaims" | "requests.storage")
                || name.contains(".storageclass.storage.k8s.io/")
        };
        self.hard.keys().find(|name| of_claims(name)).and_then(|name| self.rule(name))
    }

    fn used(&self, name: &str) -> Amount {
        self.used.get(name).copied().unwrap_or(Amount::ZERO)
    }

    /// What it wants each container to say, and some container does not.
    fn unsaid(&self, pod: &PodUse<'w>) -> Option<Refused> {
        let (mut missing, mut because) = (BTreeMap::<&str, BTreeSet<&str>>::new(), Vec::new());
        for one in pod.in_order() {
            let said = of_resources(&one.requests, &one.limits, one.container.node.own_span());
            for name in MUST_SAY.iter().filter(|n| self.hard.contains_key(**n) && !said.contains_key(**n)) {
                missing.entry(name).or_default().insert(one.container.name);
                let list = if name.starts_with("limits.") { "limits" } else { "requests" };
                let key = name.rsplit('.').next().unwrap_or(name);
                let node = one.container.node;
                let place = match (node.at(&["resources", list]), node.get("resources")) {
                    (Some(list), _) => list.missing(key),
                    (None, Some(resources)) => resources.missing(list),
                    (None, None) => node.missing("resources"),
                };
                let text =
                    format!("{} says nothing about {name}, which the quota counts", one.container.title());
                because.push(Reason::at(text, place.span));
            }
        }
        if missing.is_empty() {
            return None;
        }
        because.extend(missing.keys().filter_map(|name| self.rule(name)));
        let words = missing.iter().map(|(name, containers)| {
            let containers: Vec<&str> = containers.iter().copied().collect();
            format!("{name} for: {}", containers.join(","))
        });
        let said =
            format!("failed quota: {}: must specify {}", self.name, words.collect::<Vec<_>>().join("; "));
        Some(Refused { said, because })
    }

    fn rule(&self, name: &str) -> Option<Reason> {
        let figure = self.hard.get(name)?;
        let text = format!("ResourceQuota `{}` counts {name} up to {}", self.name, figure.amount);
        figure.span.map(|span| Reason::at(text, span))
    }

    /// How many times this fits.
    fn room(&self, usage: &Usage) -> u64 {
        let rooms = self.hard.iter().filter_map(|(name, most)| {
            let each = usage.get(*name).filter(|f| !f.amount.is_zero())?;
            Some(self.used(name).room(each.amount, most.amount))
        });
        rooms.min().unwrap_or(u64::MAX)
    }

    fn take(&mut self, usage: &Usage, count: u64) {
        for name in self.hard.keys() {
            if let Some(each) = usage.get(*name) {
                let used = self.used.entry(name).or_insert(Amount::ZERO);
                *used = used.plus(each.amount.times(count));
            }
        }
    }

    /// Why one more does not fit.
    fn full(&self, usage: &Usage) -> Refused {
        let (mut requested, mut used, mut limited, mut because) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (name, most) in &self.hard {
            let Some(each) = usage.get(*name).filter(|f| !f.amount.is_zero()) else { continue };
            let now = self.used(name);
            if now.plus(each.amount) <= most.amount {
                continue;
            }
            requested.push(format!("{name}={}", each.amount));
            used.push(format!("{name}={now}"));
            limited.push(format!("{name}={}", most.amount));
            let text = format!(
                "ResourceQuota `{}` ends at {name} {}: {now} is used, and {} more is asked for",
                self.name, most.amount, each.amount
            );
            because.extend(most.span.map(|span| Reason::at(text, span)));
            because.extend(
                each.span.map(|span| Reason::at(format!("this counts as {name} {}", each.amount), span)),
            );
        }
        let said = format!(
            "exceeded quota: {}, requested: {}, used: {}, limited: {}",
            self.name,
            requested.join(","),
            used.join(","),
            limited.join(",")
        );
        Refused { said, because }
    }
}

impl Scope<'_> {
    /// `podMatchesScopeFunc`.
    fn fits(&self, charge: Charge<'_, '_>) -> bool {
        let spec = charge.template.spec;
        let ends =
            || spec.get("activeDeadlineSeconds").and_then(value::integer).is_some_and(|seconds| seconds >= 0);
        match self.name {
            "Terminating" => ends(),
            "NotTerminating" => !ends(),
            "BestEffort" => charge.pod.is_best_effort(),
            "NotBestEffort" => !charge.pod.is_best_effort(),
            "PriorityClass" => match (self.operator, charge.priority) {
                ("Exists", class) => class.is_some(),
                ("DoesNotExist", class) => class.is_none(),
                ("In", class) => class.is_some_and(|c| self.values.contains(&c)),
                ("NotIn", class) => class.is_none_or(|c| !self.values.contains(&c)),
                _ => false,
            },
            "CrossNamespacePodAffinity" => looks_across(spec),
            _ => false,
        }
    }
}

/// Whether a term of pod affinity looks into other namespaces.
fn looks_across(spec: Node<'_>) -> bool {
    let across = |term: Node<'_>| {
        term.get("namespaces").is_some_and(|n| n.items().len() > 0) || term.get("namespaceSelector").is_some()
    };
    ["podAffinity", "podAntiAffinity"].into_iter().filter_map(|kind| spec.at(&["affinity", kind])).any(
        |kind| {
            let terms = |key: &str| kind.get(key).into_iter().flat_map(Node::items).collect::<Vec<_>>();
            let preferred = terms("preferredDuringSchedulingIgnoredDuringExecution");
            terms("requiredDuringSchedulingIgnoredDuringExecution").into_iter().any(across)
                || preferred.into_iter().filter_map(|t| t.get("podAffinityTerm")).any(across)
        },
    )
}

/// Whether a quota's resource is one that pods use.
fn is_of_pods(name: &str) -> bool {
    let plain = ["cpu", "memory", "ephemeral-storage"];
    let bare = name.strip_prefix("requests.").or_else(|| name.strip_prefix("limits.")).unwrap_or(name);
    matches!(name, "pods" | "count/pods")
        || plain.contains(&bare)
        || name.starts_with("hugepages-")
        || name.starts_with("requests.hugepages-")
        || (name.starts_with("requests.") && is_foreign(name))
}

/// Whether a resource is nobody's but a vendor's (`IsNativeResource` says no).
fn is_foreign(name: &str) -> bool {
    let bare = name.strip_prefix("requests.").unwrap_or(name);
    name.contains('/') && (!name.contains("kubernetes.io/") || bare.starts_with(DEVICES))
}

/// `podComputeUsageHelper`.
fn of_resources(requests: &Figures<'_>, limits: &Figures<'_>, span: Span) -> Usage {
    let mut out = Usage::from([("pods".to_owned(), Figure { amount: Amount::whole(1), span: Some(span) })]);
    for (name, figure) in requests {
        if matches!(*name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") {
            out.insert((*name).to_owned(), *figure);
            out.insert(format!("requests.{name}"), *figure);
        } else if is_foreign(name) && !name.starts_with("requests.") {
            out.insert(format!("requests.{name}"), *figure);
        }
    }
    for (name, figure) in limits {
        if matches!(*name, "cpu" | "memory" | "ephemeral-storage") {
            out.insert(format!("limits.{name}"), *figure);
        }
    }
    out
}

/// Counts a pod that is there, whether there is room for it or not. One that has ended is an object still (`QuotaV1Pod`).
pub fn settle_pod<'w>(quotas: &mut [Quota<'w>], charge: Charge<'_, 'w>, ended: bool) {
    let one = Figure { amount: Amount::whole(1), span: Some(charge.span) };
    let mut usage = if ended { Usage::new() } else { of_pod(charge) };
    usage.insert("count/pods".to_owned(), one);
    for quota in quotas.iter_mut().filter(|q| q.counts(charge)) {
        quota.take(&usage, 1);
    }
}

/// Counts an object that is there.
pub fn settle_object(quotas: &mut [Quota<'_>], resource: &str, span: Span) {
    for quota in quotas.iter_mut().filter(|q| q.scopes.is_empty()) {
        quota.take(&of_object(resource, span), 1);
    }
}

fn of_pod(charge: Charge<'_, '_>) -> Usage {
    of_resources(&charge.pod.charged_requests(), &charge.pod.charged_limits(), charge.span)
}

fn of_object(resource: &str, span: Span) -> Usage {
    let one = Figure { amount: Amount::whole(1), span: Some(span) };
    let mut usage = Usage::from([(format!("count/{resource}"), one)]);
    if resource == "replicationcontrollers" {
        usage.insert(resource.to_owned(), one);
    }
    usage
}

/// Charges so many such pods, one after the other: how many fit, and why the next does not.
pub fn charge_pods<'w>(
    quotas: &mut [Quota<'w>],
    charge: Charge<'_, 'w>,
    count: u64,
) -> (u64, Option<Refused>) {
    for quota in quotas.iter().filter(|q| q.counts(charge)) {
        if let Some(refused) = quota.unsaid(charge.pod) {
            return (0, Some(refused));
        }
    }
    let mut usage = of_pod(charge);
    usage.insert("count/pods".to_owned(), Figure { amount: Amount::whole(1), span: Some(charge.span) });
    let counting: Vec<usize> =
        quotas.iter().enumerate().filter(|(_, q)| q.counts(charge)).map(|(i, _)| i).collect();
    fill(quotas, &counting, &usage, count)
}

/// Charges one object of a kind: `count/…` of quotas without a scope, and its old name where it has one.
pub fn charge_object(quotas: &mut [Quota<'_>], resource: &str, span: Span) -> Option<Refused> {
    let counting: Vec<usize> =
        quotas.iter().enumerate().filter(|(_, q)| q.scopes.is_empty()).map(|(i, _)| i).collect();
    fill(quotas, &counting, &of_object(resource, span), 1).1
}

fn fill(quotas: &mut [Quota<'_>], counting: &[usize], usage: &Usage, count: u64) -> (u64, Option<Refused>) {
    let rooms = counting.iter().filter_map(|i| quotas.get(*i)).map(|q| q.room(usage));
    let fits = rooms.min().unwrap_or(u64::MAX).min(count);
    for i in counting {
        if let Some(quota) = quotas.get_mut(*i) {
            quota.take(usage, fits);
        }
    }
    let full = counting.iter().filter_map(|i| quotas.get(*i)).find(|q| q.room(usage) == 0);
    (fits, full.filter(|_| fits < count).map(|q| q.full(usage)))
}
