//! Functions of OPA that the engine has, and that copy as much as they are given: here with the allowance of the evaluation.
//!
//! OPA v1 `topdown/{strings,array,object,aggregates,bits,numbers,encoding}.go`. What is no operand of theirs is undefined.

use std::collections::BTreeMap;

use regorus::Value;

use super::allowance::{ENTRY, ITEM, take};
use super::format::MOST;

type Function = fn(&[Value]) -> Result<Value, String>;

/// Name, arguments, function.
pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("array.reverse", 1, array_reverse),
    ("array.slice", 3, array_slice),
    ("bits.lsh", 2, shifted),
    ("indexof_n", 2, places),
    ("json.marshal_with_options", 2, marshal_with_options),
    ("json.unmarshal", 1, unmarshal),
    ("lower", 1, |a| of_text(a, str::to_lowercase)),
    ("numbers.range_step", 3, range_step),
    ("object.union", 2, object_union),
    ("object.union_n", 1, object_union_n),
    ("product", 1, product),
    ("sort", 1, sort),
    ("split", 2, split),
    ("strings.replace_n", 2, replace_n),
    ("strings.reverse", 1, |a| of_text(a, |t| t.chars().rev().collect())),
    ("substring", 3, substring),
    ("trim", 2, |a| of_texts(a, |t, cut| t.trim_matches(|c| cut.contains(c)))),
    ("trim_left", 2, |a| of_texts(a, |t, cut| t.trim_start_matches(|c| cut.contains(c)))),
    ("trim_prefix", 2, |a| of_texts(a, |t, cut| t.strip_prefix(cut).unwrap_or(t))),
    ("trim_right", 2, |a| of_texts(a, |t, cut| t.trim_end_matches(|c| cut.contains(c)))),
    ("trim_space", 1, |a| of_text(a, |t| t.trim().to_owned())),
    ("trim_suffix", 2, |a| of_texts(a, |t, cut| t.strip_suffix(cut).unwrap_or(t))),
    ("upper", 1, |a| of_text(a, str::to_uppercase)),
];

fn text(value: Option<&Value>) -> Option<&str> {
    value?.as_string().ok().map(AsRef::as_ref)
}

fn of_text(arguments: &[Value], make: impl Fn(&str) -> String) -> Result<Value, String> {
    let Some(text) = text(arguments.first()) else { return Ok(Value::Undefined) };
    take(text.len())?;
    Ok(Value::from(make(text)))
}

fn of_texts(arguments: &[Value], make: impl for<'t> Fn(&'t str, &str) -> &'t str) -> Result<Value, String> {
    let (Some(text), Some(other)) = (text(arguments.first()), text(arguments.get(1))) else {
        return Ok(Value::Undefined);
    };
    // To look for each letter in a long text is work as well.
    if text.len().saturating_mul(other.len()) > 64 * MOST {
        return Err("to trim by so long a text is not modelled".to_owned());
    }
    take(text.len())?;
    Ok(Value::from(make(text, other)))
}

fn substring(arguments: &[Value]) -> Result<Value, String> {
    let (Some(text), Some(from), Some(length)) =
        (text(arguments.first()), arguments.get(1), arguments.get(2))
    else {
        return Ok(Value::Undefined);
    };
    if from.as_number().is_err() || length.as_number().is_err() {
        return Ok(Value::Undefined);
    }
    let (Ok(from), Ok(length)) = (from.as_i64(), length.as_i64()) else { return Ok(Value::from("")) };
    let Ok(from) = usize::try_from(from) else { return Ok(Value::Undefined) };
    take(text.len())?;
    let rest = text.chars().skip(from);
    Ok(Value::from(rest.take(usize::try_from(length).unwrap_or(usize::MAX)).collect::<String>()))
}

