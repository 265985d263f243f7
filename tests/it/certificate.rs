//! Tests at the boundary of `certificate`: every way to tamper with the file, and what must stay accepted.

#![expect(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use proptest::prelude::*;
use sealegs::certificate::{
    Certificate, Draft, Known, KnownCourse, Learner, Level, MAX_BYTES, Outcome, Score, Verification,
    check_name, issue, text, verify,
};
use sealegs::course::{CertificateRule, LessonEntry, Manifest, Status, Track};
use sealegs::ids::{LessonId, TrackId};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A course of twelve lessons: 36 questions, of which 90 % are 33.
fn course() -> Manifest {
    let lesson = |number: u32| LessonEntry {
        id: LessonId::new(&format!("{number:02}-lesson")).unwrap(),
        number,
        title: format!("Lesson {number}"),
        track: TrackId::new("all").unwrap(),
        status: Status::Ready,
        domains: Vec::new(),
        span: sealegs::text::Source::lone("course.toml", "").whole(),
    };
    Manifest {
        id: "sealegs".to_owned(),
        title: "Container and Kubernetes Security".to_owned(),
        edition: "1.0.0".to_owned(),
        certificate: CertificateRule::default(),
        tracks: vec![Track { id: TrackId::new("all").unwrap(), title: "All".to_owned() }],
        domains: Vec::new(),
        briefs: Vec::new(),
        lessons: (1..=12).map(lesson).collect(),
    }
}

fn bank() -> String {
    format!("sha256:{}", "9886e800".repeat(8))
}

fn learner(name: &str) -> Learner {
    Learner { id: "urn:uuid:6b7c3f2e-1c2d-4e5f-8a9b-0c1d2e3f4a5b".to_owned(), name: name.to_owned() }
}

/// 33 of 36 points: exactly what is needed.
fn draft<'a>(course: &'a Manifest, name: &str) -> Draft<'a> {
    let score = |entry: &LessonEntry| Score {
        lesson: entry.id.clone(),
        first: if entry.number.is_multiple_of(2) { 2 } else { 1 },
        best: if entry.number <= 3 { 2 } else { 3 },
        total: 3,
        attempts: 2,
        completed_at: format!("2026-11-{:02}T10:07:00Z", entry.number).parse().unwrap(),
    };
    Draft {
        course,
        content_digest: bank(),
        learner: learner(name),
        issued_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        lessons: course.lessons.iter().map(score).collect(),
        labs_passed: 10,
        labs: 12,
    }
}

fn certificate() -> Certificate {
    issue(draft(&course(), "Zoë Łukasiewicz")).unwrap()
}

fn outcome(bytes: &[u8]) -> Outcome {
    verify(bytes, None).outcome
}

/// The certificate after `change`, its digest left as it was.
fn naive(change: impl FnOnce(&mut Certificate)) -> Certificate {
    let mut certificate = certificate();
    change(&mut certificate);
    certificate
}

fn with_course(bytes: &[u8]) -> Verification {
    let (course, bank) = (course(), bank());
    let known = KnownCourse { manifest: &course, content_digest: &bank };
    verify(bytes, Some(&Known { course: Some(known), stored: &[] }))
}

