//! The matrix who → whom as lines: a column for each who, a row for each whom, three signs and a mark in a cell.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::render::Glyphs;
use crate::session::{Crossing, Matrix};
use crate::sim::Answer;

use super::super::super::theme::{Theme, Tone};
use super::super::super::widgets::{meter, text};

/// The columns of a cell: before, now, wanted, and the mark of what is not as wanted; close together, or apart.
const CELL: [u16; 2] = [4, 7];
/// The fewest columns for the names of rows.
const LABEL: u16 = 14;

/// What the answers to the questions about a pair come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// All are allowed.
    Open,
    /// All are denied.
    Closed,
    /// Some are, and some are not.
    Some,
    /// One at least is not judged.
    Unknown,
}

impl Sum {
    /// The sum of answers; `Unknown` of none.
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut sum = None;
        for answer in answers {
            let one = match answer {
                Answer::Allowed => Self::Open,
                Answer::Denied => Self::Closed,
                Answer::Unmodelled => return Self::Unknown,
            };
            sum = Some(if sum.is_none_or(|s| s == one) { one } else { Self::Some });
        }
        sum.unwrap_or(Self::Unknown)
    }

    /// Its sign: the shape says it, no colour is needed.
    pub fn sign(self, glyphs: Glyphs) -> &'static str {
        match self {
            Self::Open => glyphs.pick("●", "O"),
            Self::Closed => glyphs.pick("○", "-"),
            Self::Some => glyphs.pick("◐", "%"),
            Self::Unknown => "?",
        }
    }
}

/// What the signs mean that stand in a matrix, piece by piece.
pub fn legend(matrix: &Matrix, glyphs: Glyphs) -> Vec<String> {
    let seen: Vec<Sum> = matrix.cells.values().flat_map(|asked| sums(asked)).collect();
    let signs =
        [(Sum::Open, "allowed"), (Sum::Closed, "denied"), (Sum::Some, "some"), (Sum::Unknown, "not judged")];
    let signs = signs.iter().filter(|(sum, _)| seen.contains(sum));
    let mut pieces: Vec<String> = signs.map(|(sum, says)| format!("{} {says}", sum.sign(glyphs))).collect();
    if matrix.cells.values().flatten().any(|c| !c.holds()) {
        pieces.push("! not as wanted".to_owned());
    }
    if let Some(first) = pieces.first_mut() {
        *first = format!("before, now, wanted: {first}");
    }
    pieces
}

/// How the columns stand: their names, where each begins, how many are in sight.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// What stands above each.
    heads: Vec<String>,
    /// The names of those in sight, where the heads are numbers only.
    pub numbered: Vec<String>,
    label: u16,
    /// What the rows are called, as there is room for it.
    rows: Vec<String>,
    /// Whether the signs of a cell stand apart.
    apart: bool,
    widths: Vec<u16>,
    /// The first one in sight.
    first: usize,
    /// How many are.
    shown: usize,
}

