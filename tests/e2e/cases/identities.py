# SPDX-License-Identifier: Apache-2.0
"""Users, keys, groups, roles, policies: every operation, its members, errors, limits and pages."""

import calendar
import json
import re
import time

from lib.case import allow, decoded, document, trust

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))


def has_shape(t, value, prefix, length, what):
    t.true(re.match("^%s[A-Z0-9]{%d}$" % (prefix, length - len(prefix)), value),
           "%s has an odd shape: %r" % (what, value))


def pages(t, action, member, size, **params):
    """All items of a list, read in pages; checks the page rules."""
    found, marker, count = [], None, 0
    while True:
        more = {"Marker": marker} if marker else {}
        result = t.root.call(action, MaxItems=size, **more, **params)
        items = result[member] or []
        t.true(len(items) <= size, "%s gave %d items for MaxItems %d" % (action, len(items), size))
        found.extend(items)
        count += 1
        if result["IsTruncated"] == "false":
            t.true(not result.get("Marker"), "a Marker on the last page")
            return found, count
        t.true(result.get("Marker"), "truncated without a Marker")
        t.true(items, "an empty page that is truncated")
        marker = result["Marker"]
        t.true(count < 1000, "%s does not end" % action)


def test_user_life(t):
    name = t.name("alice")
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "empty", "Value": ""}]
    user = t.root.call("CreateUser", UserName=name, Path="/dev/web/", Tags=tags)["User"]
    t.equal(user["UserName"], name)
    t.equal(user["Path"], "/dev/web/")
    t.equal(user["Arn"], "arn:aws:iam::%s:user/dev/web/%s" % (t.account, name))
    has_shape(t, user["UserId"], "AIDA", 21, "UserId")
    t.true(TIME.match(user["CreateDate"]), "CreateDate %r" % user["CreateDate"])
    t.equal(sorted(tag["Key"] for tag in user["Tags"]), ["empty", "team"])
    got = t.root.call("GetUser", UserName=name)["User"]
    t.equal(got["UserId"], user["UserId"])
    t.equal(got["CreateDate"], user["CreateDate"])
    new = t.name("alina")
    t.root.call("UpdateUser", UserName=name, NewUserName=new, NewPath="/ops/")
    t.fails("NoSuchEntity", t.root.call, "GetUser", UserName=name, status=404, contains=name)
    got = t.root.call("GetUser", UserName=new)["User"]
    t.equal((got["UserId"], got["Path"]), (user["UserId"], "/ops/"))
    t.root.call("DeleteUser", UserName=new)
    t.fails("NoSuchEntity", t.root.call, "DeleteUser", UserName=new, status=404)


def test_user_name_is_unique_without_case(t):
    name = t.name("bob")
    t.root.call("CreateUser", UserName=name)
    t.fails("EntityAlreadyExists", t.root.call, "CreateUser", UserName=name, status=409,
            contains="User with name %s already exists." % name)
    t.fails("EntityAlreadyExists", t.root.call, "CreateUser", UserName=name.upper(), status=409)
    other = t.name("carol")
    t.root.call("CreateUser", UserName=other)
    t.fails("EntityAlreadyExists", t.root.call, "UpdateUser", UserName=other,
            NewUserName=name.capitalize(), status=409)
    t.root.call("UpdateUser", UserName=other, NewUserName=other.upper())
    t.equal(t.root.call("GetUser", UserName=other.upper())["User"]["UserName"], other.upper())


