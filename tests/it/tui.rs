//! Tests at the boundary of `tui`: a pilot drives the application in process, keys in, screen out.
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod attacks;
mod check;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use sealegs::clock::FixedClock;
use sealegs::course::{Course, Kind, Origin};
use sealegs::ids::{HeadingId, LabId, LessonId, QuestionId};
use sealegs::quiz::Answer;
use sealegs::render::Glyphs;
use sealegs::session::{Home, Session};
use sealegs::tui::Options;
use sealegs::tui::app::{App, Pace, Step};
use sealegs::tui::event::{Event, Mouse};
use sealegs::tui::flow::Route;
use sealegs::tui::key::Key;
use sealegs::tui::svg;
use sealegs::tui::theme::{Depth, Theme, ThemeName, Tone};

const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 40), (200, 60)];

/// The application at work on the tiny course, with a home of its own.
struct Pilot {
    app: App,
    size: (u16, u16),
    /// What the last keys asked of the owner of the terminal.
    asked: Vec<Step>,
    desk: Desk,
}

/// The course and the home, which outlive an application.
struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/packs");
        copy(&packs.join("tiny"), &directory.path().join("course"));
        copy(&packs.join("walk"), &directory.path().join("course"));
        Self { directory }
    }

    fn session(&self) -> Session {
        let course = Course::open(Origin::Directory(self.directory.path().join("course"))).unwrap();
        let home = Home::at(self.directory.path().join("home"));
        let clock = Arc::new(FixedClock("2026-11-21T12:00:00Z".parse().unwrap()));
        Session::open(course, home, clock).unwrap()
    }

    fn lab(&self) -> PathBuf {
        Home::at(self.directory.path().join("home")).lab(&LabId::new("01-root").unwrap()).join("pod.yaml")
    }

    fn proof(&self, path: &str) -> String {
        fs::read_to_string(self.directory.path().join("course/labs/01-root").join(path)).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn options(name: ThemeName, glyphs: Glyphs) -> Options {
    Options { start: None, theme: Theme::new(name, Depth::True), glyphs, editor: "false".to_owned() }
}

impl Pilot {
    fn at(width: u16, height: u16) -> Self {
        Self::on(Desk::new(), (width, height), &options(ThemeName::Dark, Glyphs::Unicode))
    }

    fn on(desk: Desk, size: (u16, u16), options: &Options) -> Self {
        let mut app = App::new(desk.session(), options, size);
        // The header's numbers come with the first tick, as in the real loop.
        assert_eq!(app.handle(Event::Tick), Step::Draw);
        Self { app, size, asked: Vec::new(), desk }
    }

    /// Past the welcome.
    fn home(width: u16, height: u16) -> Self {
        let mut pilot = Self::at(width, height);
        pilot.keys("<esc>");
        pilot
    }

    fn event(&mut self, event: Event) -> &mut Self {
        let step = self.app.handle(event);
        if !matches!(step, Step::Idle | Step::Draw) {
            self.asked.push(step);
        }
        self
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in Key::parse(keys) {
            self.event(Event::Key(key));
        }
        self
    }

    fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| self.app.render(frame.area(), frame.buffer_mut())).unwrap();
        let first = terminal.backend().buffer().clone();
        let mut again = Buffer::empty(first.area);
        self.app.render(first.area, &mut again);
        assert_eq!(again, first, "drawing twice gives the same picture");
        first
    }

    fn screen(&self) -> String {
        text_of(&self.buffer())
    }

    /// Ticks until code is painted.
    fn painted(&mut self) -> &mut Self {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.app.pace() == Pace::Painting {
            assert!(Instant::now() < deadline, "the highlighter did not answer");
            self.event(Event::Tick);
            std::thread::yield_now();
        }
        self
    }

    #[track_caller]
    fn shows(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "no {text:?} on\n{screen}");
        self
    }

    #[track_caller]
    fn hides(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} on\n{screen}");
        self
    }

    /// The style of the first cell of `text` on the screen: ink, ground, modifiers.
    #[track_caller]
    fn style(&self, text: &str) -> (Color, Color, Modifier) {
        let buffer = self.buffer();
        let screen = text_of(&buffer);
        let (y, line) = screen.lines().enumerate().find(|(_, l)| l.contains(text)).unwrap();
        let x = line.split(text).next().unwrap().chars().count();
        let cell = &buffer[(x as u16, y as u16)];
        (cell.fg, cell.bg, cell.modifier)
    }
}

fn text_of(buffer: &Buffer) -> String {
    let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..buffer.area.height).flat_map(|y| [row(y).trim_end().to_owned(), "\n".to_owned()]).collect()
}

fn tone(tone: Tone) -> Color {
    Theme::new(ThemeName::Dark, Depth::True).tone(tone).fg.unwrap()
}

