#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the code, one place at a time, and asks whether a test notices.

    tools/mutate.py                           30 changes in every module of src/
    tools/mutate.py --count 100 http wire     100 in these modules
    tools/mutate.py services/sts              30 in a part of a module, with the tests of all of it
    tools/mutate.py --show                    the table of what was recorded, without running

For each change: the module's own unit tests, first the one with the file's name, then the published
vectors and the corpora, then the cases end to end; the first test that fails has noticed. All of it
happens in a copy of the tree (--work), built with ASan and UBSan and kept for the next time, never
in the checkout. What came out is recorded at once, so that a run can be stopped and goes on where it
was; a change is tried again when its file has changed, and with --again when it had lived. The same
--seed chooses the same changes. docs/TESTING.md says how to read the table.
"""

import argparse
import collections
import difflib
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import mutants
from csource import ROOT

PYTHON = "/usr/bin/python3"
JOBS = str(os.cpu_count() or 2)
PRESET = "asan"
BUILD_S, UNIT_S, VECTORS_S, E2E_S = 900, 300, 300, 1200
VECTORS = "^(corpus[.].*|unit[.]cli_vectors|unit[.]authn_sigv4_vectors)$"
# Modules with tests of another name: handlers without memory are tested with the dispatcher, its
# batches with what the server gives them.
OWN = {"services": "^unit[.](services_.*|dispatch_memory)$",
       "dispatch": "^unit[.](dispatch_.*|server_batch)$"}
EQUIVALENT = ROOT / "tools/mutate_equivalent.txt"
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1:hard_rss_limit_mb=4096",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
}
OUTCOMES = ("unit", "vectors", "e2e", "lived", "unbuilt")


class Tree:
    """The copy in which the changes are made."""

    def __init__(self, path):
        self.path = path
        self.build = path / "build" / PRESET

    def run(self, command, limit):
        """(ended well, output); what does not end in time has not, and nothing of it stays."""
        child = subprocess.Popen(command, cwd=self.path, env=dict(os.environ, **ENVIRONMENT),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, errors="replace",
                                 start_new_session=True)
        try:
            output, _ = child.communicate(timeout=limit)
            return child.returncode == 0, output
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return False, "no end within %d s" % limit

    def refresh(self):
        """Makes it the checkout's tracked and new files; keeps the time of what is the same."""
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                                check=True, capture_output=True, text=True).stdout
        names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
        for name in names:
            source, target = ROOT / name, self.path / name
            data = source.read_bytes()
            if name == "cmake/flags.cmake":  # a variable that is no longer used is no finding
                data = data.replace(b" -Werror ", b" ")
            if not target.exists() or target.read_bytes() != data:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                shutil.copymode(source, target)
        for top in ("src", "tests", "api", "tools"):
            for path in (self.path / top).rglob("*"):
                name = str(path.relative_to(self.path))
                if path.is_file() and name not in names and "node_modules" not in path.parts:
                    path.unlink()
        modules = self.path / "tests/e2e/js/node_modules"
        if not modules.exists() and (ROOT / "tests/e2e/js/node_modules").is_dir():
            modules.symlink_to(ROOT / "tests/e2e/js/node_modules")

    def configure(self):
        return self.run(["cmake", "--preset", PRESET], BUILD_S)

    def make(self, targets):
        return self.run(["ninja", "-C", str(self.build), "-j", JOBS, *targets], BUILD_S)

    def tests(self, chosen):
        """(names of the ctests that these options choose, targets that they need)"""
        listing = self.run(["ctest", "--test-dir", str(self.build), "-N", *chosen], 60)[1]
        names = re.findall(r"Test +#\d+: (\S+)", listing)
        known = self.run(["ninja", "-C", str(self.build), "-t", "targets", "all"], 60)[1]
        known = set(re.findall(r"^(\S+): phony", known, re.M))
        wanted = {name.replace("unit.", "test_").replace("corpus.", "fuzz_") for name in names}
        return names, sorted(wanted & known)

    def ctest(self, chosen, limit):
        return self.run(["ctest", "--test-dir", str(self.build), *chosen, "-j", JOBS,
                         "--stop-on-failure", "--output-on-failure", "--timeout", "120"], limit)


