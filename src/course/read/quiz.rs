//! Reads `quizzes/NN-slug.toml`: the shape of each question; how well it is written is judged elsewhere.

use super::{Notes, Pack, QUESTION_ID, Seen, Table, named, options, prose};
use crate::course::manifest::{LessonEntry, POINTS_PER_LESSON};
use crate::course::quiz::{Choice, CodeSample, Interview, Kind, Level, Question, Quiz};
use crate::ids::{ConceptId, LessonId, OptionId, QuestionId};
use crate::parse::{Limits, Node, yaml};
use crate::text::{Finding, Source, Span};

const ROOT: &[&str] = &["lesson", "question", "interview"];
const QUESTION: &[&str] =
    &["id", "concept", "kind", "core", "stem", "code", "as_of", "option", "choose", "key_lines", "reason"];
const OPTION: &[&str] = &["id", "text", "key", "reason"];
const CODE: &[&str] = &["language", "text"];
const INTERVIEW: &[&str] = &["id", "concept", "level", "question", "answer", "rubric", "follow_up"];

const LEVELS: &[(&str, Level)] = &[("mid", Level::Mid), ("senior", Level::Senior), ("staff", Level::Staff)];

/// The four kinds by their words, before their own fields are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Single,
    Multiple,
    Order,
    Line,
}

const KINDS: &[(&str, Word)] =
    &[("single", Word::Single), ("multiple", Word::Multiple), ("order", Word::Order), ("line", Word::Line)];

/// Fields that only some kinds have.
const ONLY_FOR: &[(&str, &[Word])] = &[
    ("choose", &[Word::Multiple]),
    ("key_lines", &[Word::Line]),
    ("reason", &[Word::Line]),
    ("option", &[Word::Single, Word::Multiple, Word::Order]),
];

/// The shortest reason that can explain anything, in characters.
const MIN_REASON: usize = 40;
const MAX_RUBRIC_POINT: usize = 160;

/// Where the lesson's quiz is.
pub(crate) fn path(id: &LessonId) -> String {
    format!("quizzes/{id}.toml")
}

/// The quiz; of use only where no finding blocks.
pub(crate) fn read(pack: &Pack, entry: &LessonEntry, notes: &Notes) -> Option<Quiz> {
    let tree = pack.toml(&path(&entry.id), Some(entry.span), notes)?;
    let table = Table::new(tree.root()?, "the quiz", ROOT, notes)?;
    let named_lesson = table.id("lesson", LessonId::new);
    if named_lesson.as_ref().is_some_and(|l| *l != entry.id) {
        let detail = format!("the file is that of lesson `{}`", entry.id);
        let help = format!("write `lesson = \"{}\"`, or rename the file", entry.id);
        table.refuse("quiz-other-lesson", "lesson", "quiz names another lesson", &detail, help);
    }
    let reader = Reader { lesson: &entry.id, notes };
    let mut seen = Seen::default();
    let mut questions = Vec::new();
    for (index, node) in table.tables("question").into_iter().enumerate() {
        questions.extend(reader.question(node, index, &mut seen));
    }
    let mut interviews = Vec::new();
    for (index, node) in table.tables("interview").into_iter().enumerate() {
        interviews.extend(reader.interview(node, index, &mut seen));
    }
    let is_core = |q: &Node<'_>| q.get("core").and_then(Node::as_bool) == Some(true);
    let core = table.tables("question").iter().filter(|q| is_core(q)).count();
    if core != POINTS_PER_LESSON as usize {
        let detail = format!("questions with `core = true`: {core}");
        let help = format!("make it {POINTS_PER_LESSON}: they are the lesson's points");
        table.refuse("quiz-core", "question", "wrong number of counted questions", &detail, help);
    }
    Some(Quiz { lesson: entry.id.clone(), questions, interviews })
}

struct Reader<'a> {
    lesson: &'a LessonId,
    notes: &'a Notes,
}

