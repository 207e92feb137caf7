# SPDX-License-Identifier: Apache-2.0
"""Each page of a store destroyed in turn, and words changed in it: nothing is allowed that was not."""

import contextlib
import json
import random
import shutil
import sqlite3

from lib.case import Failed, allow, deny, document, seconds
from lib.server import Server, ServerFailed
from lib.wire import ApiError, ConnectionEnded

SERVER = None
PAGE = 4096
USERS = 24
ACTIONS = ("s3:GetObject", "s3:PutObject", "iam:ListUsers", "s3:DeleteObject")
# When keys were made; and the changes of before, which a server that starts does not read.
DECIDE_NOTHING = ('INSERT INTO "key_generation"', 'INSERT INTO "change" ')
RESOURCE = "arn:aws:s3:::bucket/key"


def build(t):
    """A store whose users have allows and denies of every origin; ended, so that all is in one
    file."""
    server = t.start()
    t.server = server
    root = server.client()
    wide = t.policy("wide", allow("s3:*"))
    stop = t.policy("stop", deny("s3:PutObject"))
    border = t.policy("border", allow("s3:GetObject"), allow("iam:*"))
    for group in ("deniers", "readers"):
        root.call("CreateGroup", GroupName=group)
    root.call("PutGroupPolicy", GroupName="deniers", PolicyName="p",
              PolicyDocument=document(deny("s3:DeleteObject")))
    root.call("AttachGroupPolicy", GroupName="readers", PolicyArn=wide)
    for index in range(USERS):
        name = "user%02d" % index
        root.call("CreateUser", UserName=name, Tags=[{"Key": "k", "Value": "v" * 200}])
        if index % 2 == 0:
            root.call("AttachUserPolicy", UserName=name, PolicyArn=wide)
        if index % 3 == 0:
            root.call("AttachUserPolicy", UserName=name, PolicyArn=stop)
        if index % 4 == 0:
            root.call("PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=document(
                allow("iam:List*"), deny("s3:GetObject", "arn:aws:s3:::bucket/*")))
        if index % 5 == 0:
            root.call("PutUserPermissionsBoundary", UserName=name, PermissionsBoundary=border)
        for group, each in (("deniers", 6), ("readers", 7)):
            if index % each == 0:
                root.call("AddUserToGroup", GroupName=group, UserName=name)
    keys = [t.user("key", [allow("iam:ListUsers")]) for _ in range(2)]
    root.call("UpdateAccessKey", UserName=keys[0].name, AccessKeyId=keys[0].key_id,
              Status="Inactive")
    allowed = decisions(server)
    server.stop()
    return server, allowed, keys


def question(name, action, account):
    return {"subject": {"type": "user", "id": "arn:aws:iam::%s:user/%s" % (account, name)},
            "action": {"name": action}, "resource": {"type": "s3", "id": RESOURCE}}


def decisions(server):
    """The questions that are allowed; None when there is no answer."""
    asked = [("user%02d" % index, action) for index in range(USERS) for action in ACTIONS]
    try:
        response = server.client().post_json("/access/v1/evaluations", {
            "evaluations": [question(*one, server.account) for one in asked]})
    except (ApiError, ConnectionEnded, OSError):
        return None
    if response.status != 200:
        return None
    answers = response.json()["evaluations"]
    return {one for one, answer in zip(asked, answers) if answer["decision"]}


def open_copy(t, server, change):
    """Starts a server on a copy of the store that change(path) has damaged; None: it refuses."""
    copy = Server(account=server.account)
    copy.key_id, copy.secret = server.key_id, server.secret
    shutil.rmtree(copy.data, ignore_errors=True)
    shutil.copytree(server.data, copy.data)
    change(copy.data + "/iamd.db")
    try:
        return copy.start(), copy
    except ServerFailed as error:
        if "ended with 1 " not in str(error):
            raise Failed("the start ended badly: %s" % error) from error
        return None, copy


def destroy(path, number, how, chance):
    with open(path, "r+b") as file:
        size = file.seek(0, 2) // PAGE
        file.seek((chance.randrange(size)) * PAGE)
        other = file.read(PAGE)
        file.seek(number * PAGE)
        page = file.read(PAGE)
        text = {"zeros": b"\0" * PAGE, "noise": chance.randbytes(PAGE), "another": other,
                "bits": bytes(b ^ (chance.random() < 0.01) for b in page)}[how]
        file.seek(number * PAGE)
        file.write(text)


