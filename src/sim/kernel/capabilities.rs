//! `capabilities`: the sets of a container's main process after exec, as containerd, CRI-O or Docker make them.
//!
//! containerd `internal/cri/opts/spec_opts.go` (`WithCapabilities`), cri-o `container_create_linux.go`
//! (`setupCapabilities`), moby `oci/caps/utils.go` (`TweakCapabilities`) and `oci/oci.go` (`SetCapabilities`).

use serde_json::Value;

use super::capset::{CapSet, FileCaps};
use super::exec::{Credentials, Program};
use crate::parse::{Kind, Node};
use crate::sim::cases::Simulator;
use crate::sim::world::Runtime;

/// The capability that a runtime reads in a name of `add` or `drop`, `ALL` apart.
pub fn read(runtime: Runtime, name: &str) -> Option<CapSet> {
    let upper = name.to_uppercase();
    // containerd puts CAP_ before whatever it is given: CAP_NET_RAW becomes CAP_CAP_NET_RAW, which runc does not
    // know and leaves out with a warning. CRI-O takes the prefix as it is.
    if runtime == Runtime::Crio && upper.starts_with("CAP_") {
        return CapSet::named(&upper);
    }
    CapSet::named(&format!("CAP_{upper}"))
}

/// The bounding set of a container that is not privileged, through the CRI.
///
/// `ALL` counts in any case; it is added, then dropped, then the names one by one: what is both added and
/// dropped by name ends dropped.
pub fn bounding(runtime: Runtime, add: &[&str], drop: &[&str]) -> CapSet {
    let all = |list: &[&str]| list.iter().any(|n| n.eq_ignore_ascii_case("ALL"));
    let each = |list: &[&str]| list.iter().filter_map(|n| read(runtime, n)).fold(CapSet::NONE, CapSet::with);
    let mut set = runtime.default_capabilities();
    if all(add) {
        set = CapSet::ALL;
    }
    if all(drop) {
        set = CapSet::NONE;
    }
    set.with(each(add)).without(each(drop))
}

/// Docker's rule: `CapAdd: [ALL]` is everything without the dropped names, `CapDrop: [ALL]` leaves the added
/// ones, otherwise names are dropped first and then added. An unknown name is an error.
pub fn docker_bounding(add: &[&str], drop: &[&str], privileged: bool) -> Result<CapSet, String> {
    if privileged {
        return Ok(CapSet::ALL);
    }
    let read = |list: &[&str]| -> Result<(bool, CapSet), String> {
        let mut out = (false, CapSet::NONE);
        for name in list {
            let upper = name.to_uppercase();
            if upper == "ALL" {
                out.0 = true;
                continue;
            }
            let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
            let one = CapSet::named(&full).ok_or_else(|| format!("unknown capability: \"{full}\""))?;
            out.1 = out.1.with(one);
        }
        Ok(out)
    };
    let ((add_all, added), (drop_all, dropped)) = (read(add)?, read(drop)?);
    Ok(match (add_all, drop_all) {
        (true, _) => CapSet::ALL.without(dropped),
        (false, true) => added,
        (false, false) => CapSet::CONTAINERD.without(dropped).with(added),
    })
}

/// The machine interface's door to this simulator.
pub const SIMULATOR: Simulator = Simulator {
    name: "capabilities",
    asks: "which capabilities has a container's process after exec?",
    answer: case,
};

/// One case of `sim capabilities --cases`: the input as `interface.md` says, the verdict or what is wrong.
fn case(input: Node<'_>) -> Result<Value, String> {
    if input.kind() != Kind::Map {
        return Err("the input is not a mapping".to_owned());
    }
    let runtime = text(input, "runtime")?.unwrap_or("containerd");
    let before = match runtime {
        "containerd" => kubernetes(input, Runtime::Containerd)?,
        "cri-o" | "crio" => kubernetes(input, Runtime::Crio)?,
        "docker" => docker(input)?,
        other => return Err(format!("runtime `{other}` is not containerd, cri-o or docker")),
    };
    let caps = match mapping(input, "fileCaps")? {
        None => None,
        Some(node) => Some(FileCaps {
            permitted: set(node, "permitted")?,
            inheritable: set(node, "inheritable")?,
            effective: flag(node, "effective")?.unwrap_or(false),
        }),
    };
    let (after, exec) = match before.execute(Program { caps, setuid: None }) {
        Ok(after) => (after, "ok"),
        Err(_) => (Credentials { permitted: CapSet::NONE, effective: CapSet::NONE, ..before }, "EPERM"),
    };
    let names = |set: CapSet| set.names().collect::<Vec<_>>();
    Ok(serde_json::json!({
        "bounding": names(after.bounding),
        "permitted": names(after.permitted),
        "effective": names(after.effective),
        "exec": exec,
    }))
}