/// The file's text after a replacement that must have had something to replace.
fn edited(from: &str, to: &str) -> String {
    let text = String::from_utf8(certificate().to_bytes()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

/// The digest of `text`, a certificate, put in the place of the one it names; the recipe for people who have only sed.
fn rehashed(text: &str) -> String {
    let at = text.find(",\"digest\":\"sha256:").unwrap();
    let member: String = text[at..].chars().take(",\"digest\":\"sha256:\"".len() + 64).collect();
    let digest = format!("sha256:{}", sha256sum(text.replacen(&member, "", 1).trim_end_matches('\n')));
    text.replacen(&member, &format!(",\"digest\":\"{digest}\""), 1)
}

fn sha256sum(text: &str) -> String {
    let digits = Sha256::digest(text).into_iter().flat_map(|b| [b >> 4, b & 15]);
    digits.map(|d| char::from_digit(u32::from(d), 16).unwrap()).collect()
}

#[test]
fn what_is_issued_is_valid() {
    let bytes = certificate().to_bytes();
    let found = verify(&bytes, None);
    assert_eq!((found.outcome, found.level), (Outcome::Intact, Level::Integrity), "{}", found.detail);
    assert_eq!(found.certificate, Some(certificate()));
    assert_eq!(with_course(&bytes).outcome, Outcome::Intact);
    assert!(bytes.starts_with(b"{\"course\":{\"contentDigest\":\"sha256:") && bytes.ends_with(b"}\n"));
    assert!(String::from_utf8(bytes).unwrap().contains("Zoë Łukasiewicz"), "letters are not escaped");
}

#[test]
fn the_digest_is_that_of_the_bytes_without_the_member() {
    let certificate = certificate();
    let text = String::from_utf8(certificate.to_bytes()).unwrap();
    let without = text.replacen(&format!(",\"digest\":\"{}\"", certificate.digest), "", 1);
    assert_eq!(certificate.digest, format!("sha256:{}", sha256sum(without.trim_end_matches('\n'))));
    // The same by parsing, as with `jq -cjS 'del(.digest)'` or Python's json.
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value.as_object_mut().unwrap().remove("digest");
    assert_eq!(value.to_string(), without.trim_end_matches('\n'));
    assert_eq!(rehashed(&text), text);
}

#[test]
fn nothing_is_issued_that_would_not_verify() {
    let course = course();
    let refused = |change: &dyn Fn(&mut Draft<'_>), outcome: Outcome, words: &str| {
        let mut draft = draft(&course, "Zoë");
        change(&mut draft);
        let refusal = issue(draft).unwrap_err();
        assert_eq!(refusal.outcome, outcome, "{refusal}");
        assert!(refusal.detail.contains(words), "{refusal}");
    };
    refused(&|d| d.learner.name = "a\u{202e}b".into(), Outcome::Format, "learner.name");
    refused(&|d| d.learner.id = "zoe@example.org".into(), Outcome::Format, "learner.id");
    refused(&|d| d.lessons[11].best = 2, Outcome::Claim, "90 % of 36 points are 33, but 32");
    refused(&|d| _ = d.lessons.pop(), Outcome::Claim, "course.lessons");
    refused(&|d| d.lessons.swap(0, 1), Outcome::Claim, "lessons[0].id");
    refused(&|d| d.lessons[3].attempts = 0, Outcome::Claim, "was not taken");
    refused(&|d| d.issued_at = "2026-11-12T10:06:59Z".parse().unwrap(), Outcome::Claim, "issuedAt");
}

/// Each change to the fields: what it comes to when the digest is left, when it is computed anew, and when the
/// verifier knows the course as well.
#[test]
fn changed_fields() {
    use Outcome::{Claim, Digest, Edition, Format, Intact};
    type Change = fn(&mut Certificate);
    let cases: &[(&str, Change, Outcome, Outcome, Outcome, &str)] = &[
        ("1 name", |c| c.learner.name = "Eve".into(), Digest, Intact, Intact, ""),
        (
            "7 format of no program",
            |c| c.format = "other/0".into(),
            Format,
            Format,
            Format,
            "not a certificate",
        ),
        ("8 score above total", |c| c.lessons[0].best = 4, Digest, Claim, Claim, "4 of 3 points"),
        (
            "8 with totals",
            |c| (c.lessons[0].best, c.totals.best) = (4, 35),
            Digest,
            Claim,
            Claim,
            "4 of 3 points",
        ),
        ("8 total of a lesson", |c| c.lessons[0].total = 4, Digest, Claim, Claim, "total of 01-lesson"),
        ("8 first above best", |c| c.lessons[0].first = 3, Digest, Claim, Claim, "first of 01-lesson"),
        ("8 no attempt", |c| c.lessons[0].attempts = 0, Digest, Claim, Claim, "was not taken"),
        (
            "9 below 90 %",
            |c| (c.lessons[0].best, c.totals.best) = (1, 32),
            Digest,
            Claim,
            Claim,
            "rule.overall",
        ),
        ("9 threshold of lessons", |c| c.rule.each_lesson = 100, Digest, Claim, Claim, "rule.eachLesson"),
        ("9 threshold of labs", |c| c.rule.labs = 100, Digest, Claim, Claim, "rule.labs"),
        ("9 more than all", |c| c.rule.overall = 101, Digest, Claim, Claim, "more than all"),
        ("10 rule lowered", |c| c.rule.overall = 50, Digest, Intact, Claim, "asks for 90"),
        ("11 lesson left out", |c| _ = c.lessons.pop(), Digest, Claim, Claim, "course.lessons"),
        (
            "12 lesson doubled",
            |c| c.lessons[1] = c.lessons[0].clone(),
            Digest,
            Claim,
            Claim,
            "01-lesson stands twice",
        ),
        ("12 lessons swapped", |c| c.lessons.swap(0, 2), Digest, Intact, Claim, "lessons[0].id"),
        ("12 other lesson", |c| c.lessons[0].id = "99-easy".into(), Digest, Intact, Claim, "99-easy"),
        ("13 best", |c| c.totals.best = 36, Digest, Claim, Claim, "totals.best: says 36"),
        ("13 first", |c| c.totals.first = 36, Digest, Claim, Claim, "totals.first"),
        ("13 questions", |c| c.totals.questions = 33, Digest, Claim, Claim, "totals.questions"),
        ("13 labs", |c| c.totals.labs_passed = 13, Digest, Claim, Claim, "totals.labsPassed"),
        ("14 course shrunk", shrink, Digest, Intact, Claim, "11 of the 12 lessons"),
        ("14 questions shrunk", |c| c.course.questions = 33, Digest, Claim, Claim, "course.questions"),
        ("14 no lessons", |c| c.lessons.clear(), Digest, Claim, Claim, "lessons: there is none"),
        ("15 too early", |c| c.issued_at = "2026-11-05T00:00:00Z".into(), Digest, Claim, Claim, "issuedAt"),
        (
            "15 no such day",
            |c| c.issued_at = "2026-02-30T00:00:00Z".into(),
            Format,
            Format,
            Format,
            "issuedAt",
        ),
        (
            "15 other zone",
            |c| c.issued_at = "2026-11-21T12:00:00+00:00".into(),
            Format,
            Format,
            Format,
            "issuedAt",
        ),
        ("33 other edition", |c| c.course.edition = "2.0.0".into(), Digest, Intact, Edition, "edition 2.0.0"),
        ("33 other course", |c| c.course.id = "other".into(), Digest, Intact, Edition, "of other"),
        (
            "33 other title",
            |c| c.course.title = "Rocket Science".into(),
            Digest,
            Intact,
            Claim,
            "course.title",
        ),
        (
            "33 other questions",
            |c| c.course.content_digest = format!("sha256:{}", "0".repeat(64)),
            Digest,
            Intact,
            Claim,
            "course.contentDigest",
        ),
        (
            "33 no digest",
            |c| c.course.content_digest = "sha256:0".into(),
            Format,
            Format,
            Format,
            "contentDigest",
        ),
        (
            "learner",
            |c| c.learner.id = "urn:uuid:6B7C3F2E-1C2D-4E5F-8A9B-0C1D2E3F4A5B".into(),
            Format,
            Format,
            Format,
            "learner.id",
        ),
        ("44 bidi override", |c| c.learner.name = "a\u{202e}b".into(), Format, Format, Format, "U+202E"),
        ("44 zero width", |c| c.learner.name = "a\u{200b}b".into(), Format, Format, Format, "U+200B"),
        ("44 homoglyph", |c| c.learner.name = "Zоё".into(), Digest, Intact, Intact, ""),
        ("too long a name", |c| c.learner.name = "a".repeat(101), Format, Format, Format, "101"),
    ];
    for (name, change, plain, sealed, knowing, words) in cases {
        let changed = naive(change);
        let found = verify(&changed.to_bytes(), None);
        assert_eq!(found.outcome, *plain, "{name}: {}", found.detail);
        assert_eq!(found.level, Level::None, "{name}");
        if *sealed == Claim || *sealed == Format {
            assert!(
                found.detail.contains(words),
                "{name}: an untrue claim is named in any case: {}",
                found.detail
            );
        }
        let sealed_bytes = changed.sealed().to_bytes();
        let found = verify(&sealed_bytes, None);
        assert_eq!(found.outcome, *sealed, "{name}, re-hashed: {}", found.detail);
        let found = with_course(&sealed_bytes);
        assert_eq!(found.outcome, *knowing, "{name}, re-hashed, with the course: {}", found.detail);
        assert!(found.detail.contains(words), "{name}: {}", found.detail);
    }
}

/// Takes the last lesson out and makes all else agree.
fn shrink(c: &mut Certificate) {
    let lesson = c.lessons.pop().unwrap();
    (c.course.lessons, c.course.questions) = (11, 33);
    (c.totals.questions, c.totals.best, c.totals.first) =
        (33, c.totals.best - lesson.best, c.totals.first - lesson.first);
}

#[test]
fn changed_digests() {
    let digest = certificate().digest;
    let hex = digest.strip_prefix("sha256:").unwrap();
    for (name, other) in [
        ("2 changed", format!("sha256:{}", "0".repeat(64))),
        ("3 upper case", format!("sha256:{}", hex.to_uppercase())),
        ("4 other algorithm", format!("sha512:{hex}")),
        ("4 no algorithm", hex.to_owned()),
        ("empty", String::new()),
    ] {
        assert_eq!(outcome(&naive(|c| c.digest = other).to_bytes()), Outcome::Digest, "{name}");
    }
}

/// Changes that only the bytes show.
#[test]
fn changed_bytes() {
    use Outcome::{Canon, Digest, Format, Version};
    let text = String::from_utf8(certificate().to_bytes()).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let bytes = |text: &str| text.as_bytes().to_vec();
    let nested = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let name = "\"name\":\"Zoë Łukasiewicz\"";
    let swapped = {
        let (a, b) = ("\"lessons\":12", "\"questions\":36");
        edited(a, "@").replacen(b, a, 1).replacen('@', b, 1)
    };
    let latin: Vec<u8> = {
        let at = text.find('ë').unwrap();
        [&text.as_bytes()[..at], b"\xeb", &text.as_bytes()[at + 2..]].concat()
    };
    let cases: Vec<(&str, Vec<u8>, Outcome)> = vec![
        (
            "5 member added",
            bytes(&rehashed(&edited("\"learner\":{", "\"learner\":{\"email\":\"a\","))),
            Format,
        ),
        ("5 at the top", bytes(&rehashed(&edited("\"totals\":", "\"signed\":true,\"totals\":"))), Canon),
        ("5 at the top, sorted", bytes(&rehashed(&edited("\"tool\":", "\"signed\":true,\"tool\":"))), Format),
        ("6 member removed", bytes(&rehashed(&edited("\"attempts\":2,", ""))), Format),
        (
            "6 digest removed",
            bytes(&edited(&format!(",\"digest\":\"{}\"", certificate().digest), "")),
            Format,
        ),
        ("6 format removed", bytes(&edited("\"format\":\"sealegs-certificate/0\",", "")), Format),
        (
            "7 version raised",
            bytes(&rehashed(&edited("sealegs-certificate/0", "sealegs-certificate/1"))),
            Version,
        ),
        ("7 no number", bytes(&rehashed(&edited("sealegs-certificate/0", "sealegs-certificate/x"))), Format),
        ("34 pretty", bytes(&(serde_json::to_string_pretty(&value).unwrap() + "\n")), Canon),
        ("34 one blank", bytes(&edited("\"lessons\":12", "\"lessons\": 12")), Canon),
        ("35 members re-ordered", bytes(&swapped), Canon),
        ("36 escaped letter", bytes(&edited("ë", "\\u00eb")), Canon),
        ("36 escaped slash", bytes(&edited("sealegs-certificate/0", "sealegs-certificate\\/0")), Canon),
        ("37 CR LF", bytes(&text.replace('\n', "\r\n")), Canon),
        ("38 byte order mark", bytes(&format!("\u{feff}{text}")), Format),
        ("39 doubled, first", bytes(&edited(name, &format!("\"name\":\"Eve\",{name}"))), Format),
        ("39 doubled, last", bytes(&edited(name, &format!("{name},\"name\":\"Eve\""))), Format),
        ("40 fraction", bytes(&edited("\"lessons\":12", "\"lessons\":12.0")), Format),
        ("40 exponent", bytes(&edited("\"lessons\":12", "\"lessons\":12e0")), Format),
        ("40 minus zero", bytes(&edited("\"eachLesson\":0", "\"eachLesson\":-0")), Format),
        ("40 above 2^53", bytes(&edited("\"lessons\":12", "\"lessons\":9007199254740992")), Format),
        ("40 above 2^32", bytes(&edited("\"lessons\":12", "\"lessons\":4294967296")), Format),
        ("40 above 2^64", bytes(&edited("\"lessons\":12", "\"lessons\":99999999999999999999")), Format),
        ("40 NaN", bytes(&edited("\"lessons\":12", "\"lessons\":NaN")), Format),
        ("40 leading zero", bytes(&edited("\"lessons\":12", "\"lessons\":012")), Format),
        ("40 null", bytes(&rehashed(&edited("\"lessons\":12", "\"lessons\":null"))), Format),
        ("40 text for number", bytes(&rehashed(&edited("\"lessons\":12", "\"lessons\":\"12\""))), Format),
        ("41 Latin-1", latin, Format),
        ("42 lone surrogate", bytes(&edited("Zoë", "\\ud800")), Format),
        ("43 NUL", bytes(&edited("Zoë", "\\u0000")), Format),
        ("43 ESC", bytes(&edited("Zoë", "\\u001b[2J")), Format),
        ("43 raw ESC", bytes(&edited("Zoë", "\u{1b}[2J")), Format),
        ("43 DEL", bytes(&edited("Zoë", "\u{7f}")), Format),
        ("43 line feed", bytes(&rehashed(&edited("Zoë", "Z\\noë"))), Format),
        ("45 nested", bytes(&nested), Format),
        ("46 without its line feed", bytes(text.trim_end()), Canon),
        ("47 empty", Vec::new(), Format),
        ("47 blank", bytes("\n"), Format),
        ("48 trailing blank", bytes(&(text.clone() + "\n")), Canon),
        ("48 trailing text", bytes(&(text.clone() + "x")), Format),
        ("48 twice", bytes(&text.repeat(2)), Format),
        ("too large", vec![b' '; MAX_BYTES + 1], Format),
        ("no object", bytes("[]\n"), Format),
        ("number in words", bytes(&edited("\"attempts\":2", "\"attempts\":1")), Digest),
    ];
    for (name, bytes, wanted) in cases {
        let found = verify(&bytes, None);
        assert_eq!(found.outcome, wanted, "{name}: {}", found.detail);
        assert!(!found.detail.is_empty() && found.level == Level::None, "{name}");
        assert!(found.text().ends_with("this does not show who answered.\n"), "{name}");
    }
}

#[test]
fn every_shortening_is_refused() {
    let bytes = certificate().to_bytes();
    for end in 0..bytes.len() {
        assert_ne!(outcome(&bytes[..end]), Outcome::Intact, "the first {end} bytes");
    }
}

#[test]
fn every_single_bit_flip_is_refused() {
    let bytes = certificate().to_bytes();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            assert_ne!(outcome(&flipped), Outcome::Intact, "bit {bit} of byte {at}");
        }
    }
}