def test_users_are_listed_in_pages(t):
    path = "/pages/%s/" % t.name("p")
    names = sorted("u%02d-%s" % (i, t.name("x")) for i in range(23))
    for name in reversed(names):
        t.root.call("CreateUser", UserName=name, Path=path)
    t.root.call("CreateUser", UserName=t.name("elsewhere"), Path="/pagesx/")
    for size in (1, 7, 23, 100):
        users, count = pages(t, "ListUsers", "Users", size, PathPrefix=path)
        t.equal([user["UserName"] for user in users], names, "pages of %d" % size)
        t.equal(count, max(1, -(-23 // size)), "number of pages of %d" % size)
    t.equal(t.root.call("ListUsers", PathPrefix="/nothing/here/").get("Users") or [], [])


def test_a_page_has_a_hundred_items_unless_it_is_told(t):
    path = "/hundred/%s/" % t.name("p")
    names = sorted(t.name("g") for _ in range(101))
    for name in names:
        t.root.call("CreateGroup", GroupName=name, Path=path)
    first = t.root.call("ListGroups", PathPrefix=path)
    t.equal([group["GroupName"] for group in first["Groups"]], names[:100])
    t.equal(first["IsTruncated"], "true")
    rest = t.root.call("ListGroups", PathPrefix=path, Marker=first["Marker"])
    t.equal([group["GroupName"] for group in rest["Groups"]], names[100:])
    t.equal((rest["IsTruncated"], rest.get("Marker")), ("false", None))
    whole = t.root.call("ListGroups", PathPrefix=path, MaxItems=101)
    t.equal(([group["GroupName"] for group in whole["Groups"]], whole["IsTruncated"]),
            (names, "false"))


def test_a_page_survives_deletion_of_its_marker(t):
    path = "/moving/%s/" % t.name("p")
    names = sorted(t.name("m") for _ in range(6))
    for name in names:
        t.root.call("CreateUser", UserName=name, Path=path)
    first = t.root.call("ListUsers", PathPrefix=path, MaxItems=3)
    t.root.call("DeleteUser", UserName=first["Users"][-1]["UserName"])
    rest = t.root.call("ListUsers", PathPrefix=path, MaxItems=100, Marker=first["Marker"])
    t.equal([user["UserName"] for user in rest["Users"]], names[3:])


def test_odd_markers_and_sizes_are_refused(t):
    for marker in ("nonsense", "AAAA", "%00", "x" * 320):
        t.fails(("InvalidInput", "ValidationError"), t.root.call, "ListUsers", Marker=marker,
                status=400)
    for size in (0, -1, 1001, 99999999999999999999):
        t.fails(("ValidationError", "MalformedInput"), t.root.call, "ListUsers", MaxItems=size,
                status=400)
    t.fails(("ValidationError", "MalformedInput"), t.root.call, "ListUsers", MaxItems="ten",
            status=400)


def test_access_keys(t):
    user = t.user("alice", [allow("iam:*AccessKey*"), allow("iam:GetUser")])
    has_shape(t, user.key_id, "AKIA", 20, "AccessKeyId")
    second = t.root.call("CreateAccessKey", UserName=user.name)["AccessKey"]
    t.equal(second["Status"], "Active")
    t.equal(len(second["SecretAccessKey"]), 40, "length of the secret")
    t.fails("LimitExceeded", t.root.call, "CreateAccessKey", UserName=user.name, status=409,
            contains="AccessKeysPerUser: 2")
    keys = t.root.call("ListAccessKeys", UserName=user.name)["AccessKeyMetadata"]
    t.equal({key["AccessKeyId"] for key in keys}, {user.key_id, second["AccessKeyId"]})
    t.true(all("SecretAccessKey" not in key for key in keys), "a secret in a list")
    own = user.client.call("ListAccessKeys")["AccessKeyMetadata"]
    t.equal(len(own), 2, "keys of the caller")
    t.root.call("UpdateAccessKey", UserName=user.name, AccessKeyId=second["AccessKeyId"],
                Status="Inactive")
    keys = t.root.call("ListAccessKeys", UserName=user.name)["AccessKeyMetadata"]
    status = {key["AccessKeyId"]: key["Status"] for key in keys}
    t.equal(status[second["AccessKeyId"]], "Inactive")
    t.fails("ValidationError", t.root.call, "UpdateAccessKey", UserName=user.name,
            AccessKeyId=second["AccessKeyId"], Status="Sleeping", contains="at 'status'")
    t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=second["AccessKeyId"])
    t.fails("NoSuchEntity", t.root.call, "DeleteAccessKey", UserName=user.name,
            AccessKeyId=second["AccessKeyId"], status=404)
    other = t.user("bob")
    t.fails("NoSuchEntity", t.root.call, "DeleteAccessKey", UserName=other.name,
            AccessKeyId=user.key_id, status=404)


def seconds_of(text):
    """The seconds since 1970 of an ISO time."""
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def test_role_last_used(t):
    name, arn = t.role(policy=[allow("iam:ListUsers")])
    session = t.assume(t.user("alice", [allow("sts:AssumeRole")]).client, arn)
    t.true(not t.root.call("GetRole", RoleName=name)["Role"].get("RoleLastUsed"), "not used yet")
    before = time.time()
    session.call("ListUsers")
    deadline = time.monotonic() + 15
    used = {}
    while not used and time.monotonic() < deadline:
        used = t.root.call("GetRole", RoleName=name)["Role"].get("RoleLastUsed")
        time.sleep(0.2)
    t.true(used, "the use of the role is not recorded")
    t.true(before - 2 <= seconds_of(used["LastUsedDate"]) <= time.time() + 2, repr(used))
    t.equal(used["Region"], "us-east-1")


def test_access_key_last_used(t):
    user = t.user("alice", [allow("iam:GetUser")])
    fresh = t.root.call("GetAccessKeyLastUsed", AccessKeyId=user.key_id)
    t.equal(fresh["UserName"], user.name)
    t.equal(fresh["AccessKeyLastUsed"], {"ServiceName": "N/A", "Region": "N/A"})
    before = time.time()
    user.client.call("GetUser")
    deadline = time.monotonic() + 15
    while True:
        used = t.root.call("GetAccessKeyLastUsed", AccessKeyId=user.key_id)["AccessKeyLastUsed"]
        if used["ServiceName"] != "N/A" or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    t.equal(used["ServiceName"], "iam")
    t.true(TIME.match(used["LastUsedDate"]), "LastUsedDate %r" % used["LastUsedDate"])
    t.true(before - 2 <= seconds_of(used["LastUsedDate"]) <= time.time() + 2, repr(used))
    t.equal(used["Region"], "us-east-1")
    t.fails(("NoSuchEntity", "AccessDenied"), t.root.call, "GetAccessKeyLastUsed",
            AccessKeyId="AKIAAAAAAAAAAAAAAAAA")


def test_caller_without_a_user_name(t):
    user = t.user("alice", [allow("iam:GetUser")])
    t.equal(user.client.call("GetUser")["User"]["UserName"], user.name)
    root = t.root.call("GetUser")["User"]
    t.equal(root["Arn"], "arn:aws:iam::%s:root" % t.account)


def test_groups(t):
    name = t.name("devs")
    group = t.root.call("CreateGroup", GroupName=name, Path="/teams/")["Group"]
    has_shape(t, group["GroupId"], "AGPA", 21, "GroupId")
    t.equal(group["Arn"], "arn:aws:iam::%s:group/teams/%s" % (t.account, name))
    t.fails("EntityAlreadyExists", t.root.call, "CreateGroup", GroupName=name.upper(), status=409)
    users = sorted(t.name("member") for _ in range(5))
    for user in users:
        t.root.call("CreateUser", UserName=user)
        t.root.call("AddUserToGroup", GroupName=name, UserName=user)
    t.root.call("AddUserToGroup", GroupName=name, UserName=users[0])
    got = t.root.call("GetGroup", GroupName=name)
    t.equal(got["Group"]["GroupId"], group["GroupId"])
    t.equal(sorted(user["UserName"] for user in got["Users"]), users)
    first, count = pages(t, "GetGroup", "Users", 2, GroupName=name)
    t.equal((len(first), count), (5, 3))
    mine = t.root.call("ListGroupsForUser", UserName=users[0])["Groups"]
    t.equal([g["GroupName"] for g in mine], [name])
    new = t.name("makers")
    t.root.call("UpdateGroup", GroupName=name, NewGroupName=new, NewPath="/other/")
    t.equal(t.root.call("GetGroup", GroupName=new)["Group"]["Path"], "/other/")
    t.true(new in [g["GroupName"] for g in t.root.call("ListGroups", PathPrefix="/other/")["Groups"]],
           "renamed group is not listed")
    t.fails("DeleteConflict", t.root.call, "DeleteGroup", GroupName=new, status=409,
            contains="must remove users from group first")
    t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=users[0], status=409)
    for user in users:
        t.root.call("RemoveUserFromGroup", GroupName=new, UserName=user)
    t.root.call("DeleteGroup", GroupName=new)
    t.fails("NoSuchEntity", t.root.call, "GetGroup", GroupName=new, status=404, contains=new)
    t.fails("NoSuchEntity", t.root.call, "AddUserToGroup", GroupName=new, UserName=users[0])


def test_a_user_is_in_ten_groups_at_most(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    groups = [t.name("g") for _ in range(11)]
    for group in groups:
        t.root.call("CreateGroup", GroupName=group)
    for group in groups[:10]:
        t.root.call("AddUserToGroup", GroupName=group, UserName=user)
    t.fails("LimitExceeded", t.root.call, "AddUserToGroup", GroupName=groups[10], UserName=user,
            status=409, contains="GroupsPerUser: 10")


def test_inline_policies_come_back_as_given(t):
    given = '{ "Version":"2012-10-17",\n\t"Statement" : {"Effect":"Allow","Action":"s3:*",' \
            '"Resource":"arn:aws:s3:::b/\u00e4 +%20/*"} }'
    user = t.name("alice")
    group = t.name("devs")
    role, _ = t.role()
    t.root.call("CreateUser", UserName=user)
    t.root.call("CreateGroup", GroupName=group)
    for kind, name in (("User", user), ("Group", group), ("Role", role)):
        who = {kind + "Name": name}
        put, get = "Put%sPolicy" % kind, "Get%sPolicy" % kind
        t.root.call(put, PolicyName="p1", PolicyDocument=given, **who)
        t.root.call(put, PolicyName="p2", PolicyDocument=READ, **who)
        got = t.root.call(get, PolicyName="p1", **who)
        t.true("{" not in got["PolicyDocument"] and " " not in got["PolicyDocument"],
               "the document is not URL-encoded: %r" % got["PolicyDocument"])
        t.equal(decoded(got["PolicyDocument"]), given, "document of the " + kind)
        t.equal((got[kind + "Name"], got["PolicyName"]), (name, "p1"))
        t.equal(t.root.call("List%sPolicies" % kind, **who)["PolicyNames"], ["p1", "p2"])
        t.root.call(put, PolicyName="p1", PolicyDocument=READ, **who)
        t.equal(decoded(t.root.call(get, PolicyName="p1", **who)["PolicyDocument"]), READ)
        t.fails("DeleteConflict", t.root.call, "Delete" + kind, status=409, **who)
        t.root.call("Delete%sPolicy" % kind, PolicyName="p1", **who)
        t.fails("NoSuchEntity", t.root.call, get, PolicyName="p1", status=404, **who)
        t.fails("NoSuchEntity", t.root.call, "Delete%sPolicy" % kind, PolicyName="p1", **who)


def test_managed_policy_and_versions(t):
    name = t.name("readers")
    made = t.root.call("CreatePolicy", PolicyName=name, Path="/app/", PolicyDocument=READ,
                       Description="reads", Tags=[{"Key": "k", "Value": "v"}])["Policy"]
    arn = made["Arn"]
    t.equal(arn, "arn:aws:iam::%s:policy/app/%s" % (t.account, name))
    has_shape(t, made["PolicyId"], "ANPA", 21, "PolicyId")
    t.equal((made["DefaultVersionId"], made["AttachmentCount"], made["IsAttachable"]),
            ("v1", "0", "true"))
    t.fails("EntityAlreadyExists", t.root.call, "CreatePolicy", PolicyName=name.upper(),
            PolicyDocument=READ, status=409)
    got = t.root.call("GetPolicy", PolicyArn=arn)["Policy"]
    t.equal((got["Description"], got["PermissionsBoundaryUsageCount"]), ("reads", "0"))
    for number in range(2, 6):
        text = document(allow("s3:Get%d" % number))
        version = t.root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text,
                              **({"SetAsDefault": True} if number == 3 else {}))["PolicyVersion"]
        t.equal((version["VersionId"], version["IsDefaultVersion"]),
                ("v%d" % number, "true" if number == 3 else "false"))
    t.fails("LimitExceeded", t.root.call, "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ,
            status=409)
    versions = t.root.call("ListPolicyVersions", PolicyArn=arn)["Versions"]
    t.equal(sorted(v["VersionId"] for v in versions), ["v1", "v2", "v3", "v4", "v5"])
    t.equal([v["VersionId"] for v in versions if v["IsDefaultVersion"] == "true"], ["v3"])
    one = t.root.call("GetPolicyVersion", PolicyArn=arn, VersionId="v2")["PolicyVersion"]
    t.equal(json.loads(decoded(one["Document"]))["Statement"][0]["Action"], "s3:Get2")
    t.fails("DeleteConflict", t.root.call, "DeletePolicyVersion", PolicyArn=arn, VersionId="v3",
            status=409)
    t.root.call("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v5")
    t.equal(t.root.call("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"], "v5")
    t.root.call("DeletePolicyVersion", PolicyArn=arn, VersionId="v3")
    six = t.root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ)["PolicyVersion"]
    t.equal(six["VersionId"], "v6", "a version number is not used twice")
    t.fails("NoSuchEntity", t.root.call, "GetPolicyVersion", PolicyArn=arn, VersionId="v3")
    t.fails("NoSuchEntity", t.root.call, "SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v9")
    t.fails("DeleteConflict", t.root.call, "DeletePolicy", PolicyArn=arn, status=409)
    for version in ("v1", "v2", "v4", "v6"):
        t.root.call("DeletePolicyVersion", PolicyArn=arn, VersionId=version)
    t.root.call("DeletePolicy", PolicyArn=arn)
    t.fails("NoSuchEntity", t.root.call, "GetPolicy", PolicyArn=arn, status=404)


