//! Files of the learner's own: picked, looked at, mended, edited elsewhere.

use super::*;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      containers:
      - name: web
        image: registry.example.com/web:1.2.3
        securityContext:
          runAsNonRoot: true
          privileged: true     # for the loader
          readOnlyRootFilesystem: true
          seccompProfile: {type: RuntimeDefault}
";

fn at(size: (u16, u16), name: &str, text: &str) -> (Pilot, PathBuf) {
    let desk = Desk::new();
    let path = desk.directory.path().join(name);
    fs::write(&path, text).unwrap();
    let start = Some(Route::Check(path.clone()));
    let options = Options { start, ..options(ThemeName::Dark, Glyphs::Unicode) };
    let mut pilot = Pilot::on(desk, size, &options);
    pilot.painted();
    (pilot, path)
}

#[test]
fn a_checked_file_at_four_sizes() {
    for (width, height) in SIZES {
        let (mut pilot, _) = at((width, height), "web.yaml", WEB);
        pilot.keys("G").painted();
        insta::assert_snapshot!(format!("check_{width}"), pilot.screen());
    }
}

#[test]
fn a_fix_is_shown_written_and_taken_back() {
    let (mut pilot, path) = at((120, 40), "web.yaml", WEB);
    pilot.keys("G").shows("privileged-container").keys("f").shows("Write this fix").keys("n");
    assert_eq!(fs::read_to_string(&path).unwrap(), WEB);
    pilot.keys("fy").shows("u takes it back");
    assert_eq!(fs::read_to_string(&path).unwrap(), WEB.replace("privileged: true", "privileged: false"));
    pilot.keys("u").shows("the fix is taken back");
    assert_eq!(fs::read_to_string(&path).unwrap(), WEB);
    // Somebody else's words are not written over.
    pilot.keys("Gf");
    fs::write(&path, "kind: Pod\n").unwrap();
    pilot.keys("y").shows("it was changed meanwhile");
    assert_eq!(fs::read_to_string(&path).unwrap(), "kind: Pod\n");
}

#[test]
fn all_findings_stand_below_a_short_file_and_the_pane_in_use_is_marked() {
    let (mut pilot, _) = at((120, 40), "web.yaml", WEB);
    pilot.shows("▌ 1 of ").shows("◆ 15  privileged-container").shows("↑ ↓ finding");
    pilot.keys("<tab>").hides("▌ 1 of ").shows("▌    1  apiVersion").keys("<backtab>").shows("▌ 1 of ");
    // What cannot be written says why.
    let (mut pilot, _) = at(
        (80, 24),
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: c, image: \"c:1\"}\n",
    );
    pilot.keys("Gf").shows("e edits there").hides("Write this fix");
}

#[test]
fn an_editor_opens_at_the_finding_and_what_it_saved_is_checked() {
    let (mut pilot, path) = at((80, 24), "web.yaml", WEB);
    pilot.keys("Ge");
    let line = WEB.lines().position(|line| line.contains("privileged: true")).unwrap() as u32 + 1;
    assert!(
        matches!(&pilot.asked[..], [Step::Edit(file, at)] if *file == path && *at == line),
        "{:?}",
        pilot.asked
    );
    fs::write(&path, WEB.replace("privileged: true", "allowPrivilegeEscalation: false")).unwrap();
    pilot.event(Event::FileChanged(path.clone()));
    assert!(!pilot.screen().contains("privileged-container"), "{}", pilot.screen());
    fs::remove_file(&path).unwrap();
    pilot.event(Event::FileChanged(path)).shows("This cannot be done");
}

#[test]
fn a_file_without_findings_and_one_that_is_none() {
    let (mut pilot, _) =
        at((80, 24), "c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n");
    pilot.shows("no findings").shows("That is no proof");
    let (mut pilot, _) = at((80, 24), "odd.yaml", "a: \u{1b}[31mred\nb: [\n");
    pilot.shows("yaml-syntax");
    assert!(!pilot.screen().contains('\u{1b}'));
    let desk = Desk::new();
    let start = Some(Route::Check(desk.directory.path().to_owned()));
    let mut pilot =
        Pilot::on(desk, (80, 24), &Options { start, ..options(ThemeName::Dark, Glyphs::Unicode) });
    pilot.shows("not a file");
}

#[test]
fn a_file_is_judged_by_the_configuration_that_counts_beside_it() {
    let configured = |text: &str| {
        let desk = Desk::new();
        let path = desk.directory.path().join("web.yaml");
        fs::write(&path, WEB).unwrap();
        let configuration = desk.directory.path().join(".sealegs.toml");
        fs::write(&configuration, text).unwrap();
        let start = Some(Route::Check(path));
        let options = Options { start, ..options(ThemeName::Dark, Glyphs::Unicode) };
        (Pilot::on(desk, (80, 24), &options), configuration)
    };
    let (mut pilot, configuration) = configured("skip = [\"privileged-container\"]\n");
    pilot.shows("configuration: .sealegs.toml");
    assert!(!pilot.keys("G").screen().contains("privileged-container"), "{}", pilot.screen());
    // It is watched like the file itself.
    fs::write(&configuration, "only = [\"privileged-container\"]\n").unwrap();
    pilot.event(Event::FileChanged(configuration)).shows("1 finding").shows("privileged-container");
    let accepted =
        "only = [\"privileged-container\"]\n[[ignore]]\nid = \"privileged-container\"\nreason = \"loader\"\n";
    configured(accepted).0.shows("no findings").shows("1 accepted");
    configured(&format!("{accepted}until = \"2001-01-01\"\n"))
        .0
        .shows("1 finding")
        .shows("1 entry has run out");
    configured("level = \"baseline\"\nversion = \"v1.30\"\n").0.shows("baseline:v1.30 alone");
    configured("onyl = []\n").0.shows("cannot be used").shows("has no key `onyl`");
}

#[test]
fn a_file_is_found_below_the_working_directory() {
    let mut pilot = Pilot::home(80, 24);
    pilot
        .keys("8")
        .shows("Cargo.toml")
        .keys("/tests<enter>")
        .shows("it/")
        .keys("<backspace>")
        .shows("Cargo.toml");
    pilot.keys("/Cargo.toml<enter>").shows("Check › Cargo.toml").keys("q<esc>").shows("src/");
}
