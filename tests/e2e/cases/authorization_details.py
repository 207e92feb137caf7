# SPDX-License-Identifier: Apache-2.0
"""GetAccountAuthorizationDetails: everything in it, filters, pages, and what it does not show."""

import urllib.parse

from lib.case import allow, document, trust

LISTS = {"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList",
         "LocalManagedPolicy": "Policies"}
NAMES = {"UserDetailList": "UserName", "GroupDetailList": "GroupName",
         "RoleDetailList": "RoleName", "Policies": "PolicyName"}


def build(t, client, account):
    """Two of each kind: one that has everything, and one that has nothing."""
    read, write = document(allow("s3:GetObject")), document(allow("s3:PutObject"))
    arn = client.call("CreatePolicy", PolicyName="full", Path="/p/", Description="described",
                      PolicyDocument=read, Tags=[{"Key": "k", "Value": "v"}])["Policy"]["Arn"]
    client.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=write)
    client.call("CreatePolicy", PolicyName="plain", PolicyDocument=read)
    anyone = trust({"AWS": account})
    for kind, more in (("User", {}), ("Group", {}), ("Role", {"AssumeRolePolicyDocument": anyone})):
        bounded = {} if kind == "Group" else {"PermissionsBoundary": arn,
                                              "Tags": [{"Key": "k", "Value": "v"}]}
        client.call("Create" + kind, Path="/x/", **{kind + "Name": "full"}, **more, **bounded)
        client.call("Create" + kind, **{kind + "Name": "plain"}, **more)
        client.call("Put%sPolicy" % kind, PolicyName="in", PolicyDocument=write,
                    **{kind + "Name": "full"})
        client.call("Attach%sPolicy" % kind, PolicyArn=arn, **{kind + "Name": "full"})
    client.call("AddUserToGroup", GroupName="full", UserName="full")
    client.call("CreateInstanceProfile", InstanceProfileName="machine")
    client.call("AddRoleToInstanceProfile", InstanceProfileName="machine", RoleName="full")
    return arn, read, write


def quoted(text):
    return urllib.parse.quote(text, safe="-_.~")


def test_everything_is_there(t):
    server = t.start()
    client = server.client()
    arn, read, write = build(t, client, server.account)
    got = client.call("GetAccountAuthorizationDetails")
    t.equal(set(got), set(LISTS.values()) | {"IsTruncated"})
    t.equal(got["IsTruncated"], "false")
    attached = [{"PolicyName": "full", "PolicyArn": arn}]
    inline = [{"PolicyName": "in", "PolicyDocument": quoted(write)}]
    tags = [{"Key": "k", "Value": "v"}]
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

    def of(kind, name):
        row = dict(next(one for one in got[LISTS[kind]] if one[kind + "Name"] == name))
        shown = client.call("Get" + kind, **{kind + "Name": name})[kind]
        for member in ("Path", kind + "Name", kind + "Id", "Arn", "CreateDate"):
            t.equal(row.pop(member), shown[member], "%s of %s" % (member, name))
        return row, shown

    row, _ = of("User", "full")
    t.equal(row, {"UserPolicyList": inline, "GroupList": ["full"], "Tags": tags,
                  "AttachedManagedPolicies": attached, "PermissionsBoundary": boundary})
    row, _ = of("User", "plain")
    t.equal(row, {"GroupList": "", "AttachedManagedPolicies": "", "Tags": ""})
    row, _ = of("Group", "full")
    t.equal(row, {"GroupPolicyList": inline, "AttachedManagedPolicies": attached})
    row, _ = of("Group", "plain")
    t.equal(row, {"GroupPolicyList": "", "AttachedManagedPolicies": ""})
    row, shown = of("Role", "full")
    profiles = client.call("ListInstanceProfiles")["InstanceProfiles"]
    t.equal(row, {"RolePolicyList": inline, "AttachedManagedPolicies": attached, "Tags": tags,
                  "PermissionsBoundary": boundary, "InstanceProfileList": profiles,
                  "AssumeRolePolicyDocument": shown["AssumeRolePolicyDocument"],
                  "RoleLastUsed": shown["RoleLastUsed"]})
    row, shown = of("Role", "plain")
    t.equal(row, {"RolePolicyList": "", "AttachedManagedPolicies": "", "Tags": "",
                  "InstanceProfileList": "", "RoleLastUsed": "",
                  "AssumeRolePolicyDocument": shown["AssumeRolePolicyDocument"]})
    policies = got["Policies"]
    t.equal([one["PolicyName"] for one in policies], ["full", "plain"])
    full = client.call("GetPolicy", PolicyArn=arn)["Policy"]
    t.equal((full.pop("Description"), full.pop("Tags")), ("described", tags))
    versions = policies[0].pop("PolicyVersionList")
    t.equal(policies[0], full)
    t.equal((full["AttachmentCount"], full["PermissionsBoundaryUsageCount"]), ("3", "2"))
    t.equal([(one["VersionId"], one["IsDefaultVersion"], one["Document"]) for one in versions],
            [("v2", "false", quoted(write)), ("v1", "true", quoted(read))])