def test_policies_are_listed_by_scope_and_use(t):
    path = "/scope/%s/" % t.name("p")
    arns = [t.policy("pol", allow("s3:*"), Path=path) for _ in range(5)]
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    t.root.call("AttachUserPolicy", UserName=user, PolicyArn=arns[2])
    t.root.call("PutUserPermissionsBoundary", UserName=user, PermissionsBoundary=arns[3])
    found, count = pages(t, "ListPolicies", "Policies", 2, Scope="Local", PathPrefix=path)
    t.equal((sorted(p["Arn"] for p in found), count), (sorted(arns), 3))
    only = t.root.call("ListPolicies", Scope="Local", OnlyAttached=True, PathPrefix=path)["Policies"]
    t.true(arns[2] in [p["Arn"] for p in only], "attached policy is not listed")
    t.true(arns[0] not in [p["Arn"] for p in only], "policy without use is listed")
    used = t.root.call("ListPolicies", PolicyUsageFilter="PermissionsBoundary", Scope="Local",
                       OnlyAttached=True, PathPrefix=path)["Policies"]
    t.equal([p["Arn"] for p in used], [arns[3]])
    counts = t.root.call("GetPolicy", PolicyArn=arns[3])["Policy"]
    t.equal((counts["AttachmentCount"], counts["PermissionsBoundaryUsageCount"]), ("0", "1"))


