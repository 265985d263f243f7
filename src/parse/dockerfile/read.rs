//! A text to instructions, as long as it stays within what any build asks for.

use std::sync::Arc;

use super::line::Lines;
use super::problem::Problem;
use super::{Arguments, Dockerfile, Instruction, Keyword, Text, instruction, word};
use crate::parse::Limits;
use crate::text::{Finding, Source};

/// The most problems that are told of a file: a text of another kind has one a line.
const MOST: usize = 20;

/// The largest Dockerfile. Whoever has more to say to a build says it in files of its own.
const MOST_TEXT: usize = 256 << 10;

/// The most instructions. Overlay file systems hold some hundred layers.
const MOST_INSTRUCTIONS: usize = 1000;

/// The longest instruction, here-documents with it. What a shell is handed as one argument ends at 128 KiB
/// (`MAX_ARG_STRLEN` of linux/include/uapi/linux/binfmts.h).
const MOST_INSTRUCTION: usize = 32 << 10;

/// Reads `source`. Of a line that cannot be read there is a finding, and no instruction.
pub fn parse(source: &Arc<Source>, limits: Limits) -> (Dockerfile, Vec<Finding>) {
    let mut file = Dockerfile { source: Arc::clone(source), instructions: Vec::new() };
    let most = limits.file.min(MOST_TEXT);
    if source.text().len() > most {
        let title = format!("file is larger than {} KiB", most >> 10);
        let finding = Finding::error("file-too-large", title, source.span(0, 0)).help("split the file");
        return (file, vec![finding]);
    }
    let (instructions, problems) = read(source, false);
    if let Some(finding) = too_much(&instructions) {
        return (file, vec![finding]);
    }
    file.instructions = instructions;
    (file, problems.into_iter().map(Problem::finding).collect())
}

/// What asks for more work than any build does.
fn too_much(instructions: &[Instruction]) -> Option<Finding> {
    if let Some(next) = instructions.get(MOST_INSTRUCTIONS) {
        let finding =
            Finding::error("too-many-instructions", "file has too many instructions", next.keyword_span);
        let detail = format!("more than {MOST_INSTRUCTIONS}, of which this is the next");
        return Some(finding.detail(detail).help("split the file, or join instructions"));
    }
    let long = |i: &&Instruction| {
        let end = i.here_documents.iter().map(|text| text.span(0..text.len()).end).fold(i.span.end, u32::max);
        (end - i.span.start) as usize > MOST_INSTRUCTION
    };
    let at = instructions.iter().find(long)?.keyword_span;
    let finding = Finding::error("instruction-too-long", "instruction is too long", at);
    let detail = format!("more than {} KiB", MOST_INSTRUCTION >> 10);
    Some(finding.detail(detail).help("copy a script into the build, and run that"))
}

/// What keeps `source` from being a Dockerfile. A fragment needs no `FROM`.
pub fn syntax(source: &Source, fragment: bool) -> Vec<Finding> {
    read(source, fragment).1.into_iter().map(Problem::finding).collect()
}

