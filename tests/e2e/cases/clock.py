# SPDX-License-Identifier: Apache-2.0
"""The clock is set back, while the server is stopped or while it runs: what has expired stays so."""

import pathlib
import sqlite3
import time

from lib.case import Failed, allow
from lib.clock import Clock
from lib.wire import FORM, form, parse_error

SERVER = None
HOUR = 3600
WAIT_S = 20


def start(t, **options):
    clock = Clock()
    t.server = t.start(env=clock.env, **options)
    t.clock = clock
    return t.server, clock


def at(clock, client, action, service="iam", **params):
    """A call that is signed at the clock's time; returns the HTTP answer."""
    return client.query(action, params, service, moment=clock.now())


def assume(t, clock, server, seconds=900):
    """A session of a role that may list users, and the client that signs with it."""
    user = t.user("alice", [allow("sts:AssumeRole")], server=server)
    _, arn = t.role("role", policy=[allow("iam:ListUsers")])
    return t.assume(user.client, arn, DurationSeconds=seconds)


def captured_write(server, client, clock, name):
    """A signed CreateGroup: headers and body, to be sent as often as one likes."""
    body = form([("Action", "CreateGroup"), ("Version", "2010-05-08"), ("GroupName", name)])
    headers = [("Host", "iam.example"), ("Content-Type", FORM)]
    return client.signer().sign_headers("POST", "/", headers, body, moment=clock.now()), body


def replay(server, captured):
    with server.connect() as connection:
        return connection.request("POST", "/", *captured)


def presigned(client, clock, expires):
    """A URL of GetCallerIdentity: what follows the host."""
    return client.signer("sts").presign("sts.example", "Action=GetCallerIdentity&Version=2011-06-15",
                                        expires=expires, moment=clock.now())


def fetch(server, target):
    with server.connect() as connection:
        return connection.request("GET", target, [("Host", "sts.example")])


def refused(t, response, code, what):
    t.equal(parse_error(response).code, code, what)


def ready(server):
    with server.connect() as connection:
        return connection.request("GET", "/readyz", [("Host", server.host_header)])


def wait_ready(t, server, status):
    """The clock is looked at about once a second."""
    deadline = time.monotonic() + WAIT_S
    while ready(server).status != status:
        if time.monotonic() > deadline:
            raise Failed("readyz does not become %d: %s" % (status, ready(server).text))
        time.sleep(0.1)
    return ready(server).text


def everything_expires(t, server, clock):
    """Makes a session, a presigned URL and a signed write, and lets an hour pass; all are refused.
    Returns a function that says so again."""
    session = assume(t, clock, server)
    t.equal(at(clock, session, "ListUsers").status, 200, "the session")
    group = t.name("captured")
    write = captured_write(server, t.root, clock, group)
    t.equal(replay(server, write).status, 200, "the write")
    t.root.call("DeleteGroup", GroupName=group)
    url = presigned(t.root, clock, 600)
    t.equal(fetch(server, url).status, 200, "the presigned URL")
    key = (session.key_id, session.secret, session.token)

    def stays_so():
        client = server.client(*key)
        for moment in (clock.now(), None):
            got = client.query("ListUsers", moment=moment)
            t.true(got.status == 403, "a session that had expired: %r" % got)
        refused(t, replay(server, write), "SignatureDoesNotMatch", "a captured write")
        refused(t, fetch(server, url), "RequestExpired", "a presigned URL")

    clock.set(HOUR)
    session = server.client(*key)
    refused(t, at(clock, session, "ListUsers"), "ExpiredToken", "the session after an hour")
    stays_so()
    return stays_so


def test_it_is_set_back_while_the_server_is_stopped(t):
    server, clock = start(t)
    stays_so = everything_expires(t, server, clock)
    t.equal(server.stop(), 0, "exit code")
    clock.set(0)
    offset = len(server.log())
    server.start()
    stays_so()
    t.equal(server.log(offset).count('"msg":"the clock is behind'), 1, "warnings in the log")
    text = wait_ready(t, server, 503)
    t.contains(text, "authenticates: the clock is behind", "readyz")
    t.contains(text, "decides: the clock is behind", "readyz")
    t.contains(text, "writes: ok", "readyz")


def test_it_is_set_back_after_a_crash(t):
    server, clock = start(t)
    stays_so = everything_expires(t, server, clock)
    kept_soon(t, server, clock.now())
    server.kill()
    clock.set(0)
    server.start()
    stays_so()


def kept_soon(t, server, moment):
    """Waits until the store has a time that is no more than a minute before moment."""
    deadline = time.monotonic() + WAIT_S
    database = sqlite3.connect(pathlib.Path(server.data) / "iamd.db")
    while True:
        kept = database.execute("SELECT high_ms FROM clock").fetchone()[0]
        if kept / 1000 > moment.timestamp() - 60:
            database.close()
            return
        if time.monotonic() > deadline:
            raise Failed("the time in the store is not written")
        time.sleep(0.1)


