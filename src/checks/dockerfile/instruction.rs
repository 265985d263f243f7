//! What one instruction should not be: rules that need nothing but the instruction, a row each, and their evaluator.

use crate::checks::{Case, Check, Fault, Faults, Row, Rule, Scope};
use crate::parse::dockerfile::{Instruction, Keyword};
use crate::text::{Severity, Span};

const DOC: &str = include_str!("instruction.md");

/// A row.
#[derive(Clone, Copy, Debug)]
struct Each {
    /// The words that it looks at.
    keywords: &'static [Keyword],
    /// What is wrong.
    bad: Bad,
    /// What follows from it.
    follows: &'static str,
    /// The smallest change that mends it.
    help: &'static str,
}

/// What is wrong with an instruction.
#[derive(Clone, Copy, Debug)]
enum Bad {
    /// It is there at all.
    Present,
    /// It has a flag with a value that is fixed, or with one of these.
    Flag { name: &'static str, fixed: bool, values: &'static [&'static str] },
}

/// The rows, by id.
pub(super) const ROWS: &[Check] = &[
    Check::new(
        "dockerfile-maintainer-deprecated",
        Severity::Info,
        "MAINTAINER is out of use",
        DOC,
        Rule::Row(&Each {
            keywords: &[Keyword::Maintainer],
            bad: Bad::Present,
            follows: "scanners and registries read labels instead",
            help: "write LABEL org.opencontainers.image.authors=\"…\"",
        }),
    )
    .aliases(&["DS-0022", "CKV_DOCKER_6", "DL4000"])
    .lessons(&[9]),
    Check::new(
        "dockerfile-platform-flag",
        Severity::Info,
        "platform of the base image is fixed",
        DOC,
        Rule::Row(&Each {
            keywords: &[Keyword::From],
            bad: Bad::Flag { name: "platform", fixed: true, values: &["$TARGETPLATFORM", "${TARGETPLATFORM}"] },
            follows: "the image is for that platform, whatever the build is asked for; $TARGETPLATFORM is the default",
            help: "remove --platform, or write --platform=$BUILDPLATFORM in a stage that compiles for others",
        }),
    )
    .aliases(&["DL3029", "DL3065"])
    .lessons(&[9]),
];

impl Row for Each {
    fn scope(&self) -> Scope {
        Scope::Instruction(self.keywords)
    }

    fn look(&self, case: &Case<'_>) -> Faults {
        let Case::Instruction(case) = case else { return Faults::new() };
        let fault = self
            .bad
            .of(case.instruction)
            .map(|(span, what)| Fault::new(span, format!("{what}: {}", self.follows), self.help));
        fault.into_iter().collect()
    }
}

impl Bad {
    /// Where it is wrong, and what stands there.
    fn of(self, instruction: &Instruction) -> Option<(Span, String)> {
        match self {
            Self::Present => {
                Some((instruction.keyword_span, format!("{} is written", instruction.keyword.word())))
            }
            Self::Flag { name, fixed, values } => {
                let flag = instruction.flag(name)?;
                let value = flag.value.as_ref()?;
                let bad = values.contains(&&*value.text) || fixed && !value.text.contains('$');
                bad.then(|| (flag.span, format!("--{name} is {}", value.text)))
            }
        }
    }
}
