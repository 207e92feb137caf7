# SPDX-License-Identifier: Apache-2.0
"""Replays the negative tests that the API generator makes, each with one broken constraint."""

import json

from lib.case import Failed
from lib.server import Server
from lib.wire import VERSIONS, ApiError, flatten, form, parse_error

PATHS = {"Evaluate": "/access/v1/evaluation", "EvaluateBatch": "/access/v1/evaluations"}


def data_file():
    return Server.binary.parents[1] / "wire/gen/negative.jsonl"


def query(t, row):
    pairs = [("Action", row["operation"]), ("Version", VERSIONS[row["service"]])]
    body = form(pairs + flatten(row["params"]))
    headers = t.root.signer(row["service"]).sign_headers("POST", "/", t.root.headers(), body)
    return parse_error(t.root.send("POST", "/", headers, body))


def rest(t, row):
    response = t.root.post_json(PATHS[row["operation"]], row["params"])
    value = response.json() if response.body else {}
    code = value.get("code") or value.get("__type") or response.header("x-amzn-ErrorType")
    return ApiError(response.status, code, value.get("message") or value.get("Message") or "")


def check(t, row):
    error = (query if row["service"] in VERSIONS else rest)(t, row)
    if (error.status, error.code) != (row["status"], row["code"]) or (
            row["message"] not in error.message):
        raise Failed("%s %s: got %s, want %s %s %r" % (
            row["id"], json.dumps(row["params"])[:200], error, row["status"], row["code"],
            row["message"]))


def case(rows):
    def run(t):
        problems = []
        for row in rows:
            try:
                check(t, row)
            except Failed as error:
                problems.append(str(error))
        if problems:
            raise Failed("%d of %d:\n%s" % (len(problems), len(rows), "\n".join(problems[:8])))
    return run


def generated():
    """One case for each operation; an operation without data fails."""
    path = data_file()
    if not path.exists():
        def missing(t):
            t.true(False, "the generator made no %s" % path)
        return [("test_data", missing)]
    groups = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        groups.setdefault(row["operation"], []).append(row)
    return [("test_" + name, case(rows)) for name, rows in sorted(groups.items())]
