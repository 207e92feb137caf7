# SPDX-License-Identifier: Apache-2.0
"""Delegation requests: what is asked for, the life of a request, who may do what in it, expiry."""

import json
import pathlib
import re

from lib.case import allow, deny, document
from lib.clock import Clock
from lib.templates import (ASKED, BOUNDARY, OTHER_ACCOUNT, TEMPLATE, TOPIC, template, write)
from lib.wire import parse_error

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
