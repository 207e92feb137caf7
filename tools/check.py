#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The stages of ./check, in order; stops at nothing, counts everything.

A stage returns (passed, failed). A build that breaks is one failure, and what needs that build
fails with it instead of being left out.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
JOBS = str(os.cpu_count() or 2)
MORE_JOBS = str(int(JOBS) + 1)  # of what often waits
PYTHON = "/usr/bin/python3"
FUZZ_S = 1
SANITIZED = ("asan", "tsan")
# What later stages run, what is installed, and what must not rot. Of the rest, the tests, gcc reads
# the sources alone: they run in the build of clang.
RELEASED = ("products", "faults", "examples/all", "tests/bench/all", "api_synthetic_gen",
            "test_server_kill")
UNSANITIZED = "unsanitized"  # the label of tests that fork hundreds of servers
ORACLE_CASES = 60000
RECORD = "build/e2e-record"
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


def run(command, timeout, quiet=True, text=None):
    """Runs a command; returns (exit code, output). Output is shown at once unless quiet; text is
    what the command reads."""
    full = dict(os.environ, **SANITIZERS)
    if shutil.which(command[0]) is None:
        return 127, "there is no %s\n" % command[0]
    child = subprocess.Popen(command, cwd=ROOT, env=full, text=True, errors="replace",
                             stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             start_new_session=True)
    deadline = time.monotonic() + timeout
    lines = []
    try:
        if quiet:
            output, _ = child.communicate(text, timeout=timeout)
            return child.returncode, output
        for line in child.stdout:
            print("   " + line, end="", flush=True)
            lines.append(line)
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(command, timeout)
        return child.wait(timeout=60), "".join(lines)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
        return 124, "".join(lines) + "\nno end within %d s: %s\n" % (timeout, " ".join(command))


def tail(text, count=60):
    for line in text.strip().splitlines()[-count:]:
        print("   " + line)


def one(command, timeout=300, text=None):
    """A check that is one command: passes when it exits 0."""
    code, output = run(command, timeout, text=text)
    if code != 0:
        tail(output, 100)
    return (1, 0) if code == 0 else (0, 1)


def add(*counts):
    return tuple(sum(column) for column in zip(*counts))


def sources():
    found = []
    for top in ("src", "include", "tests", "examples"):
        for suffix in ("*.c", "*.h"):
            found.extend(ROOT.glob(top + "/**/" + suffix))
    return sorted(str(path.relative_to(ROOT)) for path in found
                  if "node_modules" not in path.parts)


def stage_source():
    commands = [["clang-format-14", "--dry-run", "--Werror"] + sources()]
    commands += [[PYTHON, tool] for tool in (
        "tools/check_layers.py", "tools/check_source.py", "tools/check_budget.py",
        "tools/check_docs.py", "tests/e2e/selftest.py")]
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        return add(*pool.map(one, commands))


def configure(preset):
    """Tests that cannot be built are a failure here, and not left out. Hundreds of programs with
    sanitizers are linked: lld takes a quarter of the time. Their reports need lines, not variables,
    without which compiling takes an eighth less."""
    command = ["cmake", "--preset", preset, "-DBUILD_TESTING=ON"]
    return command + (["-DCMAKE_EXE_LINKER_FLAGS_DEBUG=-fuse-ld=lld", "-DCMAKE_C_FLAGS_DEBUG=-g1"]
                      if preset in SANITIZED else [])


def build(preset, targets=()):
    code, text = run(configure(preset), 300)
    if code == 0:
        command = ["cmake", "--build", "--preset", preset, "-j", JOBS]
        code, text = run(command + (["--target"] + list(targets) if targets else []), 1800)
    if code != 0:
        lines = text.splitlines()
        hits = [i for i, line in enumerate(lines) if re.search(r"error:|FAILED:|CMake Error", line)]
        tail("\n".join(lines[hits[0]:hits[0] + 60]) if hits else text)
    return (1, 0) if code == 0 else (0, 1)


