# SPDX-License-Identifier: Apache-2.0
"""Delegation requests: what is asked for, the life of a request, who may do what in it, expiry."""

import datetime
import json
import pathlib
import re
import subprocess
import time

from lib.case import allow, deny, document, trust
from lib.clock import Clock
from lib.templates import (ASKED, BOUNDARY, OTHER_ACCOUNT, TEMPLATE, TOPIC, template, write)
from lib.wire import ApiError, parse_error

SERVER = None
DAY = 24 * 3600


def start(t, **options):
    """A server with the templates of an operator."""
    server = t.start(**options)
    server.extra += ["--aws-policies-dir", write(pathlib.Path(server.data).parent / "templates", [
        template(), template(TEMPLATE + "Other", RequestorAccountId=OTHER_ACCOUNT),
        template(TEMPLATE + "Wide", [allow("s3:*")]),
        template(TEMPLATE + "List", [allow("s3:GetObject", "@{buckets}")]),
        template(TEMPLATE + "Long", [allow("s3:GetObject", "arn:aws:s3:::" + "x" * 2000)]),
        template(TEMPLATE + "Broken", [{"Effect": "Allow", "Action": "s3:GetObject"}]),
        template(TEMPLATE + "Off", ASKED[1:2])])]
    server.restart()
    t.server = server
    return server


def form(t, arn=TEMPLATE, given=None, **more):
    given = {"bucketName": "data"} if given is None else given
    params = {"Description": "Sets up Acme.", "Permissions.PolicyTemplateArn": arn,
              "RequestorWorkflowId": t.name("workflow"), "NotificationChannel": TOPIC,
              "SessionDuration": 7200}
    for i, (name, value) in enumerate(given.items(), 1):
        stem = "Permissions.Parameters.member.%d." % i
        params[stem + "Name"] = name
        params[stem + "Type"] = "stringList" if isinstance(value, list) else "string"
        for k, one in enumerate(value if isinstance(value, list) else [value], 1):
            params[stem + "Values.member.%d" % k] = one
    params.update(more)
    return {key: value for key, value in params.items() if value is not None}


def create(t, *args, client=None, **more):
    return (client or t.root).call("CreateDelegationRequest", **form(t, *args, **more))[
        "DelegationRequestId"]


def act(client, verb, made, **more):
    return client.call(verb + "DelegationRequest", DelegationRequestId=made, **more)


def get(client, made, **more):
    return act(client, "Get", made, **more)["DelegationRequest"]


def listed(client, **more):
    rows = client.call("ListDelegationRequests", **more)["DelegationRequests"] or []
    return [row["DelegationRequestId"] for row in rows]


def refused(t, code, message, function, *args, **more):
    error = t.fails(code, function, *args, **more)
    t.equal(error.message, message)


def test_request(t):
    """Every member, from the request to what is shown."""
    start(t)
    answer = t.root.call("CreateDelegationRequest", **form(
        t, given={"bucketName": "data", "makeRoles": "true", "accountId": t.account},
        RequestMessage="Please.", RedirectUrl="https://acme.example.com/done?x=1#top",
        OnlySendByOwner="true", OwnerAccountId=t.account))
    t.equal(set(answer), {"DelegationRequestId"})  # there is no console to link to
    made = answer["DelegationRequestId"]
    t.true(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made), made)
    shown = get(t.root, made)
    policy = json.loads(shown.pop("PermissionPolicy"))
    t.equal(policy["Statement"], [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
         "Resource": "arn:aws:s3:::data/*"},
        {"Effect": "Allow", "Action": "iam:CreateRole",
         "Resource": "arn:aws:iam::%s:role/acme-*" % t.account,
         "Condition": {"StringEquals": {"iam:PermissionsBoundary": [BOUNDARY]}}}, ASKED[2]])
    for key in ("CreateDate", "UpdatedTime", "ExpirationTime"):
        t.true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown.pop(key)), key)
    t.equal(shown, {
        "DelegationRequestId": made, "OwnerAccountId": t.account, "Description": "Sets up Acme.",
        "RequestMessage": "Please.", "State": "UNASSIGNED", "RequestorId": t.account,
        "RequestorName": "Acme", "SessionDuration": "7200", "OnlySendByOwner": "true",
        "RedirectUrl": "https://acme.example.com/done?x=1#top",
        "RolePermissionRestrictionArns": [BOUNDARY],
        "Permissions": {"PolicyTemplateArn": TEMPLATE, "Parameters": [
            {"Name": "bucketName", "Values": ["data"], "Type": "string"},
            {"Name": "makeRoles", "Values": ["true"], "Type": "string"},
            {"Name": "accountId", "Values": [t.account], "Type": "string"}]}})
    plain = get(t.root, create(t))
    t.equal(len(json.loads(plain["PermissionPolicy"])["Statement"]), 2)
    t.true("RolePermissionRestrictionArns" not in plain and "OwnerAccountId" not in plain, plain)
    several = get(t.root, create(t, TEMPLATE + "List", {"buckets": ["arn:aws:s3:::a",
                                                                    "arn:aws:s3:::b"]}))
    t.equal(json.loads(several["PermissionPolicy"])["Statement"][0]["Resource"],
            ["arn:aws:s3:::a", "arn:aws:s3:::b"])
    t.server.restart()
    t.equal(get(t.server.client(), made)["State"], "UNASSIGNED")