/// What a digest alone cannot show. This is how it must be, and every output says so.
#[test]
fn a_changed_name_with_a_new_digest_stays_accepted() {
    let text = rehashed(&edited("Zoë Łukasiewicz", "Eve Mallory"));
    let found = verify(text.as_bytes(), None);
    assert_eq!(found.outcome, Outcome::Intact);
    assert!(found.text().contains("Eve Mallory"));
    assert!(found.text().contains("Not signed: this does not show who answered."));
}

#[test]
fn the_learners_own_store_names_what_was_changed() {
    let course = course();
    let older = issue(Draft { labs_passed: 3, ..draft(&course, "Zoë Łukasiewicz") }).unwrap();
    let stored = [older, certificate()];
    let known = Known { course: None, stored: &stored };
    let detail = |bytes: &[u8]| verify(bytes, Some(&known)).detail;
    let renamed = naive(|c| c.learner.name = "Eve".into());
    assert!(detail(&renamed.to_bytes()).contains("differs from your own certificate is learner.name"));
    let attempts = naive(|c| c.lessons[4].attempts = 1);
    assert!(detail(&attempts.to_bytes()).contains("lessons[4].attempts"));
    let sealed = verify(&renamed.sealed().to_bytes(), Some(&known));
    assert_eq!(sealed.outcome, Outcome::Intact, "the digest holds, whatever the store says");
    assert!(sealed.detail.contains("learner.name differs"), "{}", sealed.detail);
    assert!(!detail(&certificate().to_bytes()).contains("differs"));
}