#[test]
fn the_first_run_says_what_this_is_and_begins() {
    let mut pilot = Pilot::at(80, 24);
    insta::assert_snapshot!("welcome", mask(&pilot));
    pilot.keys("<enter>").shows("Who is root").shows("A process in a container");
    assert_eq!(pilot.app.names(), ["home", "reader"]);
}

/// The screen without the temporary directory's name.
fn mask(pilot: &Pilot) -> String {
    let home = pilot.desk.directory.path().display().to_string();
    pilot.screen().replace(&home, "/tmp/learner")
}

#[test]
fn home_has_one_line_to_go_on_with() {
    let pilot = Pilot::home(80, 24);
    insta::assert_snapshot!("home", pilot.screen());
}

#[test]
fn a_walk_through_a_lesson_its_quiz_its_lab_and_the_drill() {
    let mut pilot = Pilot::home(80, 24);
    // Home, lesson.
    pilot.keys("<enter>").shows("Root by default").shows("1 min left");
    pilot.painted();
    insta::assert_snapshot!("reader", pilot.screen());
    pilot.keys("G").shows("end").shows("1/2 read");

    // Quiz: one right, one wrong, one guessed.
    pilot.keys("t").shows("Question 1 of 3").shows("counts for the certificate");
    pilot.keys("<enter>").shows(" first");
    let mut right = 0;
    for _ in 0..3 {
        let screen = pilot.screen();
        if screen.contains("names no user, and neither") {
            answer(&mut pilot, &["As user 0"]);
            pilot.shows("CORRECT").shows("right, your choice");
            right += 1;
        } else if screen.contains("Which two images") {
            answer(&mut pilot, &["names no user.", "USER 10001"]);
            pilot.shows("NOT YET").shows("comes back in the drill").shows("✗ your choice");
        } else {
            pilot.keys("<down><down>0").shows("I guess").keys("<enter>");
            pilot.shows("CORRECT").shows("comes back in the drill").shows("line 2, your choice");
            right += 1;
        }
        pilot.keys("<enter>");
    }
    assert_eq!(right, 2);
    pilot.shows("2 of 3 right").shows("2/3   counts for the certificate").shows("guessed").shows("missed");
    pilot.keys("<enter>").shows("Who is root").keys("<esc>");
    // Again asks for the missing point alone.
    pilot.keys("a").shows("Question 1 of 1").keys("<esc>");

    // Lab: fails, points at the line, says why; fixed on disk, passes.
    pilot.keys("e").shows("Lab › 1 The web server that was root").shows("Not graded yet");
    pilot.keys("g").shows("NOT YET").shows("1 step left").shows("nothing changed, no try used");
    pilot.keys("<enter>").shows("FAILED: THE ATTACK WORKS").shows("FOUND").shows("WANTED").shows("WHY");
    pilot.shows("pod.yaml:");
    pilot.keys("l").shows("Root by default").keys("<esc>");
    pilot.keys("e");
    assert_eq!(pilot.asked.pop(), Some(Step::Edit(pilot.desk.lab(), 8)));
    fs::write(pilot.desk.lab(), "kind: Pod\n  name: [\n").unwrap();
    pilot.app.edited(Ok(()));
    pilot.shows("NOT JUDGED").shows("yaml-syntax").shows("^");
    fs::write(pilot.desk.lab(), pilot.desk.proof("solutions/reference/pod.yaml")).unwrap();
    pilot.app.edited(Ok(()));
    pilot.shows("✓ PASSED").shows("3/3 points").shows("1 try");
    pilot.keys("d").shows("+       securityContext");
    pilot.keys("s").shows("One solution of many").keys("<esc><esc>");

    // Drill: what was missed and guessed is due, but two of one concept never on the same day.
    pilot.keys("<esc><esc>").shows("1 card due, 2 in all").shows("1 of 1 passed");
    pilot
        .keys("2")
        .shows("1 to go")
        .keys("<enter>")
        .shows("1 Again")
        .shows("Hard means that you did recall it");
    pilot.keys("<space>").shows("Done for now").keys("u").shows("taken back").shows("1 to go");
    pilot.keys("<enter>4").shows("Easy: back in").shows("Done for now").keys("u").shows("1 to go");
    pilot.keys("<enter>3").shows("Done for now").keys("<enter>");

    // Progress.
    pilot.keys("6").shows("2/6").shows("Points missing").shows("2/3  first try 2/3");
    insta::assert_snapshot!("progress", pilot.screen());
    pilot.keys("<tab>").shows("TINY domains").shows("Users and Groups");
    insta::assert_snapshot!("domains", pilot.screen());
    pilot.keys("<esc>7").shows("The rule").shows("Missing").shows("6 needed");
}

