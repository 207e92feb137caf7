# SPDX-License-Identifier: Apache-2.0
"""boto3 of Debian, unchanged, calls what no other case of a real client does: docs/coverage.md needs
each operation once with success."""

import json

from cases.sdk_boto3 import client_of, refused
from lib.case import allow, document, trust

SERVER = {}
TAGS = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}]
REST = [{"Key": "b", "Value": ""}]
READ = document(allow("s3:GetObject"))
EC2 = trust({"Service": "ec2.amazonaws.com"})


def policy_of(t, iam):
    return iam.create_policy(PolicyName=t.name("policy"), PolicyDocument=READ)["Policy"]["Arn"]


def role_of(t, iam, **params):
    name = t.name("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2, **params)
    return name


def test_users(t):
    iam = client_of(t, "iam")
    name, arn = t.name("alice"), policy_of(t, iam)
    iam.create_user(UserName=name)
    iam.tag_user(UserName=name, Tags=TAGS)
    iam.untag_user(UserName=name, TagKeys=["a"])
    t.equal(iam.list_user_tags(UserName=name)["Tags"], REST)
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)
    t.equal(iam.get_user(UserName=name)["User"]["PermissionsBoundary"],
            {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn})
    iam.delete_user_permissions_boundary(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    iam.detach_user_policy(UserName=name, PolicyArn=arn)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=READ)
    iam.delete_user_policy(UserName=name, PolicyName="p")
    refused(t, "NoSuchEntity", iam.get_user_policy, UserName=name, PolicyName="p")
    iam.update_user(UserName=name, NewUserName=name + "-2", NewPath="/x/")
    t.equal(iam.get_user(UserName=name + "-2")["User"]["Arn"], t.arn("user", name + "-2", "/x/"))


def test_access_keys(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    which = {"AccessKeyId": key["AccessKeyId"]}
    used = iam.get_access_key_last_used(**which)
    t.equal((used["UserName"], used["AccessKeyLastUsed"]),
            (name, {"ServiceName": "N/A", "Region": "N/A"}))
    iam.update_access_key(UserName=name, Status="Inactive", **which)
    t.equal([row["Status"] for row in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]],
            ["Inactive"])
    iam.delete_access_key(UserName=name, **which)
    t.equal(iam.list_access_keys(UserName=name)["AccessKeyMetadata"], [])


def test_groups(t):
    iam = client_of(t, "iam")
    name, member, arn = t.name("devs"), t.name("alice"), policy_of(t, iam)
    iam.create_group(GroupName=name)
    iam.create_user(UserName=member)
    iam.add_user_to_group(GroupName=name, UserName=member)
    rows = iam.list_groups_for_user(UserName=member)["Groups"]
    t.equal([row["GroupName"] for row in rows], [name])
    iam.put_group_policy(GroupName=name, PolicyName="p", PolicyDocument=READ)
    t.equal(iam.get_group_policy(GroupName=name, PolicyName="p")["PolicyDocument"], json.loads(READ))
    t.equal(iam.list_group_policies(GroupName=name)["PolicyNames"], ["p"])
    iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    rows = iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]
    t.equal([row["PolicyArn"] for row in rows], [arn])
    iam.update_group(GroupName=name, NewGroupName=name + "-2")
    which = {"GroupName": name + "-2"}
    refused(t, "DeleteConflict", iam.delete_group, **which)
    iam.detach_group_policy(PolicyArn=arn, **which)
    iam.delete_group_policy(PolicyName="p", **which)
    iam.remove_user_from_group(UserName=member, **which)
    iam.delete_group(**which)
    refused(t, "NoSuchEntity", iam.get_group, **which)


def test_roles(t):
    iam = client_of(t, "iam")
    name, arn = role_of(t, iam, Tags=TAGS), policy_of(t, iam)
    iam.tag_role(RoleName=name, Tags=[{"Key": "c", "Value": "3"}])
    iam.untag_role(RoleName=name, TagKeys=["a", "c"])
    t.equal(iam.list_role_tags(RoleName=name)["Tags"], REST)
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=arn)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=READ)
    t.equal(iam.get_role_policy(RoleName=name, PolicyName="p")["PolicyDocument"], json.loads(READ))
    t.equal(iam.list_role_policies(RoleName=name)["PolicyNames"], ["p"])
    rows = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    t.equal([row["PolicyArn"] for row in rows], [arn])
    iam.update_role(RoleName=name, Description="one", MaxSessionDuration=7200)
    t.equal(iam.update_role_description(RoleName=name, Description="two")["Role"]["Description"],
            "two")
    other = trust({"Service": "lambda.amazonaws.com"})
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=other)
    role = iam.get_role(RoleName=name)["Role"]
    t.equal((role["AssumeRolePolicyDocument"], role["Description"], role["MaxSessionDuration"],
             role["PermissionsBoundary"]["PermissionsBoundaryArn"], role["RoleLastUsed"]),
            (json.loads(other), "two", 7200, arn, {}))
    refused(t, "DeleteConflict", iam.delete_role, RoleName=name)
    iam.delete_role_permissions_boundary(RoleName=name)
    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)
    refused(t, "NoSuchEntity", iam.get_role, RoleName=name)


def test_policies(t):
    iam = client_of(t, "iam")
    name, arn = role_of(t, iam), policy_of(t, iam)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(allow("s3:PutObject")))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    rows = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    t.equal([(row["VersionId"], row["IsDefaultVersion"]) for row in rows],
            [("v2", True), ("v1", False)])
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.tag_policy(PolicyArn=arn, Tags=TAGS)
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    t.equal(iam.list_policy_tags(PolicyArn=arn)["Tags"], REST)
    iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    users = iam.list_entities_for_policy(PolicyArn=arn)
    t.equal(([row["RoleName"] for row in users["PolicyRoles"]], users["PolicyUsers"],
             users["PolicyGroups"]), ([name], [], []))
    refused(t, "DeleteConflict", iam.delete_policy, PolicyArn=arn)
    iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    refused(t, "NoSuchEntity", iam.get_policy, PolicyArn=arn)


def test_instance_profiles(t):
    iam = client_of(t, "iam")
    role, name = role_of(t, iam), t.name("profile")
    who = {"InstanceProfileName": name}
    iam.create_instance_profile(Path="/x/", **who)
    iam.get_waiter("instance_profile_exists").wait(**who)
    iam.tag_instance_profile(Tags=TAGS, **who)
    iam.untag_instance_profile(TagKeys=["a"], **who)
    t.equal(iam.list_instance_profile_tags(**who)["Tags"], REST)
    iam.add_role_to_instance_profile(RoleName=role, **who)
    got = iam.get_instance_profile(**who)["InstanceProfile"]
    t.equal(([one["RoleName"] for one in got["Roles"]], got["Tags"]), ([role], REST))
    for rows in (iam.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"],
                 iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]):
        t.equal([row["InstanceProfileName"] for row in rows], [name])
    refused(t, "DeleteConflict", iam.delete_instance_profile, **who)
    iam.remove_role_from_instance_profile(RoleName=role, **who)
    iam.delete_instance_profile(**who)
    refused(t, "NoSuchEntity", iam.get_instance_profile, **who)