#[test]
fn a_reformatted_file_is_told_from_a_changed_one() {
    let pretty = |c: &Certificate| serde_json::to_string_pretty(&serde_json::to_value(c).unwrap()).unwrap();
    let found = verify(pretty(&certificate()).as_bytes(), None);
    assert!(
        found.detail.contains("re-formatted") && found.detail.contains("its digest holds"),
        "{}",
        found.detail
    );
    let found = verify(pretty(&naive(|c| c.learner.name = "Eve".into())).as_bytes(), None);
    assert!(found.detail.contains("does not hold either"), "{}", found.detail);
}

#[test]
fn outcomes_have_stable_words_and_exit_codes() {
    use Outcome::{Canon, Claim, Digest, Edition, Format, Intact, Version};
    let all = [Intact, Format, Canon, Digest, Claim, Version, Edition];
    assert_eq!(
        all.map(|o| (o.word(), o.exit_code())),
        [
            ("OK_INTEGRITY", 0),
            ("E_FORMAT", 1),
            ("E_CANON", 1),
            ("E_DIGEST", 1),
            ("E_CLAIM", 1),
            ("E_VERSION", 3),
            ("E_EDITION", 3)
        ]
    );
    let json = serde_json::to_value(verify(&certificate().to_bytes(), None)).unwrap();
    assert_eq!(json["outcome"], "OK_INTEGRITY");
    assert_eq!(json["level"], "integrity");
    assert_eq!(json.as_object().unwrap().len(), 3);
}