fn read(source: &Source, fragment: bool) -> (Vec<Instruction>, Vec<Problem>) {
    let mut lines = Lines::new(source);
    let (mut instructions, mut problems) = (Vec::new(), Vec::new());
    while problems.len() < MOST
        && let Some(line) = lines.next()
    {
        let one = instruction::read(&line, 0..line.len(), lines.escape);
        let one = one.and_then(|one| match one {
            Some(mut one) => here_documents(&mut lines, &line, &mut one).map(|()| Some(one)),
            None => Ok(None),
        });
        match one {
            Ok(one) => instructions.extend(one),
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(lines.problems);
    if !fragment && problems.is_empty() && !instructions.iter().any(|i| i.keyword == Keyword::From) {
        let span = instructions.first().map_or(source.span(0, 0), |i| i.keyword_span);
        problems.push(Problem::new(span, "there is no FROM", "begin with FROM and an image"));
    }
    (instructions, problems)
}

/// Reads the here-documents that `line` announces into the instruction that takes them.
fn here_documents(lines: &mut Lines<'_>, line: &Text, outer: &mut Instruction) -> Result<(), Problem> {
    let mut instruction = outer;
    while let Some(ref mut inner) = instruction.inner {
        instruction = inner;
    }
    let takes = matches!(instruction.keyword, Keyword::Add | Keyword::Copy | Keyword::Run);
    if !takes || matches!(instruction.arguments, Arguments::Exec(..)) || !line.contains("<<") {
        return Ok(());
    }
    for here in word::here_documents(line)? {
        let span = line.span(here.range);
        let Some(text) = lines.here_document(&here.end, here.chomped) else {
            let says = format!("the here-document is not closed: no line is {}", here.end);
            return Err(Problem::new(span, says, format!("end it with a line {}", here.end)));
        };
        instruction.here_documents.push(text);
        if let Arguments::Words(words) = &mut instruction.arguments {
            if words.last().is_some_and(|to| to.span == span) {
                let says = format!("{} writes to a here-document", instruction.keyword.word());
                return Err(Problem::new(span, says, "name a destination"));
            }
            words.retain(|word| word.span != span);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Span;

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

    #[test]
    fn instructions_keep_their_words_and_places() {
        let text = "ARG V=1\nFROM --platform=linux/arm64 a:$V AS b\nRUN one && \\\n  two\nRUN <<EOF\nthree\nEOF\nCMD [\"x\", \"y z\"]\nONBUILD USER 0\n";
        let source = Source::lone("d", text);
        let (file, findings) = parse(&source, Limits::default());
        assert!(findings.is_empty());
        let slices: Vec<_> = file.instructions.iter().map(|i| source.slice(i.span)).collect();
        assert_eq!(slices[0], "ARG V=1");
        assert_eq!(slices[1], "FROM --platform=linux/arm64 a:$V AS b");
        assert_eq!(slices[2], "RUN one && \\\n  two");
        let from = &file.instructions[1];
        assert_eq!(&*from.flag("platform").unwrap().value.as_ref().unwrap().text, "linux/arm64");
        assert_eq!(&*from.word().unwrap().text, "a:$V");
        assert_eq!(&*from.name.as_ref().unwrap().text, "b");
        assert!(file.instructions[3].shell().any(|t| t.contains("three")));
        let cmd: Vec<_> = file.instructions[4].words().iter().map(|w| &*w.text).collect();
        assert_eq!(cmd, ["x", "y z"]);
        assert_eq!(file.instructions[5].inner.as_ref().unwrap().keyword, Keyword::User);
    }

    /// An instruction as its word, flags, arguments and here-documents.
    fn show(i: &Instruction) -> String {
        let mut out = i.keyword.word().to_owned();
        for flag in &i.flags {
            out += &format!(" --{}={}", flag.name, flag.value.as_ref().map_or("", |v| &v.text));
        }
        out += &match &i.arguments {
            Arguments::Words(words) => words.iter().flat_map(|w| [" (", &*w.text, ")"]).collect(),
            Arguments::Exec(words, _) => words.iter().flat_map(|w| [" [", &*w.text, "]"]).collect(),
            Arguments::Shell(line) => format!(" {{{line}}}"),
            Arguments::None => String::new(),
        };
        out += &i.name.as_ref().map_or(String::new(), |n| format!(" AS {}", n.text));
        out += &i.inner.as_ref().map_or(String::new(), |i| format!(" > {}", show(i)));
        for here in &i.here_documents {
            out += &format!(" <<{}", here.replace('\n', "|"));
        }
        out
    }

    /// Each instruction behind the first.
    fn shown(text: &str) -> Vec<String> {
        let source = Source::lone("d", text);
        let (file, findings) = parse(&source, Limits::default());
        assert!(findings.is_empty(), "{text}: {findings:?}");
        file.instructions.iter().skip(1).map(show).collect()
    }

    /// What Docker's reference and the builder's own tests say of lines, in other words.
    #[test]
    fn lines_are_read_as_the_builder_reads_them() {
        for (text, wanted) in [
            ("run  a  b ", "RUN {a  b}"),
            ("RUN a \\\n # no\n\n  b", "RUN {a   b}"),
            ("RUN a \\  \r\n b\r\n", "RUN {a  b}"),
            ("RUN a \\\\\nCMD x", "RUN {a \\\\}\nCMD {x}"),
            ("RUN echo # x \\\n y", "RUN {echo # x  y}"),
            ("RUN a \\\n# x \\\n b\nUSER 1", "RUN {a  b}\nUSER (1)"),
            ("RU\\\nN x", "RUN {x}"),
            ("  USER\t'a b'", "USER (a b)"),
            ("CMD [ \"a\", \"b\\\"\\u0041\\n\" ]", "CMD [a] [b\"A\n]"),
            ("CMD ['a']", "CMD {['a']}"),
            ("CMD [\"a\"] b", "CMD {[\"a\"] b}"),
            ("CMD [ ]", "CMD"),
            ("ENTRYPOINT", "ENTRYPOINT"),
            ("SHELL [\"/bin/bash\", \\\n\"-c\"]", "SHELL [/bin/bash] [-c]"),
            ("HEALTHCHECK --interval=5m CMD [\"x\"]", "HEALTHCHECK --interval=5m [x]"),
            ("healthcheck cmd curl x || exit 1", "HEALTHCHECK {curl x || exit 1}"),
            ("HEALTHCHECK NONE", "HEALTHCHECK"),
            ("ENV A=b C=\"d e\" F=g\\ h", "ENV (A=b) (C=d e) (F=g h)"),
            ("ENV A b  \"c\" d=e", "ENV (A) (b  c d=e)"),
            ("ARG A B=c D=\"e f\"", "ARG (A) (B=c) (D=e f)"),
            ("LABEL \"a.b\"=\"c\\\n d\"", "LABEL (a.b=c d)"),
            ("MAINTAINER Pat O'Brien", "MAINTAINER (Pat O'Brien)"),
            ("EXPOSE 80/tcp 9000-9010 $P", "EXPOSE (80/tcp) (9000-9010) ($P)"),
            ("VOLUME [\"/a b\"]", "VOLUME [/a b]"),
            ("VOLUME /a /b", "VOLUME (/a) (/b)"),
            ("COPY --chown=1:2 --link a b/ ", "COPY --chown=1:2 --link= (a) (b/)"),
            ("COPY [\"a b\", \"/c\"]", "COPY [a b] [/c]"),
            ("ADD --checksum=sha256:0 https://x/y /", "ADD --checksum=sha256:0 (https://x/y) (/)"),
            (
                "RUN --mount=type=secret,id=a --network=none -- b --c",
                "RUN --mount=type=secret,id=a --network=none {b --c}",
            ),
            (
                "FROM --platform=$BUILDPLATFORM a:${V:-1} as b.c",
                "FROM --platform=$BUILDPLATFORM (a:${V:-1}) AS b.c",
            ),
            ("ONBUILD RUN --mount=type=ssh a", "ONBUILD > RUN --mount=type=ssh {a}"),
            ("ONBUILD ONBUILD FROM x", "ONBUILD > ONBUILD > FROM (x)"),
        ] {
            assert_eq!(shown(&format!("FROM x\n{text}")).join("\n"), wanted, "{text}");
        }
        assert_eq!(
            shown("\u{feff}# Escape = `\n# syntax=docker/dockerfile:1\nFROM x\nRUN a `\n b\\"),
            ["RUN {a  b\\}"]
        );
        assert_eq!(shown("# a comment first\n# escape=`\nFROM x\nRUN a \\\n b"), ["RUN {a  b}"]);
        assert_eq!(shown("\n# escape=`\nFROM x\nRUN a \\\n b"), ["RUN {a  b}"]);
    }

    #[test]
    fn here_documents_are_read_as_the_builder_reads_them() {
        for (text, wanted) in [
            ("RUN <<EOF\na\n b\nEOF\nUSER 1", "RUN {<<EOF} <<a| b|\nUSER (1)"),
            ("RUN cat <<EOF > /x\n# kept\nEOF", "RUN {cat <<EOF > /x} <<# kept|"),
            ("RUN <<EOF python3\nprint(1)\nEOF", "RUN {<<EOF python3} <<print(1)|"),
            ("RUN a \\\n && python3 <<'E'\nx\nE\n", "RUN {a  && python3 <<'E'} <<x|"),
            ("RUN 3<<-E\n\tx\n\tE", "RUN {3<<-E} <<x|"),
            ("RUN <<  E\nE", "RUN {<<  E} <<"),
            ("RUN <<A <<B\nB\nA\nA\nB", "RUN {<<A <<B} <<B| <<A|"),
            ("RUN <<'one two'\nx\r\none two\r\n", "RUN {<<'one two'} <<x|"),
            ("RUN <<e'o'\\'f\nx\neo'f", "RUN {<<e'o'\\'f} <<x|"),
            ("RUN <<$E\n$E", "RUN {<<$E} <<"),
            ("RUN echo \"<<E\" '<<E' a<<E <<<E", "RUN {echo \"<<E\" '<<E' a<<E <<<E}"),
            ("RUN [\"<<E\"]", "RUN [<<E]"),
            ("CMD cat <<E", "CMD {cat <<E}"),
            ("USER <<E", "USER (<<E)"),
            ("COPY <<a.txt <<-\"b\" c /d/\nx\na.txt\n\ty\n\tb", "COPY (c) (/d/) <<x| <<y|"),
            ("ADD --chmod=644 <<E /x\ny\nE", "ADD --chmod=644 (/x) <<y|"),
            ("ONBUILD RUN <<E\nx\nE", "ONBUILD > RUN {<<E} <<x|"),
        ] {
            assert_eq!(shown(&format!("FROM x\n{text}")).join("\n"), wanted, "{text}");
        }
    }

    #[test]
    fn what_the_builder_refuses_has_a_place() {
        for (text, place, says) in [
            ("FROM x\nFORM y", "FORM", "unknown instruction 'FORM'"),
            ("FROM x\n  just text \\\n more", "just", "unknown instruction 'just'"),
            ("FROM a AS 1b", "1b", "1b cannot be the name of a stage"),
            ("FROM a b", "FROM a b", "FROM takes an image, or an image, AS and a name"),
            ("FROM x\nCOPY a", "COPY a", "COPY takes a source and a destination"),
            ("FROM x\nENV A", "ENV A", "ENV takes a name and a value"),
            ("FROM x\nENV A=b c", "c", "c has no ="),
            ("FROM x\nARG =b", "=b", "a name is missing before the ="),
            ("FROM x\nLABEL a='b", "a='b", "the quote ' is not closed"),
            ("FROM x\nUSER", "USER", "USER takes exactly one argument"),
            (
                "FROM x\nSHELL bash",
                "SHELL bash",
                "SHELL takes a list in brackets, each word in double quotes",
            ),
            ("FROM x\nCMD [1]", "[1]", "a list in brackets may hold strings only"),
            (
                "FROM x\nHEALTHCHECK curl",
                "HEALTHCHECK curl",
                "HEALTHCHECK takes CMD and a command, or NONE alone",
            ),
            ("FROM x\nONBUILD", "ONBUILD", "ONBUILD holds an instruction"),
            ("FROM x\nRUN a <<E\nb", "<<E", "the here-document is not closed: no line is E"),
            ("FROM x\nCOPY a <<E\nE", "<<E", "COPY writes to a here-document"),
            ("# escape=x\nFROM x", "# escape=x", "x cannot be the escape"),
            ("# syntax=a\n# syntax=b\nFROM x", "# syntax=b", "the directive syntax is written twice"),
            ("ARG A", "ARG", "there is no FROM"),
            ("# nothing", "", "there is no FROM"),
        ] {
            let source = Source::lone("d", text);
            let (_, findings) = parse(&source, Limits::default());
            let seen: Vec<_> = findings.iter().map(|f| (source.slice(f.primary.span), &*f.detail)).collect();
            assert_eq!(seen, [(place, says)], "{text}");
        }
        let many = Source::lone("d", "a text\n".repeat(1000));
        assert_eq!(parse(&many, Limits::default()).1.len(), MOST);
    }

    proptest::proptest! {
        /// Whatever a file says, reading ends without a panic, and every place lies in the file.
        #[test]
        fn nothing_makes_it_panic(
            text in "(FROM a|RUN|COPY|ADD|ARG|ENV|ONBUILD|HEALTHCHECK CMD|# escape=`|\u{feff}|<<E|<<-'E'|\nE\n|\n|\r\n|\\|`|\\[\"|\"\\]|\"|'|\\$\\{|#|=|--a=| |\t|é|\\PC){0,24}",
            fragment: bool,
        ) {
            let source = Source::lone("x", text.as_str());
            let within = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?}");
            let (file, findings) = parse(&source, Limits::default());
            for finding in findings.iter().chain(&syntax(&source, fragment)) {
                within(finding.primary.span);
            }
            for outer in &file.instructions {
                let mut next = Some(outer);
                while let Some(one) = next {
                    within(one.span);
                    within(one.keyword_span);
                    one.flags.iter().for_each(|f| within(f.span));
                    one.flags.iter().filter_map(|f| f.value.as_ref()).for_each(|v| within(v.span));
                    one.words().iter().chain(&one.name).for_each(|w| within(w.span));
                    one.shell().for_each(|t| within(t.whole()));
                    next = one.inner.as_deref();
                }
            }
        }
    }
}