def test_attachments(t):
    arn = t.policy("readers", allow("s3:GetObject"))
    name = arn.rpartition("/")[2]
    user = t.name("alice")
    group = t.name("devs")
    role, _ = t.role()
    t.root.call("CreateUser", UserName=user)
    t.root.call("CreateGroup", GroupName=group)
    kinds = (("User", user), ("Group", group), ("Role", role))
    for kind, who in kinds:
        target = {kind + "Name": who}
        t.root.call("Attach%sPolicy" % kind, PolicyArn=arn, **target)
        t.root.call("Attach%sPolicy" % kind, PolicyArn=arn, **target)
        attached = t.root.call("ListAttached%sPolicies" % kind, **target)["AttachedPolicies"]
        t.equal(attached, [{"PolicyName": name, "PolicyArn": arn}], kind)
        t.fails("DeleteConflict", t.root.call, "Delete" + kind, status=409, **target)
    t.equal(t.root.call("GetPolicy", PolicyArn=arn)["Policy"]["AttachmentCount"], "3")
    for kind, who in kinds:
        entities = t.root.call("ListEntitiesForPolicy", PolicyArn=arn, EntityFilter=kind)
        member = {"User": "PolicyUsers", "Group": "PolicyGroups", "Role": "PolicyRoles"}[kind]
        t.equal([e[kind + "Name"] for e in entities[member]], [who])
        t.true(entities[member][0][kind + "Id"], "no id")
    everyone = t.root.call("ListEntitiesForPolicy", PolicyArn=arn)
    t.equal([len(everyone[m]) for m in ("PolicyUsers", "PolicyGroups", "PolicyRoles")], [1, 1, 1])
    t.fails("DeleteConflict", t.root.call, "DeletePolicy", PolicyArn=arn, status=409)
    for kind, who in kinds:
        t.root.call("Detach%sPolicy" % kind, PolicyArn=arn, **{kind + "Name": who})
        t.fails("NoSuchEntity", t.root.call, "Detach%sPolicy" % kind, PolicyArn=arn,
                **{kind + "Name": who})
    t.root.call("DeletePolicy", PolicyArn=arn)
    t.fails("NoSuchEntity", t.root.call, "AttachUserPolicy", UserName=user, PolicyArn=arn)