def rows(path):
    """Every row that decides something; None when they cannot be read. What is damaged beside them
    means nothing."""
    try:
        with contextlib.closing(sqlite3.connect("file:%s?immutable=1" % path, uri=True)) as db:
            return [line for line in db.iterdump() if not line.startswith(DECIDE_NOTHING)]
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None


def tells(copy):
    with copy.connect() as connection:
        return connection.request("GET", "/readyz", [("Host", copy.host_header)]).status == 503


def damage(t, server, allowed, keys, change, counts):
    """Returns whether nothing was told although rows were destroyed."""
    kept = []

    def change_and_look(path):
        change(path)
        kept.append(rows(path) == rows(server.data + "/iamd.db"))

    running, copy = open_copy(t, server, change_and_look)
    try:
        if running is None:
            counts["refused"] += 1
            return False
        found = decisions(running)
        if found is None:
            counts["no answer"] += 1
        else:
            if not found <= allowed:
                raise Failed("allowed although it was not: %s" % sorted(found - allowed)[:5])
            counts["same" if found == allowed else "fewer"] += 1
        if running.client(keys[0].key_id, keys[0].client.secret).query("ListUsers").status == 200:
            raise Failed("an inactive key works")
        return not kept[0] and not tells(running)
    finally:
        problem = copy.close()
        if problem:
            raise Failed(problem)


def each_page(t, every):
    """Destroys one page after the other. Returns the pages, and those of which nobody was told."""
    server, allowed, keys = build(t)
    chance = random.Random(3)
    with open(server.data + "/iamd.db", "rb") as file:
        pages = file.seek(0, 2) // PAGE
    counts = dict.fromkeys(("refused", "no answer", "fewer", "same"), 0)
    granted = tried = 0
    silent = []
    first = None
    hows = ("zeros", "noise", "another", "bits")
    for number in range(0, pages, 1 if t.long else every):
        for how in hows if t.long else (hows[number // every % len(hows)],):
            tried += 1
            try:
                if damage(t, server, allowed, keys, lambda path: destroy(
                        path, number, how, chance), counts):
                    silent.append("page %d, %s" % (number, how))
            except Failed as error:
                granted += 1
                first = first or "page %d, %s: %s" % (number, how, error)
    t.figure("%d damages of %d pages: %s; nothing was told %d times, more was allowed %d times",
             tried, pages, json.dumps(counts), len(silent), granted)
    return silent, granted, first


@seconds(100, long=1800)
def test_destroyed_pages_grant_nothing(t):
    _, granted, first = each_page(t, 5)
    t.equal(granted, 0, "damages that allowed more, the first %s" % first)


@seconds(100, long=1800)
def test_destroyed_pages_are_told(t):
    """At the start, or as not ready once it has been read."""
    silent, _, _ = each_page(t, 5)
    t.equal(silent, [], "damages of which nothing was told")


@seconds(60)
def test_a_changed_word_is_not_in_force(t):
    """As with a sqlite3 of one's own: Deny to Allow in every document."""
    server, allowed, keys = build(t)

    def change(path):
        with sqlite3.connect(path) as db:
            changed = 0
            for table in ("inline_policy", "policy_version"):
                changed += db.execute("UPDATE %s SET document = replace(document, 'Deny', 'Allow')"
                                      % table).rowcount
            t.true(changed > 0, "nothing was changed")
        db.close()

    counts = dict.fromkeys(("refused", "no answer", "fewer", "same"), 0)
    damage(t, server, allowed, keys, change, counts)


@seconds(60)
def test_removed_rows_grant_nothing(t):
    """A membership in a group that denies, an attachment of a policy that denies, a boundary."""
    server, allowed, keys = build(t)
    for sql in ("DELETE FROM membership", "DELETE FROM attachment",
                "UPDATE iam_user SET boundary_id = NULL", "DELETE FROM inline_policy"):
        def change(path):
            with sqlite3.connect(path) as db:
                t.true(db.execute(sql).rowcount > 0, "nothing was changed: " + sql)
            db.close()

        counts = dict.fromkeys(("refused", "no answer", "fewer", "same"), 0)
        try:
            damage(t, server, allowed, keys, change, counts)
        except Failed as error:
            raise Failed("%s: %s" % (sql, error)) from error