def test_what_cannot_be_asked(t):
    start(t)
    no_policy = "The template does not make a policy of at most 2048 characters of it."
    for message, args, more in (
            ("Policy template %s-no cannot be found." % TEMPLATE, (TEMPLATE + "-no",), {}),
            ("Policy template %sOther cannot be found." % TEMPLATE, (TEMPLATE + "Other",), {}),
            ("Failed to render template: Parameter 'bucketName' not found.", (TEMPLATE, {}), {}),
            ("Failed to render template: Unrecognized parameter: other", (
                TEMPLATE, {"bucketName": "b", "other": "x"}), {}),
            ("The notification channel arn:aws:sqs:us-east-1:%s:q is not the ARN of an SNS topic."
             % t.account, (), {"NotificationChannel": "arn:aws:sqs:us-east-1:%s:q" % t.account}),
            (no_policy, (TEMPLATE + "Long",), {}), (no_policy, (TEMPLATE + "Broken",), {}),
            (no_policy, (TEMPLATE + "Off", {}), {})):
        refused(t, "InvalidInput", message, create, t, *args, status=400, **more)
    for channel in ("x:y", "arn:aws:sns:us-east-1:1:t", "arn:aws:sns::%s:t" % t.account,
                    "arn:aws:sns:us-east-1:%s:" % t.account, TOPIC + ":more"):
        t.fails("InvalidInput", create, t, NotificationChannel=channel, status=400)
    first = {"Permissions.Parameters.member.1.Type": None}
    twice = {"Permissions.Parameters.member.2.Name": "bucketName",
             "Permissions.Parameters.member.2.Values.member.1": "x"}
    own = "Every parameter has a name of its own and at least one value."
    for message, more in (
            (own, twice),
            (own, {"Permissions.Parameters.member.1.Name": None}),
            (own, {"Permissions.Parameters.member.1.Values.member.1": None}),
            ("Parameter 'bucketName' has several values and is not of type stringList.",
             dict(first, **{"Permissions.Parameters.member.1.Values.member.2": "x"}))):
        refused(t, "InvalidInput", message, create, t, status=400, **more)
    for more in ({"SessionDuration": 299}, {"SessionDuration": 43201}, {"OwnerAccountId": "1"},
                 {"RequestorWorkflowId": "four"}, {"RedirectUrl": "ftp://x"},
                 {"Description": "x" * 1001}, {"RequestMessage": "x" * 201}):
        t.fails("ValidationError", create, t, status=400, **more)
    made = form(t)
    t.root.call("CreateDelegationRequest", **made)
    refused(t, "EntityAlreadyExists", "A delegation request with workflow id %s already exists."
            % made["RequestorWorkflowId"], t.root.call, "CreateDelegationRequest", status=409, **made)


