#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Takes each defence of table.py out of its source file, and demands that a test notices.

    tests/defences/run.py [--build build/asan] [WORD]...

Of each row the file is compiled with the defence removed, as the build compiles it, into a
directory of its own; the unit test's program is linked with that object before the libraries, so that
it takes the place of the one in them, and the test that the row names, run alone (tests/lib/only.c),
must fail. In the program as it is the same test alone must pass. With words, only rows whose test or
file has one of them. The last line is the count.
"""

import argparse
import concurrent.futures
import functools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from table import DEFENCES  # pylint: disable=wrong-import-position

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN_S = 120
FAST_LINK = ["-fuse-ld=lld"] if shutil.which("ld.lld-14") else []
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")


class Unfit(Exception):
    """The row does not fit the tree: it proves nothing."""


def compile_commands(build):
    """file -> (directory, arguments)"""
    entries = json.loads((build / "compile_commands.json").read_text())
    return {str(pathlib.Path(e["file"]).resolve()): (e["directory"], shlex.split(e["command"]))
            for e in entries}


@functools.lru_cache(maxsize=None)
def link_command(build, program):
    """The words of what ninja runs to link a program."""
    listing = subprocess.run(["ninja", "-C", str(build), "-t", "commands", program], check=True,
                             capture_output=True, text=True, timeout=60).stdout
    for line in reversed(listing.splitlines()):
        for part in line.split(" && "):
            words = shlex.split(part)
            if "-o" in words and words[words.index("-o") + 1] == program:
                return words
    raise Unfit("nothing links " + program)


def without(source, text, replacement):
    """The source with the defence removed, which must be in it exactly once."""
    if source.count(text) != 1:
        raise Unfit("%d times in the file: %r" % (source.count(text), text))
    return source.replace(text, replacement)


def build_without(build, commands, row, work):
    """The program with the defence removed."""
    path = ROOT / row["file"]
    directory, arguments = commands[str(path)]
    copy = work / path.name
    copy.write_text(without(path.read_text(), row["text"], row["replacement"]))
    target = work / "changed.o"
    arguments = [str(copy) if word == str(path) else word for word in arguments]
    arguments[arguments.index("-o") + 1] = str(target)
    arguments = [word for word in arguments if word != "-Werror"]
    subprocess.run(arguments + ["-w", "-O0", "-I" + str(path.parent)], cwd=directory, check=True,
                   capture_output=True, text=True, timeout=300)
    program = work / "program"
    link = link_command(build, row["program"])
    at = link.index("-o")
    link = link[:at] + [str(target), "-o", str(program)] + link[at + 2:] + FAST_LINK
    subprocess.run(link, cwd=build, check=True, capture_output=True, text=True, timeout=300)
    return program


def run(program, test):
    """(exit code, output) of a cmocka program that runs one of its tests."""
    child = subprocess.run([str(program)], cwd=ROOT, env=dict(ENVIRONMENT, IAM_TEST=test + "*"),
                           capture_output=True, text=True, errors="replace", timeout=RUN_S,
                           check=False)
    return child.returncode, child.stdout + child.stderr


def failed(code, output):
    """The tests that failed: those that say so, also after a trap, and the one that a crash ended."""
    names = set(re.findall(r"^\[  (?:FAILED  |ERROR   )\] (\w+)", output, re.M))
    started = re.findall(r"^\[ RUN      \] (\w+)", output, re.M)
    ended = set(re.findall(r"^\[       OK \] (\w+)", output, re.M)) | names
    if code != 0 and started and started[-1] not in ended:
        names.add(started[-1])
    return names


def try_row(build, commands, row):
    """None, or what is wrong."""
    with tempfile.TemporaryDirectory(prefix="defences-") as work:
        try:
            code, output = run(build_without(build, commands, row, pathlib.Path(work)), row["test"])
        except subprocess.CalledProcessError as error:
            return "does not build: %s" % (error.stderr or error.stdout)[-2000:]
        except subprocess.TimeoutExpired:
            return None if row.get("hangs") else "no end within %d s" % RUN_S
        except Unfit as error:
            return str(error)
    names = failed(code, output)
    if row["test"] not in names:
        return "%s does not notice; failed: %s" % (row["test"], " ".join(sorted(names)) or "none")
    return None


def try_unchanged(build, program, test):
    """None, or what is wrong with the test in the program as it is."""
    code, output = run(build / program, test)
    if code == 0 and re.search(r"^\[       OK \] %s\b" % test, output, re.M):
        return None
    return "fails unchanged:\n" + output[-2000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/asan")
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    build = args.build.resolve()
    commands = compile_commands(build)
    rows = [row for row in DEFENCES if not args.words or
            any(word in row["test"] or word in row["file"] for word in args.words)]
    tests = sorted({(row["program"], row["test"]) for row in rows})
    jobs = [("as it is: %s of %s" % (test, program), try_unchanged, (build, program, test))
            for program, test in tests]
    jobs += [("without: " + row["defence"], try_row, (build, commands, row)) for row in rows]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor((os.cpu_count() or 2) + 1) as pool:
        futures = [(title, pool.submit(function, *values)) for title, function, values in jobs]
        for title, future in futures:
            trouble = future.result()
            wrong += trouble is not None
            print("%s %s%s" % ("ok  " if trouble is None else "FAIL", title,
                               "" if trouble is None else ": " + trouble), flush=True)
    if not rows:
        print("no row")
    print("%d passed, %d failed" % (len(jobs) - wrong, wrong + (not rows)))
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
