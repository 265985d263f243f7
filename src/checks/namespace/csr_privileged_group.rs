//! A certificate that would make its holder an administrator or a node.

use crate::checks::{Check, DocumentCase, Fault, Faults, Rule};
use crate::model::{Subject, base64, value};
use crate::text::Severity;

pub(super) const CHECK: Check = Check::new(
    "csr-privileged-group",
    Severity::High,
    "certificate request asks for a privileged group",
    include_str!("csr_privileged_group.md"),
    Rule::Document(&[Subject::CertificateSigningRequest], look),
)
.aliases(&["inspect-csr"])
.lessons(&[14, 18])
.technique("T1649");

fn look(case: &DocumentCase<'_>) -> Faults {
    let request = case.node().at(&["spec", "request"]);
    let signer = case.node().at(&["spec", "signerName"]).and_then(value::string).unwrap_or("");
    let Some((node, text)) = request.and_then(|n| Some((n, value::string(n)?))) else { return Faults::new() };
    let client = signer == "kubernetes.io/kube-apiserver-client" || signer == "kubernetes.io/legacy-unknown";
    let der = base64::decode(text).and_then(|pem| base64::decode(&body_of(&pem)?));
    let Some(der) = der.filter(|der| !der.is_empty()) else {
        let detail = format!(
            "{} is no certificate request in PEM and base64, so whom it names is not known",
            node.path()
        );
        let unread = Fault::unknown(node.own_span(), detail, "check the manifest with the request in it");
        return if client { vec![unread] } else { Faults::new() };
    };
    let names = |group: &&&str| names(&der, group);
    let group = GROUPS.iter().filter(|_| client).find(names);
    let says = |g: &str| format!("asks for a client certificate of {g}, which cannot be taken back");
    let help = "deny the request, and bind a role to a group of your own";
    group.map(|g| Fault::at(node, &says(g), help)).into_iter().collect()
}

/// Groups, of which a certificate makes an administrator or a node.
const GROUPS: &[&str] = &["system:masters", "kubeadm:cluster-admins", "system:nodes"];

/// What stands between the lines of a PEM text.
fn body_of(pem: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(pem).ok()?;
    let lines = text.lines().skip_while(|l| !l.starts_with("-----BEGIN ")).skip(1);
    Some(lines.take_while(|l| !l.starts_with("-----END ")).collect())
}

/// Whether a text of a certificate's subject is this one, whole: in DER its length stands before it.
fn names(der: &[u8], group: &str) -> bool {
    let length = u8::try_from(group.len()).ok();
    der.windows(group.len() + 1).any(|w| w.first().copied() == length && w.get(1..) == Some(group.as_bytes()))
}
