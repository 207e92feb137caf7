# SPDX-License-Identifier: Apache-2.0
"""What a case is: a function `test_*` with one argument, the World, in a module of cases/.

The cases of a module share one server (module variable SERVER: its options; SERVER = None: every
case starts its own) and run in order of definition, each with its own names.
"""

import itertools
import json
import os
import signal
import traceback
import time
import urllib.parse

from lib.server import Server
from lib.wire import ApiError, reason_of

CASE_S = 120
counter = itertools.count(1)


class Failed(AssertionError):
    pass


class TimedOut(BaseException):
    pass


def allow(action, resource="*", **more):
    return dict({"Effect": "Allow", "Action": action, "Resource": resource}, **more)


def deny(action, resource="*", **more):
    return dict({"Effect": "Deny", "Action": action, "Resource": resource}, **more)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal, action="sts:AssumeRole", **more):
    return document(dict({"Effect": "Allow", "Principal": principal, "Action": action}, **more))


def decoded(text):
    """A policy document out of a response: URL-encoded JSON."""
    return urllib.parse.unquote(text)


class Identity:
    """A user made by a test: name, arn and a client that signs as that user."""

    def __init__(self, name, arn, user_id, client):
        self.name = name
        self.arn = arn
        self.user_id = user_id
        self.client = client
        self.key_id = client.key_id


class World:
    """Everything a case needs."""

    long = False  # the long form of each case

    def __init__(self, server):
        self.server = server
        self.own = []
        self.figures = []
        self.roots = {}

    @property
    def root(self):
        """The root user of the current server; keeps its connection."""
        if self.server not in self.roots:
            self.roots[self.server] = self.server.client()
        return self.roots[self.server]

    @property
    def account(self):
        return self.server.account

    def name(self, stem):
        return "%s%d" % (stem, next(counter))

    def arn(self, kind, name, path="/"):
        return "arn:aws:iam::%s:%s%s%s" % (self.account, kind, path, name)

    def figure(self, text, *values):
        """Says what the case measured; text is a format for values."""
        self.figures.append(text % values)

    def start(self, **options):
        """A server of the case's own, ended with it."""
        server = Server(**options)
        self.own.append(server)
        return server.start()

    def close(self):
        problems = [problem for problem in (server.close() for server in self.own) if problem]
        self.own = []
        if problems:
            raise Failed("\n".join(problems))

    # -- making identities -----------------------------------------------------------------

    def user(self, stem="alice", policy=None, server=None, **params):
        """A user with an access key and, when given, one inline policy (a list of statements)."""
        server = server or self.server
        root = server.client()
        name = params.pop("UserName", None) or self.name(stem)
        made = root.call("CreateUser", UserName=name, **params)["User"]
        if policy is not None:
            root.call("PutUserPolicy", UserName=name, PolicyName="inline",
                      PolicyDocument=policy if isinstance(policy, str) else document(*policy))
        key = root.call("CreateAccessKey", UserName=name)["AccessKey"]
        client = server.client(key["AccessKeyId"], key["SecretAccessKey"])
        return Identity(name, made["Arn"], made["UserId"], client)

    def role(self, stem="role", principal=None, policy=None, **params):
        """A role and its ARN; principal: who may assume it (default: the account)."""
        name = self.name(stem)
        principal = principal or {"AWS": "arn:aws:iam::%s:root" % self.account}
        text = params.pop("AssumeRolePolicyDocument", None) or trust(principal)
        made = self.root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=text, **params)
        if policy is not None:
            self.root.call("PutRolePolicy", RoleName=name, PolicyName="inline",
                           PolicyDocument=document(*policy))
        return name, made["Role"]["Arn"]

    def policy(self, stem, *statements, **params):
        name = self.name(stem)
        made = self.root.call("CreatePolicy", PolicyName=name,
                              PolicyDocument=document(*statements), **params)
        return made["Policy"]["Arn"]

    def assume(self, client, role_arn, session="session1", **params):
        made = client.call("AssumeRole", RoleArn=role_arn, RoleSessionName=session, **params)
        keys = made["Credentials"]
        return client.server.client(keys["AccessKeyId"], keys["SecretAccessKey"],
                                    keys["SessionToken"])

    # -- checking --------------------------------------------------------------------------

    def equal(self, got, want, what=""):
        if got != want:
            raise Failed("%s: got %r, want %r" % (what or "value", got, want))

    def true(self, value, what):
        if not value:
            raise Failed(what)

    def contains(self, text, part, what="text"):
        if part not in text:
            raise Failed("%s does not contain %r: %r" % (what, part, text[:1500]))

    def fails(self, codes, function, *args, status=None, contains=(), **params):
        """Runs a call that must be refused with one of the codes; returns the error."""
        codes = (codes,) if isinstance(codes, str) else tuple(codes)
        try:
            result = function(*args, **params)
        except ApiError as error:
            if error.code not in codes:
                raise Failed("%s: got %s, want %s" % (args[:1], error, "/".join(codes))) from None
            if status is not None and error.status != status:
                raise Failed("%s: got HTTP %d, want %d" % (error, error.status, status)) from None
            for part in (contains,) if isinstance(contains, str) else contains:
                self.contains(error.message, part, "message of " + error.code)
            return error
        raise Failed("%s %s was not refused (want %s): %s" % (
            args[:1], str(params)[:200], "/".join(codes), str(result)[:400]))

    def denied(self, function, *args, **params):
        return self.fails("AccessDenied", function, *args, status=403, **params)

    def refused(self, response, statuses=(400, 403), codes=None, what=""):
        """An HTTP answer that must be an error of these statuses (and codes)."""
        if response.status not in statuses:
            raise Failed("%s: got %r, want %s" % (what or "request", response, statuses))
        if codes and not any("<Code>%s</Code>" % code in response.text for code in codes):
            raise Failed("%s: got %r, want one of %s" % (what or "request", response, codes))
        return response

    def decision(self, answer, allowed, reason, what=""):
        if answer.get("decision") is not allowed or reason_of(answer) != reason:
            raise Failed("%s: got %r, want %s (%s)" % (what or "decision", answer, allowed, reason))


def alarm(_signum, _frame):
    raise TimedOut()


def run_case(function, world):
    """Returns (passed, seconds, text)."""
    limit = getattr(function, "long_seconds" if world.long else "seconds", CASE_S)
    started = time.monotonic()
    text = ""
    signal.signal(signal.SIGALRM, alarm)
    signal.alarm(limit)
    try:
        function(world)
        passed = True
    except TimedOut:
        passed, text = False, "no end within %d s\n%s" % (limit, traceback.format_exc(limit=-4))
    except Failed as error:
        where = traceback.extract_tb(error.__traceback__)
        lines = [str(f.lineno) for f in where if f.filename.find(os.sep + "cases" + os.sep) >= 0]
        passed, text = False, "%s (line %s)" % (error, ", ".join(lines))
    except Exception:  # any other error is a failure of the case
        passed, text = False, traceback.format_exc(limit=-6)
    finally:
        signal.alarm(0)
    try:
        signal.alarm(limit)
        world.close()
    except (Exception, TimedOut) as error:
        passed, text = False, text + "\nat the end: %s" % error
    finally:
        signal.alarm(0)
    return passed, time.monotonic() - started, text


def seconds(limit, long=None):
    """Limits a case, and its long form."""
    def mark(function):
        function.seconds = limit
        function.long_seconds = long or limit
        return function
    return mark