def first_failure(output):
    match = re.search(r"\*\*\*\w+|^FAIL (\S+)|^\[  FAILED  \] (\S+)", output, re.M)
    named = re.findall(r"^\[  FAILED  \] (\w+)|^FAIL (\S+)|- (\S+) \((?:Failed|Subprocess|Timeout)",
                       output, re.M)
    words = [word for row in named for word in row if word and not word.isdigit()]
    return words[0] if words else (match.group(0) if match else output.strip()[-80:])


class Trial:
    """The three levels of tests for the changes of one module."""

    def __init__(self, tree, module, args):
        self.tree = tree
        self.e2e = args.e2e
        top = module.split("/")[0]
        without = ["-E", args.without] if args.without else []
        self.own = ["-R", OWN.get(top, "^unit[.]%s(_|$)" % re.escape(top)), *without]
        self.vectors = ["-R", VECTORS, *without]
        self.top = top
        self.nearest = None
        self.own_names, self.own_targets = tree.tests(self.own)
        _, self.vector_targets = tree.tests(self.vectors)

    def look_first(self, path):
        """Has the unit test that is named as a source file run before the others."""
        name = "unit.%s_%s" % (self.top, pathlib.PurePath(path).stem)
        self.nearest = name if name in self.own_names else None

    def levels(self):
        if self.nearest:
            yield "unit", [self.nearest.replace("unit.", "test_")], lambda: self.tree.ctest(
                ["-R", "^%s$" % re.escape(self.nearest)], UNIT_S)
        if self.own_names:
            yield "unit", self.own_targets, lambda: self.tree.ctest(self.own, UNIT_S)
        yield "vectors", self.vector_targets, lambda: self.tree.ctest(self.vectors, VECTORS_S)
        yield "e2e", ["iamd", "iam"], lambda: self.tree.run(
            [PYTHON, "tests/e2e/run.py", "--iamd", str(self.tree.build / "src/server/iamd"),
             "--stop", *self.e2e], E2E_S)

    def outcome(self):
        """(outcome, the test that noticed or what the compiler said)"""
        for level, targets, test in self.levels():
            built, output = self.tree.make(targets)
            if not built:
                error = re.search(r"error: .*", output)
                return "unbuilt", error.group(0) if error else output[-200:]
            passed, output = test()
            if not passed:
                return level, first_failure(output)
        return "lived", ""


def modules():
    return sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir())


def equivalents():
    """(path, line with the change) -> reason"""
    found = {}
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, changed, reason = (part.strip() for part in line.split("\t"))
            found[path, changed] = reason
    return found


def choose(module, count, seed):
    """The changes to try: the first count of all in an order that module and seed decide."""
    known = equivalents()
    unused = {key for key in known if key[0].startswith("src/%s/" % module)}
    found = []
    for path in sorted((ROOT / "src" / module).rglob("*.c")):
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8")
        for mutant in mutants.find(name, text):
            key = (name, mutants.changed_line(mutant, text))
            unused.discard(key)
            found.append((mutant, key))
    for key in sorted(unused):
        sys.exit("%s: %s: no change of %s reads so" % (EQUIVALENT.name, key[1], key[0]))
    # What is known is left out afterwards: the order of the others does not depend on it.
    random.Random("%s %d" % (module, seed)).shuffle(found)
    return [mutant for mutant, key in found
            if key not in known and not mutants.drops_assertion(mutant)][:count]


def identity(mutant, text):
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return "%s:%d:%d:%s:%s" % (mutant.path, mutant.line, mutant.start, mutant.operator, digest)


def diff(mutant, text):
    lines = difflib.unified_diff(text.splitlines(), mutants.apply(mutant, text).splitlines(),
                                 mutant.path, mutant.path + " (%s)" % mutant.operator, lineterm="",
                                 n=2)
    return "\n".join(lines)


