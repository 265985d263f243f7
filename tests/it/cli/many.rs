//! Many files: judged directory by directory, on all processors, printed as they end, always in the same order.

use std::fs;

use super::{POD, Sealegs, write};

const POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {matchLabels: {app: other}}, policyTypes: [Ingress]}\n";

#[test]
fn the_files_of_a_directory_are_judged_together_whatever_lies_between_them_by_name() {
    let s = Sealegs::new();
    let folder = s.home().join("m");
    // By path, the directory b lies between the two files.
    write(&folder, "a.yaml", POLICY);
    write(&folder, "c.yaml", POD);
    write(&folder.join("b"), "pod.yaml", POD);
    let only = ["--only", "network-policy-selects-nothing", "--format", "short"];
    let ran = s.run(&[&["check", "m"][..], &only].concat());
    assert!(ran.out.starts_with("m/a.yaml:"), "{}", ran.out);
    // The pod of another directory says nothing of it.
    fs::remove_file(folder.join("c.yaml")).unwrap();
    let ran = s.run(&[&["check", "m"][..], &only].concat());
    assert_eq!(ran.code, 0, "{}", ran.out);
}

#[test]
fn many_files_are_told_in_the_same_order_each_time_and_as_one_by_one() {
    let s = Sealegs::new();
    for number in 0..300 {
        let folder = s.home().join(format!("m/d{}", number / 60));
        write(&folder, &format!("p{number:03}.yaml"), &POD.replace("name: ", &format!("name: n{number}")));
    }
    write(&s.home().join("m/d1"), "broken.yaml", "a: [\n");
    write(&s.home().join("m/d2"), "large.yaml", &"a: b\n".repeat(1 << 20));
    for format in ["short", "text", "json", "sarif", "junit", "github"] {
        let first = s.run(&["check", "m", "--format", format]);
        assert_eq!(first.code, 3);
        for _ in 0..3 {
            assert_eq!(s.run(&["check", "m", "--format", format]).out, first.out, "{format}");
        }
    }
    let all = s.run(&["check", "m", "--format", "short"]).out;
    let lines: Vec<&str> = all.lines().collect();
    let (sum, found) = lines.split_last().unwrap();
    assert!(sum.starts_with("read 301 files, 300 objects, 300 containers: 2 errors, "), "{sum}");
    assert!(found.is_sorted_by_key(|line| line.split(':').next()), "by file");
    let mut alone = Vec::new();
    for number in [0, 59, 60, 299] {
        let file = format!("m/d{}/p{number:03}.yaml", number / 60);
        let own: Vec<_> = found.iter().filter(|line| line.starts_with(&file)).copied().collect();
        let ran = s.run(&["check", &file, "--format", "short"]);
        let (_, lines) = ran.out.trim_end().rsplit_once('\n').map(|(l, s)| (s, l)).unwrap();
        assert_eq!(own.join("\n"), lines);
        alone.extend(own);
    }
    assert!(alone.len() >= 4);
    assert!(all.contains("m/d2/large.yaml:1:1 error unreadable-file file is larger than 4096 KiB"), "{sum}");
}

#[test]
fn a_large_directory_is_judged_in_parts_and_says_so() {
    let s = Sealegs::new();
    let comment = "# x\n".repeat(20_000);
    for number in 0..30 {
        write(&s.home().join("m"), &format!("p{number:02}.yaml"), &format!("{POD}{comment}"));
    }
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert!(
        ran.out.contains("read 30 files, 30 objects, 30 containers, directories in 2 parts more: "),
        "{}",
        ran.out
    );
}

