//! Dockerfiles: whether a text is one. The parser is parse-dockerfile's, which knows here-documents and the escape
//! directive and keeps places.

use crate::text::{Finding, Source};

/// What keeps `source` from being a Dockerfile. A fragment needs no `FROM`.
pub fn syntax(source: &Source, fragment: bool) -> Vec<Finding> {
    let Err(error) = parse_dockerfile::parse(source.text()) else { return Vec::new() };
    // A fragment is read below a base image of its own; the line before it is taken off again.
    if fragment && parse_dockerfile::parse(&format!("FROM scratch\n{}", source.text())).is_ok() {
        return Vec::new();
    }
    let line = u32::try_from(error.line()).unwrap_or(1).max(1);
    let finding = Finding::error("dockerfile-syntax", "not a valid Dockerfile", source.line_span(line));
    vec![finding.detail(format!("{error:#}")).help("mend the instruction here")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_documents_and_the_escape_directive_are_read() {
        let good = "# escape=`\nFROM a AS b\nRUN <<EOF\ndo it\nEOF\nCOPY --from=b `\n  x y\n";
        assert_eq!(syntax(&Source::lone("d", good), false), []);
        let bad = Source::lone("d", "FROM a\nRUM x\n");
        let found = syntax(&bad, false);
        assert_eq!(found[0].detail, "unknown instruction 'RUM'");
        assert_eq!(bad.position(found[0].primary.span.start).line, 2);
    }

    #[test]
    fn a_fragment_needs_no_base() {
        let part = Source::lone("d", "USER 65532\n");
        assert_eq!(syntax(&part, true), []);
        assert_eq!(syntax(&part, false).len(), 1);
        assert_eq!(syntax(&Source::lone("d", "USR 1\n"), true).len(), 1);
    }

    proptest::proptest! {
        /// Whatever a lesson says in such a block, reading ends, and without a panic.
        #[test]
        fn nothing_makes_it_panic(text in "(FROM|RUN|COPY|ARG|<<E|\\n|\\\\|`|\\[\"|\"|#|=| |\\PC){0,24}", fragment: bool) {
            for finding in syntax(&Source::lone("x", text.as_str()), fragment) {
                assert!(finding.primary.span.end as usize <= text.len());
            }
        }
    }
}