fn kubernetes(input: Node<'_>, runtime: Runtime) -> Result<Credentials, String> {
    let own = mapping(input, "securityContext")?;
    let pod = mapping(input, "podSecurityContext")?;
    let privileged = own.map_or(Ok(None), |c| flag(c, "privileged"))?.unwrap_or(false);
    let capabilities = own.map_or(Ok(None), |c| mapping(c, "capabilities"))?;
    let list = |key| capabilities.map_or(Ok(Vec::new()), |c| texts(c, key));
    let set = if privileged { CapSet::ALL } else { bounding(runtime, &list("add")?, &list("drop")?) };
    let asked = |node: Option<Node<'_>>| -> Result<Option<u32>, String> {
        let Some(node) = node.and_then(|n| n.get("runAsUser")) else { return Ok(None) };
        let uid = crate::model::value::integer(node).and_then(|u| u32::try_from(u).ok());
        uid.map(Some).ok_or_else(|| "`runAsUser` is not a UID".to_owned())
    };
    let uid = match asked(own)?.or(asked(pod)?) {
        Some(uid) => uid,
        None => image_user(scalar(input, "imageUser")?)?,
    };
    let stated = flag(input, "noNewPrivs")?;
    let derived = own.map_or(Ok(None), |c| flag(c, "allowPrivilegeEscalation"))? == Some(false);
    Ok(Credentials {
        uid,
        bounding: set,
        permitted: set,
        effective: set,
        no_new_privs: stated.unwrap_or(derived),
    })
}

fn docker(input: Node<'_>) -> Result<Credentials, String> {
    let container = mapping(input, "container")?.ok_or("`container` is missing")?;
    let host = mapping(container, "HostConfig")?;
    let list = |key| host.map_or(Ok(Vec::new()), |h| texts(h, key));
    let privileged = host.map_or(Ok(None), |h| flag(h, "Privileged"))?.unwrap_or(false);
    let set = docker_bounding(&list("CapAdd")?, &list("CapDrop")?, privileged)?;
    let uid = image_user(scalar(container, "User")?)?;
    let mut derived = false;
    for option in host.map_or(Ok(Vec::new()), |h| texts(h, "SecurityOpt"))? {
        derived |=
            matches!(option, "no-new-privileges" | "no-new-privileges:true" | "no-new-privileges=true");
    }
    // Docker gives a non-root process the bounding set alone, so that file capabilities count as gained.
    let permitted = if uid == 0 { set } else { CapSet::NONE };
    Ok(Credentials {
        uid,
        bounding: set,
        permitted,
        effective: permitted,
        no_new_privs: flag(input, "noNewPrivs")?.unwrap_or(derived),
    })
}

/// The UID of a user as images and Docker write it: `1000`, `1000:1000`, `root`, or nothing for root.
fn image_user(text: Option<&str>) -> Result<u32, String> {
    let user = text.unwrap_or("").split(':').next().unwrap_or("");
    match user {
        "" | "root" => Ok(0),
        user => user.parse().map_err(|_| {
            format!("the user `{user}` is a name: its UID stands in the image's /etc/passwd, which the input does not hold")
        }),
    }
}

fn mapping<'t>(node: Node<'t>, key: &str) -> Result<Option<Node<'t>>, String> {
    match node.get(key) {
        Some(value) if value.kind() != Kind::Map => Err(format!("`{key}` is not a mapping")),
        other => Ok(other),
    }
}

fn flag(node: Node<'_>, key: &str) -> Result<Option<bool>, String> {
    let Some(value) = node.get(key) else { return Ok(None) };
    value.as_bool().map(Some).ok_or_else(|| format!("`{key}` is not true or false"))
}

fn text<'t>(node: Node<'t>, key: &str) -> Result<Option<&'t str>, String> {
    let Some(value) = node.get(key) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| format!("`{key}` is not a string"))
}

fn scalar<'t>(node: Node<'t>, key: &str) -> Result<Option<&'t str>, String> {
    let Some(value) = node.get(key) else { return Ok(None) };
    value.scalar().map(Some).ok_or_else(|| format!("`{key}` is not a string"))
}

fn texts<'t>(node: Node<'t>, key: &str) -> Result<Vec<&'t str>, String> {
    let Some(list) = node.get(key) else { return Ok(Vec::new()) };
    if list.kind() != Kind::Seq {
        return Err(format!("`{key}` is not a list"));
    }
    list.items()
        .map(|n| n.as_str().ok_or_else(|| format!("`{key}` holds something that is not a string")))
        .collect()
}

