//! What the box of reasons says of a step, of a step before and after, and of a pair of the matrix.

use crate::course::StepKind;
use crate::grade::{Status, StepResult};
use crate::ids::LabId;
use crate::render::Glyphs;
use crate::session::Crossing;
use crate::sim::{Answer, Reason, Verdict};
use crate::text::{Sources, clean};

use super::super::super::theme::Tone;
use super::chain::{Part, reasons};
use super::steps::mark;

/// What turns a reason's span into a place.
#[derive(Clone, Copy)]
pub struct Ground<'g> {
    /// The texts that were read.
    pub sources: &'g Sources,
    /// The lab whose files they are.
    pub lab: &'g LabId,
    /// Which characters may be drawn.
    pub glyphs: Glyphs,
}

impl Ground<'_> {
    fn reasons(&self, because: &[crate::sim::Reason]) -> Vec<Part> {
        reasons(because, self.sources, self.lab).collect()
    }

    fn why(&self, head: &'static str) -> [Part; 2] {
        let legend = self.glyphs.pick("◆ decides", "* decides");
        [Part::Gap, Part::Mark(format!("{head}   {legend}"), Tone::Title)]
    }
}

/// FOUND, WANTED and WHY of a step.
pub fn step(step: &StepResult, ground: Ground<'_>) -> Vec<Part> {
    let mut parts = opening(step, ground);
    parts.push(Part::Gap);
    parts.push(Part::Fact("FOUND", step.found.clone()));
    parts.push(Part::Fact("WANTED", answer(&step.found, &step.wanted).to_owned()));
    if !step.why.is_empty() {
        parts.extend(ground.why("WHY"));
        parts.extend(ground.reasons(&step.why));
    }
    parts.extend(seen(step.evidence.as_deref()));
    parts
}

/// What is wanted, without the question where what was found says it already.
fn answer<'w>(found: &str, wanted: &'w str) -> &'w str {
    match wanted.rsplit_once(" is ") {
        Some((question, answer))
            if found.strip_prefix(question).is_some_and(|rest| rest.starts_with(" is ")) =>
        {
            answer
        }
        _ => wanted,
    }
}

/// The same of a step as it is now, and below it how it was when the lab began.
pub fn before_and_after(before: &StepResult, after: &StepResult, ground: Ground<'_>) -> Vec<Part> {
    let mut parts = step(after, ground);
    let texts = |step: &StepResult| step.why.iter().map(|reason| reason.text.clone()).collect::<Vec<_>>();
    if before.found == after.found && texts(before) == texts(after) {
        parts.extend([Part::Gap, Part::Mark("It was so when the lab began.".to_owned(), Tone::Dim)]);
        return parts;
    }
    parts.extend([Part::Gap, Part::Head("WHEN THE LAB BEGAN"), Part::Text(before.found.clone(), Tone::Text)]);
    parts.extend(ground.reasons(&before.why));
    parts
}

fn opening(step: &StepResult, ground: Ground<'_>) -> Vec<Part> {
    let (sign, tone) = mark(Some(step.status), ground.glyphs);
    let points = if step.max > 0 { format!(", {}/{} points", step.points, step.max) } else { String::new() };
    let mut parts = vec![Part::Mark(format!("{sign} {}{points}", word(step)), tone)];
    parts.push(Part::Text(step.says.clone(), Tone::Text));
    if let Some(technique) = &step.technique {
        parts.push(Part::Mark(format!("ATT&CK {}", clean::line(technique, 4)), Tone::Dim));
    }
    parts
}

fn seen(evidence: Option<&str>) -> Vec<Part> {
    let Some(line) = evidence else { return Vec::new() };
    vec![Part::Gap, Part::Head("WHAT AN OPERATOR SEES"), Part::Mark(line.to_owned(), Tone::Dim)]
}

