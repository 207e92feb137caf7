#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes: functions <= 80 lines and complexity <= 15 (pmccabe), files <= 800 lines, headers <= 300.

Larger ones are named in budget_exceptions.txt with a reason, up to 120 lines and complexity 25.
"""

import re
import subprocess
import sys

from csource import ROOT, Findings, files, name_of

LINES, COMPLEXITY = 80, 15
MOST_LINES, MOST_COMPLEXITY = 120, 25
FILE_LINES, HEADER_LINES, HEADER_INCLUDES = 800, 300, 12
EXCEPTIONS = ROOT / "tools/budget_exceptions.txt"
PMCCABE = re.compile(r"^(\d+)\t\d+\t\d+\t(\d+)\t(\d+)\t([^(]+)\(\d+\): (.*)$")


def exceptions(findings):
    """(file, function) -> (lines, complexity)"""
    found = {}
    for number, line in enumerate(EXCEPTIONS.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        words = line.split(None, 4)
        if len(words) != 5 or int(words[2]) > MOST_LINES or int(words[3]) > MOST_COMPLEXITY:
            findings.add(EXCEPTIONS, number, "FILE FUNCTION LINES<=%d COMPLEXITY<=%d REASON" % (
                MOST_LINES, MOST_COMPLEXITY))
        else:
            found[words[0], words[1]] = (int(words[2]), int(words[3]))
    return found


def functions(paths):
    """(path, function, first line, lines, complexity) for every function in the .c files."""
    output = subprocess.run(["pmccabe"] + [str(path) for path in paths], check=True,
                            capture_output=True, text=True).stdout
    for line in output.splitlines():
        match = PMCCABE.match(line)
        if match:
            path = ROOT / match.group(4)
            yield path, match.group(5), int(match.group(2)), int(match.group(3)), int(match.group(1))


def check_functions(paths, findings):
    known = exceptions(findings)
    unused = set(known)
    count = 0
    for path, function, first, lines, complexity in functions(paths):
        count += 1
        key = (name_of(path), function)
        most_lines, most_complexity = LINES, COMPLEXITY
        if key in known and (lines > LINES or complexity > COMPLEXITY):
            most_lines, most_complexity = known[key]
            unused.discard(key)
        if lines > most_lines:
            findings.add(path, first, "%s has %d lines, budget %d" % (function, lines, most_lines))
        if complexity > most_complexity:
            findings.add(path, first, "%s has complexity %d, budget %d" % (
                function, complexity, most_complexity))
    for key in sorted(unused):
        findings.lines.append("tools/budget_exceptions.txt: %s %s is not needed" % key)
    return count


def check_file(path, findings):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    is_header = path.suffix == ".h"
    limit = HEADER_LINES if is_header else FILE_LINES
    if lines > limit:
        findings.add(path, lines, "%d lines, budget %d" % (lines, limit))
    if is_header:
        includes = len(re.findall(r'^#include "', text, re.M))
        if includes > HEADER_INCLUDES and not name_of(path).startswith("tests/"):
            findings.add(path, 1, "%d project includes, budget %d" % (includes, HEADER_INCLUDES))
        if "#pragma once" not in text and not name_of(path).startswith("include/"):
            findings.add(path, 1, "no #pragma once")


def main():
    findings = Findings("budget")
    looked = files("src", "include", "tests")
    for path in looked:
        check_file(path, findings)
    paths = [path for path in files("src") if path.suffix == ".c"]
    count = check_functions(paths, findings) if paths else 0
    return findings.finish(count)


if __name__ == "__main__":
    sys.exit(main())