fn split(arguments: &[Value]) -> Result<Value, String> {
    let (Some(text), Some(by)) = (text(arguments.first()), text(arguments.get(1))) else {
        return Ok(Value::Undefined);
    };
    let parts = if by.is_empty() { text.len() } else { text.matches(by).count() + 1 };
    take(text.len() + parts.saturating_mul(2 * ITEM))?;
    // Unlike ours, Go's splits by nothing without an empty text at each end.
    let parts: Vec<Value> = if by.is_empty() {
        text.chars().map(|c| Value::from(c.to_string())).collect()
    } else {
        text.split(by).map(Value::from).collect()
    };
    Ok(Value::from(parts))
}

fn replace_n(arguments: &[Value]) -> Result<Value, String> {
    let (Some(Value::Object(pairs)), Some(text)) = (arguments.first(), text(arguments.get(1))) else {
        return Ok(Value::Undefined);
    };
    let mut out = text.to_owned();
    for (old, new) in pairs.iter_sorted() {
        let (Ok(old), Ok(new)) = (old.as_string(), new.as_string()) else { return Ok(Value::Undefined) };
        let found = if old.is_empty() { out.len() + 1 } else { out.matches(old.as_ref()).count() };
        let long = out.len() + found.saturating_mul(new.len());
        if long > MOST {
            return Err("strings.replace_n builds too long a text".to_owned());
        }
        take(long)?;
        out = out.replace(old.as_ref(), new);
    }
    Ok(Value::from(out))
}

fn places(arguments: &[Value]) -> Result<Value, String> {
    let (Some(text), Some(part)) = (text(arguments.first()), text(arguments.get(1))) else {
        return Ok(Value::Undefined);
    };
    let mut out = Vec::new();
    for (at, (byte, _)) in text.char_indices().enumerate() {
        if text[byte..].starts_with(part) {
            take(2 * ITEM)?;
            out.push(Value::from(at));
        }
    }
    Ok(Value::from(out))
}

fn array_reverse(arguments: &[Value]) -> Result<Value, String> {
    let Some(Value::Array(items)) = arguments.first() else { return Ok(Value::Undefined) };
    take(items.len() * ITEM)?;
    Ok(Value::from(items.iter().rev().cloned().collect::<Vec<_>>()))
}

fn array_slice(arguments: &[Value]) -> Result<Value, String> {
    let [Value::Array(items), from, to] = arguments else { return Ok(Value::Undefined) };
    let (Ok(from), Ok(to)) = (from.as_i64(), to.as_i64()) else { return Ok(Value::Undefined) };
    let place = |n: i64| usize::try_from(n).unwrap_or(0).min(items.len());
    let part = items.get(place(from)..place(to)).unwrap_or_default();
    take(part.len() * ITEM)?;
    Ok(Value::from(part.to_vec()))
}

fn sort(arguments: &[Value]) -> Result<Value, String> {
    let mut items: Vec<Value> = match arguments.first() {
        Some(Value::Array(items)) => items.to_vec(),
        Some(Value::Set(items)) => items.iter().cloned().collect(),
        _ => return Ok(Value::Undefined),
    };
    take(items.len() * ITEM)?;
    items.sort();
    Ok(Value::from(items))
}

fn object_union(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [one @ Value::Object(_), other @ Value::Object(_)] => union(one, other, 0),
        _ => Ok(Value::Undefined),
    }
}

fn object_union_n(arguments: &[Value]) -> Result<Value, String> {
    let Some(Value::Array(items)) = arguments.first() else { return Ok(Value::Undefined) };
    let mut out = Value::new_object();
    for item in items.iter() {
        if item.as_object().is_err() {
            return Ok(Value::Undefined);
        }
        out = union(&out, item, 0)?;
    }
    Ok(out)
}

