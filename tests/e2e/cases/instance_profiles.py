# SPDX-License-Identifier: Apache-2.0
"""Instance profiles: members, the one role, who may add it, tags, pages, a restart."""

from lib.case import allow, document

ADD = "AddRoleToInstanceProfile"


def profile(t, **more):
    name = t.name("web")
    t.root.call("CreateInstanceProfile", InstanceProfileName=name, **more)
    return name


def test_life(t):
    name = t.name("web")
    made = t.root.call("CreateInstanceProfile", InstanceProfileName=name, Path="/app/",
                       Tags=[{"Key": "team", "Value": "blue"}])["InstanceProfile"]
    t.equal(made["Arn"], "arn:aws:iam::%s:instance-profile/app/%s" % (t.account, name))
    t.equal((made["InstanceProfileId"][:4], len(made["InstanceProfileId"])), ("AIPA", 21))
    t.equal(made["Roles"] or [], [])
    t.equal(made["Tags"], [{"Key": "team", "Value": "blue"}])
    error = t.fails("EntityAlreadyExists", t.root.call, "CreateInstanceProfile",
                    InstanceProfileName=name.upper(), status=409)
    t.equal(error.message, "Instance Profile %s already exists." % name.upper())
    got = t.root.call("GetInstanceProfile", InstanceProfileName=name.upper())["InstanceProfile"]
    t.equal((got["InstanceProfileName"], got["Path"]), (name, "/app/"))
    t.root.call("DeleteInstanceProfile", InstanceProfileName=name)
    error = t.fails("NoSuchEntity", t.root.call, "GetInstanceProfile", InstanceProfileName=name,
                    status=404)
    t.equal(error.message, "Instance Profile %s cannot be found." % name)


def test_one_role(t):
    name, (role, _), (other, _) = profile(t), t.role("r"), t.role("o")
    t.root.call(ADD, InstanceProfileName=name, RoleName=role)
    got = t.root.call("GetInstanceProfile", InstanceProfileName=name)["InstanceProfile"]["Roles"]
    t.equal([r["RoleName"] for r in got], [role])
    t.equal(set(got[0]), {"Path", "RoleName", "RoleId", "Arn", "CreateDate",
                          "AssumeRolePolicyDocument"})
    for again in (role, other):
        error = t.fails("LimitExceeded", t.root.call, ADD, InstanceProfileName=name, RoleName=again,
                        status=409)
        t.equal(error.message, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
    listed = t.root.call("ListInstanceProfilesForRole", RoleName=role)["InstanceProfiles"]
    t.equal([p["InstanceProfileName"] for p in listed], [name])
    t.equal(t.root.call("ListInstanceProfilesForRole", RoleName=other)["InstanceProfiles"] or [], [])
    for action, params in (("DeleteRole", {"RoleName": role}),
                           ("DeleteInstanceProfile", {"InstanceProfileName": name})):
        error = t.fails("DeleteConflict", t.root.call, action, status=409, **params)
        t.equal(error.message,
                "Cannot delete entity, must remove roles from instance profile first.")
    error = t.fails("NoSuchEntity", t.root.call, "RemoveRoleFromInstanceProfile",
                    InstanceProfileName=name, RoleName=other, status=404)
    t.equal(error.message, "Role %s in Instance Profile %s cannot be found." % (other, name))
    error = t.fails("NoSuchEntity", t.root.call, "RemoveRoleFromInstanceProfile",
                    InstanceProfileName="nope", RoleName="nobody", status=404)
    t.equal(error.message, "The role with name nobody cannot be found.")
    t.root.call("RemoveRoleFromInstanceProfile", InstanceProfileName=name, RoleName=role)
    t.root.call("DeleteRole", RoleName=role)
    t.root.call("DeleteInstanceProfile", InstanceProfileName=name)


def test_a_role_is_passed(t):
    name, (role, arn) = profile(t), t.role("r")
    where = "arn:aws:iam::%s:instance-profile/*" % t.account
    user = t.user("ann", [allow("iam:" + ADD, where)])
    error = t.denied(user.client.call, ADD, InstanceProfileName=name, RoleName=role)
    t.contains(error.message, "iam:PassRole on resource: " + arn)
    grant = dict(allow("iam:PassRole", arn), Condition={
        "StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})
    for service in ("lambda.amazonaws.com", "ec2.amazonaws.com"):
        grant["Condition"]["StringEquals"]["iam:PassedToService"] = service
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="pass",
                    PolicyDocument=document(grant))
        if service.startswith("lambda"):
            t.denied(user.client.call, ADD, InstanceProfileName=name, RoleName=role)
    user.client.call(ADD, InstanceProfileName=name, RoleName=role)


def test_tags(t):
    name = profile(t)
    both = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    t.root.call("TagInstanceProfile", InstanceProfileName=name, Tags=both)
    t.equal(t.root.call("ListInstanceProfileTags", InstanceProfileName=name)["Tags"], both)
    first = t.root.call("ListInstanceProfileTags", InstanceProfileName=name, MaxItems=1)
    t.equal((first["Tags"], first["IsTruncated"]), (both[:1], "true"))
    rest = t.root.call("ListInstanceProfileTags", InstanceProfileName=name, Marker=first["Marker"])
    t.equal((rest["Tags"], rest["IsTruncated"]), (both[1:], "false"))
    user = t.user("bob", [dict(allow("iam:GetInstanceProfile"), Condition={
        "StringEquals": {"aws:ResourceTag/a": "1"}})])
    user.client.call("GetInstanceProfile", InstanceProfileName=name)
    t.root.call("UntagInstanceProfile", InstanceProfileName=name, TagKeys=["a", "never"])
    t.denied(user.client.call, "GetInstanceProfile", InstanceProfileName=name)
    maker = t.user("cy", [allow("iam:CreateInstanceProfile")])
    error = t.denied(maker.client.call, "CreateInstanceProfile", InstanceProfileName=t.name("x"),
                     Tags=both)
    t.contains(error.message, "iam:TagInstanceProfile")


def test_lists(t):
    names = sorted(profile(t, Path="/pages/") for _ in range(3))
    found, marker = [], {}
    while True:
        page = t.root.call("ListInstanceProfiles", PathPrefix="/pages/", MaxItems=1, **marker)
        found += [p["InstanceProfileName"] for p in page["InstanceProfiles"]]
        t.true(all("Tags" not in p for p in page["InstanceProfiles"]), "a list shows no tags")
        if page["IsTruncated"] == "false":
            break
        marker = {"Marker": page["Marker"]}
    t.equal(found, names)
