# SPDX-License-Identifier: Apache-2.0
"""Passwords that users change themselves: who may, what is remembered, and what expires."""

import pathlib
import sqlite3
import urllib.parse

from lib.case import allow, deny
from lib.clock import Clock
from lib.server import Background
from lib.wire import ApiError, parse_error

SERVER = None
FIRST, SECOND, THIRD, FOURTH = ("Correct-horse-%d" % n for n in range(1, 5))
OWN = "arn:aws:iam::*:user/${aws:username}"
USED = "Password does not conform to the account password policy."
NOT_FOUND = "Login Profile for User %s cannot be found."
DAY = 24 * 3600


def someone(t, policy=None, password=FIRST, **more):
    """A user with a password and an access key."""
    user = t.user("pat", policy)
    if password:
        t.root.call("CreateLoginProfile", UserName=user.name, Password=password, **more)
    return user


def start(t, **policy):
    t.server = t.start()
    if policy:
        t.root.call("UpdateAccountPasswordPolicy", **policy)
    return t.server


def change(user, old, new):
    return user.client.call("ChangePassword", OldPassword=old, NewPassword=new)


def wrong(t, user, old, new):
    """The old password is not the user's, or the new one is the same."""
    error = t.fails("AccessDenied", change, user, old, new, status=403)
    t.equal(error.message, "User: %s is not authorized to perform: iam:ChangePassword on resource: "
            "user %s" % (user.arn, user.name))


def used(t, call, *args, **params):
    error = t.fails("PasswordPolicyViolation", call, *args, status=400, **params)
    t.equal(error.message, USED)


def test_a_user_changes_its_own(t):
    server = start(t)
    user = someone(t, [allow("iam:ChangePassword", OWN)], PasswordResetRequired=True)
    made = t.root.call("GetLoginProfile", UserName=user.name)["LoginProfile"]
    t.equal(made["PasswordResetRequired"], "true")
    wrong(t, user, SECOND, THIRD)
    wrong(t, user, FIRST, FIRST)
    t.equal(t.root.call("GetLoginProfile", UserName=user.name)["LoginProfile"], made)
    t.equal(change(user, FIRST, SECOND), {})
    t.equal(t.root.call("GetLoginProfile", UserName=user.name)["LoginProfile"],
            dict(made, PasswordResetRequired="false"))
    wrong(t, user, FIRST, THIRD)
    server.restart()
    t.roots.clear()
    user.client.drop()
    change(user, SECOND, FIRST)  # nothing is remembered unless the policy says so
    t.root.call("UpdateLoginProfile", UserName=user.name, Password=THIRD)
    wrong(t, user, FIRST, SECOND)
    change(user, THIRD, SECOND)
    t.root.call("DeleteLoginProfile", UserName=user.name)
    error = t.fails("NoSuchEntity", change, user, SECOND, THIRD, status=404)
    t.equal(error.message, NOT_FOUND % user.name)


def test_bad_input(t):
    start(t)
    user = someone(t, [allow("iam:*")])
    error = t.fails("PasswordPolicyViolation", change, user, FIRST, "Abc123!", status=400)
    t.equal(error.message, "Password should have a minimum length of 8")
    t.root.call("UpdateAccountPasswordPolicy", MinimumPasswordLength=20, RequireSymbols=True)
    error = t.fails("PasswordPolicyViolation", change, user, FIRST, "Abcdefgh1", status=400)
    t.equal(error.message, "Password should have a minimum length of 20")
    error = t.fails("PasswordPolicyViolation", change, user, FIRST, "Abcdefgh1" * 3, status=400)
    t.equal(error.message, "Password should have at least one symbol")
    error = t.fails("ValidationError", user.client.call, "ChangePassword", status=400)
    t.contains(error.message, "2 validation errors detected: ")
    for params in ({"OldPassword": "x" * 129, "NewPassword": FIRST},
                   {"OldPassword": FIRST, "NewPassword": ""},
                   {"OldPassword": FIRST, "NewPassword": "Gr\u00fc\u00dfe-\u20ac1"}):
        error = t.fails("ValidationError", user.client.call, "ChangePassword", status=400, **params)
        t.contains(error.message, " detected: Value at '")
        for text in params.values():
            t.true(not text or text not in error.message, "a password is in " + error.message)