/// Chooses the options that hold these words, and hands in.
fn answer(pilot: &mut Pilot, words: &[&str]) {
    for word in words {
        let screen = pilot.screen();
        let row = screen.lines().find(|l| l.contains(word)).unwrap();
        let letter = row.trim_start().chars().next().unwrap();
        pilot.keys(&letter.to_string());
    }
    pilot.keys("<enter>");
}

#[test]
fn the_lab_grades_what_is_saved_while_it_watches() {
    let mut pilot = Pilot::home(120, 40);
    pilot.keys("4<enter>").painted();
    insta::assert_snapshot!("lab", pilot.screen());
    assert!(pilot.app.watched().is_empty());
    pilot.keys("w").shows("watching");
    assert_eq!(pilot.app.watched(), [pilot.desk.lab()]);
    fs::write(pilot.desk.lab(), pilot.desk.proof("near-misses/by-name/pod.yaml")).unwrap();
    pilot.event(Event::FileChanged(pilot.desk.lab()));
    pilot.shows("✗ NOT YET   2/3 points, 1 step left").shows("▸ 9");
    pilot.keys("<enter>").painted();
    insta::assert_snapshot!("why", pilot.screen());
    // Begun anew, and taken back.
    pilot.keys("<esc>x").shows("Begin this lab anew?").keys("n").hides("Begin this lab anew?");
    pilot.keys("xy").hides("runAsNonRoot").keys("u").shows("runAsNonRoot").shows("your files are back");
    // Hints are shown one by one, and then stand in the brief.
    pilot.keys("h").shows("Hint 1 of 3").shows("h next hint").keys("h").shows("Hint 2 of 3");
    pilot.keys("<esc>").shows("Hint 2").keys("hh").shows("Hint 3 of 3").shows("the last hint");
    pilot.keys("<enter>").shows("Hint 3");
    pilot.keys("h").shows("all hints were shown");
}

#[test]
fn an_editor_that_fails_is_said() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("4<enter>e");
    pilot.app.edited(Err(std::io::Error::other("`nope` ended with 127")));
    pilot.shows("The editor failed").shows("`nope` ended with 127").shows("set VISUAL or EDITOR");
}

#[test]
fn a_new_size_keeps_everything_and_the_next_start_is_where_this_one_ended() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>]]").shows("Asking for another");
    for (width, height) in [(60, 20), (40, 12), (200, 60), (80, 24)] {
        pilot.size = (width, height);
        pilot.event(Event::Resize(width, height));
        if width >= 60 {
            pilot.shows("Asking for another");
        }
    }
    let Pilot { app, desk, .. } = pilot;
    drop(app);
    let mut pilot = Pilot::on(desk, (80, 24), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.shows("Continue").shows("at “Asking for another”");
    pilot.keys("<enter>").shows("Asking for another");
    // A quiz goes on at the question that was not answered.
    pilot.keys("t<down><enter>").keys("<esc>t").shows("Question");
}

#[test]
fn a_window_that_is_too_small_says_so_and_nothing_else() {
    let mut pilot = Pilot::at(40, 12);
    let screen = pilot.screen();
    let said: String = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said, "Enlarge this window to 60x20 or more, or leave with q and use `sealegs --linear`.");
    pilot.keys("<enter>");
    assert_eq!(pilot.app.names(), ["home", "welcome"], "what cannot be seen is not acted on");
    pilot.keys("q");
    assert_eq!(pilot.asked, [Step::Leave]);
}

#[test]
fn links_lead_there_and_back() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter><tab><enter>").shows("The user with the number 0").keys("<esc>");
    pilot.keys("<tab><tab>").keys("<enter>");
    pilot.shows("What a token opens").shows("Mounted by default");
    pilot.keys("<backspace>").shows("Who is root");
    pilot.keys("<backspace>").shows("Continue");
}

#[test]
fn a_window_that_shrinks_under_a_frame_does_no_harm() {
    // Between the change and the event that tells of it a frame may be drawn.
    for keys in [
        "",
        "<enter>",
        "<enter>o",
        "<enter>?",
        "2",
        "3",
        "4<enter>",
        "4<enter>g<enter>",
        "5",
        "5G<enter><enter>",
        "6",
        "<f2>",
        "7",
    ] {
        let mut pilot = Pilot::home(120, 40);
        pilot.keys(keys);
        for (width, height) in [(60, 20), (1, 1), (200, 60)] {
            let area = ratatui::layout::Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            pilot.app.render(area, &mut buffer);
            assert_eq!(text_of(&buffer).lines().count(), usize::from(height));
        }
    }
}

#[test]
fn a_link_out_of_sight_is_not_followed() {
    let mut pilot = Pilot::home(60, 20);
    pilot.keys("<enter><tab>").shows("Enter follow").keys("G").hides("follow");
    pilot.keys("<enter>").shows("Who is root").keys("<esc>").shows("Continue");
}

