# SPDX-License-Identifier: Apache-2.0
"""Login profiles: members, sentences, who may, what is kept of a password, and what hashing costs."""

import os
import pathlib
import sqlite3
import time
import urllib.parse

from lib import memory
from lib.case import Failed, allow
from lib.server import Background
from lib.wire import ApiError

PASSWORD = "Correct-horse-1"
NOT_FOUND = "Login Profile for User %s cannot be found."


def user(t, password=PASSWORD, **more):
    name = t.name("pat")
    t.root.call("CreateUser", UserName=name)
    if password:
        t.root.call("CreateLoginProfile", UserName=name, Password=password, **more)
    return name


def test_life(t):
    name = user(t, password=None)
    error = t.fails("NoSuchEntity", t.root.call, "GetLoginProfile", UserName=name, status=404)
    t.equal(error.message, NOT_FOUND % name)
    made = t.root.call("CreateLoginProfile", UserName=name, Password=PASSWORD)["LoginProfile"]
    t.equal(set(made), {"UserName", "CreateDate", "PasswordResetRequired"})
    t.equal((made["UserName"], made["PasswordResetRequired"]), (name, "false"))
    t.equal(t.root.call("GetLoginProfile", UserName=name.upper())["LoginProfile"], made)
    error = t.fails("EntityAlreadyExists", t.root.call, "CreateLoginProfile", UserName=name,
                    Password=PASSWORD, status=409)
    t.equal(error.message, "Login Profile for user %s already exists." % name)
    error = t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=name, status=409)
    t.equal(error.message, "Cannot delete entity, must delete login profile first.")
    t.root.call("DeleteLoginProfile", UserName=name)
    error = t.fails("NoSuchEntity", t.root.call, "DeleteLoginProfile", UserName=name, status=404)
    t.equal(error.message, "Cannot find Login Profile for User %s" % name)
    error = t.fails("NoSuchEntity", t.root.call, "UpdateLoginProfile", UserName=name,
                    Password=PASSWORD, status=404)
    t.equal(error.message, NOT_FOUND % name)
    t.root.call("DeleteUser", UserName=name)


def test_a_reset_stays_until_it_is_changed(t):
    """As recorded on AWS: PasswordResetRequired keeps its value when it is left out."""
    name = user(t, PasswordResetRequired=True)
    made = t.root.call("GetLoginProfile", UserName=name)["LoginProfile"]
    t.equal(made["PasswordResetRequired"], "true")
    for params, want in (({}, "true"), ({"Password": "Correct-horse-2"}, "true"),
                         ({"PasswordResetRequired": False}, "false"), ({}, "false"),
                         ({"Password": "Correct-horse-3", "PasswordResetRequired": True}, "true")):
        t.root.call("UpdateLoginProfile", UserName=name, **params)
        got = t.root.call("GetLoginProfile", UserName=name)["LoginProfile"]
        t.equal((got["PasswordResetRequired"], got["CreateDate"]), (want, made["CreateDate"]))


def test_the_default_password_policy(t):
    name = user(t)
    for password, message in (
            ("Abc123!", "Password should have a minimum length of 8"),
            ("abcdefg1", "Password should meet 1 more of the following requirements: Password should "
                         "have at least one uppercase letter, Password should have at least one symbol"),
            ("abcdefgh", "Password should meet 2 more of the following requirements: Password should "
                         "have at least one uppercase letter, Password should have at least one "
                         "number, Password should have at least one symbol")):
        for action in ("UpdateLoginProfile", "CreateLoginProfile"):
            error = t.fails("PasswordPolicyViolation", t.root.call, action, UserName=name,
                            Password=password, status=400)
            t.equal(error.message, message)
    for password in ("A" * 129 + "b1", "Gr\u00fc\u00dfe-\u20ac1", "Correct-\x01horse1", ""):
        error = t.fails("ValidationError", t.root.call, "UpdateLoginProfile", UserName=name,
                        Password=password, status=400)
        t.contains(error.message, "at 'password' failed to satisfy constraint")
        t.true(not password or password not in error.message, "the password is in " + error.message)
    error = t.fails("ValidationError", t.root.call, "CreateLoginProfile", UserName=name, status=400)
    t.contains(error.message, "Value at 'password' failed to satisfy constraint")
    for password in ("Aa1!" * 32, "pass w\u00f6rd\t1A", "++++aaaa1"):
        t.root.call("UpdateLoginProfile", UserName=name, Password=password)