impl Reader<'_> {
    fn question(&self, node: Node<'_>, index: usize, seen: &mut Seen) -> Option<Question> {
        let notes = self.notes;
        let table = Table::new(node, named(node, "question", index), QUESTION, notes)?;
        let id = self.id(&table, seen);
        let concept = concept(&table, self.lesson, self.notes);
        let word = table.word("kind", KINDS);
        let core = table.flag("core");
        let stem = table.text("stem");
        prose::field(&table, "stem", notes);
        let sample = code(&table);
        let word = word?;
        for (field, kinds) in ONLY_FOR {
            if !kinds.contains(&word) && node.get(field).is_some() {
                let has: Vec<_> = KINDS.iter().filter(|(_, k)| kinds.contains(k)).map(|(w, _)| *w).collect();
                let detail = format!("`{field}` belongs to questions of kind {}", has.join(", "));
                table.refuse("quiz-field", field, "field of another kind", &detail, "remove it");
            }
        }
        let options = if word == Word::Line { Vec::new() } else { self.options(&table) };
        let kind = match word {
            Word::Single => {
                options::keys(&table, &options, 1);
                Kind::Single
            }
            Word::Multiple => Kind::Multiple { choose: options::choose(&table, &options, &stem) },
            Word::Order => {
                options::keys(&table, &options, 0);
                Kind::Order
            }
            Word::Line => self.line(&table, sample.as_ref()),
        };
        let (as_of, span) = (table.text_if("as_of"), table.place());
        Some(Question { id: id?, concept: concept?, core, kind, stem, code: sample, as_of, options, span })
    }

    fn options(&self, table: &Table<'_, '_>) -> Vec<Choice> {
        let nodes = table.tables("option");
        if !(options::MIN_OPTIONS..=options::MAX_OPTIONS).contains(&nodes.len()) {
            let detail = format!("it has {}", nodes.len());
            let help = "write 3 to 5 `[[question.option]]`";
            table.refuse("quiz-arity", "option", "too few or too many options", &detail, help);
        }
        let mut seen = Seen::default();
        let mut out = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            let name = format!("{}, {}", table.what(), named(node, "option", index));
            let Some(option) = Table::new(node, name, OPTION, self.notes) else { continue };
            let id = option.id("id", OptionId::new);
            if let Some(id) = &id {
                seen.add(id.as_str(), option.span("id"), "option", self.notes);
            }
            let (text, key) = (option.text("text"), option.flag("key"));
            let reason = reason(&option);
            prose::field(&option, "text", self.notes);
            prose::field(&option, "reason", self.notes);
            options::worded(&option, &text);
            out.extend(id.map(|id| Choice { id, text, key, reason }));
        }
        options::alike(table, &out);
        out
    }

    fn line(&self, table: &Table<'_, '_>, code: Option<&CodeSample>) -> Kind {
        let lines = code.map_or(0, |c| c.text.lines().count() as u32);
        if code.is_none() && table.node().get("code").is_none() {
            let help = "add `code = { language = \"yaml\", text = \"…\" }`";
            table.refuse("quiz-line", "kind", "no code to point at", "a line question needs `code`", help);
        }
        let key_lines = table.numbers("key_lines", &(1..=lines.max(1)));
        if table.node().get("key_lines").is_some() && key_lines.is_empty() {
            let detail = "`key_lines` is empty";
            table.refuse("quiz-line", "key_lines", "no line is right", detail, "name the line that is meant");
        }
        prose::field(table, "reason", self.notes);
        Kind::Line { key_lines, reason: reason(table) }
    }

    fn interview(&self, node: Node<'_>, index: usize, seen: &mut Seen) -> Option<Interview> {
        let table = Table::new(node, named(node, "interview", index), INTERVIEW, self.notes)?;
        let id = self.id(&table, seen);
        let concept = concept(&table, self.lesson, self.notes);
        let level = table.word("level", LEVELS);
        let (question, answer, follow_up) =
            (table.text("question"), table.text("answer"), table.text("follow_up"));
        for field in ["question", "answer", "follow_up"] {
            prose::field(&table, field, self.notes);
        }
        let words = answer.split_whitespace().count();
        if !answer.is_empty() && !(60..=220).contains(&words) {
            let detail = format!("words: {words}");
            let help = "say it in 60 to 220 words: a minute of speech";
            table.refuse("interview-length", "answer", "model answer is too short or long", &detail, help);
        }
        let rubric = table.texts("rubric");
        if !(3..=6).contains(&rubric.len()) {
            let detail = format!("its rubric has {} points", rubric.len());
            let help = "write `rubric` with 3 to 6 points";
            table.refuse("interview-rubric", "rubric", "too few or too many points", &detail, help);
        }
        for (point, span) in &rubric {
            prose::check(point, *span, table.what(), self.notes);
            if point.chars().count() > MAX_RUBRIC_POINT {
                self.notes.push(
                    Finding::error("interview-rubric", "point of the rubric is too long", *span)
                        .detail(format!("{}: {} characters", table.what(), point.chars().count()))
                        .help(format!("say it in {MAX_RUBRIC_POINT}, or make it two points")),
                );
            }
        }
        let rubric = rubric.into_iter().map(|(point, _)| point).collect();
        let span = table.place();
        Some(Interview {
            id: id?,
            concept: concept?,
            level: level?,
            question,
            answer,
            rubric,
            follow_up,
            span,
        })
    }

    fn id(&self, table: &Table<'_, '_>, seen: &mut Seen) -> Option<QuestionId> {
        let id = table.id("id", QuestionId::new)?;
        seen.add(id.as_str(), table.span("id"), "question", self.notes);
        self.notes.mention(format!("{QUESTION_ID}{id}"), table.span("id"));
        Some(id)
    }
}

