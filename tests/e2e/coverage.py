#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/coverage.md of what the clients of a whole end-to-end run sent and got.

    tests/e2e/run.py --iamd build/asan/src/server/iamd --record build/e2e-record
    tests/e2e/coverage.py build/e2e-record            # compares; --write: writes the page

Each operation is a test. One that is built passes when the AWS CLI or boto3 has called it with
success, the JavaScript SDK too, and each error that it declares was answered to some client; what
cannot be had here is in coverage_exceptions.json with the reason. An exception that is not needed
fails, and so do a module that left no record and a page that is not what the run makes of it.
"""

import argparse
import collections
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from lib import definitions, recorder, runner  # noqa: E402

PAGE = ROOT / "docs/coverage.md"
EXCEPTIONS = HERE / "coverage_exceptions.json"
# Who must call each operation: any of these, with what the cell says.
CLIENTS = (("AWS CLI or boto3", {"cli": "CLI", "boto3": "boto3"}),
           ("JavaScript SDK", {"javascript": "yes"}))
SERVICES = {"iam": "IAM", "sts": "STS"}
ALL = "all"
HEAD = """# Coverage of the API

What a whole run of the end-to-end tests ([TESTING.md](TESTING.md#coverage-of-the-api)) saw on the wire.
`./check` makes this page and fails when it is another than the one here; `tests/e2e/coverage.py` writes it.

- **CLI, boto3** and **JavaScript**: which unchanged client called the operation with success.
- **members**: how many of the members of its answer, at every depth, were returned to some client, and
  which, with what is in them, never were. Operations share structures, so that a member may be one
  that AWS does not fill in here either.
- **errors**: which of the errors that it declares were answered to some client, and which were not.
  Errors that every operation can answer (AccessDenied, ValidationError, Throttling and the like) are
  not declared and not counted.

What is missing has its [reason](#reasons) below, or is **marked** and fails.
"""

# client: a name of CLIENTS, or None. error: a code, or None. operations: names, or "all".
Exempt = collections.namedtuple("Exempt", "client error operations reason")


class Exceptions:
    """What cannot be had here; remembers which entries were needed, and for which operation."""

    def __init__(self, entries):
        self.entries = [Exempt(one.get("client"), one.get("error"), one["operations"], one["reason"])
                        for one in entries]
        self.needed = collections.defaultdict(set)

    def have(self, operation, client=None, error=None):
        """Whether there is an entry about it."""
        for number, entry in enumerate(self.entries):
            if (entry.client, entry.error) == (client, error) and (
                    entry.operations == ALL or operation in entry.operations):
                self.needed[number].add(operation)
                return True
        return False

    def rows(self, not_yet):
        """The rows of the table of reasons, about what is built."""
        for entry in sorted(self.entries, key=lambda one: (one.error or "", str(one.operations))):
            names = [ALL] if entry.operations == ALL else [
                "`%s`" % name for name in sorted(entry.operations) if name not in not_yet]
            if names:
                yield "| %s | %s | %s |" % (entry.client or entry.error, entry.reason, ", ".join(names))

    def findings(self, not_yet):
        """Those that were not needed; for an operation that is not built an entry may be there before."""
        for number, entry in enumerate(self.entries):
            what = entry.client or entry.error
            for name in [ALL] if entry.operations == ALL else entry.operations:
                if name not in not_yet and not (self.needed[number] if name == ALL
                                                else name in self.needed[number]):
                    yield "the exception %s of %s is not needed" % (what, name)
            if len(entry.reason) < 20:
                yield "the exception %s has no reason" % what


def cell_of_client(operation, clients, title, wanted, exceptions, findings):
    if clients & set(wanted):
        return ", ".join(word for name, word in wanted.items() if name in clients)
    if exceptions.have(operation.name, client=title):
        return "no"
    findings.append("not called with success by the " + title)
    return "**no**"


def cell_of_members(operation, seen):
    never = operation.members - seen
    if not operation.members:
        return "none"
    if not never:
        return "all %d" % len(operation.members)
    tops = sorted(path for path in never if path.rpartition(".")[0] not in never)
    return "%d of %d; never %s" % (len(operation.members) - len(never), len(operation.members),
                                   ", ".join("`%s`" % path for path in tops))


def cell_of_errors(operation, seen, exceptions, findings):
    provoked = [code for code in operation.errors if code in seen]
    parts = [", ".join(provoked)] if provoked else []
    absent = []
    for code in operation.errors:
        if code in seen:
            continue
        is_excepted = exceptions.have(operation.name, error=code)
        if not is_excepted:
            findings.append("%s was not provoked" % code)
        absent.append(code if is_excepted else "**%s**" % code)
    if absent:
        parts.append("not " + ", ".join(absent))
    return "; ".join(parts) or "none"


def row_of(operation, seen, exceptions, findings):
    """The row of an operation that is built; what it lacks is added to findings."""
    saw = seen.operations.get("%s.%s" % (operation.service, operation.name),
                              {"clients": set(), "members": set(), "errors": set()})
    cells = ["`%s`" % operation.name]
    cells += [cell_of_client(operation, saw["clients"], title, wanted, exceptions, findings)
              for title, wanted in CLIENTS]
    cells.append(cell_of_members(operation, saw["members"]))
    cells.append(cell_of_errors(operation, saw["errors"], exceptions, findings))
    return "| %s |" % " | ".join(cells)


def table_of(service, operations, not_yet, seen, exceptions, findings):
    """The lines about one service; findings: operation -> what it lacks."""
    rows = {name: "| `%s` | not built yet | | | |" % name for where, name in not_yet if where == service}
    built = [one for one in operations.values() if one.service == service]
    for operation in built:
        found = findings.setdefault(operation.name, [])
        rows[operation.name] = row_of(operation, seen, exceptions, found)
    return ["## " + SERVICES[service], "", "%d of %d operations are built." % (len(built), len(rows)), "",
            "| operation | CLI, boto3 | JavaScript | members | errors |", "|---|---|---|---|---|",
            *(rows[name] for name in sorted(rows)), ""]


def page_of(operations, not_yet, seen, exceptions):
    """(the page, operation -> what it lacks)."""
    findings = {}
    lines = HEAD.splitlines() + [""]
    for service in sorted(SERVICES):
        lines += table_of(service, operations, not_yet, seen, exceptions, findings)
    lines += ["## Reasons", "", "| what is missing | because | of |", "|---|---|---|"]
    lines += exceptions.rows({name for _, name in not_yet})
    return "\n".join(lines) + "\n", findings


def records(place):
    """(what all modules saw, the modules of which there is no record)."""
    seen = recorder.Seen()
    missing = []
    for name in runner.modules(HERE):
        path = place / (name + ".json")
        if path.exists():
            seen.merge(path)
        else:
            missing.append(name)
    return seen, missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("place", type=pathlib.Path, metavar="DIR", help="where the records are")
    parser.add_argument("--write", action="store_true", help="writes " + str(PAGE.relative_to(ROOT)))
    args = parser.parse_args()
    seen, missing = records(args.place)
    exceptions = Exceptions(json.loads(EXCEPTIONS.read_text(encoding="utf-8")))
    not_yet = definitions.not_yet()
    page, lacks = page_of(definitions.load(), not_yet, seen, exceptions)
    wrong = ["%s: %s" % (name, "; ".join(found)) for name, found in sorted(lacks.items()) if found]
    passed = len(lacks) - len(wrong)
    others = list(exceptions.findings({name for _, name in not_yet})) + ["%s left no record" % name for name in missing]
    if args.write and not missing:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        others.append("%s is not what this run makes: %s %s --write" % (
            PAGE.relative_to(ROOT), pathlib.Path(__file__).relative_to(ROOT), args.place))
    for line in wrong + others:
        print(line)
    print("%d passed, %d failed" % (passed + (not others), len(wrong) + len(others)))
    return 1 if wrong or others else 0


if __name__ == "__main__":
    sys.exit(main())
