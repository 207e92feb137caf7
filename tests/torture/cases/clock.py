# SPDX-License-Identifier: Apache-2.0
"""The clock is set back: what had expired stays expired, and it is told."""

import datetime
import time

import faults
from lib.case import Failed, allow, seconds
from lib.sigv4 import utc_now
from lib.wire import FORM, form, parse_error

SERVER = None
DAY_S = 86400
TOLD_S = 20


class Clock:
    """A server whose clock the case sets, with a role that alice may assume."""

    def __init__(self, t):
        self.faults = faults.Faults()
        self.server = t.start(**self.faults.options())
        t.server = self.server
        self.offset = 0
        self.alice = t.user("alice", [allow("sts:AssumeRole"), allow("iam:ListUsers")])
        self.role = t.role(policy=[allow("iam:ListGroups")])[1]

    def set(self, offset):
        self.offset = offset
        self.faults.clock(offset)
        time.sleep(1.5)  # the highest time seen is kept coarsely

    def now(self):
        return utc_now() + datetime.timedelta(seconds=self.offset)

    def ask(self, client, action, **params):
        """The error code of a request that is signed by the server's clock, None for success."""
        service = "sts" if action == "GetCallerIdentity" else "iam"
        response = client.query(action, params, service, moment=self.now())
        return None if response.status == 200 else parse_error(response).code

    def capture(self, client, action, **params):
        """The bytes of a signed write that was never delivered."""
        body = form([("Action", action), ("Version", "2010-05-08")] + list(params.items()))
        headers = client.signer().sign_headers("POST", "/", client.headers(FORM), body,
                                               moment=self.now())
        head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in headers)
        return (head + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body

    def deliver(self, data):
        with self.server.connect() as connection:
            connection.send(data)
            return connection.read_response("POST")

    def follow(self, target):
        with self.server.connect() as connection:
            return connection.request("GET", target, [("Host", self.server.host_header)])


def set_back(clock, restart=False):
    clock.set(DAY_S)
    if restart:
        clock.server.kill()
        clock.server.start()
        clock.ask(clock.server.client(), "ListUsers")
        time.sleep(1.5)
        clock.server.kill()
        clock.faults.clock(0)
        clock.server.start()
    clock.set(0)


@seconds(60)
def test_an_expired_session_stays_expired(t):
    clock = Clock(t)
    session = t.assume(clock.alice.client, clock.role, DurationSeconds=900)
    t.equal(clock.ask(session, "ListGroups"), None, "a session that is good")
    clock.set(DAY_S)
    t.equal(clock.ask(session, "ListGroups"), "ExpiredToken", "a session that has expired")
    set_back(clock)
    t.true(clock.ask(session, "ListGroups") is not None,
           "the clock was set back by a day, and the expired session works")


@seconds(60)
def test_an_expired_session_stays_expired_after_a_restart(t):
    clock = Clock(t)
    session = t.assume(clock.alice.client, clock.role, DurationSeconds=900)
    set_back(clock, restart=True)
    t.true(clock.ask(session, "ListGroups") is not None,
           "the clock was set back over a restart, and the expired session works")


@seconds(60)
def test_an_expired_url_stays_expired(t):
    clock = Clock(t)
    target = t.root.signer().presign(clock.server.host_header, "Action=ListUsers&Version=2010-05-08",
                                     expires=300, moment=clock.now())
    t.equal(clock.follow(target).status, 200, "a presigned URL that is good")
    set_back(clock)
    t.true(clock.follow(target).status != 200,
           "the clock was set back by a day, and the expired URL works")


@seconds(60)
def test_a_captured_write_stays_expired(t):
    clock = Clock(t)
    data = clock.capture(t.root, "CreateUser", UserName="captured")
    clock.set(DAY_S)
    t.true(clock.deliver(data).status != 200, "a write of yesterday")
    set_back(clock)
    t.true(clock.deliver(data).status != 200,
           "the clock was set back by a day, and the captured write is done")


@seconds(90)
def test_it_is_told(t):
    clock = Clock(t)
    set_back(clock)
    deadline = time.monotonic() + TOLD_S
    while time.monotonic() < deadline:
        with clock.server.connect() as connection:
            response = connection.request("GET", "/readyz", [("Host", clock.server.host_header)])
        if response.status == 503:
            clock.server.await_log('"msg":"the clock is behind')
            return
        time.sleep(0.2)
    raise Failed("/readyz is 200 although the clock is a day late")


@seconds(60)
def test_a_clock_ahead_changes_nothing(t):
    """Forwards, and a little back within the skew: everything works."""
    clock = Clock(t)
    for offset in (3600, 3600 - 200, DAY_S, DAY_S - 100):
        clock.set(offset)
        t.equal(clock.ask(t.root, "ListUsers"), None, "a request at %+d s" % offset)
        t.equal(clock.ask(t.root, "CreateUser", UserName=t.name("u")), None,
                "a write at %+d s" % offset)
