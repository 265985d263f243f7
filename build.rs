//! Rebuilds when the embedded course changes, new files included; `include_dir` alone does not notice those.

fn main() {
    for directory in ["content", "quizzes", "labs", "assets"] {
        println!("cargo:rerun-if-changed={directory}");
    }
}