/// The concept of a question, an interview question or a step: a heading of `lesson`, or `stem#heading`.
pub(crate) fn concept(table: &Table<'_, '_>, lesson: &LessonId, notes: &Notes) -> Option<ConceptId> {
    let text = table.text("concept");
    if text.is_empty() {
        return None; // said already
    }
    let concept = ConceptId::parse(&text, lesson);
    if let Some(concept) = &concept {
        notes.mention(format!("concept:{concept}"), table.span("concept"));
    } else {
        let help = "write the id of a heading, or `STEM#HEADING` for one of another lesson";
        table.refuse("course-bad-id", "concept", "not a concept", &format!("`{text}`"), help);
    }
    concept
}

fn reason(table: &Table<'_, '_>) -> String {
    let reason = table.text("reason");
    let length = reason.chars().count();
    if !reason.is_empty() && length < MIN_REASON {
        let detail = format!("{length} characters explain nothing");
        let help =
            format!("say in at least {MIN_REASON} characters what it confuses with what, or why it holds");
        table.refuse("quiz-short-reason", "reason", "reason is too short", &detail, help);
    }
    reason
}

fn code(table: &Table<'_, '_>) -> Option<CodeSample> {
    let code = table.table("code", CODE)?;
    let place = code.span("text");
    let sample = CodeSample { language: code.text("language"), text: code.verbatim("text") };
    if sample.language == "yaml" {
        let alone = Source::lone("<code>", sample.text.as_str());
        let (_, findings) = yaml::parse(&alone, Limits::default());
        for finding in findings.into_iter().filter(|f| f.code == "yaml-syntax") {
            let line = alone.position(finding.primary.span.start).line;
            code.push(
                Finding::error("quiz-code", "not valid YAML", line_within(code.node(), place, line))
                    .detail(format!("{}: line {line}: {}", code.what(), finding.detail))
                    .help("mend it, or use the language `text` where the mistake is the question"),
            );
        }
    }
    Some(sample)
}

/// A line (from 1) of a text between `"""` that begins on a line of its own; else the whole text.
fn line_within(node: Node<'_>, text: Span, line: u32) -> Span {
    let source = node.tree().source();
    let written = source.slice(text);
    if written.starts_with("\"\"\"\n") || written.starts_with("'''\n") {
        return source.line_span(source.position(text.start).line + line);
    }
    text
}
