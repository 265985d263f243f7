//! An image without a version.

use crate::checks::{Check, ContainerCase, Fault, Rule};
use crate::text::Severity;

pub(in crate::checks) const CHECK: Check = Check::new(
    "image-tag-latest",
    Severity::Medium,
    "image is whatever latest is that day",
    include_str!("image_tag_latest.md"),
    Rule::Container(look),
)
.aliases(&[
    "latest-tag",
    "container-image-tag",
    "tagNotSpecified",
    "KSV-0013",
    "CKV_K8S_14",
    "disallow-latest-tag",
    "k8sdisallowedtags",
])
.lessons(&[12, 37])
.technique("T1525");

fn look(case: &ContainerCase<'_>) -> Vec<Fault> {
    let Some((node, parsed)) = case.image.filter(|(_, image)| image.is_latest()) else {
        return Vec::new();
    };
    let says = if parsed.tag.is_some() { "has the tag latest" } else { "has no tag, which means latest" };
    vec![Fault::at(node, says, "name a version, better the digest that was tested")]
}