#[test]
fn help_names_each_key_once() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>?").shows("Space").keys("G").shows("PgDn Ctrl-D").hides("PgDn Space");
}

#[test]
fn a_long_question_can_be_read_again() {
    let mut pilot = Pilot::home(60, 20);
    pilot.keys("<enter>t");
    for _ in 0..3 {
        let head = pilot.screen().lines().nth(4).unwrap().to_owned();
        pilot.keys("<up><down><end><pageup><pageup>");
        assert_eq!(pilot.screen().lines().nth(4).unwrap(), head, "the question stands at the top again");
        pilot.keys("ab<enter><enter>");
    }
    pilot.shows("counts for the certificate");
}

#[test]
fn long_lines_of_a_lab_are_moved_and_marked() {
    let mut pilot = Pilot::home(60, 20);
    let long = format!("# {}the end of it\n", "long ".repeat(12));
    pilot
        .keys("4<enter><tab><tab>")
        .keys("g")
        .shows("nothing changed")
        .hides("nothing changed,")
        .keys("<tab>");
    fs::write(pilot.desk.lab(), long.clone() + &pilot.desk.proof("starter/pod.yaml")).unwrap();
    pilot.keys("g<tab>").shows("›").hides("the end of it").keys("<right><right><right><right>");
    pilot.shows("the end of it").keys("<left><left><left><left>").hides("the end of it");
    pilot.keys("d").shows("changes").shows("›").hides("the end of it");
    pilot.keys("<right><right><right><right>").shows("the end of it");
    // The widest score line leaves room for the word that it is watched.
    pilot.keys("]").shows("2 of 2  read only");
    pilot.keys("gw<esc>").keys("4<enter>wg").shows("watching");
}

#[test]
fn a_file_that_does_not_parse_has_one_error_and_no_step() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("4<enter><enter>").shows("g grades; then Enter says why");
    fs::write(pilot.desk.lab(), "kind: Pod\n  name: [\n").unwrap();
    pilot.keys("g").shows("yaml-syntax").hides("Enter why").keys("<enter>").hides("FOUND");
    assert_eq!(pilot.screen().matches("yaml-syntax").count(), 1);
}

#[test]
fn words_are_found_round_the_page() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>/kubelet<enter>").shows("“kubelet”: 1 of 1");
    let (_, _, how) = pilot.style("kubelet");
    assert!(how.contains(Modifier::REVERSED), "the hit gone to last stands out: {how:?}");
    pilot.keys("<esc>/container<enter>").shows("“container”: 2 of 3");
    let (_, ground, how) = pilot.style("container.");
    assert!(ground == found_ground() && !how.contains(Modifier::REVERSED), "the others less");
    pilot
        .keys("<esc>/kubelet<enter>n")
        .shows("1 of 1")
        .keys("<esc>/nowhere<enter>")
        .shows("not on this page");
    pilot.keys("<esc>?").shows("Keys: reader").shows("outline").keys("?").hides("Keys: reader");
}

fn found_ground() -> Color {
    Theme::new(ThemeName::Dark, Depth::True).tone(Tone::Found).bg.unwrap()
}

#[test]
fn code_is_copied_with_osc_52() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>y").shows("copied 8 lines");
    let Some(Step::Copy(text)) = pilot.asked.pop() else { panic!("{:?}", pilot.asked) };
    assert!(text.starts_with("apiVersion: v1\n") && !text.contains("#~"), "{text}");
}

#[test]
fn the_first_frame_is_plain_and_colour_comes_after_it() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>");
    assert_eq!(pilot.app.pace(), Pace::Painting);
    let plain = Theme::new(ThemeName::Dark, Depth::True).role(sealegs::render::Role::CodeText).fg.unwrap();
    assert_eq!(pilot.style("apiVersion").0, plain, "no highlighter before the first frame");
    pilot.painted();
    let key = Theme::new(ThemeName::Dark, Depth::True).role(sealegs::render::Role::Key).fg.unwrap();
    assert_eq!(pilot.style("apiVersion").0, key);
}

#[test]
fn passing_and_failing_have_their_colours_and_their_words() {
    let mut pilot = Pilot::home(120, 40);
    pilot.keys("4<enter>g");
    assert_eq!(pilot.style("✗ NOT YET").0, tone(Tone::Fail));
    fs::write(pilot.desk.lab(), pilot.desk.proof("solutions/at-the-pod/pod.yaml")).unwrap();
    pilot.keys("g");
    assert_eq!(pilot.style("✓ PASSED").0, tone(Tone::Pass));
    assert_eq!(pilot.style("sealegs").0, tone(Tone::Accent));
    assert!(pilot.style("sealegs").2.contains(Modifier::BOLD));
}

