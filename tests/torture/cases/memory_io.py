# SPDX-License-Identifier: Apache-2.0
"""Each allocation of a request fails in turn: the answer is true, and nobody else notices."""

import errno

import faults
from lib.case import Failed, allow, seconds
from lib.wire import ApiError, ConnectionEnded, parse_error
from workload import OUTCOME_UNKNOWN

SERVER = None


class Short:
    """A server whose allocations can fail, and users whom it knows."""

    def __init__(self, t):
        self.t = t
        self.faults = faults.Faults()
        self.server = t.start(**self.faults.options())
        t.server = self.server
        self.alice = t.user("alice", [allow("iam:ListUsers")])
        self.count = 0
        self.answers = {}
        self.canary()

    def ask(self, client, action, params, after, times):
        """Returns status, code and message of a request whose allocations fail; 0: no answer."""
        client.drop()
        client.connection()
        self.faults.fail(faults.MALLOC, files=faults.OTHER, error=errno.ENOMEM, after=after,
                         times=times)
        try:
            response = client.query(action, params)
        except (ConnectionEnded, OSError):
            response = None
        failed = self.faults.count(faults.MALLOC)[1]
        self.faults.heal()
        self.count += failed
        if not self.server.alive():
            raise Failed("the server has ended, allocation %d" % after)
        if response is None:
            return failed, 0, "", ""
        self.answers[response.status] = self.answers.get(response.status, 0) + 1
        error = parse_error(response) if response.status != 200 else None
        return failed, response.status, error and error.code or "", error and error.message or ""

    def canary(self, what="canary"):
        """Who did nothing is not told that they do not exist."""
        for _ in range(2):
            for action in ("ListUsers", "ListGroups"):
                response = self.alice.client.query(action)
                error = None if response.status == 200 else parse_error(response)
                if action == "ListUsers" and error and error.status < 500:
                    raise Failed("%s: alice is refused: %s" % (what, error))
                if action == "ListGroups" and (error is None or error.status < 500 and
                                               error.code != "AccessDenied"):
                    raise Failed("%s: alice got %s" % (what, error or "a list of groups"))

    def exists(self, name):
        try:
            self.t.root.call("GetUser", UserName=name)
            return True
        except ApiError as error:
            if error.code != "NoSuchEntity":
                raise
            return False


def writes(t, times):
    """Every stride-th allocation: the answer says what is there, at once and after a kill -9."""
    short = Short(t)
    root = short.server.client()
    stride = 1 if t.long else 9
    made = {}
    after = 0
    while after < 5000:
        name = "m%d" % after
        failed, status, code, message = short.ask(root, "CreateUser", {
            "UserName": name, "Tags": [{"Key": "k", "Value": "v"}]}, after, times)
        if status in range(400, 500):
            raise Failed("allocation %d: a valid write was refused: %s %s" % (after, code, message))
        if status != 0 and OUTCOME_UNKNOWN not in message:
            made[name] = status == 200
            if short.exists(name) != made[name]:
                raise Failed("allocation %d: answered %d %s, but the user is %sthere" % (
                    after, status, code, "not " if made[name] else ""))
        short.canary("allocation %d of another's write, answered %d" % (after, status))
        if failed == 0:
            break
        after += stride
    short.server.kill()
    short.server.start()
    t.root.drop()
    for name, there in made.items():
        t.equal(short.exists(name), there, "%s after a kill -9" % name)
    t.figure("%d allocations failed in turn of %d of a write; answers: %s", short.count, after,
             short.answers)


@seconds(100, long=1800)
def test_each_allocation_of_a_write_fails_once(t):
    writes(t, 1)


@seconds(100, long=1800)
def test_all_allocations_of_a_write_fail_from_one_on(t):
    writes(t, faults.ALWAYS)


@seconds(100, long=1800)
def test_each_allocation_of_a_decision_fails_once(t):
    """A request that may not be done is never done, and one that may is done or told to come again."""
    short = Short(t)
    stride = 1 if t.long else 3
    for action, codes in (("ListUsers", {""}), ("ListGroups", {"AccessDenied"})):
        after = 0
        while after < 3000:
            client = short.server.client(short.alice.key_id, short.alice.client.secret)
            if after % 2:  # cold: the caller is read again
                t.root.call("TagUser", UserName=short.alice.name,
                            Tags=[{"Key": "k", "Value": str(after)}])
            failed, status, code, message = short.ask(client, action, {}, after, 1)
            if status != 0 and status < 500 and code not in codes:
                raise Failed("allocation %d: alice's %s was answered %d %s %s" % (
                    after, action, status, code, message))
            short.canary("allocation %d of %s" % (after, action))
            if failed == 0:
                break
            after += stride
    t.figure("%d allocations failed in turn; answers: %s", short.count, short.answers)
