//! Prints the fields of all kinds of Kubernetes, a type a paragraph, after the JSON schemas of the crate `k8s-openapi`.
//!
//! The form is explained at the head of what it prints. It owns two lists by hand: what validation asks for and the
//! schema does not, and the reverse. A new version of the crate may bring kinds: `kinds!` names them all.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::Resource;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

const HEAD: &str = "\
# The fields of the kinds of Kubernetes 1.37, made by `just schema` from the crate k8s-openapi 0.29.0 (its schemas are
# those of kubernetes/api/openapi-spec/swagger.json). Not edited by hand: tools/schema is the recipe.
#
# One type a paragraph, by name: the name, then field:type pairs. A kind is called apiVersion/Kind. `!`: required.
# s string, b boolean, i integer of 64 bits, i32 of 32, n number, q quantity, p integer or string, * anything,
# [x] list of x, {x} mapping to x, x|y either. A kind's status is left open: the server drops it from what is written.
";

/// What validation asks for and the schema does not (kubernetes pkg/apis/core/validation/validation.go).
const ASKED_FOR: &[(&str, &str)] = &[
    ("Container", "image"),
    ("EphemeralContainer", "image"),
    ("JobTemplateSpec", "spec"),
    ("PodTemplateSpec", "spec"),
    ("v1/PersistentVolumeClaim", "spec"),
    ("v1/Service", "spec"),
];

/// What the schema calls required and the server takes without: zero is a value, or there is a default.
/// (`HTTPHeader.value` may be empty, `lun` is 0, an absent boolean is false, a pull secret without a name only warns.)
const TAKEN_WITHOUT: &[(&str, &str)] = &[
    ("CSINodeSpec", "drivers"),
    ("CustomResourceDefinitionVersion", "served"),
    ("CustomResourceDefinitionVersion", "storage"),
    ("EvictionResponder", "priority"),
    ("HTTPHeader", "value"),
    ("ISCSIPersistentVolumeSource", "lun"),
    ("ISCSIVolumeSource", "lun"),
    ("LimitRangeSpec", "limits"),
    ("LocalObjectReference", "name"),
    ("PreferredSchedulingTerm", "preference"),
    ("SleepAction", "seconds"),
    ("Sysctl", "value"),
    ("TokenRequest", "audience"),
    ("resource.v1.ResourcePool", "generation"),
    ("resource.v1beta1.ResourcePool", "generation"),
    ("resource.v1beta2.ResourcePool", "generation"),
];

/// Groups whose kinds are asked, not stored: they have no name.
const ASKED: [&str; 2] = ["authentication.k8s.io/", "authorization.k8s.io/"];

macro_rules! kinds {
    ($schemas:ident, $($($module:ident)::+: $($kind:ident),+;)+) => {
        $({
            use $($module)::+ as group;
            $($schemas.add::<group::$kind>();)+
        })+
    };
}

#[derive(Default)]
struct Schemas {
    generator: SchemaGenerator,
    /// Names of definitions, and the `apiVersion/Kind` of those that are kinds.
    kinds: BTreeMap<String, String>,
}

impl Schemas {
    fn add<K: JsonSchema + Resource>(&mut self) {
        self.generator.subschema_for::<K>();
        self.kinds.insert(K::schema_name().into_owned(), format!("{}/{}", K::API_VERSION, K::KIND));
    }
}