class Record:
    """One JSON line for each change that was tried; the last one of an identity counts."""

    def __init__(self, path):
        self.path = path
        self.rows = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.rows[row["id"]] = row

    def add(self, row):
        self.rows[row["id"]] = row
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def try_one(tree, trial, mutant, text):
    """Makes the change, asks the tests, takes it back."""
    target = tree.path / mutant.path
    target.write_text(mutants.apply(mutant, text), encoding="utf-8")
    trial.look_first(mutant.path)
    try:
        return trial.outcome()
    finally:
        target.write_text(text, encoding="utf-8")


def run_module(tree, module, args, record):
    trial = Trial(tree, module, args)
    outcome, why = trial.outcome()
    if outcome != "lived":
        sys.exit("%s: the tests do not pass as the code is: %s %s" % (module, outcome, why))
    for mutant in choose(module, args.count, args.seed):
        text = (ROOT / mutant.path).read_text(encoding="utf-8")
        key = identity(mutant, text)
        known = record.rows.get(key)
        if known and not (args.again and known["outcome"] == "lived"):
            continue
        outcome, why = try_one(tree, trial, mutant, text)
        record.add({"id": key, "module": module, "outcome": outcome, "why": why,
                    "diff": diff(mutant, text)})
        print("%-8s %s:%d %s %s" % (outcome, mutant.path, mutant.line, mutant.operator, why),
              flush=True)


def chosen_rows(args, record):
    """What is recorded of the changes that these arguments choose."""
    rows = []
    for module in args.modules:
        for mutant in choose(module, args.count, args.seed):
            text = (ROOT / mutant.path).read_text(encoding="utf-8")
            row = record.rows.get(identity(mutant, text))
            if row:
                rows.append(row)
    return rows


def show(rows):
    """Each change that lived, then the table. Returns whether none did."""
    counts = collections.defaultdict(collections.Counter)
    for row in rows:
        counts[row["module"]][row["outcome"]] += 1
        if row["outcome"] == "lived":
            print(row["diff"] + "\n")
    print("%-10s %5s %5s %8s %5s %6s %8s" % ("module", "tried", "unit", "vectors", "e2e", "lived",
                                            "noticed"))
    total = sum(counts.values(), collections.Counter())
    for module, row in sorted(counts.items()) + [("all", total)]:
        tried = sum(row[name] for name in OUTCOMES[:4])
        noticed = tried - row["lived"]
        print("%-10s %5d %5d %8d %5d %6d %7.0f%%" % (
            module, tried, row["unit"], row["vectors"], row["e2e"], row["lived"],
            100 * noticed / tried if tried else 0))
    return total["lived"] == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=30, help="changes in each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path,
                        default=pathlib.Path(tempfile.gettempdir()) / ("iamd-mutate-%d" % os.getuid()))
    parser.add_argument("--e2e", action="append", default=[], help="only these modules of cases")
    parser.add_argument("--without", metavar="PATTERN", help="no ctest with such a name: what is slow")
    parser.add_argument("--again", action="store_true", help="what had lived is tried once more")
    parser.add_argument("--show", action="store_true", help="runs nothing")
    parser.add_argument("modules", nargs="*", metavar="module")
    args = parser.parse_args()
    args.modules = args.modules or modules()
    work = args.work.resolve()
    if work == ROOT or ROOT in work.parents or work in ROOT.parents:
        parser.error("--work must be outside of the checkout")
    work.mkdir(parents=True, exist_ok=True)
    record = Record(work / "results.jsonl")
    if not args.show:
        tree = Tree(work / "tree")
        tree.refresh()
        configured, output = tree.configure()
        if not configured:
            sys.exit(output[-3000:])
        for module in args.modules:
            run_module(tree, module, args, record)
    return 0 if show(chosen_rows(args, record)) else 1


if __name__ == "__main__":
    sys.exit(main())
