//! The rules that look at one interview question.

use super::material::Talk;
use super::rule::Fault;
use super::words::Said;

/// I01. What is asked is said by the question, its follow-up, the heading that it belongs to and the lesson's title. An
/// open question asks for what its section teaches, in words of its own: two of the section's words do as well.
pub fn not_asked(talk: &Talk) -> Vec<Fault> {
    let interview = &talk.interview;
    let mut asked = Said::read(&interview.question).roots();
    asked.extend(Said::read(&interview.follow_up).roots());
    asked.extend(Said::read(&talk.entry.title).roots());
    asked.extend(talk.taught.iter().flat_map(|t| t.heading.roots()));
    let taught = talk.taught.as_ref().map(|t| t.section.roots()).unwrap_or_default();
    let mut faults = Vec::new();
    for (index, point) in interview.rubric.iter().enumerate() {
        let point = Said::read(point).roots();
        if point.is_disjoint(&asked) && point.intersection(&taught).count() < 2 {
            let detail = format!("point {} shares no word with the question or its follow-up", index + 1);
            let help = "ask for it, or take it out of the rubric";
            faults.push(Fault::new(talk.places.item("rubric", index), detail, help));
        }
    }
    faults
}