def test_life(t):
    """From one state to the next, and what each state refuses."""
    start(t)
    alice = t.user("alice", document(allow("iam:*Delegation*")))
    made = create(t)

    def not_now(state, done, verb, code="InvalidInput", **more):
        refused(t, code, "The delegation request with id %s is %s and cannot be %s." % (
            made, state, done), act, alice.client, verb, made, **more)

    def only(state, *verbs):
        for verb, done, code in (("Associate", "associated", "InvalidInput"),
                                 ("Update", "updated", "InvalidInput"),
                                 ("Accept", "accepted", "ConcurrentModification"),
                                 ("Reject", "rejected", "InvalidInput")):
            if verb not in verbs:
                not_now(state, done, verb, code)

    only("UNASSIGNED", "Associate")
    act(alice.client, "Associate", made)
    shown = get(alice.client, made)
    t.equal((shown["State"], shown["OwnerId"], shown["OwnerAccountId"]),
            ("ASSIGNED", alice.arn, t.account))
    only("ASSIGNED", "Update", "Accept", "Reject")
    act(alice.client, "Update", made, Notes="For the admin.")
    shown = get(alice.client, made)
    t.equal((shown["State"], shown["Notes"]), ("PENDING_APPROVAL", "For the admin."))
    act(alice.client, "Update", made, Notes="Again.")
    t.equal(get(alice.client, made)["Notes"], "Again.")
    only("PENDING_APPROVAL", "Update", "Accept", "Reject")
    act(t.root, "Accept", made)
    shown = get(alice.client, made)
    t.equal((shown["State"], shown["ApproverId"]),
            ("ACCEPTED", "arn:aws:iam::%s:root" % t.account))
    only("ACCEPTED", "Reject")
    act(t.root, "Reject", made, Notes="Not now.")
    shown = get(alice.client, made)
    t.equal((shown["State"], shown["RejectionReason"], shown["Notes"]),
            ("REJECTED", "Not now.", "Again."))
    only("REJECTED")
    long = create(t, SessionDuration=4 * 3600 + 1)
    act(alice.client, "Associate", long)
    refused(t, "AccessDenied",
            "The root user cannot accept a delegation request for more than 4 hours.", act, t.root,
            "Accept", long, status=403)
    act(alice.client, "Accept", long)
    short = create(t, SessionDuration=4 * 3600)
    act(t.root, "Associate", short)
    act(t.root, "Accept", short)
    missing = "01234567-89ab-4cde-8f01-23456789abcd"
    elsewhere = create(t, OwnerAccountId=OTHER_ACCOUNT)
    for verb in ("Get", "Associate", "Update", "Accept", "Reject"):
        for gone in (missing, elsewhere):
            refused(t, "NoSuchEntity", "The delegation request with id %s cannot be found." % gone,
                    act, t.root, verb, gone, status=404)
    t.server.restart()
    t.equal(get(t.server.client(), long)["ApproverId"], alice.arn)


def test_permissions(t):
    """What the owner may do without a policy, what everybody may see, and what needs one."""
    start(t)
    none, owner, other = (t.user(name) for name in ("none", "owner", "other"))
    made = create(t)
    arn = "arn:aws:iam::%s:delegation-request/%s" % (t.account, made)
    t.equal(get(none.client, made)["State"], "UNASSIGNED")
    none.client.call("GetHumanReadableSummary", EntityArn=arn)
    for verb in ("Associate", "Accept", "Reject", "Update"):
        error = t.fails("AccessDenied", act, none.client, verb, made, status=403)
        t.contains(error.message, "iam:%sDelegationRequest on resource: %s because no identity-based"
                   % (verb, arn))
    error = t.fails("AccessDenied", none.client.call, "CreateDelegationRequest", status=403, **form(t))
    t.contains(error.message, "on resource: arn:aws:iam::%s:delegation-request/* because" % t.account)
    t.root.call("PutUserPolicy", UserName=owner.name, PolicyName="p", PolicyDocument=document(
        allow("iam:AssociateDelegationRequest", arn)))
    act(owner.client, "Associate", made)
    t.equal(get(owner.client, made)["OwnerId"], owner.arn)
    act(owner.client, "Update", made, Notes="n")
    owner.client.call("GetHumanReadableSummary", EntityArn=arn)
    t.denied(act, owner.client, "Accept", made)
    t.denied(act, owner.client, "Reject", made)
    t.denied(get, other.client, made)
    t.denied(other.client.call, "GetHumanReadableSummary", EntityArn=arn)
    t.denied(act, other.client, "Update", made)
    t.root.call("PutUserPolicy", UserName=other.name, PolicyName="p", PolicyDocument=document(
        allow("iam:*DelegationRequest", Condition={
            "StringEquals": {"iam:DelegationRequestOwner": owner.arn}})))
    act(other.client, "Accept", made)
    t.root.call("PutUserPolicy", UserName=owner.name, PolicyName="p", PolicyDocument=document(
        deny("iam:GetDelegationRequest")))
    t.denied(get, owner.client, made)
    # another user of the owner's name is not the owner
    t.root.call("DeleteUserPolicy", UserName=owner.name, PolicyName="p")
    t.root.call("DeleteAccessKey", UserName=owner.name, AccessKeyId=owner.client.key_id)
    t.root.call("DeleteUser", UserName=owner.name)
    t.root.call("CreateUser", UserName=owner.name)
    key = t.root.call("CreateAccessKey", UserName=owner.name)["AccessKey"]
    again = t.server.client(key["AccessKeyId"], key["SecretAccessKey"])
    t.denied(get, again, made)
    # the owner may be a session of a role, and no other session of it
    _, role = t.role("deputy", policy=[allow("iam:AssociateDelegationRequest")])
    assume = t.user("assume", document(allow("sts:AssumeRole")))
    first, second = (t.assume(assume.client, role, session) for session in ("one", "two"))
    session = create(t)
    act(first, "Associate", session)
    t.equal(get(first, session)["OwnerId"].split("/")[-1], "one")
    t.denied(get, second, session)


