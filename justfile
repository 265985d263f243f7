# `just` lists the recipes. CI runs `cargo test` alone; the rest is for people.

default:
    @just --list

# Everything that must hold before a merge.
verify: fmt clippy test doc course deny

fmt:
    cargo fmt --check

clippy:
    cargo clippy --all-targets -- -D warnings

test:
    cargo test

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

# Every mistake in the course, with file, line and caret.
course:
    cargo run --quiet -- course check

deny:
    cargo deny check

# The performance goals, as ratios in one run.
bench:
    cargo bench

# checkov and hadolint beside ours, installed into a throw-away environment: the numbers of BENCHMARKS.md.
peers:
    cargo build --release
    python3 benches/peers.py target/release/sealegs numbers

# Where their verdicts and ours differ, on benches/peers/corpus.
verdicts:
    cargo build
    python3 benches/peers.py target/debug/sealegs verdicts

# The table of Kubernetes' fields, from the API's own schema: after a new version in tools/schema/Cargo.toml.
schema:
    CARGO_TARGET_DIR=target/schema cargo run --quiet --manifest-path tools/schema/Cargo.toml > target/kubernetes.txt
    mv target/kubernetes.txt assets/schema/kubernetes.txt

# Draws the README's pictures from the application's own buffers.
screens:
    cargo run --quiet --example screenshots

# What is handed out: slow to build, smaller and a little faster.
dist:
    cargo build --profile dist
