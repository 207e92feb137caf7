# SPDX-License-Identifier: Apache-2.0
"""Revocation is immediate: once it is answered, no later request is accepted on the old state.

Threads ask without pause while the permission is taken away. Each notes when it began a request
and whether it was let through; a request that began after the answer must not be.
"""

import threading
import time

from lib.case import Failed, allow, deny, document, trust
from lib.server import Background
from lib.wire import ApiError, ConnectionEnded

THREADS = 4
WARM_S = 0.25
AFTER_S = 0.35
WAIT_S = 30
QUEUED_S = 1.5  # for a request to reach the queue; twice this is less than a writer waits for the lock
READ = allow("s3:GetObject", "arn:aws:s3:::bucket/*")
OBJECT = "arn:aws:s3:::bucket/key"


class Hammer:
    """Asks from several connections; ask(client) is True when the request was let through."""

    def __init__(self, client, ask):
        self.client = client
        self.ask = ask
        self.stop = threading.Event()
        self.results = []
        self.threads = [Background(self.run) for _ in range(THREADS)]

    def run(self):
        client = self.client.server.client(self.client.key_id, self.client.secret, self.client.token)
        while not self.stop.is_set():
            started = time.monotonic()
            try:
                allowed = self.ask(client)
            except ConnectionEnded:
                continue
            self.results.append((started, allowed))

    def go_on(self, least_s, counts):
        """Goes on for that long; on a busy machine until some of the results are such as count."""
        begun = time.monotonic()
        while time.monotonic() < begun + least_s or (
                sum(counts(*result) for result in self.results) < THREADS
                and time.monotonic() < begun + WAIT_S):
            time.sleep(0.01)

    def finish(self):
        self.stop.set()
        for thread in self.threads:
            thread.finish()


def hammer(t, client, ask, revoke):
    """Runs the hammer around revoke(); checks both sides of the answer."""
    run = Hammer(client, ask)
    try:
        run.go_on(WARM_S, lambda _, allowed: allowed)
        before = [allowed for _, allowed in run.results]
        revoke()
        answered = time.monotonic()
        run.go_on(AFTER_S, lambda started, _: started > answered)
    finally:
        run.finish()
    after = [(started, allowed) for started, allowed in run.results if started > answered]
    t.true(any(before), "nothing was allowed before: the test proves nothing")
    t.true(len(after) >= THREADS, "only %d requests after the answer" % len(after))
    late = [started - answered for started, allowed in after if allowed]
    if late:
        raise Failed("%d of %d requests were accepted after the answer, the last one %.1f ms later" % (
            len(late), len(after), max(late) * 1000))


def lists(client):
    return client.query("ListUsers").status == 200


def who(client):
    return client.query("GetCallerIdentity", service="sts").status == 200


def rounds(t, make, count=5):
    for _ in range(count):
        make()


