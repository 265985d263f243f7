//! The pod that the checks look at, taken apart once for all of them.

use crate::model::{Container, ContainerSettings, PodSettings, PodTemplate};

/// A pod, its settings, and its containers with theirs.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'t> {
    /// The template.
    pub template: PodTemplate<'t>,
    /// The settings of the pod as a whole.
    pub settings: PodSettings<'t>,
    /// Its containers, each with the settings that count for it.
    pub members: &'t [(Container<'t>, ContainerSettings<'t>)],
}

impl<'t> Pod<'t> {
    /// The containers of a template, each with the settings that count for it.
    pub fn members_of(template: PodTemplate<'t>) -> Vec<(Container<'t>, ContainerSettings<'t>)> {
        template.containers().map(|one| (one, ContainerSettings::of(template, one))).collect()
    }

    /// Every container with its settings.
    pub(super) fn members(self) -> impl Iterator<Item = (Container<'t>, ContainerSettings<'t>)> {
        self.members.iter().copied()
    }
}
