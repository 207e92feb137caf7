# SPDX-License-Identifier: Apache-2.0
"""One audit record per request, in CloudTrail's event format, and never a secret anywhere."""

import json
import pathlib
import re
import time

from lib.case import allow, document
from lib.wire import FORM, question_of

READ = document(allow("s3:GetObject"))
WAIT_S = 10


def records_after(t, count, want):
    """The audit records after the first count; waits a little for them to be written."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = t.server.audit()[count:]
        if len(found) >= want or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def one_record(t, action):
    """Runs action(); exactly one record must have been written."""
    before = len(t.server.audit())
    try:
        action()
    except Exception:  # a denied or failed call has a record too
        pass
    found = records_after(t, before, 1)
    time.sleep(0.1)
    found = t.server.audit()[before:]
    t.equal(len(found), 1, "records of one request")
    return found[0]


def test_a_record_has_the_documented_members(t):
    alice = t.user("alice", [allow("iam:CreateUser")])
    name = t.name("x")
    record = one_record(t, lambda: alice.client.call("CreateUser", UserName=name, Path="/p/"))
    t.true(re.match(r"^1\.\d+$", record["eventVersion"]), record["eventVersion"])
    t.true(re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", record["eventTime"]), record["eventTime"])
    t.equal((record["eventSource"], record["eventName"]), ("iam.amazonaws.com", "CreateUser"))
    t.equal(record["awsRegion"], "us-east-1")
    t.equal(record["sourceIPAddress"], "127.0.0.1")
    t.equal(record["recipientAccountId"], t.account)
    t.equal(record["eventType"], "AwsApiCall")
    t.true(record["eventID"] and record["requestID"], "ids")
    who = record["userIdentity"]
    t.equal((who["type"], who["arn"], who["accountId"], who["principalId"], who["accessKeyId"],
             who["userName"]), ("IAMUser", alice.arn, t.account, alice.user_id, alice.key_id,
                                alice.name))
    t.equal(record["requestParameters"]["userName"], name)
    t.equal(record["requestParameters"]["path"], "/p/")
    t.true("errorCode" not in record, "errorCode of a success")
    t.true("readOnly" not in record or record["readOnly"] is False, "readOnly of a write")


def test_failures_are_recorded(t):
    alice = t.user("alice")
    record = one_record(t, lambda: alice.client.call("CreateUser", UserName="x"))
    t.equal(record["errorCode"], "AccessDenied")
    t.contains(record["errorMessage"], "is not authorized to perform: iam:CreateUser")
    t.equal(record["userIdentity"]["arn"], alice.arn)
    record = one_record(t, lambda: t.root.call("GetUser", UserName="nobody"))
    t.equal((record["errorCode"], record["userIdentity"]["type"]), ("NoSuchEntity", "Root"))
    record = one_record(t, lambda: t.root.call("CreatePolicy", PolicyName="p",
                                               PolicyDocument='{"Version": "2012-10-17",\n}'))
    t.equal((record["errorCode"], record["errorMessage"]),
            ("MalformedPolicyDocument", "Syntax errors in policy."))
    # Where and why is for those who read the trail and the log, not for the client.
    t.contains(record["additionalEventData"]["explanation"], "(line 1, column 25)")
    t.server.await_log("(line 1, column 25)")
    record = one_record(t, lambda: t.root.call("CreateUser", UserName="bad name"))
    t.equal(record["errorCode"], "ValidationError")
    record = one_record(t, lambda: t.server.client(alice.key_id, "x" * 40).call("ListUsers"))
    t.equal(record["errorCode"], "SignatureDoesNotMatch")
    t.true(record["userIdentity"].get("arn") != alice.arn, "an unproven caller is named")
    record = one_record(t, lambda: t.server.client("AKIAAAAAAAAAAAAAAAAA", "x" * 40).call("ListUsers"))
    t.equal(record["errorCode"], "InvalidClientTokenId")

    def anonymous():
        with t.server.connect() as connection:
            connection.request("POST", "/", t.root.headers(), b"Action=ListUsers&Version=2010-05-08")

    t.equal(one_record(t, anonymous)["errorCode"], "MissingAuthenticationToken")


def test_failures_of_the_server_are_recorded(t):
    """Whatever the status, the record has the error code that the client received."""
    name = t.name("x")

    def create():
        with t.server.writes_wait():
            t.fails("ServiceFailure", t.root.call, "CreateUser", UserName=name, status=500)

    record = one_record(t, create)
    t.equal((record["eventName"], record["errorCode"]), ("CreateUser", "ServiceFailure"))
    t.root.call("CreateUser", UserName=name)


def test_sessions_are_recorded(t):
    name, arn = t.role(policy=[allow("iam:ListUsers")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    made = {}
    record = one_record(t, lambda: made.update(caller.client.call(
        "AssumeRole", RoleArn=arn, RoleSessionName="night")))
    t.equal((record["eventSource"], record["eventName"]), ("sts.amazonaws.com", "AssumeRole"))
    t.equal(record["requestParameters"]["roleArn"], arn)
    keys = made["Credentials"]
    text = json.dumps(record)
    t.true(keys["SecretAccessKey"] not in text and keys["SessionToken"] not in text, text)
    session = t.server.client(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    record = one_record(t, lambda: session.call("ListUsers"))
    who = record["userIdentity"]
    t.equal((who["type"], who["arn"], who["accessKeyId"]),
            ("AssumedRole", made["AssumedRoleUser"]["Arn"], keys["AccessKeyId"]))
    issuer = who["sessionContext"]["sessionIssuer"]
    t.equal((issuer["type"], issuer["arn"], issuer["userName"]), ("Role", arn, name))
    t.true(record.get("readOnly", True) is True, "readOnly of a read")


def test_evaluations_are_recorded(t):
    alice = t.user("alice", [allow("s3:GetObject")])
    record = one_record(t, lambda: t.root.evaluate(alice.arn, "s3:GetObject", "arn:aws:s3:::b/k"))
    t.contains(record["eventSource"], "iamd", "eventSource")
    t.contains(json.dumps(record["requestParameters"]), "s3:GetObject", "requestParameters")


def test_odd_input_does_not_break_the_lines(t):
    before = len(t.server.audit())
    odd = ("a\nb", "a\r\nb", '"}', "\\", "\x00", "\x1b[31m", "\u2028", "\ud7ff", "\u00e9", "a" * 5000)
    for value in odd:
        t.root.query("GetUser", {"UserName": value})
        t.root.query(value)
    headers = t.root.headers() + [("User-Agent", 'x"} \\ \u00e9\u00ff\t{')]
    body = b"Action=ListUsers&Version=2010-05-08"
    signed = t.root.signer().sign_headers("POST", "/", headers, body)
    t.equal(t.root.send("POST", "/", signed, body).status, 200)
    found = records_after(t, before, 2 * len(odd) + 1)
    t.equal(len(found), 2 * len(odd) + 1, "records")
    for line in t.server.log().splitlines():
        json.loads(line)


def test_every_request_has_a_record_under_load(t):
    from lib.server import Background
    before = len(t.server.audit())

    def work():
        client = t.server.client()
        for _ in range(100):
            client.call("GetCallerIdentity")

    for thread in [Background(work) for _ in range(4)]:
        thread.finish()
    found = records_after(t, before, 400)
    t.equal(len(found), 400, "records")
    t.equal(len({record["eventID"] for record in found}), 400, "event ids")


def test_no_secret_is_written_anywhere(t):
    """Secrets of every kind go through the server; none may be found in any file or log."""
    canaries = [t.server.secret]
    alice = t.user("alice", [allow("*")])
    canaries.append(alice.client.secret)
    _, arn = t.role(policy=[allow("iam:*")])
    session = t.assume(alice.client, arn)
    canaries += [session.secret, session.token]
    session.call("ListUsers")
    wrong = "WRONG/SECRET/OF/A/CALLER/0123456789abcdef"
    t.server.client(alice.key_id, wrong).query("ListUsers")
    canaries.append(wrong)
    signed = dict(alice.client.signer().sign_headers("POST", "/", alice.client.headers(), b""))
    for service in ("iam", "sts"):
        target = session.signer(service).presign(
            t.server.host_header, "Action=GetCallerIdentity&Version=2011-06-15")
        session.send("GET", target, [("Host", t.server.host_header)])
        canaries.append(target.rpartition("=")[2])
    canaries.append(signed["Authorization"].rpartition("=")[2])
    alice.client.send("POST", "/", list(signed.items()), b"")
    t.root.post_json("/access/v1/evaluation", question_of(alice.key_id, "s3:GetObject", "*"))
    with t.server.connect() as connection:
        connection.request("POST", "/", [("Host", t.server.host_header), ("Content-Type", FORM),
                                         ("Authorization", "Bearer CANARY-BEARER-TOKEN")], b"x=y")
    canaries.append("CANARY-BEARER-TOKEN")
    t.root.call("DeleteAccessKey", UserName=alice.name, AccessKeyId=alice.key_id)
    time.sleep(0.5)
    places = [path for path in pathlib.Path(t.server.data).rglob("*") if path.is_file()]
    t.true(any(path.name == "audit.jsonl" for path in places), "no audit.jsonl")
    for path in places + [t.server.log_path]:
        data = path.read_bytes()
        for canary in canaries:
            for form in (canary, canary.replace("/", "%2F").replace("+", "%2B"),
                         canary.replace("/", "\\/")):
                t.true(form.encode() not in data, "%s holds %s..." % (path.name, canary[:6]))


def test_another_audit_file(t):
    server = t.start(extra=["--audit", "elsewhere.jsonl"])
    server.client().call("ListUsers")
    server.stop()
    lines = (server.home / "elsewhere.jsonl").read_text(encoding="utf-8").splitlines()
    t.equal(json.loads(lines[-1])["eventName"], "ListUsers")


def test_a_request_that_is_too_large_for_a_record_has_one(t):
    """Every request leaves a record: only what the client made large is left out of it."""
    user = t.user("alice")
    question = question_of(user.arn, "s3:GetObject", "arn:aws:s3:::bucket/key")
    question["context"] = {"s3:x%d" % i: ["\u0001" * 80] * 18 for i in range(100)}
    body = json.dumps(question).encode()
    before = len(t.server.audit())
    headers = t.root.headers("application/json") + [("User-Agent", '"' * 15000)]
    signed = t.root.signer("iamd").sign_headers("POST", "/access/v1/evaluation", headers, body)
    response = t.root.send("POST", "/access/v1/evaluation",
                           signed + [("Content-Length", str(len(body)))], body)
    found = records_after(t, before, 1)
    t.equal(len(found), 1, "records, after status %d" % response.status)
    t.equal(found[0]["eventName"], "Evaluate")
    t.true(len(json.dumps(found[0])) < 100000, "the record is too large")


def test_a_secret_in_place_of_the_key_id_is_not_written(t):
    secret = "b7" * 20
    client = t.server.client(secret, "x" * 40)
    t.fails("InvalidClientTokenId", client.call, "ListUsers")
    t.true(secret not in pathlib.Path(t.server.audit_path()).read_text(encoding="utf-8"), "in the trail")


def test_the_file_is_opened_anew_on_SIGHUP(t):
    path = pathlib.Path(t.server.audit_path())
    moved = path.with_suffix(".1")
    path.rename(moved)
    t.root.call("ListUsers")
    t.server.reopen_audit(t.root)
    t.equal([event["eventName"] for event in t.server.audit()], ["ListRoles"])
    lines = moved.read_text(encoding="utf-8").splitlines()
    while json.loads(lines[-1])["eventName"] == "ListRoles":
        lines.pop()
    t.equal(json.loads(lines[-1])["eventName"], "ListUsers")
