# SPDX-License-Identifier: Apache-2.0
"""Each allocation of a request fails in turn: the answer is true, and nobody else notices."""

import errno
import time

import faults
from lib.case import Failed, allow, document, seconds
from lib.wire import ApiError, ConnectionEnded, parse_error
from workload import OUTCOME_UNKNOWN

SERVER = None
MOST = 5000


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

    def is_there(self, write, name):
        """Asks until there is an answer: a directory that had to close opens within a second or two."""
        deadline = time.monotonic() + 5
        while True:
            try:
                write.is_there(self.t.root, name)
                return True
            except ApiError as error:
                if error.code == "NoSuchEntity":
                    return False
                if error.status < 500 or time.monotonic() > deadline:
                    raise Failed("root asked for %s: %s" % (name, error)) from error
            time.sleep(0.05)


class NewUser:
    """A write that touches nobody else."""

    action = "CreateUser"

    def params(self, name):
        return {"UserName": name, "Tags": [{"Key": "k", "Value": "v"}]}

    def is_there(self, client, name):
        client.call("GetUser", UserName=name)


class NewGroupPolicy:
    """A write that changes what alice may do, whom the directory holds."""

    action = "PutGroupPolicy"

    def __init__(self, short):
        short.t.root.call("CreateGroup", GroupName="g")
        short.t.root.call("AddUserToGroup", GroupName="g", UserName=short.alice.name)

    def params(self, name):
        return {"GroupName": "g", "PolicyName": name,
                "PolicyDocument": document(allow("s3:Get" + name))}

    def is_there(self, client, name):
        client.call("GetGroupPolicy", GroupName="g", PolicyName=name)


class NewKeyStatus:
    """A write that changes a key of another user, again and again."""

    action = "UpdateAccessKey"

    def __init__(self, short):
        self.user = short.t.user("bob")

    def params(self, name):
        return {"UserName": self.user.name, "AccessKeyId": self.user.key_id,
                "Status": "Active" if int(name[1:]) % 2 else "Inactive"}

    def is_there(self, client, name):
        want = self.params(name)["Status"]
        status = client.call("ListAccessKeys", UserName=self.user.name)["AccessKeyMetadata"][0]["Status"]
        if status != want:
            raise ApiError(404, "NoSuchEntity", "the status is " + status)


def in_turn(short, write, times, stride):
    """Every stride-th allocation of a write: the answer says what is there. Returns name -> whether
    it is there, and how many allocations such a write makes."""
    root = short.server.client()
    made = {}
    asked = []

    def one(after):
        """Returns how many allocations failed."""
        name = "m%d" % len(asked)
        asked.append(name)
        failed, status, code, message = short.ask(root, write.action, write.params(name), after, times)
        where = "allocation %d of %s, answered %d %s" % (after, write.action, status, code)
        if status in range(400, 500):
            raise Failed("%s: a valid write was refused: %s" % (where, message))
        if status != 0 and OUTCOME_UNKNOWN not in message:
            made[name] = status == 200
            # What an update says may have been so before it.
            if short.is_there(write, name) != made[name] and (
                    made[name] or not isinstance(write, NewKeyStatus)):
                raise Failed("%s %r, but it is %sthere" % (where, message,
                                                           "" if status != 200 else "not "))
        short.canary(where)
        return failed

    last = 0
    while last < MOST and one(last) > 0:
        last += stride
    # After the commit each of them counts: what is answered then is what was done.
    for after in range(max(0, last - 2 * stride), last if stride > 1 else 0):
        one(after)
    return made, last


def writes(t, times):
    """The answers hold at once, and after a kill -9."""
    short = Short(t)
    for write in (NewUser(), NewGroupPolicy(short), NewKeyStatus(short)):
        made, most = in_turn(short, write, times, 1 if t.long else 9)
        short.server.kill()
        short.server.start()
        t.root.drop()
        short.alice.client.drop()
        for name, there in made.items():
            if not isinstance(write, NewKeyStatus):
                t.equal(short.is_there(write, name), there, "%s after a kill -9" % name)
        t.figure("%s: each of %d allocations", write.action, most)
    t.figure("%d allocations failed; answers: %s", short.count, short.answers)


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
