# SPDX-License-Identifier: Apache-2.0
"""Sessions of STS: who may ask for which, how long they last, second factors, what each kind of
credentials may call and what it brings into decisions."""

import base64
import datetime
import json
import time

from lib.case import allow, deny, document, seconds, trust
from lib.clock import Clock
from lib.hardware import command
from lib.totp import Authenticator, now
from lib.wire import ApiError

INVALID = "The security token included in the request is invalid"
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
WRONG_DEVICE = ("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your "
                "MFA serial number is valid and associated with this user.")
ONE_OF_TWO = ("MultiFactorAuthentication failed, must provide both MFA serial number and one time "
              "pass code.")


def client_of(t, made, server=None):
    keys = made["Credentials"]
    return (server or t.server).client(keys["AccessKeyId"], keys["SecretAccessKey"],
                                       keys["SessionToken"])


def lasts(made):
    """For how many seconds credentials are good."""
    end = datetime.datetime.strptime(made["Credentials"]["Expiration"][:19], "%Y-%m-%dT%H:%M:%S")
    return round((end - datetime.datetime.utcnow()).total_seconds())


def near(t, made, want):
    t.true(want - 8 <= lasts(made) <= want + 1, "it lasts %d s instead of %d" % (lasts(made), want))


def who(client):
    return client.call("GetCallerIdentity")


class Phone:
    """A virtual device of a user (None: the root user), and codes that were not given yet."""

    def __init__(self, t, user):
        name = t.name("phone")
        made = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
        self.serial = made["SerialNumber"]
        self.app = Authenticator(base64.b64decode(made["Base32StringSeed"]).decode())
        t.root.call("EnableMFADevice", SerialNumber=self.serial, UserName=user or "root",
                    **self.app.at(now() - 1))
        self.given = set()

    def codes(self, **more):
        """The parameters with a code; there are five within reach at a time."""
        while True:
            for step in range(now() - 1, now() + 2):
                if step not in self.given:
                    self.given.add(step)
                    return dict(SerialNumber=self.serial, TokenCode=self.app.code(step), **more)
            time.sleep(1)

    def wrong(self, **more):
        code = self.app.wrong()["AuthenticationCode1"]
        return dict(SerialNumber=self.serial, TokenCode=code, **more)


# ---- GetSessionToken ---------------------------------------------------------------------------------


def test_session_token(t):
    user = t.user("ann", [allow("s3:GetObject")])
    made = user.client.call("GetSessionToken")
    t.equal(set(made), {"Credentials", "SessionTokenUtilization", "SessionTokenSize"})
    t.equal(int(made["SessionTokenSize"]), len(made["Credentials"]["SessionToken"]))
    near(t, made, 43200)
    session = client_of(t, made)
    t.equal(who(session), {"UserId": user.user_id, "Account": t.account, "Arn": user.arn})
    for length in (900, 129600):
        near(t, user.client.call("GetSessionToken", DurationSeconds=length), length)
    for length in (899, 129601):
        error = t.fails("ValidationError", user.client.call, "GetSessionToken", status=400,
                        DurationSeconds=length)
        t.contains(error.message, "'durationSeconds' failed to satisfy constraint")
    subject = {"type": "access-key", "id": session.key_id,
               "properties": {"session_token": session.token}}
    t.equal(evaluate(t, subject, "s3:GetObject")["decision"], True)
    t.equal(evaluate(t, subject, "s3:PutObject")["decision"], False)


def test_session_token_of_root_lasts_an_hour(t):
    for params in ({}, {"DurationSeconds": 129600}):
        near(t, t.root.call("GetSessionToken", **params), 3600)
    made = t.root.call("GetSessionToken", DurationSeconds=900)
    near(t, made, 900)
    t.equal(who(client_of(t, made))["Arn"], "arn:aws:iam::%s:root" % t.account)
    near(t, t.root.call("GetFederationToken", Name="bob", DurationSeconds=7200), 3600)


