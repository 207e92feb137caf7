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
        (question(6, "s3:GetObject", identity=[reads], scp=[[policy(allow("*"))], [policy(deny("iam:*"))]]),
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


def test_what_is_refused_is_named_with_its_place(t):
    """A policy, or a member of the request: exit status 1, and where it is."""
    good = question(1, "s3:GetObject", identity=[policy(allow("*"))])
    spoken = json.dumps(policy(dict(allow("*"), Effect="allow")))
    bad = [
        (dict(good, policies={"identity": [policy(allow("*")), policy(allow("*", Foo=1))]}),
         "policies.identity[1]: ", '"Foo"'),
        (dict(good, policies={"scp": [[policy(allow("*"))], [policy()]]}),
         "policies.scp[1][0]: ", "[]"),
        (dict(good, policies={"session": [[policy(allow("*"))], [spoken]]}),
         "policies.session[1][0]: ", json.dumps(spoken)),
        (dict(good, request=dict(good["request"], resourceAccount="1")),
         "request.resourceAccount: resource_account must be twelve digits", '"1"'),
        (dict(good, request=dict(good["request"], principal="arn:aws:iam::1:user/ann")),
         "request.principal: principal.account must be twelve digits", '"arn:aws:iam::1:user/ann"'),
        (dict(good, request=dict(good["request"], context={"aws:PrincipalType": "AssumedRole"})),
         "request.context: context key aws:PrincipalType must be that of the request's principal",
         '{"aws:PrincipalType"'),
    ]
    for case, name, where in bad:
        line = json.dumps(case)
        done = iam(["decide", "--batch"], "\n" + line + "\n")
        t.equal(done.returncode, 1, done.stderr)
        answer = json.loads(done.stdout)
        t.equal(answer["decision"], "implicitDeny")
        t.true(answer["error"].startswith(name), done.stdout)
        column = line.index(where, line.index(name.split(".")[0])) + 1
        t.equal((answer["line"], answer["column"], done.stderr), (2, column, ""))


def test_root_assumes_no_role(t):
    case = question(1, "sts:AssumeRole", resource="arn:aws:iam::111122223333:role/r", trust=[
        {"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}}])
    case["request"]["principal"] = "arn:aws:iam::111122223333:root"
    done = iam(["decide", "--batch", "--detail"], json.dumps(case) + "\n")
    t.equal(done.returncode, 0, done.stderr)
    answer = json.loads(done.stdout)
    t.equal((answer["decision"], answer["message"]),
            ("implicitDeny", "Roles may not be assumed by root accounts."))


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


def test_lint_strict(t):
    """What is legal and surely not meant has its place and its name, and exit status 1."""
    text = json.dumps(policy(allow("s3:GetObject", Condition={
        "StringEquals": {"aws:TagKeys": "team"},
        "IpAddress": {"aws:SourceIp": "::ffff:c000:200/120"}})), indent=1)
    done = iam(["lint", "--kind", "session", "-"], text)
    t.equal((done.returncode, done.stdout), (0, ""))
    done = iam(["lint", "--kind", "session", "--strict", "-"], text)
    t.equal(done.returncode, 1, done.stderr)
    found = []
    for line in done.stdout.splitlines():
        place, name, _ = line.split(": ", 2)
        row, column = map(int, place.split(":")[1:])
        found.append((name, text.splitlines()[row - 1][column - 1:].split('"')[1]))
    t.equal(found, [("list-key", "aws:TagKeys"), ("mapped-range", "::ffff:c000:200/120")])
    done = iam(["lint", "--strict", "-"], json.dumps(policy(allow("s3:GetObject"))))
    t.equal((done.returncode, done.stdout), (0, ""))
