# SPDX-License-Identifier: Apache-2.0
"""Decisions follow the configuration: allow, deny, boundaries, groups, sessions; and messages."""

from lib.case import allow, deny, document, trust


def test_no_policy_is_denied_in_the_known_words(t):
    user = t.user("alice")
    target = t.name("x")
    error = t.denied(user.client.call, "CreateUser", UserName=target)
    t.equal(error.message, "User: %s is not authorized to perform: iam:CreateUser on resource: %s "
            "because no identity-based policy allows the iam:CreateUser action" % (
                user.arn, t.arn("user/", target, "")))
    t.fails("NoSuchEntity", t.root.call, "GetUser", UserName=target)


def test_with_a_policy_it_works_and_a_deny_stops_it(t):
    user = t.user("alice", [allow("iam:CreateUser")])
    user.client.call("CreateUser", UserName=t.name("x"))
    t.denied(user.client.call, "DeleteUser", UserName=user.name)
    t.root.call("PutUserPolicy", UserName=user.name, PolicyName="stop",
                PolicyDocument=document(deny("iam:Create*")))
    error = t.denied(user.client.call, "CreateUser", UserName=t.name("x"))
    t.contains(error.message, "with an explicit deny in an identity-based policy")
    t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="stop")
    user.client.call("CreateUser", UserName=t.name("x"))


def test_resources_are_respected(t):
    prefix = t.name("team")
    user = t.user("alice", [allow("iam:*User", t.arn("user/%s/" % prefix, "*", ""))])
    user.client.call("CreateUser", UserName=t.name("x"), Path="/%s/" % prefix)
    t.denied(user.client.call, "CreateUser", UserName=t.name("x"))
    t.denied(user.client.call, "CreateUser", UserName=t.name("x"), Path="/%sx/" % prefix)


def test_actions_match_without_case_and_with_wildcards(t):
    user = t.user("alice", [allow("IAM:getuser"), allow("iam:?istUsers")])
    user.client.call("GetUser", UserName=user.name)
    user.client.call("ListUsers")
    t.denied(user.client.call, "ListGroups")
    other = t.user("bob", [allow("iam:*"), deny("iAm:gETuSER")])
    t.denied(other.client.call, "GetUser", UserName=other.name)
    other.client.call("ListUsers")


def test_not_action_and_not_resource(t):
    user = t.user("alice", [{"Effect": "Allow", "NotAction": "iam:Delete*", "Resource": "*"}])
    name = t.name("x")
    user.client.call("CreateUser", UserName=name)
    t.denied(user.client.call, "DeleteUser", UserName=name)
    other = t.user("bob", [{"Effect": "Allow", "Action": "iam:GetUser",
                            "NotResource": t.arn("user/", name, "")}])
    other.client.call("GetUser", UserName=user.name)
    t.denied(other.client.call, "GetUser", UserName=name)


def test_managed_policy_through_a_group(t):
    user = t.user("alice")
    group = t.name("admins")
    arn = t.policy("lists", allow("iam:ListUsers"))
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AttachGroupPolicy", GroupName=group, PolicyArn=arn)
    t.denied(user.client.call, "ListUsers")
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    user.client.call("ListUsers")
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="no",
                PolicyDocument=document(deny("iam:ListUsers")))
    t.denied(user.client.call, "ListUsers")
    t.root.call("DeleteGroupPolicy", GroupName=group, PolicyName="no")
    user.client.call("ListUsers")
    t.root.call("RemoveUserFromGroup", GroupName=group, UserName=user.name)
    t.denied(user.client.call, "ListUsers")