#[test]
fn mono_and_ascii_use_neither_colours_nor_other_characters() {
    let look = options(ThemeName::Mono, Glyphs::Ascii);
    let mut pilot = Pilot::on(Desk::new(), (80, 24), &look);
    for keys in [
        "",
        "<esc>",
        "3",
        "<enter>",
        "o",
        "<esc>t",
        "<down><enter>",
        "<esc><esc><esc>5",
        "G<enter>",
        "<enter>1",
        "<enter>",
        "<esc>g<enter>G",
        "<esc><esc>6<tab>",
        "<esc><f2>G",
        "<esc>4<enter>",
        "g",
        "<tab><tab>?",
    ] {
        pilot.keys(keys);
        let buffer = pilot.buffer();
        for cell in &buffer.content {
            assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        }
        let screen = text_of(&buffer);
        let strange: String = screen.chars().filter(|c| !c.is_ascii()).collect();
        assert!(strange.is_empty(), "{strange:?} after {keys:?} on\n{screen}");
    }
}

#[test]
fn a_broken_lesson_shows_its_findings_and_hides_no_neighbour() {
    let desk = Desk::new();
    let lesson = desk.directory.path().join("course/content/02-tokens.md");
    fs::write(&lesson, fs::read_to_string(&lesson).unwrap().replace("Every pod", "<b>Every</b> pod"))
        .unwrap();
    let mut pilot = Pilot::on(desk, (120, 40), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.keys("<esc>3<down><enter>").shows("Lesson 2 cannot be shown").shows("02-tokens.md:").shows("^");
    pilot.keys("<esc><up><enter>").shows("Root by default");
}

/// Answers every counted question of the course right, behind the application's back.
fn win(desk: &Desk) {
    let mut session = desk.session();
    for lesson in ["01-root", "02-tokens"] {
        let mut attempt = session.quiz_start(&LessonId::new(lesson).unwrap()).unwrap();
        while let Some(shown) = attempt.current() {
            let keys = |key: bool| {
                let options = shown.question.options.iter().filter(|o| o.key || !key);
                options.map(|o| o.id.clone()).collect()
            };
            let answer = match &shown.question.kind {
                Kind::Order => Answer::Order(keys(false)),
                Kind::Line { key_lines, .. } => Answer::Line(key_lines[0]),
                Kind::Single | Kind::Multiple { .. } => Answer::Choices(keys(true)),
            };
            session.quiz_answer(&mut attempt, &answer, false).unwrap();
        }
        session.quiz_finish(&mut attempt).unwrap();
    }
}

#[test]
fn the_certificate_is_issued_under_a_name_and_says_how_to_check_it() {
    let desk = Desk::new();
    win(&desk);
    let mut pilot = Pilot::on(desk, (80, 24), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.shows("ready to be issued").keys("7").shows("Nothing is missing").shows("6/6 needed");
    pilot.keys("<enter>").shows("Whose is it?").keys("<enter>").shows("write the name");
    // Letters are letters here, `q` and `?` too.
    pilot
        .keys("Ada q?<backspace><enter>")
        .shows("Issued")
        .shows("sha256:")
        .shows("sealegs certificate verify");
    pilot.keys("y");
    let Some(Step::Copy(command)) = pilot.asked.pop() else { panic!("{:?}", pilot.asked) };
    let file = command.strip_prefix("sealegs certificate verify ").unwrap();
    let written = fs::read_to_string(file.trim_matches('\'')).unwrap();
    assert!(written.contains("Ada q"), "{written}");
    pilot.keys("<esc>").shows("Begin").keys("7").shows("Issued before").shows("to Ada q on 2026-11-21");
}

#[test]
fn the_theme_and_the_welcome_are_remembered() {
    let mut pilot = Pilot::at(80, 24);
    pilot.shows("look around first").keys("t<esc>");
    assert_eq!(pilot.app.theme().name(), ThemeName::Light);
    assert_eq!(pilot.app.session().setting("theme").unwrap().as_deref(), Some("light"));
    let Pilot { app, desk, .. } = pilot;
    drop(app);
    let mut pilot = Pilot::on(desk, (80, 24), &options(ThemeName::Light, Glyphs::Unicode));
    pilot.hides("look around first").shows("Begin");
}

#[test]
fn the_wheel_scrolls_where_it_is_switched_on_and_control_z_suspends() {
    let mut pilot = Pilot::home(60, 20);
    pilot.keys("<enter>m").shows("the mouse wheel is on");
    assert_eq!(pilot.asked, [Step::Mouse(true)]);
    pilot.event(Event::Mouse(Mouse::WheelDown)).event(Event::Mouse(Mouse::WheelDown)).hides("Who is root\n");
    pilot.event(Event::Mouse(Mouse::WheelUp)).event(Event::Mouse(Mouse::WheelUp)).shows("checked against");
    pilot.keys("<c-z>m<c-c>");
    assert_eq!(pilot.asked[1..], [Step::Suspend, Step::Mouse(false), Step::Leave]);
}

#[test]
fn lessons_are_filtered_and_folded() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("3").shows("Who is root").shows("What a token opens");
    pilot.keys("/token").hides("Who is root").keys("<enter><enter>").shows("Mounted by default");
    pilot
        .keys("<esc><esc>")
        .shows("Who is root")
        .keys("h")
        .hides("Who is root")
        .keys("l")
        .shows("Who is root");
    pilot.keys("/zzz").shows("no lesson fits").keys("<esc>").shows("Who is root");
}

#[test]
fn routes_open_what_they_name() {
    let lesson = LessonId::new("02-tokens").unwrap();
    let heading = HeadingId::new("opt-out");
    let start = Some(Route::Reader(lesson, heading));
    let mut pilot =
        Pilot::on(Desk::new(), (80, 24), &Options { start, ..options(ThemeName::Dark, Glyphs::Unicode) });
    pilot.shows("Saying no").keys("<esc>").shows("Continue");
    let start = Some(Route::Lab(LabId::new("99-none").unwrap()));
    let mut pilot =
        Pilot::on(Desk::new(), (80, 24), &Options { start, ..options(ThemeName::Dark, Glyphs::Unicode) });
    pilot.shows("This part of the course");
}

#[test]
fn every_screen_can_be_drawn_at_every_size_in_every_theme() {
    let doors = [
        "",
        "<esc>",
        "<esc><enter>",
        "<esc><enter>o",
        "<esc><enter>t",
        "<esc><enter>t<down><enter>",
        "<esc>2",
        "<esc>3",
        "<esc>3/x",
        "<esc>4",
        "<esc>4<enter>",
        "<esc>4<enter>g",
        "<esc>4<enter>g<enter>",
        "<esc>4<enter>a",
        "<esc>4<enter>a<enter>",
        "<esc>4<enter>a<enter><enter>",
        "<esc>4<enter>d",
        "<esc>4<enter>x",
        "<esc>4<enter>h",
        "<esc>5",
        "<esc>5<enter>",
        "<esc>5<enter>t",
        "<esc>5G",
        "<esc>5/x",
        "<esc>5G<enter>",
        "<esc>5G<enter><enter>2",
        "<esc>5G<enter><enter>2<enter>",
        "<esc>6",
        "<esc>6<tab>",
        "<esc>7",
        "<esc>8",
        "<esc>8/Cargo.toml<enter>",
        "<esc><f2>",
        "<esc><f2>/x",
        "<esc><enter><f2><tab>",
        "<esc>?",
        "<esc><enter>?",
        "<esc>?s",
        "<esc>?s/port<enter><enter>",
    ];
    for (name, glyphs) in [
        (ThemeName::Dark, Glyphs::Unicode),
        (ThemeName::Light, Glyphs::Unicode),
        (ThemeName::HighContrast, Glyphs::Unicode),
        (ThemeName::Mono, Glyphs::Ascii),
    ] {
        for keys in doors {
            let mut pilot = Pilot::on(Desk::new(), (80, 24), &options(name, glyphs));
            pilot.keys(keys);
            for (width, height) in SIZES.into_iter().chain([(59, 20), (60, 19), (1, 1), (0, 0)]) {
                pilot.size = (width, height);
                pilot.event(Event::Resize(width, height));
                if width > 0 {
                    let screen = pilot.screen();
                    assert_eq!(
                        screen.contains("sealegs"),
                        width > 20,
                        "{keys:?} at {width}x{height}\n{screen}"
                    );
                }
            }
        }
    }
}

/// The same screen at the four sizes, as snapshots.
fn at_all_sizes(name: &str, keys: &str, ready: impl Fn(&Desk)) {
    for (width, height) in SIZES {
        let desk = Desk::new();
        ready(&desk);
        let mut pilot = Pilot::on(desk, (width, height), &options(ThemeName::Dark, Glyphs::Unicode));
        pilot.keys("<esc>").keys(keys).painted();
        insta::assert_snapshot!(format!("{name}_{width}"), pilot.screen());
    }
}

#[test]
fn the_list_of_open_questions_at_four_sizes() {
    at_all_sizes("interview", "5G", |desk| {
        let id = QuestionId::new("01-why-not-root").unwrap();
        desk.session().interview_rate(&id, &[0, 2].into()).unwrap();
    });
}

#[test]
fn an_open_question_with_its_rubric_at_four_sizes() {
    at_all_sizes("speak", "5G<enter><enter>2", |_| {});
    at_all_sizes("speak_rated", "5G<enter><enter>12<enter>", |_| {});
}

#[test]
fn the_glossary_at_four_sizes() {
    at_all_sizes("glossary", "<enter><f2><down>", |_| {});
}

#[test]
fn a_brief_at_four_sizes() {
    at_all_sizes("brief", "5<enter>", |_| {});
}

#[test]
fn an_interview_from_the_list_to_the_drill() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("5").shows("Briefs").shows("not written yet").shows("0/2 practised");
    pilot.keys("<down><enter>").shows("this brief is not written yet");
    pilot.keys("<down><enter>").shows("Why does it matter which user").shows("Say your answer aloud");
    pilot.hides("Model answer").keys("<enter>").shows("Isolation is a set of walls");
    pilot.keys("1").shows("[x]").shows("1 of 3 points said").keys("<enter>");
    pilot.shows("Again: the drill asks it again in 10 min").shows("They may go on to ask").shows("hostUsers");
    pilot.keys("u").shows("taken back").shows("Say your answer aloud").hides("Model answer");
    pilot.keys("<enter>123<enter>").shows("Easy: the drill asks it again in");
    pilot.keys("<enter>").shows("2 of 2").shows("no pod gets a token");
    pilot.keys("<enter>").keys("<down><down><down><down><down><down><down><down><down><down>").shows("▌");
    pilot.keys("<enter><enter>").shows("Again 0/3").shows("Easy 3/3").shows("2/2 practised");
    // What went wrong is drilled, in the same way.
    pilot.keys("<esc>").shows("2 questions practised");
    let Pilot { app, desk, .. } = pilot;
    drop(app);
    let course = Course::open(Origin::Directory(desk.directory.path().join("course"))).unwrap();
    let home = Home::at(desk.directory.path().join("home"));
    let clock = Arc::new(FixedClock("2026-11-21T12:11:00Z".parse().unwrap()));
    let session = Session::open(course, home, clock).unwrap();
    let look = options(ThemeName::Dark, Glyphs::Unicode);
    let app = App::new(session, &look, (80, 24));
    let mut pilot = Pilot { app, size: (80, 24), asked: Vec::new(), desk };
    pilot.event(Event::Tick).shows("1 card due");
    pilot
        .keys("2")
        .shows("open question, senior")
        .shows("no pod gets a token")
        .keys("<enter>12")
        .shows("2 of 3 points said");
    pilot.keys("<enter>").shows("Hard: back in").shows("They may go on to ask");
    pilot
        .keys("u")
        .shows("taken back")
        .shows("1 to go")
        .keys("<enter>12<enter><enter>")
        .shows("Done for now");
}

