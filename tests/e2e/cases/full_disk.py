# SPDX-License-Identifier: Apache-2.0
"""On a disk that somebody else has filled rights are taken away, and the server starts."""

import pathlib
import time

from cases.durability import writes_work
from lib.case import allow, deny, document, seconds
from lib.disk import fill, small_file_system

SERVER = None


def readiness(server):
    with server.connect() as connection:
        response = connection.request("GET", "/readyz", [("Host", server.host_header)])
    return response.status, dict(line.split(": ", 1) for line in response.text.splitlines()[1:])


def waits_for(t, what, condition):
    deadline = time.monotonic() + 20
    while not condition():
        t.true(time.monotonic() < deadline, "waited in vain: " + what)
        time.sleep(0.1)


def is_told(t, server):
    waits_for(t, "readyz says that the disk is full", lambda: readiness(server)[0] == 503)
    status, lines = readiness(server)
    t.true("disk" in lines["writes"], "readyz: %d %r" % (status, lines))
    t.equal((lines["authenticates"], lines["decides"]), ("ok", "ok"))


class Staff:
    """Users who are to lose what they may do, each in another way."""

    def __init__(self, t):
        self.t = t
        self.root = t.server.client()
        self.policy = t.policy("groups", allow("iam:ListGroups"))
        self.deleted = t.user("deleted", [allow("iam:ListUsers")])
        self.inactive = t.user("inactive", [allow("iam:ListUsers")])
        self.detached = t.user("detached")
        self.root.call("AttachUserPolicy", UserName=self.detached.name, PolicyArn=self.policy)
        self.forbidden = t.user("forbidden", [allow("iam:ListUsers")])
        self.staying = t.user("staying", [allow("iam:ListUsers")])
        for user in (self.deleted, self.inactive, self.forbidden):
            user.client.call("ListUsers")
        self.detached.client.call("ListGroups")

    def take_away(self):
        root = self.root
        root.call("DeleteAccessKey", UserName=self.deleted.name, AccessKeyId=self.deleted.key_id)
        root.call("UpdateAccessKey", UserName=self.inactive.name, Status="Inactive",
                  AccessKeyId=self.inactive.key_id)
        root.call("DetachUserPolicy", UserName=self.detached.name, PolicyArn=self.policy)
        root.call("PutUserPolicy", UserName=self.forbidden.name, PolicyName="no",
                  PolicyDocument=document(deny("*")))

    def check(self):
        t = self.t
        for user in (self.deleted, self.inactive):
            client = t.server.client(user.key_id, user.client.secret)
            t.fails("InvalidClientTokenId", client.call, "ListUsers", status=403)
        for user, action in ((self.detached, "ListGroups"), (self.forbidden, "ListUsers")):
            t.denied(t.server.client(user.key_id, user.client.secret).call, action)
        t.server.client(self.staying.key_id, self.staying.client.secret).call("ListUsers")


def nothing_new(t, root):
    for action, params in (("CreateUser", {"UserName": t.name("new")}),
                           ("CreateGroup", {"GroupName": t.name("new")})):
        error = t.fails("ServiceUnavailable", root.call, action, status=503, **params)
        t.true("disk" in str(error), "the reason is not told: %s" % error)


def on_small_disk(t, run):
    with small_file_system() as place:
        try:
            t.server = t.start(data=str(place / "data"))
            run(place)
        finally:
            t.close()


@seconds(120)
def test_rights_are_taken_away(t):
    def run(place):
        server = t.server
        staff = Staff(t)
        reserve = pathlib.Path(server.data) / "iamd.db-reserve"
        t.true(reserve.exists(), "there is no reserve")
        ballast = fill(place)
        staff.take_away()
        staff.check()
        nothing_new(t, server.client())
        is_told(t, server)
        server.kill()
        server.start()
        staff.check()
        nothing_new(t, server.client())
        is_told(t, server)
        ballast.unlink()
        writes_work(t, server.client())
        waits_for(t, "readyz is 200 again", lambda: readiness(server)[0] == 200)
        t.true(reserve.stat().st_size == 4 << 20, "the reserve was not made again")
        staff.check()
    on_small_disk(t, run)


@seconds(180)
def test_many_rights_are_taken_away(t):
    """Many times what the log of the database has room for."""
    def run(place):
        server = t.server
        alice = t.user("alice", [allow("iam:ListUsers")])
        root = server.client()
        fill(place)
        for index in range(250):
            root.call("PutUserPolicy", UserName=alice.name, PolicyName="no",
                      PolicyDocument=document(deny("s3:%d*" % index)))
            root.call("UpdateAccessKey", UserName=alice.name, AccessKeyId=alice.key_id,
                      Status="Inactive" if index % 2 else "Active")
        server.kill()
        server.start()
        client = server.client(alice.key_id, alice.client.secret)
        t.fails("InvalidClientTokenId", client.call, "ListUsers", status=403)
    on_small_disk(t, run)


@seconds(120)
def test_a_start_on_a_full_disk(t):
    """After a clean stop the files that SQLite needs while it runs are gone."""
    def run(place):
        server = t.server
        staff = Staff(t)
        ballasts = []
        for _ in range(2):
            t.equal(server.stop(), 0, "exit code")
            ballasts.append(fill(place).rename(place / ("ballast-%d" % len(ballasts))))
            server.start()
            server.client(staff.deleted.key_id, staff.deleted.client.secret).call("ListUsers")
            t.denied(server.client(staff.deleted.key_id, staff.deleted.client.secret).call,
                     "ListGroups")
            nothing_new(t, server.client())
            is_told(t, server)
        staff.root = server.client()
        staff.take_away()
        staff.check()
        for ballast in ballasts:
            ballast.unlink()
        writes_work(t, server.client())
    on_small_disk(t, run)