fn set(node: Node<'_>, key: &str) -> Result<CapSet, String> {
    let mut set = CapSet::NONE;
    for name in texts(node, key)? {
        let upper = name.to_uppercase();
        let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
        set = set.with(CapSet::named(&full).ok_or_else(|| format!("unknown capability: \"{name}\""))?);
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse::json;

    fn ask(input: &str) -> Result<Value, String> {
        let tree = json::from_value(&serde_json::from_str(input).unwrap());
        case(tree.root().unwrap())
    }

    #[test]
    fn containerd_reads_names_as_it_does() {
        let c = Runtime::Containerd;
        assert_eq!(bounding(c, &[], &["all"]), CapSet::NONE);
        assert_eq!(bounding(c, &[], &["CAP_NET_RAW"]), CapSet::CONTAINERD);
        assert_eq!(bounding(c, &[], &["net_raw"]), CapSet::CONTAINERD.without(CapSet::NET_RAW));
        assert_eq!(bounding(c, &["ALL"], &["ALL"]), CapSet::NONE);
        assert_eq!(bounding(c, &["CHOWN"], &["CHOWN"]), CapSet::CONTAINERD.without(CapSet::CHOWN));
        assert_eq!(bounding(c, &["ALL"], &["CHOWN"]), CapSet::ALL.without(CapSet::CHOWN));
        assert_eq!(bounding(c, &["NET_BIND_SERVICE"], &["ALL"]), CapSet::NET_BIND_SERVICE);
        assert_eq!(bounding(Runtime::Crio, &[], &["CAP_CHOWN"]), CapSet::CRIO.without(CapSet::CHOWN));
    }

    #[test]
    fn docker_reads_names_as_it_does() {
        let of = |add: &[&str], drop: &[&str]| docker_bounding(add, drop, false);
        assert_eq!(of(&["CAP_SYS_TIME"], &["all"]), Ok(CapSet::named("CAP_SYS_TIME").unwrap()));
        assert_eq!(of(&["CHOWN"], &["CHOWN"]), Ok(CapSet::CONTAINERD), "added last");
        assert_eq!(of(&["ALL"], &["ALL"]), Ok(CapSet::ALL));
        assert_eq!(of(&["ALL"], &["NET_RAW"]), Ok(CapSet::ALL.without(CapSet::NET_RAW)));
        assert!(of(&["SYS_NOTHING"], &[]).unwrap_err().contains("unknown capability"));
        assert_eq!(docker_bounding(&[], &["ALL"], true), Ok(CapSet::ALL));
    }

    #[test]
    fn cases_answer_with_the_sets_after_exec() {
        let root = ask(r#"{"runtime":"containerd","imageUser":""}"#).unwrap();
        assert_eq!(root["effective"].as_array().unwrap().len(), 14);
        let user = ask(r#"{"runtime":"containerd","imageUser":"1000:1000","securityContext":{"capabilities":{"add":["NET_ADMIN"]}}}"#).unwrap();
        assert_eq!(
            (user["effective"].clone(), user["bounding"].as_array().unwrap().len()),
            (serde_json::json!([]), 15)
        );
        let named = ask(r#"{"runtime":"docker","container":{"User":"app"}}"#);
        assert!(named.unwrap_err().contains("/etc/passwd"));
        let kept = ask(r#"{"runtime":"containerd","imageUser":"101","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["NET_BIND_SERVICE"]}},"fileCaps":{"permitted":["CAP_NET_BIND_SERVICE"],"effective":true}}"#).unwrap();
        assert_eq!(kept["effective"], serde_json::json!(["CAP_NET_BIND_SERVICE"]));
        let gained = ask(r#"{"runtime":"docker","container":{"User":"101"},"noNewPrivs":true,"fileCaps":{"permitted":["CAP_NET_BIND_SERVICE"],"effective":true}}"#).unwrap();
        assert_eq!(
            (gained["exec"].clone(), gained["effective"].clone()),
            (serde_json::json!("ok"), serde_json::json!([]))
        );
        let refused = ask(r#"{"runtime":"containerd","imageUser":"101","securityContext":{"capabilities":{"drop":["ALL"]}},"fileCaps":{"permitted":["NET_BIND_SERVICE"],"effective":true}}"#).unwrap();
        assert_eq!(refused["exec"], "EPERM");
    }

    proptest! {
        #[test]
        fn dropping_one_more_never_grows_the_set(
            add in prop::collection::vec(prop::sample::select(vec!["ALL", "CHOWN", "NET_RAW", "SYS_ADMIN", "CAP_CHOWN"]), 0..3),
            drop in prop::collection::vec(prop::sample::select(vec!["all", "CHOWN", "NET_RAW", "KILL"]), 0..3),
            more in prop::sample::select(vec!["ALL", "CHOWN", "NET_RAW", "KILL", "CAP_KILL"]),
        ) {
            for runtime in [Runtime::Containerd, Runtime::Crio] {
                let before = bounding(runtime, &add, &drop);
                let mut longer = drop.clone();
                longer.push(more);
                prop_assert!(before.has(bounding(runtime, &add, &longer)));
            }
            // Where everything is dropped, adding a capability by name gives that one and no other.
            let mut set: Vec<&str> = add.iter().copied().filter(|a| *a != "ALL").collect();
            let one = bounding(Runtime::Containerd, &set, &["ALL"]);
            set.push("SYS_TIME");
            let two = bounding(Runtime::Containerd, &set, &["ALL"]);
            prop_assert_eq!(two.without(CapSet::named("CAP_SYS_TIME").unwrap()), one);
        }
    }
}
