//! What a site asks for itself: the lists and numbers without which some checks have nothing to say.

use crate::model::ImageReference;

/// The site's own rules. What is not given is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
    /// What an image's full name may begin with: a registry, or a path in one, each with its `/` at the end.
    pub registries: Option<Vec<String>>,
    /// The service accounts that a pod may use.
    pub service_accounts: Option<Vec<String>>,
    /// The classes that an Ingress may name.
    pub ingress_classes: Option<Vec<String>>,
    /// The most containers of a pod, init and ephemeral ones left out.
    pub max_containers: Option<u32>,
}

impl Parameters {
    /// The keys under `[policy]`.
    pub const KEYS: [&'static str; 4] =
        ["registries", "service-accounts", "ingress-classes", "max-containers"];

    /// Whether an image of that name may run; always where no registry is listed.
    pub fn allows_image(&self, image: &str) -> bool {
        let Some(registries) = &self.registries else { return true };
        let full = full_name(image);
        registries.iter().any(|prefix| {
            let prefix = prefix.trim_end_matches('/');
            full.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

/// An image's name with the registry and the namespace that the runtime adds (`docker.io/library/nginx`), after
/// github.com/distribution/reference, `ParseNormalizedNamed`; without tag and digest.
fn full_name(image: &str) -> String {
    let ImageReference { registry, repository, .. } = ImageReference::parse(image);
    match registry {
        None | Some("docker.io" | "index.docker.io") if !repository.contains('/') => {
            format!("docker.io/library/{repository}")
        }
        None | Some("index.docker.io") => format!("docker.io/{repository}"),
        Some(registry) => format!("{registry}/{repository}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_allowed_by_whole_parts_of_its_full_name() {
        let of = |list: &[&str]| Parameters {
            registries: Some(list.iter().map(|s| (*s).to_owned()).collect()),
            ..Parameters::default()
        };
        let ours = of(&["registry.example.com/", "ghcr.io/team"]);
        for (image, allowed) in [
            ("registry.example.com/web:1", true),
            ("registry.example.com/a/b@sha256:0", true),
            ("registry.example.com.evil.example/web:1", false),
            ("ghcr.io/team/web", true),
            ("ghcr.io/teamster/web", false),
            ("nginx", false),
            ("evil.example/registry.example.com/web", false),
        ] {
            assert_eq!(ours.allows_image(image), allowed, "{image}");
            assert!(Parameters::default().allows_image(image));
        }
        let hub = of(&["docker.io/library/"]);
        for (image, allowed) in [
            ("nginx:1", true),
            ("docker.io/nginx", true),
            ("index.docker.io/library/nginx", true),
            ("library/nginx", true),
            ("someone/nginx", false),
            ("docker.io/someone/nginx", false),
        ] {
            assert_eq!(hub.allows_image(image), allowed, "{image}");
        }
        assert!(!of(&[]).allows_image("nginx"), "an empty list allows nothing");
    }
}