/// Three questions of whatever kind, answered somehow.
fn answer_anything(pilot: &mut Pilot) {
    for _ in 0..3 {
        pilot.keys("<down>ab<enter>");
        // An order that was not touched takes a second Enter.
        if pilot.screen().contains("nothing was moved") {
            pilot.keys("<enter>");
        }
        pilot.keys("<enter>");
    }
}

#[test]
fn an_answer_that_was_not_saved_is_not_shown_as_given() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<enter>t").shows("Question 1 of 3");
    // Another window is faster.
    win(&pilot.desk);
    pilot.keys("12<down><enter>").shows("answered already");
    pilot.keys("<esc>").shows("Question 1 of 3").hides("your choice");
    pilot.keys("<enter>").shows("answered already");
}

#[test]
fn a_quiz_leads_on_to_the_next_lesson() {
    for from in ["<enter>t", "3<enter>t", "3t"] {
        let mut pilot = Pilot::home(60, 20);
        pilot.keys(from);
        answer_anything(&mut pilot);
        pilot.shows("of 3 right").shows("n next lesson").keys("n").shows("2 What a token opens");
        pilot.keys("<esc>").hides("of 3 right").hides("2 What a token opens ");
    }
}

#[test]
fn a_brief_is_read_asked_and_left_without_moving_the_place() {
    let mut pilot = Pilot::home(80, 24);
    pilot
        .keys("<enter>]")
        .keys("<esc>5<enter>")
        .shows("The basics in an interview")
        .shows("What to check first");
    pilot.keys("o").shows("Outline").shows("In a minute").keys("<esc>G").shows("they never count");
    pilot.shows("How does a stolen token become damage?");
    pilot.keys("t").shows("Question 1 of 3").shows("practice, counts for nothing");
    answer_anything(&mut pilot);
    pilot.shows("of 3 right").shows("never count").hides("Best").hides("next lesson");
    pilot.keys("<esc><esc><esc>").shows("at “Root by default”").shows("0 of 6 points");
    // Its links lead to lessons, and back.
    pilot
        .keys("5<enter><tab><enter>")
        .shows("Asking for another")
        .keys("<backspace>")
        .shows("What to check first");
}

