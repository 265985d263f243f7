//! What a site asks for itself, a row each: silent without the key under `[policy]` of the configuration.

use crate::checks::{Case, Check, ContainerCase, DocumentCase, Fault, Faults, PodCase, Row, Rule, Scope};
use crate::model::{Subject, value};
use crate::text::{Severity, near};

const DOC: &str = include_str!("site.md");

/// A row.
#[derive(Clone, Copy, Debug)]
enum Asks {
    Registry,
    ServiceAccount,
    IngressClass,
    Containers,
}

const fn row(
    id: &'static str,
    severity: Severity,
    title: &'static str,
    key: &'static str,
    asks: &'static dyn Row,
) -> Check {
    Check::new(id, severity, title, DOC, Rule::Row(asks)).parameter(key)
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    row(
        "container-count-per-pod",
        Severity::Info,
        "pod has more containers than the site takes",
        "max-containers",
        &Asks::Containers,
    )
    .aliases(&["limit-containers-per-pod"])
    .lessons(&[36]),
    row(
        "image-registry-not-allowed",
        Severity::High,
        "image comes from a registry that is not the site's",
        "registries",
        &Asks::Registry,
    )
    .aliases(&[
        "KSV-0125",
        "KSV-0032",
        "KSV-0033",
        "KSV-0034",
        "KSV-0035",
        "restrict-image-registries",
        "allowed-image-repos",
        "advanced-restrict-image-registries",
        "k8sallowedrepos",
        "k8sallowedreposv2",
        "k8sdisallowedrepos",
        "C-0001",
        "C-0078",
    ])
    .lessons(&[12, 27, 28])
    .technique("T1525"),
    row(
        "ingress-class-not-allowed",
        Severity::Low,
        "class of the Ingress is not one of the site's",
        "ingress-classes",
        &Asks::IngressClass,
    )
    .aliases(&["restrict-ingress-classes"])
    .lessons(&[36])
    .technique("T1133"),
    row(
        "service-account-not-allowed",
        Severity::Medium,
        "service account is not one of the site's",
        "service-accounts",
        &Asks::ServiceAccount,
    )
    .aliases(&["restrict-service-account", "check-sa"])
    .lessons(&[14, 36])
    .technique("T1078"),
];

impl Row for Asks {
    fn scope(&self) -> Scope {
        match self {
            Self::Registry => Scope::Container,
            Self::IngressClass => Scope::Document(&[Subject::Ingress]),
            Self::ServiceAccount | Self::Containers => Scope::Pod,
        }
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let fault = match (self, case) {
            (Self::Registry, Case::Container(case)) => registry(case),
            (Self::ServiceAccount, Case::Pod(case)) => service_account(case),
            (Self::Containers, Case::Pod(case)) => containers(case),
            (Self::IngressClass, Case::Document(case)) => ingress_class(case),
            _ => None,
        };
        fault.into_iter().collect()
    }
}

fn listed(names: &[String]) -> String {
    near::list(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn registry(case: &ContainerCase<'_>) -> Option<Fault> {
    let parameters = &case.pod.world.parameters;
    let registries = parameters.registries.as_ref()?;
    let node = case.container.image()?;
    let image = value::string(node).filter(|text| !text.is_empty() && !text.contains("{{"))?;
    let says = format!("is {image}, and the site takes images from {} alone", listed(registries));
    let help = "use the copy in the site's registry, or have it mirrored there";
    (!parameters.allows_image(image)).then(|| Fault::at(node, &says, help))
}

fn service_account(case: &PodCase<'_>) -> Option<Fault> {
    let allowed = case.world.parameters.service_accounts.as_ref()?;
    let setting = case.settings.service_account_name();
    if setting.is_mistyped() {
        return None;
    }
    let name = setting.value.filter(|name| !name.is_empty()).unwrap_or("default");
    if allowed.iter().any(|a| a == name) {
        return None;
    }
    let follows = format!("the pod is {name}, which is none of {}", listed(allowed));
    Some(Fault::set_or_unset(&setting, &follows, "name an account that the site has made for it"))
}

fn containers(case: &PodCase<'_>) -> Option<Fault> {
    let most = case.world.parameters.max_containers?;
    let list = case.template.spec.get("containers").and_then(value::list)?;
    let count = list.items().len();
    let says = format!("holds {count} containers, and the site takes {most}");
    (count > most as usize)
        .then(|| Fault::at(list, &says, "make pods of their own of what needs not run beside it"))
}

fn ingress_class(case: &DocumentCase<'_>) -> Option<Fault> {
    let allowed = case.world.parameters.ingress_classes.as_ref()?;
    let by_field = case.object.node.at(&["spec", "ingressClassName"]);
    let node = by_field.or_else(|| case.object.annotation("kubernetes.io/ingress.class"))?;
    let class = value::string(node)?;
    let says = format!("is {class}, which is none of {}", listed(allowed));
    (!allowed.iter().any(|a| a == class)).then(|| Fault::at(node, &says, "name a class that the site has"))
}
