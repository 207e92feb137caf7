# SPDX-License-Identifier: Apache-2.0
"""A reference means the entity it was made for: one that is deleted and made again under the same
name, with wider rights, is another, and nothing that referred to the old one gains by it."""

from lib.case import allow, document, trust
from lib.wire import question_of

OBJECT = "arn:aws:s3:::bucket/key"
DEAD = "InvalidClientTokenId"
WIDE = document(allow("*"))


def make_policy_again(t, arn):
    """Deletes a policy and makes one of that name that allows everything."""
    name = arn.rpartition("/")[2]
    t.root.call("DeletePolicy", PolicyArn=arn)
    again = t.root.call("CreatePolicy", PolicyName=name, PolicyDocument=WIDE)["Policy"]
    t.equal(again["Arn"], arn, "the ARN of the new policy")


def make_role_again(t, name, trusted):
    """Deletes a role with one inline policy and makes one of that name that may do everything."""
    t.root.call("DeleteRolePolicy", RoleName=name, PolicyName="inline")
    t.root.call("DeleteRole", RoleName=name)
    t.root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(trusted))
    t.root.call("PutRolePolicy", RoleName=name, PolicyName="inline", PolicyDocument=WIDE)


def make_user_again(t, user):
    """Deletes a user with one key and one inline policy; the new one may do everything."""
    t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id)
    t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
    t.root.call("DeleteUser", UserName=user.name)
    return t.user(UserName=user.name, policy=[allow("*")])


def test_a_session_policy(t):
    narrow = t.policy("narrow", allow("iam:ListGroups"))
    _, role_arn = t.role(policy=[allow("iam:*")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, role_arn, PolicyArns=[{"arn": narrow}])
    session.call("ListGroups")
    t.denied(session.call, "ListUsers")
    make_policy_again(t, narrow)
    for _ in range(2):  # the second time from memory
        t.denied(session.call, "ListUsers")
        t.denied(session.call, "ListGroups")
    t.denied(session.call, "CreateUser", UserName=t.name("late"))
    t.assume(caller.client, role_arn, PolicyArns=[{"arn": narrow}]).call("ListUsers")


def test_a_session_policy_beside_an_inline_one(t):
    other = t.policy("other", allow("iam:ListGroups"))
    _, role_arn = t.role(policy=[allow("iam:*")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, role_arn, PolicyArns=[{"arn": other}],
                       Policy=document(allow("iam:ListRoles")))
    session.call("ListRoles")
    make_policy_again(t, other)
    t.denied(session.call, "ListRoles")
    t.denied(session.call, "ListUsers")


def test_a_session_policy_asked_about(t):
    """The authorization endpoint reads the token too."""
    narrow = t.policy("narrow", allow("s3:GetObject"))
    _, role_arn = t.role(policy=[allow("s3:*")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, role_arn, PolicyArns=[{"arn": narrow}])
    question = question_of(session.key_id, "s3:GetObject", OBJECT)
    question["subject"]["properties"] = {"session_token": session.token}
    answer = t.root.post_json("/access/v1/evaluation", question).json()
    t.equal(answer["decision"], True, "with the policy of the session")
    make_policy_again(t, narrow)
    answer = t.root.post_json("/access/v1/evaluation", question).json()
    t.equal(answer["decision"], False, "with another of its name")


def test_a_session_policy_after_a_restart(t):
    server = t.server = t.start()
    narrow = t.policy("narrow", allow("iam:ListGroups"))
    _, role_arn = t.role(policy=[allow("iam:*")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, role_arn, PolicyArns=[{"arn": narrow}])
    make_policy_again(t, narrow)
    server.restart()
    session = server.client(session.key_id, session.secret, session.token)
    t.denied(session.call, "ListGroups")
    t.denied(session.call, "ListUsers")


def test_a_boundary(t):
    """A policy that bounds somebody cannot be deleted, so no other can take its place."""
    boundary = t.policy("boundary", allow("iam:ListGroups"))
    user = t.user("alice", [allow("iam:*")])
    t.root.call("PutUserPermissionsBoundary", UserName=user.name, PermissionsBoundary=boundary)
    t.denied(user.client.call, "ListUsers")
    t.fails("DeleteConflict", t.root.call, "DeletePolicy", PolicyArn=boundary, status=409)
    t.denied(user.client.call, "ListUsers")


def test_an_attachment_of_a_policy(t):
    policy = t.policy("some", allow("iam:ListGroups"))
    user = t.user("alice")
    t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=policy)
    t.fails("DeleteConflict", t.root.call, "DeletePolicy", PolicyArn=policy, status=409)
    t.root.call("DetachUserPolicy", UserName=user.name, PolicyArn=policy)
    make_policy_again(t, policy)
    t.denied(user.client.call, "ListGroups")
    listed = t.root.call("ListAttachedUserPolicies", UserName=user.name)
    t.true(not listed["AttachedPolicies"], "attached to the user")


def test_an_attachment_to_a_user(t):
    """A new user has nothing of the old one: no policy, no tag, no group, no password."""
    policy = t.policy("some", allow("*"))
    group = t.name("group")
    t.root.call("CreateGroup", GroupName=group)
    user = t.user("alice", [allow("iam:*")])
    t.root.call("TagUser", UserName=user.name, Tags=[{"Key": "team", "Value": "red"}])
    t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=policy)
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    t.root.call("CreateLoginProfile", UserName=user.name, Password="correct-Horse-7-battery")
    for action, params in (("DetachUserPolicy", {"PolicyArn": policy}),
                           ("RemoveUserFromGroup", {"GroupName": group}),
                           ("DeleteLoginProfile", {})):
        t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=user.name, status=409)
        t.root.call(action, UserName=user.name, **params)
    t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id)
    t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
    t.root.call("DeleteUser", UserName=user.name)
    again = t.user(UserName=user.name)
    t.true(again.user_id != user.user_id, "a unique ID is used once")
    t.denied(again.client.call, "ListUsers")
    t.true(not t.root.call("ListUserTags", UserName=user.name)["Tags"], "tags")
    t.true(not t.root.call("ListGroupsForUser", UserName=user.name)["Groups"], "groups")
    listed = t.root.call("ListAttachedUserPolicies", UserName=user.name)
    t.true(not listed["AttachedPolicies"], "policies")
    t.fails("NoSuchEntity", t.root.call, "GetLoginProfile", UserName=user.name)


