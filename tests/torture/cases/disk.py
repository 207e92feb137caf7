# SPDX-License-Identifier: Apache-2.0
"""A full disk: decisions go on, revoking works, it is told, and a restart is possible."""

import json
import os
import time

from lib.case import Failed, allow, seconds
from lib.disk import fill, small_file_system
from lib.server import ServerFailed
from lib.wire import ApiError, ConnectionEnded

SERVER = None
FLOOD_S = 20
TOLD_S = 8
LONG_HEADER = "x" * 8000


class Small:
    """A server on a small file system, with a user who may read and one who leaves."""

    def __init__(self, t, place):
        self.place = place
        self.server = t.start(data=str(place / "data"))
        t.server = self.server
        self.alice = t.user("alice", [allow("iam:ListUsers")])
        self.leaver = t.user("leaver", [allow("iam:ListUsers")])
        for user in (self.alice, self.leaver):
            user.client.call("ListUsers")


def decisions_go_on(t, small):
    for _ in range(20):
        small.alice.client.call("ListUsers")
        t.denied(small.alice.client.call, "ListGroups")
        t.true(t.root.evaluate(small.alice.arn, "iam:ListUsers", "*")["decision"], "decision")


def revoking_works(t, small):
    t.root.call("DeleteAccessKey", UserName=small.leaver.name, AccessKeyId=small.leaver.key_id)
    t.fails("InvalidClientTokenId", small.leaver.client.call, "ListUsers")


def readyz_tells(t, small):
    """Within some seconds: the room on the disk is looked at about every two."""
    deadline = time.monotonic() + TOLD_S
    while True:
        with small.server.connect() as connection:
            response = connection.request("GET", "/readyz", [("Host", small.server.host_header)])
        if response.status == 503 or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    t.equal(response.status, 503, "/readyz on a full disk: " + response.text)
    t.true("writes: ok" not in response.text or "records: ok" not in response.text,
           "/readyz names neither writing nor recording: " + response.text)


def a_start_serves_decisions(t, small):
    small.server.kill()
    try:
        small.server.start()
    except ServerFailed as error:
        raise Failed("no start on a full disk: %s" % error) from error
    client = small.server.client(small.alice.key_id, small.alice.client.secret)
    client.call("ListUsers")
    t.denied(client.call, "ListGroups")


def refused_or_kept(t, small):
    """A write on a full disk is done, or refused and not there."""
    for index in range(30):
        name = "full-%d" % index
        try:
            t.root.call("CreateUser", UserName=name,
                        Tags=[{"Key": "k%d" % i, "Value": "v" * 200} for i in range(20)])
        except ApiError as error:
            t.true(error.status >= 500, "a write on a full disk: %s" % error)
            t.fails("NoSuchEntity", t.root.call, "GetUser", UserName=name)
            continue
        t.root.call("GetUser", UserName=name)


def by_a_foreign_file(t, *checks):
    with small_file_system() as place:
        small = Small(t, place)
        fill(place)
        for check in checks:
            check(t, small)
        t.close()


def test_foreign_file_decisions_go_on(t):
    by_a_foreign_file(t, decisions_go_on, refused_or_kept, decisions_go_on)


def test_foreign_file_revoking_works(t):
    by_a_foreign_file(t, revoking_works)


def test_foreign_file_is_told(t):
    by_a_foreign_file(t, refused_or_kept, readyz_tells)


def test_foreign_file_start(t):
    by_a_foreign_file(t, decisions_go_on, a_start_serves_decisions)


def flood(small, limit):
    """Unsigned requests with a long User-Agent until the disk is full, or for limit seconds.
    Returns how many."""
    request = ("GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: %s\r\n\r\n" % LONG_HEADER).encode() * 16
    count = 0
    end = time.monotonic() + limit
    while time.monotonic() < end:
        try:
            with small.server.connect() as connection:
                for _ in range(64):
                    connection.send(request)
                    for _ in range(16):
                        connection.read_response()
                        count += 1
        except (ConnectionEnded, OSError):
            time.sleep(0.01)
        free = os.statvfs(small.place)
        if free.f_bavail == 0:
            break
    return count


def by_a_flood(t, *checks):
    with small_file_system(16) as place:
        small = Small(t, place)
        count = flood(small, FLOOD_S if t.long else 3)
        for check in checks:
            check(t, small)
        size = small.server.audit_path().stat().st_size
        t.figure("%d unsigned requests made %d KiB of records", count, size >> 10)
        t.close()


@seconds(90)
def test_flood_decisions_go_on(t):
    by_a_flood(t, decisions_go_on)


@seconds(90)
def test_flood_revoking_works(t):
    by_a_flood(t, revoking_works)


@seconds(90)
def test_flood_start(t):
    by_a_flood(t, a_start_serves_decisions)


@seconds(90)
def test_flood_leaves_room_for_records(t):
    """What strangers ask for takes no record away from those who sign."""
    with small_file_system(16) as place:
        small = Small(t, place)
        flood(small, FLOOD_S if t.long else 3)
        t.root.call("CreateUser", UserName="recorded")
        last = [line for line in small.server.audit_path().read_bytes().splitlines()
                if b'"recorded"' in line]
        t.true(last, "an answered write has no record")
        json.loads(last[-1])
        t.close()