def test_session_token_needs_no_permission(t):
    """None allows it, and a boundary does not matter; an explicit denial does."""
    user = t.user("ann", PermissionsBoundary=t.policy("bound", allow("s3:*")))
    user.client.call("GetSessionToken")
    denied = t.user("eve", [deny("sts:GetSessionToken")])
    error = t.denied(denied.client.call, "GetSessionToken")
    t.equal(error.message, "User: %s is not authorized to perform: sts:GetSessionToken on resource: * "
                           "with an explicit deny in an identity-based policy" % denied.arn)
    with_mfa = t.user("zoe", [deny("sts:GetSessionToken", Condition={
        "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})])
    t.denied(with_mfa.client.call, "GetSessionToken")
    with_mfa.client.call("GetSessionToken", **Phone(t, with_mfa.name).codes())


def test_minimum_size(t):
    user = t.user("ann", [allow("sts:*")])
    _, role = t.role(AssumeRolePolicyDocument=trust({"AWS": user.arn}))
    for action, params in (("GetSessionToken", {}), ("GetFederationToken", {"Name": "bob"}),
                           ("AssumeRole", {"RoleArn": role, "RoleSessionName": "s1"})):
        small = int(user.client.call(action, **params)["SessionTokenSize"])
        for wanted in (0, small + 1, 4095, 4096):
            made = user.client.call(action, MinimumSessionTokenSize=wanted, **params)
            size = int(made["SessionTokenSize"])
            t.equal(size, len(made["Credentials"]["SessionToken"]))
            t.true(max(wanted, small) <= size <= max(wanted, small) + 3, "%d for %d" % (size, wanted))
            t.equal(int(made["SessionTokenUtilization"]), size * 100 // 8192)
            who(client_of(t, made))
        t.fails("ValidationError", user.client.call, action, MinimumSessionTokenSize=4097, **params)


def test_keys_of_factors_for_services_that_ask(t):
    """aws:MultiFactorAuthAge and its siblings in decisions of the authorization endpoint."""
    conditions = {
        "Strong": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        "Fresh": {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}},
        "Stale": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "300"}},
        "Weak": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
        "None": {"Null": {"aws:MultiFactorAuthPresent": "true"}}}
    policy = [allow("app:" + name, Condition=condition) for name, condition in conditions.items()]
    user = t.user("ann", policy + [allow("sts:AssumeRole")])
    phone = Phone(t, user.name)
    _, role = t.role(principal={"AWS": user.arn}, policy=policy)
    strong = client_of(t, user.client.call("GetSessionToken", **phone.codes()))
    weak = client_of(t, user.client.call("GetSessionToken"))
    for caller, session in ((strong, strong), (weak, weak), (strong, None), (user.client, None)):
        subject = subject_of(session or t.assume(caller, role))
        got = {name for name in conditions if evaluate(t, subject, "app:" + name)["decision"]}
        t.equal(got, {"Strong", "Fresh"} if caller is strong else {"Weak"})
    t.equal({name for name in conditions if evaluate(t, subject_of(user.client), "app:" + name)["decision"]},
            {"None"}, "a long-term key")


# ---- GetFederationToken ------------------------------------------------------------------------------


def test_federation_token(t):
    user = t.user("broker", [allow("sts:GetFederationToken"), allow(["s3:Get*", "sts:*"])])
    made = user.client.call("GetFederationToken", Name="bob",
                            Policy=document(allow(["s3:GetObject", "s3:PutObject"])))
    arn = "arn:aws:sts::%s:federated-user/bob" % t.account
    t.equal(made["FederatedUser"], {"FederatedUserId": "%s:bob" % t.account, "Arn": arn})
    t.true(9 <= int(made["PackedPolicySize"]) <= 100, made["PackedPolicySize"])
    near(t, made, 43200)
    session = client_of(t, made)
    t.equal(who(session), {"UserId": "%s:bob" % t.account, "Account": t.account, "Arn": arn})
    subject = subject_of(session)
    # what both allow, and no more
    for action, allowed in (("s3:GetObject", True), ("s3:PutObject", False), ("s3:GetBucketAcl", False)):
        t.equal(evaluate(t, subject, action)["decision"], allowed, action)
    near(t, user.client.call("GetFederationToken", Name="bob", DurationSeconds=129600), 129600)


def test_federation_token_without_a_policy_may_nothing(t):
    user = t.user("broker", [allow("*")])
    made = user.client.call("GetFederationToken", Name="bob")
    t.equal(made["PackedPolicySize"], "0")
    session = client_of(t, made)
    answer = evaluate(t, subject_of(session), "s3:GetObject")
    t.equal(answer["decision"], False)
    # and what narrows it gives it nothing
    scoped = client_of(t, session.call("GetScopedCredentials", Policy=document(allow("*"))))
    t.equal(evaluate(t, subject_of(scoped), "s3:GetObject")["decision"], False)


def test_federation_token_permission(t):
    """The resource is the federated user; tags need a permission of their own."""
    arn = "arn:aws:sts::%s:federated-user/" % t.account
    user = t.user("broker", [allow("sts:GetFederationToken", arn + "b*")])
    user.client.call("GetFederationToken", Name="bob")
    error = t.denied(user.client.call, "GetFederationToken", Name="carl")
    t.equal(error.message, "User: %s is not authorized to perform: sts:GetFederationToken on resource: "
                           "%scarl because no identity-based policy allows the "
                           "sts:GetFederationToken action" % (user.arn, arn))
    tags = [{"Key": "team", "Value": "blue"}]
    error = t.denied(user.client.call, "GetFederationToken", Name="bob", Tags=tags)
    t.contains(error.message, "sts:TagSession on resource: %sbob" % arn)
    tagger = t.user("tagger", [allow(["sts:GetFederationToken", "sts:TagSession"], Condition={
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}})])
    t.denied(tagger.client.call, "GetFederationToken", Name="bob")
    t.denied(tagger.client.call, "GetFederationToken", Name="bob",
             Tags=[{"Key": "team", "Value": "red"}])
    tagger.client.call("GetFederationToken", Name="bob", Tags=tags)


def test_federation_token_tags(t):
    """A session tag overrides the user's; both are the principal's."""
    user = t.user("broker", [allow("*")], Tags=[{"Key": "team", "Value": "red"},
                                                {"Key": "site", "Value": "x"}])
    made = user.client.call("GetFederationToken", Name="bob", Policy=document(allow("*")),
                            Tags=[{"Key": "Team", "Value": "blue"}])
    subject = subject_of(client_of(t, made))
    for tag, value in (("team", "blue"), ("site", "x")):
        brings(t, ("User", user.name), subject, "aws:PrincipalTag/" + tag, value)
    error = t.fails("InvalidParameterValue", user.client.call, "GetFederationToken", Name="bob",
                    Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}], status=400)
    t.equal(error.message, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def test_federation_token_limits(t):
    user = t.user("broker", [allow("*")])

    def refused(code, **params):
        return t.fails(code, user.client.call, "GetFederationToken", status=400,
                       **dict({"Name": "bob"}, **params))

    for name in ("b", "b" * 33, "b b"):
        refused("ValidationError", Name=name)
    refused("MalformedPolicyDocument", Policy="{}")
    refused("MalformedPolicyDocument", PolicyArns=[{"arn": t.arn("policy", "none")}])
    refused("ValidationError", Policy=document(allow("s3:Get" + "x" * 2048)))
    arns = [t.policy("p", allow("*")) for _ in range(11)]
    refused("ValidationError", PolicyArns=[{"arn": arn} for arn in arns])
    user.client.call("GetFederationToken", Name="bob", PolicyArns=[{"arn": a} for a in arns[:10]])
    long = [{"Key": "%02d%s" % (n, "k" * 126), "Value": "v" * 256} for n in range(50)]
    error = refused("PackedPolicyTooLarge", Tags=long)
    t.contains(error.message, "% of allotted space, please use smaller policy.")


# ---- GetScopedCredentials ----------------------------------------------------------------------------


def test_scoped_credentials(t):
    caller = t.user("caller", [allow("sts:AssumeRole")])
    _, role = t.role(policy=[allow("s3:*")])
    session = t.assume(caller.client, role)
    made = session.call("GetScopedCredentials", Policy=document(allow("s3:Get*")),
                        ScopedSessionDescription="one bucket")
    identity = who(session)
    t.equal(made["SessionInfo"], {"ScopedSessionId": identity["UserId"], "Arn": identity["Arn"]})
    t.equal(made["ScopedPoliciesCount"], "1")
    near(t, made, 3600)
    scoped = client_of(t, made)
    t.equal(who(scoped), identity)
    t.true(scoped.key_id != session.key_id, "the access key is the same")
    layers = [document(allow("*")), document(allow("s3:GetObject*"))]
    for count, policy in enumerate(layers, 2):
        made = scoped.call("GetScopedCredentials", Policy=policy)
        t.equal(made["ScopedPoliciesCount"], str(count))
        scoped = client_of(t, made)
    for action, allowed in (("s3:GetObject", True), ("s3:GetBucketAcl", False), ("s3:PutObject", False)):
        t.equal(evaluate(t, subject_of(scoped), action)["decision"], allowed, action)
    error = t.fails("AccessDenied", scoped.call, "GetScopedCredentials", Policy=layers[0])
    t.equal(error.message, "The calling session already has 3 scope-down policies.")
    made = scoped.call("GetScopedCredentials", DurationSeconds=60)
    t.equal(made["ScopedPoliciesCount"], "3")
    near(t, made, 60)


def test_scoped_credentials_are_refused(t):
    user = t.user("ann", [allow("*")])
    session = client_of(t, user.client.call("GetSessionToken", DurationSeconds=900))
    for client in (user.client, t.root):
        error = t.fails("InvalidSubjectCredentials", client.call, "GetScopedCredentials",
                        DurationSeconds=60, status=400)
        t.contains(error.message, "temporary security credentials")
    t.fails("ValidationError", session.call, "GetScopedCredentials", status=400)
    t.fails("InsufficientSessionLifetime", session.call, "GetScopedCredentials",
            DurationSeconds=901, status=400)
    t.fails("MalformedPolicyDocument", session.call, "GetScopedCredentials", Policy="{}", status=400)
    t.fails("ValidationError", session.call, "GetScopedCredentials", DurationSeconds=0, status=400)
    wide, narrowed = document(allow("*")).ljust(2048), session
    for _ in range(2):
        narrowed = client_of(t, narrowed.call("GetScopedCredentials", Policy=wide))
    t.fails("PackedPolicyTooLarge", narrowed.call, "GetScopedCredentials", Policy=wide, status=400)
    # a user's session is narrowed by it, even where a resource's policy names the user
    scoped = client_of(t, session.call("GetScopedCredentials", Policy=document(allow("s3:*"))))
    _, role = t.role(AssumeRolePolicyDocument=trust({"AWS": user.arn}))
    t.assume(session, role)
    t.denied(scoped.call, "AssumeRole", RoleArn=role, RoleSessionName="s1")


def test_scoped_credentials_keep_everything_else(t):
    caller = t.user("caller", [allow("*")])
    phone = Phone(t, caller.name)
    name, role = t.role(policy=[allow("*")], AssumeRolePolicyDocument=trust(
        {"AWS": caller.arn}, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]))
    session = t.assume(caller.client, role, Tags=[{"Key": "team", "Value": "blue"}],
                       SourceIdentity="ann", **phone.codes())
    made = session.call("GetScopedCredentials", DurationSeconds=600)
    t.equal(made["SourceIdentity"], "ann")
    subject = subject_of(client_of(t, made))
    for key, value in (("aws:SourceIdentity", "ann"), ("aws:PrincipalTag/team", "blue"),
                       ("aws:MultiFactorAuthPresent", "true")):
        brings(t, ("Role", name), subject, key, value)


