//! The attack view of a lab, and the chain of reasons: walked with the keyboard, read without colours.

use super::*;

/// The built-in course at one of its labs, with the files of a solution or a near miss laid over the starter.
fn at_lab(id: &str, over: Option<&str>, size: (u16, u16), name: ThemeName, glyphs: Glyphs) -> Pilot {
    let desk = Desk::new();
    let home = Home::at(desk.directory.path().join("home"));
    let clock = Arc::new(FixedClock("2026-11-22T12:00:00Z".parse().unwrap()));
    let mut session = Session::open(Course::open(Origin::Embedded).unwrap(), home, clock).unwrap();
    let lab = LabId::new(id).unwrap();
    let folder = session.lab_start(&lab).unwrap();
    if let Some(over) = over {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("labs").join(id).join(over), &folder);
    }
    let options = Options { start: Some(Route::Lab(lab)), ..options(name, glyphs) };
    let mut app = App::new(session, &options, size);
    assert_eq!(app.handle(Event::Tick), Step::Draw);
    let mut pilot = Pilot { app, size, asked: Vec::new(), desk };
    pilot.painted();
    pilot
}

fn dark(id: &str, over: Option<&str>, size: (u16, u16)) -> Pilot {
    at_lab(id, over, size, ThemeName::Dark, Glyphs::Unicode)
}

#[test]
fn who_reaches_whom_at_four_sizes() {
    for size in SIZES {
        let mut pilot = dark("16-network-policies", Some("near-misses/any-namespace"), size);
        pilot.keys("a").painted();
        insta::assert_snapshot!(format!("attacks_{}", size.0), pilot.screen());
        pilot.keys("<enter>").painted();
        insta::assert_snapshot!(format!("reasons_{}", size.0), pilot.screen());
    }
}

#[test]
fn who_may_do_what_at_two_sizes() {
    for size in [(60, 20), (120, 40)] {
        let mut pilot = dark("14-kubernetes-rbac", Some("near-misses/may-bind"), size);
        pilot.keys("a").painted();
        insta::assert_snapshot!(format!("permissions_{}", size.0), pilot.screen());
    }
}

#[test]
fn a_cell_is_walked_to_and_its_reason_opens_the_line_in_the_file() {
    let mut pilot = dark("16-network-policies", Some("near-misses/any-namespace"), (80, 24));
    // The first cell that is not as wanted is the chosen one.
    pilot.keys("a").shows("sandbox/not-fares → ferry/db").shows("now allowed, wanted denied");
    pilot
        .keys("<enter>")
        .shows("▌◆ ")
        .keys("<down>")
        .shows("▌· ingress[")
        .shows("policies.yaml:")
        .keys("<enter>");
    // The learner's file, at the line, with the reason below it.
    pilot
        .shows("Files   policies.yaml*")
        .shows("▸")
        .shows("◆ ingress[")
        .hides("read only")
        .hides("now allowed");
    // Esc goes back to where one was, step by step.
    pilot.keys("<esc>").shows("▌· ingress[").keys("<esc>").shows("sandbox/not-fares → ferry/db");
    // From question to question: cells that nobody asks about are passed over.
    pilot.keys("h").shows("promo/quiz → ferry/db").keys("<down>l").shows("sandbox/not-fares → ferry/reports");
    pilot.keys("G").shows("→ 203.0.113.53").keys("h").shows("→ 203.0.113.53");
    pilot.hides("no step asks this");
    pilot.keys("<esc>").shows("Brief").shows("Not graded yet");
    assert_eq!(pilot.app.names(), ["home", "lab"]);
}

#[test]
fn a_policy_for_the_other_direction_alone_is_named() {
    let mut pilot = dark("16-network-policies", Some("near-misses/ingress-only"), (120, 40));
    pilot
        .keys("a<enter>")
        .shows("for egress, so everything may go out")
        .shows("for ingress alone, not for egress");
    pilot.keys("G").shows("policies.yaml:");
}

#[test]
fn files_of_the_world_and_of_the_start_are_shown_read_only() {
    let mut pilot = dark("16-network-policies", Some("solutions/reference"), (120, 40));
    pilot.keys("a").shows("557 of 557 answers as wanted, 84 before");
    // What closes the pair now stands in the learner's file, what opened it before in the world.
    pilot.keys("<enter>").shows("before allowed, now denied, wanted denied").shows("when the lab began:");
    pilot
        .keys("G<enter>")
        .shows("starter/policies.yaml")
        .shows("selects none of the pods")
        .shows("read only");
    pilot.keys("N").shows("world/cluster.yaml").shows("read only").shows("n next reason");
    pilot.keys("N").shows("▸").keys(&"N".repeat(40)).shows("this is the first reason");
    pilot.shows("policies.yaml").keys("n").hides("the first reason").keys("<esc><esc><esc>").shows("Brief");
    // A reason of the starter's own policy opens the starter's file.
    let mut pilot = dark("31-egress-control", Some("solutions/reference"), (120, 40));
    pilot.keys("a<enter>G<enter>").shows("starter/claims.yaml").shows("read only");
    pilot.keys("?").keys("<esc>").shows("starter/claims.yaml").keys("<esc><esc><esc>").hides("starter/");
}

