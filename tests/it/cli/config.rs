//! The checker's configuration: where it is found, what it says, what beats it, and what is wrong with it.

use super::{POD, Ran, Sealegs, write};

fn configured(text: &str) -> Sealegs {
    let s = Sealegs::new();
    write(s.home(), ".sealegs.toml", text);
    write(s.home(), "m/pod.yaml", POD);
    s
}

fn short(s: &Sealegs, more: &[&str]) -> Ran {
    let args: Vec<&str> =
        ["check", "m", "--format", "short"].into_iter().chain(more.iter().copied()).collect();
    s.run(&args)
}

fn ids(ran: &Ran) -> Vec<String> {
    let lines = ran.out.lines().filter(|l| l.starts_with("m/"));
    lines.filter_map(|l| l.split(' ').nth(2)).map(str::to_owned).collect()
}

#[test]
fn a_flag_beats_the_file_and_the_answer_names_it() {
    let s = configured("only = [\"KSV-0017\"]\n");
    let ran = short(&s, &[]);
    assert_eq!(ids(&ran), ["privileged-container"], "{}", ran.out);
    assert!(ran.code == 1 && ran.out.contains("\nconfiguration: .sealegs.toml\n"), "{}", ran.out);
    assert_eq!(ids(&short(&s, &["--only", "run-as-non-root-missing"])), ["run-as-non-root-missing"]);
    let without = short(&s, &["--no-config"]);
    assert!(ids(&without).len() > 3 && !without.out.contains("configuration:"), "{}", without.out);
    let json: serde_json::Value =
        serde_json::from_str(&s.run(&["check", "m", "--format", "json"]).out).unwrap();
    assert_eq!(json["configuration"], ".sealegs.toml");
    write(s.home(), "other.toml", "skip = [\"privileged-container\"]\nmin-severity = \"critical\"\n");
    let other = short(&s, &["--config", "other.toml"]);
    assert_eq!((other.code, ids(&other).len()), (0, 0), "{}", other.out);
    assert_eq!(short(&s, &["--config", "missing.toml"]).code, 2);
    assert_eq!(short(&s, &["--config", "other.toml", "--no-config"]).code, 2);
}

#[test]
fn a_level_of_the_file_gives_way_to_flags_that_choose_checks() {
    let s = configured("level = \"baseline\"\nversion = \"v1.30\"\n");
    let ran = short(&s, &[]);
    assert!(ran.out.contains("baseline:v1.30 refuses 1 of 1 pods"), "{}", ran.out);
    assert!(short(&s, &["--version", "v1.20"]).out.contains("baseline:v1.20 refuses"));
    assert!(short(&s, &["--level", "restricted"]).out.contains("restricted:v1.30 refuses"));
    let chosen = short(&s, &["--only", "image-tag-latest"]);
    assert!(chosen.code == 0 && !chosen.out.contains("baseline"), "{}", chosen.out);
}

#[test]
fn it_is_looked_for_up_to_the_repository_and_no_further() {
    let s = Sealegs::new();
    write(s.home(), "repository/sealegs.toml", "only = [\"KSV-0017\"]\n");
    write(s.home(), "repository/deep/m/pod.yaml", POD);
    let run = |args: &[&str]| {
        let mut command = s.command(args);
        let done = command.current_dir(s.home().join("repository/deep")).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap())
    };
    let (_, alone) = run(&["check", "m"]);
    assert!(
        !alone.contains("configuration:"),
        "without a repository only the directory itself counts: {alone}"
    );
    write(s.home(), "repository/.git/HEAD", "ref: refs/heads/main\n");
    let (code, found) = run(&["check", "m"]);
    assert!(
        code == 1 && found.contains("repository/sealegs.toml") && found.contains("1 critical\n"),
        "{found}"
    );
    write(s.home(), "repository/.sealegs.toml", "");
    assert_eq!(run(&["check", "m"]).0, 2, "two of them are one too many");
}

