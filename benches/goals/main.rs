//! The performance goals, as ratios in one run: `cargo bench`.
//!
//! Every figure is a median; a pair that makes a ratio is run in turn, A B A B. Absolute times are orders of
//! magnitude: they drift with the machine, the ratios hold. The program's own executable plays the ratatui
//! "hello" when it is started with `--hello`, and 'print and exit' with `--print`, so that both sides of a goal are
//! built alike. `cargo bench -- one-pod corpus` measures these alone.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod admission;
mod check;
mod first_frame;
mod gatekeeper;
mod hostile;
mod network;
mod rbac;
mod work;

use std::time::{Duration, Instant};

/// What is measured, in this order, by the name that asks for it alone.
const GOALS: &[(&str, fn())] = &[
    ("yaml-tree", work::yaml_tree),
    ("hostile", hostile::measure),
    ("hostile-directory", hostile::directory),
    ("one-pod", check::one_pod),
    ("cold", check::cold),
    ("corpus", check::corpus),
    ("dockerfiles", check::dockerfiles),
    ("admission", admission::measure),
    ("gatekeeper", gatekeeper::measure),
    ("network", network::measure),
    ("rbac", rbac::many_bindings),
    ("lesson", work::lesson_render),
    ("grade", work::lab_grade),
    ("saving", work::saving),
    ("first-frame", first_frame::measure),
];

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|a| a == "--hello") {
        first_frame::hello();
        return;
    }
    if args.iter().any(|a| a == "--print") {
        println!("sealegs");
        return;
    }
    println!("{:<46} {:>12}  against", "measured", "median");
    let named: Vec<&String> = args.iter().skip(1).filter(|a| !a.starts_with('-')).collect();
    for (name, measure) in GOALS {
        if named.is_empty() || named.iter().any(|n| n == name) {
            measure();
        }
    }
}

/// Runs `a` and `b` in turn and returns their medians and the median of the pairs' ratios, a to b.
fn pairs(rounds: usize, mut a: impl FnMut(), mut b: impl FnMut()) -> (Duration, Duration, f64) {
    a();
    b();
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        times.push((time(&mut a), time(&mut b)));
    }
    let ratios = times.iter().map(|(a, b)| a.as_secs_f64() / b.as_secs_f64().max(1e-12)).collect();
    let (left, right): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    (median(left), median(right), middle(ratios))
}

/// The median time of `rounds` runs.
fn repeat(rounds: usize, mut run: impl FnMut()) -> Duration {
    run();
    median((0..rounds).map(|_| time(&mut run)).collect())
}

fn time(run: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn middle(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

fn row(what: &str, took: Duration, against: &str) {
    let ms = took.as_secs_f64() * 1e3;
    println!("{what:<46} {ms:>9.3} ms  {against}");
}
