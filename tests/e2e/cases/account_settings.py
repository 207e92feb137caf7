# SPDX-License-Identifier: Apache-2.0
"""What an account has chosen for itself: properties, tokens of STS, tokens for others; and what its
organization has turned on."""

import re

from lib.case import allow, deny, trust
from lib.wire import FORM, entries

PREFERENCES = "SetSecurityTokenServicePreferences"
ENABLE = "EnableOutboundWebIdentityFederation"
DISABLE = "DisableOutboundWebIdentityFederation"
INFO = "GetOutboundWebIdentityFederationInfo"
FEATURES = ["ListOrganizationsFeatures"] + [verb + "OrganizationsRoot" + feature for verb in (
    "Enable", "Disable") for feature in ("CredentialsManagement", "Sessions")]
ROLE = "AWSServiceRoleForIAMRoleManager"
PATH = "/aws-service-role/role-manager.iam.amazonaws.com/"
POLICY = "AWSIAMRoleManagerServiceRolePolicy"
CONDITION = "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must "
DENIAL = "User: %s is not authorized to perform: iam:%s on resource: %s"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def put(client, value="true", **more):
    return client.call("PutAccountProperties",
                       Properties=entries(dict({"RoleManager/Enabled": value}, **more)))


def properties(client):
    return client.call("GetAccountProperties")["Properties"]


def managers(client):
    return client.call("ListRoles", PathPrefix=PATH)["Roles"] or []


def version(client):
    return client.call("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"]


def test_role_manager(t):
    """The setting, and the role that comes with it; answers as recorded on AWS."""
    server = t.start()
    client = server.client()
    t.equal(properties(client), {"RoleManager/Enabled": "false"})
    t.equal(put(client, "false"), {})
    t.equal((properties(client), managers(client)), ({"RoleManager/Enabled": "false"}, []))
    t.equal(put(client), {})
    t.equal(properties(client), {"RoleManager/Enabled": "true"})
    role = managers(client)[0]
    t.equal((role["RoleName"], role["Path"], role["MaxSessionDuration"], "Description" in role),
            (ROLE, PATH, "3600", False))
    t.equal(client.call("ListAttachedRolePolicies", RoleName=ROLE)["AttachedPolicies"],
            [{"PolicyName": POLICY, "PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/" + POLICY}])
    put(client)
    t.equal(managers(client), [role], "the role is kept")
    server.kill()
    server.start()
    client = server.client()
    t.equal(properties(client), {"RoleManager/Enabled": "true"})
    put(client, "false")
    t.equal((properties(client), managers(client)), ({"RoleManager/Enabled": "false"}, [role]))
    client.call("DeleteServiceLinkedRole", RoleName=ROLE)
    put(client)
    t.true(managers(client)[0]["RoleId"] != role["RoleId"], "the same role again")


