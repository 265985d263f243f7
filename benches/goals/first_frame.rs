//! G8 to G10: from exec to the first full frame in a pseudo-terminal of 120x40, against a ratatui hello.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{median, middle, row};

const ROUNDS: usize = 15;
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
/// What hello shows last: its last row.
const HELLO_END: &str = "hello 39 hello";
/// What the reader shows in a lesson's first frame: the title in the header, and the help key in the footer.
const LESSON: [&str; 2] = ["The container threat model", "?"];

/// The peer: 120x40 full of text, by ratatui with crossterm, then gone.
pub fn hello() {
    let mut terminal = ratatui::init();
    let lines: Vec<_> = (0..ROWS).map(|y| format!("hello {y} {}", "hello ".repeat(19))).collect();
    let text = ratatui::text::Text::from(lines.join("\n"));
    let _ = terminal.draw(|frame| frame.render_widget(&text, frame.area()));
    let _ = std::io::stdin().read(&mut [0; 1]);
    ratatui::restore();
}

/// Prints the rows.
pub fn measure() {
    let own = std::env::current_exe().expect("the bench knows itself");
    let sealegs = Path::new(env!("CARGO_BIN_EXE_sealegs"));
    let home = tempfile::tempdir().expect("a home to throw away");
    // The first start makes the database; what is measured is the ordinary one.
    frame(sealegs, &["read", "1"], home.path(), true, &LESSON);
    let mut taken: [Vec<Duration>; 3] = Default::default();
    let mut peaks = Vec::new();
    let (mut to_hello, mut silent) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let hello = frame(&own, &["--hello"], home.path(), true, &[HELLO_END]);
        let lesson = frame(sealegs, &["read", "1"], home.path(), true, &LESSON);
        let mute = frame(sealegs, &["read", "1"], home.path(), false, &LESSON);
        to_hello.push(lesson.took.as_secs_f64() / hello.took.as_secs_f64());
        silent.push(mute.took.as_secs_f64() / lesson.took.as_secs_f64());
        peaks.push(lesson.peak_kib);
        for (list, one) in taken.iter_mut().zip([hello, lesson, mute]) {
            list.push(one.took);
        }
    }
    peaks.sort_unstable();
    let [hello, lesson, mute] = taken.map(median);
    row("ratatui hello, first frame", hello, "the peer of G8");
    let ratio = middle(to_hello);
    row("a lesson with YAML, first frame", lesson, &format!("{ratio:.2} x hello (G8: at most 1.5)"));
    let ratio = middle(silent);
    row("the same, no query answered", mute, &format!("{ratio:.2} x answered (G9: at most 1.1)"));
    let mib = peaks[peaks.len() / 2] as f64 / 1024.0;
    println!("{:<46} {mib:>9.1} MiB (G10: at most 12)", "peak memory at the first frame");
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap_or(NonZero::<u16>::MIN)
}

struct Frame {
    took: Duration,
    peak_kib: u64,
}

/// Starts a program in a pseudo-terminal and waits until the screen holds all of `wanted`.
fn frame(program: &Path, args: &[&str], home: &Path, answers: bool, wanted: &[&str]) -> Frame {
    let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(PathBuf::from(program));
    command.args(args);
    command.env_clear();
    command.env("SEALEGS_HOME", home);
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut reader = pair.master.try_clone_reader().expect("its output");
    let mut writer = pair.master.take_writer().expect("its input");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if sender.send((Instant::now(), buffer[..read].to_vec())).is_err() {
                break;
            }
        }
    });
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).expect("the program starts");
    drop(pair.slave);
    let mut screen = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
    let mut took = None;
    while took.is_none() {
        let Ok((at, bytes)) = receiver.recv_timeout(Duration::from_secs(5)) else {
            panic!("no frame of {} {args:?}:\n{}", program.display(), screen.screen().contents());
        };
        screen.process(&bytes);
        if answers && bytes.windows(4).any(|w| w == b"]11;") {
            let _ = writer.write_all(b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\");
        }
        let text = screen.screen().contents();
        if wanted.iter().all(|w| text.contains(w)) {
            took = Some(at - start);
        }
    }
    let peak_kib = child.process_id().and_then(peak).unwrap_or(0);
    let _ = child.kill();
    let _ = child.wait();
    Frame { took: took.unwrap_or_default(), peak_kib }
}

/// `VmHWM` of a process, in KiB; Linux alone tells.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