def test_ten_policies_are_attached_at_most(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    arns = [t.policy("many", allow("s3:*")) for _ in range(11)]
    for arn in arns[:10]:
        t.root.call("AttachUserPolicy", UserName=user, PolicyArn=arn)
    t.fails("LimitExceeded", t.root.call, "AttachUserPolicy", UserName=user, PolicyArn=arns[10],
            status=409, contains="PoliciesPerUser: 10")
    attached, count = pages(t, "ListAttachedUserPolicies", "AttachedPolicies", 4, UserName=user)
    t.equal((sorted(p["PolicyArn"] for p in attached), count), (sorted(arns[:10]), 3))


def test_role_life(t):
    name = t.name("worker")
    text = trust({"Service": "ec2.amazonaws.com"})
    role = t.root.call("CreateRole", RoleName=name, Path="/svc/", AssumeRolePolicyDocument=text,
                       Description="works", MaxSessionDuration=7200,
                       Tags=[{"Key": "k", "Value": "v"}])["Role"]
    has_shape(t, role["RoleId"], "AROA", 21, "RoleId")
    t.equal(role["Arn"], "arn:aws:iam::%s:role/svc/%s" % (t.account, name))
    t.equal(decoded(role["AssumeRolePolicyDocument"]), text)
    got = t.root.call("GetRole", RoleName=name)["Role"]
    t.equal((got["Description"], got["MaxSessionDuration"]), ("works", "7200"))
    t.fails("EntityAlreadyExists", t.root.call, "CreateRole", RoleName=name.upper(),
            AssumeRolePolicyDocument=text, status=409)
    t.root.call("UpdateRole", RoleName=name, Description="works more", MaxSessionDuration=3600)
    got = t.root.call("GetRole", RoleName=name)["Role"]
    t.equal((got["Description"], got["MaxSessionDuration"]), ("works more", "3600"))
    described = t.root.call("UpdateRoleDescription", RoleName=name, Description="rests")["Role"]
    t.equal(described["Description"], "rests")
    new = trust({"AWS": "arn:aws:iam::%s:root" % t.account})
    t.root.call("UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=new)
    got = t.root.call("GetRole", RoleName=name)["Role"]
    t.equal(decoded(got["AssumeRolePolicyDocument"]),
            json.dumps(json.loads(new), separators=(",", ":")))
    listed = t.root.call("ListRoles", PathPrefix="/svc/")["Roles"]
    t.true(name in [r["RoleName"] for r in listed], "role is not listed")
    for bad in (3599, 43201):
        t.fails("ValidationError", t.root.call, "UpdateRole", RoleName=name, MaxSessionDuration=bad)
    t.root.call("DeleteRole", RoleName=name)
    t.fails("NoSuchEntity", t.root.call, "GetRole", RoleName=name, status=404, contains=name)


def test_trust_policies_are_checked(t):
    bad = (
        document(allow("sts:AssumeRole")),
        document({"Effect": "Allow", "Action": "sts:AssumeRole"}),
        trust({"AWS": "arn:aws:iam::%s:user/%s" % (t.account, t.name("nobody"))}),
        trust({"AWS": "nonsense"}),
        trust({"AWS": "*"}, Resource="*"),
        "{}", "not json", "[]",
    )
    for text in bad:
        t.fails("MalformedPolicyDocument", t.root.call, "CreateRole", RoleName=t.name("r"),
                AssumeRolePolicyDocument=text, status=400)
    name, _ = t.role()
    t.fails("MalformedPolicyDocument", t.root.call, "UpdateAssumeRolePolicy", RoleName=name,
            PolicyDocument=bad[0], status=400)


def test_permissions_boundaries(t):
    boundary = t.policy("boundary", allow("s3:*"))
    user = t.name("alice")
    made = t.root.call("CreateUser", UserName=user, PermissionsBoundary=boundary)["User"]
    want = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    got = t.root.call("GetUser", UserName=user)["User"]["PermissionsBoundary"]
    t.equal(got["PermissionsBoundaryArn"], want["PermissionsBoundaryArn"])
    t.true(got["PermissionsBoundaryType"] in ("Policy", "PermissionsBoundaryPolicy"), repr(got))
    t.true(made["UserName"], "no user")
    role, _ = t.role()
    for kind, name in (("User", user), ("Role", role)):
        who = {kind + "Name": name}
        t.root.call("Put%sPermissionsBoundary" % kind, PermissionsBoundary=boundary, **who)
        got = t.root.call("Get" + kind, **who)[kind]["PermissionsBoundary"]
        t.equal(got["PermissionsBoundaryArn"], boundary)
        t.root.call("Delete%sPermissionsBoundary" % kind, **who)
        t.true("PermissionsBoundary" not in t.root.call("Get" + kind, **who)[kind], "the boundary is still there")
        t.fails("NoSuchEntity", t.root.call, "Put%sPermissionsBoundary" % kind, status=404,
                PermissionsBoundary=boundary + "x", **who)


def test_tags(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    role, _ = t.role()
    policy = t.policy("tagged", allow("s3:*"))
    for kind, who in (("User", {"UserName": user}), ("Role", {"RoleName": role}),
                      ("Policy", {"PolicyArn": policy})):
        listing = "List%sTags" % kind
        t.root.call("Tag" + kind, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}], **who)
        t.root.call("Tag" + kind, Tags=[{"Key": "b", "Value": "2 + 2"}], **who)
        tags = {tag["Key"]: tag["Value"] for tag in t.root.call(listing, **who)["Tags"]}
        t.equal(tags, {"a": "", "b": "2 + 2"}, kind)
        t.root.call("Untag" + kind, TagKeys=["a", "never"], **who)
        tags = [tag["Key"] for tag in t.root.call(listing, **who)["Tags"]]
        t.equal(tags, ["b"], kind)
        many = [{"Key": "k%d" % i, "Value": "v"} for i in range(50)]
        t.fails("LimitExceeded", t.root.call, "Tag" + kind, Tags=many, status=409, **who)
        t.root.call("Tag" + kind, Tags=many[:49], **who)
        found, _ = pages(t, listing, "Tags", 20, **who)
        t.equal(len(found), 50, kind)
        double = [{"Key": "Same", "Value": "1"}, {"Key": "Same", "Value": "2"}]
        t.fails("InvalidInput", t.root.call, "Tag" + kind, Tags=double, status=400, **who)


def test_documents_are_checked_on_write(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    bad = (
        "not json", "[]", "{}", '{"Version":"2012-10-17"}',
        '{"Version":"2012-10-17","Statement":[]',
        '{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}',
        document({"Effect": "allow", "Action": "s3:*", "Resource": "*"}),
        document({"Action": "s3:*", "Resource": "*"}),
        document({"Effect": "Allow", "Resource": "*"}),
        document({"Effect": "Allow", "Action": "s3:*"}),
        document({"Effect": "Allow", "Action": "s3GetObject", "Resource": "*"}),
        document({"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"}),
        document({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotResource": "*"}),
        document(allow("s3:*", "bucket")),
        document(allow("s3:*", Principal="*")),
        document(allow("s3:*", Foo="bar")),
        document(allow("s3:*", Condition={"StringIs": {"aws:userid": "x"}})),
        document(allow("s3:*", Condition={"stringEquals": {"aws:userid": "x"}})),
        document(allow("s3:*", Sid="a"), allow("s3:*", Sid="a")),
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Effect":"Deny","Action":"s3:*",'
        '"Resource":"*"}}',
        READ + "x",
    )
    for text in bad:
        t.fails("MalformedPolicyDocument", t.root.call, "PutUserPolicy", UserName=user,
                PolicyName="p", PolicyDocument=text, status=400)
        t.fails("MalformedPolicyDocument", t.root.call, "CreatePolicy", PolicyName=t.name("p"),
                PolicyDocument=text, status=400)
    t.equal(t.root.call("ListUserPolicies", UserName=user).get("PolicyNames") or [], [])


# What AWS answers, word for word: docs/conformance.md, "Refusals".
SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
OLD = json.dumps({"Version": "2008-10-17", "Statement": allow("s3:*")})
SENTENCES = (
    ("PutUserPolicy", "{", SYNTAX),
    ("CreatePolicy", "{", SYNTAX),
    ("CreatePolicy", json.dumps({"Statement": allow("s3:*")}), VERSION),
    ("CreatePolicy", OLD, VERSION),
    ("PutUserPolicy", document(allow("s3:*", Effect="allow")), "The policy failed legacy parsing"),
    ("PutUserPolicy", document(allow("s3:*", "arn:error:s3:::b")),
     'Partition "error" is not valid for resource "arn:error:s3:::b".'),
    ("PutUserPolicy", document(allow("s3:*", "adf")),
     'Resource adf must be in ARN format or "*".'),
    ("PutUserPolicy", document(allow("s*:Get*")),
     "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards."),
    ("PutUserPolicy", document({"Effect": "Allow", "Action": "s3:*"}),
     "Policy statement must contain resources."),
    ("CreateRole", "{", "This policy contains invalid Json"),
    ("CreateRole", trust("*"), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'),
    ("CreateRole", trust({"AWS": "12345"}), 'Invalid principal in policy: "AWS":"12345"'),
    ("CreateRole", trust({"Service": "nope"}), 'Invalid principal in policy: "SERVICE":"nope"'),
    ("CreateRole", trust({"Federated": "*"}, "sts:AssumeRoleWithSAML"),
     "Federated principals must be valid domain names or SAML metadata ARNs"),
    ("CreateRole", trust({"AWS": "*"}, Resource="*"), "Has prohibited field Resource"),
    ("CreateRole", trust({"Federated": "cognito-identity.amazonaws.com"},
                         "sts:AssumeRoleWithWebIdentity"),
     "Trust policy with trusted principal cognito-identity.amazonaws.com must evaluate, using "
     "StringEquals, StringLike or StringEqualsIgnoreCase, cognito-identity.amazonaws.com:aud "
     "which is not scoped to all"),
)


def test_refused_documents_are_answered_as_by_aws(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    more = {
        "PutUserPolicy": lambda text: {"UserName": user, "PolicyName": "p", "PolicyDocument": text},
        "CreatePolicy": lambda text: {"PolicyName": t.name("p"), "PolicyDocument": text},
        "CreateRole": lambda text: {"RoleName": t.name("r"), "AssumeRolePolicyDocument": text},
    }
    for action, text, sentence in SENTENCES:
        error = t.fails("MalformedPolicyDocument", t.root.call, action, status=400,
                        **more[action](text))
        t.equal(error.message, sentence, "%s %s" % (action, text))
    # An inline policy may be of the older version, a version of a managed one may not.
    t.root.call("PutUserPolicy", UserName=user, PolicyName="p", PolicyDocument=OLD)
    arn = t.root.call("CreatePolicy", PolicyName=t.name("p"),
                      PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    error = t.fails("MalformedPolicyDocument", t.root.call, "CreatePolicyVersion", PolicyArn=arn,
                    PolicyDocument=OLD)
    t.equal(error.message, VERSION)


def test_trust_policies_come_back_in_one_form(t):
    name = t.name("r")
    sent = ('{"Statement": {"Action": ["sts:AssumeRole"], "Condition": {"StringEquals": '
            '{"sts:ExternalId": ["x"]}}, "Principal": {"Service": ["ec2.amazonaws.com"]}, '
            '"Effect": "Allow", "Sid": "a"}, "Version": "2012-10-17"}')
    shown = ('{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":'
             '{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole","Condition":'
             '{"StringEquals":{"sts:ExternalId":"x"}}}]}')
    made = t.root.call("CreateRole", RoleName=name, Path="/form/", AssumeRolePolicyDocument=sent)
    t.equal(decoded(made["Role"]["AssumeRolePolicyDocument"]), sent)
    got = t.root.call("GetRole", RoleName=name)["Role"]
    t.equal(decoded(got["AssumeRolePolicyDocument"]), shown)
    listed = t.root.call("ListRoles", PathPrefix="/form/")["Roles"]
    t.equal([decoded(role["AssumeRolePolicyDocument"]) for role in listed], [shown])


def test_document_sizes(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)

    def sized(characters):
        resources = ["arn:aws:s3:::b%d/" % i + "k" * 480 for i in range(characters // 500)]
        left = characters - len(document(allow("s3:GetObject", resources)).replace(" ", ""))
        while left < 0:
            resources.pop()
            left = characters - len(document(allow("s3:GetObject", resources)).replace(" ", ""))
        resources[0] += "k" * left
        text = document(allow("s3:GetObject", resources))
        t.equal(len(text.replace(" ", "")), characters, "size of the test's document")
        return text

    t.root.call("PutUserPolicy", UserName=user, PolicyName="p1", PolicyDocument=sized(1000))
    t.root.call("PutUserPolicy", UserName=user, PolicyName="p2", PolicyDocument=sized(1048))
    t.fails("LimitExceeded", t.root.call, "PutUserPolicy", UserName=user, PolicyName="p3",
            PolicyDocument=READ, status=409)
    t.root.call("PutUserPolicy", UserName=user, PolicyName="p2", PolicyDocument=sized(1000))
    t.root.call("CreatePolicy", PolicyName=t.name("big"), PolicyDocument=sized(6144))
    t.fails("LimitExceeded", t.root.call, "CreatePolicy", PolicyName=t.name("big"),
            PolicyDocument=sized(6145), status=409)
    role, _ = t.role()
    t.root.call("PutRolePolicy", RoleName=role, PolicyName="p", PolicyDocument=sized(10240))
    t.fails("LimitExceeded", t.root.call, "PutRolePolicy", RoleName=role, PolicyName="q",
            PolicyDocument=READ, status=409)


def test_deleting_what_has_parts(t):
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    key = t.root.call("CreateAccessKey", UserName=user)["AccessKey"]["AccessKeyId"]
    t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=user, status=409,
            contains="must delete access keys first")
    t.root.call("DeleteAccessKey", UserName=user, AccessKeyId=key)
    arn = t.policy("p", allow("s3:*"))
    t.root.call("AttachUserPolicy", UserName=user, PolicyArn=arn)
    t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=user, status=409,
            contains="must detach all policies first")
    t.root.call("DetachUserPolicy", UserName=user, PolicyArn=arn)
    t.root.call("PutUserPolicy", UserName=user, PolicyName="p", PolicyDocument=READ)
    t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=user, status=409,
            contains="must delete policies first")
    t.root.call("DeleteUserPolicy", UserName=user, PolicyName="p")
    t.root.call("DeleteUser", UserName=user)