def test_who_may(t):
    """A policy that allows it on the user's own ARN, and nobody else than a user."""
    start(t)
    for policy in (None, [allow("iam:ChangePassword", "arn:aws:iam::*:user/other")],
                   [allow("iam:UpdateLoginProfile")],
                   [allow("iam:*"), deny("iam:ChangePassword")]):
        user = someone(t, policy)
        for old in (FIRST, "wrong-Password-1"):
            error = t.denied(change, user, old, SECOND)
            t.contains(error.message, "is not authorized to perform: iam:ChangePassword on resource: "
                       "user %s " % user.name)
    t.fails("InvalidUserType", t.root.call, "ChangePassword", OldPassword=FIRST, NewPassword=SECOND,
            status=400)
    _, arn = t.role("role", policy=[allow("*")])
    client = t.assume(t.user("bob", [allow("sts:*")]).client, arn)
    error = t.fails("InvalidUserType", client.call, "ChangePassword", OldPassword=FIRST,
                    NewPassword=SECOND, status=400)
    t.equal(error.message, "Only IAM Users can change their own password")
    tagged = someone(t, [allow("iam:ChangePassword", Condition={
        "StringEquals": {"aws:ResourceTag/team": "blue"}})])
    t.denied(change, tagged, FIRST, SECOND)
    t.root.call("TagUser", UserName=tagged.name, Tags=[{"Key": "team", "Value": "blue"}])
    change(tagged, FIRST, SECOND)


def test_what_the_account_grants(t):
    """AllowUsersToChangePassword: both actions without a policy; what denies and bounds still does."""
    start(t, AllowUsersToChangePassword=True)
    user = someone(t)
    change(user, FIRST, SECOND)
    t.equal(user.client.call("GetAccountPasswordPolicy")["PasswordPolicy"]
            ["AllowUsersToChangePassword"], "true")
    t.denied(user.client.call, "GetLoginProfile")
    t.denied(user.client.call, "UpdateLoginProfile", UserName=user.name, Password=THIRD)
    barred = someone(t, [deny("iam:ChangePassword")])
    error = t.denied(change, barred, FIRST, SECOND)
    t.contains(error.message, "with an explicit deny in an identity-based policy")
    fence = t.policy("fence", allow("s3:*"))
    t.root.call("PutUserPermissionsBoundary", UserName=user.name, PermissionsBoundary=fence)
    t.denied(change, user, SECOND, THIRD)
    t.denied(user.client.call, "GetAccountPasswordPolicy")
    t.root.call("DeleteUserPermissionsBoundary", UserName=user.name)
    _, arn = t.role("role")
    client = t.assume(t.user("bob", [allow("sts:*")]).client, arn)
    t.denied(client.call, "GetAccountPasswordPolicy")  # the session of a role is no user
    t.root.call("UpdateAccountPasswordPolicy")
    error = t.denied(change, user, SECOND, THIRD)
    t.contains(error.message, "because no identity-based policy allows the iam:ChangePassword action")
    t.denied(user.client.call, "GetAccountPasswordPolicy")
    t.root.call("DeleteAccountPasswordPolicy")
    t.denied(change, user, SECOND, THIRD)


def test_passwords_are_not_used_again(t):
    server = start(t, PasswordReusePrevention=2)
    user = someone(t, [allow("iam:ChangePassword")])
    for old, new in ((FIRST, SECOND), (SECOND, THIRD)):
        change(user, old, new)
    for new in (FIRST, SECOND):
        used(t, change, user, THIRD, new)
        used(t, t.root.call, "UpdateLoginProfile", UserName=user.name, Password=new)
    used(t, t.root.call, "UpdateLoginProfile", UserName=user.name, Password=THIRD)
    wrong(t, user, FIRST, FOURTH)  # one that is remembered is not in use
    server.restart()
    t.roots.clear()
    user.client.drop()
    change(user, THIRD, FOURTH)
    used(t, change, user, FOURTH, SECOND)
    change(user, FOURTH, FIRST)  # the third last is free again
    # What was remembered stays when the password is taken away.
    t.root.call("DeleteLoginProfile", UserName=user.name)
    for password in (FIRST, FOURTH):
        used(t, t.root.call, "CreateLoginProfile", UserName=user.name, Password=password)
    t.root.call("CreateLoginProfile", UserName=user.name, Password=SECOND)
    t.root.call("UpdateAccountPasswordPolicy")
    t.root.call("UpdateLoginProfile", UserName=user.name, Password=SECOND)
    change(user, SECOND, FIRST)


def kept(server, table):
    with sqlite3.connect(pathlib.Path(server.data) / "iamd.db") as connection:
        return connection.execute("SELECT * FROM " + table).fetchall()


