//! As whom a pod can speak to the API server: the tokens that its containers can read.
//!
//! kubernetes `plugin/pkg/admission/serviceaccount/admission.go`: the pod's word on mounting counts, then the
//! account's; a container with a mount of its own at the token's path gets none. A projected token, and a Secret of
//! type `kubernetes.io/service-account-token`, are read where a container mounts or takes them. A token for an audience is
//! one for the API server where that is its issuer, as long as `--api-audiences` says nothing else
//! (`pkg/kubeapiserver/options/authentication.go`); kubeadm's issuer is known, and any other address may be one.

use std::collections::BTreeMap;

use super::request::Caller;
use crate::model::{Container, Object, PodSettings, PodTemplate, Volume, value};
use crate::parse::Node;
use crate::sim::kernel::PodView;
use crate::sim::world::World;
use crate::sim::{Reason, Verdict};
use crate::text::Span;

/// Where the token is mounted.
const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The issuers that installers give to an API server.
const ISSUERS: &[&str] = &["https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local"];

/// A token that a pod holds.
#[derive(Debug)]
pub(super) struct Token {
    /// Whose it is.
    pub(super) caller: Caller,
    /// Why the pod has it.
    pub(super) because: Reason,
}

/// Service accounts and Secrets, found by their names.
#[derive(Debug, Default)]
pub(super) struct Keepers<'w> {
    all: BTreeMap<(&'static str, &'w str, &'w str), Object<'w>>,
    /// Whether an account that somebody names is taken to be there.
    trusting: bool,
}

