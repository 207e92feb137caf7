# SPDX-License-Identifier: Apache-2.0
"""Strangers cannot fill the audit trail, and a trail that takes no records is told, and comes back."""

import contextlib
import json
import os
import time

from lib.case import Failed, allow
from lib.disk import fill, small_file_system
from lib.server import Background
from lib.wire import FORM, ApiError

SERVER = None
BODY = b"Action=GetUser&Version=2010-05-08"
STRANGER = (b"POST / HTTP/1.1\r\nHost: iamd\r\nContent-Type: " + FORM.encode() + b"\r\nUser-Agent: "
            + b'"' * 12000 + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
SUMMARY = "RequestsNotRecorded"
WAIT_S = 20


def flood(server, count):
    """Sends count unsigned requests with a long User-Agent on one connection."""
    with server.connect() as connection:
        for _ in range(count):
            connection.send(STRANGER)
            response = connection.read_response("POST")
            if response.status not in (403, 503):
                raise Failed("status %d of an unsigned request" % response.status)


def readyz(server):
    with server.connect() as connection:
        response = connection.request("GET", "/readyz", [("Host", server.host_header)])
    return response.status, response.body.decode()


def wait_ready(t, server, status, text):
    """Waits until readyz has this status and a line that begins so; returns the line."""
    deadline = time.monotonic() + WAIT_S
    while True:
        got, body = readyz(server)
        for line in body.splitlines():
            if got == status and line.startswith(text):
                return line
        if time.monotonic() > deadline:
            raise Failed("readyz is %d %r, not %d with %r; log:\n%s" % (
                got, body, status, text, server.log()[-2000:]))
        time.sleep(0.1)


def records(server):
    """The whole records; a line that a full disk has cut off is none."""
    found = []
    for line in server.audit_path().read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def summaries(found, source=None):
    return [r["serviceEventDetails"] for r in found
            if r["eventName"] == SUMMARY and r.get("sourceIPAddress") == source]


def named(found, name):
    return [r for r in found if r["eventName"] == name]


class Elsewhere:
    """A server whose audit file is on a small file system of its own."""

    def __init__(self, t, extra=()):
        self.stack = contextlib.ExitStack()
        self.place = self.stack.enter_context(small_file_system())
        self.path = self.place / "audit.jsonl"
        self.t = t
        try:
            self.server = t.start(extra=["--audit", str(self.path), *extra])
        except BaseException:
            self.stack.close()
            raise
        self.server.audit_path = lambda: self.path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.t.close()
        self.stack.close()


def test_a_flood_of_strangers_fills_nothing(t):
    count, signed = 1500, 200
    with Elsewhere(t) as here:
        alice = t.user("alice", [allow("iam:GetUser")], server=here.server)
        before = here.path.stat().st_size
        threads = [Background(flood, here.server, count) for _ in range(3)]
        for _ in range(signed):
            alice.client.call("GetUser")
        for thread in threads:
            thread.finish()
        grown = here.path.stat().st_size - before
        t.true(grown < 1 << 20, "%d requests made %d bytes of records" % (3 * count + signed, grown))
        wait_ready(t, here.server, 200, "records: ok")
        t.equal(here.server.stop(), 0, "exit code")
        found = [json.loads(line) for line in here.path.read_text(encoding="utf-8").splitlines()]
        mine = [r for r in named(found, "GetUser") if r["userIdentity"].get("arn") == alice.arn]
        t.equal(len(mine), signed, "records of a caller who authenticated")
        short = [r for r in named(found, "GetUser") if "arn" not in r["userIdentity"]]
        t.true(len(short) >= 20, "only %d records of strangers" % len(short))
        for record in short:
            t.equal(record["errorCode"], "MissingAuthenticationToken")
            t.equal(record["userAgent"], '"' * 64)
            t.true("requestParameters" not in record, "a stranger's parameters")
            t.true(len(json.dumps(record)) < 2048, "the record of a stranger is long")
        left_out = summaries(found, "127.0.0.1")
        t.equal(len(short) + sum(s["count"] for s in left_out), 3 * count, "records and counts")
        for summary in left_out:
            t.equal(summary["errorCodes"], {"MissingAuthenticationToken": summary["count"]})
            t.true(summary["isSummary"] and summary["firstTime"] <= summary["lastTime"], str(summary))


def test_low_room_stops_the_records_of_strangers_first(t):
    with Elsewhere(t, ["--audit-reserve", "2m"]) as here:
        flood(here.server, 2)
        ballast = here.place / "ballast"
        ballast.write_bytes(b"\0" * (7 << 20))
        wait_ready(t, here.server, 200, "records: ok, but room for the audit trail is low")
        here.server.await_log("warning: room for the audit trail is low")
        before = records(here.server)
        t.equal(len([r for r in named(before, "GetUser") if "errorCode" in r]), 2, "with room")
        flood(here.server, 5)
        here.server.client().call("ListUsers")
        found = records(here.server)
        t.equal(len(named(found, "GetUser")), 2, "records of strangers with low room")
        t.equal(len(named(found, "ListUsers")), 1, "records of callers with low room")
        ballast.unlink()
        deadline = time.monotonic() + WAIT_S
        while readyz(here.server)[1].splitlines()[-1] != "records: ok":
            t.true(time.monotonic() < deadline, "the warning does not end")
            time.sleep(0.1)
        t.equal(here.server.stop(), 0, "exit code")
        t.equal([s["count"] for s in summaries(records(here.server), "127.0.0.1")], [5])


def lose_some(t, server):
    """Calls until readyz tells of records that are missing; returns how many calls there were."""
    client = server.client()
    for number in range(1, 200):
        client.call("ListUsers")
        if readyz(server)[0] == 503:
            return number
    raise Failed("no record is missing on a full disk")


def test_a_full_disk_is_told_and_ends(t):
    with Elsewhere(t) as here:
        ballast = fill(here.place)
        calls = lose_some(t, here.server)
        for _ in range(5):
            here.server.client().call("ListUsers")
            here.server.client().call("CreateUser", UserName="u%d" % time.monotonic_ns())
        line = wait_ready(t, here.server, 503, "records: the audit trail takes no records, missing: ")
        missing = int(line.rpartition(" ")[2])
        t.true(missing >= 10, line)
        status, body = readyz(here.server)
        for part in ("authenticates: ok", "decides: ok", "writes: ok"):
            t.contains(body, part, "readyz")
        t.true("/" not in body, "readyz tells a path")
        ballast.unlink()
        wait_ready(t, here.server, 200, "records: ok")
        here.server.client().call("ListRoles")
        found = records(here.server)
        t.equal(len(named(found, "ListRoles")), 1, "records after the disk has room")
        told = [s for s in summaries(found) if s["reason"] == "the file took no records"]
        t.equal(sum(s["count"] for s in told), missing, "missing records, as the file tells")
        t.equal(len(named(found, "ListUsers")) + len(named(found, "CreateUser")) + missing,
                calls + 10, "records and those missing")
        here.server.await_log("over: the audit trail takes no records")
        log = here.server.log()
        t.contains(log, "not ready: the audit trail takes no records")
        t.contains(log, "audit records are missing")
        t.contains(log, '"audit records are written again","missing":"%d"' % missing)


def test_what_cannot_be_recorded_is_refused(t):
    with Elsewhere(t, ["--audit-required"]) as here:
        root = here.server.client()
        root.call("CreateUser", UserName="before")
        ballast = fill(here.place)
        # Room was allocated for changes; it may last for a while.
        for number in range(5000):
            try:
                root.call("ListUsers")
            except ApiError as error:
                t.equal((error.status, error.code), (503, "ServiceUnavailable"))
                t.contains(error.message, "cannot be recorded")
                break
        else:
            raise Failed("on a full disk %d requests were answered" % number)
        for name in ("one", "two", "three"):
            t.fails("ServiceUnavailable", root.call, "CreateUser", UserName=name, status=503)
        t.fails("ServiceUnavailable", root.call, "GetUser", UserName="before", status=503)
        wait_ready(t, here.server, 503, "records: the audit trail takes no records")
        ballast.unlink()
        wait_ready(t, here.server, 200, "records: ok")
        for name in ("one", "two", "three"):
            t.fails("NoSuchEntity", root.call, "GetUser", UserName=name)
        root.call("CreateUser", UserName="one")
        found = records(here.server)
        made = {r["requestParameters"]["userName"] for r in named(found, "CreateUser")
                if "errorCode" not in r}
        users = {u["UserName"] for u in root.call("ListUsers")["Users"]}
        t.equal(users, made, "users, and those whose creation is recorded")


def test_every_change_is_recorded_or_refused(t):
    """Changes alone, on a disk that fills up: each that was answered as done has its record."""
    with Elsewhere(t, ["--audit-required"]) as here:
        root = here.server.client()
        root.call("CreateUser", UserName="first")
        ballast = fill(here.place)
        done, refused = ["first"], 0
        for number in range(5000):
            try:
                root.call("CreateUser", UserName="u%d" % number)
                done.append("u%d" % number)
            except ApiError as error:
                t.equal((error.status, error.code), (503, "ServiceUnavailable"))
                refused += 1
                if refused == 3:
                    break
        t.equal(refused, 3, "changes that were refused")
        ballast.unlink()
        wait_ready(t, here.server, 200, "records: ok")
        recorded = [r["requestParameters"]["userName"]
                    for r in named(records(here.server), "CreateUser") if "errorCode" not in r]
        t.equal(sorted(recorded), sorted(done), "changes that are recorded")
        names = [u["UserName"] for page in pages(root) for u in page]
        t.equal(sorted(names), sorted(done), "changes that were made")


def pages(client):
    marker = {}
    while True:
        answer = client.call("ListUsers", MaxItems=1000, **marker)
        yield answer["Users"]
        if "Marker" not in answer:
            return
        marker = {"Marker": answer["Marker"]}


def test_a_start_on_a_full_disk_serves(t):
    with small_file_system() as place:
        server = t.start(extra=["--audit", str(place / "audit.jsonl")])
        alice = t.user("alice", [allow("iam:ListUsers")], server=server)
        t.equal(server.stop(), 0, "exit code")
        ballast = fill(place)
        server.start()
        lose_some(t, server)
        server.client(alice.key_id, alice.client.secret).call("ListUsers")
        t.denied(server.client(alice.key_id, alice.client.secret).call, "ListRoles")
        ballast.unlink()
        wait_ready(t, server, 200, "records: ok")
        t.close()


def test_an_audit_file_for_which_there_is_no_room(t):
    """The start goes on without the file, which is made when it can be."""
    with small_file_system(options=",nr_inodes=16") as place:
        made = 0
        try:
            while True:
                os.mknod(place / ("n%d" % made))
                made += 1
        except OSError:
            t.true(made < 100, "%d files on a small file system" % made)
        server = t.start(extra=["--audit", str(place / "audit.jsonl")])
        server.client().call("ListUsers")
        wait_ready(t, server, 503, "records: the audit trail takes no records, missing: 1")
        os.unlink(place / "n0")
        wait_ready(t, server, 200, "records: ok")
        server.client().call("ListRoles")
        server.audit_path = lambda: place / "audit.jsonl"
        t.equal([r["eventName"] for r in records(server)], [SUMMARY, "ListRoles"])
        t.close()


def test_options(t):
    for option in ("0", "", "x", "-1", "1t", "99999999999999999999"):
        problem = None
        try:
            t.start(extra=["--audit-reserve", option])
        except Exception as error:  # the server ends with its usage
            problem = str(error)
        t.contains(problem or "started", "--audit-reserve takes a number of bytes", option)
