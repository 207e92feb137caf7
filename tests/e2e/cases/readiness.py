# SPDX-License-Identifier: Apache-2.0
"""readyz tells which of four things does not work, and that it works again, without a request."""

import json
import resource
import time

from cases.audit_flood import readyz, wait_ready
from lib.wire import ApiError

SERVER = None
PARTS = ("authenticates", "decides", "writes", "records")


def refused_write(t, server, name):
    try:
        server.client().call("CreateUser", UserName=name)
    except ApiError as error:
        t.equal(error.status, 500, "a write that the store does not take")
        return
    t.true(False, "a write succeeded that cannot be kept")


def test_each_part_is_a_line(t):
    server = t.start()
    status, body = readyz(server)
    t.equal((status, body), (200, "ready\n" + "".join("%s: ok\n" % part for part in PARTS)))


def test_a_store_that_takes_no_change(t):
    server = t.start(keep_signals=True, extra=["--audit", "/dev/null"])
    server.client().call("CreateUser", UserName="before")
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    refused_write(t, server, "during")
    wait_ready(t, server, 503, "writes: the store took no change")
    for _ in range(3):  # it lasts, though nobody writes
        time.sleep(1)
        status, body = readyz(server)
        t.equal(status, 503, body)
        t.contains(body, "records: ok")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    wait_ready(t, server, 200, "writes: ok")
    server.client().call("CreateUser", UserName="after")
    # The line that told the beginning is missing: the log is a file that might not grow either.
    server.await_log("over: the store took no change")
    over = [line for line in map(json.loads, server.log().splitlines())
            if line["msg"] == "over: the store took no change"]
    t.equal([line["ready"] for line in over], ["yes"], "lines of the log")


def test_it_shows_no_secret(t):
    """Neither names nor paths, whatever is wrong."""
    server = t.start(keep_signals=True)
    pid = server.process.pid
    hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))
    for number in range(3):
        try:
            server.client().call("CreateUser", UserName="secret%d" % number)
        except ApiError:
            pass
    wait_ready(t, server, 503, "records: the audit trail takes no records")
    body = readyz(server)[1]
    for word in ("secret", "/", server.account, server.key_id):
        t.true(word not in body, "%r in %r" % (word, body))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    wait_ready(t, server, 200, "records: ok")
    t.equal(server.stop(), 0, "exit code")
