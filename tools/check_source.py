#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Habits that a compiler does not check: banned functions, licence lines, comments."""

import re
import sys

from csource import ROOT, Findings, code_only, files, line_comments, name_of

CALL = r"(?<![\w.>])(%s)\s*\("
BANNED = re.compile(CALL % "|".join((
    "strcpy", "strcat", "strncpy", "strncat", "stpcpy", "sprintf", "vsprintf", "gets", "strtok",
    "strtok_r", "atoi", "atol", "atoll", "atof", "strtol", "strtoll", "strtoul", "strtoull",
    "strtod", "sscanf", "vsscanf", "scanf", "fscanf", "gmtime", "localtime", "ctime", "asctime",
    "alloca", "system", "popen", "tmpnam", "mktemp")))
BANNED_IN_TESTS = re.compile(CALL % "strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|sscanf|alloca")
HEAP = re.compile(CALL % "malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf")
CLOCK = re.compile(CALL % "time|rand|srand|random|srandom|drand48|gettimeofday")
COMPARE = re.compile(CALL % "memcmp|strcmp|strncmp|bcmp")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
SPDX = "SPDX-License-Identifier: Apache-2.0"
SCRIPTS = ("tools", "tests", "cmake", "src", "examples")


def hits(pattern, code):
    for match in pattern.finditer(code):
        yield code.count("\n", 0, match.start()) + 1, match.group(1)


def check_c(path, findings):
    text = path.read_text(encoding="utf-8")
    name = name_of(path)
    code = code_only(text)
    for line, word in hits(BANNED_IN_TESTS if name.startswith("tests/") else BANNED, code):
        findings.add(path, line, "%s is banned" % word)
    for line in line_comments(text):
        findings.add(path, line, "// comment; use /* */")
    for line, word in hits(UNFINISHED, text):
        findings.add(path, line, "%s in a finished file" % word)
    if not name.startswith("src/"):
        return
    if name != "src/base/heap.c":
        lines = text.splitlines()
        for line, word in hits(HEAP, code):
            if word != "free" or "/* getline's */" not in lines[line - 1]:
                findings.add(path, line, "%s outside src/base/heap.c" % word)
    if not name.startswith("src/server/"):
        for line, word in hits(CLOCK, code):
            findings.add(path, line, "%s() outside src/server" % word)
    if name.startswith(("src/authn/", "src/keeper/")):
        for line, word in hits(COMPARE, code):
            findings.add(path, line, "%s next to secrets; use the constant-time compare" % word)


def check_licence(path, findings):
    with open(path, encoding="utf-8") as file:
        head = [file.readline() for _ in range(2)]
    if SPDX not in head[0] and not (head[0].startswith("#!") and SPDX in head[1]):
        findings.add(path, 1, "no SPDX line")


def check_lock(findings):
    """The lock file must work with any registry: no host in it."""
    path = ROOT / "tests/e2e/js/package-lock.json"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if '"resolved"' in line:
            findings.add(path, number, "names a registry host")


def main():
    findings = Findings("source")
    looked = files("src", "include", "tests", "examples")
    for path in looked:
        check_c(path, findings)
    scripts = files(*SCRIPTS, suffixes=(".py", ".sh", ".mjs", ".cmake"))
    scripts += [path for path in files(*SCRIPTS, suffixes=(".txt",))
                if path.name in ("CMakeLists.txt", "packages.txt")]
    scripts += [ROOT / "run", ROOT / "check", ROOT / ".ci/run", ROOT / "CMakeLists.txt"]
    for path in looked + scripts:
        check_licence(path, findings)
    check_lock(findings)
    return findings.finish(len(looked) + len(scripts))


if __name__ == "__main__":
    sys.exit(main())
