# SPDX-License-Identifier: Apache-2.0
"""A disk that does not answer: who waits, who does not, and what is told."""

import contextlib
import pathlib
import subprocess
import tempfile
import threading
import time

from lib.case import Failed, allow
from lib.wire import ApiError, FORM, form

SERVER = None
SHIM = pathlib.Path(__file__).resolve().parents[1] / "lib" / "hang.c"
WRITES = 840  # more than a caller's share of the queue, and done long before the writer counts as hung
CONNECTIONS = 42
WITHIN_S = 60


class Disk:
    """The server's disk, which hangs while told so."""

    def __init__(self, t):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-disk-"))
        self.file = self.home / "hang"
        shim = self.home / "hang.so"
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(shim), str(SHIM)], check=True)
        self.server = t.start(env={
            "LD_PRELOAD": str(shim), "IAMD_TEST_HANG": str(self.file),
            "ASAN_OPTIONS": "verify_asan_link_order=0:abort_on_error=0:exitcode=99:"
                            "allocator_may_return_null=1"})
        t.server = self.server

    @contextlib.contextmanager
    def hung(self):
        self.file.touch()
        try:
            yield
        finally:
            self.file.unlink(missing_ok=True)

    def holds(self, what):
        """Waits until something waits for the disk."""
        until(self.file.with_suffix(".met").exists, what)


class Call(threading.Thread):
    """A call on a connection of its own; status is 200 or that of the error."""

    def __init__(self, client, action, **params):
        super().__init__(daemon=True)
        self.client, self.action, self.params = client, action, params
        self.status = self.text = None
        self.start()

    def run(self):
        try:
            self.client.call(self.action, **self.params)
            self.status = 200
        except ApiError as error:
            self.status, self.text = error.status, error.message

    def answer(self):
        self.join(WITHIN_S)
        return self.status


def write(server, user):
    return Call(server.client(), "CreateUser", UserName=user)


def until(condition, what):
    deadline = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            raise Failed("not within %d s: %s" % (WITHIN_S, what))
        time.sleep(0.1)


def readyz(server):
    with server.connect() as connection:
        return connection.request("GET", "/readyz", [("Host", server.host_header)])


def send_many(server, client, count, statuses):
    """The same signed write again and again on one connection."""
    body = form([("Action", "CreateUser"), ("Version", "2010-05-08"), ("UserName", "nobody")])
    headers = [("Host", server.host_header), ("Content-Type", FORM)]
    headers = client.signer("iam").sign_headers("POST", "/", headers, body)
    with server.connect(WITHIN_S) as connection:
        for _ in range(count):
            statuses.append(connection.request("POST", "/", headers, body).status)


def test_who_may_not_write_does_not_wait(t):
    disk = Disk(t)
    alice = t.user("alice", [allow("iam:GetUser")])
    statuses = []
    with disk.hung():
        waiting = write(disk.server, "waits")
        disk.holds("the write is under way")
        threads = [threading.Thread(target=send_many, daemon=True, args=(
            disk.server, alice.client, WRITES // CONNECTIONS, statuses))
                   for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        subject = alice.arn
        answer = t.root.evaluate(subject, "iam:GetUser", alice.arn)
        t.equal(answer["decision"], True, "a decision meanwhile")
        for thread in threads:
            thread.join(WITHIN_S)
        t.equal(len(statuses), WRITES, "answers")
        t.equal(set(statuses), {403}, "statuses")
        t.root.call("ListUsers")
        t.equal(waiting.status, None, "the write that is under way")
    t.equal(waiting.answer(), 200, "the write that was under way")


def test_a_hung_writer_is_told(t):
    disk = Disk(t)
    server = disk.server
    with disk.hung():
        first = write(server, "first")
        disk.holds("the first write is under way")
        others = [write(server, "other%d" % n) for n in range(3)]
        t.equal(readyz(server).status, 200, "ready before it is known")
        until(lambda: "writes: the writer hangs" in readyz(server).text, "readyz tells")
        t.equal(readyz(server).status, 503, "not ready")
        t.equal([other.answer() for other in others], [503] * 3, "those that waited")
        t.equal(write(server, "late").answer(), 503, "one that comes later")
        t.equal(first.answer(), 503, "the one under way")
        t.contains(first.text, "The outcome of the request is unknown", "its answer")
        t.equal(t.root.evaluate("arn:aws:iam::%s:root" % t.account, "s3:GetObject",
                                "arn:aws:s3:::a/b")["decision"], True, "a decision")
    until(lambda: readyz(server).status == 200, "ready again")
    names = {user["UserName"] for user in t.root.call("ListUsers")["Users"]}
    t.equal(names, {"first"}, "what was carried out")
    t.equal(write(server, "late").answer(), 200, "afterwards")