def programs(preset, prefix):
    """The names after the prefix of the programs of a configured build that have it."""
    targets = run(["ninja", "-C", "build/" + preset, "-t", "targets", "all"], 60)[1]
    return set(re.findall(r"^%s(\S+): phony" % prefix, targets, re.M))


def warnings(entry):
    """What gcc says of a source of the release build, compiled for that alone: without optimization,
    which takes a third of the time, and says all but for -Wunused-result and -Wmaybe-uninitialized."""
    words = [word for word in shlex.split(entry["command"]) if word != "-c"]
    words[words.index("-o") + 1] = "/dev/null"
    done = subprocess.run(words + ["-O0", "-g0", "-U_FORTIFY_SOURCE", "-S"], cwd=entry["directory"],
                          capture_output=True, text=True, errors="replace", timeout=120, check=False)
    return "" if done.returncode == 0 else done.stderr or entry["file"] + ": gcc failed\n"


def stage_gcc():
    """What is needed is built; every other source of the build is compiled for its warnings alone."""
    built = build("release", RELEASED)
    if built[1]:
        return built
    done = set(shlex.split(run(["ninja", "-C", "build/release", "-t", "commands", *RELEASED], 60)[1]))
    entries = json.loads((ROOT / "build/release/compile_commands.json").read_text())
    rest = [entry for entry in entries
            if done.isdisjoint(re.findall(r" -o (\S+)", entry["command"]))]
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        said = [text for text in pool.map(warnings, rest) if text]
    for text in said:
        tail(text, 20)
    print("   %d sources built, warnings of %d others" % (len(entries) - len(rest), len(rest)))
    return add(built, (0, 1) if said or not rest else (1, 0))


def stage_tidy():
    """Needs the compile commands and the generated headers of the clang build."""
    paths = [path for path in sources() if path.startswith("src/") and path.endswith(".c")]
    counts = []
    for first in range(0, len(paths), 40):
        counts.append(one(["xargs", "-P", JOBS, "-n", "5", "clang-tidy-14", "-p", "build/asan",
                           "--quiet"], 900, text="\n".join(paths[first:first + 40])))
    return add(*counts)


def ctest(preset, *arguments):
    """Every ctest counts; no test at all is a failure."""
    code, text = run(["ctest", "--test-dir", "build/" + preset, "--output-on-failure",
                      "-j", MORE_JOBS, "--timeout", "300", *arguments], 1800)
    summary = re.search(r"(\d+)% tests passed, (\d+) tests failed out of (\d+)", text)
    if not summary:
        tail(text)
        print("   no test ran in build/" + preset)
        return (0, 1)
    failed, total = int(summary.group(2)), int(summary.group(3))
    if failed or code != 0:
        tail(text, 200)
    unbuilt = len(re.findall(r"\(Not Run\)", text))
    print("   %d tests, %d failed%s" % (total, failed, ", %d not built" % unbuilt if unbuilt else ""))
    return (total - failed, max(failed, 1 if code != 0 else 0))


def side_by_side(*stages):
    """For stages one of which mostly waits."""
    with concurrent.futures.ThreadPoolExecutor(len(stages)) as pool:
        return add(*pool.map(lambda stage: stage(), stages))


def stage_defences():
    """Each defence against hostile input, taken out: a test must notice."""
    return counted([PYTHON, "tests/defences/run.py"], 600)


def stage_tsan():
    """Only what runs threads is built: the unit tests that say so, and the server for the cases that
    hammer it from several connections."""
    code, text = run(configure("tsan"), 300)
    if code != 0:
        tail(text)
        return (0, 1)
    known = programs("tsan", "test_")
    listing = run(["ctest", "--test-dir", "build/tsan", "-N", "-L", "threads"], 60)[1]
    tests = [name for name in re.findall(r"Test +#\d+: unit\.(\S+)", listing) if name in known]
    if not tests:
        print("   no test says that it runs threads")
        return (0, 1)
    built = build("tsan", ["iamd"] + ["test_" + name for name in tests])
    if built[1]:
        return built
    return add(built, side_by_side(
        lambda: ctest("tsan", "-L", "threads"),
        lambda: counted([PYTHON, "tests/e2e/run.py", "--iamd", "build/tsan/src/server/iamd",
                         "revocation"], 600)))


