#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the layer table of docs/ARCHITECTURE.md true.

A row `| `src/NAME/` | what it is | a, b |` says which directories NAME may include, and through
them what those may include. Words with a meaning of their own: "-" and "libc" (nothing of ours),
"all of the above" (the rows before), "everything", "libiam" (policy, decide, reason and what they
use). The public headers in include/iam/ are for everyone and include only each other. Files
NAME_int.h belong to their directory and its tests alone, and what is generated for a service to the
directory of that service.

Inside a directory of src/ there are no circles, of two kinds:

* A module, NAME.c with NAME.h and NAME_int.h, includes another when one of its files includes one
  of the other's headers. A header without a .c of its own, which several files share, is none.
* A .c file uses another when it names a function that the other defines. A const table is data,
  whose pointers lead where they lead: who reads it does not use those who are named there.

Each graph must be free of circles, however long. They are two graphs, since several files may
define what one header declares: there the includes say nothing about who calls whom.
"""

import re
import sys

from csource import ROOT, Findings, code_only, files, name_of

TABLE = ROOT / "docs/ARCHITECTURE.md"
ROW = re.compile(r"^\|\s*`src/(\w+(?:/\w+)?)/`\s*\|.*\|([^|]*)\|\s*$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)
GENERATED = re.compile(r"api_(iam|sts|iamd|organizations|accessanalyzer)(?:_shapes)?\.gen\.h$")
LIBIAM = {"policy", "decide", "reason"}
# The definition of a function at the margin, which other files can call.
DEFINITION = re.compile(r"^(?!static\b|typedef\b|extern\b|else\b)[a-z][^;{}()=#]*?\b(\w+)"
                        r"\([^;{}]*\)\s*\{", re.M)
# A name, but neither a tag nor a member.
NAME = re.compile(r"\b(?:(?:struct|enum|union)\s+\w+|\w+)|(?:->|\.)\s*\w+")


def read_table(text):
    """NAME -> set of names from the last column, in the order of the rows."""
    table = {}
    for line in text.splitlines():
        match = ROW.match(line)
        if not match:
            continue
        name = match.group(1)
        column = match.group(2).strip().strip("`")
        if column == "all of the above":
            uses = set(table)
        elif column == "everything":
            uses = {"*"}
        elif column == "libiam":
            uses = set(LIBIAM)
        else:
            words = re.split(r"[,\s()+]+", column.replace("`", ""))
            uses = {w.strip("/").removeprefix("src/") for w in words} - {"", "-", "libc"}
        table[name] = uses
    return table


def closure(table, name):
    """What NAME may include: its row, and the rows of what it names."""
    seen, todo = set(), [name]
    while todo:
        for use in table.get(todo.pop(), ()):
            if use not in seen:
                seen.add(use)
                todo.append(use)
    return seen


def room(parts, table):
    """The row that a path below src/ (or an include) belongs to: two parts where the table has them."""
    return next((name for name in ("/".join(parts[:2]), parts[0]) if name in table), parts[0])


def check_file(path, table, findings):
    owner = room(path.relative_to(ROOT).parts[1:], table)
    public = path.relative_to(ROOT).parts[0] == "include"
    may = closure(table, owner)
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        line = text.count("\n", 0, match.start()) + 1
        generated = GENERATED.match(target)
        if generated and owner != "services/" + generated.group(1):
            findings.add(path, line, "%s belongs to src/services/%s" % (target, generated.group(1)))
        top = room(target.split("/"), table)
        if top != "iam" and top not in table:
            continue
        if target.endswith("_int.h") and top != owner:
            findings.add(path, line, "%s belongs to src/%s alone" % (target, top))
        if top == owner or "*" in may or top == "iam":
            continue
        if public or top not in may:
            findings.add(path, line, "src/%s may not include %s" % (owner, target))


def module_of(path):
    """src/http/loop for loop.c, loop.h and loop_int.h; None for a header without a .c."""
    module = path.parent / re.sub(r"_int$", "", path.stem)
    return name_of(module) if module.with_suffix(".c").exists() else None


def add_edge(graph, user, used):
    if user and used and user != used and user.split("/")[1] == used.split("/")[1]:
        graph.setdefault(user, set()).add(used)


def include_graph(texts):
    graph = {}
    for path, text in texts.items():
        for match in INCLUDE.finditer(text):
            target = ROOT / "src" / match.group(1)
            if target in texts:
                add_edge(graph, module_of(path), module_of(target))
    return graph


def use_graph(texts):
    codes = {path: code_only(text) for path, text in texts.items() if path.suffix == ".c"}
    owners = {match.group(1): path for path, code in codes.items()
              for match in DEFINITION.finditer(code) if match.group(1) != "main"}
    graph = {}
    for path, code in codes.items():
        for word in set(NAME.findall(code)):
            if word in owners:
                add_edge(graph, name_of(path), name_of(owners[word]))
    return graph


def reachable(graph, start):
    seen, todo = set(), [start]
    while todo:
        for node in graph.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen


def circles(graph):
    """Each as the sorted names of its members: all that reach each other."""
    reach = {node: reachable(graph, node) for node in graph}
    return {tuple(sorted(other for other in reach[node] if node in reach.get(other, ())))
            for node in graph if node in reach[node]}


def check_circles(paths, findings):
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    found = circles(include_graph(texts)) | circles(use_graph(texts))
    for circle in sorted(found):
        findings.lines.append("a circle of files: " + ", ".join(circle))


def check_tests(path, findings):
    """A unit test may look inside its own directory only."""
    owner = path.parent.name
    text = path.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        target = match.group(1)
        if target.endswith("_int.h") and target.partition("/")[0] != owner:
            findings.add(path, text.count("\n", 0, match.start()) + 1,
                         "%s is internal to another directory" % target)


def main():
    findings = Findings("layers")
    if not TABLE.exists():
        print("layers: docs/ARCHITECTURE.md is missing")
        return 1
    table = read_table(TABLE.read_text(encoding="utf-8"))
    if len(table) < 5:
        print("layers: no table in docs/ARCHITECTURE.md")
        return 1
    for name, uses in table.items():
        for unknown in uses - set(table) - {"*"} - LIBIAM:
            print("layers: row %s names %s, which has no row" % (name, unknown))
            findings.lines.append(unknown)
    looked = files("src", "include")
    for path in looked:
        parts = path.relative_to(ROOT).parts
        if parts[0] == "src" and room(parts[1:], table) not in table:
            findings.add(path, 1, "directory has no row in docs/ARCHITECTURE.md")
        else:
            check_file(path, table, findings)
    check_circles([path for path in looked if path.relative_to(ROOT).parts[0] == "src"], findings)
    for path in files("tests/unit", "tests/fuzz"):
        check_tests(path, findings)
    return findings.finish(len(looked))


if __name__ == "__main__":
    sys.exit(main())