impl<'w> Keepers<'w> {
    pub(super) fn new(objects: &[Object<'w>]) -> Self {
        let mut keepers = BTreeMap::new();
        for object in objects {
            let kind = match object.kind() {
                Some("ServiceAccount") => "ServiceAccount",
                Some("Secret") => "Secret",
                _ => continue,
            };
            if let Some(name) = object.name() {
                keepers.insert((kind, object.namespace().unwrap_or("default"), name), *object);
            }
        }
        Self { all: keepers, trusting: false }
    }

    /// The same, where an account that a pod or a Secret names is taken to be there.
    pub(super) fn trusting(objects: &[Object<'w>]) -> Self {
        Self { trusting: true, ..Self::new(objects) }
    }

    fn get(&self, kind: &'static str, namespace: &str, name: &str) -> Option<Object<'w>> {
        self.all.get(&(kind, namespace, name)).copied()
    }

    /// The service accounts, by namespace and name.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (&'w str, &'w str)> {
        self.all
            .keys()
            .filter(|(kind, ..)| *kind == "ServiceAccount")
            .map(|(_, namespace, name)| (*namespace, *name))
    }

    /// The Secrets that hold a token: namespace, name, account and place.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&'w str, &'w str, &'w str, Span)> {
        let secrets = self.all.iter().filter(|((kind, ..), _)| *kind == "Secret");
        secrets.filter_map(|((_, namespace, name), secret)| {
            Some((*namespace, *name, self.account_of(*secret)?, secret.kind_span()))
        })
    }

    /// The account whose token a Secret holds.
    fn account_of(&self, secret: Object<'w>) -> Option<&'w str> {
        let sort = secret.node.get("type").and_then(value::string);
        let account = secret.annotation("kubernetes.io/service-account.name").and_then(value::string)?;
        let home = secret.namespace().unwrap_or("default");
        let there =
            self.trusting || account == "default" || self.get("ServiceAccount", home, account).is_some();
        (sort == Some("kubernetes.io/service-account-token") && there).then_some(account)
    }
}

/// The tokens of a pod; a refusal where it has none, or is not made at all.
pub(super) fn tokens(keepers: &Keepers<'_>, pod: &PodView<'_>) -> Result<Vec<Token>, Verdict> {
    let settings = pod.settings();
    let named = settings.service_account_name();
    let name = named.value.filter(|n| !n.is_empty()).unwrap_or("default");
    let home = pod.key.namespace.as_str();
    let account = keepers.get("ServiceAccount", home, name);
    if let Some(reason) = missing(account, home, pod.template).filter(|_| !keepers.trusting) {
        let evidence =
            format!("error looking up service account {home}/{name}: serviceaccount {name:?} not found");
        return Err(Verdict::denied(reason).evidence(evidence));
    }
    let mut found = Vec::new();
    let silent = match automounted(pod, account) {
        Ok(span) => {
            let text = format!("{} speaks as {name}, whose token is mounted", pod.key);
            found.push(Token { caller: Caller::account(home, name), because: Reason::at(text, span) });
            None
        }
        Err(reason) => Some(reason),
    };
    let mut foreign = None;
    for volume in pod.template.volumes().filter(|v| is_mounted(pod, *v)) {
        foreign = projected(pod, volume, name, &mut found)?.or(foreign);
    }
    for (secret, span) in secrets(pod) {
        found.extend(kept(keepers, pod, secret, span));
    }
    match silent {
        Some(reason) if found.is_empty() => Err(match foreign {
            Some(foreign) => Verdict::denied(foreign).and(reason).evidence("Unauthorized"),
            None => Verdict::denied(reason).evidence(
                "open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory",
            ),
        }),
        _ => Ok(found),
    }
}

/// Why no pod is made where its service account is not there. The account `default` is in every namespace.
pub fn homeless(world: &World, namespace: &str, template: PodTemplate<'_>) -> Option<Reason> {
    let name = PodSettings::of(template).service_account_name().value.filter(|n| !n.is_empty())?;
    missing(world.object("ServiceAccount", Some(namespace), name), namespace, template)
}

fn missing(account: Option<Object<'_>>, namespace: &str, template: PodTemplate<'_>) -> Option<Reason> {
    let named = PodSettings::of(template).service_account_name();
    let name = named.value.filter(|n| !matches!(*n, "" | "default"))?;
    account.is_none().then(|| {
        let text = format!("{namespace} has no ServiceAccount {name}: no pod is made that names it");
        Reason::at(text, named.span())
    })
}

/// Where it is decided that the token is mounted, or why it is not.
fn automounted(pod: &PodView<'_>, account: Option<Object<'_>>) -> Result<Span, Reason> {
    let own = pod.settings().automount_service_account_token();
    match own.value {
        Some(true) => return with_room(pod, own.span()),
        Some(false) => {
            let text = format!("{} mounts no token: automountServiceAccountToken is false", pod.key);
            return Err(Reason::at(text, own.span()));
        }
        None => {}
    }
    let theirs = account.and_then(|a| a.node.get("automountServiceAccountToken"));
    match theirs.map(|node| (node, value::boolean(node))) {
        Some((node, Some(true))) => with_room(pod, node.own_span()),
        Some((node, Some(false))) => {
            let name = account.and_then(Object::name).unwrap_or("");
            let text = format!(
                "{} mounts no token: its account {name} says automountServiceAccountToken: false",
                pod.key
            );
            Err(Reason::at(text, node.own_span()))
        }
        _ => {
            let named = pod.settings().service_account_name();
            with_room(pod, if named.is_set() { named.span() } else { own.span() })
        }
    }
}

/// At least one container has nothing else at the path.
fn with_room(pod: &PodView<'_>, span: Span) -> Result<Span, Reason> {
    let at_path = |c: Container<'_>| c.mounts().find(|m| m.path() == Some(PATH)).map(|m| m.node.own_span());
    let mut taken = None;
    for container in pod.containers() {
        match at_path(container) {
            None => return Ok(span),
            Some(mount) => taken = Some(mount),
        }
    }
    let text = format!("every container of {} mounts something else where the token would be", pod.key);
    Err(taken.map_or_else(|| Reason::fact(text.clone()), |mount| Reason::at(text.clone(), mount)))
}

fn is_mounted(pod: &PodView<'_>, volume: Volume<'_>) -> bool {
    pod.containers().any(|c| c.mounts().any(|m| m.name() == volume.name()))
}

/// A token that the pod asks for itself; why one of them is none for the API server.
fn projected(
    pod: &PodView<'_>,
    volume: Volume<'_>,
    account: &str,
    out: &mut Vec<Token>,
) -> Result<Option<Reason>, Verdict> {
    let mut foreign = None;
    let sources = volume.node.at(&["projected", "sources"]).and_then(value::list);
    for node in sources.into_iter().flat_map(Node::items).filter_map(|s| s.get("serviceAccountToken")) {
        let text =
            format!("{} speaks as {account}, whose token the volume `{}` holds", pod.key, volume.name());
        let own = |word: &str| word.is_empty() || ISSUERS.contains(&word);
        let other = node.get("audience").filter(|a| !a.is_null() && !a.as_str().is_some_and(own));
        if let Some((audience, word)) = other.and_then(|a| Some((a, a.as_str()?)))
            && !word.contains("://")
        {
            let text = format!(
                "{text} for the audience {word}: the API server takes tokens for its own issuer alone, where \
                 --api-audiences is not set"
            );
            foreign = Some(Reason::at(text, audience.own_span()));
            continue;
        }
        if let Some(audience) = other {
            let text = format!("{text}, for an audience of which nobody says whether the API server is it");
            return Err(Verdict {
                because: vec![Reason::at(text, audience.own_span())],
                ..Verdict::unmodelled("")
            });
        }
        let caller = Caller::account(&pod.key.namespace, account);
        out.push(Token { caller, because: Reason::at(text, node.own_span()) });
    }
    Ok(foreign)
}

/// The Secrets that containers can read, and where they take them.
fn secrets<'w>(pod: &PodView<'w>) -> Vec<(&'w str, Span)> {
    let mut nodes: Vec<Option<Node<'w>>> = Vec::new();
    for volume in pod.template.volumes().filter(|v| is_mounted(pod, *v)) {
        nodes.push(volume.node.at(&["secret", "secretName"]));
        let sources = volume.node.at(&["projected", "sources"]).and_then(value::list);
        nodes.extend(sources.into_iter().flat_map(Node::items).map(|s| s.at(&["secret", "name"])));
    }
    for container in pod.containers() {
        let items =
            |key: &str| container.node.get(key).and_then(value::list).into_iter().flat_map(Node::items);
        nodes.extend(items("env").map(|e| e.at(&["valueFrom", "secretKeyRef", "name"])));
        nodes.extend(items("envFrom").map(|e| e.at(&["secretRef", "name"])));
    }
    nodes.into_iter().flatten().filter_map(|n| Some((value::string(n)?, n.own_span()))).collect()
}

/// The token that lies in a Secret, where it is of that sort and its account is there.
fn kept(keepers: &Keepers<'_>, pod: &PodView<'_>, name: &str, span: Span) -> Option<Token> {
    let home = pod.key.namespace.as_str();
    let account = keepers.account_of(keepers.get("Secret", home, name)?)?;
    let text = format!("{} speaks as {account}, whose token it takes from the Secret {name}", pod.key);
    Some(Token { caller: Caller::account(home, account), because: Reason::at(text, span) })
}