#[test]
fn an_editor_opens_at_the_reason_and_the_view_is_renewed() {
    let mut pilot = dark("16-network-policies", Some("near-misses/any-namespace"), (80, 24));
    pilot.keys("a<enter><down>e");
    let Some(Step::Edit(path, line)) = pilot.asked.pop() else { panic!("{:?}", pilot.asked) };
    assert!(path.ends_with("16-network-policies/policies.yaml") && line > 1, "{path:?}:{line}");
    fs::write(&path, "kind: [\n").unwrap();
    pilot.app.edited(Ok(()));
    pilot.shows("Your files are not taken as they are").shows("?");
    pilot.keys("<tab>").shows("accepted: The API server takes each object").shows("refused");
    let reference = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("labs/16-network-policies/solutions/reference/policies.yaml");
    fs::copy(reference, &path).unwrap();
    pilot.app.edited(Ok(()));
    pilot.shows("10 of 10 steps as wanted").keys("<backtab>").shows("557 of 557 answers as wanted");
}

#[test]
fn a_lab_without_pairs_has_its_attacks_and_duties_in_lines() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("4<enter>a").shows("Attacks and duties").hides("Who reaches whom").hides("other table");
    pilot.shows("works   works   fails   attack: Takes over the web server").shows("2 of 3 steps as wanted");
    pilot.keys("<enter>").shows("FAILED: THE ATTACK WORKS, 0/2 points").shows("It was so when the lab began");
    pilot.keys("l").shows("Root by default").keys("<esc>").shows("FAILED").keys("<esc><esc>").shows("Brief");
    fs::write(pilot.desk.lab(), pilot.desk.proof("solutions/reference/pod.yaml")).unwrap();
    pilot
        .keys("a")
        .shows("works   fails   fails   attack: Takes over")
        .shows("3 of 3 steps as wanted, 2 before");
    pilot.keys("<enter>").shows("WHEN THE LAB BEGAN").hides("It was so");
}

#[test]
fn without_colours_the_signs_say_it() {
    let mut pilot = at_lab(
        "16-network-policies",
        Some("near-misses/any-namespace"),
        (80, 24),
        ThemeName::Mono,
        Glyphs::Ascii,
    );
    pilot.keys("a").shows("OO-!").shows("O--").shows("O%%").shows("O allowed - denied % some");
    let buffer = pilot.buffer();
    assert!(buffer.content.iter().all(|c| c.fg == Color::Reset && c.bg == Color::Reset));
    assert!(pilot.screen().is_ascii(), "{}", pilot.screen());
    pilot.keys("<enter>").shows(">* ").keys("<enter>").shows("> ");
    assert!(pilot.screen().is_ascii(), "{}", pilot.screen());
}

#[test]
fn a_step_is_explained_and_its_reasons_are_walked_after_grading() {
    let mut pilot = dark("14-kubernetes-rbac", Some("near-misses/may-bind"), (60, 20));
    // What was found and wanted is read first, then reason by reason, each to its end.
    pilot.keys("g<enter>").shows("FAILED: THE ATTACK WORKS").shows("FOUND   bind clusterroles").hides("▌◆ ");
    pilot.keys(&"<down>".repeat(3)).shows("▌◆ ").shows("(rbac.yaml:14:");
    // Each key that moves stands in the help.
    pilot.keys("?").shows("Keys: reasons").shows("↓ j").keys("<esc>");
    pilot.keys("<down>").shows("▌· ").keys("<enter>").shows("rbac.yaml*").shows("n next reason");
    pilot.keys("<esc>").shows("▌· ").keys("<esc>").shows("NOT YET");
}

#[test]
fn a_long_reason_is_read_to_its_end_beside_its_line() {
    let mut pilot = dark("29-verifying-signatures-at-admission", None, (60, 20));
    pilot.keys("g<enter>").keys(&"<down>".repeat(12)).keys("<enter>");
    pilot.shows("▸").shows("there is no signature beside it");
}

#[test]
fn a_lab_that_is_passed_offers_a_solution_in_any_window() {
    for size in [(60, 20), (80, 24)] {
        let mut pilot = dark("16-network-policies", Some("solutions/reference"), size);
        pilot.keys("g").shows("✓ PASSED   16/16 points").shows("1 try").shows("s solution");
        pilot.keys("s").shows("One solution of many");
    }
}
