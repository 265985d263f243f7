//! Expressions of CEL with Kubernetes' libraries: `tests/it/cases/cel.yaml` and `cel-kubernetes.yaml`.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which `allow-unwrap-in-tests` does not reach")]

use std::fmt::Write as _;

use sealegs::parse::{Limits, json, yaml};
use sealegs::sim::cel::{Machine, Program, Trouble, Ty, Value};
use sealegs::text::Source;

/// What comes of an expression, in a word, and what is said of it.
enum Came {
    Value(Value),
    Fails(String),
    Refused(String),
    Unmodelled(String),
}

/// `x` is an object as YAML has it, of no known type.
fn run(text: &str, x: &Value) -> Came {
    let program = match Program::compile(text, &[("x".to_owned(), Ty::Dyn)]) {
        Ok(program) => program,
        Err(fault) => return Came::Refused(fault.text),
    };
    let mut machine = Machine::new(vec![("x".to_owned(), x.clone())], Vec::new());
    match machine.run(&program) {
        Ok(value) => Came::Value(value),
        Err(Trouble::Error(text)) => Came::Fails(text),
        Err(other) => Came::Unmodelled(other.to_string()),
    }
}

fn came(came: &Came) -> (&'static str, String) {
    match came {
        Came::Value(Value::Bool(true)) => ("holds", String::new()),
        Came::Value(value) => ("gives", format!("{value:?}")),
        Came::Fails(text) => ("fails", text.clone()),
        Came::Refused(text) => ("refused", text.clone()),
        Came::Unmodelled(text) => ("unmodelled", text.clone()),
    }
}

/// Each section names its source, and holds a case a line: what must hold, or what is said (behind the last arrow)
/// where there is no value.
fn cases(file: &str, least: usize) {
    let path = format!("{}/tests/it/cases/{file}", env!("CARGO_MANIFEST_DIR"));
    let source = Source::lone(file, std::fs::read_to_string(path).unwrap());
    let (tree, findings) = yaml::parse(&source, Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    let root = tree.root().unwrap();
    let x = Value::of(root.get("x").unwrap());
    let all = json::to_value(root.get("sections").unwrap());
    let (mut count, mut wrong) = (0, String::new());
    for section in all.as_array().unwrap() {
        let name = section["section"].as_str().unwrap();
        assert!(section["source"].as_str().is_some_and(|s| !s.is_empty()), "{name}");
        for wanted in ["holds", "fails", "refused", "unmodelled"] {
            for line in section[wanted].as_str().unwrap_or_default().lines() {
                let (expression, words) = match wanted {
                    "holds" => (line, ""),
                    _ => line.rsplit_once(" -> ").unwrap_or_else(|| panic!("{line}: no arrow")),
                };
                count += 1;
                let (got, said) = came(&run(expression, &x));
                if got != wanted || !said.contains(words) {
                    writeln!(
                        wrong,
                        "{name}: {expression}\n    wanted: {wanted} {words}\n    got: {got} {said}"
                    )
                    .unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count >= least, "{count}");
}

#[test]
fn the_language() {
    cases("cel.yaml", 300);
}

#[test]
fn kubernetes_libraries() {
    cases("cel-kubernetes.yaml", 160);
}

/// None of these may take longer than a second, whatever the answer is; a build for tests is several times slower, and
/// shares its machine.
#[test]
fn hostile_expressions_end_in_a_short_answer() {
    let ten = "[1,2,3,4,5,6,7,8,9,10]";
    let thousand = format!("{ten}.map(a, {ten}.map(b, {ten}))");
    let long =
        |n: usize| (0..n).fold("'aaaaaaaaaa'".to_owned(), |text, _| format!("[{text}].map(s, s + s)[0]"));
    let nested = |macro_name: &str| {
        (0..9).fold("true".to_owned(), |body, i| format!("{ten}.{macro_name}(i{i}, {body})"))
    };
    let wide = (0..12).fold(ten.to_owned(), |list, _| format!("[{list}].map(l, l + l)[0]"));
    let bomb = (0..60).fold("'%s'.format(['a'])".to_owned(), |text, _| format!("'%s'.format([{text}])"));
    let keys = (0..60).fold("[1]".to_owned(), |all, i| format!("{all}.map(k{i}, {{k{i}: k{i}}})"));
    let twice = (0..60).fold("[1]".to_owned(), |all, i| format!("{all}.map(k{i}, [k{i}, k{i}])"));
    let all = [
        nested("all"),
        nested("map"),
        nested("filter"),
        format!("{thousand} == {thousand}"),
        long(40),
        long(90),
        format!("{}.replace('a', {})", long(12), long(12)),
        format!("{}.split('').map(c, {}.split(''))", long(12), long(12)),
        format!("{}.split('').join({})", long(12), long(12)),
        format!("'%s%s%s%s'.format([{0}, {0}, {0}, {0}])", long(18)),
        format!("{wide}.all(i, {wide}.exists(j, true))"),
        format!("{wide}.map(i, {wide})"),
        format!("sets.equivalent({wide}, {wide}.map(i, -i))"),
        format!("{}.matches('(x+x+)+y')", long(16)),
        format!("{}.matches('^(([a-z])+.)+[A-Z]([a-z])+$')", long(16)),
        format!("{}.matches('((a{{1,99}}){{1,99}}){{1,99}}$')", long(8)),
        format!("{}.matches('.*.*.*.*(a{{99}}){{9}}b')", long(14)),
        format!(
            "{ten}.all(a, {ten}.all(b, {ten}.all(c, 'x'.matches('((a{{9}}){{99}}){{' + string(a + b + c) + '}}'))))"
        ),
        format!("{ten}.all(a, {ten}.all(b, {ten}.all(c, {}.findAll('a*?').size() > a + b + c)))", long(10)),
        format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{}x", "-".repeat(50_000)),
        format!("x{}", ".y".repeat(50_000)),
        format!("x{}", "[0]".repeat(30_000)),
        format!("x{}", ".size()".repeat(14_000)),
        format!("{}1", "1+".repeat(49_000)),
        format!("{}true", "true && ".repeat(12_000)),
        format!("{}1", "true ? 1 : ".repeat(9_000)),
        format!("[{}]", "1,".repeat(49_000)),
        format!("{{{}}}", (0..9_000).fold(String::new(), |all, i| all + &format!("{i}:{i},"))),
        format!("x == '{}'", "\\u0041".repeat(16_000)),
        "9".repeat(99_000),
        format!("0x{}", "f".repeat(90_000)),
        format!("1e{}", "9".repeat(90_000)),
        format!("duration('{}h')", "9".repeat(90_000)),
        format!("quantity('{}')", "9".repeat(90_000)),
        format!("isURL('http://{}')", "[".repeat(90_000)),
        format!("'{}'.format([1.5])", "%.99f".repeat(10_000)),
        format!("'%.{}f'.format([1.5])", "9".repeat(90_000)),
        "'%.99999999f'.format([x.d])".to_owned(),
        bomb,
        keys,
        format!("{twice} == {twice}"),
        format!("'%s'.format([{twice}])"),
    ];
    let x = Value::map([("d", Value::Double(1.5))]);
    for text in &all {
        let said = match run(text, &x) {
            Came::Value(value) => value.type_name().to_owned(),
            Came::Fails(text) | Came::Refused(text) | Came::Unmodelled(text) => text,
        };
        let head: String = text.chars().take(70).collect();
        assert!(said.len() < 200_000, "{head}");
    }
}