def test_it_is_set_back_while_the_server_runs(t):
    server, clock = start(t)
    stays_so = everything_expires(t, server, clock)
    clock.set(0)
    stays_so()
    wait_ready(t, server, 503)
    server.await_log('"msg":"the clock is behind')
    t.equal(server.log().count('"msg":"the clock is behind'), 1, "warnings in the log")
    clock.set(HOUR)
    t.contains(wait_ready(t, server, 200), "authenticates: ok", "readyz")
    server.await_log("the clock is right again")
    t.equal(server.log().count("the clock is right again"), 1, "ends in the log")
    t.equal(at(clock, server.client(), "ListUsers").status, 200, "root at the right time")


def test_clients_with_the_right_time_are_served_meanwhile(t):
    """Only the server's clock is wrong: a session that is made now lives as long as it says."""
    server, clock = start(t)
    user = t.user("alice", [allow("sts:AssumeRole")])
    _, arn = t.role("role", policy=[allow("iam:*")])
    clock.set(-2 * HOUR)
    t.equal(server.client().query("ListUsers").status, 200, "root")
    session = t.assume(user.client, arn)
    t.equal(session.query("ListUsers").status, 200, "a session")
    t.equal(session.query("CreateGroup", {"GroupName": t.name("g")}).status, 200, "a write")
    made = server.client().call("GetUser", UserName=user.name)["User"]["CreateDate"]
    t.true(made.startswith(str(clock.now().year)), "the time when the user was made")


def test_a_permission_that_has_ended_does_not_come_back(t):
    server, clock = start(t)
    until = (clock.now().timestamp() + HOUR / 2)
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until))
    user = t.user("alice", [
        allow("iam:ListUsers", Condition={"DateLessThan": {"aws:CurrentTime": text}}),
        allow("iam:ListGroups", Condition={"DateGreaterThan": {"aws:CurrentTime": text}})])
    t.equal(at(clock, user.client, "ListUsers").status, 200, "before")
    t.equal(at(clock, user.client, "ListGroups").status, 403, "before")
    clock.set(HOUR)
    t.equal(at(clock, user.client, "ListUsers").status, 403, "after")
    right = clock.now()
    clock.set(0)
    t.equal(user.client.query("ListUsers", moment=right).status, 403, "the clock was set back")
    t.equal(user.client.query("ListGroups", moment=right).status, 200, "what has begun")


def test_a_clock_that_was_far_ahead_once(t):
    """The operator accepts the clock as it is now; without that nobody is served for ten years."""
    server, clock = start(t)
    clock.set(10 * 365 * 24 * HOUR)
    t.equal(at(clock, server.client(), "ListUsers").status, 200, "far ahead")
    t.equal(server.stop(), 0, "exit code")
    clock.set(0)
    server.start()
    t.equal(server.client().query("ListUsers").status, 403, "set right again")
    t.equal(ready(server).status, 503, "readyz")
    t.equal(server.stop(), 0, "exit code")
    server.extra = ["--accept-clock"]
    offset = len(server.log())
    server.start()
    t.contains(server.log(offset), "the present clock is accepted", "log")
    t.equal(ready(server).status, 200, "readyz")
    t.equal(server.client().query("ListUsers").status, 200, "accepted")
    server.extra = []
    t.equal(server.stop(), 0, "exit code")
    server.start()
    t.equal(ready(server).status, 200, "readyz after another start")
    t.equal(server.client().query("ListUsers").status, 200, "after another start")


def test_a_small_step_is_no_trouble(t):
    server, clock = start(t)
    t.equal(server.client().query("ListUsers").status, 200, "before")
    clock.set(-120)
    t.equal(server.client().query("ListUsers").status, 200, "two minutes back")
    time.sleep(1.5)
    t.equal(ready(server).status, 200, "readyz")
    t.true("the clock is behind" not in server.log(), "no warning")


def test_records_have_the_time_of_the_wall_clock(t):
    server, clock = start(t)
    t.equal(server.client().query("ListUsers").status, 200, "before")
    clock.set(-2 * HOUR)
    name = t.name("late")
    t.equal(server.client().query("CreateUser", {"UserName": name}).status, 200, "after")
    want = clock.now().strftime("%Y-%m-%dT%H:")
    record = [r for r in server.audit() if r["eventName"] == "CreateUser"][-1]
    earlier = [r for r in server.audit() if r["eventName"] == "ListUsers"][-1]
    t.true(record["eventTime"] < earlier["eventTime"], "the record has the wall clock's time")
    t.true(record["eventTime"][:14] in (want, want[:11] + "%02d:" % ((int(want[11:13]) - 1) % 24)),
           "the time of the record: %s" % record["eventTime"])
