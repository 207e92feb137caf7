# SPDX-License-Identifier: Apache-2.0
"""Writers that keep a ledger: what each user must look like after what was answered.

A writer has users of its own and a connection that it keeps, and does one thing after the other. Of
every user it knows the state that the answers so far amount to. The one write that is under way when
the connection ends may have happened or not, and so may one whose answer says that its outcome is
unknown; nothing else may differ.
"""

import copy
import random

from lib.case import Failed, allow, decoded, document
from lib.wire import ApiError, ConnectionEnded

USERS_MAX = 25
# An answer with these words does not say whether the write happened.
OUTCOME_UNKNOWN = "outcome"
INLINE = [document(allow("s3:GetObject", "arn:aws:s3:::bucket%d/*" % i)) for i in range(5)]


class State:
    """A user as far as the writer changes it."""

    def __init__(self):
        self.path = "/"
        self.tags = {}
        self.inline = {}
        self.attached = set()
        self.groups = set()
        self.keys = {}

    def __eq__(self, other):
        return isinstance(other, State) and vars(self) == vars(other)

    def __repr__(self):
        return repr(vars(self))


class Unclean(Exception):
    """An answer that began and did not end."""


class Writer:
    """One client. acknowledged: writes that were answered with 200; refused: with an error that was
    meant; failed: with a 5xx."""

    def __init__(self, server, stem, seed, policies, groups):
        self.server = server
        self.stem = stem
        self.random = random.Random(seed)
        self.policies = policies
        self.groups = groups
        self.client = server.client()
        self.client.send = self.send
        self.users = {}  # name -> State, or None once deleted
        self.number = 0
        self.acknowledged = 0
        self.refused = 0
        self.failed = 0
        self.flying = None  # (name, state before, state after)
        self.uncertain = {}  # name -> (state before, state after), left alone since
        self.connections = 0

    def send(self, method, target, headers, body=b""):
        """One connection, and no second try: an answer that is lost stays lost."""
        if getattr(self.client.local, "connection", None) is None:
            self.connections += 1
        connection = self.client.connection()
        try:
            response = connection.request(method, target, headers, body)
        except (ConnectionEnded, OSError):
            part = connection.buffer
            self.client.drop()
            if part:
                raise Unclean("%d bytes of an answer: %r" % (len(part), part[:200])) from None
            raise
        if response.closed:
            self.client.drop()
        return response

    def run(self, steps=None):
        """Writes until the server is gone, or at most steps times. False: it is gone."""
        while steps is None or steps > 0:
            try:
                self.step()
            except (ConnectionEnded, OSError):
                return False
            steps = steps - 1 if steps is not None else None
        return True

    def step(self):
        name, after, call = self.choose()
        before = self.users.get(name)
        self.flying = (name, before, after)
        try:
            result = call()
        except ApiError as error:
            self.flying = None
            if error.status < 500:
                raise Failed("a valid write was refused: %s" % error) from error
            self.failed += 1
            if OUTCOME_UNKNOWN in error.message:
                self.uncertain[name] = (before, after)
                self.users.pop(name, None)
            return
        self.flying = None
        if isinstance(after, State) and result.get("AccessKey"):
            key = result["AccessKey"]
            after.keys[key["AccessKeyId"]] = "Active"
        self.users[name] = after
        self.acknowledged += 1
        if self.random.random() < 0.1:
            self.be_refused()

    def be_refused(self):
        """A write that cannot succeed, on a user that must stay as it is."""
        name = self.some()
        if name is None:
            return
        try:
            self.client.call("PutUserPolicy", UserName=name, PolicyName="refused",
                             PolicyDocument='{"Version":"2012-10-17","Statement":[{}]}')
        except ApiError as error:
            if error.code == "MalformedPolicyDocument":
                self.refused += 1
            return
        raise Failed("a malformed policy was taken")

    def some(self):
        names = [name for name, state in self.users.items() if state is not None]
        return self.random.choice(names) if names else None

    def choose(self):
        """Returns the name, the state afterwards and the call. What does one thing to a user
        changes the state, and returns the call and whether it is the end of the user."""
        name = self.some()
        alive = sum(state is not None for state in self.users.values())
        if name is None or alive < 4 or (alive < USERS_MAX and self.random.random() < 0.15):
            return self.create()
        state = copy.deepcopy(self.users[name])
        doing = self.random.choice((self.tag, self.put, self.attach, self.join, self.move,
                                    self.put, self.key, self.key, self.delete))
        call, is_end = doing(name, state)
        return name, None if is_end else state, call

    def later(self, action, **params):
        return lambda: self.client.call(action, **params)

    def create(self):
        self.number += 1
        name = "%s-%d" % (self.stem, self.number)
        state = State()
        state.tags = {"t%d" % i: name for i in range(5)}
        return name, state, self.later("CreateUser", UserName=name, Tags=[
            {"Key": key, "Value": value} for key, value in state.tags.items()])

    def tag(self, name, state):
        key = "t%d" % self.random.randrange(8)
        if key in state.tags and self.random.random() < 0.4:
            del state.tags[key]
            return self.later("UntagUser", UserName=name, TagKeys=[key]), False
        state.tags[key] = str(self.random.randrange(1000000))
        return self.later("TagUser", UserName=name,
                          Tags=[{"Key": key, "Value": state.tags[key]}]), False

    def put(self, name, state):
        policy = "p%d" % self.random.randrange(4)
        if policy in state.inline and self.random.random() < 0.4:
            del state.inline[policy]
            return self.later("DeleteUserPolicy", UserName=name, PolicyName=policy), False
        state.inline[policy] = self.random.choice(INLINE)
        return self.later("PutUserPolicy", UserName=name, PolicyName=policy,
                          PolicyDocument=state.inline[policy]), False

    def attach(self, name, state):
        policy = self.random.choice(self.policies)
        if policy in state.attached:
            state.attached.discard(policy)
            return self.later("DetachUserPolicy", UserName=name, PolicyArn=policy), False
        state.attached.add(policy)
        return self.later("AttachUserPolicy", UserName=name, PolicyArn=policy), False

    def join(self, name, state):
        group = self.random.choice(self.groups)
        if group in state.groups:
            state.groups.discard(group)
            return self.later("RemoveUserFromGroup", UserName=name, GroupName=group), False
        state.groups.add(group)
        return self.later("AddUserToGroup", UserName=name, GroupName=group), False

    def move(self, name, state):
        state.path = "/p%d/" % self.random.randrange(1000)
        return self.later("UpdateUser", UserName=name, NewPath=state.path), False

    def key(self, name, state):
        if len(state.keys) < 2:
            return self.later("CreateAccessKey", UserName=name), False
        key = self.random.choice(sorted(state.keys))
        if state.keys[key] == "Active":
            state.keys[key] = "Inactive"
            return self.later("UpdateAccessKey", UserName=name, AccessKeyId=key,
                              Status="Inactive"), False
        del state.keys[key]
        return self.later("DeleteAccessKey", UserName=name, AccessKeyId=key), False

    def delete(self, name, state):
        """One step towards being deleted; the last one is the deletion."""
        for members, action, member in (
                (state.inline, "DeleteUserPolicy", "PolicyName"),
                (state.attached, "DetachUserPolicy", "PolicyArn"),
                (state.groups, "RemoveUserFromGroup", "GroupName"),
                (state.keys, "DeleteAccessKey", "AccessKeyId")):
            if members:
                one = sorted(members)[0]
                if isinstance(members, dict):
                    del members[one]
                else:
                    members.discard(one)
                return self.later(action, **{"UserName": name, member: one}), False
        return self.later("DeleteUser", UserName=name), True


