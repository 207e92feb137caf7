# SPDX-License-Identifier: Apache-2.0
"""The `iam` command: decisions from files, one line of output for each line of input."""

import json
import subprocess

from lib.case import allow, deny
from lib.server import Server, sanitizer_env

SERVER = None


def iam(words, text=""):
    return subprocess.run([str(Server.cli)] + words, input=text, capture_output=True, text=True,
                          timeout=60, env=sanitizer_env({"PATH": "/usr/bin:/bin"}))


def question(number, action, resource="arn:aws:s3:::b/k", context=None, **policies):
    return {"id": "q%d" % number, "request": {
        "principal": "arn:aws:iam::111122223333:user/ann", "action": action, "resource": resource,
        "resourceAccount": "111122223333", "context": context or {}}, "policies": policies}


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_decide_batch(t):
    reads = policy(allow("s3:GetObject", "arn:aws:s3:::b/*"))
    cases = [
        (question(1, "s3:GetObject", identity=[reads]), "allow"),
        (question(2, "s3:PutObject", identity=[reads]), "implicitDeny"),
        (question(3, "s3:GetObject", identity=[reads, policy(deny("s3:*"))]), "explicitDeny"),
        (question(4, "s3:GetObject", identity=[]), "implicitDeny"),
        (question(5, "s3:GetObject", identity=[reads], boundary=[policy(allow("iam:*"))]),
         "implicitDeny"),
        (question(6, "s3:GetObject", identity=[reads], scp=[[policy(allow("*"))], [policy()]]),
         "implicitDeny"),
        (question(7, "s3:GetObject", identity=[policy(allow("s3:*", Condition={
            "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))],
            context={"aws:SourceIp": "10.0.0.1"}), "allow"),
        (question(8, "s3:GetObject", resource="arn:aws:s3:::b2/k", identity=[reads]),
         "implicitDeny"),
    ]
    done = iam(["decide", "--batch"], "".join(json.dumps(case) + "\n" for case, _ in cases))
    t.equal(done.returncode, 0, done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    t.equal([(a["id"], a["decision"]) for a in answers], [(c["id"], want) for c, want in cases])


def test_bad_lines_never_allow(t):
    good = question(1, "s3:GetObject", identity=[policy(allow("*"))])
    bad = ["", "{", "[]", json.dumps(dict(good, policies={"identity": ["x"]})),
           json.dumps(dict(good, policies={"identity": [policy(allow("*", Foo=1))]})),
           json.dumps({"id": "x", "policies": good["policies"]}), "\x00", "[" * 100000]
    for line in bad:
        done = iam(["decide", "--batch"], line + "\n")
        t.true(done.returncode < 99, "%r: exit code %d %s" % (line[:40], done.returncode, done.stderr))
        t.true('"allow"' not in done.stdout, "%r: %s" % (line[:60], done.stdout))


def test_lint(t):
    import tempfile
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(policy(allow("s3:GetObject", "arn:aws:s3:::b/*"))))
        file.flush()
        done = iam(["lint", file.name])
        t.equal(done.returncode, 0, done.stdout + done.stderr)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(json.dumps(policy(dict(allow("s3:GetObject"), Effect="allow"))))
        file.flush()
        done = iam(["lint", file.name])
        t.true(0 < done.returncode < 99, "a wrong effect passes: %s" % done.stdout)
