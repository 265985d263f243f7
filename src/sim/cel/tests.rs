//! The language's own rules and each library, by expressions that must be true, fail, or not compile.

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

fn all(cases: &[&str]) {
    let wrong: Vec<_> =
        cases.iter().map(|c| (c, run(c))).filter(|(_, got)| got.as_deref() != Ok("Bool(true)")).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn operators_and_literals() {
    all(&[
        "1 + 2 * 3 == 7 && (1 + 2) * 3 == 9",
        "-7 / 2 == -3 && -7 % 2 == -1",
        "10 - 3 - 2 == 5",
        "!(1 > 2) && 1 <= 1 && 2 != 3",
        "x.a == 1.0 && x.d > x.a",
        "1 < 1.5 && 2u > 1",
        "'a' + \"b\" == 'ab' && 'a' < 'b'",
        r#"r'\d' == '\\d' && "\x41\u0042\103" == 'ABC'"#,
        "'''a\n'b' ''' == \"a\\n'b' \"",
        "b'abc' == bytes('abc')",
        "0xff == 255 && 1e3 == 1000.0 && .5 == 0.5",
        "-9223372036854775808 < 0",
        "true ? true : x.nothing",
        "[1, 2] + [3] == [1, 2, 3] && {'a': 1}.a == 1",
        "2 in [1, 2] && 'a' in {'a': 1} && !('z' in x)",
        "x['a'] == 1 && x.l[0] == 3",
        "x.s == 'web' // a remark\n && true",
        "dyn([1, 2]) == dyn([1.0, 2.0])",
        "type(1) == int && type('') == string && type(null) == null_type",
        "dyn(1) != dyn('1')",
    ]);
}

#[test]
fn errors_are_absorbed_by_what_decides() {
    all(&[
        "x.none == 1 || true",
        "true || x.none == 1",
        "!(x.none == 1 && false)",
        "[0, 1].exists(i, 1 / i == 1)",
        "![0, 2].all(i, 1 / i == 1)",
        "!has(x.none) && has(x.a) && !has(x.none.deeper) || true",
    ]);
    assert_eq!(run("x.none == 1").unwrap_err(), "no such key: none");
    assert_eq!(run("x.none == 1 || false").unwrap_err(), "no such key: none");
    assert_eq!(run("x.l[7] == 1").unwrap_err(), "index out of bounds: 7");
    assert_eq!(run("1 / 0 == 1").unwrap_err(), "division by zero");
    assert_eq!(run("9223372036854775807 + 1 > 0").unwrap_err(), "integer overflow");
    assert_eq!(run("x.s > 1").unwrap_err(), "no such overload");
    assert_eq!(run("x.s + x.a == ''").unwrap_err(), "no such overload");
}

#[test]
fn macros_go_over_lists_and_maps() {
    all(&[
        "[1, 2, 3].all(i, i > 0) && ![1, 2].all(i, i > 1) && [].all(i, i > 1)",
        "[1, 2].exists(i, i == 2) && ![].exists(i, i == 2)",
        "[1, 2, 2].exists_one(i, i == 1) && ![1, 2, 2].exists_one(i, i == 2)",
        "[1, 2, 3].filter(i, i > 1) == [2, 3]",
        "[1, 2].map(i, i * 2) == [2, 4] && [1, 2].map(i, i > 1, i * 2) == [4]",
        "{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])",
        "{'a': 1}.all(k, v, k == 'a' && v == 1) && [5].exists(i, v, i == 0 && v == 5)",
        "[4, 5].transformList(i, v, i + v) == [4, 6]",
        "{'a': 1, 'b': 2}.transformMap(k, v, v > 1, v * 10) == {'b': 20}",
        "['a'].transformMapEntry(i, v, {v: i}) == {'a': 0}",
        "[[1], [2]].all(l, l.all(i, i < 3))",
        "[1].all(x, x == 1)",
    ]);
}

#[test]
fn optionals() {
    all(&[
        "x.?a.orValue(0) == 1 && x.?none.orValue(7) == 7",
        "!x.?none.hasValue() && x.?none.deeper.orValue('d') == 'd'",
        "x[?'s'].value() == 'web' && x.l[?9].orValue(0) == 0",
        "optional.of(1).or(optional.of(2)).value() == 1 && optional.none().or(optional.of(2)).value() == 2",
        "!optional.ofNonZeroValue('').hasValue()",
        "x.?a.optMap(v, v + 1).orValue(0) == 2 && !x.?none.optMap(v, v + 1).hasValue()",
        "[?x.?none, ?x.?a] == [1] && size({?'k': x.?none}) == 0",
    ]);
    assert_eq!(run("x.?none.value() == 1").unwrap_err(), "optional.none() dereference");
}

#[test]
fn strings_numbers_and_times() {
    all(&[
        "size('größe') == 5 && 'größe'.charAt(2) == 'ö' && 'ab'.charAt(2) == ''",
        "'tacocat'.indexOf('c') == 2 && 'tacocat'.lastIndexOf('c') == 4 && 'a'.indexOf('z') == -1 && 'aba'.indexOf('a', 1) == 2",
        "['a', 'b'].join('-') == 'a-b' && ['a', 'b'].join() == 'ab'",
        "'AbÄ'.lowerAscii() == 'abÄ' && 'ab'.upperAscii() == 'AB'",
        "'aaa'.replace('a', 'b', 2) == 'bba' && 'a b'.split(' ') == ['a', 'b'] && 'a.b.c'.split('.', 2) == ['a', 'b.c']",
        "'hello'.substring(1, 3) == 'el' && ' a '.trim() == 'a'",
        "'%s has %d of %.2f'.format([dyn('x'), 3, 1.5]) == 'x has 3 of 1.50' && '%s'.format([[dyn(1), 'a']]) == '[1, a]'",
        "strings.quote('a\"b') == '\"a\\\\\"b\"'",
        "'nginx:1.2'.matches('^[a-z]+:[0-9.]+$') && !'a'.matches('^b')",
        "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.findAll('[0-9]+', 1) == ['1']",
        "int('7') == 7 && string(7) == '7' && double('1.5') == 1.5 && string(1.0) == '1' && string(1500000.0) == '1.5e+06'",
        "int(7.9) == 7 && uint(3) == 3u && bool('true')",
        "duration('90m') == duration('1h30m') && duration('1h').getMinutes() == 60 && string(duration('1m')) == '60s'",
        "timestamp('2024-02-03T04:05:06Z').getMonth() == 1 && timestamp('2024-02-03T04:05:06Z').getHours('+02:00') == 6",
        "timestamp('2024-01-01T00:00:00Z') + duration('24h') == timestamp('2024-01-02T00:00:00Z')",
        "[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && [3, 1].max() == 3 && [1, 2].isSorted() && ![2, 1].isSorted()",
        "['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2",
        "sets.contains([1, 2], [2]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 2], [2, 1, 1])",
    ]);
}

#[test]
fn libraries_of_kubernetes() {
    all(&[
        "quantity('1.5G').isGreaterThan(quantity('1G')) && quantity('50Mi').compareTo(quantity('50M')) == 1",
        "isQuantity('200k') && !isQuantity('200K') && !isQuantity('Mi') && quantity('50k').add(20) == quantity('50020')",
        "quantity('2').asInteger() == 2 && !quantity('500m').isInteger() && quantity('-1').sign() == -1 && quantity('500m').asApproximateFloat() == 0.5",
        "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('10.0.0.256') && !isIP('::ffff:1.2.3.4') && ip.isCanonical('::1')",
        "ip('127.0.0.1').isLoopback() && !ip('10.0.0.1').isUnspecified() && ip('8.8.8.8').isGlobalUnicast() && string(ip('::1')) == '::1'",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
        "cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.0.0.0/8').prefixLength() == 8 && !isCIDR('10.0.0.0/33')",
        "url('https://user@example.com:8443/a%20b?k=v&k=w').getHost() == 'example.com:8443'",
        "url('https://[::1]:80/x').getHostname() == '::1' && url('https://e.com:1/x').getPort() == '1' && url('/p').getScheme() == ''",
        "url('https://e.com/x?k=v&k=w').getQuery()['k'] == ['v', 'w'] && isURL('https://e.com') && !isURL('e.com')",
        "!format.dns1123Label().validate('web-1').hasValue() && format.dns1123Label().validate('Web').hasValue()",
        "format.named('labelValue').hasValue() && !format.named('nonsense').hasValue()",
        "semver('1.10.0').isGreaterThan(semver('1.9.9')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && !isSemver('v1.0')",
        "semver('v1.2', true).minor() == 2",
        "image('nginx').registry() == 'index.docker.io' && image('nginx').repository() == 'library/nginx' && image('r.io/a/b:1').tag() == '1'",
        "!isImage('r.io//x') && !image('r.io/ab').containsDigest() && image('r.io/ab').identifier() == 'latest'",
    ]);
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
