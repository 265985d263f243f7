//! How wide findings are told: as wide as the terminal; in a pipe a line stays a line.

use std::io::Read;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{POD, Sealegs, write};

/// What a command writes to a terminal of this width.
fn on_a_terminal(s: &Sealegs, cols: u16, args: &[&str]) -> String {
    let size = PtySize { rows: 24, cols, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_sealegs"));
    command.env_clear();
    command.env("TERM", "xterm");
    command.env("SEALEGS_HOME", s.home());
    command.args(args);
    command.cwd(s.home());
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut bytes = Vec::new();
    // On Linux the end of a terminal is an error.
    let _ = reader.read_to_end(&mut bytes);
    child.wait().unwrap();
    String::from_utf8(bytes).unwrap().replace('\r', "")
}

#[test]
fn a_terminal_has_its_width_and_a_pipe_has_lines() {
    let s = Sealegs::new();
    let pod = POD.replace("name: a\n", "name: a\n  namespace: a-namespace-with-a-rather-long-name\n");
    write(s.home(), "pod.yaml", &pod);
    let piped = s.run(&["check", "pod.yaml"]).out;
    let long = piped.lines().filter(|line| line.chars().count() > 60).count();
    assert!(long > 5, "{piped}");
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    for cols in [60, 80] {
        let shown = on_a_terminal(&s, cols, &["check", "pod.yaml"]);
        let wide: Vec<_> = shown.lines().filter(|l| l.chars().count() > usize::from(cols)).collect();
        assert!(wide.is_empty(), "{cols}: {wide:#?}");
        assert_eq!(squeezed(&shown), squeezed(&piped), "nothing is lost");
    }
    let levelled = on_a_terminal(&s, 60, &["check", "pod.yaml", "--level", "restricted"]);
    assert!(
        levelled.contains("refused: ") && levelled.lines().all(|l| l.chars().count() <= 60),
        "{levelled}"
    );
    let short = on_a_terminal(&s, 60, &["check", "pod.yaml", "--format", "short"]);
    assert!(short.lines().any(|l| l.chars().count() > 60), "one line a finding: {short}");
}