def test_without_a_name(t):
    """The caller's own user; the root user has to name one."""
    own = t.user("self", [allow("iam:*LoginProfile", "arn:aws:iam::%s:user/${aws:username}"
                                % t.account)])
    made = own.client.call("CreateLoginProfile", Password=PASSWORD)["LoginProfile"]
    t.equal(made["UserName"], own.name)
    t.equal(own.client.call("GetLoginProfile")["LoginProfile"], made)
    error = t.fails("ValidationError", own.client.call, "UpdateLoginProfile", Password=PASSWORD)
    t.contains(error.message, "Value at 'userName'")
    own.client.call("DeleteLoginProfile")
    other = user(t, password=None)
    for action, params in (("CreateLoginProfile", {"Password": PASSWORD}), ("GetLoginProfile", {}),
                           ("DeleteLoginProfile", {})):
        t.denied(own.client.call, action, UserName=other, **params)
        error = t.fails("ValidationError", t.root.call, action, status=400, **params)
        t.equal(error.message, "Must specify userName when calling with non-User credentials")


def test_who_may(t):
    """A caller who may not learns neither whether there is a user or a profile, nor of the password."""
    tagged, plain = user(t), user(t)
    t.root.call("TagUser", UserName=tagged, Tags=[{"Key": "team", "Value": "blue"}])
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    maker = t.user("maker", [dict(allow("iam:*LoginProfile"), Condition=blue)])
    nobody = t.user("nobody")
    for action, params in (("GetLoginProfile", {}), ("UpdateLoginProfile", {"Password": "weak"}),
                           ("CreateLoginProfile", {"Password": "weak"}), ("DeleteLoginProfile", {})):
        for caller, name in ((nobody, tagged), (nobody, "none"), (maker, plain)):
            error = t.denied(caller.client.call, action, UserName=name, **params)
            t.contains(error.message, "is not authorized to perform: iam:" + action)
    maker.client.call("UpdateLoginProfile", UserName=tagged, Password=PASSWORD)
    maker.client.call("GetLoginProfile", UserName=tagged)
    maker.client.call("DeleteLoginProfile", UserName=tagged)


def test_a_restart(t):
    server = t.start()
    root = server.client()
    root.call("CreateUser", UserName="pat")
    made = root.call("CreateLoginProfile", UserName="pat", Password=PASSWORD,
                     PasswordResetRequired=True)["LoginProfile"]
    server.restart()
    t.equal(server.client().call("GetLoginProfile", UserName="pat")["LoginProfile"], made)
    with sqlite3.connect(pathlib.Path(server.data) / "iamd.db") as connection:
        (kept,) = connection.execute("SELECT password_hash FROM login_profile").fetchone()
    t.contains(kept, "$argon2id$v=19$m=19456,t=2,p=1$")


def memory_of(pid):
    """What can be read of the memory of a process: its writable pages."""
    for region in memory.regions(pid):
        if {"rd", "wr"} <= region.flags and region.end - region.start <= memory.MAX_REGION:
            for _, data in memory.contents(pid, region.start, region.end, region.name):
                yield data


