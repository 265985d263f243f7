//! Dockerfiles: whether a text is one, and its instructions with their places. The parser is parse-dockerfile's,
//! which knows here-documents and the escape directive.

use std::ops::Range;
use std::sync::Arc;

use parse_dockerfile as upstream;
use upstream::{Command, HealthcheckArguments, JsonOrStringArray};

use super::Limits;
use crate::text::{Finding, Source, Span};

/// The instructions of one file, in its order.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    source: Arc<Source>,
    /// Every instruction; those before the first `FROM` are global `ARG`s.
    pub instructions: Vec<Instruction>,
}

/// The instructions' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "they are the words of the Dockerfile reference")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    Stopsignal,
    User,
    Volume,
    Workdir,
}

/// A piece of text and where it stands, quotes and escapes taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The text.
    pub text: Box<str>,
    /// Where it stands as it was written.
    pub span: Span,
}

/// `--name=value` behind an instruction's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The name without dashes.
    pub name: Box<str>,
    /// The value, where it has one.
    pub value: Option<Word>,
    /// The whole flag.
    pub span: Span,
}

/// What an instruction is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Words: an image, a path, sources and their destination (the last one).
    Words(Vec<Word>),
    /// A list in brackets, run without a shell.
    Exec(Vec<Word>, Span),
    /// A line for a shell, as it was written, line continuations included.
    Shell(Word),
    /// `HEALTHCHECK NONE`.
    None,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its word.
    pub keyword: Keyword,
    /// Where the word stands.
    pub keyword_span: Span,
    /// From the word to the end of what it is given; here-documents come after.
    pub span: Span,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// What it is given.
    pub arguments: Arguments,
    /// The name after `AS`.
    pub name: Option<Word>,
    /// Its here-documents' text.
    pub here_documents: Vec<Word>,
    /// What `ONBUILD` holds back.
    pub inner: Option<Box<Instruction>>,
}

impl Instruction {
    /// The flag of that name.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|f| &*f.name == name)
    }

    /// The words that it is given, in brackets or not; none for a shell's line.
    pub fn words(&self) -> &[Word] {
        match &self.arguments {
            Arguments::Words(words) | Arguments::Exec(words, _) => words,
            _ => &[],
        }
    }

    /// The first word that it is given: the image of a `FROM`, the user of a `USER`.
    pub fn word(&self) -> Option<&Word> {
        self.words().first()
    }

    /// Every line that a shell runs for it: its own, and its here-documents.
    pub fn shell(&self) -> impl Iterator<Item = &Word> {
        let line = if let Arguments::Shell(line) = &self.arguments { Some(line) } else { None };
        line.into_iter().chain(&self.here_documents)
    }
}

impl Dockerfile {
    /// The text that it was read from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}

/// The largest Dockerfile. Whoever has more to say to a build says it in files of its own.
const MOST_TEXT: usize = 256 << 10;

/// The most instructions. Overlay file systems hold some hundred layers.
const MOST_INSTRUCTIONS: usize = 1000;

/// The longest instruction, here-documents with it. What a shell is handed as one argument ends at 128 KiB
/// (`MAX_ARG_STRLEN` of linux/include/uapi/linux/binfmts.h).
const MOST_INSTRUCTION: usize = 32 << 10;

/// Reads `source`. What cannot be read holds no instruction and one finding.
pub fn parse(source: &Arc<Source>, limits: Limits) -> (Dockerfile, Vec<Finding>) {
    let mut file = Dockerfile { source: Arc::clone(source), instructions: Vec::new() };
    let most = limits.file.min(MOST_TEXT);
    if source.text().len() > most {
        let title = format!("file is larger than {} KiB", most >> 10);
        let finding = Finding::error("file-too-large", title, source.span(0, 0)).help("split the file");
        return (file, vec![finding]);
    }
    match upstream::parse(source.text()) {
        Ok(parsed) => {
            let reader = Reader { source };
            if let Some(finding) = reader.too_much(&parsed.instructions) {
                return (file, vec![finding]);
            }
            file.instructions = parsed.instructions.iter().filter_map(|i| reader.instruction(i)).collect();
            (file, Vec::new())
        }
        Err(_) => (file, syntax(source, false)),
    }
}

struct Reader<'s> {
    source: &'s Source,
}