impl Columns {
    /// Fits the names of a matrix to a width, so that the chosen column is in sight: whole names, or without their
    /// namespaces, or numbers.
    pub fn fit(matrix: &Matrix, width: u16, chosen: usize, before: &Self) -> Self {
        let longest = matrix.whom.iter().map(|w| w.width() as u16 + 3).max().unwrap_or(0);
        let label = longest.min((width * 2 / 5).max(LABEL));
        let widths = |heads: &[String], apart: bool| -> Vec<u16> {
            heads.iter().map(|head| (head.width() as u16).max(CELL[usize::from(apart)]) + 1).collect()
        };
        // Whole names where the rows keep theirs whole beside them, too.
        let (whole, short) = (matrix.who.clone(), short(&matrix.who));
        let short = || short.clone().map(|heads| (heads, true, label));
        let tries = [
            Some((whole.clone(), true, longest)),
            short(),
            Some((whole, false, label)),
            short().map(|(heads, ..)| (heads, false, label)),
        ];
        // Signs stand apart where no name is cut for it.
        let fits = |(heads, apart, label): &(Vec<String>, bool, u16)| {
            let used = widths(heads, *apart).iter().sum::<u16>();
            let names = || shortened(&matrix.whom, longest.min(width.saturating_sub(used)));
            used + label <= width && !(*apart && names().iter().any(|name| name.contains('…')))
        };
        let fitting = tries.into_iter().flatten().find(fits);
        let (heads, apart, label, numbered) = if let Some((heads, apart, label)) = fitting {
            (heads, apart, label, false)
        } else {
            let heads: Vec<String> = (1..=matrix.who.len()).map(|n| n.to_string()).collect();
            let all = widths(&heads, false).iter().sum::<u16>();
            // Rows that cannot be told apart are worse than columns that have to be walked to.
            let label = longest.min(width.saturating_sub(all).max(width / 2)).max(LABEL.min(label));
            (heads, false, label, true)
        };
        let widths = widths(&heads, apart);
        // A column is left for the mark that there are more.
        let whole = widths.iter().sum::<u16>() + label <= width;
        let room = width.saturating_sub(label + u16::from(!whole));
        let within = |first: usize| {
            let mut left = room;
            let fit = widths.iter().skip(first).take_while(|w| {
                let fits = **w <= left;
                left = left.saturating_sub(**w);
                fits
            });
            fit.count().max(1)
        };
        let mut first = before.first.min(chosen);
        while first < chosen && first + within(first) <= chosen {
            first += 1;
        }
        let shown = within(first);
        let used: u16 = widths.iter().skip(first).take(shown).sum();
        // What no column needs is the names'.
        let label = longest.min(width.saturating_sub(used + u16::from(!whole))).max(label);
        let in_sight = matrix.who.iter().enumerate().skip(first).take(if numbered { shown } else { 0 });
        let numbered = in_sight.map(|(at, who)| format!("{} {who}", at + 1)).collect();
        Self { heads, numbered, rows: shortened(&matrix.whom, label), label, apart, widths, first, shown }
    }

    fn seen(&self) -> impl Iterator<Item = usize> {
        self.first..(self.first + self.shown).min(self.heads.len())
    }

    /// The line above the rows.
    pub fn head(&self, matrix: &Matrix, chosen: usize, glyphs: Glyphs, theme: &Theme) -> Line<'static> {
        let corner = match About::of(matrix) {
            About::Connections => glyphs.pick("  to ↓  from →", "  to v  from >"),
            About::Permissions | About::Both => glyphs.pick("  what ↓ who →", "  what v who >"),
        };
        let corner = meter::pad(corner, self.label);
        let corner = text::cut(&corner, usize::from(self.label)).to_owned();
        let mut spans = vec![Span::styled(corner, theme.ink(Tone::Dim))];
        for at in self.seen() {
            let tone = if at == chosen { Tone::Accent } else { Tone::Strong };
            let says = meter::pad(self.heads.get(at).map_or("", |h| h), self.width(at).saturating_sub(1));
            spans.push(Span::styled(glyphs.adapt(&text::safe(&says)), theme.ink(tone)));
            spans.push(Span::raw(" "));
        }
        if self.first + self.shown < self.heads.len() {
            spans.push(Span::styled(glyphs.pick("›", ">"), theme.ink(Tone::Accent)));
        }
        Line::from(spans)
    }

    fn width(&self, at: usize) -> u16 {
        self.widths.get(at).copied().unwrap_or(CELL[0] + 1)
    }

    /// A row; the chosen cell is marked.
    pub fn row(
        &self,
        matrix: &Matrix,
        whom: usize,
        chosen: Option<usize>,
        glyphs: Glyphs,
        theme: &Theme,
    ) -> Line<'static> {
        let bar = if chosen.is_some() { glyphs.pick("▌ ", "> ") } else { "  " };
        let tone = if chosen.is_some() { Tone::Strong } else { Tone::Text };
        let name = glyphs.adapt(self.rows.get(whom).map_or("", |name| name));
        let name = meter::pad(&name, self.label.saturating_sub(2));
        let mut spans = vec![Span::styled(bar, theme.ink(Tone::Accent)), Span::styled(name, theme.ink(tone))];
        for who in self.seen() {
            let asked = matrix.cells.get(&(who, whom)).map_or(&[][..], Vec::as_slice);
            let signs = cell(asked, glyphs);
            let gap = if self.apart { " " } else { "" };
            let mut taken = 0;
            for (index, (says, tone)) in signs.into_iter().enumerate() {
                let says = if index == 0 { says.to_owned() } else { format!("{gap}{says}") };
                let style = theme.ink(tone);
                let style = if chosen == Some(who) { style.patch(theme.tone(Tone::Selected)) } else { style };
                taken += says.width() as u16;
                spans.push(Span::styled(says, style));
            }
            spans.push(Span::raw(" ".repeat(usize::from(self.width(who).saturating_sub(taken)))));
        }
        Line::from(spans)
    }
}