#[test]
fn people_read_what_it_proves_and_what_it_does_not() {
    let shown = text(&certificate());
    let digest = certificate().digest;
    for words in [
        "Container and Kubernetes Security\n",
        "Name     Zoë Łukasiewicz\n",
        "Course   sealegs, edition 1.0.0, 12 lessons, 36 questions\n",
        "Rule     every quiz taken, at least 90 % of all points\n",
        "Result   33 of 36 points (91 %), 18 of them at the first try\n",
        "Labs     10 of 12 passed\n",
        "Lesson     First  Best  Of  Attempts  Completed\n",
        "01-lesson      1     2   3         2  2026-11-01T10:07:00Z\n",
        &format!("  {} {} ", &digest[7..15], &digest[15..23]),
        "What it proves: ",
        "What it does not prove: ",
    ] {
        assert!(shown.contains(words), "{words:?} is missing from\n{shown}");
    }
    assert_eq!(
        shown.lines().last(),
        Some("Intact. Not re-graded. Not signed: this does not show who answered.")
    );
    assert!(!shown.to_lowercase().contains("certified"), "nobody certifies this");
    let changed = text(&naive(|c| c.learner.name = "Eve".into()));
    assert_eq!(
        changed.lines().last(),
        Some("Not shown to be intact. Not re-graded. Not signed: this does not show who answered.")
    );
}

