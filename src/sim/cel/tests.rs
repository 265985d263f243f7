//! Where a text is no expression, and how large one may be. What expressions are worth: `tests/it/cases/cel*.yaml`.

use super::*;

fn run(text: &str) -> Result<String, String> {
    let program =
        Program::compile(text, &[("x".to_owned(), Ty::Dyn)]).map_err(|f| format!("{}: {}", f.at, f.text))?;
    let x = Value::map([
        ("a", Value::Int(1)),
        ("s", Value::text("web")),
        ("l", Value::list(vec![Value::Int(3), Value::Int(1)])),
        ("d", Value::Double(1.5)),
    ]);
    let mut machine = Machine::new(vec![("x".to_owned(), x)], Vec::new());
    machine.run(&program).map(|v| format!("{v:?}")).map_err(|t| t.to_string())
}

#[test]
fn what_does_not_compile_says_where() {
    let cases = [
        ("1 +", "3: the expression ends too early"),
        ("foo.bar", "0: undeclared reference to `foo`"),
        ("1 + nope(2)", "4: undeclared reference to `nope`"),
        ("1 == 'a'", "2: found no matching overload for `_==_` applied to (int, string)"),
        ("x.l.alll(i, i)", "undeclared reference"),
        ("[1, 'a']", "expected type int but found string"),
        ("has(x)", "has() asks for one field"),
        ("'a", "0: a string that does not end"),
        ("x.matches('(')", "regular expression"),
        ("duration('soon')", "invalid duration"),
        ("1 && true", "expected bool"),
        ("x.l.map(1, 2)", "simple name"),
        ("for.x", "reserved"),
        ("5.all(i, true)", "not over int"),
        ("x # y", "no part of an expression"),
        ("99999999999999999999", "cannot be read"),
    ];
    for (text, says) in cases {
        let got = run(text).unwrap_err();
        assert!(got.contains(says), "{text}: {got}");
    }
}

#[test]
fn hostile_expressions_end() {
    let range = "[1,2,3,4,5,6,7,8,9,10]";
    let nested = (0..9).fold("true".to_owned(), |body, i| format!("{range}.all(i{i}, {body})"));
    assert!(run(&nested).unwrap_err().contains("cost limit"), "nested macros");
    assert!(run(&format!("{}1{}", "(".repeat(5000), ")".repeat(5000))).unwrap_err().contains("deeper"));
    assert!(run(&format!("1{}", "+1".repeat(5000))).unwrap_err().contains("deeper"));
    assert!(run(&format!("{}true", "!".repeat(5001))).is_ok());
    assert!(run(&format!("'{}' == ''", "a".repeat(200_000))).unwrap_err().contains("longer"));
    let doubled = (0..40).fold("'aaaaaaaaaa'".to_owned(), |text, _| format!("[{text}].map(s, s + s)[0]"));
    assert!(run(&format!("{doubled} == ''")).unwrap_err().contains("cost limit"));
    assert!(run("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')").is_ok());
}