/// Every question about a pair: those first whose answer is not the wanted one; what differs in nothing but the port is
/// told once.
pub fn pair(crossings: &[Crossing], ground: Ground<'_>) -> Vec<Part> {
    // What is left of the reasons without the port.
    let because = |c: &Crossing, verdict: &Option<Verdict>| verdict.as_ref().map(|v| of_ports(v, &c.how, ""));
    let mut parts = Vec::new();
    for group in grouped(crossings, |c| (because(c, &c.before), because(c, &c.after))) {
        let Some(first) = group.first() else { continue };
        let all = ports(group.iter().map(|c| c.how.as_str()));
        let told = |verdict: &Option<Verdict>, none: &str| match verdict {
            Some(verdict) => ground.reasons(&of_ports(verdict, &first.how, &all)),
            None => vec![Part::Text(none.to_owned(), Tone::Dim)],
        };
        if !parts.is_empty() {
            parts.push(Part::Gap);
        }
        let status = if first.holds() { Status::Passed } else { Status::Failed };
        let (sign, tone) = mark(Some(status), ground.glyphs);
        parts.push(Part::Mark(format!("{sign} {}", sentence(&group)), tone));
        let none = "your files were not judged: the API server has to take them first";
        parts.extend(told(&first.after, none));
        if first.was() != first.is() {
            parts.push(Part::Mark("when the lab began:".to_owned(), Tone::Dim));
            parts.extend(told(&first.before, "the API server refuses the starter"));
        }
    }
    parts
}

/// The questions in groups of the same answers and the same `mark`; what is not as wanted comes first.
pub fn grouped<M: PartialEq>(crossings: &[Crossing], mark: impl Fn(&Crossing) -> M) -> Vec<Vec<&Crossing>> {
    let mut groups: Vec<Vec<&Crossing>> = Vec::new();
    for crossing in crossings {
        let like = |other: &Crossing| {
            let answers = |c: &Crossing| (c.was(), c.is(), c.wanted);
            answers(other) == answers(crossing) && mark(other) == mark(crossing)
        };
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| like(first))) {
            Some(group) => group.push(crossing),
            None => groups.push(vec![crossing]),
        }
    }
    groups.sort_by_key(|group| group.first().is_none_or(|c| c.holds()));
    groups
}

/// What was before, what is now and what is wanted, in words.
pub fn sentence(group: &[&Crossing]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let ports = ports(group.iter().map(|c| c.how.as_str()));
    let how = if ports.is_empty() { ports } else { format!("{ports}: ") };
    let (was, is, wanted) = (first.was().word(), first.is().word(), first.wanted.word());
    format!("{how}before {was}, now {is}, wanted {wanted}")
}

/// The reasons of a verdict, with other ports in place of the one that it is about. What is allowed names the ports of
/// the rule that allows it.
fn of_ports(verdict: &Verdict, port: &str, others: &str) -> Vec<Reason> {
    if verdict.answer != Answer::Denied {
        return verdict.because.clone();
    }
    let swap = |reason: &Reason| {
        let mut text = String::new();
        let mut rest = 0;
        // 80/TCP is no part of 8080/TCP.
        let is_own =
            |at: usize| !reason.text.get(..at).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit()));
        for (at, found) in reason.text.match_indices(port).filter(|(at, f)| !f.is_empty() && is_own(*at)) {
            text.push_str(reason.text.get(rest..at).unwrap_or_default());
            text.push_str(others);
            rest = at + found.len();
        }
        text.push_str(reason.text.get(rest..).unwrap_or_default());
        Reason { text, ..reason.clone() }
    };
    verdict.because.iter().map(swap).collect()
}

/// Ports by their protocol: `80, 443/TCP, 53/UDP`, or `53/UDP and TCP`.
fn ports<'h>(hows: impl Iterator<Item = &'h str>) -> String {
    let mut by: Vec<(&str, Vec<&str>)> = Vec::new();
    for (port, protocol) in hows.filter_map(|how| how.split_once('/')) {
        match by.iter_mut().find(|(known, _)| *known == protocol) {
            Some((_, ports)) if ports.contains(&port) => {}
            Some((_, ports)) => ports.push(port),
            None => by.push((protocol, vec![port])),
        }
    }
    let mut all: Vec<(String, Vec<&str>)> = Vec::new();
    for (protocol, ports) in by {
        match all.iter_mut().find(|(_, known)| *known == ports) {
            Some((protocols, _)) => *protocols += &format!(" and {protocol}"),
            None => all.push((protocol.to_owned(), ports)),
        }
    }
    let all: Vec<String> =
        all.iter().map(|(protocols, ports)| format!("{}/{protocols}", ports.join(", "))).collect();
    all.join(", ")
}