fn main() {
    let mut schemas = Schemas::default();
    kinds! {
        schemas,
                k8s_openapi::api::admissionregistration::v1: MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding,
            MutatingWebhookConfiguration, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding,
            ValidatingWebhookConfiguration;
                k8s_openapi::api::admissionregistration::v1alpha1: MutatingAdmissionPolicy,
            MutatingAdmissionPolicyBinding;
                k8s_openapi::api::admissionregistration::v1beta1: MutatingAdmissionPolicy,
            MutatingAdmissionPolicyBinding;
                k8s_openapi::api::apiserverinternal::v1alpha1: StorageVersion;
                k8s_openapi::api::apps::v1: ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet;
                k8s_openapi::api::authentication::v1: SelfSubjectReview, TokenRequest, TokenReview;
                k8s_openapi::api::authorization::v1: LocalSubjectAccessReview, SelfSubjectAccessReview,
            SelfSubjectRulesReview, SubjectAccessReview;
                k8s_openapi::api::autoscaling::v1: HorizontalPodAutoscaler, Scale;
                k8s_openapi::api::autoscaling::v2: HorizontalPodAutoscaler;
                k8s_openapi::api::batch::v1: CronJob, Job;
                k8s_openapi::api::certificates::v1: CertificateSigningRequest, ClusterTrustBundle,
            PodCertificateRequest;
                k8s_openapi::api::certificates::v1beta1: ClusterTrustBundle, PodCertificateRequest;
                k8s_openapi::api::coordination::v1: Lease;
                k8s_openapi::api::coordination::v1alpha2: LeaseCandidate;
                k8s_openapi::api::coordination::v1beta1: LeaseCandidate;
                k8s_openapi::api::core::v1: Binding, ComponentStatus, ConfigMap, Endpoints, Event, LimitRange,
            Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate, ReplicationController,
            ResourceQuota, Secret, Service, ServiceAccount;
                k8s_openapi::api::discovery::v1: EndpointSlice;
                k8s_openapi::api::events::v1: Event;
                k8s_openapi::api::flowcontrol::v1: FlowSchema, PriorityLevelConfiguration;
                k8s_openapi::api::lifecycle::v1alpha1: Eviction, EvictionRequest;
                k8s_openapi::api::networking::v1: Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR;
                k8s_openapi::api::node::v1: RuntimeClass;
                k8s_openapi::api::policy::v1: Eviction, PodDisruptionBudget;
                k8s_openapi::api::rbac::v1: ClusterRole, ClusterRoleBinding, Role, RoleBinding;
                k8s_openapi::api::resource::v1: DeviceClass, DeviceTaintRule, ResourceClaim, ResourceClaimTemplate,
            ResourceSlice;
                k8s_openapi::api::resource::v1alpha3: DeviceTaintRule, ResourcePoolStatusRequest;
                k8s_openapi::api::resource::v1beta1: DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice;
                k8s_openapi::api::resource::v1beta2: DeviceClass, DeviceTaintRule, ResourceClaim,
            ResourceClaimTemplate, ResourceSlice;
                k8s_openapi::api::scheduling::v1: PriorityClass;
                k8s_openapi::api::scheduling::v1alpha3: CompositePodGroup, PodGroup, Workload;
                k8s_openapi::api::scheduling::v1beta1: PodGroup, Workload;
                k8s_openapi::api::storage::v1: CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment,
            VolumeAttributesClass;
                k8s_openapi::api::storagemigration::v1: StorageVersionMigration;
                k8s_openapi::api::storagemigration::v1beta1: StorageVersionMigration;
                k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1: CustomResourceDefinition;
                k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1: APIService;
    }
    let definitions = schemas.generator.definitions();
    let table = Table { definitions, kinds: &schemas.kinds, names: names(definitions, &schemas.kinds) };
    print!("{HEAD}\n{}", table.text());
}

/// What each definition is called: a kind by its version, others by their last word where that is theirs alone.
fn names(definitions: &Map<String, Value>, kinds: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let last = |name: &str, words: usize| {
        let parts: Vec<_> = name.split('.').collect();
        parts[parts.len() - words..].join(".")
    };
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for name in definitions.keys().filter(|name| !kinds.contains_key(*name)) {
        *shared.entry(last(name, 1)).or_default() += 1;
    }
    let call = |name: &String| match kinds.get(name) {
        Some(kind) => kind.clone(),
        None if shared[&last(name, 1)] == 1 => last(name, 1),
        None => last(name, 3),
    };
    definitions.keys().map(|name| (name.clone(), call(name))).collect()
}

struct Table<'s> {
    definitions: &'s Map<String, Value>,
    kinds: &'s BTreeMap<String, String>,
    names: BTreeMap<String, String>,
}