def fuzz(target):
    """Runs one target on each input of its corpus, then for FUZZ_S seconds; findings stay in
    build/asan/found."""
    name = target.name[len("fuzz_"):]
    work = ROOT / "build/asan/found" / name
    work.mkdir(parents=True, exist_ok=True)
    command = [str(target), "-max_total_time=%d" % FUZZ_S, "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=0", "-verbosity=0", "-artifact_prefix=%s/" % work,
               str(work), str(ROOT / "build/asan/corpus" / name)]
    counts = one(command, FUZZ_S + 60)
    print("   %s %s" % ("ok  " if counts[0] else "FAIL", name), flush=True)
    return counts


def stage_fuzz():
    """Every target, as many at once as there are processors."""
    names = programs("asan", "fuzz_")
    if not names:
        print("   there is no fuzz target")
        return (0, 1)
    targets = sorted(path for path in (ROOT / "build/asan/tests").glob("**/fuzz_*")
                     if path.is_file() and os.access(path, os.X_OK)
                     and path.name[len("fuzz_"):] in names)  # not of a target that was there once
    if len(targets) != len(names):
        print("   %d fuzz targets of %d were built" % (len(targets), len(names)))
        return (0, 1)
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        return add(*pool.map(fuzz, targets))


def counted(command, timeout):
    """A runner of our own: its last line is the count."""
    code, text = run(command, timeout, quiet=False)
    match = re.search(r"(\d+) passed, (\d+) failed\s*$", text)
    if not match:
        tail(text, 5)
        return (0, 1)
    passed, failed = int(match.group(1)), int(match.group(2))
    return (passed, max(failed, 1 if code != 0 else 0))


def stage_npm():
    """The JavaScript SDK, exactly as package-lock.json has it."""
    modules = ROOT / "tests/e2e/js/node_modules"
    if modules.is_dir() and run(["npm", "ls", "--prefix", "tests/e2e/js", "--silent"], 120)[0] == 0:
        return (1, 0)
    shutil.rmtree(modules, ignore_errors=True)
    return one(["npm", "ci", "--prefix", "tests/e2e/js", "--no-audit", "--no-fund",
                "--ignore-scripts", "--loglevel=error"], 600)


def stage_tokens():
    """Mutated tokens: our verdict against that of the library jose."""
    return counted([PYTHON, "tests/oracle/tokens.py", "--judge",
                    "build/asan/tests/oracle/token_judge"], 300)


def stage_e2e():
    return counted([PYTHON, "tests/e2e/run.py", "--iamd", "build/asan/src/server/iamd", "--record",
                    RECORD, "--jobs", str(2 * int(JOBS))], 1500)


def stage_coverage():
    """What the clients of the stage before sent and got, against the page that is here."""
    return counted([PYTHON, "tests/e2e/coverage.py", RECORD], 60)


def stage_torture():
    """The short form of each case; its faults need a server without sanitizers."""
    return counted([PYTHON, "tests/torture/run.py", "--iamd", "build/release/src/server/iamd"], 300)


def stage_oracle():
    """The naive second evaluator: its own tests, then one random case after another against libiam."""
    parts = (([PYTHON, "tests/oracle/selftest.py"], 120),
             ([PYTHON, "tests/oracle/run.py", "--iam", "build/release/src/cli/iam", "--seed", "1",
               "--cases", str(ORACLE_CASES)], 900))
    passed = failed = 0
    for command, timeout in parts:
        code, output = run(command, timeout)
        lines = output.strip().splitlines() or [""]
        print("   " + lines[-1])
        if code == 0:
            passed += 1
        else:
            failed += 1
            print("   " + "\n   ".join(lines[-40:]))
    return passed, failed