# ---- second factors ----------------------------------------------------------------------------------


def test_codes_in_sts(t):
    user, other = t.user("ann", [allow("sts:AssumeRole")]), t.user("eve", [allow("sts:AssumeRole")])
    _, role = t.role()
    calls = {"GetSessionToken": {}, "AssumeRole": {"RoleArn": role, "RoleSessionName": "s1"}}

    def refused(client, action, message, **codes):
        t.equal(t.denied(client.call, action, **dict(calls[action], **codes)).message, message)

    for action, params in calls.items():
        phone = Phone(t, user.name)
        refused(user.client, action, WRONG_CODE, **phone.wrong())
        code = phone.codes()
        for only in code:
            refused(user.client, action, ONE_OF_TWO, **{only: code[only]})
        refused(other.client, action, WRONG_DEVICE, **code)
        refused(user.client, action, WRONG_DEVICE, **dict(code, SerialNumber=t.arn("mfa", "none")))
        user.client.call(action, **dict(code, **params))
        for again in calls:  # a code counts once, in whatever operation
            refused(user.client, again, WRONG_CODE, **code)
        user.client.call(action, **phone.codes(**params))


def test_wrong_codes_are_limited(t):
    """Nine attempts a device in three minutes, right ones included; others go on."""
    user = t.user("ann", [allow("sts:AssumeRole")])
    phone, second = Phone(t, user.name), Phone(t, user.name)
    messages = []
    for _ in range(12):
        messages.append(t.denied(user.client.call, "GetSessionToken", **phone.wrong()).message)
    t.contains(messages, WRONG_DEVICE)
    t.equal(messages[0], WRONG_CODE)
    first = messages.index(WRONG_DEVICE)
    t.true(first <= 9, "%d attempts" % first)
    t.equal(t.denied(user.client.call, "GetSessionToken", **phone.codes()).message, WRONG_DEVICE)
    # neither the user nor the other device is locked out
    user.client.call("GetSessionToken")
    user.client.call("GetSessionToken", **second.codes())