impl Table<'_> {
    fn text(&self) -> String {
        let mut paragraphs = BTreeMap::new();
        let mut open: Vec<String> = self.kinds.keys().cloned().collect();
        let mut seen: BTreeSet<String> = open.iter().cloned().collect();
        while let Some(definition) = open.pop() {
            let mut used = BTreeSet::new();
            let name = self.names[&definition].clone();
            let fields = self.fields(&definition, &name, &mut used);
            paragraphs.insert(name, fields);
            open.extend(used.into_iter().filter(|d| seen.insert(d.clone())));
        }
        for (name, field) in ASKED_FOR.iter().chain(TAKEN_WITHOUT) {
            assert!(paragraphs[*name].contains_key(*field), "{name} has no {field}");
        }
        paragraphs.iter().map(|(name, fields)| paragraph(name, fields)).collect()
    }

    fn fields(&self, definition: &str, name: &str, used: &mut BTreeSet<String>) -> BTreeMap<String, String> {
        let schema = &self.definitions[definition];
        let properties =
            schema["properties"].as_object().unwrap_or_else(|| panic!("{definition} has no fields"));
        let kind = self.kinds.contains_key(definition);
        let listed = |list: &[(&str, &str)], field: &str| list.contains(&(name, field));
        let field = |(field, schema): (&String, &Value)| {
            let mut text =
                if kind && field == "status" { "*".to_owned() } else { self.kind_of(schema, used) };
            let required = asks(&self.definitions[definition], field)
                // A kind's spec is no pointer: where something in it is required, so is it.
                || (kind && field == "spec" && self.target(schema).is_some_and(|d| d["required"].is_array()))
                || (kind && (field == "apiVersion" || field == "kind"));
            let nameless = kind && field == "metadata" && ASKED.iter().any(|group| name.starts_with(group));
            if listed(ASKED_FOR, field) || (required && !nameless && !listed(TAKEN_WITHOUT, field)) {
                text.push('!');
            }
            (field.clone(), text)
        };
        properties.iter().map(field).collect()
    }

    /// The definition that a schema refers to.
    fn target(&self, schema: &Value) -> Option<&Value> {
        self.definitions.get(reference(schema)?)
    }

    fn kind_of(&self, schema: &Value, used: &mut BTreeSet<String>) -> String {
        if let Some(definition) = reference(schema) {
            let short = definition.rsplit('.').next().unwrap_or(definition);
            let target = &self.definitions[definition];
            return match short {
                "Quantity" => "q".to_owned(),
                "IntOrString" => "p".to_owned(),
                // Written as a mapping or a list; the schema knows the list alone.
                "JSONSchemaPropsOrArray" => "JSONSchemaProps|[JSONSchemaProps]".to_owned(),
                "FieldsV1" | "JSON" | "RawExtension" => "*".to_owned(),
                _ if target.get("properties").is_some() => {
                    used.insert(definition.to_owned());
                    self.names[definition].clone()
                }
                _ => self.kind_of(target, used),
            };
        }
        if let Some(either) = schema["oneOf"].as_array() {
            return either.iter().map(|s| self.kind_of(s, used)).collect::<Vec<_>>().join("|");
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("string"), _) => "s".to_owned(),
            (Some("boolean"), _) => "b".to_owned(),
            (Some("integer"), Some("int32")) => "i32".to_owned(),
            (Some("integer"), _) => "i".to_owned(),
            (Some("number"), _) => "n".to_owned(),
            (Some("array"), _) => format!("[{}]", self.kind_of(&schema["items"], used)),
            (Some("object"), _) if schema["additionalProperties"].is_object() => {
                format!("{{{}}}", self.kind_of(&schema["additionalProperties"], used))
            }
            (Some("object"), _) => "*".to_owned(),
            other => panic!("a schema of no known form: {other:?} {schema}"),
        }
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}

fn asks(schema: &Value, field: &str) -> bool {
    schema["required"].as_array().is_some_and(|r| r.iter().any(|f| f == field))
}

/// A type in lines of 118 columns at most.
fn paragraph(name: &str, fields: &BTreeMap<String, String>) -> String {
    let (mut text, mut line) = (String::new(), name.to_owned());
    for (field, kind) in fields {
        let pair = format!("{field}:{kind}");
        if line.len() + 1 + pair.len() > 118 {
            text += &line;
            text.push('\n');
            line = format!("  {pair}");
        } else {
            line.push(' ');
            line += &pair;
        }
    }
    text + &line + "\n"
}
