//! Input that was made to hurt: each ends in a finding with a place, or in a verdict, and nothing panics. How long it
//! takes is the bench's business; what is asked here would not end before the test's patience does otherwise.

use sealegs::checks::{self, File, Options};
use sealegs::parse::Limits;
use sealegs::text::Sources;

const MIB: usize = 1 << 20;

/// The codes of what is found in a file of that name, each once.
fn codes(name: &str, text: &str) -> Vec<String> {
    let sources = Sources::new();
    let source = sources.add(name, text);
    let checked = checks::run(&[File::read(&source, Limits::default())], &Options::default());
    for finding in &checked.findings {
        let span = finding.primary.span;
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{name}: {finding:?}");
    }
    let mut codes: Vec<String> = checked.findings.iter().map(|f| f.code.to_string()).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn what_cannot_be_judged_is_said_with_its_place() {
    let bomb = (1..10).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, i| {
        format!("{text}a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(","))
    });
    for (name, text, wanted) in [
        ("a.yaml", "a: b\n".repeat(MIB), "file-too-large"),
        ("a.yaml", bomb, "alias-bomb"),
        ("a.yaml", "[".repeat(100_000), "yaml-syntax"),
        ("a.yaml", "{".repeat(100_000), "yaml-syntax"),
        ("a.yaml", "- ".repeat(10_000), "too-deep"),
        ("a.yaml", (0..2500).map(|i| " ".repeat(i) + "a:\n").collect(), "too-deep"),
        ("a.yaml", "\0".repeat(MIB), "yaml-syntax"),
        ("a.yaml", "k: 1\n".repeat(20_000), "too-many-errors"),
        ("a.yaml", "a: [\n---\n".repeat(50_000), "too-many-errors"),
        ("a.yaml", "a: ".to_owned() + &"x".repeat(MIB), "kind-missing"),
        ("a.yaml", "{{ .Values.a }}\n".repeat(50_000), "yaml-syntax"),
        ("a.json", "{\"a\":".repeat(10_000), "too-deep"),
        ("a.json", "[".repeat(100_000), "yaml-syntax"),
        ("a.json", "{\"a\": \"\0\"}".to_owned(), "yaml-syntax"),
        ("a.toml", "a = ".to_owned() + &"[".repeat(100_000), "toml-syntax"),
        ("a.toml", "a = \0\n".to_owned(), "toml-syntax"),
        ("hosts.toml", "[host.\"https://a\"]\n".repeat(50_000), "too-many-errors"),
        ("Dockerfile", "FROM a:1\nRUN ".to_owned() + &"x && ".repeat(MIB / 5), "file-too-large"),
        ("Dockerfile", "FROM a:1\nRUN ".to_owned() + &"x && ".repeat(20_000), "instruction-too-long"),
        ("Dockerfile", "FROM a:1\nRUN a \\\n".to_owned() + &" b \\\n".repeat(100_000), "file-too-large"),
        ("Dockerfile", "FROM a:1\n".to_owned() + &"RUN a\n".repeat(20_000), "too-many-instructions"),
        ("Dockerfile", "FROM a:1\n".to_owned() + &"ONBUILD ".repeat(20_000) + "RUN x\n", "dockerfile-syntax"),
        ("Dockerfile", "FROM a:1\n\0\0\n".to_owned(), "dockerfile-syntax"),
        ("a.apparmor", "x".repeat(MIB), "not-recognised"),
    ] {
        let found = codes(name, &text);
        assert!(found.iter().any(|code| code == wanted), "{name} {text:.20}: {found:?}");
    }
}

#[test]
fn much_of_the_same_is_judged_to_the_end() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n";
    let lines = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let containers = lines(1000, &|i| format!("  - {{name: c{i}, image: i}}\n"));
    let found = codes("a.yaml", &format!("{pod}spec:\n  containers:\n{containers}"));
    assert!(found.iter().any(|code| code == "root-filesystem-writable"), "{found:?}");
    let accepted = "# sealegs:ignore host-pid reason=x\n".repeat(20_000);
    let found = codes("a.yaml", &format!("{pod}{accepted}spec: {{hostPID: true, containers: []}}\n"));
    assert!(!found.iter().any(|code| code == "host-pid"), "{found:?}");
    // Each merges the one before twice: written out, that is 2^200 keys.
    let merges = lines(199, &|i| format!("- &a{} {{<<: [*a{i}, *a{i}], x{i}: 1}}\n", i + 1));
    let found = codes("a.yaml", &format!("{pod}x:\n- &a0 {{hostPID: true}}\n{merges}"));
    assert_eq!(found, ["alias-bomb"]);
}

#[test]
fn a_merged_key_is_found_through_many_merges_and_each_mapping_is_looked_at_once() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx:\n- &a0 {hostPID: true}\n";
    let chain: Vec<_> = (0..12).map(|i| format!("- &a{} {{<<: [*a{i}, *a{i}]}}\n", i + 1)).collect();
    let chain = chain.concat();
    let found =
        codes("a.yaml", &format!("{pod}{chain}spec:\n  <<: *a12\n  containers: [{{name: c, image: i}}]\n"));
    assert!(found.iter().any(|code| code == "host-pid"), "{found:?}");
}