def test_condition_keys(t):
    start(t)
    asker = t.user("asker", document(allow("iam:CreateDelegationRequest", Condition={
        "StringEquals": {"iam:TemplateArn": TEMPLATE, "iam:NotificationChannel": TOPIC},
        "NumericLessThanEquals": {"iam:DelegationDuration": "3600"}})))
    create(t, client=asker.client, SessionDuration=3600)
    for more in ({"SessionDuration": 3601}, {"NotificationChannel": TOPIC + "2"},
                 {"Permissions.PolicyTemplateArn": TEMPLATE + "Wide"}):
        t.denied(create, t, client=asker.client, **dict({"SessionDuration": 3600}, **more))
    reader = t.user("reader", document(allow("iam:ListDelegationRequests", Condition={
        "StringEquals": {"iam:DelegationRequestOwner": "${aws:PrincipalArn}"}})))
    t.equal(listed(reader.client, OwnerId=reader.arn), [])
    t.denied(listed, reader.client)


def test_list(t):
    """Those with an owner in the account, in the order in which they were made."""
    start(t)
    alice = t.user("alice", document(allow("iam:*")))
    create(t)
    create(t, OwnerAccountId=t.account)
    mine = [create(t) for _ in range(3)]
    other = create(t)
    for made in reversed(mine):
        act(alice.client, "Associate", made)
    act(t.root, "Associate", other)
    def in_order(ids):
        return sorted(ids, key=lambda one: (get(t.root, one)["CreateDate"], one))
    t.equal(listed(t.root), in_order(mine + [other]))
    t.equal(listed(t.root, OwnerId=alice.arn), in_order(mine))
    t.equal(listed(t.root, OwnerId="arn:aws:iam::%s:user/nobody" % t.account), [])
    for stranger in ("arn:aws:iam::%s:user/x" % OTHER_ACCOUNT, "x" * 20):
        t.fails("InvalidInput", listed, t.root, OwnerId=stranger, status=400)
    got, marker = [], {}
    while True:
        page = t.root.call("ListDelegationRequests", MaxItems=1, **marker)
        got += [one["DelegationRequestId"] for one in page["DelegationRequests"]]
        t.equal(page["isTruncated"], "true" if "Marker" in page else "false")
        if "Marker" not in page:
            break
        marker = {"Marker": page["Marker"]}
    t.equal(got, listed(t.root))