#[test]
fn the_glossary_opens_from_a_page_at_the_marked_term() {
    let mut pilot = Pilot::home(80, 24);
    pilot.keys("<f2>").shows("3 terms").shows("The user with the number 0").hides("On this page");
    pilot.keys("<esc><enter><f2>").shows("On this page").shows("All terms").keys("<f2>").shows("Who is root");
    pilot.keys("<tab><f2>").shows("The user with the number 0");
    pilot.keys("<tab><enter>").shows("Root by default").keys("<esc>").shows("All terms");
    pilot.keys("/acc").hides("All terms").shows("The identity under which");
    pilot.keys("<esc>").shows("All terms").keys("<tab><enter>").shows("What a process shows");
    pilot.keys("<backspace>").shows("The identity under which");
}

#[test]
fn a_long_explanation_is_read_on() {
    let desk = Desk::new();
    let long = format!("## long {{#long}}\n\n{}the end of it\n", "word ".repeat(90));
    fs::write(desk.directory.path().join("course/content/glossary.md"), long).unwrap();
    let mut pilot = Pilot::on(desk, (60, 20), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.keys("<esc><f2>").shows("read on").hides("the end of it");
    pilot.keys("<right><right><right><right><right><right>").shows("the end of it");
    pilot.keys("?").shows("close the glossary").keys("<esc><f2>").shows("Begin");
}

#[test]
fn a_glossary_that_is_missing_or_broken_says_so() {
    let desk = Desk::new();
    let glossary = desk.directory.path().join("course/content/glossary.md");
    fs::write(&glossary, "## a b\n\nno id\n").unwrap();
    let mut pilot = Pilot::on(desk, (80, 24), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.keys("<esc><f2>").shows("The glossary is broken").shows("glossary.md:1");
    let Pilot { app, desk, .. } = pilot;
    drop(app);
    fs::remove_file(glossary).unwrap();
    let mut pilot = Pilot::on(desk, (80, 24), &options(ThemeName::Dark, Glyphs::Unicode));
    pilot.keys("<f2>").shows("this course has no glossary yet");
}

#[test]
fn the_first_frame_of_home_reads_no_quiz_and_no_glossary() {
    let desk = Desk::new();
    win(&desk);
    let app = App::new(desk.session(), &options(ThemeName::Dark, Glyphs::Unicode), (80, 24));
    let mut pilot = Pilot { app, size: (80, 24), asked: Vec::new(), desk };
    pilot.shows("6 of 6 points").shows("ready to be issued");
    let read = |pilot: &Pilot| {
        let names = pilot.app.session().course().sources().names();
        names.into_iter().filter(|n| n.contains("quizzes") || n.contains("glossary")).count()
    };
    assert_eq!(read(&pilot), 0);
    pilot.event(Event::Tick).shows("6 of 6 points");
    assert_eq!(read(&pilot), 2, "the quizzes come after it");
}

#[test]
fn pictures_are_the_same_each_time() {
    let pilot = Pilot::home(80, 24);
    let picture = || svg::picture(&pilot.buffer(), pilot.app.theme(), "home");
    assert_eq!(picture(), picture());
    assert!(picture().contains("Who is root"));
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        4 => prop::char::range('a', 'z').prop_map(Key::Char),
        2 => prop::sample::select("0123456789 /?[]-!TGNSm".chars().collect::<Vec<_>>()).prop_map(Key::Char),
        4 => prop::sample::select(vec![
            Key::Enter, Key::Esc, Key::Tab, Key::BackTab, Key::Backspace, Key::Up, Key::Down, Key::Left, Key::Right,
            Key::Home, Key::End, Key::PageUp, Key::PageDown, Key::Ctrl('u'), Key::Ctrl('d'), Key::F(1), Key::F(2), Key::Delete,
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pressed_nothing_breaks_and_q_leaves(
        keys in prop::collection::vec(any_key(), 0..60),
        size in prop::sample::select(SIZES.to_vec()),
    ) {
        let mut pilot = Pilot::at(size.0, size.1);
        for key in keys {
            if pilot.app.handle(Event::Key(key)) == Step::Leave {
                return Ok(());
            }
            pilot.buffer();
        }
        // Escape ends whatever is being written; `q` goes one level back.
        let mut left = false;
        for _ in 0..60 {
            if pilot.app.names().len() > 1 {
                let _ = pilot.app.handle(Event::Key(Key::Esc));
            }
            if pilot.app.handle(Event::Key(Key::Char('q'))) == Step::Leave {
                left = true;
                break;
            }
        }
        prop_assert!(left, "still there: {:?}\n{}", pilot.app.names(), pilot.screen());
    }
}