/// What a matrix is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Who reaches whom.
    Connections,
    /// Who may do what.
    Permissions,
    /// Both, in different rows.
    Both,
}

impl About {
    /// What the questions of a matrix are about: those about a connection name a port.
    pub fn of(matrix: &Matrix) -> Self {
        let mut all = matrix.cells.values().flatten().map(|c| c.how.is_empty());
        match all.next() {
            Some(first) if all.any(|other| other != first) => Self::Both,
            Some(false) => Self::Connections,
            _ => Self::Permissions,
        }
    }

    /// What stands above it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Connections => "Who reaches whom",
            Self::Permissions => "Who may do what",
            Self::Both => "Who gets at what",
        }
    }
}

/// The names without what stands before their last slash, where they still differ.
fn short(names: &[String]) -> Option<Vec<String>> {
    let short: Vec<String> =
        names.iter().map(|name| name.rsplit('/').next().unwrap_or(name).to_owned()).collect();
    let differ = short.iter().enumerate().all(|(at, name)| !short.iter().skip(at + 1).any(|n| n == name));
    differ.then_some(short)
}

/// The names of rows for a label of so many columns. Words that say least are left out first, where names differ without
/// them: the API group, `named`, the namespace. What is too long even so loses its middle.
fn shortened(names: &[String], label: u16) -> Vec<String> {
    let room = usize::from(label.saturating_sub(3));
    let mut names: Vec<String> = names.iter().map(|name| text::safe(name)).collect();
    for drop in [without_group, without_named, without_namespace] {
        for at in 0..names.len() {
            let long = names.get(at).filter(|name| name.width() > room);
            if let Some(less) = long.and_then(|name| drop(name)).filter(|less| !names.contains(less))
                && let Some(name) = names.get_mut(at)
            {
                *name = less;
            }
        }
    }
    names.iter().map(|name| text::middle(name, room)).collect()
}

/// `bind roles of rbac.authorization.k8s.io named x` without the group.
fn without_group(name: &str) -> Option<String> {
    let (before, after) = name.split_once(" of ")?;
    Some(after.split_once(' ').map_or_else(|| before.to_owned(), |(_, rest)| format!("{before} {rest}")))
}

/// `get pods named x` as `get pods x`.
fn without_named(name: &str) -> Option<String> {
    name.split_once(" named ").map(|(before, after)| format!("{before} {after}"))
}

/// `get pods in shop` as `get pods`.
fn without_namespace(name: &str) -> Option<String> {
    let (before, namespace) = name.rsplit_once(" in ")?;
    (!namespace.contains(' ')).then(|| before.to_owned())
}

/// What was, what is and what is wanted, each as the sum of the questions.
fn sums(asked: &[Crossing]) -> [Sum; 3] {
    [
        Sum::of(asked.iter().map(Crossing::was)),
        Sum::of(asked.iter().map(Crossing::is)),
        Sum::of(asked.iter().map(|c| c.wanted)),
    ]
}