def prepare(server):
    """What writers share: ARNs of policies, names of groups."""
    root = server.client()
    policies = [root.call("CreatePolicy", PolicyName="shared%d" % i, PolicyDocument=document(
        allow("s3:Get%d" % i)))["Policy"]["Arn"] for i in range(6)]
    groups = ["group%d" % i for i in range(4)]
    for group in groups:
        root.call("CreateGroup", GroupName=group)
    return policies, groups


def read(client, name):
    """The State of a user as the server tells it, None when there is no such user."""
    state = State()
    try:
        state.path = client.call("GetUser", UserName=name)["User"]["Path"]
    except ApiError as error:
        if error.code != "NoSuchEntity":
            raise
        return None
    call = client.call
    state.tags = {tag["Key"]: tag["Value"]
                  for tag in call("ListUserTags", UserName=name)["Tags"] or []}
    for policy in call("ListUserPolicies", UserName=name)["PolicyNames"] or []:
        state.inline[policy] = decoded(call("GetUserPolicy", UserName=name, PolicyName=policy)
                                       ["PolicyDocument"])
    state.attached = {one["PolicyArn"] for one in call(
        "ListAttachedUserPolicies", UserName=name)["AttachedPolicies"] or []}
    state.groups = {one["GroupName"] for one in call("ListGroupsForUser", UserName=name)["Groups"]
                    or []}
    state.keys = {one["AccessKeyId"]: one["Status"]
                  for one in call("ListAccessKeys", UserName=name)["AccessKeyMetadata"] or []}
    return state


def same_but_a_key(found, after):
    """The write under way may have made a key whose ID nobody was told."""
    extra = set(found.keys) - set(after.keys)
    trimmed = copy.deepcopy(found)
    for key in extra:
        del trimmed.keys[key]
    return len(extra) <= 1 and trimmed == after


def outcomes(writer):
    """name -> the states of which one must be found."""
    possible = {name: (state,) for name, state in writer.users.items()}
    possible.update(writer.uncertain)
    if writer.flying:
        possible[writer.flying[0]] = writer.flying[1:]
    return possible


def is_one_of(found, states):
    before, after = states[0], states[-1]
    return found in (before, after) or (len(states) > 1 and found is not None and
                                        after is not None and same_but_a_key(found, after))


def compare(server, writers):
    """Holds what the server has against the ledgers. Returns how many users were compared."""
    client = server.client()
    users = {user["UserName"] for user in listed(client)}
    compared = 0
    for writer in writers:
        possible = outcomes(writer)
        for name, states in sorted(possible.items()):
            found = read(client, name)
            compared += 1
            if not is_one_of(found, states):
                raise Failed("%s: found %r, but the answers amount to %s" % (
                    name, found, " or ".join(repr(state) for state in states)))
        unknown = {name for name in users if name.startswith(writer.stem + "-")} - set(possible)
        if unknown:
            raise Failed("users that nobody made: %s" % sorted(unknown)[:5])
    return compared


def listed(client):
    """All users, page after page."""
    params = {"MaxItems": 1000}
    while True:
        page = client.call("ListUsers", **params)
        yield from page["Users"] or []
        if page.get("IsTruncated") != "true":
            return
        params["Marker"] = page["Marker"]


def settle(server, writers):
    """Takes over into the ledgers what became of the writes that were under way."""
    client = server.client()
    for writer in writers:
        for name in list(writer.uncertain) + ([writer.flying[0]] if writer.flying else []):
            writer.users[name] = read(client, name)
        writer.uncertain = {}
        writer.flying = None