impl Reader<'_> {
    /// What asks for more work than any build does.
    fn too_much(&self, instructions: &[upstream::Instruction<'_>]) -> Option<Finding> {
        let start = |at: usize| instructions.get(at).map(|i| self.keyword(i));
        if let Some(at) = start(MOST_INSTRUCTIONS) {
            let finding = Finding::error("too-many-instructions", "file has too many instructions", at);
            let detail = format!("more than {MOST_INSTRUCTIONS}, of which this is the next");
            return Some(finding.detail(detail).help("split the file, or join instructions"));
        }
        let end = self.source.text().len() as u32;
        let long = |at: &usize| {
            let next = start(at + 1).map_or(end, |next| next.start);
            start(*at).is_some_and(|own| (next - own.start) as usize > MOST_INSTRUCTION)
        };
        let at = (0..instructions.len()).find(long).and_then(start)?;
        let finding = Finding::error("instruction-too-long", "instruction is too long", at);
        let detail = format!("more than {} KiB", MOST_INSTRUCTION >> 10);
        Some(finding.detail(detail).help("copy a script into the build, and run that"))
    }

    /// The word with which an instruction begins.
    fn keyword(&self, instruction: &upstream::Instruction<'_>) -> Span {
        use upstream::Instruction as I;
        let keyword = match instruction {
            I::Add(i) => &i.add,
            I::Arg(i) => &i.arg,
            I::Cmd(i) => &i.cmd,
            I::Copy(i) => &i.copy,
            I::Entrypoint(i) => &i.entrypoint,
            I::Env(i) => &i.env,
            I::Expose(i) => &i.expose,
            I::From(i) => &i.from,
            I::Healthcheck(i) => &i.healthcheck,
            I::Label(i) => &i.label,
            I::Maintainer(i) => &i.maintainer,
            I::Onbuild(i) => &i.onbuild,
            I::Run(i) => &i.run,
            I::Shell(i) => &i.shell,
            I::Stopsignal(i) => &i.stopsignal,
            I::User(i) => &i.user,
            I::Volume(i) => &i.volume,
            I::Workdir(i) => &i.workdir,
            _ => return self.source.span(0, 0),
        };
        self.span(&keyword.span)
    }

    fn span(&self, range: &Range<usize>) -> Span {
        self.source.span(range.start, range.end)
    }

    fn word(&self, word: &upstream::UnescapedString<'_>) -> Word {
        Word { text: word.value.as_ref().into(), span: self.span(&word.span) }
    }

    fn words<'a, 'b: 'a>(
        &self,
        words: impl IntoIterator<Item = &'a upstream::UnescapedString<'b>>,
    ) -> Vec<Word> {
        words.into_iter().map(|w| self.word(w)).collect()
    }

    fn flags<'a, 'b: 'a>(&self, flags: impl IntoIterator<Item = &'a upstream::Flag<'b>>) -> Vec<Flag> {
        let flag = |f: &upstream::Flag<'_>| Flag {
            name: f.name.value.as_ref().into(),
            value: f.value.as_ref().map(|v| self.word(v)),
            span: self.span(&f.span()),
        };
        flags.into_iter().map(flag).collect()
    }

    fn command(&self, command: &Command<'_>) -> Arguments {
        match command {
            Command::Exec(words) => Arguments::Exec(self.words(&words.value), self.span(&words.span)),
            Command::Shell(line) => {
                Arguments::Shell(Word { text: line.value.into(), span: self.span(&line.span) })
            }
            _ => Arguments::None,
        }
    }

    /// Sources and destination of `ADD` and `COPY`; what is written in the file itself is a here-document.
    fn copied(
        &self,
        sources: &[upstream::Source<'_>],
        to: &upstream::UnescapedString<'_>,
    ) -> (Arguments, Vec<Word>) {
        let (mut words, mut here) = (Vec::new(), Vec::new());
        for source in sources {
            match source {
                upstream::Source::Path(path) => words.push(self.word(path)),
                upstream::Source::HereDoc(text) => here.push(self.here(text)),
                _ => {}
            }
        }
        words.push(self.word(to));
        (Arguments::Words(words), here)
    }

    fn here(&self, text: &upstream::HereDoc<'_>) -> Word {
        Word { text: text.value.as_ref().into(), span: self.span(&text.span) }
    }

    /// `None` for a word that the parser knows and this does not.
    fn instruction(&self, instruction: &upstream::Instruction<'_>) -> Option<Instruction> {
        use upstream::Instruction as I;
        let one = |word| Arguments::Words(vec![self.word(word)]);
        let (mut flags, mut here_documents, mut name, mut inner) = (Vec::new(), Vec::new(), None, None);
        let (keyword, at, arguments) = match instruction {
            I::Add(i) => {
                flags = self.flags(&i.options);
                let (arguments, here) = self.copied(&i.src, &i.dest);
                here_documents = here;
                (Keyword::Add, &i.add, arguments)
            }
            I::Copy(i) => {
                flags = self.flags(&i.options);
                let (arguments, here) = self.copied(&i.src, &i.dest);
                here_documents = here;
                (Keyword::Copy, &i.copy, arguments)
            }
            I::Arg(i) => (Keyword::Arg, &i.arg, one(&i.arguments)),
            I::Cmd(i) => (Keyword::Cmd, &i.cmd, self.command(&i.arguments)),
            I::Entrypoint(i) => (Keyword::Entrypoint, &i.entrypoint, self.command(&i.arguments)),
            I::Env(i) => (Keyword::Env, &i.env, one(&i.arguments)),
            I::Expose(i) => (Keyword::Expose, &i.expose, Arguments::Words(self.words(&i.arguments))),
            I::From(i) => {
                flags = self.flags(&i.options);
                name = i.as_.as_ref().map(|(_, name)| self.word(name));
                (Keyword::From, &i.from, one(&i.image))
            }
            I::Healthcheck(i) => {
                flags = self.flags(&i.options);
                let arguments = match &i.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => self.command(arguments),
                    _ => Arguments::None,
                };
                (Keyword::Healthcheck, &i.healthcheck, arguments)
            }
            I::Label(i) => (Keyword::Label, &i.label, one(&i.arguments)),
            I::Maintainer(i) => (Keyword::Maintainer, &i.maintainer, one(&i.name)),
            I::Onbuild(i) => {
                inner = self.instruction(&i.instruction).map(Box::new);
                (Keyword::Onbuild, &i.onbuild, Arguments::None)
            }
            I::Run(i) => {
                flags = self.flags(&i.options);
                here_documents = i.here_docs.iter().map(|h| self.here(h)).collect();
                (Keyword::Run, &i.run, self.command(&i.arguments))
            }
            I::Shell(i) => {
                let words = self.words(&i.arguments);
                let span = match (words.first(), words.last()) {
                    (Some(first), Some(last)) => first.span.to(last.span),
                    _ => self.span(&i.shell.span),
                };
                (Keyword::Shell, &i.shell, Arguments::Exec(words, span))
            }
            I::Stopsignal(i) => (Keyword::Stopsignal, &i.stopsignal, one(&i.arguments)),
            I::User(i) => (Keyword::User, &i.user, one(&i.arguments)),
            I::Volume(i) => {
                let arguments = match &i.arguments {
                    JsonOrStringArray::Json(words) => {
                        Arguments::Exec(self.words(&words.value), self.span(&words.span))
                    }
                    JsonOrStringArray::String(words) => Arguments::Words(self.words(words)),
                };
                (Keyword::Volume, &i.volume, arguments)
            }
            I::Workdir(i) => (Keyword::Workdir, &i.workdir, one(&i.arguments)),
            _ => return None,
        };
        let keyword_span = self.span(&at.span);
        let last = match (&arguments, &inner) {
            (Arguments::Words(words), _) => words.last().map(|w| w.span),
            (Arguments::Exec(_, span), _) => Some(*span),
            (Arguments::Shell(line), _) => Some(line.span),
            (Arguments::None, Some(inner)) => Some(inner.span),
            (Arguments::None, None) => None,
        };
        let last = name.as_ref().map(|n: &Word| n.span).or(last).unwrap_or(keyword_span);
        let span = keyword_span.to(last);
        Some(Instruction { keyword, keyword_span, span, flags, arguments, name, here_documents, inner })
    }
}

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
        assert!(file.instructions[3].shell().any(|w| w.text.contains("three")));
        let cmd: Vec<_> = file.instructions[4].words().iter().map(|w| &*w.text).collect();
        assert_eq!(cmd, ["x", "y z"]);
        assert_eq!(file.instructions[5].inner.as_ref().unwrap().keyword, Keyword::User);
    }

    proptest::proptest! {
        /// Whatever a lesson says in such a block, reading ends, and without a panic.
        #[test]
        fn nothing_makes_it_panic(text in "(FROM|RUN|COPY|ARG|<<E|\\n|\\\\|`|\\[\"|\"|#|=| |\\PC){0,24}", fragment: bool) {
            let source = Source::lone("x", text.as_str());
            let _ = parse(&source, Limits::default());
            for finding in syntax(&source, fragment) {
                assert!(finding.primary.span.end as usize <= text.len());
            }
        }
    }
}