def test_a_key(t):
    user = t.user("alice", [allow("iam:ListGroups")])
    user.client.call("ListGroups")
    make_user_again(t, user).client.call("ListUsers")
    t.fails(DEAD, user.client.call, "ListGroups", status=403)


def test_a_group(t):
    group = t.name("group")
    user = t.user("alice")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    t.fails("DeleteConflict", t.root.call, "DeleteGroup", GroupName=group, status=409)
    t.root.call("RemoveUserFromGroup", GroupName=group, UserName=user.name)
    t.root.call("DeleteGroup", GroupName=group)
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="inline", PolicyDocument=WIDE)
    t.denied(user.client.call, "ListUsers")
    t.true(not t.root.call("GetGroup", GroupName=group)["Users"], "members of the new group")


def test_a_session_of_a_role(t):
    caller = t.user("alice", [allow("sts:AssumeRole")])
    name, arn = t.role("role", {"AWS": caller.arn}, [allow("iam:ListGroups")])
    session = t.assume(caller.client, arn)
    session.call("ListGroups")
    make_role_again(t, name, {"AWS": caller.arn})
    for _ in range(2):
        t.fails(DEAD, session.call, "ListGroups", status=403)
    t.fails(DEAD, session.call, "GetCallerIdentity", status=403)
    t.fails(DEAD, session.call, "CreateUser", UserName=t.name("late"), status=403)
    t.assume(caller.client, arn).call("ListUsers")


def test_a_session_of_a_chained_role(t):
    """The session of the second role is its own: it lives as long as the second role."""
    caller = t.user("alice", [allow("sts:AssumeRole")])
    inner, inner_arn = t.role("inner", {"AWS": caller.arn}, [allow("sts:AssumeRole")])
    outer, outer_arn = t.role("outer", {"AWS": inner_arn}, [allow("iam:ListGroups")])
    session = t.assume(t.assume(caller.client, inner_arn), outer_arn)
    session.call("ListGroups")
    make_role_again(t, outer, {"AWS": inner_arn})
    t.fails(DEAD, session.call, "ListGroups", status=403)


def test_a_user_whom_a_role_trusts(t):
    user = t.user("alice", [allow("sts:AssumeRole")])
    _, arn = t.role("vault", {"AWS": user.arn})
    t.assume(user.client, arn)
    again = make_user_again(t, user)
    t.equal(again.arn, user.arn, "the ARN of the new user")
    t.denied(again.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="session1")


def test_a_role_whom_a_role_trusts(t):
    caller = t.user("alice", [allow("sts:AssumeRole")])
    inner, inner_arn = t.role("inner", {"AWS": caller.arn}, [allow("sts:AssumeRole")])
    _, vault = t.role("vault", {"AWS": inner_arn})
    t.assume(t.assume(caller.client, inner_arn), vault)
    make_role_again(t, inner, {"AWS": caller.arn})
    t.denied(t.assume(caller.client, inner_arn).call, "AssumeRole", RoleArn=vault,
             RoleSessionName="session1")