def test_what_is_kept(t):
    """As many hashes as the policy says, with one salt; all of them go with the user."""
    server = start(t, PasswordReusePrevention=3)
    user = someone(t, [allow("iam:ChangePassword")])
    passwords = ["Correct-horse-%d" % n for n in range(1, 8)]
    for old, new in zip(passwords, passwords[1:]):
        change(user, old, new)
    rows = kept(server, "password_history")
    t.equal(len(rows), 3)
    salts = {row[3].rpartition("$")[0] for row in rows}
    t.equal(len(salts), 1, "salts of one user")
    t.contains(salts.pop(), "$argon2id$v=19$m=19456,t=2,p=1$")
    t.equal(len({row[3] for row in rows}), 3)
    t.root.call("UpdateAccountPasswordPolicy", PasswordReusePrevention=1)
    change(user, passwords[-1], passwords[0])
    t.equal(len(kept(server, "password_history")), 1)
    t.root.call("UpdateAccountPasswordPolicy")
    change(user, passwords[0], passwords[1])
    t.equal(kept(server, "password_history"), [])
    t.equal(len(kept(server, "password_change")), 1)
    t.root.call("DeleteLoginProfile", UserName=user.name)
    t.equal(kept(server, "password_change"), [])
    t.root.call("UpdateAccountPasswordPolicy", PasswordReusePrevention=24)
    other = someone(t)
    t.root.call("UpdateLoginProfile", UserName=other.name, Password=SECOND)
    t.root.call("DeleteLoginProfile", UserName=other.name)
    t.equal(len(kept(server, "password_history")), 2)
    t.root.call("DeleteAccessKey", UserName=other.name, AccessKeyId=other.key_id)
    t.root.call("DeleteUser", UserName=other.name)
    t.equal(kept(server, "password_history"), [])


def test_two_at_once(t):
    """Of two changes from the same old password one is done, whichever it is."""
    start(t, PasswordReusePrevention=5)
    user = someone(t, [allow("iam:ChangePassword")])
    results = []

    def run(new):
        client = t.server.client(user.client.key_id, user.client.secret)
        try:
            client.call("ChangePassword", OldPassword=FIRST, NewPassword=new)
            results.append(new)
        except ApiError as error:
            results.append(error.code)

    for thread in [Background(run, "Another-horse-%d" % n) for n in range(6)]:
        thread.finish()
    done = [result for result in results if result.startswith("Another")]
    t.equal(len(done), 1, results)
    t.true(set(results) - set(done) <= {"AccessDenied", "EntityTemporarilyUnmodifiable"}, results)
    change(user, done[0], SECOND)


def test_hard_expiry(t):
    """An expired password ends what the account grants, and not what a policy permits."""
    clock = Clock()
    t.server = t.start(env=clock.env)
    t.root.call("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True, MaxPasswordAge=90,
                HardExpiry=True)
    granted, permitted = someone(t), someone(t, [allow("iam:ChangePassword")])
    late = someone(t)

    def answer(user, action, **params):
        response = user.query(action, params, moment=clock.now())
        return None if response.status == 200 else parse_error(response).code

    def changes(user, old, new):
        return answer(user.client, "ChangePassword", OldPassword=old, NewPassword=new)

    clock.set(89 * DAY)
    t.equal(changes(late, FIRST, SECOND), None)
    clock.set(90 * DAY)
    t.equal(changes(granted, FIRST, SECOND), "AccessDenied")
    t.equal(answer(granted.client, "GetAccountPasswordPolicy"), None)
    t.equal(changes(permitted, FIRST, SECOND), None)
    t.equal(changes(late, SECOND, THIRD), None)  # its age began again
    t.equal(answer(t.root, "UpdateLoginProfile", UserName=granted.name, Password=THIRD), None)
    t.equal(changes(granted, THIRD, SECOND), None)  # an administrator has reset it
    t.equal(answer(t.root, "UpdateAccountPasswordPolicy", AllowUsersToChangePassword="true",
                   MaxPasswordAge="90"), None)
    clock.set(200 * DAY)
    t.equal(changes(granted, SECOND, THIRD), None)  # without the hard expiry


def test_passwords_are_nowhere(t):
    """Neither in the log, nor in the audit trail, nor in the store."""
    server = start(t, PasswordReusePrevention=3, RequireSymbols=True)
    words = ["Old.%s-1" % t.name("word"), "New+%s/1" % t.name("word"), "weakbutlong" + t.name("word")]
    user = someone(t, [allow("iam:ChangePassword")], password=words[0])
    change(user, words[0], words[1])
    t.fails("PasswordPolicyViolation", change, user, words[1], words[2])
    t.fails("AccessDenied", change, user, words[0], words[1])
    records = [r for r in server.audit() if r["eventName"] == "ChangePassword"]
    t.equal(len(records), 3)
    t.equal(records[0]["requestParameters"], {"oldPassword": "HIDDEN_DUE_TO_SECURITY_REASONS",
                                              "newPassword": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    server.stop()
    for path in [server.log_path, *pathlib.Path(server.data).rglob("*")]:
        data = path.read_bytes() if path.is_file() else b""
        for word in words:
            for text in (word, urllib.parse.quote_plus(word)):
                t.true(text.encode() not in data, "%s is in %s" % (text, path.name))


def test_nobody_signs_in(t):
    """No password is used here but to be changed, which is no sign-in: PasswordLastUsed is absent."""
    start(t)
    user = someone(t, [allow("iam:ChangePassword"), allow("iam:GetUser")])
    change(user, FIRST, SECOND)
    for shown in (user.client.call("GetUser")["User"], t.root.call("ListUsers")["Users"][0]):
        t.true("PasswordLastUsed" not in shown, shown)
