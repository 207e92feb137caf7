# SPDX-License-Identifier: Apache-2.0
"""Less obvious ways to more permissions than were granted: renaming, tagging at creation, pinned
principals, deleted entities. Each test also has a case that must be allowed, so that a server that
refuses everything does not pass.
"""

import json

from lib.case import allow, decoded, deny, document, trust
from lib.wire import ApiError, question_of


def test_a_new_name_or_path_needs_permission_too(t):
    own, other = t.name("own"), t.name("other")
    alice = t.user("alice", [allow(["iam:UpdateUser", "iam:UpdateGroup", "iam:CreateUser", "iam:CreateGroup"],
                                   ["arn:aws:iam::%s:user/dev/*" % t.account,
                                    "arn:aws:iam::%s:group/dev/*" % t.account])])
    alice.client.call("CreateUser", UserName=own, Path="/dev/")
    t.denied(alice.client.call, "UpdateUser", UserName=own, NewPath="/admin/")
    t.denied(alice.client.call, "UpdateUser", UserName=own, NewPath="/admin/", NewUserName=other)
    alice.client.call("UpdateUser", UserName=own, NewUserName=other)
    t.equal(t.root.call("GetUser", UserName=other)["User"]["Path"], "/dev/")
    alice.client.call("CreateGroup", GroupName=own, Path="/dev/")
    t.denied(alice.client.call, "UpdateGroup", GroupName=own, NewPath="/admin/")
    alice.client.call("UpdateGroup", GroupName=own, NewPath="/dev/a/")


def test_tags_at_creation_need_the_tag_action(t):
    alice = t.user("alice", [allow(["iam:CreateUser", "iam:CreateRole", "iam:CreatePolicy"])])
    tags = [{"Key": "team", "Value": "admins"}]
    body = document(allow("s3:GetObject"))
    made = (("CreateUser", "UserName", {}, "iam:TagUser"),
            ("CreateRole", "RoleName", {"AssumeRolePolicyDocument": trust(
                {"Service": "ec2.amazonaws.com"})}, "iam:TagRole"),
            ("CreatePolicy", "PolicyName", {"PolicyDocument": body}, "iam:TagPolicy"))
    for action, member, params, tagging in made:
        message = t.denied(alice.client.call, action, **{member: t.name("x")}, Tags=tags, **params)
        t.contains(str(message), tagging)
        alice.client.call(action, **{member: t.name("x")}, **params)
    t.root.call("PutUserPolicy", UserName=alice.name, PolicyName="tags",
                PolicyDocument=document(allow(["iam:TagUser", "iam:TagRole", "iam:TagPolicy"])))
    for action, member, params, _ in made:
        alice.client.call(action, **{member: t.name("x")}, Tags=tags, **params)


def test_a_trust_policy_means_the_user_not_the_name(t):
    carol = t.user("carol", [allow("iam:UpdateUser")])
    role, role_arn = t.role("vault", {"AWS": carol.arn})
    t.assume(carol.client, role_arn)
    renamed = carol.name + "x"
    carol.client.call("UpdateUser", UserName=carol.name, NewUserName=renamed)
    t.assume(carol.client, role_arn)
    shown = json.loads(decoded(
        t.root.call("GetRole", RoleName=role)["Role"]["AssumeRolePolicyDocument"]))
    t.contains(json.dumps(shown), t.arn("user", renamed))
    imposter = t.user("carol", UserName=carol.name)
    t.denied(imposter.client.call, "AssumeRole", RoleArn=role_arn, RoleSessionName="session1")


def test_renaming_oneself_does_not_shake_off_a_deny(t):
    carol = t.user("carol", [allow(["iam:UpdateUser", "sts:AssumeRole"])])
    statements = [{"Effect": "Allow", "Principal": {"AWS": t.account}, "Action": "sts:AssumeRole"},
                  {"Effect": "Deny", "Principal": {"AWS": carol.arn}, "Action": "sts:AssumeRole"}]
    name = t.name("vault")
    arn = t.root.call("CreateRole", RoleName=name,
                      AssumeRolePolicyDocument=document(*statements))["Role"]["Arn"]
    for new in (carol.name.upper(), carol.name + "x"):
        t.denied(carol.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="session1")
        old = t.root.call("GetUser", UserName=carol.name)["User"]["UserName"]
        carol.client.call("UpdateUser", UserName=old, NewUserName=new)
        carol.name = new
    t.denied(carol.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="session1")


