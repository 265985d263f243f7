//! What runs already: it counts in the quotas that do not say themselves what is used.
//!
//! kubernetes `pkg/quota/v1/evaluator/core/pods.go`, `pkg/controller/resourcequota`. Nobody asks whether it may be there.

use super::chain::{Chain, USUAL};
use super::quota::{Charge, settle_object, settle_pod};
use super::told;
use super::usage::{PodUse, figures};
use super::wanted::is_alive;
use crate::model::{Object, template_of, value};
use crate::sim::world::Key;

impl<'w> Chain<'w> {
    /// Counts the objects of a world.
    pub(super) fn count_running(&mut self, objects: &[Object<'w>]) {
        let there = objects.iter().filter(|o| o.kind() != Some("ResourceQuota"));
        let mut scratch = self.clone();
        there.for_each(|object| scratch.count(*object));
        for (name, space) in &mut self.spaces {
            let counted = scratch.spaces.remove(name).map(|s| s.quotas).unwrap_or_default();
            for (own, counted) in space.quotas.iter_mut().zip(counted).filter(|(own, _)| !own.is_measured()) {
                *own = counted;
            }
        }
    }

    fn count(&mut self, object: Object<'w>) {
        let namespace = object.namespace().unwrap_or(USUAL);
        let Some(key) = Key::of(object).filter(|_| self.spaces.contains_key(namespace)) else { return };
        let span = object.kind_span();
        let pod = template_of(object).filter(|_| key.kind == "Pod").map(|template| {
            let mut pod = PodUse::of(template);
            for range in self.space(namespace).map(|s| s.limits.as_slice()).unwrap_or_default() {
                range.set_defaults(&mut pod);
            }
            let spec = template.spec;
            let class = spec.get("runtimeClassName").and_then(value::string);
            let fixed = class.and_then(|name| self.runtimes.get(name)?.node.at(&["overhead", "podFixed"]));
            pod.overhead = figures(spec.get("overhead").or(fixed));
            let named = spec.get("priorityClassName").and_then(value::string).filter(|n| !n.is_empty());
            (pod, template, named.or(self.usual_priority))
        });
        let Some(space) = self.spaces.get_mut(namespace) else { return };
        match &pod {
            Some((pod, template, priority)) => {
                let charge = Charge { pod, template: *template, priority: *priority, span };
                settle_pod(&mut space.quotas, charge, !is_alive(object));
            }
            None => settle_object(&mut space.quotas, &told::resource(&key), span),
        }
    }
}