def test_default_version_counts(t):
    arn = t.policy("versions", allow("iam:ListUsers"))
    user = t.user("alice")
    t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)
    t.root.call("CreatePolicyVersion", PolicyArn=arn,
                PolicyDocument=document(allow("iam:ListGroups")))
    user.client.call("ListUsers")
    t.denied(user.client.call, "ListGroups")
    t.root.call("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    user.client.call("ListGroups")
    t.denied(user.client.call, "ListUsers")


def test_boundary_cuts(t):
    boundary = t.policy("boundary", allow("iam:List*"))
    user = t.user("alice", [allow("iam:*")], PermissionsBoundary=boundary)
    user.client.call("ListUsers")
    error = t.denied(user.client.call, "GetUser", UserName=user.name)
    t.contains(error.message, "because no permissions boundary allows the iam:GetUser action")
    t.root.call("CreatePolicyVersion", PolicyArn=boundary, SetAsDefault=True,
                PolicyDocument=document(allow("iam:*"), deny("iam:ListUsers")))
    user.client.call("GetUser", UserName=user.name)
    error = t.denied(user.client.call, "ListUsers")
    t.equal(error.message, "User: %s is not authorized to perform: iam:ListUsers on resource: %s "
            "with an explicit deny in a permissions boundary: %s" % (
                user.arn, t.arn("user", "/", ""), boundary))
    t.root.call("DeleteUserPermissionsBoundary", UserName=user.name)
    user.client.call("ListUsers")


def test_boundary_grants_nothing(t):
    boundary = t.policy("boundary", allow("*"))
    user = t.user("alice", PermissionsBoundary=boundary)
    error = t.denied(user.client.call, "ListUsers")
    t.contains(error.message, "because no identity-based policy allows the iam:ListUsers action")


def test_conditions(t):
    only_tls = {"Bool": {"aws:SecureTransport": "true"}}
    user = t.user("alice", [allow("iam:ListUsers", Condition=only_tls),
                            allow("iam:ListGroups", Condition={
                                "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
                            allow("iam:ListRoles", Condition={
                                "NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
                            allow("iam:ListPolicies", Condition={
                                "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
                                "StringEquals": {"aws:username": "${aws:username}"}})])
    t.denied(user.client.call, "ListUsers")
    user.client.call("ListGroups")
    t.denied(user.client.call, "ListRoles")
    user.client.call("ListPolicies")


def test_policy_variables(t):
    own = "arn:aws:iam::%s:user/${aws:username}" % t.account
    user = t.user("alice", [allow("iam:*AccessKey*", own)])
    other = t.user("bob")
    user.client.call("ListAccessKeys", UserName=user.name)
    t.denied(user.client.call, "ListAccessKeys", UserName=other.name)
    t.denied(user.client.call, "CreateAccessKey", UserName=other.name)


def test_tag_conditions(t):
    user = t.user("alice", [
        allow("iam:CreateUser", Condition={"StringEquals": {"aws:RequestTag/team": "blue"}}),
        allow("iam:TagUser"),
        allow("iam:DeleteUser", Condition={
            "StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})],
        Tags=[{"Key": "team", "Value": "blue"}])
    name = t.name("x")
    t.denied(user.client.call, "CreateUser", UserName=name)
    t.denied(user.client.call, "CreateUser", UserName=name, Tags=[{"Key": "team", "Value": "red"}])
    user.client.call("CreateUser", UserName=name, Tags=[{"Key": "team", "Value": "blue"}])
    red = t.name("y")
    t.root.call("CreateUser", UserName=red, Tags=[{"Key": "team", "Value": "red"}])
    t.denied(user.client.call, "DeleteUser", UserName=red)
    user.client.call("DeleteUser", UserName=name)


def test_whoami(t):
    who = t.root.call("GetCallerIdentity")
    t.equal(who, {"Arn": "arn:aws:iam::%s:root" % t.account, "UserId": t.account,
                  "Account": t.account})
    user = t.user("alice", [deny("*")])
    who = user.client.call("GetCallerIdentity")
    t.equal(who, {"Arn": user.arn, "UserId": user.user_id, "Account": t.account})


def test_assume_role(t):
    name, arn = t.role(policy=[allow("iam:ListUsers"), allow("iam:ListGroups")])
    caller = t.user("alice", [allow("sts:AssumeRole", arn)])
    made = caller.client.call("AssumeRole", RoleArn=arn, RoleSessionName="night-shift")
    role_id = t.root.call("GetRole", RoleName=name)["Role"]["RoleId"]
    t.equal(made["AssumedRoleUser"], {
        "AssumedRoleId": role_id + ":night-shift",
        "Arn": "arn:aws:sts::%s:assumed-role/%s/night-shift" % (t.account, name)})
    keys = made["Credentials"]
    t.true(keys["AccessKeyId"].startswith("ASIA") and len(keys["AccessKeyId"]) == 20,
           "AccessKeyId %r" % keys["AccessKeyId"])
    session = t.server.client(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    who = session.call("GetCallerIdentity")
    t.equal(who, {"Arn": made["AssumedRoleUser"]["Arn"], "Account": t.account,
                  "UserId": made["AssumedRoleUser"]["AssumedRoleId"]})
    session.call("ListUsers")
    session.call("ListGroups")
    error = t.denied(session.call, "ListRoles")
    t.contains(error.message, "User: %s is not authorized to perform: iam:ListRoles" % who["Arn"])


def test_session_policy_cuts(t):
    _, arn = t.role(policy=[allow("iam:ListUsers"), allow("iam:ListGroups")])
    caller = t.user("alice", [allow("sts:AssumeRole", arn)])
    session = t.assume(caller.client, arn, Policy=document(allow("iam:ListUsers"),
                                                           allow("iam:ListRoles")))
    session.call("ListUsers")
    error = t.denied(session.call, "ListGroups")
    t.contains(error.message, "because no session policy allows the iam:ListGroups action")
    t.denied(session.call, "ListRoles")
    managed = t.policy("session", allow("iam:ListGroups"))
    session = t.assume(caller.client, arn, PolicyArns=[{"arn": managed}])
    session.call("ListGroups")
    t.denied(session.call, "ListUsers")
    both = t.assume(caller.client, arn, PolicyArns=[{"arn": managed}],
                    Policy=document(deny("iam:ListGroups"), allow("iam:ListUsers")))
    both.call("ListUsers")
    error = t.denied(both.call, "ListGroups")
    t.contains(error.message, "with an explicit deny in a session policy")


def test_bad_session_policies_are_errors(t):
    _, arn = t.role(policy=[allow("iam:*")])
    caller = t.user("alice", [allow("sts:AssumeRole", arn)])
    for text in ("{}", "nonsense", document({"Effect": "Allow", "Action": "s3:*"}),
                 document(allow("s3:*", Principal="*"))):
        t.fails("MalformedPolicyDocument", caller.client.call, "AssumeRole", RoleArn=arn,
                RoleSessionName="s1", Policy=text, status=400)
    t.fails(("ValidationError", "MalformedPolicyDocument"), caller.client.call, "AssumeRole",
            RoleArn=arn, RoleSessionName="s1", Policy="")
    t.fails(("PackedPolicyTooLarge", "ValidationError"), caller.client.call, "AssumeRole",
            RoleArn=arn, RoleSessionName="s1",
            Policy=document(allow("s3:*", "arn:aws:s3:::" + "b" * 2100)), status=400)
    missing = t.arn("policy/", t.name("missing"), "")
    try:
        session = t.assume(caller.client, arn, PolicyArns=[{"arn": missing}])
    except Exception:  # a refusal of AssumeRole is correct too
        return
    t.denied(session.call, "ListUsers")


def test_trust_decides(t):
    alice = t.user("alice", [allow("sts:AssumeRole")])
    bob = t.user("bob", [allow("sts:AssumeRole")])
    carol = t.user("carol")
    _, direct = t.role(principal={"AWS": alice.arn})
    alice.client.call("AssumeRole", RoleArn=direct, RoleSessionName="s1")
    error = t.denied(bob.client.call, "AssumeRole", RoleArn=direct, RoleSessionName="s1")
    t.contains(error.message, "User: %s is not authorized to perform: sts:AssumeRole on resource: %s"
               % (bob.arn, direct))
    _, named = t.role(principal={"AWS": carol.arn})
    carol.client.call("AssumeRole", RoleArn=named, RoleSessionName="s1")
    _, account = t.role()
    t.denied(carol.client.call, "AssumeRole", RoleArn=account, RoleSessionName="s1")
    bob.client.call("AssumeRole", RoleArn=account, RoleSessionName="s1")
    _, service = t.role(principal={"Service": "ec2.amazonaws.com"})
    t.denied(alice.client.call, "AssumeRole", RoleArn=service, RoleSessionName="s1")
    t.denied(alice.client.call, "AssumeRole", RoleArn=t.arn("role/", t.name("nope"), ""),
             RoleSessionName="s1")


def test_root_does_not_assume_roles(t):
    _, arn = t.role()
    t.denied(t.root.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")


def test_external_id(t):
    condition = {"StringEquals": {"sts:ExternalId": "Customer-7"}}
    text = trust({"AWS": "arn:aws:iam::%s:root" % t.account}, Condition=condition)
    _, arn = t.role(AssumeRolePolicyDocument=text)
    caller = t.user("alice", [allow("sts:AssumeRole")])
    t.denied(caller.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    for wrong in ("customer-7", "Customer-77", "Customer-"):
        t.denied(caller.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1",
                 ExternalId=wrong)
    t.fails("ValidationError", caller.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1",
            ExternalId="")
    caller.client.call("AssumeRole", RoleArn=arn, RoleSessionName="s1", ExternalId="Customer-7")


def test_session_tags(t):
    both = ["sts:AssumeRole", "sts:TagSession"]
    account = {"AWS": "arn:aws:iam::%s:root" % t.account}
    tag = [{"Key": "team", "Value": "blue"}]
    rules = [allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})]
    _, arn = t.role(AssumeRolePolicyDocument=trust(account, both), policy=rules)
    _, plain = t.role(policy=rules)
    caller = t.user("alice", [allow(both)])
    t.assume(caller.client, arn, Tags=tag).call("ListUsers")
    t.denied(t.assume(caller.client, arn).call, "ListUsers")
    t.denied(caller.client.call, "AssumeRole", RoleArn=plain, RoleSessionName="s1", Tags=tag)
    untagged = t.user("bob", [allow("sts:AssumeRole")])
    t.denied(untagged.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1", Tags=tag)
    for bad in ([{"Key": "aws:x", "Value": "1"}],
                [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]):
        t.fails(("InvalidParameterValue", "ValidationError", "InvalidInput"), caller.client.call,
                "AssumeRole", RoleArn=arn, RoleSessionName="s1", Tags=bad, status=400)


def test_transitive_tags(t):
    may = ["sts:AssumeRole", "sts:TagSession"]
    account = {"AWS": "arn:aws:iam::%s:root" % t.account}
    rules = [allow(may), allow("iam:ListUsers", Condition={
        "StringEquals": {"aws:PrincipalTag/team": "blue"}})]
    _, first = t.role(AssumeRolePolicyDocument=trust(account, may), policy=rules)
    _, second = t.role(AssumeRolePolicyDocument=trust(account, may), policy=rules)
    caller = t.user("alice", [allow(may)])
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "other", "Value": "x"}]
    t.fails("InvalidParameterValue", caller.client.call, "AssumeRole", RoleArn=first,
            RoleSessionName="s1", Tags=tags, TransitiveTagKeys=["team", "absent"], status=400,
            contains="must be included in the requested tags")
    carried = t.assume(caller.client, first, Tags=tags, TransitiveTagKeys=["Team"])
    carried.call("ListUsers")
    t.assume(carried, second).call("ListUsers")
    t.fails("InvalidParameterValue", carried.call, "AssumeRole", RoleArn=second,
            RoleSessionName="s2", Tags=[{"Key": "TEAM", "Value": "red"}], status=400)
    left = t.assume(caller.client, first, Tags=tags, TransitiveTagKeys=["other"])
    left.call("ListUsers")
    t.denied(t.assume(left, second).call, "ListUsers")


def test_source_identity(t):
    may = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    account = {"AWS": "arn:aws:iam::%s:root" % t.account}
    rules = [allow(may), allow("iam:ListUsers", Condition={
        "StringEquals": {"aws:SourceIdentity": "DevUser1"}})]
    _, first = t.role(AssumeRolePolicyDocument=trust(account, may), policy=rules)
    _, second = t.role(AssumeRolePolicyDocument=trust(account, may), policy=rules)
    caller = t.user("alice", [allow(may)])
    made = caller.client.call("AssumeRole", RoleArn=first, RoleSessionName="s1",
                              SourceIdentity="DevUser1")
    t.equal(made["SourceIdentity"], "DevUser1")
    keys = made["Credentials"]
    session = t.server.client(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    session.call("ListUsers")
    chained = session.call("AssumeRole", RoleArn=second, RoleSessionName="s2")
    t.equal(chained["SourceIdentity"], "DevUser1", "inherited")
    t.denied(session.call, "AssumeRole", RoleArn=second, RoleSessionName="s2",
             SourceIdentity="DevUser2")
    without = caller.client.call("AssumeRole", RoleArn=first, RoleSessionName="s1")
    t.true("SourceIdentity" not in without, "a source identity that nobody set")
    plain = t.user("bob", [allow("sts:AssumeRole")])
    t.denied(plain.client.call, "AssumeRole", RoleArn=first, RoleSessionName="s1",
             SourceIdentity="DevUser1")


def test_tags_of_the_resource_by_both_names(t):
    tags = [{"Key": "team", "Value": "blue"}]
    user = t.user("target", Tags=tags)
    role, _ = t.role(Tags=tags)
    policy = t.policy("tagged", allow("s3:*"), Tags=tags)
    for key in ("iam:ResourceTag/team", "aws:ResourceTag/team"):
        blue = t.user("alice", [allow("iam:Get*", Condition={"StringEquals": {key: "blue"}})])
        red = t.user("bob", [allow("iam:Get*", Condition={"StringEquals": {key: "red"}})])
        for action, who in (("GetUser", {"UserName": user.name}), ("GetRole", {"RoleName": role}),
                            ("GetPolicy", {"PolicyArn": policy})):
            blue.client.call(action, **who)
            t.denied(red.client.call, action, **who)
        t.denied(blue.client.call, "GetUser", UserName=red.name)


def test_role_chaining_is_capped_at_an_hour(t):
    _, second = t.role(MaxSessionDuration=43200)
    _, first = t.role(policy=[allow("sts:AssumeRole")], MaxSessionDuration=43200)
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, first, DurationSeconds=7200)
    session.call("AssumeRole", RoleArn=second, RoleSessionName="s2", DurationSeconds=3600)
    error = t.fails("ValidationError", session.call, "AssumeRole", RoleArn=second,
                    RoleSessionName="s2", DurationSeconds=3601, status=400)
    t.equal(error.message, "The requested DurationSeconds exceeds the 1 hour session limit for roles "
            "assumed by role chaining.")


def test_session_duration(t):
    _, arn = t.role()
    caller = t.user("alice", [allow("sts:AssumeRole")])
    for bad in (899, 43201):
        t.fails("ValidationError", caller.client.call, "AssumeRole", RoleArn=arn,
                RoleSessionName="s1", DurationSeconds=bad, status=400)
    t.fails("ValidationError", caller.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1",
            DurationSeconds=3601, status=400, contains="MaxSessionDuration")


def test_boundary_cuts_a_role_session(t):
    boundary = t.policy("boundary", allow("iam:ListUsers"))
    _, arn = t.role(policy=[allow("iam:*")], PermissionsBoundary=boundary)
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, arn)
    session.call("ListUsers")
    t.denied(session.call, "ListGroups")


def test_role_does_not_trust_itself(t):
    _, arn = t.role(policy=[allow("sts:AssumeRole")], principal={"AWS": "arn:aws:iam::%s:user/%s" % (
        t.account, t.user("alice").name)})
    name = t.user("bob", [allow("sts:AssumeRole")])
    t.denied(name.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    alice = t.user("carol")
    _, own = t.role(principal={"AWS": alice.arn}, policy=[allow("sts:AssumeRole")])
    session = t.assume(alice.client, own)
    t.denied(session.call, "AssumeRole", RoleArn=own, RoleSessionName="again")


def test_a_renamed_user_is_the_same_user(t):
    alice = t.user("alice", [allow("iam:ListUsers")])
    group = t.name("devs")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="p",
                PolicyDocument=document(allow("iam:ListGroups")))
    t.root.call("AddUserToGroup", GroupName=group, UserName=alice.name)
    _, arn = t.role(principal={"AWS": alice.arn})
    new = t.name("alina")
    t.root.call("UpdateUser", UserName=alice.name, NewUserName=new, NewPath="/ops/")
    t.equal(alice.client.call("GetCallerIdentity"), {
        "Arn": t.arn("user/ops/", new, ""), "UserId": alice.user_id, "Account": t.account})
    alice.client.call("ListUsers")
    alice.client.call("ListGroups")
    alice.client.call("AssumeRole", RoleArn=arn, RoleSessionName="s1")
    thief = t.user(UserName=alice.name)
    t.denied(thief.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    t.denied(thief.client.call, "ListUsers")
    t.root.call("UpdateGroup", GroupName=group, NewGroupName=t.name("makers"))
    alice.client.call("ListGroups")


def test_a_role_may_be_trusted_by_its_session(t):
    _, first = t.role()
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, first, "night")
    arn = session.call("GetCallerIdentity")["Arn"]
    _, second = t.role(principal={"AWS": arn}, policy=[allow("iam:ListUsers")])
    t.assume(session, second).call("ListUsers")
    other = t.assume(caller.client, first, "day1")
    t.denied(other.call, "AssumeRole", RoleArn=second, RoleSessionName="s1")


def test_trust_with_a_deny(t):
    alice = t.user("alice", [allow("sts:AssumeRole")])
    bob = t.user("bob", [allow("sts:AssumeRole")])
    account = "arn:aws:iam::%s:root" % t.account
    text = document({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"},
                    {"Effect": "Deny", "Principal": {"AWS": bob.arn}, "Action": "sts:AssumeRole"})
    _, arn = t.role(AssumeRolePolicyDocument=text)
    alice.client.call("AssumeRole", RoleArn=arn, RoleSessionName="s1")
    error = t.denied(bob.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    # Recorded denials of AssumeRole give no reason: docs/conformance.md, "Denials".
    t.equal(error.message, "User: %s is not authorized to perform: sts:AssumeRole on resource: %s"
            % (bob.arn, arn))