/// The second wins, but objects are laid over each other.
fn union(one: &Value, other: &Value, depth: usize) -> Result<Value, String> {
    let (Value::Object(first), Value::Object(second)) = (one, other) else { return Ok(other.clone()) };
    if depth > 64 {
        return Err("object.union of values that nest so deep is not modelled".to_owned());
    }
    take((first.len() + second.len()) * ENTRY)?;
    let mut out: BTreeMap<Value, Value> =
        first.iter_sorted().map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in second.iter_sorted() {
        let value = match out.get(key) {
            Some(known) => union(known, value, depth + 1)?,
            None => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Ok(Value::from(out))
}

fn range_step(arguments: &[Value]) -> Result<Value, String> {
    let numbers: Option<Vec<i64>> = arguments.iter().map(|a| a.as_i64().ok()).collect();
    let Some([from, to, step]) = numbers.as_deref() else { return Ok(Value::Undefined) };
    if *step < 1 {
        return Ok(Value::Undefined);
    }
    let count = from.abs_diff(*to) / step.unsigned_abs() + 1;
    if count > 100_000 {
        return Err("numbers.range_step is too long".to_owned());
    }
    take(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(ITEM))?;
    let step = if from <= to { *step } else { -*step };
    let numbers = (0..count as i64).map(|n| Value::from(from.saturating_add(n.saturating_mul(step))));
    Ok(Value::from(numbers.collect::<Vec<_>>()))
}

/// Numbers of more digits than a machine's are not multiplied here.
fn product(arguments: &[Value]) -> Result<Value, String> {
    let items: Vec<&Value> = match arguments.first() {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Set(items)) => items.iter().collect(),
        _ => return Ok(Value::Undefined),
    };
    let (mut whole, mut float) = (Some(1_i128), 1.0);
    for item in items {
        if item.as_number().is_err() {
            return Ok(Value::Undefined);
        }
        let number = item.as_f64().map_err(|_| "a product of that size is not modelled".to_owned())?;
        whole = whole.zip(item.as_i128().ok()).and_then(|(a, b)| a.checked_mul(b));
        float *= number;
    }
    match whole {
        Some(whole) => Ok(Value::from(whole)),
        None if float.abs() < 1e15 => Ok(Value::from(float)),
        None => Err("a product of that size is not modelled".to_owned()),
    }
}

fn shifted(arguments: &[Value]) -> Result<Value, String> {
    let [number, by] = arguments else { return Ok(Value::Undefined) };
    let (Ok(number), Ok(by)) = (number.as_i128(), by.as_i64()) else { return Ok(Value::Undefined) };
    if by < 0 {
        return Ok(Value::Undefined);
    }
    let by = u32::try_from(by).unwrap_or(u32::MAX);
    let fits = number == 0 || by < number.unsigned_abs().leading_zeros().saturating_sub(1);
    let shifted = if fits { number.checked_shl(by).or((number == 0).then_some(0)) } else { None };
    shifted.map(Value::from).ok_or_else(|| "bits.lsh beyond 126 bits is not modelled".to_owned())
}

fn unmarshal(arguments: &[Value]) -> Result<Value, String> {
    let Some(text) = text(arguments.first()) else { return Ok(Value::Undefined) };
    let count = |sign: u8| text.bytes().filter(|b| *b == sign).count();
    take(text.len() + count(b',') * 2 * ITEM + count(b'{') * 8 * ENTRY)?;
    Ok(Value::from_json_str(text).unwrap_or(Value::Undefined))
}

fn marshal_with_options(_: &[Value]) -> Result<Value, String> {
    Err("json.marshal_with_options is not modelled".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::admission::gatekeeper::allowance::Evaluation;

    fn call(name: &str, arguments: &str) -> Result<String, String> {
        let _evaluation = Evaluation::begin().unwrap();
        let (_, count, function) = FUNCTIONS.iter().find(|(n, ..)| *n == name).unwrap();
        let arguments = Value::from_json_str(arguments).unwrap().as_array().unwrap().clone();
        assert_eq!(arguments.len(), usize::from(*count), "{name}");
        function(&arguments).map(|value| value.to_string())
    }

    #[test]
    fn they_answer_as_opa_does() {
        for (name, arguments, wanted) in [
            ("upper", r#"["aß"]"#, r#""ASS""#),
            ("lower", r"[1]", "\"<undefined>\""),
            ("split", r#"["abc", ""]"#, r#"["a", "b", "c"]"#),
            ("split", r#"["a.b.", "."]"#, r#"["a", "b", ""]"#),
            ("substring", r#"["häuser", 1, 2]"#, r#""äu""#),
            ("substring", r#"["abc", 1, -1]"#, r#""bc""#),
            ("substring", r#"["abc", 7, 1]"#, r#""""#),
            ("trim", r#"["xaxbx", "x"]"#, r#""axb""#),
            ("trim_prefix", r#"["v1", "v"]"#, r#""1""#),
            ("trim_suffix", r#"["v1", "v"]"#, r#""v1""#),
            ("trim_right", r#"["a//", "/"]"#, r#""a""#),
            ("strings.reverse", r#"["abc"]"#, r#""cba""#),
            ("strings.replace_n", r#"[{"a": "b", "b": "c"}, "ab"]"#, r#""cc""#),
            ("indexof_n", r#"["aXaX", "X"]"#, "[1, 3]"),
            ("array.slice", "[[1, 2, 3, 4], 1, 3]", "[2, 3]"),
            ("array.slice", "[[1, 2], -4, 9]", "[1, 2]"),
            ("array.slice", "[[1, 2], 2, 1]", "[]"),
            ("array.reverse", "[[1, 2]]", "[2, 1]"),
            ("sort", "[[3, 1, 2]]", "[1, 2, 3]"),
            ("object.union", r#"[{"a": {"b": 1}}, {"a": {"c": 2}}]"#, r#"{"a": {"b": 1, "c": 2}}"#),
            ("object.union_n", r#"[[{"a": 1}, {"a": 2}]]"#, r#"{"a": 2}"#),
            ("numbers.range_step", "[1, 7, 3]", "[1, 4, 7]"),
            ("numbers.range_step", "[7, 1, 3]", "[7, 4, 1]"),
            ("product", "[[2, 3, 4]]", "24"),
            ("product", "[[2, 0.5]]", "1"),
            ("bits.lsh", "[1, 10]", "1024"),
            ("json.unmarshal", r#"["{\"a\": [1]}"]"#, r#"{"a": [1]}"#),
        ] {
            let plain = |text: &str| text.replace([' ', '\n'], "");
            assert_eq!(call(name, arguments).map(|v| plain(&v)), Ok(plain(wanted)), "{name} {arguments}");
        }
    }

    #[test]
    fn they_end_where_the_allowance_does() {
        for (name, arguments) in [
            ("numbers.range_step", "[1, 1000000000, 1]"),
            ("bits.lsh", "[1, 1000000000]"),
            ("product", "[[1e300, 1e300]]"),
        ] {
            assert!(call(name, arguments).is_err(), "{name}");
        }
        let half = format!("[\"{}\"]", "a".repeat(30 << 20));
        assert!(call("upper", &half).is_ok());
        let arguments = Value::from_json_str(&half).unwrap().as_array().unwrap().clone();
        assert!(of_text(&arguments, str::to_uppercase).unwrap_err().contains("more than 48 MiB"));
        let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
        let object = format!("{{{}}}", (0..5000).map(|n| format!("\"{n}\":1")).collect::<Vec<_>>().join(","));
        let text = format!("\"{}\"", "a".repeat(100_000));
        for (name, arguments) in [
            ("array.slice", format!("[{}, 0, 20000]", list("1", 20_000))),
            ("array.reverse", format!("[{}]", list("1", 20_000))),
            ("sort", format!("[{}]", list("1", 20_000))),
            ("split", format!("[{text}, \"\"]")),
            ("indexof_n", format!("[{text}, \"a\"]")),
            ("object.union", format!("[{object}, {object}]")),
            ("numbers.range_step", "[1, 90000, 1]".to_owned()),
            ("json.unmarshal", format!("[{:?}]", list("{}", 1000))),
        ] {
            let (_, _, function) = FUNCTIONS.iter().find(|(n, ..)| *n == name).unwrap();
            let arguments = Value::from_json_str(&arguments).unwrap().as_array().unwrap().clone();
            let _evaluation = Evaluation::begin().unwrap();
            let ends = (0..200).find_map(|_| function(&arguments).err());
            assert!(ends.is_some_and(|text| text.contains("more than 48 MiB")), "{name}");
        }
    }
}