/// What came of a step, in the words of its kind.
fn word(step: &StepResult) -> &'static str {
    match (step.kind, step.status) {
        (_, Status::NotJudged) => "NOT JUDGED",
        (StepKind::Attack, Status::Passed) => "PASSED: THE ATTACK FAILS",
        (StepKind::Attack, Status::Failed) => "FAILED: THE ATTACK WORKS",
        (StepKind::Duty, Status::Passed) => "PASSED: IT WORKS",
        (StepKind::Duty, Status::Failed) => "FAILED: IT DOES NOT WORK",
        (_, Status::Passed) => "PASSED",
        (_, Status::Failed) => "FAILED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StepId;

    fn crossing(how: &str, now: Verdict) -> Crossing {
        let step = StepId::new("a-step").unwrap();
        let before = Some(Verdict::allowed(Reason::fact("nothing selects it")));
        Crossing { how: how.to_owned(), step, wanted: Answer::Denied, before, after: Some(now) }
    }

    #[test]
    fn what_differs_in_the_port_alone_is_told_once_with_all_of_them() {
        let shut = |port| {
            let why = Verdict::denied(Reason::fact(format!("no rule lets it in on {port}")));
            why.and(Reason::fact("the rule means it, but only on 8080/TCP"))
        };
        let all = ["80/TCP", "22/TCP", "80/UDP", "22/UDP"].map(|how| crossing(how, shut(how)));
        let (sources, lab) = (Sources::new(), LabId::new("16-net").unwrap());
        let parts = pair(&all, Ground { sources: &sources, lab: &lab, glyphs: Glyphs::Ascii });
        let told =
            parts.iter().filter_map(|p| if let Part::Reason(t) = p { Some(t.says.as_str()) } else { None });
        let expected = [
            "no rule lets it in on 80, 22/TCP and UDP",
            "the rule means it, but only on 8080/TCP",
            "nothing selects it",
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_wrong_comes_first_and_what_is_alike_is_told_once() {
        let open = || Verdict::allowed(Reason::fact("nothing selects it"));
        let shut = |port| Verdict::denied(Reason::fact(format!("no rule for {port}")));
        let all = [
            crossing("80/TCP", shut(80)),
            crossing("22/TCP", open()),
            crossing("53/UDP", open()),
            crossing("53/TCP", open()),
        ];
        let groups = grouped(&all, |_| ());
        let says: Vec<String> = groups.iter().map(|g| sentence(g)).collect();
        assert_eq!(
            says,
            [
                "22, 53/TCP, 53/UDP: before allowed, now allowed, wanted denied",
                "80/TCP: before allowed, now denied, wanted denied"
            ]
        );
        let (sources, lab) = (Sources::new(), LabId::new("16-net").unwrap());
        let ground = Ground { sources: &sources, lab: &lab, glyphs: Glyphs::Ascii };
        let reasons = |parts: &[Part]| {
            let told = parts.iter().filter_map(|p| if let Part::Reason(t) = p { Some(t) } else { None });
            told.map(|t| (t.says.clone(), t.decides)).collect::<Vec<_>>()
        };
        let parts = pair(&all, ground);
        let told = reasons(&parts);
        assert_eq!(told[0], ("nothing selects it".to_owned(), true));
        assert_eq!(told[1], ("no rule for 80".to_owned(), true));
        // What was before is told where it was another answer.
        assert_eq!(told.len(), 3);
        assert!(parts.contains(&Part::Mark("when the lab began:".to_owned(), Tone::Dim)));
    }
}