def test_a_code_in_assume_role_counts_for_the_trust_policy(t):
    user = t.user("ann", [allow("sts:AssumeRole")])
    phone = Phone(t, user.name)
    needs = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"},
                           "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}}
    name, role = t.role(policy=[allow("*")],
                        AssumeRolePolicyDocument=trust({"AWS": user.arn}, **needs))
    params = {"RoleArn": role, "RoleSessionName": "s1"}
    t.denied(user.client.call, "AssumeRole", **params)
    session = client_of(t, user.client.call("AssumeRole", **phone.codes(**params)))
    brings(t, ("Role", name), subject_of(session), "aws:MultiFactorAuthPresent", "true")
    # a session with a second factor will do, one without will not
    with_mfa = client_of(t, user.client.call("GetSessionToken", **phone.codes()))
    without = client_of(t, user.client.call("GetSessionToken"))
    chained = client_of(t, with_mfa.call("AssumeRole", **params))
    brings(t, ("Role", name), subject_of(chained), "aws:MultiFactorAuthPresent", "true")
    t.denied(without.call, "AssumeRole", **params)


def test_root_has_a_second_factor(t):
    server = t.start()
    world = type(t)(server)
    phone = Phone(world, None)
    client = server.client()
    session = client_of(world, client.call("GetSessionToken", **phone.codes()), server)
    session.call("ListUsers")
    t.equal(t.denied(client.call, "GetSessionToken", **phone.wrong()).message, WRONG_CODE)