def test_a_role_made_again_is_not_the_session_that_was_trusted(t):
    alice = t.user("alice", [allow("sts:AssumeRole")])
    inner, inner_arn = t.role("inner", {"AWS": alice.arn}, [allow("sts:AssumeRole")])
    session_arn = "arn:aws:sts::%s:assumed-role/%s/session1" % (t.account, inner)
    _, vault_arn = t.role("vault", {"AWS": session_arn})
    t.assume(t.assume(alice.client, inner_arn), vault_arn)
    t.root.call("DeleteRolePolicy", RoleName=inner, PolicyName="inline")
    t.root.call("DeleteRole", RoleName=inner)
    t.root.call("CreateRole", RoleName=inner,
                AssumeRolePolicyDocument=trust({"AWS": alice.arn}))
    t.root.call("PutRolePolicy", RoleName=inner, PolicyName="inline",
                PolicyDocument=document(allow("sts:AssumeRole")))
    again = t.assume(alice.client, inner_arn)
    t.denied(again.call, "AssumeRole", RoleArn=vault_arn, RoleSessionName="session1")


def test_deleting_a_session_policy_does_not_widen_the_session(t):
    alice = t.user("alice")
    role, role_arn = t.role("work", {"AWS": alice.arn}, [allow("iam:*")])
    wide = t.policy("wide", allow("*"))
    narrow = t.policy("narrow", deny("iam:ListUsers"))
    session = t.assume(alice.client, role_arn, PolicyArns=[{"arn": wide}, {"arn": narrow}])
    session.call("ListRoles")
    t.denied(session.call, "ListUsers")
    t.root.call("DeletePolicy", PolicyArn=narrow)
    t.denied(session.call, "ListUsers")
    t.denied(session.call, "ListRoles")


def test_an_evaluation_of_AssumeRole_asks_the_trust_policy(t):
    alice = t.user("alice", [allow("sts:AssumeRole")])
    bob = t.user("bob", [allow("sts:AssumeRole")])
    role, role_arn = t.role("vault", {"AWS": alice.arn})
    missing = t.arn("role", t.name("none"))
    for who, arn, want in ((alice, role_arn, True), (bob, role_arn, False), (alice, missing, False)):
        answer = t.root.post_json("/access/v1/evaluation",
                                  question_of(who.arn, "sts:AssumeRole", arn)).json()
        t.equal(answer["decision"], want, "%s on %s" % (who.name, arn))


def test_an_evaluation_of_every_trust_action_asks_the_trust_policy(t):
    bob = t.user("bob", [allow("sts:*")])
    role, role_arn = t.role("vault", {"AWS": t.user("alice").arn})
    for action in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "SetContext",
                   "SetSourceIdentity", "TagSession"):
        answer = t.root.post_json("/access/v1/evaluation",
                                  question_of(bob.arn, "sts:" + action, role_arn)).json()
        t.equal(answer["decision"], False, action)
    answer = t.root.post_json("/access/v1/evaluation",
                              question_of(bob.arn, "sts:GetCallerIdentity", role_arn)).json()
    t.equal(answer["decision"], True, "the policy of the user alone")


def test_a_denial_does_not_tell_whether_a_role_exists(t):
    alice = t.user("alice", [allow("sts:AssumeRole")])
    role, role_arn = t.role("vault", {"AWS": t.user("bob").arn})
    words = []
    for arn in (role_arn, t.arn("role", t.name("none"))):
        try:
            alice.client.call("AssumeRole", RoleArn=arn, RoleSessionName="session1")
            t.true(False, "was let in")
        except ApiError as error:
            words.append(error.message.replace(arn, "ROLE"))
    t.equal(words[0], words[1])


def test_odd_parameters_are_no_failure_of_ours(t):
    alice = t.user("alice")
    role, role_arn = t.role("work", {"AWS": alice.arn})
    t.root.call("UpdateAssumeRolePolicy", RoleName=role,
                PolicyDocument=trust({"AWS": alice.arn}, ["sts:AssumeRole", "sts:TagSession"]))
    t.fails("InvalidParameterValue", alice.client.call, "AssumeRole", RoleArn=role_arn,
            RoleSessionName="session1", Tags=[{"Key": "A", "Value": "1"}], TransitiveTagKeys=["A", "a"])
    for i in range(2):
        t.root.call("CreateUser", UserName=t.name("page"))
    marker = t.root.call("ListUsers", MaxItems=1)["Marker"]
    policy = t.policy("versions", allow("*"))
    t.fails("ValidationError", t.root.call, "ListPolicyVersions", PolicyArn=policy, Marker=marker)
    t.fails("ValidationError", t.root.call, "ListGroups", Marker=marker)


def test_every_tag_is_on_some_page(t):
    alice = t.user("alice")
    keys = sorted("\u00e9" * 120 + str(i) for i in range(3)) + ["short"]
    t.root.call("TagUser", UserName=alice.name, Tags=[{"Key": key, "Value": "v"} for key in keys])
    seen, marker = [], None
    for _ in range(len(keys) + 1):
        params = {"Marker": marker} if marker else {}
        page = t.root.call("ListUserTags", UserName=alice.name, MaxItems=1, **params)
        seen += [tag["Key"] for tag in page["Tags"]]
        marker = page.get("Marker")
        if not marker:
            break
    t.equal(sorted(seen), sorted(keys))