/// The signs of a cell, each with its tone.
fn cell(asked: &[Crossing], glyphs: Glyphs) -> [(&'static str, Tone); 4] {
    if asked.is_empty() {
        return [(" ", Tone::Dim), (glyphs.pick("·", "."), Tone::Dim), (" ", Tone::Dim), (" ", Tone::Dim)];
    }
    let [before, now, wanted] = sums(asked);
    let (tone, mark) = if asked.iter().all(Crossing::holds) { (Tone::Pass, " ") } else { (Tone::Fail, "!") };
    [
        (before.sign(glyphs), Tone::Dim),
        (now.sign(glyphs), tone),
        (wanted.sign(glyphs), Tone::Dim),
        (mark, tone),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_not_judged_leaves_the_sum_open() {
        use Answer::{Allowed, Denied, Unmodelled};
        assert_eq!(Sum::of([Allowed, Allowed]), Sum::Open);
        assert_eq!(Sum::of([Denied]), Sum::Closed);
        assert_eq!(Sum::of([Allowed, Denied, Allowed]), Sum::Some);
        assert_eq!(Sum::of([Allowed, Unmodelled]), Sum::Unknown);
        assert_eq!(Sum::of([]), Sum::Unknown);
    }

    fn matrix(who: &[&str]) -> Matrix {
        let own = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
        Matrix { who: own(who), whom: own(&["records/archive"]), ..Matrix::default() }
    }

    #[test]
    fn names_are_whole_then_short_then_numbers_and_the_chosen_one_is_seen() {
        let wide = matrix(&["claims/reader", "claims/payouts"]);
        let fit = |m: &Matrix, width, chosen| Columns::fit(m, width, chosen, &Columns::default());
        assert_eq!(fit(&wide, 60, 0).heads, ["claims/reader", "claims/payouts"]);
        let near = fit(&wide, 36, 0);
        assert_eq!((near.heads.join(" ").as_str(), near.apart), ("reader payouts", true));
        assert!(!fit(&wide, 29, 0).apart);
        assert_eq!(fit(&wide, 26, 0).heads, ["1", "2"]);
        // Two of one name keep their namespaces, or get numbers.
        assert_eq!(fit(&matrix(&["a/db", "b/db"]), 23, 0).heads, ["1", "2"]);
        let many: Vec<String> = (0..20).map(|n| format!("namespace/pod-{n}")).collect();
        let many = matrix(&many.iter().map(String::as_str).collect::<Vec<_>>());
        for chosen in 0..20 {
            let fit = fit(&many, 56, chosen);
            assert!(fit.seen().any(|at| at == chosen), "{chosen}");
            assert!(fit.head(&many, chosen, Glyphs::Ascii, &theme()).width() <= 56);
        }
    }

    #[test]
    fn rows_lose_what_says_least_and_then_their_middle() {
        let names = [
            "list secrets in gazette",
            "bind clusterroles of rbac.authorization.k8s.io named cluster-admin in gazette",
            "patch pods/ephemeralcontainers named press-1 in gazette",
            "get nodes/proxy named gazette-node-1 in the whole cluster",
        ]
        .map(str::to_owned);
        assert_eq!(shortened(&names, 90), names);
        let near = shortened(&names, 41);
        assert_eq!(
            near,
            [
                "list secrets in gazette",
                "bind clusterroles cluster-admin",
                "patch pods/ephemeralcontainers press-1",
                "get nodes/proxy gazett… the whole cluster"
            ]
            .map(|name| text::middle(name, 38))
        );
        assert_eq!(shortened(&names, 28)[2], "patch pods/eph…rs press-1");
        // Two that differ in nothing but the namespace keep it.
        let two = ["create pods named a-very-long-one in a", "create pods named a-very-long-one in b"];
        let two = shortened(&two.map(str::to_owned), 30);
        assert!(two[0] != two[1], "{two:?}");
    }

    fn theme() -> Theme {
        Theme::new(
            super::super::super::super::theme::ThemeName::Mono,
            super::super::super::super::theme::Depth::True,
        )
    }
}