def test_delete_access_key(t):
    def one():
        user = t.user("alice", [allow("iam:ListUsers")])
        hammer(t, user.client, lists, lambda: t.root.call(
            "DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id))
    rounds(t, one)


def test_deactivate_access_key(t):
    def one():
        user = t.user("alice", [allow("iam:ListUsers")])
        hammer(t, user.client, who, lambda: t.root.call(
            "UpdateAccessKey", UserName=user.name, AccessKeyId=user.key_id, Status="Inactive"))
    rounds(t, one)


def test_detach_user_policy(t):
    def one():
        user = t.user("alice")
        arn = t.policy("lists", allow("iam:ListUsers"))
        t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)
        hammer(t, user.client, lists, lambda: t.root.call(
            "DetachUserPolicy", UserName=user.name, PolicyArn=arn))
    rounds(t, one)


def test_delete_inline_policy(t):
    def one():
        user = t.user("alice", [allow("iam:ListUsers")])
        hammer(t, user.client, lists, lambda: t.root.call(
            "DeleteUserPolicy", UserName=user.name, PolicyName="inline"))
    rounds(t, one, 3)


def test_explicit_deny(t):
    def one():
        user = t.user("alice", [allow("iam:ListUsers")])
        hammer(t, user.client, lists, lambda: t.root.call(
            "PutUserPolicy", UserName=user.name, PolicyName="stop",
            PolicyDocument=document(deny("*"))))
    rounds(t, one, 3)


def test_boundary(t):
    def one():
        user = t.user("alice", [allow("iam:ListUsers")])
        arn = t.policy("boundary", allow("s3:*"))
        hammer(t, user.client, lists, lambda: t.root.call(
            "PutUserPermissionsBoundary", UserName=user.name, PermissionsBoundary=arn))
    rounds(t, one, 3)


def test_remove_from_group(t):
    def one():
        user = t.user("alice")
        group = t.name("g")
        t.root.call("CreateGroup", GroupName=group)
        t.root.call("PutGroupPolicy", GroupName=group, PolicyName="p",
                    PolicyDocument=document(allow("iam:ListUsers")))
        t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
        hammer(t, user.client, lists, lambda: t.root.call(
            "RemoveUserFromGroup", GroupName=group, UserName=user.name))
    rounds(t, one, 3)


def test_group_policy(t):
    user = t.user("alice")
    group = t.name("g")
    arn = t.policy("lists", allow("iam:ListUsers"))
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AttachGroupPolicy", GroupName=group, PolicyArn=arn)
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    hammer(t, user.client, lists, lambda: t.root.call(
        "DetachGroupPolicy", GroupName=group, PolicyArn=arn))


def test_default_policy_version(t):
    def one():
        arn = t.policy("versions", allow("iam:ListUsers"))
        user = t.user("alice")
        t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)
        t.root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document(allow("s3:*")))
        hammer(t, user.client, lists, lambda: t.root.call(
            "SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2"))
    rounds(t, one, 3)


def test_delete_user(t):
    def one():
        user = t.user("alice")
        arn = t.policy("lists", allow("iam:ListUsers"))
        t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)

        def remove():
            t.root.call("DetachUserPolicy", UserName=user.name, PolicyArn=arn)
            t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id)
            t.root.call("DeleteUser", UserName=user.name)

        hammer(t, user.client, who, remove)
    rounds(t, one, 3)


def session(t):
    name, arn = t.role(policy=[allow("iam:ListUsers")])
    caller = t.user("caller", [allow("sts:AssumeRole")])
    return name, t.assume(caller.client, arn)


def test_role_policy_of_a_session(t):
    def one():
        name, client = session(t)
        hammer(t, client, lists, lambda: t.root.call(
            "DeleteRolePolicy", RoleName=name, PolicyName="inline"))
    rounds(t, one, 3)