def stage_proofs():
    """Frama-C: a goal is a test, and a prover that is missing is a failure."""
    code, output = run(["proofs/run.sh"], 600)
    lines = output.strip().splitlines() or [""]
    found = re.fullmatch(r"(\d+) goals proved, (\d+) not", lines[-1])
    if not found:
        print("   " + "\n   ".join(lines[-40:]))
        return 0, 1
    passed, failed = int(found.group(1)), int(found.group(2))
    if failed or code:
        print("   " + "\n   ".join(lines[-40:]))
    return passed, max(failed, 1 if code else 0)


def stage_readme():
    return counted([PYTHON, "tests/e2e/readme.py"], 300)


# Stages in brackets of their own run beside each other, as one of them mostly waits.
FULL = (
    ("source: format, layers, banned functions, budgets, test tools", stage_source),
    (
        ("build: gcc, release; tests: warnings", stage_gcc),
        ("npm: the AWS SDK for JavaScript", stage_npm),
    ),
    ("build: clang, ASan and UBSan, libFuzzer", lambda: build("asan")),
    ("clang-tidy", stage_tidy),
    ("ctest: unit, vectors (ASan and UBSan)",
     lambda: ctest("asan", "-LE", "corpus|" + UNSANITIZED)),
    ("defences: each taken out, a test notices", stage_defences),
    ("ctest: threads (TSan)", stage_tsan),
    ("fuzz: each corpus, then %d s each (ASan and UBSan)" % FUZZ_S, stage_fuzz),
    ("e2e: AWS CLI, boto3, JavaScript SDK, Ansible, curl, raw sockets (ASan and UBSan)", stage_e2e),
    ("coverage: every operation by real clients, with its errors", stage_coverage),
    (
        ("torture: crashes, disks, clocks, memory that fail", stage_torture),
        ("proofs: cursor, wildcards (Frama-C)", stage_proofs),
        ("ctest: processes that are killed", lambda: ctest("release", "-L", UNSANITIZED)),
        ("oracle: %d random cases against a second evaluator" % ORACLE_CASES, stage_oracle),
        ("README: its own commands", stage_readme),
        ("tokens: 3000 mutated ones against jose", stage_tokens),
    ),
)
QUICK = (
    ("source: format, layers, banned functions, budgets, test tools", stage_source),
    ("build: gcc, debug", lambda: build("dev")),
    ("ctest: unit", lambda: ctest("dev", "-L", "unit")),
)


def cpu_s():
    """Of everything that was run and has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_stage(title, stage):
    """Prints all about it; returns its counts."""
    print("== " + title, flush=True)
    started, worked = time.monotonic(), cpu_s()
    try:
        counts = stage()
    except OSError as error:  # no space, no permission: the stage has failed
        print("   %s" % error)
        counts = (0, 1)
    print("   %d passed, %d failed (%.0f s, %.0f s of CPU)\n" % (
        *counts, time.monotonic() - started, cpu_s() - worked), flush=True)
    return counts


def run_beside(stages):
    """Stages at the same time, each but the first in a process of its own; what they print comes one
    after the other."""
    others = [subprocess.Popen([PYTHON, __file__, "stage", title], text=True, errors="replace",
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT) for title, _ in stages[1:]]
    counts = [run_stage(*stages[0])]
    for (title, _), child in zip(stages[1:], others):
        output = child.communicate()[0]
        found = re.search(r"^   (\d+) passed, (\d+) failed \([^()]*\)\s*$(?![\s\S])", output, re.M)
        print(output if found else "== %s\n%s   the stage ended without a count\n" % (title, output),
              end="", flush=True)
        counts.append((int(found.group(1)), int(found.group(2))) if found else (0, 1))
    return add(*counts)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "stage":  # of run_beside
        for row in FULL:
            for title, stage in row if isinstance(row[0], tuple) else [row]:
                if title == sys.argv[2]:
                    return 1 if run_stage(title, stage)[1] else 0
        return 2
    if sys.argv[1:] not in ([], ["quick"]):
        print("usage: ./check [quick]", file=sys.stderr)
        return 2
    totals = (0, 0)
    for row in QUICK if sys.argv[1:] else FULL:
        totals = add(totals, run_beside(row) if isinstance(row[0], tuple) else run_stage(*row))
    print("%d passed, %d failed" % totals)
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