def test_a_role_in_an_instance_profile(t):
    name, _ = t.role("role", policy=[allow("iam:ListGroups")])
    profile = t.name("profile")
    t.root.call("CreateInstanceProfile", InstanceProfileName=profile)
    t.root.call("AddRoleToInstanceProfile", InstanceProfileName=profile, RoleName=name)
    t.root.call("DeleteRolePolicy", RoleName=name, PolicyName="inline")
    t.fails("DeleteConflict", t.root.call, "DeleteRole", RoleName=name, status=409)
    t.root.call("RemoveRoleFromInstanceProfile", InstanceProfileName=profile, RoleName=name)
    t.root.call("DeleteRole", RoleName=name)
    t.root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust({"AWS": t.account}))
    got = t.root.call("GetInstanceProfile", InstanceProfileName=profile)["InstanceProfile"]
    t.true(not got["Roles"], "roles of the profile")


def test_an_instance_profile(t):
    """A new profile holds no role, though the old one did."""
    name, _ = t.role("role")
    profile = t.name("profile")
    t.root.call("CreateInstanceProfile", InstanceProfileName=profile)
    t.root.call("AddRoleToInstanceProfile", InstanceProfileName=profile, RoleName=name)
    t.fails("DeleteConflict", t.root.call, "DeleteInstanceProfile", InstanceProfileName=profile)
    t.root.call("RemoveRoleFromInstanceProfile", InstanceProfileName=profile, RoleName=name)
    t.root.call("DeleteInstanceProfile", InstanceProfileName=profile)
    t.root.call("CreateInstanceProfile", InstanceProfileName=profile)
    listed = t.root.call("ListInstanceProfilesForRole", RoleName=name)["InstanceProfiles"]
    t.true(not listed, "profiles of the role")


def test_a_name_that_a_rename_left(t):
    """Who takes a name that another gave up is not trusted in the other's place, who still is."""
    user = t.user("alice", [allow("sts:AssumeRole")])
    _, arn = t.role("vault", {"AWS": user.arn})
    moved = t.name("moved")
    t.root.call("UpdateUser", UserName=user.name, NewUserName=moved)
    taker = t.user(UserName=user.name, policy=[allow("sts:AssumeRole")])
    t.equal(taker.arn, user.arn, "the ARN that was left")
    t.denied(taker.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="session1")
    t.assume(user.client, arn)


def test_a_path_that_a_user_left(t):
    user = t.user("alice", [allow("sts:AssumeRole")], Path="/ops/")
    _, arn = t.role("vault", {"AWS": user.arn})
    t.root.call("UpdateUser", UserName=user.name, NewPath="/dev/", NewUserName=user.name + "x")
    taker = t.user(UserName=user.name, policy=[allow("sts:AssumeRole")], Path="/ops/")
    t.equal(taker.arn, user.arn, "the ARN that was left")
    t.denied(taker.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="session1")
    t.assume(user.client, arn)


def test_a_group_name_that_a_rename_left(t):
    group = t.name("group")
    user = t.user("alice")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    t.root.call("UpdateGroup", GroupName=group, NewGroupName=group + "x")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="inline", PolicyDocument=WIDE)
    t.denied(user.client.call, "ListUsers")
    groups = t.root.call("ListGroupsForUser", UserName=user.name)["Groups"]
    t.equal([g["GroupName"] for g in groups], [group + "x"], "groups of the user")


def test_what_is_deleted_with_an_entity(t):
    """Tags and inline policies are parts: a new role, policy or group has none of the old one."""
    tags = [{"Key": "team", "Value": "red"}]
    name, arn = t.role("role", policy=[allow("*")], Tags=tags)
    t.root.call("DeleteRolePolicy", RoleName=name, PolicyName="inline")
    t.root.call("DeleteRole", RoleName=name)
    t.root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust({"AWS": t.account}))
    t.true(not t.root.call("ListRoleTags", RoleName=name)["Tags"], "tags of the role")
    t.true(not t.root.call("ListRolePolicies", RoleName=name)["PolicyNames"], "policies of the role")
    caller = t.user("alice", [allow("sts:AssumeRole")])
    t.denied(t.assume(caller.client, arn).call, "ListUsers")

    policy = t.policy("some", allow("iam:ListGroups"), Tags=tags)
    make_policy_again(t, policy)
    t.true(not t.root.call("ListPolicyTags", PolicyArn=policy)["Tags"], "tags of the policy")
    versions = t.root.call("ListPolicyVersions", PolicyArn=policy)["Versions"]
    t.equal([v["VersionId"] for v in versions], ["v1"], "versions of the policy")

    group = t.name("group")
    user = t.user("bob")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="inline", PolicyDocument=WIDE)
    t.root.call("DeleteGroupPolicy", GroupName=group, PolicyName="inline")
    t.root.call("DeleteGroup", GroupName=group)
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    t.denied(user.client.call, "ListUsers")