#[test]
fn nothing_in_a_file_can_steer_the_terminal() {
    // A title may be any text of the profile; what would show as something else is made visible.
    let sealed = naive(|c| c.course.title = "a\u{202e}b\tc\nd".into()).sealed();
    let shown = verify(&sealed.to_bytes(), None).text();
    assert!(!shown.contains('\u{202e}') && shown.contains("a\u{fffd}b"), "{shown}");
    let refused = verify(edited("\"lessons\":12", "\"\\u001b[2J\":1,\"lessons\":12").as_bytes(), None).text();
    assert!(!refused.contains('\u{1b}'), "{refused:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_certificate_round_trips(
        name in "[\\p{L}][\\p{L} '’-]{0,30}[\\p{L}]"
            .prop_filter("some letters are invisible", |name| check_name(name).is_ok()),
        scores in proptest::collection::vec((0u32..=3, 0u32..=3, 1u32..50), 12),
        edition in "[0-9]{1,3}\\.[0-9]{1,3}",
        seconds in 0i64..200_000_000_000,
    ) {
        // Some letters leave no mark, the Hangul fillers for one: they may not stand in a name.
        prop_assume!(check_name(&name).is_ok());
        let mut course = course();
        course.edition = edition;
        course.certificate.overall = 0;
        let mut draft = draft(&course, &name);
        for (score, (a, b, attempts)) in draft.lessons.iter_mut().zip(scores) {
            (score.first, score.best, score.attempts) = (a.min(b), a.max(b), attempts);
            score.completed_at = jiff::Timestamp::from_second(seconds).unwrap();
        }
        draft.issued_at = jiff::Timestamp::from_second(seconds).unwrap();
        let issued = issue(draft).unwrap();
        let bytes = issued.to_bytes();
        let found = verify(&bytes, None);
        prop_assert_eq!(found.outcome, Outcome::Intact, "{}", found.detail);
        prop_assert_eq!(found.certificate.as_ref(), Some(&issued));
        prop_assert_eq!(found.certificate.unwrap().to_bytes(), bytes);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..2000) {
        let found = verify(&bytes, None);
        prop_assert_ne!(found.outcome, Outcome::Intact);
        found.text();
        // The same bytes put over a good file.
        let mut file = certificate().to_bytes();
        let at = at.min(file.len());
        let end = (at + bytes.len()).min(file.len());
        if file[at..end] != bytes[..end - at] {
            file[at..end].copy_from_slice(&bytes[..end - at]);
            prop_assert_ne!(outcome(&file), Outcome::Intact);
        }
    }
}
