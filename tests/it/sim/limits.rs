//! The limits that the simulators' pages name are those of the code.

use std::path::Path;

use sealegs::sim::help;

/// A page, what it says, the file and the line that decide it.
const LIMITS: &[(&str, &str, &str, &str)] = &[
    ("admission-policy", "100,000 signs", "cel/parse.rs", "const LONGEST: usize = 100_000;"),
    ("admission-policy", "brackets 100 deep", "cel/parse.rs", "const BRACKETS: usize = 100;"),
    ("admission-policy", "at most 2,000,000 steps", "cel/eval.rs", "const FUEL: u64 = 2_000_000;"),
    ("admission-policy", "at most 6,000,000 steps", "cel/eval.rs", "const BUDGET: u64 = 6_000_000;"),
    ("admission-policy", "500 variables", "admission/policy/definition.rs", "const VARIABLES: usize = 500;"),
    (
        "admission-policy",
        "1 MiB of expressions",
        "admission/policy/definition.rs",
        "const TEXT: usize = 1 << 20;",
    ),
    ("admission-policy", "100,000 parts", "admission/policy/mutating.rs", "const LARGEST: usize = 100_000;"),
    ("admission-policy", "1 MiB when it is compiled", "cel/regex.rs", "const LARGEST: usize = 1 << 20;"),
    ("admission-policy", "at most 1,000 times", "cel/regex.rs", "const MOST: u64 = 1000;"),
    (
        "gatekeeper",
        "400 milliseconds",
        "admission/gatekeeper/allowance.rs",
        "const TIME: Duration = Duration::from_millis(400);",
    ),
    (
        "gatekeeper",
        "700 milliseconds",
        "admission/gatekeeper/allowance.rs",
        "const TIME_OF_ALL: Duration = Duration::from_millis(700);",
    ),
    ("gatekeeper", "96 MiB", "admission/gatekeeper/allowance.rs", "const MOST_OF_ALL: usize = 2 * MOST;"),
    ("gatekeeper", "2 MiB", "admission/gatekeeper/gate.rs", "const MOST: usize = 2 << 20;"),
    ("gatekeeper", "at most 48 MiB", "admission/gatekeeper/allowance.rs", "const MOST: usize = 48 << 20;"),
    ("gatekeeper", "at most 64 KiB", "admission/gatekeeper/policy.rs", "const LONGEST: usize = 64 << 10;"),
    ("gatekeeper", "256 KiB", "admission/gatekeeper/policy.rs", "const LONGEST_ALL: usize = 256 << 10;"),
    ("gatekeeper", "300 operators", "admission/gatekeeper/policy.rs", "const OPERATORS: usize = 300;"),
    ("gatekeeper", "524,288 parts", "admission/gatekeeper/held.rs", "const MOST: usize = 1 << 19;"),
    ("gatekeeper", "48 deep", "admission/gatekeeper/recursion.rs", "const DEEPEST: usize = 48;"),
    ("gatekeeper", "33,554,432 steps", "admission/gatekeeper/builtins.rs", "const WORK: usize = 1 << 25;"),
    (
        "kyverno",
        "1,000,000 steps",
        "admission/kyverno/classic/jmespath/mod.rs",
        "const MOST: u64 = 1_000_000;",
    ),
    (
        "kyverno",
        "at most 64 KiB",
        "admission/kyverno/classic/jmespath/parse.rs",
        "const LONGEST: usize = 64 * 1024;",
    ),
    ("kyverno", "is 100 deep", "admission/kyverno/classic/jmespath/parse.rs", "const HEIGHT: usize = 100;"),
    ("kyverno", "32 times", "admission/kyverno/classic/variables.rs", "const ROUNDS: usize = 32;"),
    ("kyverno", "to 1 MiB", "admission/kyverno/classic/variables.rs", "const LONGEST: usize = 1 << 20;"),
    ("kyverno", "nests 8 deep", "admission/kyverno/classic/validate.rs", "const NESTING: usize = 8;"),
    (
        "kyverno",
        "10,000 elements",
        "admission/kyverno/classic/validate.rs",
        "const ELEMENTS: usize = 10_000;",
    ),
    ("image-policy", "64 KiB", "admission/image/cue.rs", "const LONGEST: usize = 64 << 10;"),
    ("image-policy", "64 deep", "admission/image/cue.rs", "const DEPTH: usize = 64;"),
    ("image-policy", "20,000 letters", "admission/image/cue.rs", "const PATTERNS: usize = 20_000;"),
    ("image-policy", "33,554,432 steps", "admission/image/cue.rs", "const WORK: usize = 1 << 25;"),
    ("rbac-reach", "100,000 places", "rbac/reach/mod.rs", "const MOST: usize = 100_000;"),
    ("rbac-reach", "at most 100 steps", "rbac/reach/mod.rs", "const LONGEST: usize = 100;"),
    ("rbac-reach", "20,000 steps", "rbac/reach/mod.rs", "const MOST_STEPS: usize = 20_000;"),
    ("admit", "finds 100", "admission/validation/mod.rs", "const MOST: usize = 100;"),
    ("admit", "64 MiB", "../cli/manifests.rs", "const MOST: usize = 64 << 20;"),
    ("admit", "4 MiB", "../parse/mod.rs", "Self { file: 4 << 20, depth: 100, expanded: 250_000 }"),
];

#[test]
fn what_the_pages_say_is_what_the_code_holds() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim");
    for (name, says, file, holds) in LIMITS {
        let page = help::find(name).unwrap().text;
        let limits = page.split("## Limits").nth(1).and_then(|rest| rest.split("## ").next()).unwrap();
        let limits = limits.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(limits.contains(says), "{name}: the page does not say `{says}`");
        let source = std::fs::read_to_string(sources.join(file)).unwrap();
        assert!(source.contains(holds), "{name}: {file} holds another number than `{holds}`: mend the page");
    }
}

#[test]
fn what_is_said_of_all_cases_is_what_the_code_holds() {
    let source = |file: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file)).unwrap()
    };
    assert!(source("cli/sim.rs").contains("at most 32 MiB and 2,500,000 values"));
    let cases = source("sim/cases.rs");
    assert!(
        cases.contains("const LONGEST: usize = 32 << 20;")
            && cases.contains("const MOST: usize = 2_500_000;")
    );
}
