//! A page about each simulator: what it asks, its fields, and an example that runs. Data in `assets/help/sim/`.
//!
//! A new simulator's page is one file there and one line in [`PAGES`]; a test misses it otherwise, and runs its example.

use crate::parse::markdown::{BlockKind, parse_text};

/// A page about a simulator.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The simulator's name.
    pub name: &'static str,
    /// The page, in Markdown; its first heading is the name, its last two blocks of code are a case and the answer.
    pub text: &'static str,
}

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        /// Every page, by name.
        pub const PAGES: &[Page] = &[
            $(Page { name: $name, text: include_str!(concat!("../../assets/help/sim/", $name, ".md")) },)*
        ];
    };
}

pages![
    "admission-policy",
    "admit",
    "capabilities",
    "file",
    "gatekeeper",
    "identity",
    "image-policy",
    "kernel",
    "kyverno",
    "network-policy",
    "pod-security",
    "process",
    "rbac",
    "rbac-reach",
    "scheduling",
    "service",
    "setuid",
    "start",
];

/// The page about a simulator.
pub fn find(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

impl Page {
    /// The example's case on one line, and its answer.
    pub fn example(&self) -> Option<(String, serde_json::Value)> {
        let blocks = parse_text(self.text).blocks;
        let mut codes = blocks.iter().rev().filter_map(|block| match &block.kind {
            BlockKind::Code(code) => Some(code.text.as_str()),
            _ => None,
        });
        let (answer, case) = (codes.next()?, codes.next()?);
        let case: serde_json::Value = serde_json::from_str(case).ok()?;
        Some((case.to_string(), serde_json::from_str(answer).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::cases::{SIMULATORS, run_cases};

    #[test]
    fn every_simulator_has_a_page_and_every_page_a_simulator() {
        let pages: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
        let simulators: Vec<&str> = SIMULATORS.iter().map(|s| s.name).collect();
        assert_eq!(pages, simulators, "write assets/help/sim/NAME.md and its line in src/sim/help.rs");
        for page in PAGES {
            assert!(page.text.starts_with(&format!("# {}\n", page.name)), "{}: the heading", page.name);
            for heading in ["## Input", "## Verdict", "## Example"] {
                assert!(page.text.contains(heading), "{}: {heading}", page.name);
            }
        }
    }

    #[test]
    fn every_example_gives_the_answer_of_its_page() {
        for page in PAGES {
            let (case, wanted) = page.example().unwrap_or_else(|| panic!("{}: no example", page.name));
            let mut out = Vec::new();
            run_cases(page.name, case.as_bytes(), &mut out).unwrap();
            let got: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(got, wanted, "{}: mend the page, or the simulator", page.name);
            assert!(got.get("verdict").is_some(), "{}: an example has a verdict", page.name);
        }
    }

    #[test]
    fn lines_of_examples_fit_a_terminal() {
        for page in PAGES {
            let case = page.text.split("```json").nth(1).unwrap();
            for line in case.lines() {
                assert!(line.chars().count() <= 84, "{}: {line}", page.name);
            }
        }
    }
}