def test_permission_check(t):
    """Whether the caller itself may do all that is asked for."""
    start(t)
    made = create(t, given={"bucketName": "data", "makeRoles": "true", "accountId": t.account})
    wide = create(t, TEMPLATE + "Wide", {})

    def check(client, which):
        answer = act(client, "Get", which, DelegationPermissionCheck="true")
        t.equal(answer["PermissionCheckStatus"], "COMPLETE")
        return answer["PermissionCheckResult"]

    none = t.user("none")
    part = t.user("part", document(allow("s3:*", "arn:aws:s3:::data/*")))
    every = t.user("every", document(allow("s3:*", "arn:aws:s3:::data/*"), allow("iam:CreateRole")))
    limited = t.user("limited", document(allow("*"), deny("s3:PutObject")))
    t.equal([check(one.client, made) for one in (none, part, every, limited)],
            ["DENIED", "DENIED", "ALLOWED", "DENIED"])
    t.equal(check(t.root, made), "ALLOWED")
    t.equal(check(every.client, wide), "UNSURE")
    answer = act(none.client, "Get", made, DelegationPermissionCheck="false")
    t.equal(set(answer), {"DelegationRequest"})


def test_summary(t):
    """In words, of what the request really asks for."""
    start(t)
    made = create(t, given={"bucketName": "data", "makeRoles": "true", "accountId": t.account},
                  RequestMessage="Please.", SessionDuration=3661)
    arn = "arn:aws:iam::%s:delegation-request/%s" % (t.account, made)
    answer = t.root.call("GetHumanReadableSummary", EntityArn=arn)
    t.equal((answer["SummaryState"], answer["Locale"]), ("AVAILABLE", "en"))
    t.equal(answer["SummaryContent"].splitlines(), [
        "Acme, with the account %s, asks for access to the account that takes the request for 1 hour "
        "1 minute 1 second." % t.account,
        "Description: Sets up Acme.", "Message: Please.", "It would be permitted:",
        "- s3:GetObject, s3:PutObject on arn:aws:s3:::data/*",
        "- iam:CreateRole on arn:aws:iam::%s:role/acme-*, under conditions on "
        "iam:PermissionsBoundary" % t.account,
        "It would be denied, whatever else permits it:", "- s3:DeleteBucket on *"])
    other = t.root.call("GetHumanReadableSummary", EntityArn=arn, Locale="de")
    t.equal((other["SummaryState"], other["Locale"], "SummaryContent" in other),
            ("NOT_SUPPORTED", "de", False))
    t.equal(t.root.call("GetHumanReadableSummary", EntityArn=arn, Locale="en-GB")["Locale"], "en-GB")
    user = "arn:aws:iam::%s:user/some-user" % t.account
    refused(t, "InvalidInput", "%s is not the ARN of a delegation request." % user, t.root.call,
            "GetHumanReadableSummary", EntityArn=user, status=400)
    gone = arn[:-4] + "0000"
    t.fails("NoSuchEntity", t.root.call, "GetHumanReadableSummary", EntityArn=gone, status=404)


def test_expiry(t):
    """A day without an owner, seven in any other state; then nothing can be done, and in time the
    request is forgotten."""
    clock = Clock()
    start(t, env=clock.env)

    def ask(action, **params):
        response = t.root.query(action, params, moment=clock.now())
        return response.text if response.status == 200 else parse_error(response)

    def one(action, made, **params):
        return ask(action, DelegationRequestId=made, **params)

    def new(**more):
        text = ask("CreateDelegationRequest", **form(t, **more))
        return re.search("<DelegationRequestId>(.*?)</", text).group(1)

    first, second = form(t), new()
    made = re.search("<DelegationRequestId>(.*?)</",
                     ask("CreateDelegationRequest", **first)).group(1)
    one("AssociateDelegationRequest", second)
    clock.set(DAY - 60)
    t.contains(one("GetDelegationRequest", made), "<State>UNASSIGNED</State>")
    clock.set(DAY + 60)
    t.contains(one("GetDelegationRequest", made), "<State>EXPIRED</State>")
    error = one("AssociateDelegationRequest", made)
    t.equal((error.code, error.message), ("InvalidInput", "The delegation request with id %s is "
                                          "EXPIRED and cannot be associated." % made))
    t.contains(one("GetDelegationRequest", second), "<State>ASSIGNED</State>")
    one("UpdateDelegationRequest", second)
    clock.set(8 * DAY)
    t.contains(one("GetDelegationRequest", second), "<State>PENDING_APPROVAL</State>")
    clock.set(8 * DAY + 120)
    t.equal(one("AcceptDelegationRequest", second).code, "ConcurrentModification")
    t.contains(ask("ListDelegationRequests"), "<State>EXPIRED</State>")
    t.equal(ask("CreateDelegationRequest", **first).code, "EntityAlreadyExists")
    clock.set(31 * DAY + 120)
    new()
    t.equal(one("GetDelegationRequest", made).code, "NoSuchEntity")
    ask("CreateDelegationRequest", **first)