IDIOMS = (  # statement; long-term key; temporary, without a second factor; with one: allowed?
    (deny("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), True, False, True),
    (deny("s3:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
     False, False, True),
    (allow("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), False, False, True),
    (allow("s3:*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
     True, False, True),
    (allow("s3:*", Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}}), False, True, True),
)


def test_the_idioms_of_mfa(t):
    """Each way to write it, with each kind of credentials: of a service that asks, and of our own."""
    for statement, *wanted in IDIOMS:
        statement = dict(statement, Action=["s3:*", "iam:ListUsers"])
        more = [allow(["s3:*", "iam:ListUsers"])] if statement["Effect"] == "Deny" else []
        user = t.user("ann", [statement] + more)
        phone = Phone(t, user.name)
        clients = (user.client, client_of(t, user.client.call("GetSessionToken")),
                   client_of(t, user.client.call("GetSessionToken", **phone.codes())))
        for client, allowed in zip(clients, wanted):
            answer = evaluate(t, subject_of(client), "s3:GetObject")
            t.equal(answer["decision"], allowed, json.dumps(statement))
            if client is clients[1]:
                error = t.fails("InvalidClientTokenId", client.call, "ListUsers", status=403)
                t.equal(error.message, INVALID)
            elif allowed:
                client.call("ListUsers")
            else:
                t.denied(client.call, "ListUsers")


# ---- what each kind of credentials may call ----------------------------------------------------------


def test_what_each_kind_may_call(t):
    user = t.user("ann", [allow("*")])
    _, role = t.role(policy=[allow("*")])
    assume = {"RoleArn": role, "RoleSessionName": "s1"}
    plain = client_of(t, user.client.call("GetSessionToken"))
    strong = client_of(t, user.client.call("GetSessionToken", **Phone(t, user.name).codes()))
    federated = client_of(t, user.client.call("GetFederationToken", Name="bob",
                                              Policy=document(allow("*"))))
    of_role = t.assume(user.client, role)
    of_root = client_of(t, t.root.call("GetSessionToken"))
    for client in (plain, federated, of_root):
        error = t.fails("InvalidClientTokenId", client.call, "ListUsers", status=403)
        t.equal(error.message, INVALID)
    for client in (strong, of_role):
        client.call("ListUsers")
    for client in (plain, strong, federated, of_role, of_root):
        who(client)
        for action in ("GetSessionToken", "GetFederationToken"):
            more = {"Name": "x1"} if action == "GetFederationToken" else {}
            error = t.denied(client.call, action, **more)
            t.equal(error.message, "Cannot call %s with session credentials" % action)
        client.call("GetScopedCredentials", DurationSeconds=60)
    for client in (plain, strong, of_role):
        client.call("AssumeRole", **assume)
    error = t.denied(federated.call, "AssumeRole", **assume)
    t.equal(error.message, "AssumeRole does not support federated user sessions")
    for client in (t.root, of_root):
        error = t.denied(client.call, "AssumeRole", **assume)
        t.equal(error.message, "Roles may not be assumed by root accounts.")


# ---- what a session stems from -----------------------------------------------------------------------


def test_sessions_end_with_their_key(t):
    """Those of a user with the key that asked; those of a role live on, and end with the role."""
    root = t.root
    name, role = t.role()
    for end in ("DeleteAccessKey", "UpdateAccessKey"):
        user = t.user("ann", [allow("*")])
        sessions = [client_of(t, user.client.call("GetSessionToken")),
                    client_of(t, user.client.call("GetFederationToken", Name="bob",
                                                  Policy=document(allow("*"))))]
        sessions.append(client_of(t, sessions[0].call("GetScopedCredentials", DurationSeconds=600)))
        of_role = t.assume(user.client, role)
        other = root.call("CreateAccessKey", UserName=user.name)["AccessKey"]
        for client in sessions:
            who(client)
        subjects = [subject_of(client) for client in sessions]
        status = {"Status": "Inactive"} if end == "UpdateAccessKey" else {}
        root.call(end, UserName=user.name, AccessKeyId=user.key_id, **status)
        for client, subject in zip(sessions, subjects):
            error = t.fails("InvalidClientTokenId", client.call, "GetCallerIdentity", status=403)
            t.equal(error.message, INVALID)
            t.equal(evaluate(t, subject, "s3:GetObject")["decision"], False)
        who(of_role)
        second = t.server.client(other["AccessKeyId"], other["SecretAccessKey"])
        who(client_of(t, second.call("GetSessionToken")))
        if end == "UpdateAccessKey":
            root.call(end, UserName=user.name, AccessKeyId=user.key_id, Status="Active")
            who(sessions[0])
    root.call("DeleteRole", RoleName=name)
    t.fails("InvalidClientTokenId", of_role.call, "GetCallerIdentity", status=403)


def test_a_derived_session_ends_with_its_parent(t):
    """S48: neither chaining nor narrowing makes a session last longer."""
    user = t.user("ann", [allow("*")])
    _, role = t.role(policy=[allow("*")], MaxSessionDuration=43200)
    assume = {"RoleArn": role, "RoleSessionName": "s1"}
    parent = client_of(t, user.client.call("GetSessionToken", DurationSeconds=900))
    made = parent.call("AssumeRole", DurationSeconds=3600, **assume)
    near(t, made, 900)
    chained = client_of(t, made)
    near(t, chained.call("AssumeRole", **assume), 900)
    near(t, chained.call("GetScopedCredentials", Policy=document(allow("*"))), 900)
    error = t.fails("ValidationError", chained.call, "AssumeRole", DurationSeconds=3601, **assume)
    t.contains(error.message, "1 hour session limit for roles assumed by role chaining")
    near(t, user.client.call("AssumeRole", DurationSeconds=43200, **assume), 43200)


@seconds(60, 60)
def test_sessions_expire(t):
    clock = Clock()
    server = t.start(env=clock.env)
    made = server.client().call("GetSessionToken", DurationSeconds=900)
    session = client_of(t, made, server)
    t.equal(session.query("GetCallerIdentity", {}, "sts", moment=clock.now()).status, 200)
    clock.set(901)
    response = session.query("GetCallerIdentity", {}, "sts", moment=clock.now())
    t.refused(response, (403,), ("ExpiredToken",))
    t.contains(response.text, "The security token included in the request is expired")
    clock.set(0)  # and stays so when the clock goes back
    t.refused(session.query("GetCallerIdentity", {}, "sts"), (400, 403))


def test_rotation_keeps_live_sessions(t):
    """Tokens that were sealed before the rotation of the master key open after it, and after a restart;
    new ones are sealed with the new generation."""
    server = t.start()
    root = server.client()
    name = t.name("ann")
    root.call("CreateUser", UserName=name)
    root.call("PutUserPolicy", UserName=name, PolicyName="all", PolicyDocument=document(allow("*")))
    key = root.call("CreateAccessKey", UserName=name)["AccessKey"]
    user = server.client(key["AccessKeyId"], key["SecretAccessKey"])
    role = root.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:root" % t.account}))["Role"]["Arn"]

    def sessions():
        made = [user.call("GetSessionToken"), user.call("GetFederationToken", Name="bob"),
                user.call("AssumeRole", RoleArn=role, RoleSessionName="s1")]
        clients = [client_of(t, one, server) for one in made]
        return clients + [client_of(t, clients[2].call("GetScopedCredentials", DurationSeconds=900),
                                    server)]

    old = sessions()
    for _ in range(2):
        done = command(server, "rotate-master-key")
        t.equal(done.returncode, 0, done.stderr)
        for client in old:
            who(client)
        old += sessions()
    server.restart()
    for client in old:
        client.drop()
        who(client)


def test_sessions_in_the_audit_record(t):
    """CloudTrail's sessionContext: who issued it, second factor, source identity."""
    user = t.user("ann", [allow("*")])
    phone = Phone(t, user.name)
    name, role = t.role(policy=[allow("*")], AssumeRolePolicyDocument=trust(
        {"AWS": user.arn}, ["sts:AssumeRole", "sts:SetSourceIdentity"]))
    of_user = {"type": "IAMUser", "principalId": user.user_id, "arn": user.arn, "accountId": t.account,
               "userName": user.name}
    of_root = {"type": "Root", "principalId": t.account, "arn": "arn:aws:iam::%s:root" % t.account,
               "accountId": t.account}
    of_role = {"type": "Role", "arn": role, "accountId": t.account, "userName": name}
    kinds = (
        (user.client.call("GetSessionToken"), "IAMUser", of_user, "false", None),
        (user.client.call("GetSessionToken", **phone.codes()), "IAMUser", of_user, "true", None),
        (user.client.call("GetFederationToken", Name="bob"), "FederatedUser", of_user, "false", None),
        (t.root.call("GetSessionToken"), "Root", of_root, "false", None),
        (user.client.call("AssumeRole", RoleArn=role, RoleSessionName="s1", SourceIdentity="ann",
                          **phone.codes()), "AssumedRole", of_role, "true", "ann"))
    for made, kind, issuer, mfa, source in kinds:
        client = client_of(t, made)
        client.call("GetCallerIdentity")
        identity = next(event["userIdentity"] for event in reversed(wait_for_audit(t, client.key_id)))
        t.equal(identity["type"], kind)
        context = identity["sessionContext"]
        got = dict(context["sessionIssuer"])
        if kind == "AssumedRole":
            t.true(got.pop("principalId").startswith("AROA"), got)
        t.equal(got, issuer, kind)
        t.equal(context["attributes"]["mfaAuthenticated"], mfa)
        t.contains(context["attributes"]["creationDate"], "T")
        t.equal(context.get("sourceIdentity"), source)
        t.true("webIdFederationData" not in context and "assumedRoot" not in context, context)


def wait_for_audit(t, key_id):
    """The records of an access key, as soon as there is one."""
    limit = time.monotonic() + 10
    while True:
        found = [event for event in t.server.audit()
                 if event["userIdentity"].get("accessKeyId") == key_id]
        if found or time.monotonic() > limit:
            return found
        time.sleep(0.02)


# ---- tokens that are not right -----------------------------------------------------------------------


def test_S18_keys_and_tokens_belong_together(t):
    user = t.user("ann", [allow("*")])
    one = client_of(t, user.client.call("GetSessionToken"))
    two = client_of(t, user.client.call("GetSessionToken"))
    client = t.server.client
    who(one)  # what is remembered of a token is for its key too
    who(two)
    for wrong, message in (
            (client(one.key_id, one.secret), INVALID + "."), (client(one.key_id, one.secret, two.token), INVALID),
            (client(two.key_id, one.secret, one.token), INVALID),
            (client(user.key_id, user.client.secret, one.token), INVALID)):
        error = t.fails("InvalidClientTokenId", wrong.call, "GetCallerIdentity", status=403)
        t.equal(error.message, message)
    error = t.fails("SignatureDoesNotMatch", client(one.key_id, two.secret, one.token).call,
                    "GetCallerIdentity", status=403)


def test_S49_S51_a_token_has_one_text(t):
    """Every kind of session: cut, changed, longer, of another server."""
    user = t.user("ann", [allow("*")])
    _, role = t.role()
    other = t.start()
    kinds = [user.client.call("GetSessionToken"),
             user.client.call("GetFederationToken", Name="bob", Policy=document(allow("*"))),
             user.client.call("AssumeRole", RoleArn=role, RoleSessionName="s1")]
    for made in kinds:
        good = client_of(t, made)
        token = good.token
        who(good)
        for at in range(0, len(token), max(1, len(token) // 40)):
            changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1:]
            for text in (changed, token[:at], token[:at] + token[at + 1:]):
                if text:
                    bad = t.server.client(good.key_id, good.secret, text)
                    t.fails("InvalidClientTokenId", bad.call, "GetCallerIdentity", status=403)
        for text in (token + "A", token + "AAAA", token + "=", token.replace("A", "=", 1), token.lower()):
            bad = t.server.client(good.key_id, good.secret, text)
            t.refused(bad.query("GetCallerIdentity", {}, "sts"), (403,),
                      ("InvalidClientTokenId", "SignatureDoesNotMatch"))
        foreign = other.client(good.key_id, good.secret, token)
        t.fails("InvalidClientTokenId", foreign.call, "GetCallerIdentity", status=403)


def test_S53_nobody_gets_credentials_without_a_signature(t):
    for action, more in (("GetSessionToken", ""), ("GetFederationToken", "&Name=bob"),
                         ("GetScopedCredentials", "&DurationSeconds=60"),
                         ("AssumeRole", "&RoleSessionName=s1&RoleArn=" + t.arn("role", "x"))):
        body = ("Action=%s&Version=2011-06-15%s" % (action, more)).encode()
        response = t.root.send("POST", "/", t.root.headers(), body)
        t.refused(response, (403,), ("MissingAuthenticationToken",))


# ---- attacks -----------------------------------------------------------------------------------------


def test_S39_derived_credentials_inherit_restrictions(t):
    """No session makes a key, or a session, that may more than it."""
    user = t.user("ann", [allow("*")])
    scoped = client_of(t, client_of(t, user.client.call(
        "GetSessionToken", **Phone(t, user.name).codes())).call(
            "GetScopedCredentials", Policy=document(allow(["iam:List*", "sts:*"]))))
    scoped.call("ListUsers")
    t.denied(scoped.call, "CreateAccessKey", UserName=user.name)
    again = client_of(t, scoped.call("GetScopedCredentials", Policy=document(allow("*"))))
    t.denied(again.call, "CreateAccessKey", UserName=user.name)


def test_S41_S42_session_policies_bind(t):
    caller = t.user("caller", [allow("sts:AssumeRole")])
    _, role = t.role(policy=[allow(["s3:*", "iam:Get*"])])
    wide = t.assume(caller.client, role, Policy=document(allow("*")))
    t.denied(wide.call, "ListUsers")  # it does not widen
    t.equal(evaluate(t, subject_of(wide), "s3:GetObject")["decision"], True)
    narrow = t.assume(caller.client, role, Policy=document(allow("s3:Get*"), deny("s3:GetBucketAcl")))
    for action, allowed in (("s3:GetObject", True), ("s3:GetBucketAcl", False), ("s3:PutObject", False)):
        t.equal(evaluate(t, subject_of(narrow), action)["decision"], allowed, action)
    for policy in ("{}", "", "{\"Version\":\"2012-10-17\"}", document(dict(allow("*"), Principal="*"))):
        t.fails(("MalformedPolicyDocument", "ValidationError"), caller.client.call, "AssumeRole",
                RoleArn=role, RoleSessionName="s1", Policy=policy, status=400)
    t.fails("PackedPolicyTooLarge", caller.client.call, "AssumeRole", RoleArn=role,
            RoleSessionName="s1", Policy=document(*[allow("s3:Get" + "x" * 100)] * 20), status=400)


def test_confused_deputy(t):
    """S44: an external ID is compared whole, and must be there."""
    vendor = t.user("vendor", [allow("sts:AssumeRole")])
    _, role = t.role(AssumeRolePolicyDocument=trust({"AWS": vendor.arn}, Condition={
        "StringEquals": {"sts:ExternalId": "customer-7"}}))
    params = {"RoleArn": role, "RoleSessionName": "s1"}
    for given in ({}, {"ExternalId": "customer-8"}, {"ExternalId": "Customer-7"},
                  {"ExternalId": "customer-77"}, {"ExternalIds": "customer-7"},
                  {"externalId": "customer-7"}):
        t.denied(vendor.client.call, "AssumeRole", **dict(params, **given))
    t.fails("ValidationError", vendor.client.call, "AssumeRole", ExternalId="*", **params)
    vendor.client.call("AssumeRole", ExternalId="customer-7", **params)


def test_tags_are_data(t):
    """A value `*` or `${aws:username}` would be a pattern if it were put into one; no tag may be so."""
    caller = t.user("caller", [allow("*")])
    _, role = t.role(policy=[allow("s3:GetObject", "arn:aws:s3:::home/${aws:PrincipalTag/team}/*")],
                     AssumeRolePolicyDocument=trust({"AWS": caller.arn},
                                                    ["sts:AssumeRole", "sts:TagSession"]))
    params = {"RoleArn": role, "RoleSessionName": "s1"}
    for value in ("*", "${aws:username}", "a?", "b*"):
        for action, more in (("AssumeRole", params), ("GetFederationToken", {"Name": "bob"})):
            error = t.fails("ValidationError", caller.client.call, action, status=400,
                            Tags=[{"Key": "team", "Value": value}], **more)
            t.contains(error.message, "failed to satisfy constraint")
    session = t.assume(caller.client, role, Tags=[{"Key": "team", "Value": "a/../b"}])
    for path, allowed in (("a/../b/x", True), ("b/x", False), ("c/x", False)):
        answer = t.root.post_json("/access/v1/evaluation", question(
            subject_of(session), "s3:GetObject", "arn:aws:s3:::home/" + path)).json()
        t.equal(answer["decision"], allowed, path)


def test_a_role_is_named_exactly(t):
    caller = t.user("caller", [allow("sts:AssumeRole")])
    name, role = t.role("Deploy", Path="/team/", AssumeRolePolicyDocument=trust({"AWS": caller.arn}))
    arn = "arn:aws:iam::%s:role" % t.account
    t.assume(caller.client, role)
    for wrong in ("%s/team/%s" % (arn, name.lower()), "%s/%s" % (arn, name),
                  "%s/Team/%s" % (arn, name), "%s/team//%s" % (arn, name),
                  "%s/team/%s/" % (arn, name), role.upper()):
        error = t.fails(("AccessDenied", "ValidationError"), caller.client.call, "AssumeRole",
                        RoleArn=wrong, RoleSessionName="s1")
        if error.code == "AccessDenied":
            t.equal(error.message, "User: %s is not authorized to perform: sts:AssumeRole on resource: "
                                   "%s" % (caller.arn, wrong))


def test_chaining_in_a_loop(t):
    """Two roles assume each other for ever; nothing grows, and the end stays where it was."""
    caller = t.user("caller", [allow("*")])
    trusted = trust({"AWS": "arn:aws:iam::%s:root" % t.account}, ["sts:AssumeRole", "sts:TagSession"])
    arns = [t.role("ring", policy=[allow("sts:*")], AssumeRolePolicyDocument=trusted)[1]
            for _ in range(2)]
    made = caller.client.call("AssumeRole", RoleArn=arns[0], RoleSessionName="s1", DurationSeconds=900,
                              Tags=[{"Key": "team", "Value": "blue"}], TransitiveTagKeys=["team"])
    size, end = len(made["Credentials"]["SessionToken"]), made["Credentials"]["Expiration"]
    for n in range(1, 13):
        made = client_of(t, made).call("AssumeRole", RoleArn=arns[n % 2], RoleSessionName="s1")
        t.true(abs(len(made["Credentials"]["SessionToken"]) - size) <= 4, "tokens grow")
        t.equal(made["Credentials"]["Expiration"], end)


def test_provided_contexts(t):
    """They need a permission, and no provider is trusted."""
    caller = t.user("caller", [allow("sts:AssumeRole")])
    contexts = [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter",
                 "ContextAssertion": "assertion"}]
    for actions, code in ((["sts:AssumeRole"], "AccessDenied"),
                          (["sts:AssumeRole", "sts:SetContext"], "InvalidContextAssertion")):
        _, role = t.role(AssumeRolePolicyDocument=trust({"AWS": caller.arn}, actions))
        error = t.fails(code, caller.client.call, "AssumeRole", RoleArn=role, RoleSessionName="s1",
                        ProvidedContexts=contexts)
        if code == "AccessDenied":
            t.contains(error.message, "sts:SetContext on resource: " + role)


# ---- tools -------------------------------------------------------------------------------------------


def subject_of(client):
    """A caller as the authorization endpoint takes it."""
    subject = {"type": "access-key", "id": client.key_id}
    return dict(subject, properties={"session_token": client.token}) if client.token else subject


def question(subject, action, resource="arn:aws:s3:::bucket/key", context=None):
    asked = {"subject": subject, "action": {"name": action}, "resource": {"type": "s3", "id": resource}}
    return dict(asked, context=context) if context else asked


def evaluate(t, subject, action, resource="arn:aws:s3:::bucket/key"):
    response = t.root.post_json("/access/v1/evaluation", question(subject, action, resource))
    if response.status != 200:
        raise ApiError(response.status, "evaluation", response.text, response)
    return response.json()


def brings(t, owner, subject, key, value):
    """Checks the value of a condition key in the decisions about subject: owner, the kind and the name
    of whose policies count, may do everything but what a condition on the key denies."""
    kind, name = owner
    for operator, allowed in (("StringNotEquals", True), ("StringEquals", False)):
        t.root.call("Put%sPolicy" % kind, **{
            kind + "Name": name, "PolicyName": "probe", "PolicyDocument": document(
                deny("s3:GetObject", Condition={operator: {key: value}}))})
        t.equal(evaluate(t, subject, "s3:GetObject")["decision"], allowed, "%s %s" % (operator, key))
    t.root.call("Delete%sPolicy" % kind, **{kind + "Name": name, "PolicyName": "probe"})
