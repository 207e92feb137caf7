#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Static analysis beyond what ./check does: gcc -fanalyzer, clang-tidy's wide groups, cppcheck.

    tools/analyse.py [gcc|clang-tidy|cppcheck...]

Needs the configured and generated build/release and build/asan. Every finding is mended, or named
in analyse_known.txt with the reason why it is none; a line there that no finding needs any more is
told too. The last line is the count.
"""

import collections
import concurrent.futures
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

from csource import ROOT

KNOWN = ROOT / "tools/analyse_known.txt"
TIDY = "-*,bugprone-*,cert-*,concurrency-*,clang-analyzer-*"
CPPCHECK = "warning,portability,performance"
LINE = re.compile(r"^(\S+?):(\d+)(?::\d+)?: (?:warning|error|performance|portability|style): (.*)$")
JOBS = os.cpu_count() or 2
Finding = collections.namedtuple("Finding", "tool check path line text")


def commands(build):
    """The compile commands of our own sources: nothing generated, no tests."""
    found = []
    for entry in json.loads((ROOT / build / "compile_commands.json").read_text(encoding="utf-8")):
        path = os.path.normpath(os.path.join(entry["directory"], entry["file"]))
        if path.startswith(str(ROOT / "src") + "/") and ".gen." not in path:
            found.append(dict(entry, file=path))
    return found


def lines(tool, output, check_of):
    """The findings in what a tool printed; one that several sources include counts once."""
    found = set()
    for line in output.splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        path = os.path.relpath(os.path.join(ROOT, match.group(1)), ROOT)
        checks, text = check_of(match.group(3))
        if not path.startswith("..") and checks:
            found.update(Finding(tool, check, path, int(match.group(2)), text) for check in checks)
    return found


def bracketed(text):
    """"text [check,check]": the checks and the text."""
    match = re.match(r"(.*) \[([\w,.=-]+)\]$", text)
    if match is None:
        return [], text
    names = [name for name in match.group(2).split(",") if name != "-warnings-as-errors"]
    return [name[2:] if name.startswith("-W") else name for name in names], match.group(1)


def output_of(command, directory=ROOT):
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    return done.stdout + done.stderr


def gcc_one(entry):
    words = [word for word in shlex.split(entry["command"]) if os.path.basename(word) != "ccache"]
    words = [word for word in words if word != "-Werror"]
    words[words.index("-o") + 1] = "/dev/null"
    return output_of(words + ["-fanalyzer", "-fdiagnostics-plain-output"], entry["directory"])


def gcc():
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        text = "\n".join(pool.map(gcc_one, commands("build/release")))
    return lines("gcc", text, bracketed)


def tidy():
    def one(entry):
        return output_of(["clang-tidy-14", "-p", "build/asan", "--quiet", "--checks=" + TIDY,
                          "--warnings-as-errors=-*", entry["file"]])
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        text = "\n".join(pool.map(one, commands("build/asan")))
    return lines("clang-tidy", text, bracketed)


def cppcheck():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as database:
        json.dump(commands("build/release"), database)
        database.flush()
        text = output_of(["cppcheck", "--enable=" + CPPCHECK, "--project=" + database.name,
                          "--std=c11", "--quiet", "-j", str(JOBS),
                          "--template={file}:{line}: {severity}: {message} [{id}]"])
    return lines("cppcheck", text, bracketed)


TOOLS = {"gcc": gcc, "clang-tidy": tidy, "cppcheck": cppcheck}


def known():
    """(tool, check, file) of every line, with * in the file, -> the reason."""
    found = {}
    for number, line in enumerate(KNOWN.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        words = line.split(None, 3)
        if len(words) != 4 or words[0] not in TOOLS:
            sys.exit("%s:%d: TOOL CHECK FILE REASON" % (KNOWN.name, number))
        found[tuple(words[:3])] = words[3]
    return found


def excuse_of(finding, table):
    for key in table:
        if key[:2] == (finding.tool, finding.check) and fnmatch.fnmatch(finding.path, key[2]):
            return key
    return None


def main():
    tools = sys.argv[1:] or list(TOOLS)
    if not set(tools) <= set(TOOLS):
        sys.exit(__doc__)
    table = {key: why for key, why in known().items() if key[0] in tools}
    used = collections.Counter()
    open_findings = 0
    total = 0
    for tool in tools:
        findings = TOOLS[tool]()
        total += len(findings)
        for finding in sorted(findings):
            excuse = excuse_of(finding, table)
            used[excuse] += 1
            if excuse is None:
                open_findings += 1
                print("%s:%d: %s [%s %s]" % (finding.path, finding.line, finding.text, finding.tool,
                                             finding.check))
        print("%s: %d findings" % (tool, len(findings)), flush=True)
    stale = [key for key in table if not used[key]]
    for key in stale:
        print("%s: not needed: %s" % (KNOWN.name, " ".join(key)))
    print("%d findings, %d of them known for none, %d open" % (total, total - open_findings,
                                                               open_findings))
    return 1 if open_findings or stale else 0


if __name__ == "__main__":
    sys.exit(main())
