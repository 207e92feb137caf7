# SPDX-License-Identifier: Apache-2.0
"""What the documents show in examples and numbers, compared with a server. The commands of the
README are run by readme.py, those of docs/LIBIAM.md by tests/unit/library/install_test.py.
"""

import json
import os
import pathlib
import re
import subprocess

from lib.case import allow
from lib.server import ROOT, Server, die_with_parent, sanitizer_env

ONE = "/access/v1/evaluation"
MANY = "/access/v1/evaluations"


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def indented_json(text):
    """The JSON objects of a Markdown page's indented blocks."""
    blocks = re.findall(r"(?:^    .*\n)+", text, re.M)
    return [json.loads(block) for block in blocks if block.lstrip().startswith("{")]


def test_the_example_of_the_authorization_endpoint(t):
    question, answer = indented_json(text_of("docs/AUTHORIZATION-ENDPOINT.md"))
    t.root.call("CreateUser", UserName="alice")
    statement = allow(question["action"]["name"], question["resource"]["id"])
    t.root.call("PutUserPolicy", UserName="alice",
                PolicyName=answer["context"]["statements"][0]["policy"],
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    try:
        response = t.root.post_json(ONE, question)
        t.equal(response.status, 200)
        t.equal(response.json(), answer)
    finally:
        t.root.call("DeleteUserPolicy", UserName="alice", PolicyName="read-reports")
        t.root.call("DeleteUser", UserName="alice")


def test_the_limits_of_the_authorization_endpoint(t):
    """What is at the limit is answered, one more is refused."""
    text = text_of("docs/AUTHORIZATION-ENDPOINT.md")
    batch, keys, values = map(int, re.search(
        r"\*\*Limits\.\*\* (\d+) evaluations in a batch, (\d+) condition keys in a context, "
        r"(\d+) values of a key", text).groups())
    question, _ = indented_json(text)

    def status(path, body):
        return t.root.post_json(path, body).status

    for more, expected in ((0, 200), (1, 400)):
        t.equal(status(MANY, {"evaluations": [question] * (batch + more)}), expected, "evaluations")
        context = {"app:key%d" % number: "x" for number in range(keys + more)}
        t.equal(status(ONE, dict(question, context=context)), expected, "keys")
        context = {"app:key": ["v%d" % number for number in range(values + more)]}
        t.equal(status(ONE, dict(question, context=context)), expected, "values")


def test_the_example_of_a_server_for_a_test(t):
    """The last example of iamd(8), in a shell; what it starts serves."""
    page = text_of("man/iamd.8").replace("\\e", "\\")
    block = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed", page, re.S | re.M)[-1]
    lines = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    t.true(lines[-1].startswith("iamd serve "), lines[-1])
    env = sanitizer_env({"PATH": "%s:/usr/bin:/bin" % pathlib.Path(Server.binary).resolve().parent})
    script = "\n".join(lines[:-1] + ["exec " + lines[-1]])
    child = subprocess.Popen(["/bin/sh", "-e", "-c", script], env=env, cwd=os.sep,
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             preexec_fn=die_with_parent)
    try:
        records = []
        while not records or records[-1]["msg"] != "ready":
            line = child.stderr.readline()
            t.true(line, "it ended: %s" % records)
            records.append(json.loads(line))
        t.equal(records[-1]["data"], ":memory:")
    finally:
        child.terminate()
        child.communicate(timeout=60)
    t.equal(child.returncode, 0, "exit code")
