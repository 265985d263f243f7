//! What an expression may use beyond what Kubernetes gives to its policies.

/// Who evaluates an expression.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Whether Kyverno's libraries are there.
    pub kyverno: bool,
    /// Whether objects can be made: `Object{…}`, `JSONPatch{…}`.
    pub objects: bool,
    /// Whether the parts of a literal may be of several types.
    pub mixed: bool,
}

impl Dialect {
    /// What a `ValidatingAdmissionPolicy` is written in.
    pub const KUBERNETES: Self = Self { kyverno: false, objects: false, mixed: false };
    /// What a `MutatingAdmissionPolicy` is written in.
    pub const MUTATION: Self = Self { objects: true, ..Self::KUBERNETES };
}

/// Where a function comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Kubernetes' own, everywhere.
    Kubernetes,
    /// The libraries of mutation.
    Mutation,
    /// Kyverno's.
    Kyverno,
}

impl Dialect {
    /// Whether functions of this origin are there.
    pub fn knows(self, origin: Origin) -> bool {
        match origin {
            Origin::Kubernetes => true,
            Origin::Mutation => self.objects,
            Origin::Kyverno => self.kyverno,
        }
    }
}