def rows(answer):
    return [(name, one[NAMES[name]]) for name in LISTS.values() for one in answer[name] or []]


def test_filters_and_pages(t):
    server = t.start()
    client = server.client()
    build(t, client, server.account)

    def walk(size, **params):
        found, marker, pages = [], {}, 0
        while True:
            answer = client.call("GetAccountAuthorizationDetails", MaxItems=size, **params, **marker)
            t.true(len(rows(answer)) <= size, "a page of %d" % len(rows(answer)))
            found += rows(answer)
            pages += 1
            if answer["IsTruncated"] == "false":
                t.true("Marker" not in answer, "a Marker on the last page")
                return found, pages
            marker = {"Marker": answer["Marker"]}
            t.true(pages < 20, "no end")

    whole = rows(client.call("GetAccountAuthorizationDetails"))
    t.equal(len(whole), 8)
    for size in range(1, 10):
        t.equal(walk(size)[0], whole, "pages of %d" % size)
    for kind, name in LISTS.items():
        want = [row for row in whole if row[0] == name]
        t.equal(walk(1000, Filter=[kind]), (want, 1), kind)
        t.equal(walk(1, Filter=[kind])[0], want, kind)
    t.equal(walk(3, Filter=["Role", "User"])[0],
            [row for row in whole if row[0] in ("UserDetailList", "RoleDetailList")])
    t.equal(walk(1000, Filter=["AWSManagedPolicy"]), ([], 1))
    first = client.call("GetAccountAuthorizationDetails", MaxItems=1, Filter=["User"])["Marker"]
    for params in ({"Filter": ["Group"]}, {}, {"Filter": ["User"], "Marker": "nonsense"}):
        error = t.fails("ValidationError", client.call, "GetAccountAuthorizationDetails", status=400,
                        **{"Marker": first, **params})
        t.equal(error.message, "Marker and Filter do not match")
    t.fails("ValidationError", client.call, "GetAccountAuthorizationDetails", Filter=["Policy"],
            status=400)


def test_large_documents_end_a_page(t):
    """A page never grows beyond some megabytes, and nothing is left out."""
    server = t.start(extra=["--quota", "InlinePolicySizePerUser=131072"])
    client = server.client()
    big = document(allow("s3:GetObject", ["arn:aws:s3:::bucket/%05d" % n for n in range(4000)]))
    t.true(len(big) > 100000, "the document is small")
    names = ["user%02d" % n for n in range(15)]
    for name in names:
        client.call("CreateUser", UserName=name)
        client.call("PutUserPolicy", UserName=name, PolicyName="big", PolicyDocument=big)
    found, marker, pages = [], {}, 0
    while True:
        answer = client.call("GetAccountAuthorizationDetails", MaxItems=1000, **marker)
        found += [name for _, name in rows(answer)]
        pages += 1
        if answer["IsTruncated"] == "false":
            break
        marker = {"Marker": answer["Marker"]}
    t.equal(found, names)
    t.true(2 <= pages <= 4, "%d pages" % pages)


def test_who_may(t):
    user = t.user("pat", [allow("iam:Get*")])
    user.client.call("GetAccountAuthorizationDetails", MaxItems=1)
    other = t.user("sam", [allow("iam:List*")])
    error = t.denied(other.client.call, "GetAccountAuthorizationDetails")
    t.contains(error.message, "iam:GetAccountAuthorizationDetails on resource: *", "the sentence")
