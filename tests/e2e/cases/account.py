# SPDX-License-Identifier: Apache-2.0
"""The account as a whole: alias, password policy, summary."""

from lib.case import allow, document, trust

PASSWORD = "Correct-horse-1"
NO_POLICY = "The Password Policy with domain name %s cannot be found."
TAKEN = "The account alias %s already exists."
UPPER, LOWER, NUMBER, SYMBOL = ("Password should have at least one %s" % what for what in (
    "uppercase letter", "lowercase letter", "number", "symbol"))


def aliases(client):
    answer = client.call("ListAccountAliases")
    assert answer.keys() == {"AccountAliases", "IsTruncated"}, answer
    return answer["AccountAliases"] or []


def test_alias(t):
    """As recorded on AWS: one alias, a new one takes its place, one that is held is refused."""
    server = t.start()
    client = server.client()
    t.equal(aliases(client), [])
    t.equal(client.call("CreateAccountAlias", AccountAlias="first-name"), {})
    t.equal(aliases(client), ["first-name"])
    error = t.fails("EntityAlreadyExists", client.call, "CreateAccountAlias",
                    AccountAlias="first-name", status=409)
    t.equal(error.message, TAKEN % "first-name")
    client.call("CreateAccountAlias", AccountAlias="abc")
    t.equal(aliases(client), ["abc"])
    error = t.fails("NoSuchEntity", client.call, "DeleteAccountAlias", AccountAlias="first-name",
                    status=404)
    t.equal(error.message, "The account alias first-name cannot be found.")
    server.kill()
    server.start()
    client = server.client()
    t.equal(aliases(client), ["abc"])
    t.equal(client.call("DeleteAccountAlias", AccountAlias="abc"), {})
    t.equal(aliases(client), [])
    t.fails("NoSuchEntity", client.call, "DeleteAccountAlias", AccountAlias="abc", status=404)


def test_alias_forms(t):
    for alias in ("ab", "a" * 64, "Abc", "-abc", "abc-", "a--b", "a_b", "a.b", "ab c", "äbc"):
        t.fails("ValidationError", t.root.call, "CreateAccountAlias", AccountAlias=alias, status=400)
    t.fails("InvalidInput", t.root.call, "CreateAccountAlias", AccountAlias="123456789012",
            status=400)
    for alias in ("abc", "a" * 63, "a-b", "0-1", "1234567890123"):
        t.root.call("CreateAccountAlias", AccountAlias=alias)
    t.root.call("DeleteAccountAlias", AccountAlias="1234567890123")


def policy(t):
    return t.root.call("GetAccountPasswordPolicy")["PasswordPolicy"]


def test_password_policy(t):
    """Members and defaults as recorded on AWS."""
    error = t.fails("NoSuchEntity", policy, t, status=404)
    t.equal(error.message, NO_POLICY % t.account)
    t.fails("NoSuchEntity", t.root.call, "DeleteAccountPasswordPolicy", status=404)
    t.equal(t.root.call("UpdateAccountPasswordPolicy"), {})
    plain = {"MinimumPasswordLength": "6", "RequireSymbols": "false", "RequireNumbers": "false",
             "RequireUppercaseCharacters": "false", "RequireLowercaseCharacters": "false",
             "AllowUsersToChangePassword": "false", "ExpirePasswords": "false"}
    t.equal(policy(t), plain)
    t.root.call("UpdateAccountPasswordPolicy", MinimumPasswordLength=128, RequireSymbols=True,
                RequireNumbers=True, RequireUppercaseCharacters=True,
                RequireLowercaseCharacters=True, AllowUsersToChangePassword=True,
                MaxPasswordAge=1095, PasswordReusePrevention=24, HardExpiry=True)
    full = {name: "true" for name in plain}
    full.update(MinimumPasswordLength="128", MaxPasswordAge="1095", PasswordReusePrevention="24",
                HardExpiry="true")
    t.equal(policy(t), full)
    t.root.call("UpdateAccountPasswordPolicy")
    t.equal(policy(t), plain)
    t.root.call("DeleteAccountPasswordPolicy")
    t.fails("NoSuchEntity", policy, t, status=404)


def test_password_policy_bounds(t):
    """All that is out of bounds is told at once, in the order recorded on AWS."""
    error = t.fails("ValidationError", t.root.call, "UpdateAccountPasswordPolicy", status=400,
                    MaxPasswordAge=1096, PasswordReusePrevention=25, MinimumPasswordLength=129)
    t.equal(error.message, "3 validation errors detected: " + "; ".join(
        "Value at '%s' failed to satisfy constraint: Member must have value less than or equal to %d"
        % pair for pair in (("minimumPasswordLength", 128), ("passwordReusePrevention", 24),
                            ("maxPasswordAge", 1095))))
    for name, value in (("MinimumPasswordLength", 5), ("PasswordReusePrevention", 0),
                        ("MaxPasswordAge", 0)):
        t.fails("ValidationError", t.root.call, "UpdateAccountPasswordPolicy", status=400,
                **{name: value})
    t.fails("NoSuchEntity", policy, t, status=404)