def test_sessions_before_a_moment(t):
    name, client = session(t)
    time.sleep(1.1)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    hammer(t, client, lists, lambda: t.root.call(
        "PutRolePolicy", RoleName=name, PolicyName="revoke", PolicyDocument=document(
            deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": moment}}))))


def test_delete_role(t):
    def one():
        name, arn = t.role()
        caller = t.user("caller", [allow("sts:AssumeRole")])
        client = t.assume(caller.client, arn)
        hammer(t, client, who, lambda: t.root.call("DeleteRole", RoleName=name))
    rounds(t, one, 3)


def test_trust_policy(t):
    def one():
        name, arn = t.role()
        caller = t.user("caller", [allow("sts:AssumeRole")])

        def assume(client):
            return client.query("AssumeRole", {"RoleArn": arn, "RoleSessionName": "s1"},
                                "sts").status == 200

        hammer(t, caller.client, assume, lambda: t.root.call(
            "UpdateAssumeRolePolicy", RoleName=name,
            PolicyDocument=trust({"Service": "ec2.amazonaws.com"})))
    rounds(t, one, 3)


def test_evaluations_follow(t):
    def one():
        user = t.user("alice", [READ])

        def ask(client):
            return client.evaluate(user.arn, "s3:GetObject", OBJECT)["decision"]

        hammer(t, t.root, ask, lambda: t.root.call(
            "DeleteUserPolicy", UserName=user.name, PolicyName="inline"))
    rounds(t, one)


def test_permission_to_ask(t):
    asker = t.user("service", [allow("iamd:Evaluate")])
    user = t.user("alice", [READ])

    def ask(client):
        response = client.post_json("/access/v1/evaluation", {
            "subject": {"type": "user", "id": user.arn}, "action": {"name": "s3:GetObject"},
            "resource": {"type": "s3", "id": OBJECT}})
        return response.status == 200

    hammer(t, asker.client, ask, lambda: t.root.call(
        "DeleteUserPolicy", UserName=asker.name, PolicyName="inline"))


def test_a_grant_is_immediate_too(t):
    user = t.user("alice")
    for _ in range(30):
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="p",
                    PolicyDocument=document(allow("iam:ListUsers")))
        user.client.call("ListUsers")
        t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="p")
        t.denied(user.client.call, "ListUsers")


def queued_after(t, revoke):
    """A write that is queued after a revocation, before the revocation has run, is refused."""
    user = t.user("alice", [allow("iam:CreateUser")])
    name = t.name("queued")
    root = t.server.client()
    with t.server.writes_wait():
        first = Background(revoke, root, user)
        time.sleep(QUEUED_S)
        second = Background(lambda: t.fails("InvalidClientTokenId", user.client.call, "CreateUser",
                                            UserName=name, status=403))
        time.sleep(QUEUED_S)
    first.finish()
    second.finish()
    t.fails("NoSuchEntity", t.root.call, "GetUser", UserName=name)


def test_a_queued_write_of_a_key_that_was_deleted(t):
    queued_after(t, lambda root, user: root.call(
        "DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id))


def test_a_queued_write_of_a_key_that_was_made_inactive(t):
    queued_after(t, lambda root, user: root.call(
        "UpdateAccessKey", UserName=user.name, AccessKeyId=user.key_id, Status="Inactive"))


def test_a_queued_write_is_judged_when_its_turn_comes(t):
    """Writes wait in a queue. One that is queued after a revocation must not run on the old state.

    The audit trail has the changes in the order in which they were made.
    """
    user = t.user("alice", [allow("iam:CreateUser")])
    policy = document(allow(["s3:Get%d" % i for i in range(150)]))
    prefix = t.name("queued")

    def fill(begin):
        client = t.server.client(t.server.key_id, t.server.secret)
        for i in range(40):
            client.call("CreatePolicy", PolicyName="%s-%d-%d" % (prefix, begin, i), PolicyDocument=policy)

    def create(begin):
        client = t.server.client(user.client.key_id, user.client.secret)
        for i in range(40):
            try:
                client.call("CreateUser", UserName="%s-%d-%d" % (prefix, begin, i))
            except ApiError as error:
                t.equal(error.code, "AccessDenied")

    before = t.server.audit_path().stat().st_size
    threads = [Background(fill, n) for n in range(4)] + [Background(create, n) for n in range(8)]
    time.sleep(0.05)
    t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
    for thread in threads:
        thread.finish()
    events = t.server.audit(before)
    revoked = max(i for i, event in enumerate(events) if event["eventName"] == "DeleteUserPolicy")
    for event in events[revoked:]:
        if event["eventName"] == "CreateUser" and event["userIdentity"].get("userName") == user.name:
            t.equal(event.get("errorCode"), "AccessDenied", "after the revocation")


def test_a_write_races_the_revocation_of_its_permission(t):
    """A user attaches a policy to himself while the same policy is detached from him.

    Before the detachment this changes nothing, afterwards it is refused: in the end he never has the
    policy. Other writes go on meanwhile, so that the two wait together and may commit together.
    """
    user = t.user("alice")
    arn = t.policy("admin", allow("iam:*"))
    stop = threading.Event()
    prefix = t.name("crowd")

    def crowd(number):
        client = t.server.client()
        client.call("CreateUser", UserName="%s-%d" % (prefix, number))
        while not stop.is_set():
            client.call("TagUser", UserName="%s-%d" % (prefix, number),
                        Tags=[{"Key": "k", "Value": "v"}])

    def attach():
        try:
            t.server.client(user.client.key_id, user.client.secret).call(
                "AttachUserPolicy", UserName=user.name, PolicyArn=arn)
        except ApiError as error:
            t.equal(error.code, "AccessDenied")

    threads = [Background(crowd, number) for number in range(4)]
    try:
        for _ in range(40):
            t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)
            racers = [Background(attach) for _ in range(3)]
            t.root.call("DetachUserPolicy", UserName=user.name, PolicyArn=arn)
            for racer in racers:
                racer.finish()
            left = t.root.call("ListAttachedUserPolicies", UserName=user.name)["AttachedPolicies"]
            t.equal(left or [], [], "what is attached after the detachment was answered")
    finally:
        stop.set()
        for thread in threads:
            thread.finish()
