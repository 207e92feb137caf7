# SPDX-License-Identifier: Apache-2.0
"""What AWS was seen to answer in 2025 and 2026 where its documents are silent or say otherwise."""

from lib.case import allow, deny, document, trust
from lib.wire import FORM, form, parse_error

CONDITION = "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must "


def raw(t, action, *pairs, client=None, service="iam", headers=(), version="2010-05-08"):
    """A POST of exactly these parameters, in their order, signed."""
    client = client or t.root
    given = [("Action", action)] + ([("Version", version)] if version else [])
    body = form(given + list(pairs))
    signed = client.signer(service).sign_headers("POST", "/", client.headers(FORM) + list(headers),
                                                 body)
    return client.send("POST", "/", signed, body)


def answers(t, response, status, code, message):
    error = parse_error(response)
    t.equal((error.status, error.code, error.message), (status, code, message))


def tag(index, key="k", value="v"):
    return [("Tags.member.%s.Key" % index, key), ("Tags.member.%s.Value" % index, value)]


def test_indexes_of_lists(t):
    who = t.user("alice")
    tagged = ("UserName", who.name)
    for good in (tag("01"), [("Tags.member.1.Key", "k"), ("Tags.member.01.Value", "v")],
                 tag("1") + [("Tags.member.1.Other", "x")], tag("1") + [("Path", "/x/")]):
        t.equal(raw(t, "TagUser", tagged, *good).status, 200, repr(good))
    null = "Value at 'tags.%d.member.%s' failed to satisfy constraint: Member must not be null"
    for index, count in (("2", 1), ("3", 2), ("10", 5), ("11", 5), ("+1", 1), ("one", 1)):
        clauses = [null % (i, member) for i in range(1, count + 1) for member in ("value", "key")]
        answers(t, raw(t, "TagUser", tagged, *tag(index)), 400, "ValidationError",
                "%d validation errors detected: %s" % (2 * count, "; ".join(clauses)))
    for index, text in (("49", "Excessively sparse input would skip 48 list elements"),
                        ("50", "Excessively sparse input would skip 49 list elements"),
                        ("51", "Excessively sparse input would skip 50 list elements"),
                        ("0", "0 is not a valid index"),
                        ("-1", "Key -1 may not have a leading '-'"),
                        ("1.0", "Two index elements may not occur back to back")):
        answers(t, raw(t, "TagUser", tagged, *tag(index)), 400, "MalformedInput", text)
    answers(t, raw(t, "UntagUser", tagged, ("TagKeys.member.+1", "k")), 400, "MalformedInput",
            "Start of list found where not expected")
    answers(t, raw(t, "UntagUser", tagged, ("TagKeys.member.1", "!")), 400, "ValidationError",
            CONDITION % "tagKeys" + "satisfy constraint: [Member must have length less than or equal "
            "to 128, Member must have length greater than or equal to 1, Member must satisfy regular "
            "expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]")


def test_input_is_checked_before_the_caller_is_authorized(t):
    nobody = t.user("nobody").client
    answers(t, raw(t, "TagUser", ("UserName", "x"), *tag("0"), client=nobody), 400,
            "MalformedInput", "0 is not a valid index")
    answers(t, raw(t, "TagUser", ("UserName", "x"), *tag("1", "!"), client=nobody), 400,
            "ValidationError", CONDITION % "tags.1.member.key" +
            "satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+")


def test_numbers_and_truth_values(t):
    for value in ("1", "01", "+1"):
        t.equal(raw(t, "ListUsers", ("MaxItems", value)).status, 200, value)
    for value in (" 1 ", "1.0", "1e0", "2147483648"):
        t.equal(parse_error(raw(t, "ListUsers", ("MaxItems", value))).code, "MalformedInput", value)
    answers(t, raw(t, "ListUsers", ("MaxItems", "0")), 400, "ValidationError",
            CONDITION % "maxItems" + "have value greater than or equal to 1")
    for value in ("true", "false", "1", "0"):
        t.equal(raw(t, "ListPolicies", ("OnlyAttached", value)).status, 200, value)
    for value in ("True", "TRUE", " true", "", "null"):
        t.equal(parse_error(raw(t, "ListPolicies", ("OnlyAttached", value))).code, "MalformedInput",
                value)