def refused(t, name, password):
    return t.fails("PasswordPolicyViolation", t.root.call, "CreateLoginProfile", UserName=name,
                   Password=password, status=400).message


def test_password_policy_is_enforced(t):
    name = t.user("pat").name
    t.contains(refused(t, name, "abcdefgh"), "Password should meet 2 more", "the default policy")
    t.root.call("UpdateAccountPasswordPolicy", MinimumPasswordLength=10,
                RequireUppercaseCharacters=True, RequireSymbols=True)
    try:
        t.equal(refused(t, name, "Ab-456789"), "Password should have a minimum length of 10")
        t.equal(refused(t, name, "ab-4567890"), UPPER)
        t.equal(refused(t, name, "ab45678901"), UPPER + ", " + SYMBOL)
        t.root.call("CreateLoginProfile", UserName=name, Password="A---------")
        t.root.call("UpdateAccountPasswordPolicy", RequireLowercaseCharacters=True,
                    RequireNumbers=True)
        error = t.fails("PasswordPolicyViolation", t.root.call, "UpdateLoginProfile", UserName=name,
                        Password="A---------", status=400)
        t.equal(error.message, LOWER + ", " + NUMBER)
        t.root.call("UpdateLoginProfile", UserName=name, Password="a1    ")
    finally:
        t.root.call("DeleteAccountPasswordPolicy")
    error = t.fails("PasswordPolicyViolation", t.root.call, "UpdateLoginProfile", UserName=name,
                    Password="a1    ", status=400)
    t.equal(error.message, "Password should have a minimum length of 8")


def numbers(client):
    return {key: int(value) for key, value in client.call("GetAccountSummary")["SummaryMap"].items()}


def test_summary(t):
    """The keys, and the numbers that do not depend on the account, as recorded on AWS."""
    server = t.start()
    client = server.client()
    before = numbers(client)
    fixed = {
        "AccessKeysPerUserQuota": 2, "AccountMFAEnabled": 0, "AccountPasswordPresent": 0,
        "AccountSigningCertificatesPresent": 0, "AssumeRolePolicySizeQuota": 2048,
        "AttachedPoliciesPerGroupQuota": 10, "AttachedPoliciesPerRoleQuota": 10,
        "AttachedPoliciesPerUserQuota": 10, "GlobalEndpointTokenVersion": 1,
        "GroupPolicySizeQuota": 5120, "GroupsPerUserQuota": 10, "GroupsQuota": 300,
        "InstanceProfilesQuota": 1000, "MFADevices": 0, "MFADevicesInUse": 0,
        "PoliciesQuota": 1500, "PolicySizeQuota": 6144, "PolicyVersionsInUseQuota": 10000,
        "Providers": 0, "RolePolicySizeQuota": 10240, "RolesQuota": 1000, "ServerCertificates": 0,
        "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2,
        "UserPolicySizeQuota": 2048, "UsersQuota": 5000, "VersionsPerPolicyQuota": 5}
    counted = {"AccountAccessKeysPresent": 1, "Groups": 0, "InstanceProfiles": 0, "Policies": 0,
               "PolicyVersionsInUse": 0, "Roles": 0, "Users": 0}
    t.equal(before, {**fixed, **counted})
    client.call("CreateUser", UserName="u")
    client.call("CreateGroup", GroupName="g")
    client.call("CreateInstanceProfile", InstanceProfileName="i")
    text = document(allow("s3:GetObject"))
    arn = client.call("CreatePolicy", PolicyName="p", PolicyDocument=text)["Policy"]["Arn"]
    client.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text)
    client.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust({"AWS": server.account}))
    client.call("AttachUserPolicy", UserName="u", PolicyArn=arn)
    client.call("AttachGroupPolicy", GroupName="g", PolicyArn=arn)
    client.call("PutRolePermissionsBoundary", RoleName="r",
                PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
    after = numbers(client)
    t.equal({key: after[key] - before[key] for key in before if after[key] != before[key]},
            {"Users": 1, "Groups": 1, "InstanceProfiles": 1, "Policies": 1, "Roles": 1,
             "PolicyVersionsInUse": 2})


def test_who_may(t):
    """Each operation needs its own permission, and is told so with the resource "*"."""
    calls = {"CreateAccountAlias": {"AccountAlias": "some-name"},
             "DeleteAccountAlias": {"AccountAlias": "some-name"}, "ListAccountAliases": {},
             "UpdateAccountPasswordPolicy": {}, "GetAccountPasswordPolicy": {},
             "DeleteAccountPasswordPolicy": {}, "GetAccountSummary": {}}
    for action, params in calls.items():
        user = t.user("pat", [allow("iam:" + action)])
        for other in calls:
            if other != action:
                error = t.denied(user.client.call, other, **calls[other])
                t.contains(error.message, "is not authorized to perform: iam:%s on resource: * because"
                           % other, "the sentence")
    order = ("CreateAccountAlias", "ListAccountAliases", "DeleteAccountAlias",
             "UpdateAccountPasswordPolicy", "GetAccountPasswordPolicy",
             "DeleteAccountPasswordPolicy", "GetAccountSummary")
    for action in order:
        t.user("pat", [allow("iam:" + action)]).client.call(action, **calls[action])