def test_a_password_is_nowhere(t):
    """Neither in the log, nor in the audit trail, nor in the store, and no longer in the memory."""
    # Of characters that a form encodes and of ones that it leaves alone, refused and accepted.
    passwords = ["Correct-horse.%s-1" % t.name("w"), "Battery+staple/%s=1" % t.name("w"),
                 "weakbutlongenough%s" % t.name("w"), "Xy1-" + "z" * 6000 + t.name("w")]
    server = t.start(tls=True)
    root = server.client()
    root.call("CreateUser", UserName="pat")
    root.call("CreateLoginProfile", UserName="pat", Password=passwords[0])
    root.call("UpdateLoginProfile", UserName="pat", Password=passwords[1])
    t.fails("PasswordPolicyViolation", root.call, "UpdateLoginProfile", UserName="pat",
            Password=passwords[2])
    t.fails("ValidationError", root.call, "UpdateLoginProfile", UserName="pat",
            Password=passwords[3])
    t.fails("MalformedInput", root.call, "UpdateLoginProfile", UserName="pat",
            Password=passwords[0], PasswordResetRequired="maybe")
    query = urllib.parse.urlencode({"Action": "UpdateLoginProfile", "Version": "2010-05-08",
                                    "UserName": "pat", "Password": passwords[0]})
    host = [("Host", server.host_header)]
    response = root.send("GET", "/?" + query,
                         root.signer().sign_headers("GET", "/?" + query, host))
    t.equal(response.status, 200)
    body = urllib.parse.urlencode({"Action": "UpdateLoginProfile", "Version": "2010-05-08",
                                   "UserName": "pat", "Password": passwords[0]}).encode()
    headers = root.signer().sign_headers("POST", "/", root.headers(), body)
    lingering = server.connect()  # the client does not close it
    response = lingering.request("POST", "/", headers + [("Connection", "close")], body)
    t.equal((response.status, response.closed), (200, True))
    signer = root.signer()
    signer.secret = "x" * 40
    body = urllib.parse.urlencode({"Action": "CreateLoginProfile", "Version": "2010-05-08",
                                   "UserName": "pat", "Password": passwords[0]}).encode()
    response = root.send("POST", "/", signer.sign_headers("POST", "/", root.headers(), body), body)
    t.refused(response, (403,), ("SignatureDoesNotMatch",))
    wanted = [text.encode() for password in passwords
              for text in (password, urllib.parse.quote_plus(password))]
    if os.geteuid() == 0:  # the process of another user, or one that is not dumpable, is closed
        for part in memory_of(server.process.pid):
            for text in wanted:
                at = part.find(text)
                t.true(at < 0, "%r is in memory: %r" % (text[:40], part[max(0, at - 60):at + 60]))
    lingering.close()
    records = [r for r in server.audit() if r["eventName"].endswith("LoginProfile")]
    t.equal(len(records), 8)
    t.equal(records[0]["requestParameters"], {"userName": "pat",
                                              "password": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    server.stop()
    for path in [server.log_path, *pathlib.Path(server.data).rglob("*")]:
        data = path.read_bytes() if path.is_file() else b""
        for text in wanted:
            t.true(text not in data, "%r is in %s" % (text[:40], path.name))


FLOOD = 60


def test_hashing_holds_up_nobody(t):
    """One hash at a time: others are answered meanwhile, and the memory stays small."""
    server = t.start()
    root = server.client()
    names = ["pat%d" % n for n in range(FLOOD)]
    for name in names:
        root.call("CreateUser", UserName=name)
    root.call("CreateLoginProfile", UserName=names[0], Password=PASSWORD)
    before, ends = server.memory_kib("VmHWM"), []

    def create(name):
        server.client().call("CreateLoginProfile", UserName=name, Password=PASSWORD)
        ends.append(time.monotonic())

    flood = [Background(create, name) for name in names[1:]]
    while not ends:
        time.sleep(0.002)
    for n in range(10):
        root.call("GetUser", UserName=names[n])
    root.call("CreateGroup", GroupName="others")
    done = time.monotonic()
    for thread in flood:
        thread.finish()
    t.equal(len(ends), FLOOD - 1)
    t.true(done < max(ends), "reads and a write waited for all hashes")
    grown = server.memory_kib("VmHWM") - before
    t.true(grown < 200 * 1024, "%d KiB for %d hashes" % (grown, FLOOD))


def test_too_many_at_once_are_throttled(t):
    server = t.start()
    root = server.client()
    for n in range(200):
        root.call("CreateUser", UserName="pat%d" % n)
    codes = []

    def create(name):
        try:
            server.client().call("CreateLoginProfile", UserName=name, Password=PASSWORD)
            codes.append("done")
        except ApiError as error:
            if error.code != "Throttling" or error.status != 400:
                raise Failed(str(error)) from None
            codes.append(error.code)

    for thread in [Background(create, "pat%d" % n) for n in range(200)]:
        thread.finish()
    t.equal(len(codes), 200)
    t.true(codes.count("done") >= 64, "%d were done" % codes.count("done"))
