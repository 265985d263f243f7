//! A JSON patch, gone through: RFC 6901 and 6902 as `evanphx/json-patch` v4 has them.
//!
//! kubernetes `apiserver/pkg/admission/plugin/policy/mutating/patch/json_patch.go`.

use serde_json::Value as Json;

/// An operation of a JSON patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// add, remove, replace, move, copy or test.
    pub op: String,
    /// Where.
    pub path: String,
    /// From where.
    pub from: String,
    /// What.
    pub value: Option<Json>,
}

/// The most operations of one patch.
const MOST: usize = 10_000;
/// The most parts of an object that was patched; etcd holds 1.5 MiB of it.
const MOST_PARTS: usize = 50_000;
/// The most parts that copies of one patch may have.
const MOST_COPIED: usize = 200_000;

/// Goes through a JSON patch. `None` where a test of it fails: then nothing of it counts, and that is no error.
pub fn json_patch(object: &Json, operations: &[Operation]) -> Result<Option<Json>, String> {
    if operations.len() > MOST {
        return Err(format!("JSON Patch: more than {MOST} operations"));
    }
    let mut out = object.clone();
    let mut copied_parts = 0;
    for one in operations {
        let missing = || format!("JSON Patch: {} operation without a value", one.op);
        let value = || one.value.clone().ok_or_else(missing);
        match one.op.as_str() {
            "add" => add(&mut out, &one.path, value()?)?,
            "remove" => drop(remove(&mut out, &one.path)?),
            "replace" => {
                let place = out.pointer_mut(&one.path);
                let place = place.ok_or_else(|| {
                    format!("JSON Patch: replace operation does not apply: doc is missing key: {}", one.path)
                })?;
                *place = value()?;
            }
            "move" => {
                let moved = remove(&mut out, &one.from)?;
                add(&mut out, &one.path, moved)?;
            }
            "copy" => {
                let copied = out.pointer(&one.from).cloned();
                let copied = copied.ok_or_else(|| {
                    format!(
                        "JSON Patch: copy operation does not apply: doc is missing from path: {}",
                        one.from
                    )
                })?;
                copied_parts += parts(&copied);
                if copied_parts > MOST_COPIED {
                    return Err(format!("JSON Patch: copies more than {MOST_COPIED} parts"));
                }
                add(&mut out, &one.path, copied)?;
            }
            "test" => {
                let found = out.pointer(&one.path).unwrap_or(&Json::Null);
                if *found != one.value.clone().unwrap_or(Json::Null) {
                    return Ok(None);
                }
            }
            other => return Err(format!("JSON Patch: unexpected kind: {other}")),
        }
    }
    // One patch after the other may double an object.
    if parts(&out) > MOST_PARTS {
        return Err(format!("JSON Patch: the object grows beyond {MOST_PARTS} parts"));
    }
    Ok(Some(out))
}

/// How many values a document holds; a long text counts as several.
pub fn parts(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Json::Object(map) => 1 + map.values().map(parts).sum::<usize>(),
        Json::String(text) => 1 + text.len() / 32,
        _ => 1,
    }
}

/// The place above, and the last part of the path.
fn above<'j>(object: &'j mut Json, path: &str, op: &str) -> Result<(&'j mut Json, String), String> {
    let astray = || format!("JSON Patch: {op} operation does not apply: doc is missing path: \"{path}\"");
    let (head, last) = path.rsplit_once('/').ok_or_else(astray)?;
    let parent = object.pointer_mut(head).ok_or_else(astray)?;
    Ok((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Json, path: &str, value: Json) -> Result<(), String> {
    if path.is_empty() {
        *object = value;
        return Ok(());
    }
    let (parent, last) = above(object, path, "add")?;
    match parent {
        Json::Object(map) => {
            map.insert(last, value);
            Ok(())
        }
        Json::Array(items) => {
            let at = if last == "-" { Some(items.len()) } else { last.parse::<usize>().ok() };
            let at = at.filter(|at| *at <= items.len());
            items.insert(at.ok_or_else(|| format!("JSON Patch: invalid index referenced: {path}"))?, value);
            Ok(())
        }
        _ => Err(format!("JSON Patch: add operation does not apply: doc is missing path: \"{path}\"")),
    }
}

fn remove(object: &mut Json, path: &str) -> Result<Json, String> {
    let (parent, last) = above(object, path, "remove")?;
    let found = match parent {
        Json::Object(map) => map.remove(&last),
        Json::Array(items) => {
            last.parse::<usize>().ok().filter(|at| *at < items.len()).map(|at| items.remove(at))
        }
        _ => None,
    };
    found.ok_or_else(|| {
        format!("JSON Patch: remove operation does not apply: unable to remove nonexistent key: {path}")
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::pod;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_operations_of_rfc_6902() {
        let op = |op: &str, path: &str, value: Json| Operation {
            op: op.to_owned(),
            path: path.to_owned(),
            from: "/metadata/labels/a".to_owned(),
            value: Some(value).filter(|v| !v.is_null()),
        };
        let run = |ops: &[Operation]| json_patch(&pod(), ops);
        let out = run(&[
            op("add", "/metadata/labels/x~1y", json!("1")),
            op("copy", "/metadata/labels/c", Json::Null),
            op("move", "/metadata/labels/m", Json::Null),
            op("add", "/spec/containers/-", json!({"name": "last"})),
            op("add", "/spec/containers/0", json!({"name": "first"})),
            op("remove", "/spec/containers/1", Json::Null),
            op("replace", "/spec/containers/1/image", json!("new")),
        ])
        .unwrap()
        .unwrap();
        assert_eq!(out["metadata"]["labels"], json!({"x/y": "1", "c": "1", "m": "1"}));
        let names: Vec<_> =
            out["spec"]["containers"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
        assert_eq!(names, ["first", "two", "last"]);
        assert_eq!(out["spec"]["containers"][1]["image"], "new");
        let ops = [op("add", "/metadata/labels/b", json!("1")), op("test", "/kind", json!("Job"))];
        assert_eq!(run(&ops).unwrap(), None);
        for bad in [
            op("add", "/spec/none/x", json!(1)),
            op("add", "/spec/containers/9", json!(1)),
            op("remove", "/spec/none", Json::Null),
            op("replace", "/spec/none", json!(1)),
            op("add", "/spec/x", Json::Null),
            op("burn", "/spec", json!(1)),
        ] {
            assert!(run(std::slice::from_ref(&bad)).unwrap_err().starts_with("JSON Patch"), "{bad:?}");
        }
    }
}
