#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what the documents say about the tree with the tree.

Every relative link leads somewhere, every path that is named exists, and every table that lists what
is in the tree (modules of tests, fuzz targets, stages of ./check, tables of the store, packages,
operations) lists just that. What the man pages say is compared by tests/unit/library/pages_test.py,
the commands of the README are run by tests/e2e/readme.py.

The last line is "docs: N looked at, M findings"; the exit code is 1 when there are findings.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path from the root of the tree, in backticks or in a line of commands. What a build makes and
# what is written for another name (NAME, DIR, a pattern with braces) is not looked for.
TOP = r"(?:src|tests|tools|docs|api|include|examples|man|proofs|cmake)"
NAMED = re.compile(r"(?<![\w/.*-])(%s/[\w./*{},-]*[\w/}*])" % TOP)
# A path after the name of a repository, or after "recorded:" and one, is in that repository.
FOREIGN = re.compile(r"(?:[\w.-]+/[\w.-]+,?|recorded: \w+) $")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|SERVICE|\bNAME")


class Findings:
    def __init__(self):
        self.count = 0
        self.looked_at = 0

    def add(self, where, text):
        self.count += 1
        print("%s: %s" % (where, text))

    def same(self, where, what, listed, real):
        """listed is what the document has, real what the tree has."""
        self.looked_at += len(real)
        for name in sorted(real - listed):
            self.add(where, "%s '%s' is missing" % (what, name))
        for name in sorted(listed - real):
            self.add(where, "there is no %s '%s'" % (what, name))


def documents():
    return sorted(path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"),
                                    ROOT / "api/README.md", ROOT / "proofs/README.md"]
                  if path.exists() and path.name != "CHANGELOG.md")


def anchors(path):
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def check_links(findings):
    for path in documents():
        for link in LINK.findall(path.read_text(encoding="utf-8")):
            if "://" in link:
                continue
            findings.looked_at += 1
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.exists():
                findings.add(path.relative_to(ROOT), "the link '%s' leads nowhere" % link)
            elif anchor and anchor not in anchors(target):
                findings.add(path.relative_to(ROOT), "'%s' has no heading '%s'" % (name, anchor))


def spellings(name):
    """The paths that a name with braces means."""
    braces = re.search(r"\{([^{}]*)\}", name)
    if not braces:
        return [name]
    return [name[:braces.start()] + part + name[braces.end():] for part in braces.group(1).split(",")]


def exists(name):
    if PLACEHOLDER.search(name):
        return True
    return any(ROOT.glob(name.rstrip("/"))) or any(ROOT.glob(name.rstrip("/") + ".*"))


def check_paths(findings):
    for path in documents():
        text = path.read_text(encoding="utf-8")
        for match in NAMED.finditer(text):
            if FOREIGN.search(text[:match.start()]):
                continue
            for one in spellings(match.group(1)):
                findings.looked_at += 1
                if not exists(one.rstrip(".,")):
                    findings.add(path.relative_to(ROOT), "there is no '%s'" % one)


def table(document, heading):
    """The names in backticks of the first column of the table under a heading."""
    text = (ROOT / document).read_text(encoding="utf-8")
    section = re.search(r"^#+ %s\n(.*?)(?=^#+ |\Z)" % re.escape(heading), text, re.S | re.M).group(1)
    rows = re.findall(r"^\| (.*?) \|", section, re.M)
    return rows, {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def names_of(pattern, suffix=""):
    return {path.stem[:len(path.stem) - len(suffix)] for path in ROOT.glob(pattern)
            if path.stem != "__init__"}


def check_tests(findings):
    where = "docs/TESTING.md"
    findings.same(where, "module", table(where, "End-to-end tests")[1], names_of("tests/e2e/cases/*.py"))
    findings.same(where, "fuzz target", table(where, "Fuzz targets")[1],
                  {path.name.partition(".")[0] for path in ROOT.glob("tests/fuzz/corpus/*.tar.gz")})
    full = (ROOT / "tools/check.py").read_text(encoding="utf-8")
    full = full[full.index("FULL = ("):full.index("QUICK = (")]
    listed = {row for row in table(where, "Stages")[0] if row not in ("stage", "---")}
    real = re.findall(r'^ +\("([^"]+)"', full, re.M)
    findings.looked_at += len(real)
    for stage in real:
        if not any(stage.startswith(row) for row in listed):
            findings.add(where, "the stage '%s' is missing" % stage)
    for row in listed:
        if not any(stage.startswith(row) for stage in real):
            findings.add(where, "there is no stage '%s'" % row)


def check_store(findings):
    schema = (ROOT / "src/store/schema.c").read_text(encoding="utf-8")
    real = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", schema)) - {"schema_version"}
    gone = set(re.findall(r"DROP TABLE (\w+)", schema))
    renamed = dict(re.findall(r"ALTER TABLE (\w+) RENAME TO (\w+)", schema))
    real = {renamed.get(name, name) for name in real - gone}
    findings.same("docs/STORE-FORMAT.md", "table",
                  table("docs/STORE-FORMAT.md", "Tables")[1] - {"(account_id, kind)"}, real)


def check_packages(findings):
    """A library that iamd is built on is explained, and what is explained is installed."""
    where = "docs/DEPENDENCIES.md"
    text = (ROOT / where).read_text(encoding="utf-8")
    packages = (ROOT / "tools/packages.txt").read_text(encoding="utf-8")
    real = set(re.findall(r"^build (lib\S+-dev|node-llhttp|unicode-data)", packages, re.M))
    rows = "".join(re.findall(r"^\|.*\|$", text, re.M))
    listed = set(re.findall(r"`(lib[a-z0-9-]+-dev|node-llhttp|unicode-data)`", rows))
    findings.same(where, "package", listed, real)


def check_coverage(findings):
    """Every operation of an API of queries has a row on the page of coverage, which says of those that
    are not built that they are not."""
    where, absent = "docs/coverage.md", "%s, not built yet"
    rows = re.findall(r"^\| `(\w+)` \| (not built yet)?", (ROOT / where).read_text(encoding="utf-8"), re.M)
    real = set()
    for directory in (ROOT / "api").iterdir():
        parts = [json.loads(path.read_text(encoding="utf-8")) for path in directory.glob("*.json")]
        if any(part.get("protocol") == "query" for part in parts):
            real |= {name for part in parts for name in part.get("operations", ())}
            real |= {absent % name for part in parts for name in part.get("not_yet", ())}
    findings.same(where, "operation", {absent % name if is_absent else name for name, is_absent in rows},
                  real)


def main():
    findings = Findings()
    for check in (check_links, check_paths, check_tests, check_store, check_packages,
                  check_coverage):
        check(findings)
    print("docs: %d looked at, %d findings" % (findings.looked_at, findings.count))
    return 1 if findings.count else 0


if __name__ == "__main__":
    sys.exit(main())