def test_a_version_is_needed(t):
    answers(t, raw(t, "ListUsers", version=None), 400, "InvalidAction",
            "Could not find operation ListUsers for version NO_VERSION_SPECIFIED")
    answers(t, raw(t, "GetCallerIdentity", version=None, service="sts"), 400, "InvalidAction",
            "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED")


def test_json_for_who_accepts_it(t):
    accept = [("Accept", "application/json")]
    response = raw(t, "GetCallerIdentity", service="sts", version="2011-06-15", headers=accept)
    t.equal((response.status, response.header("Content-Type")), (200, "application/json"))
    whole = response.json()["GetCallerIdentityResponse"]
    t.equal(whole["GetCallerIdentityResult"]["Account"], t.account)
    t.equal(whole["ResponseMetadata"]["RequestId"], response.header("x-amzn-RequestId"))
    response = raw(t, "AssumeRole", service="sts", version="2011-06-15", headers=accept)
    t.equal(response.status, 400)
    error = response.json()["Error"]
    t.equal((error["Type"], error["Code"]), ("Sender", "ValidationError"))


def test_what_a_wrong_signature_is_told(t):
    who = t.user("alice")
    wrong = t.server.client(who.key_id, "x" * 40)
    answers(t, raw(t, "GetCallerIdentity", service="sts", version="2011-06-15", client=wrong), 403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.")
    t.contains(parse_error(raw(t, "ListUsers", client=wrong)).message,
               "The Canonical String for this request should have been")


TWINS = "Duplicate tag keys found. Please note that Tag keys are case insensitive."


def test_tags_are_judged_after_the_caller(t):
    user = t.name("tagged")
    t.root.call("CreateUser", UserName=user)
    nobody = t.user("nobody").client
    reserved = tag(1, "aws:reserved")
    twice = tag(1, "team", "a") + tag(2, "team", "b")
    cases = ((reserved, "Tag keys beginning with aws: are reserved for system use."),
             (tag(1, "AWS:x"), "Tag keys beginning with aws: are reserved for system use."),
             (twice, TWINS), (tag(1, "team") + tag(2, "TEAM"), TWINS),
             (twice + tag(3, "aws:x"), "Tag keys beginning with aws: are reserved for system use."),
             ([("Tags", "")], "Error occurred while validating input. "))
    for tags, message in cases:
        response = raw(t, "TagUser", ("UserName", user), *tags, client=nobody)
        t.equal(parse_error(response).code, "AccessDenied", repr(tags))
        answers(t, raw(t, "TagUser", ("UserName", user), *tags), 400, "InvalidInput", message)
    t.equal(raw(t, "TagUser", ("UserName", user), *tag(1, "k", "aws:v")).status, 200)
    t.equal(raw(t, "UntagUser", ("UserName", user), ("TagKeys", "")).status, 200)
    t.equal(raw(t, "UntagUser", ("UserName", user), ("TagKeys.member.1", "aws:x"),
                ("TagKeys.member.2", "aws:x")).status, 200)


def test_the_last_of_equal_tags_is_decided_on(t):
    user = t.name("tagged")
    t.root.call("CreateUser", UserName=user)
    caller = t.user("tagger", [allow("iam:TagUser", Condition={
        "StringEquals": {"aws:RequestTag/team": "approved"}})]).client
    for other in ("team", "TEAM"):
        response = raw(t, "TagUser", ("UserName", user), *tag(1, "team", "approved"),
                       *tag(2, other, "other"), client=caller)
        t.equal(parse_error(response).code, "AccessDenied", other)
        answers(t, raw(t, "TagUser", ("UserName", user), *tag(1, "team", "other"),
                       *tag(2, other, "approved"), client=caller), 400, "InvalidInput", TWINS)


def test_tag_keys_of_policies_have_their_case(t):
    keys = ["z", "abc", "a", "b"]
    made = t.root.call("CreatePolicy", PolicyName=t.name("p"), PolicyDocument=document(allow("s3:*")),
                       Tags=[{"Key": key, "Value": "v"} for key in keys])["Policy"]
    t.equal([one["Key"] for one in made["Tags"]], keys, "as they were sent")
    arn = made["Arn"]
    t.equal([one["Key"] for one in t.root.call("ListPolicyTags", PolicyArn=arn)["Tags"]],
            ["a", "b", "z", "abc"])
    page = t.root.call("ListPolicyTags", PolicyArn=arn, MaxItems=3)
    t.equal([one["Key"] for one in t.root.call("ListPolicyTags", PolicyArn=arn,
                                               Marker=page["Marker"])["Tags"]], ["abc"])
    both = [{"Key": "stage", "Value": "test"}, {"Key": "STAGE", "Value": "prod"}]
    t.root.call("TagPolicy", PolicyArn=arn, Tags=both)
    t.root.call("UntagPolicy", PolicyArn=arn, TagKeys=keys)
    t.equal(sorted(one["Key"] for one in t.root.call("ListPolicyTags", PolicyArn=arn)["Tags"]),
            ["STAGE", "stage"])
    error = t.fails("InvalidInput", t.root.call, "TagPolicy", PolicyArn=arn, status=400,
                    Tags=[{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}])
    t.equal(error.message, "Duplicate tag keys found.")
    # One condition key has both values, and no operator for one value takes any of them.
    for value in ("test", "prod"):
        caller = t.user("reader", [allow("iam:GetPolicy", Condition={
            "StringEquals": {"aws:ResourceTag/stage": value}})]).client
        t.denied(caller.call, "GetPolicy", PolicyArn=arn)
    caller = t.user("reader", [allow("iam:GetPolicy", Condition={
        "ForAnyValue:StringEquals": {"aws:ResourceTag/stage": "prod"}})]).client
    caller.call("GetPolicy", PolicyArn=arn)


def test_policies_that_cannot_be_named_so(t):
    user, (role, _) = t.name("alice"), t.role()
    t.root.call("CreateUser", UserName=user)
    for action, who in (("AttachUserPolicy", {"UserName": user}),
                        ("AttachRolePolicy", {"RoleName": role})):
        error = t.fails("ValidationError", t.root.call, action, PolicyArn="longpolicynamebutnoarn",
                        status=400, **who)
        t.equal(error.message, "Invalid ARN:  Could not be parsed!")
        error = t.fails("ValidationError", t.root.call, action, status=400,
                        PolicyArn="arn:aws-cn:iam::aws:policy/ReadOnlyAccess", **who)
        t.equal(error.message, "Invalid ARN partition: aws-cn")


def test_prefixes_of_paths(t):
    error = t.fails("ValidationError", t.root.call, "ListPolicies", PathPrefix="/a", status=400)
    t.equal(error.message, "The specified value for pathPrefix is invalid. It must begin with the / "
            "character and contain only alphanumeric characters and/or / characters.")
    t.root.call("ListUsers", PathPrefix="/a")


def test_markers_of_nobody(t):
    for action in ("ListUsers", "ListPolicies", "ListRoles"):
        error = t.fails("ValidationError", t.root.call, action, Marker="nobody", status=400)
        t.equal(error.message, "Invalid Marker.")


def test_policies_by_use(t):
    path = "/%s/" % t.name("use")
    free, attached, bounding = [t.policy("p", allow("s3:*"), Path=path) for _ in range(3)]
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user, PermissionsBoundary=bounding)
    t.root.call("AttachUserPolicy", UserName=user, PolicyArn=attached)

    def listed(**params):
        found = t.root.call("ListPolicies", Scope="Local", PathPrefix=path, **params)["Policies"]
        return sorted(one["Arn"] for one in found)
    for usage in ("PermissionsPolicy", "PermissionsBoundary"):
        t.equal(listed(PolicyUsageFilter=usage), sorted((free, attached, bounding)), usage)
        t.equal(listed(PolicyUsageFilter=usage, OnlyAttached=False),
                sorted((free, attached, bounding)), usage)
    t.equal(listed(OnlyAttached=True), sorted((attached, bounding)))
    t.equal(listed(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy"), [attached])
    t.equal(listed(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary"), [bounding])


def test_names_of_inline_policies(t):
    user, group, (role, _) = t.name("alice"), t.name("devs"), t.role()
    t.root.call("CreateUser", UserName=user)
    t.root.call("CreateGroup", GroupName=group)
    for kind, plural, who in (("User", "UserPolicies", {"UserName": user}),
                              ("Group", "GroupPolicies", {"GroupName": group}),
                              ("Role", "RolePolicies", {"RoleName": role})):
        old, new = document(allow("s3:GetObject")), document(allow("s3:PutObject"))
        t.root.call("Put%sPolicy" % kind, PolicyName="MixedName", PolicyDocument=old, **who)
        t.root.call("Put%sPolicy" % kind, PolicyName="mixedname", PolicyDocument=new, **who)
        t.equal(t.root.call("List" + plural, **who)["PolicyNames"], ["MixedName"], kind)
        got = t.root.call("Get%sPolicy" % kind, PolicyName="MIXEDname", **who)
        t.equal(got["PolicyName"], "MIXEDname", kind)
        t.contains(got["PolicyDocument"], "PutObject")
        t.root.call("Delete%sPolicy" % kind, PolicyName="mixedNAME", **who)
        t.fails("NoSuchEntity", t.root.call, "Get%sPolicy" % kind, PolicyName="MixedName", **who)


def test_boundaries_that_are_not_there(t):
    boundary = t.policy("boundary", allow("s3:*"))
    user, (role, _) = t.name("alice"), t.role()
    t.root.call("CreateUser", UserName=user)
    for kind, who in (("User", {"UserName": user}), ("Role", {"RoleName": role})):
        delete = "Delete%sPermissionsBoundary" % kind
        t.fails("NoSuchEntity", t.root.call, delete, status=404, **who)
        t.root.call("Put%sPermissionsBoundary" % kind, PermissionsBoundary=boundary, **who)
        t.root.call(delete, **who)
        t.fails("NoSuchEntity", t.root.call, delete, status=404, **who)


def test_what_update_role_description_answers(t):
    boundary = t.policy("boundary", allow("s3:*"))
    name, _ = t.role(PermissionsBoundary=boundary, Tags=[{"Key": "a", "Value": "b"}])
    role = t.root.call("UpdateRoleDescription", RoleName=name, Description="new")["Role"]
    t.equal(sorted(role), ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Description", "Path",
                           "RoleId", "RoleName"])
    t.equal(role["Description"], "new")


def test_an_empty_description_is_one(t):
    """One that is sent empty comes back as an empty element, one that was never sent not at all."""
    path = "/%s/" % t.name("described")
    for stem, params in (("a", {"Description": ""}), ("b", {}), ("c", {"Description": "text"})):
        t.role(stem, Path=path, **params)
    rows = t.root.call("ListRoles", PathPrefix=path)["Roles"]
    t.equal([row.get("Description") for row in rows], ["", None, "text"])
    for row in rows:
        got = t.root.call("GetRole", RoleName=row["RoleName"])["Role"]
        t.equal(got.get("Description"), row.get("Description"))
    for update in ("UpdateRole", "UpdateRoleDescription"):
        t.root.call(update, RoleName=rows[2]["RoleName"], Description="")
        got = t.root.call("GetRole", RoleName=rows[2]["RoleName"])["Role"]
        t.equal(got["Description"], "")
        t.root.call(update, RoleName=rows[2]["RoleName"], Description="more")


def test_packed_sizes_of_sessions(t):
    caller = t.user("caller", [allow("sts:*")])
    _, arn = t.role(AssumeRolePolicyDocument=trust({"AWS": caller.arn},
                                                   ["sts:AssumeRole", "sts:TagSession"]))
    text = document(dict(allow("s3:GetObject", "arn:aws:s3:::bucket/*"), Sid="x"))
    text = text.replace('"x"', '"x%s"' % ("x" * (163 - len(text))))
    t.equal(len(text), 163)
    session = {"RoleArn": arn, "RoleSessionName": "session1"}
    t.equal(caller.client.call("AssumeRole", Policy=text, **session)["PackedPolicySize"], "16")
    t.true("PackedPolicySize" not in caller.client.call("AssumeRole", **session), "without a policy")
    error = t.fails("PackedPolicyTooLarge", caller.client.call, "AssumeRole", status=400,
                    Policy=text + " " * 2000, **session)
    t.equal(error.message,
            "Packed policy consumes 114% of allotted space, please use smaller policy.")
    error = parse_error(raw(t, "AssumeRole", ("RoleArn", arn), ("RoleSessionName", "session1"),
                            ("PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/x"), service="sts",
                            version="2011-06-15", client=caller.client))
    t.equal((error.status, error.code), (400, "MalformedPolicyDocument"), "a policy without an ARN")
    arns = [{"arn": "arn:aws:iam::%s:policy/p%d" % (t.account, i)} for i in range(11)]
    error = t.fails("ValidationError", caller.client.call, "AssumeRole", PolicyArns=arns, status=400,
                    **session)
    t.equal(error.message, CONDITION % "policyArns" + "have length less than or equal to 10")


def test_managed_session_policies_are_read_at_each_request(t):
    """Sessions that exist follow the default version of a policy; one that is gone allows nothing."""
    caller = t.user("caller", [allow("sts:AssumeRole")])
    _, arn = t.role(policy=[allow("iam:*")])
    policy = t.policy("session", allow("iam:ListUsers"))
    session = t.assume(caller.client, arn, PolicyArns=[{"arn": policy}])

    def only(action, other):
        session.call(action)
        error = t.denied(session.call, other)
        t.contains(error.message, "because no session policy allows the iam:%s action" % other)
    only("ListUsers", "ListGroups")
    t.root.call("CreatePolicyVersion", PolicyArn=policy, SetAsDefault=True,
                PolicyDocument=document(allow("iam:ListGroups")))
    only("ListGroups", "ListUsers")
    t.root.call("SetDefaultPolicyVersion", PolicyArn=policy, VersionId="v1")
    only("ListUsers", "ListGroups")
    t.root.call("DeletePolicyVersion", PolicyArn=policy, VersionId="v2")
    t.root.call("DeletePolicy", PolicyArn=policy)
    t.denied(session.call, "ListUsers")


def test_conditions_see_the_tags_of_what_is_created(t):
    """aws:ResourceTag and iam:ResourceTag have the tags of the request: there is nothing yet."""
    creates = (("CreateUser", "UserName", {}),
               ("CreateRole", "RoleName",
                {"AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"})}),
               ("CreatePolicy", "PolicyName", {"PolicyDocument": document(allow("s3:*"))}),
               ("CreateInstanceProfile", "InstanceProfileName", {}))
    for key in ("aws:ResourceTag/team", "iam:ResourceTag/team"):
        blue = {"StringEquals": {key: "blue"}}
        maker = t.user("maker", [allow(["iam:Create*", "iam:Tag*"], Condition=blue)]).client
        hindered = t.user("maker", [allow("iam:*"), deny("iam:Create*", Condition=blue)]).client
        for action, member, params in creates:
            params = dict(params, Tags=[{"Key": "team", "Value": "blue"}])
            t.denied(hindered.call, action, **params, **{member: t.name("new")})
            maker.call(action, **params, **{member: t.name("new")})
            params["Tags"][0]["Value"] = "red"
            t.denied(maker.call, action, **params, **{member: t.name("new")})
            del params["Tags"]
            t.denied(maker.call, action, **params, **{member: t.name("new")})


def test_more_tags_than_there_may_be(t):
    user, (role, _), profile = t.name("alice"), t.role(), t.name("profile")
    policy = t.policy("tagged", allow("s3:*"))
    t.root.call("CreateUser", UserName=user)
    t.root.call("CreateInstanceProfile", InstanceProfileName=profile)
    fifty = [{"Key": "k%d" % i, "Value": ""} for i in range(50)]
    more = [{"Key": "another", "Value": ""}]
    for kind, who in (("User", {"UserName": user}), ("Role", {"RoleName": role}),
                      ("Policy", {"PolicyArn": policy}),
                      ("InstanceProfile", {"InstanceProfileName": profile})):
        t.root.call("Tag" + kind, Tags=fifty, **who)
        t.root.call("Tag" + kind, Tags=fifty[:1], **who)
        error = t.fails("LimitExceeded", t.root.call, "Tag" + kind, Tags=more, status=409, **who)
        t.equal(error.message, "The number of tags has reached the maximum limit.", kind)
        error = t.fails("ValidationError", t.root.call, "Tag" + kind, Tags=fifty + more, status=400,
                        **who)
        t.equal(error.message, CONDITION % "tags" + "have length less than or equal to 50", kind)


def test_the_root_user_has_no_name(t):
    user = t.root.call("GetUser")["User"]
    t.equal(sorted(user), ["Arn", "CreateDate", "UserId"])
    t.equal((user["UserId"], user["Arn"]), (t.account, "arn:aws:iam::%s:root" % t.account))


def test_keys_that_expire(t):
    who = t.user("alice")
    error = t.fails("InvalidInput", t.root.call, "UpdateAccessKey", UserName=who.name, status=400,
                    AccessKeyId=who.key_id, Status="Expired")
    t.equal(error.message, "Operation does not support status Expired")


def test_tokens_that_are_none(t):
    """The sentence ends in a full stop, but not when there is a session token."""
    caller = t.user("caller", [allow("sts:*")])
    _, arn = t.role()
    keys = caller.client.call("AssumeRole", RoleArn=arn, RoleSessionName="session1")["Credentials"]
    sentence = "The security token included in the request is invalid"
    for key, secret, token, stop in (
            (keys["AccessKeyId"], keys["SecretAccessKey"], "no/token", ""),
            (keys["AccessKeyId"], keys["SecretAccessKey"], None, "."),
            ("AKIAAAAAAAAAAAAAAAAA", "x" * 40, None, "."),
            ("AKIAAAAAAAAAAAAAAAAA", "x" * 40, keys["SessionToken"], "")):
        error = t.fails("InvalidClientTokenId", t.server.client(key, secret, token).call,
                        "GetCallerIdentity", status=403)
        t.equal(error.message, sentence + stop)


def test_devices_that_nobody_has(t):
    caller = t.user("caller", [allow("sts:*")])
    _, arn = t.role()
    session = {"RoleArn": arn, "RoleSessionName": "session1"}
    serial = "arn:aws:iam::%s:mfa/alice" % t.account
    both = ("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass "
            "code.")
    for params, message in (
            ({"SerialNumber": serial, "TokenCode": "123456"},
             "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA "
             "serial number is valid and associated with this user."),
            ({"SerialNumber": serial}, both), ({"TokenCode": "123456"}, both)):
        t.equal(t.denied(caller.client.call, "AssumeRole", **session, **params).message, message)


def test_the_order_of_an_enumeration(t):
    error = t.fails("ValidationError", t.root.call, "ListEntitiesForPolicy", status=400,
                    PolicyArn=t.policy("p", allow("s3:*")), EntityFilter="user")
    t.equal(error.message, CONDITION % "entityFilter" + "satisfy enum value set: [LocalManagedPolicy, "
            "User, AWSManagedPolicy, Role, Group]")