def test_quota(t):
    start(t, extra=["--quota", "DelegationRequestsPerAccount=2"])
    create(t)
    create(t)
    refused(t, "LimitExceeded", "Cannot exceed quota for DelegationRequestsPerAccount: 2", create, t,
            status=409)


# -- the token, and what it is traded in for -----------------------------------------------

def token_of(t, made, server=None):
    """What the operator reads on the machine."""
    server = server or t.server
    done = subprocess.run([str(server.binary), "delegation-token", "--data", server.data,
                           "--request", made], capture_output=True, text=True, timeout=60)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip()


def accepted(t, owner, approver, **more):
    made = create(t, **more)
    act(owner, "Associate", made)
    act(approver, "Accept", made)
    return made


def send(client, made):
    return client.call("SendDelegationToken", DelegationRequestId=made)


def trade(client, token):
    return client.call("GetDelegatedAccessToken", service="sts", TradeInToken=token)


def delegated(t, answer):
    keys = answer["Credentials"]
    return t.server.client(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def may(t, client, action, resource):
    """What a service is told of the session."""
    answer = t.root.post_json("/access/v1/evaluation", {
        "subject": {"type": "access-key", "id": client.key_id, "properties": {
            "session_token": client.token}},
        "action": {"name": action}, "resource": {"type": "any", "id": resource}})
    t.equal(answer.status, 200, answer.text)
    return answer.json()["decision"]


OBJECT, OTHER_OBJECT = "arn:aws:s3:::data/k", "arn:aws:s3:::other/k"
INVALID = "The trade-in token is not valid."
OVER = "The trade-in token has expired and can no longer be exchanged."


def test_send(t):
    """Only what was accepted is sent, once; by whom it may be; the operator reads the token then."""
    start(t)
    alice = t.user("alice", document(allow("iam:*Delegation*")))
    plain, sender = t.user("plain"), t.user("sender", document(allow("iam:SendDelegationToken")))
    made = create(t)
    act(alice.client, "Associate", made)
    refused(t, "InvalidInput", "The delegation request with id %s is ASSIGNED and cannot be finalized."
            % made, send, alice.client, made, status=400)
    t.contains(token_of(t, made), "the token of this delegation request was not sent")
    act(t.root, "Accept", made)
    error = t.fails("AccessDenied", send, plain.client, made, status=403)
    t.contains(error.message, "iam:SendDelegationToken on resource: arn:aws:iam::%s:"
               "delegation-request/%s because no identity-based" % (t.account, made))
    t.equal(send(sender.client, made), {})
    t.equal(get(t.root, made)["State"], "FINALIZED")
    for verb, done, code in (("Reject", "rejected", "InvalidInput"),
                             ("Accept", "accepted", "ConcurrentModification"),
                             ("Update", "updated", "InvalidInput")):
        refused(t, code, "The delegation request with id %s is FINALIZED and cannot be %s." % (
            made, done), act, t.root, verb, made)
    refused(t, "InvalidInput", "The delegation request with id %s is FINALIZED and cannot be "
            "finalized." % made, send, t.root, made)
    t.true(re.fullmatch(r"[A-Za-z0-9_-]{60,400}", token_of(t, made)), "no token")
    missing = "01234567-89ab-4cde-8f01-23456789abcd"
    refused(t, "NoSuchEntity", "The delegation request with id %s cannot be found." % missing, send,
            t.root, missing, status=404)
    t.contains(token_of(t, missing), "there is no delegation request with this ID")
    # the owner needs no policy, and may be the only one
    own = create(t, OnlySendByOwner="true")
    lone = t.user("lone", document(allow("iam:AssociateDelegationRequest")))
    act(lone.client, "Associate", own)
    act(t.root, "Accept", own)
    refused(t, "AccessDenied", "Only the owner of the delegation request with id %s may send its "
            "token." % own, send, t.root, own, status=403)
    send(lone.client, own)
    # without a server; and nothing of it is in the records but that it was read
    t.server.stop()
    token = token_of(t, own)
    t.true(re.fullmatch(r"[A-Za-z0-9_-]{60,400}", token), token)
    t.server.start()
    records = [r for r in t.server.audit() if r["eventName"] == "ReadDelegationToken"]
    t.equal(["errorMessage" in r for r in records], [True, False, True, False], str(records))
    t.true(token not in pathlib.Path(t.server.audit_path()).read_text(), "the token is recorded")


def test_trade(t):
    """Who accepted, within what was asked for, as long as that was asked for."""
    start(t)
    partner = t.user("partner", document(allow("sts:GetDelegatedAccessToken")))
    none = t.user("none")
    boss = t.user("boss", document(allow("s3:*"), allow("iam:*")))
    made = accepted(t, t.root, boss.client, SessionDuration=600)
    send(t.root, made)
    token = token_of(t, made)
    error = t.fails("AccessDenied", trade, none.client, token, status=403)
    t.contains(error.message, "sts:GetDelegatedAccessToken because no identity-based policy")
    before = time.time()
    answer = trade(partner.client, token)
    t.equal((set(answer), answer["AssumedPrincipal"]), ({"Credentials", "AssumedPrincipal"}, boss.arn))
    ends = datetime.datetime.fromisoformat(answer["Credentials"]["Expiration"].replace("Z", "+00:00"))
    t.true(before + 580 < ends.timestamp() < before + 620, answer)
    session = delegated(t, answer)
    t.equal(session.call("GetCallerIdentity"), {"UserId": boss.user_id, "Account": t.account,
                                                "Arn": boss.arn})
    asked = [may(t, session, *what) for what in (
        ("s3:GetObject", OBJECT), ("s3:PutObject", OBJECT), ("s3:GetObject", OTHER_OBJECT),
        ("s3:DeleteObject", OBJECT))]
    t.equal(asked, [True, True, False, False])
    t.denied(session.call, "ListUsers")
    # not more than the approver may, at any time
    t.root.call("PutUserPolicy", UserName=boss.name, PolicyName="inline", PolicyDocument=document(
        allow("s3:GetObject")))
    t.equal((may(t, session, "s3:GetObject", OBJECT), may(t, session, "s3:PutObject", OBJECT)),
            (True, False))
    # again, as long as it lasts
    t.equal(trade(partner.client, token)["AssumedPrincipal"], boss.arn)
    # the key with which it was accepted ends it
    t.root.call("UpdateAccessKey", UserName=boss.name, AccessKeyId=boss.key_id, Status="Inactive")
    t.fails("InvalidClientTokenId", session.call, "GetCallerIdentity", status=403)
    for text in ("x", "A" * 1025, token[:-1], token + "A", token[:40] + "AAAA" + token[44:], token + "="):
        refused(t, "ValidationError", INVALID, trade, partner.client, text, status=400)
    t.root.call("DeleteAccessKey", UserName=boss.name, AccessKeyId=boss.key_id)
    t.root.call("DeleteUserPolicy", UserName=boss.name, PolicyName="inline")
    t.root.call("DeleteUser", UserName=boss.name)
    refused(t, "ExpiredTradeInTokenException", OVER, trade, partner.client, token, status=400)
    t.true(token not in pathlib.Path(t.server.audit_path()).read_text(), "the token is recorded")


def test_trade_of_what_the_root_user_accepted(t):
    start(t)
    made = accepted(t, t.root, t.root)
    send(t.root, made)
    session = delegated(t, trade(t.root, token_of(t, made)))
    t.equal(session.call("GetCallerIdentity")["Arn"], "arn:aws:iam::%s:root" % t.account)
    t.equal([may(t, session, "s3:GetObject", one) for one in (OBJECT, OTHER_OBJECT)], [True, False])
    t.denied(session.call, "ListUsers")


def test_trade_of_what_a_session_accepted(t):
    """The delegated session has the policies and tags of the one that accepted, and ends with it."""
    start(t)
    _, role = t.role("boss", policy=[
        allow("iam:*Delegation*"), allow("s3:*", Condition={
            "StringEquals": {"aws:PrincipalTag/team": "blue"}})],
        AssumeRolePolicyDocument=trust({"AWS": t.account}, ["sts:AssumeRole", "sts:TagSession"]))
    assume = t.user("assume", document(allow("sts:*")))
    session = t.assume(assume.client, role, "night", DurationSeconds=900, Tags=[
        {"Key": "team", "Value": "blue"}], Policy=document(
            allow("iam:*"), allow("s3:GetObject")))
    made = accepted(t, t.root, session)
    send(t.root, made)
    answer = trade(t.root, token_of(t, made))
    ends = datetime.datetime.fromisoformat(answer["Credentials"]["Expiration"].replace("Z", "+00:00"))
    t.true(ends.timestamp() < time.time() + 901, answer)
    t.true(answer["AssumedPrincipal"].endswith("assumed-role/%s/night" % role.split("/")[-1]), answer)
    child = delegated(t, answer)
    t.equal(child.call("GetCallerIdentity")["Arn"], answer["AssumedPrincipal"])
    t.equal([may(t, child, action, OBJECT) for action in ("s3:GetObject", "s3:PutObject")],
            [True, False])
    t.root.call("UpdateAssumeRolePolicy", RoleName=role.split("/")[-1], PolicyDocument=trust(
        {"AWS": t.account}))
    t.root.call("DeleteRolePolicy", RoleName=role.split("/")[-1], PolicyName="inline")
    t.root.call("DeleteRole", RoleName=role.split("/")[-1])
    refused(t, "ExpiredTradeInTokenException", OVER, trade, t.root, token_of(t, made), status=400)
    t.fails("InvalidClientTokenId", child.call, "GetCallerIdentity", status=403)


def test_trade_and_time(t):
    """A token is good from when it was sent, for the time that was asked for, through a rotation of
    the master key and a restart."""
    clock = Clock()
    start(t, env=clock.env)

    def ask(action, service="iam", **params):
        response = t.root.query(action, params, service=service, moment=clock.now())
        return response.text if response.status == 200 else parse_error(response)

    text = ask("CreateDelegationRequest", **form(t, SessionDuration=7200))
    made = re.search("<DelegationRequestId>(.*?)</", text).group(1)
    ask("AssociateDelegationRequest", DelegationRequestId=made)
    ask("AcceptDelegationRequest", DelegationRequestId=made)
    clock.set(3 * DAY)
    ask("SendDelegationToken", DelegationRequestId=made)
    token = token_of(t, made)
    done = subprocess.run([str(t.server.binary), "rotate-master-key", "--data", t.server.data],
                          capture_output=True, text=True, timeout=60)
    t.equal(done.returncode, 0, done.stderr)
    t.server.restart()
    t.root.drop()
    clock.set(3 * DAY + 7100)
    t.contains(ask("GetDelegatedAccessToken", "sts", TradeInToken=token), "<AssumedPrincipal>")
    clock.set(3 * DAY + 7300)
    error = ask("GetDelegatedAccessToken", "sts", TradeInToken=token)
    t.equal((error.code, error.message), ("ExpiredTradeInTokenException", OVER))
    clock.set(3 * DAY + 7400)
    t.contains(token_of(t, made), "the time of this delegation request is over")


def test_tokens_of_another_account(t):
    """A token is good for the account that has asked, on the server that has made it."""
    start(t)
    made = accepted(t, t.root, t.root)
    send(t.root, made)
    other = t.start(account=OTHER_ACCOUNT).client()
    refused(t, "ValidationError", INVALID, trade, other, token_of(t, made), status=400)


def test_a_session_that_has_no_room(t):
    """The policy of the request comes on top of what the session that accepted has."""
    start(t)
    _, role = t.role("full", policy=[allow("iam:*"), allow("s3:*")], AssumeRolePolicyDocument=trust(
        {"AWS": t.account}, ["sts:AssumeRole", "sts:TagSession"]))
    assume = t.user("assume", document(allow("sts:*")))
    wide = document(allow("iam:*"), allow("s3:*", ["arn:aws:s3:::%s/*" % ("b" * 60)] * 20))

    def session(count):
        return t.assume(assume.client, role, "full", Policy=wide, Tags=[
            {"Key": "k%d" % i, "Value": "v" * 240} for i in range(count)])

    count = 0
    while True:
        try:
            last = session(count + 1)
        except ApiError as error:
            t.equal(error.code, "PackedPolicyTooLarge")
            break
        count += 1
    made = accepted(t, t.root, last)
    send(t.root, made)
    t.fails("PackedPolicyTooLarge", trade, t.root, token_of(t, made), status=400)
