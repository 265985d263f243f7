//! What goes wrong around the commands: pipes, homes, damaged files, subjects that are none. Each has its exit code,
//! its message, and nothing is overwritten.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::{POD, Sealegs, tiny, write};

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let s = Sealegs::new();
    let mut child = s.command(&["check", "-"]).spawn().unwrap();
    // Nobody reads any more when the first byte is written.
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(POD.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!((done.status.code(), done.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn each_case_is_answered_before_the_next_is_asked() {
    let s = Sealegs::new();
    let mut child = s.command(&["sim", "pod-security", "--cases", "-"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for id in ["a", "b"] {
        writeln!(input, r#"{{"id":"{id}","input":{{}}}}"#).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains(&format!(r#""id":"{id}""#)), "{line}");
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_progress_file_that_is_none_is_never_overwritten() {
    let s = Sealegs::new();
    let file = s.home().join("progress.db");
    let refused = |code: i32, says: &str| {
        for args in [&["progress"][..], &["quiz", "1", "--linear"], &["--linear"], &["lab", "start", "6"]] {
            let ran = s.feed(args, "y\n");
            assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{args:?}: {}", ran.err);
            assert!(
                ran.err.starts_with("sealegs: HOME/progress.db: ") && ran.err.contains(says),
                "{}",
                ran.err
            );
            assert!(ran.err.contains("SEALEGS_HOME") || ran.err.contains("set aside"), "{}", ran.err);
        }
    };
    let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for text in [b"my notes\n".as_slice(), &noise] {
        fs::write(&file, text).unwrap();
        refused(3, "damaged");
        assert_eq!(fs::read(&file).unwrap(), text);
    }
    // A real one, cut off in the middle.
    fs::remove_file(&file).unwrap();
    assert_eq!(s.run(&["progress"]).code, 0);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..5000]).unwrap();
    refused(3, "damaged");
    assert_eq!(fs::read(&file).unwrap(), &whole[..5000]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused(2, "not a file; move it away");
    fs::remove_dir(&file).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(s.home().join("nowhere/at/all"), &file).unwrap();
        refused(2, "a link that leads to no file");
    }
}

#[test]
fn homes_have_any_name_and_must_be_writable() {
    let s = Sealegs::new();
    let odd = s.home().join("mit Leerzeichen, äöü 李");
    let ran = s.command(&["progress"]).env("SEALEGS_HOME", &odd).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    assert!(String::from_utf8(ran.stdout).unwrap().contains("mit Leerzeichen, äöü 李\n"));
    let file = write(s.home(), "a-file", "");
    let ran = s.command(&["progress"]).env("SEALEGS_HOME", &file).output().unwrap();
    let says = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2), "cannot write: {says}");
    assert!(
        says.contains("a-file: ") && says.contains("SEALEGS_HOME") && !says.contains("os error"),
        "{says}"
    );
    #[cfg(unix)]
    {
        let steering = s.home().join("a\u{1b}[31mb");
        let ran = s.command(&["progress"]).env("SEALEGS_HOME", &steering).output().unwrap();
        assert!(!ran.stdout.contains(&0x1b));
        let ran = s.command(&["check"]).arg(steering.join("nowhere")).output().unwrap();
        assert!(ran.status.code() == Some(2) && !ran.stderr.contains(&0x1b));
    }
}

#[test]
fn a_printed_command_can_be_typed() {
    let s = Sealegs::new();
    let course = s.home().join("it's ä");
    for file in ["content/course.toml", "content/01-root.md", "content/02-tokens.md"] {
        write(&course, file, &fs::read_to_string(Path::new(&tiny()).join(file)).unwrap());
    }
    let ran = s.run(&["--course", "it's ä", "--linear"]);
    assert!(ran.out.contains("sealegs --course 'it'\\''s ä' read 1 --linear\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn messages_name_the_object_in_plain_words() {
    let s = Sealegs::new();
    for (args, says) in [
        (&["check", "nowhere.yaml"][..], "sealegs: nowhere.yaml: no such file or directory\n"),
        (&["grade", "nowhere"], "sealegs: nowhere: no such directory\n"),
        (&["certificate", "verify", "nowhere"], "sealegs: nowhere: no such file or directory\n"),
        (&["certificate", "verify", "."], "sealegs: .: is a directory\n"),
        (&["sim", "kernel", "--cases", "."], "sealegs: .: is a directory; name a file of JSON lines\n"),
        (
            &["sim", "nonsense", "--cases", "nowhere"],
            "sealegs: no simulator is called \"nonsense\"; there are ",
        ),
        (
            &["certificate", "issue", "--name", "a\u{200b}b"],
            "sealegs: the name holds an invisible character (U+200B); leave it out\n",
        ),
        (
            &["certificate", "issue", "--name", "a\u{202e}b"],
            "sealegs: the name holds a character that changes the direction",
        ),
        (
            &["certificate", "issue", "--name", "a\u{1b}b"],
            "sealegs: the name holds a control character (U+001B); leave it out\n",
        ),
    ] {
        let ran = s.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.starts_with(says), "{args:?}: {}", ran.err);
    }
    let none = s.run(&["--course", &tiny(), "lab", "list"]);
    assert_eq!((none.code, none.out.as_str()), (0, "this course has no labs\n"));
    let value = s.run(&["grade", "nowhere", "--format", "json"]);
    assert_eq!(value.code, 2);
    let value: serde_json::Value = serde_json::from_str(&value.out).unwrap();
    assert_eq!(value[0]["notGraded"], "nowhere: no such directory");
}

#[test]
fn what_was_not_judged_is_never_called_clean() {
    let s = Sealegs::new();
    fs::create_dir(s.home().join("empty")).unwrap();
    let clean = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
    let helm = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \"{{ .Release.Name }}-x\"\n";
    let block = "{{- if .Values.enabled }}\napiVersion: v1\nkind: Pod\n{{- end }}\n";
    let alerts =
        format!("{clean}data:\n  a: \"{{{{ $labels.pod }}}} {{{{ .Labels.Values }}}} {{{{ .Values }}}}\"\n");
    let unknown = "apiVersion: x.example/v1\nkind: Strange\nmetadata:\n  name: a\n";
    for (name, text, code, says) in [
        ("clean", clean, 0, "read 1 file, 1 object, 0 containers: no findings"),
        ("alerts", &alerts, 0, "no findings"),
        ("nothing", "", 3, "so nothing was checked"),
        ("comment", "# later\n", 3, "so nothing was checked"),
        ("helm", helm, 3, "helm.yaml:4:10 error not-rendered"),
        ("block", block, 3, "block.yaml:1:1 error not-rendered"),
        ("unknown", unknown, 3, "kind-unknown"),
        ("some", &format!("{unknown}---\n{clean}"), 0, "1 note"),
        ("windows", &POD.replace('\n', "\r\n"), 1, "windows.yaml:10:21 critical"),
        ("list", "[1, 2]\n", 3, "not-an-object"),
    ] {
        let file = write(s.home(), &format!("{name}.yaml"), text);
        let ran = s.run(&["check", file.to_str().unwrap(), "--format", "short"]);
        assert_eq!(ran.code, code, "{name}: {}", ran.out);
        assert!(ran.out.contains(says), "{name}: {}", ran.out);
        let json = s.run(&["check", file.to_str().unwrap(), "--format", "json"]);
        let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!((json.code, &value["format"]), (code, &1.into()), "{name}");
    }
    let empty = s.run(&["check", "empty"]);
    assert_eq!(empty.code, 3);
    assert_eq!(empty.out, "read 0 files, 0 objects, 0 containers, so nothing was checked: no findings\n");
    let nothing = s.run(&["check", "clean.yaml", "--only", "host-pid", "--skip", "host-pid"]);
    assert_eq!(nothing.code, 2, "{}", nothing.out);
    assert!(nothing.err.contains("nothing is left to look for"), "{}", nothing.err);
    let twice = s.run(&["check", "clean.yaml", "clean.yaml"]);
    assert!(twice.out.starts_with("read 1 file,"), "{}", twice.out);
}

#[cfg(unix)]
#[test]
fn links_below_a_directory_are_counted_and_pipes_are_not_waited_for() {
    let s = Sealegs::new();
    let folder = s.home().join("m");
    write(&folder, "pod.yaml", POD);
    std::os::unix::fs::symlink("../m", folder.join("round")).unwrap();
    std::os::unix::fs::symlink("pod.yaml", folder.join("link.yaml")).unwrap();
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("read 1 file, 1 object, 1 container, 2 links not followed: "), "{}", ran.out);
    fs::remove_file(folder.join("pod.yaml")).unwrap();
    assert_eq!(s.run(&["check", "m"]).code, 3, "nothing but links");
    // A file that cannot be read: the others are judged all the same.
    write(&folder, "pod.yaml", POD);
    fs::set_permissions(folder.join("pod.yaml"), std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .unwrap();
    write(&folder, "other.yaml", POD);
    if fs::read(folder.join("pod.yaml")).is_err() {
        let ran = s.run(&["check", "m", "--format", "short"]);
        assert_eq!(ran.code, 3);
        assert!(ran.out.contains("m/pod.yaml:1:1 error unreadable-file permission denied"), "{}", ran.out);
        assert!(ran.out.contains("m/other.yaml:10:21 critical"), "{}", ran.out);
        assert_eq!(s.run(&["check", "m/pod.yaml"]).code, 2);
    }
    let made = std::process::Command::new("mkfifo").arg(s.home().join("pipe")).status();
    assert!(made.unwrap().success());
    for args in [&["check", "pipe"][..], &["certificate", "verify", "pipe"], &["certificate", "show", "pipe"]]
    {
        let ran = s.run(args);
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains("pipe: a pipe, on which one may wait for ever"), "{}", ran.err);
    }
}

#[test]
fn files_that_are_no_certificate_are_told_apart() {
    let s = Sealegs::new();
    for (bytes, says) in [
        (Vec::new(), "the file is empty"),
        (vec![b' '; 9 << 20], "8388608 is the most"),
        (b"\xff\xfe{\0}\0".to_vec(), "not UTF-8 at byte 1"),
        (b"{}".to_vec(), ""),
    ] {
        for from_stdin in [true, false] {
            let path = s.home().join("c.json");
            fs::write(&path, &bytes).unwrap();
            let file = if from_stdin { "-" } else { "c.json" };
            let ran = s.feed_bytes(&["certificate", "verify", file, "--json"], &bytes);
            let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(ran.code, 1, "{value:#}");
            assert!(value["detail"].as_str().unwrap().contains(says), "{value:#}");
        }
    }
}

#[test]
fn an_empty_folder_does_not_keep_the_application_alive() {
    let s = Sealegs::new();
    fs::create_dir(s.home().join("06-linux-capabilities")).unwrap();
    let ran = s.run(&["grade", "06-linux-capabilities"]);
    assert_ne!(ran.code, 0);
    assert!(!ran.out.contains(", the application works"), "{}", ran.out);
}

/// Somebody at a terminal is asked before a damaged file is set aside, line by line as well.
#[cfg(unix)]
#[test]
fn a_damaged_progress_file_is_set_aside_after_a_yes() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    let s = Sealegs::new();
    let ask = |answer: &str| {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_sealegs"));
        command.args(["--linear"]);
        command.env_clear();
        command.env("SEALEGS_HOME", s.home());
        command.env("SEALEGS_NOW", "2026-11-21T12:00:00Z");
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        pair.master.take_writer().unwrap().write_all(answer.as_bytes()).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let mut out = Vec::new();
        // A terminal whose other end is gone reports an error on some systems.
        let _ = std::io::Read::read_to_end(&mut reader, &mut out);
        (child.wait().unwrap().exit_code(), String::from_utf8_lossy(&out).into_owned())
    };
    let file = write(s.home(), "progress.db", "my notes");
    let (code, said) = ask("n\n");
    assert_eq!(code, 3, "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "my notes");
    let (code, said) = ask("y\n");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("it is now ") && said.contains("Continue with lesson 1"), "{said}");
    let aside = Path::new(s.home()).join("progress.db.damaged-20261121T120000Z");
    assert_eq!(fs::read_to_string(aside).unwrap(), "my notes");
}