#[test]
fn paths_are_excluded_and_findings_accepted_with_a_reason_until_a_day() {
    let ignore = "exclude = [\"vendor\", \"m/gen/*.yaml\"]\n[[ignore]]\nid = \"KSV-0017\"\npath = \"m/**\"\nreason = \"node agent\"\nuntil = 2026-11-21\n";
    let s = configured(ignore);
    write(s.home(), "m/vendor/a.yaml", POD);
    write(s.home(), "m/gen/a.yaml", POD);
    write(s.home(), "n/pod.yaml", POD);
    let ran = short(&s, &[]);
    assert!(
        ran.out.contains("accepted: m/pod.yaml:10:21: privileged-container: node agent, until 2026-11-21"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("read 1 file, 1 object, 1 container, 2 paths excluded, 1 finding accepted"),
        "{}",
        ran.out
    );
    assert!(s.run(&["check", "n"]).out.contains("critical[privileged-container]"), "another path");
    let named = s.run(&["check", "m/gen/a.yaml"]);
    assert!(named.out.contains("read 1 file"), "what is named is read: {}", named.out);
    let sarif: serde_json::Value =
        serde_json::from_str(&s.run(&["check", "m", "--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let accepted = results.iter().find(|r| r["ruleId"] == "privileged-container").unwrap();
    assert_eq!(accepted["suppressions"][0]["kind"], "external");
    assert_eq!(sarif["runs"][0]["properties"]["configuration"], ".sealegs.toml");
    write(s.home(), ".sealegs.toml", &ignore.replace("2026-11-21", "2026-11-20"));
    let over = short(&s, &[]);
    assert!(over.out.contains(".sealegs.toml:3:1 warning suppression-expired"), "{}", over.out);
    assert!(over.out.contains("critical privileged-container"), "{}", over.out);
}

#[test]
fn an_entry_that_accepts_nothing_is_told_where_all_its_files_were_read() {
    let entry =
        |id: &str, path: &str| configured(&format!("[[ignore]]\nid = \"{id}\"\n{path}reason = \"x\"\n"));
    let unused = |s: &Sealegs, args: &[&str]| {
        let ran = s.run(&[&["check", "--format", "short"], args].concat());
        ran.out.contains(".sealegs.toml:2:1 warning suppression-unused")
    };
    let s = entry("host-pid", "");
    assert!(unused(&s, &["."]), "everything was read");
    assert!(!unused(&s, &["m"]), "another directory may have it");
    assert!(!unused(&s, &[".", "--skip", "host-pid"]), "nobody looked");
    assert!(!unused(&s, &[".", "--level", "baseline"]), "a level accepts nothing");
    write(s.home(), "m/wrong.yaml", "a: [\n");
    assert!(!unused(&s, &["."]), "one file was not judged");
    let s = entry("host-pid", "path = \"m/**\"\n");
    write(s.home(), "n/pod.yaml", POD);
    assert!(unused(&s, &["m"]) && unused(&s, &["n", "./m/."]));
    assert!(!unused(&s, &["m/pod.yaml"]), "another file of it may have it");
    let s = entry("host-pid", "path = \"m/pod.yaml\"\n");
    assert!(unused(&s, &["m/pod.yaml"]));
    let text = s.run(&["check", "m/pod.yaml"]);
    for part in ["host-pid is not found in `m/pod.yaml`", "remove the [[ignore]], or mend its id or path"] {
        assert!(text.out.contains(part), "{part}: {}", text.out);
    }
    assert!(!unused(&entry("KSV-0017", "path = \"m/**\"\n"), &["."]), "it is of use");
    assert!(unused(&entry("KSV-0017", "path = \"gone/**\"\n"), &["."]), "no such file");
}

#[test]
fn severities_opinions_and_the_sites_own_rules() {
    let s = configured(
        "[severity]\nprivileged-container = \"low\"\n[policy]\nregistries = [\"registry.example.com/\"]\n",
    );
    let ran = short(&s, &[]);
    assert!(ran.out.contains(" low privileged-container "), "{}", ran.out);
    assert!(ran.out.contains(" high image-registry-not-allowed "), "{}", ran.out);
    assert!(!ids(&short(&s, &["--min-severity", "medium"])).contains(&"privileged-container".to_owned()));
    assert!(!ids(&short(&s, &["--no-config"])).contains(&"image-registry-not-allowed".to_owned()));
    let opinion = "image-digest-missing".to_owned();
    assert!(!ids(&ran).contains(&opinion));
    assert!(ids(&short(&s, &["--pedantic"])).contains(&opinion));
    assert_eq!(ids(&short(&s, &["--only", "image-digest-missing"])), ["image-digest-missing"]);
    write(s.home(), ".sealegs.toml", "pedantic = true\n");
    assert!(ids(&short(&s, &[])).contains(&opinion));
    let list = s.run(&["explain", "--list"]).out;
    let line = |id: &str| list.lines().find(|l| l.starts_with(id)).unwrap().to_owned();
    assert!(line("image-digest-missing").ends_with("(off by default, --pedantic)"));
    assert!(line("image-registry-not-allowed").ends_with("(silent without `registries` under [policy])"));
    assert!(s.run(&["explain", "image-digest-missing"]).out.contains("It is off by default, --pedantic."));
}

#[test]
fn every_mistake_has_its_place_and_a_way_out() {
    for (text, place, says, help) in [
        ("skipp = []\n", "1:1", "config-unknown-key", "did you mean `skip`?"),
        ("[policy]\nregistrys = []\n", "2:1", "config-unknown-key", "did you mean `registries`?"),
        (
            "only = [\"priviledged-container\"]\n",
            "1:9",
            "config-unknown-check",
            "did you mean `privileged-container`?",
        ),
        ("only = []\n", "1:8", "config-empty", "name an id"),
        ("min-severity = \"hihg\"\n", "1:16", "config-unknown-word", "did you mean `high`?"),
        ("level = \"privileged\"\n", "1:9", "config-unknown-word", "use one of `baseline`, `restricted`"),
        (
            "level = \"baseline\"\nversion = \"1.30\"\n",
            "2:11",
            "config-unknown-word",
            "write latest, or v1.N as in v1.34",
        ),
        ("level = \"baseline\"\nskip = []\n", "2:1", "config-contradiction", "remove `skip`"),
        ("pedantic = \"yes\"\n", "1:12", "config-wrong-type", "write true or false"),
        ("exclude = [\"/etc\"]\n", "1:12", "config-pattern", "without a slash in front"),
        ("[severity]\nhost-pid = \"lo\"\n", "2:12", "config-unknown-word", "did you mean `low`?"),
        ("[[ignore]]\nid = \"host-pid\"\n", "2:1", "config-missing-key", "add reason"),
        ("[[ignore]]\nid = \"host-pid\"\nreason = \" \"\n", "3:10", "config-empty", "write it"),
        (
            "[[ignore]]\nid = \"host-pid\"\nreason = \"x\"\nuntil = \"soon\"\n",
            "4:9",
            "config-no-day",
            "write YYYY-MM-DD",
        ),
        (
            "[policy]\nregistries = [\"https://r.example/\"]\n",
            "2:15",
            "config-registry",
            "leave the scheme out",
        ),
        ("[policy]\nmax-containers = 0\n", "2:18", "config-wrong-type", "write a whole number from 1"),
        ("only = [\n", "", "toml-syntax", "mend the syntax"),
    ] {
        let ran = short(&configured(text), &[]);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{text}");
        let at = format!(".sealegs.toml:{place}");
        assert!(
            ran.err.contains(&at) && ran.err.contains(says) && ran.err.contains(help),
            "{text}{}",
            ran.err
        );
    }
}

#[test]
fn hostile_configurations_are_refused() {
    let s = configured("");
    write(s.home(), "large.toml", &"#".repeat((256 << 10) + 1));
    assert!(short(&s, &["--config", "large.toml"]).err.contains("at most 256 KiB"));
    assert_eq!(short(&s, &["--config", "m"]).code, 2, "a directory");
    std::fs::write(s.home().join("odd.toml"), b"only = [\"\xff\"]").unwrap();
    assert!(short(&s, &["--config", "odd.toml"]).err.contains("not UTF-8 at byte 10"));
    let long = format!("skip = [{}]\n", "\"host-pid\", ".repeat(1_001));
    write(s.home(), "long.toml", &long);
    assert!(short(&s, &["--config", "long.toml"]).err.contains("config-too-long"));
    let deep = format!("a = {}{}\n", "[".repeat(5_000), "]".repeat(5_000));
    write(s.home(), "deep.toml", &deep);
    assert_eq!(short(&s, &["--config", "deep.toml"]).code, 2);
}

/// The blocks of the README in a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let readme = include_str!("../../../README.md");
    let fence = format!("```{language}\n");
    readme.split(&*fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn what_the_readme_shows_runs() {
    let s = Sealegs::new();
    let configurations = blocks("toml");
    assert_eq!(configurations.len(), 1);
    write(s.home(), "ci.toml", configurations[0]);
    let lines = blocks("sh").into_iter().flat_map(str::lines);
    let commands: Vec<_> = lines.filter_map(|line| line.strip_prefix("sealegs check ")).collect();
    assert!(commands.len() >= 9, "{commands:?}");
    for command in commands {
        // One of them mends.
        write(s.home(), "deploy/pod.yaml", POD);
        write(s.home(), "deploy.yaml", POD);
        let words = command.split('#').next().unwrap_or("").split_whitespace();
        let args: Vec<&str> = ["check"].into_iter().chain(words).collect();
        let ran = s.run(&args);
        assert!(ran.code == 1 && ran.err.is_empty(), "{command}: {} {}", ran.code, ran.err);
    }
}