def test_a_role_that_has_the_name(t):
    """It is not taken for that of the role manager, and nothing is changed."""
    server = t.start()
    client = server.client()
    client.call("CreateRole", RoleName=ROLE.lower(),
                AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    error = t.fails("InvalidInput", put, client, status=400)
    t.contains(error.message, "has been taken in this account")
    t.equal(properties(client), {"RoleManager/Enabled": "false"})
    put(client, "false")


def test_properties_that_are_refused(t):
    """The sentences as recorded on AWS; an extra property of the namespace is ignored."""
    def refused(message, **given):
        names = {key.replace("__", "/"): value for key, value in given.items()}
        error = t.fails("InvalidInput", t.root.call, "PutAccountProperties", status=400,
                        Properties=entries(names))
        t.equal(error.message, message)

    refused("Property key must be in format Namespace/PropertyName: RoleManager",
            RoleManager="false")
    refused("RoleManager namespace requires Enabled property", RoleManager__Enabled__Other="false")
    refused("RoleManager namespace requires Enabled property", RoleManager__Other="false")
    refused("RoleManager namespace requires Enabled property", RoleManager__="false")
    refused("Unsupported namespace: Other", Other__Enabled="false")
    refused("Unsupported namespace: rolemanager", rolemanager__Enabled="false")
    refused("All properties must belong to the same namespace", RoleManager__Enabled="false",
            Other__Enabled="false")
    for value in ("FALSE", "false ", "0", "True", "TRUE"):
        refused("Enabled must be 'true' or 'false'", RoleManager__Enabled=value)
    put(t.root, "false", **{"RoleManager/Other": "x"})
    t.equal(properties(t.root), {"RoleManager/Enabled": "false"})
    t.equal(managers(t.root), [])


def test_properties_that_break_a_constraint(t):
    for nothing in ({}, {"Properties": ""}):
        error = t.fails("ValidationError", t.root.call, "PutAccountProperties", status=400, **nothing)
        t.equal(error.message, CONDITION % "properties" + "not be null")
    for key, value, words in (
            ("/Enabled", "false", "Map keys must satisfy constraint: ["),
            ("1a/b", "false", "Map keys must satisfy constraint: ["),
            ("a" * 51, "false", "Map keys must satisfy constraint: ["),
            ("RoleManager/Enabled", "", "Map value must satisfy constraint: ["),
            ("RoleManager/Enabled", "x" * 1025, "Map value must satisfy constraint: [")):
        error = t.fails("ValidationError", t.root.call, "PutAccountProperties",
                        Properties=entries({key: value}), status=400)
        t.contains(error.message, words)


def test_who_may_set_properties(t):
    """Turning the role manager on needs the permission to make its role, whether or not it is there."""
    role = "arn:aws:iam::%s:role%s%s" % (t.account, PATH, ROLE)
    both = ["iam:PutAccountProperties", "iam:GetAccountProperties"]
    user = t.user("pat", [allow(both), deny("iam:CreateServiceLinkedRole")])
    error = t.denied(put, user.client)
    t.equal(error.message, DENIAL % (user.arn, "CreateServiceLinkedRole", role)
            + " with an explicit deny in an identity-based policy")
    t.equal((properties(t.root), managers(t.root)), ({"RoleManager/Enabled": "false"}, []))
    put(user.client, "false")
    t.denied(put, user.client, "true", **{"RoleManager/Other": "false"})
    for resource, service, may in ((role + "x", "role-manager.iam.amazonaws.com", False),
                                   (role, "ec2.amazonaws.com", False),
                                   (role, "role-manager.iam.amazonaws.com", True)):
        other = t.user("pam", [allow(both), allow(
            "iam:CreateServiceLinkedRole", resource,
            Condition={"StringEquals": {"iam:AWSServiceName": service}})])
        if may:
            put(other.client)
        else:
            t.denied(put, other.client)
    t.equal(properties(user.client), {"RoleManager/Enabled": "true"})
    t.denied(put, user.client)
    put(user.client, "false")
    nobody = t.user("ned", [allow("iam:CreateServiceLinkedRole")])
    error = t.denied(put, nobody.client, "false")
    t.contains(error.message, DENIAL % (nobody.arn, "PutAccountProperties", "*"))
    error = t.denied(properties, nobody.client)
    t.contains(error.message, DENIAL % (nobody.arn, "GetAccountProperties", "*"))


def test_namespaces_are_a_condition_key(t):
    def scoped(name, operator="ForAnyValue:StringEquals"):
        condition = {operator: {"iam:AccountPropertyNamespaces": name}}
        return t.user("nia", [allow(["iam:PutAccountProperties", "iam:GetAccountProperties"],
                                    Condition=condition)]).client

    client = scoped("RoleManager")
    t.equal(properties(client), {"RoleManager/Enabled": "false"})
    put(client, "false")
    put(client, "false", **{"RoleManager/Other": "x"})
    t.denied(client.call, "PutAccountProperties", Properties=entries({"Other/Enabled": "false"}))
    t.fails("InvalidInput", put, client, "false", **{"Other/Enabled": "x"})
    all_values = scoped("RoleManager", "ForAllValues:StringEquals")
    put(all_values, "false")
    t.denied(put, all_values, "false", **{"Other/Enabled": "x"})
    for client in (scoped("Other"), scoped("RoleManager", "StringEquals")):
        t.denied(properties, client)
        t.denied(put, client, "false")


def test_preferences_of_sts(t):
    server = t.start()
    client = server.client()
    t.equal(version(client), "1")
    t.equal(client.call(PREFERENCES, GlobalEndpointTokenVersion="v2Token"), {})
    t.equal(version(client), "2")
    client.call(PREFERENCES, GlobalEndpointTokenVersion="v2Token")
    for value in ("v3Token", "V2Token", "v2token", "", "2"):
        error = t.fails("ValidationError", client.call, PREFERENCES, status=400,
                        GlobalEndpointTokenVersion=value)
        t.equal(error.message, CONDITION % "globalEndpointTokenVersion"
                + "satisfy enum value set: [v2Token, v1Token]")
    error = t.fails("ValidationError", client.call, PREFERENCES, status=400)
    t.equal(error.message, CONDITION % "globalEndpointTokenVersion" + "not be null")
    server.kill()
    server.start()
    client = server.client()
    t.equal(version(client), "2")
    client.call(PREFERENCES, GlobalEndpointTokenVersion="v1Token")
    t.equal(version(client), "1")


def by_name(client, host):
    """The same caller, who addresses the endpoint by that name."""
    client.headers = lambda content_type=FORM: [("Host", host), ("Content-Type", content_type)]
    return client


def test_sessions_are_good_in_all_regions(t):
    """Whichever version is chosen, and by whatever name STS was asked for them."""
    _, role = t.role("tokens")
    user = t.user("tom", [allow("sts:AssumeRole")])
    own = t.server.host_header
    for chosen in ("v1Token", "v2Token", "v1Token"):
        t.root.call(PREFERENCES, GlobalEndpointTokenVersion=chosen)
        for host in (own, "sts.amazonaws.com", "sts.eu-west-1.amazonaws.com"):
            session = t.assume(by_name(user.client, host), role)
            for region in ("us-east-1", "ap-east-1"):
                session.region = region
                session.call("GetCallerIdentity")
                by_name(session, host).call("GetCallerIdentity")


def test_the_global_endpoint_is_not_told_apart(t):
    """What AWS refuses there with InvalidAction is answered as elsewhere."""
    t.root.query(ENABLE)
    user = t.user("tom", [allow("sts:*")])
    glob = by_name(user.client, "sts.amazonaws.com")
    token = glob.call("GetWebIdentityToken", service="sts", Audience=["a"], SigningAlgorithm="ES384")
    t.equal(set(token), {"WebIdentityToken", "Expiration"})
    keys = glob.call("GetSessionToken")["Credentials"]
    session = t.server.client(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    t.contains(by_name(session, "sts.amazonaws.com").call(
        "GetScopedCredentials", DurationSeconds=60)["Credentials"]["AccessKeyId"], "ASIA")
    t.denied(glob.call, "AssumeRoot", service="sts", TargetPrincipal="444455556666", TaskPolicyArn={
        "arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"})
    t.root.call(DISABLE)


def test_outbound_federation(t):
    """Errors as recorded on AWS; the issuer outlives being turned off, and a restart."""
    server = t.start()
    client = server.client()
    off = "Outbound identity federation is disabled for account " + server.account
    for action in (INFO, DISABLE):
        t.equal(t.fails("FeatureDisabled", client.call, action, status=404).message, off)
    made = client.call(ENABLE)
    t.equal(list(made), ["IssuerIdentifier"])
    issuer = made["IssuerIdentifier"]
    t.true(re.fullmatch(re.escape(server.url) + "/oidc/" + UUID, issuer), issuer)
    t.equal(client.call(INFO), {"IssuerIdentifier": issuer, "JwtVendingEnabled": "true"})
    error = t.fails("FeatureEnabled", client.call, ENABLE, status=409)
    t.equal(error.message,
            "Outbound identity federation is already enabled for account " + server.account)
    server.kill()
    server.start()
    client = server.client()
    t.equal(client.call(INFO)["IssuerIdentifier"].rpartition("/")[2], issuer.rpartition("/")[2])
    t.equal(client.call(DISABLE), {})
    for action in (INFO, DISABLE):
        t.equal(t.fails("FeatureDisabled", client.call, action, status=404).message, off)
    t.equal(client.call(ENABLE)["IssuerIdentifier"].rpartition("/")[2], issuer.rpartition("/")[2])
    other = t.start().client().call(ENABLE)["IssuerIdentifier"]
    t.true(other.rpartition("/")[2] != issuer.rpartition("/")[2], "two accounts have one issuer")


def test_the_issuer_is_below_the_url_of_the_server(t):
    server = t.start(extra=["--url", "https://iam.example.com"])
    issuer = server.client().call(ENABLE)["IssuerIdentifier"]
    t.true(issuer.startswith("https://iam.example.com/oidc/"), issuer)


def test_settings_do_not_touch_each_other(t):
    server = t.start()
    client = server.client()
    issuer = client.call(ENABLE)["IssuerIdentifier"]
    client.call(PREFERENCES, GlobalEndpointTokenVersion="v2Token")
    put(client)
    client.call(DISABLE)
    t.equal((version(client), properties(client)), ("2", {"RoleManager/Enabled": "true"}))
    put(client, "false")
    client.call(PREFERENCES, GlobalEndpointTokenVersion="v1Token")
    t.fails("FeatureDisabled", client.call, INFO)
    t.equal(client.call(ENABLE)["IssuerIdentifier"], issuer)
    t.equal((version(client), properties(client)), ("1", {"RoleManager/Enabled": "false"}))


def test_an_account_without_an_organization(t):
    for action in FEATURES:
        error = t.fails("OrganizationNotFoundException", t.root.call, action, status=400)
        t.equal(error.message, "Organization not found for input account %s." % t.account)


def test_who_may(t):
    """Each operation needs its own permission, and is told so with the resource "*"."""
    calls = {PREFERENCES: {"GlobalEndpointTokenVersion": "v1Token"}, ENABLE: {}, INFO: {}, DISABLE: {},
             **{action: {} for action in FEATURES}}
    for action, params in calls.items():
        user = t.user("pat", [allow("iam:" + action)])
        for other, others in calls.items():
            if other != action:
                error = t.denied(user.client.call, other, **others)
                t.equal(error.message, DENIAL % (user.arn, other, "*")
                        + " because no identity-based policy allows the iam:%s action" % other)
        if action in FEATURES:
            t.fails("OrganizationNotFoundException", user.client.call, action)
        else:
            user.client.call(action, **params)