#[test]
fn nothing_is_judged_where_only_reading_is_asked_for() {
    let s = Sealegs::new();
    write(&s.home().join("m"), "pod.yaml", POD);
    let ran = s.run(&["check", "m", "--parse-only"]);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (3, "read 1 file, 0 objects, 0 containers, so nothing was checked: no findings\n")
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_said_and_named_files_are_read_once() {
    let s = Sealegs::new();
    let folder = s.home().join("m");
    write(&folder, "pod.yaml", POD);
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.yaml")).status();
    assert!(made.unwrap().success());
    std::os::unix::net::UnixListener::bind(folder.join("socket.yaml")).unwrap();
    let ran = s.run(&["check", "m", "m", "m/pod.yaml", "--format", "short"]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("m/pipe.yaml:1:1 error unreadable-file a pipe, not a file"), "{}", ran.out);
    assert!(ran.out.contains("m/socket.yaml:1:1 error unreadable-file a socket, not a file"), "{}", ran.out);
    assert!(ran.out.contains("read 1 file, 1 object"), "{}", ran.out);
    let shut = s.home().join("m/shut");
    fs::create_dir(&shut).unwrap();
    fs::set_permissions(&shut, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if fs::read_dir(&shut).is_err() {
        let ran = s.run(&["check", "m", "--format", "short"]);
        assert!(ran.out.contains("m/shut:1:1 error unreadable-file permission denied"), "{}", ran.out);
    }
    fs::set_permissions(&shut, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let endless = s.run(&["check", "/dev/zero", "--format", "short"]);
    assert!(endless.out.contains("error unreadable-file file is larger than 4096 KiB"), "{}", endless.out);
}

#[test]
fn a_repository_holds_files_of_other_tools_and_patches() {
    let s = Sealegs::new();
    let files = [
        ("package.json", "{\"name\": \"x\"}"),
        ("playbook.yml", "- hosts: all\n"),
        ("empty.yaml", "# later\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
        ("chart/values.yaml", "replicas: 2\n"),
        ("prod/kustomization.yaml", "resources: [../base]\npatches: [{path: patch.yaml}]\n"),
        (
            "prod/patch.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n",
        ),
        (
            "gateway.yaml",
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {}\n",
        ),
    ];
    for (path, text) in files {
        write(&s.home().join("m"), path, text);
    }
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert_eq!(ran.code, 3, "nothing was judged: {}", ran.out);
    assert!(ran.out.contains("0 containers: 8 notes"), "{}", ran.out);
    assert!(ran.out.contains("m/gateway.yaml:2:7 note kind-unjudged"), "{}", ran.out);
    let quota = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: b}\n";
    write(&s.home().join("m"), "good.yaml", quota);
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert_eq!(ran.code, 0, "one object was judged, and nothing found: {}", ran.out);
    for (path, _) in files.iter().filter(|(path, _)| *path != "gateway.yaml") {
        let ran = s.run(&["check", &format!("m/{path}"), "--format", "short"]);
        assert!(ran.code == 3 && ran.out.contains(" error "), "what is named is meant: {}", ran.out);
    }
    write(&s.home().join("m"), "kindless.yaml", "apiVersion: v1\nmetadata: {name: a}\nspec: {}\n");
    let ran = s.run(&["check", "m", "--format", "short"]);
    assert!(ran.out.contains("m/kindless.yaml:1:1 error kind-missing") && ran.code == 3, "{}", ran.out);
}

#[test]
fn a_template_is_told_once_with_the_chart_to_render() {
    let s = Sealegs::new();
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n  {{- toYaml .Values.x | nindent 2 }}\n";
    write(s.home(), "charts/web/templates/pod.yaml", template);
    let ran = s.run(&["check", "charts"]);
    assert!(ran.code == 3 && ran.out.matches("error[").count() == 1, "{}", ran.out);
    assert!(
        ran.out.contains("= help: render it first: helm template charts/web | sealegs check -"),
        "{}",
        ran.out
    );
    write(s.home(), "etc/containerd/config.toml", "version = 2\n[plugins]\n");
    write(s.home(), "etc/cargo/config.toml", "[build]\n");
    assert!(s.run(&["check", "etc"]).out.contains("read 1 file, 1 object"));
}
