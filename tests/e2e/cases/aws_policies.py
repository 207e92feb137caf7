# SPDX-License-Identifier: Apache-2.0
"""AWS managed policies: lists, versions, uses, what they permit, and who may change them."""

import json
import pathlib
import urllib.parse

from lib.case import allow, document, trust

PREFIX = "arn:aws:iam::aws:policy"
ADMIN = PREFIX + "/AdministratorAccess"
READ = PREFIX + "/ReadOnlyAccess"
S3_READ = PREFIX + "/AmazonS3ReadOnlyAccess"
IAM_READ = PREFIX + "/IAMReadOnlyAccess"
JOB = PREFIX + "/job-function/SystemAdministrator"
LINKED = PREFIX + "/aws-service-role/AmazonRDSServiceRolePolicy"
FOR_ROOT = PREFIX + "/root-task/IAMAuditRootUserCredentials"
KINDS = ("User", "Group", "Role")
FAILURES = ("ServiceFailure", "InternalFailure", "ServiceUnavailable")
ATTACHED_TO = {"User": "PolicyUsers", "Group": "PolicyGroups", "Role": "PolicyRoles"}


def make(client, account, kind, name, **more):
    if kind == "Role":
        more["AssumeRolePolicyDocument"] = trust({"AWS": account})
    client.call("Create" + kind, **{kind + "Name": name}, **more)


def listed(client, size=1000, **filters):
    """All policies that ListPolicies has, page by page."""
    found, more = [], {}
    while True:
        answer = client.call("ListPolicies", MaxItems=size, **filters, **more)
        found += answer["Policies"] or []
        if answer["IsTruncated"] != "true":
            return found
        assert len(answer["Policies"]) <= size, answer
        more = {"Marker": answer["Marker"]}


def names(policies):
    return [policy["PolicyName"] for policy in policies]


def attached(client, kind, name, **more):
    answer = client.call("ListAttached%sPolicies" % kind, **{kind + "Name": name}, **more)
    return [one["PolicyArn"] for one in answer["AttachedPolicies"] or []]


def test_lists(t):
    """The account's own come first, by name, then AWS's in AWS's order."""
    client = t.root
    own = [t.policy(stem, allow("s3:GetObject"), Path="/own/") for stem in ("zz", "aa", "mm")]
    aws = listed(client, Scope="AWS")
    assert len(aws) > 1500, len(aws)
    t.equal(names(aws)[:4], ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess",
                             "AWSCloudFormationReadOnlyAccess"])
    t.equal(len({policy["PolicyId"] for policy in aws}), len(aws))
    assert all(policy["PolicyId"].startswith("ANPA") for policy in aws)
    t.equal([one["Arn"] for one in listed(client, Scope="Local")], sorted(own, key=str.lower))
    both = [one["Arn"] for one in listed(client)]
    t.equal(both, sorted(own, key=str.lower) + [one["Arn"] for one in aws])
    for size in (1, 2, 3, 7):
        pages = [one["Arn"] for one in listed(client, size, PathPrefix="/own/")]
        t.equal(pages, sorted(own, key=str.lower))
    for size in (3, 5):
        some = listed(client, size, PathPrefix="/job-function/")
        t.equal(len(some), 11)
        t.equal({one["Path"] for one in some}, {"/job-function/"})
    t.equal([one["Arn"] for one in listed(client, 97)], both)
    t.equal(listed(client, PathPrefix="/none/"), [])
    t.fails("ValidationError", client.call, "ListPolicies", Scope="None", status=400)


def test_read(t):
    client = t.root
    policy = client.call("GetPolicy", PolicyArn=ADMIN)["Policy"]
    t.equal({key: policy[key] for key in policy if key not in ("PolicyId", "Tags")},
            {"PolicyName": "AdministratorAccess", "Arn": ADMIN, "Path": "/",
             "DefaultVersionId": "v1", "AttachmentCount": "0",
             "PermissionsBoundaryUsageCount": "0", "IsAttachable": "true",
             "CreateDate": "2015-02-06T18:39:46Z", "UpdateDate": "2015-02-06T18:39:46Z"})
    t.equal(client.call("ListPolicyTags", PolicyArn=ADMIN)["Tags"] or [], [])
    version = client.call("GetPolicyVersion", PolicyArn=ADMIN, VersionId="v1")["PolicyVersion"]
    t.equal(json.loads(urllib.parse.unquote(version["Document"])),
            {"Version": "2012-10-17",
             "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    t.equal(version["IsDefaultVersion"], "true")
    for arn in (ADMIN.lower(), PREFIX + "/x/AdministratorAccess", PREFIX + "/administratoraccess",
                PREFIX + "/NoSuchPolicy"):
        t.fails("NoSuchEntity", client.call, "GetPolicy", PolicyArn=arn, status=404)
    t.fails("NoSuchEntity", client.call, "GetPolicyVersion", PolicyArn=ADMIN, VersionId="v2",
            status=404)


def test_versions(t):
    """All versions that AWS had, the newest first, with their documents."""
    client = t.root
    found, more = [], {}
    while True:
        answer = client.call("ListPolicyVersions", PolicyArn=READ, MaxItems=40, **more)
        found += answer["Versions"]
        if answer["IsTruncated"] != "true":
            break
        more = {"Marker": answer["Marker"]}
    numbers = [int(one["VersionId"][1:]) for one in found]
    t.equal(numbers, sorted(set(numbers), reverse=True))
    assert len(numbers) > 100, len(numbers)
    t.equal([one["IsDefaultVersion"] for one in found], ["true"] + ["false"] * (len(found) - 1))
    t.equal(client.call("GetPolicy", PolicyArn=READ)["Policy"]["DefaultVersionId"],
            found[0]["VersionId"])
    texts = set()
    for one in (found[0], found[1], found[len(found) // 2], found[-1]):
        got = client.call("GetPolicyVersion", PolicyArn=READ,
                          VersionId=one["VersionId"])["PolicyVersion"]
        t.equal({key: got[key] for key in one}, one)
        texts.add(got["Document"])
        json.loads(urllib.parse.unquote(got["Document"]))
    t.equal(len(texts), 4)


def test_every_document(t):
    """Every default version is there, and grants or denies something that can be decided."""
    client = t.root
    name = t.name("every")
    make(client, t.account, "User", name)
    key = client.call("CreateAccessKey", UserName=name)["AccessKey"]
    user = t.server.client(key["AccessKeyId"], key["SecretAccessKey"])
    for policy in listed(client, Scope="AWS"):
        got = client.call("GetPolicyVersion", PolicyArn=policy["Arn"],
                          VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        assert json.loads(urllib.parse.unquote(got["Document"]))["Statement"], policy
    t.denied(user.call, "ListUsers")


def test_attached(t):
    """Attached, listed, counted and detached, of each kind, beside the account's own."""
    client = t.root
    own = t.policy("ReadOnlyAccess", allow("s3:GetObject"))
    name = t.name("has")
    for kind in KINDS:
        make(client, t.account, kind, name)
        for arn in (JOB, READ, own, READ):
            client.call("Attach%sPolicy" % kind, PolicyArn=arn, **{kind + "Name": name})
        want = sorted((own, READ, JOB), key=lambda arn: arn.rsplit("/", 1)[1].lower())
        t.equal(attached(client, kind, name), want)
        pages, more = [], {}
        while True:
            answer = client.call("ListAttached%sPolicies" % kind, MaxItems=1,
                                 **{kind + "Name": name}, **more)
            pages += [one["PolicyArn"] for one in answer["AttachedPolicies"]]
            if answer["IsTruncated"] != "true":
                break
            more = {"Marker": answer["Marker"]}
        t.equal(pages, want)
        t.equal(attached(client, kind, name, PathPrefix="/job-function/"), [JOB])
        error = t.fails("DeleteConflict", client.call, "Delete" + kind, status=409,
                        **{kind + "Name": name})
        t.equal(error.message, "Cannot delete entity, must detach all policies first.")
    policy = client.call("GetPolicy", PolicyArn=JOB)["Policy"]
    t.equal((policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]), ("3", "0"))
    answer = client.call("ListEntitiesForPolicy", PolicyArn=JOB)
    t.equal({key: [one[kind + "Name"] for one in answer[key]] for kind, key in ATTACHED_TO.items()},
            {key: [name] for key in ATTACHED_TO.values()})
    answer = client.call("ListEntitiesForPolicy", PolicyArn=JOB, EntityFilter="Group")
    t.equal([len(answer[key] or []) for key in ATTACHED_TO.values()], [0, 1, 0])
    used = listed(client, OnlyAttached="true", Scope="AWS")
    assert {JOB, READ} <= {one["Arn"] for one in used}, used
    t.equal(next(one["AttachmentCount"] for one in used if one["Arn"] == JOB), "3")
    for kind in KINDS:
        for arn in (JOB, READ, own):
            client.call("Detach%sPolicy" % kind, PolicyArn=arn, **{kind + "Name": name})
        error = t.fails("NoSuchEntity", client.call, "Detach%sPolicy" % kind, PolicyArn=JOB,
                        status=404, **{kind + "Name": name})
        t.equal(error.message, "Policy %s was not found." % JOB)
        client.call("Delete" + kind, **{kind + "Name": name})
    t.equal(client.call("GetPolicy", PolicyArn=JOB)["Policy"]["AttachmentCount"], "0")


def test_decides(t):
    """What is attached, to a user or a group of it, is permitted; nothing else is; and it ends."""
    client = t.root
    alice = t.user("alice")
    group = t.name("readers")
    make(client, t.account, "Group", group)
    client.call("AddUserToGroup", GroupName=group, UserName=alice.name)
    t.denied(alice.client.call, "ListUsers")
    client.call("AttachUserPolicy", UserName=alice.name, PolicyArn=IAM_READ)
    alice.client.call("ListUsers")
    t.denied(alice.client.call, "CreateUser", UserName="nobody")
    client.call("AttachGroupPolicy", GroupName=group, PolicyArn=ADMIN)
    made = t.name("made")
    alice.client.call("CreateUser", UserName=made)
    client.call("DetachGroupPolicy", GroupName=group, PolicyArn=ADMIN)
    t.denied(alice.client.call, "DeleteUser", UserName=made)
    client.call("DetachUserPolicy", UserName=alice.name, PolicyArn=IAM_READ)
    t.denied(alice.client.call, "ListUsers")


def test_boundary(t):
    client = t.root
    own = t.policy("limits", allow("iam:CreateUser"))
    bob = t.user("bob", [allow("*")], PermissionsBoundary=IAM_READ)
    bob.client.call("ListUsers")
    t.denied(bob.client.call, "CreateUser", UserName="nobody")
    shown = client.call("GetUser", UserName=bob.name)["User"]["PermissionsBoundary"]
    t.equal(shown, {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": IAM_READ})
    client.call("PutUserPermissionsBoundary", UserName=bob.name, PermissionsBoundary=own)
    t.denied(bob.client.call, "ListUsers")
    client.call("PutUserPermissionsBoundary", UserName=bob.name, PermissionsBoundary=READ)
    bob.client.call("ListUsers")
    role, _ = t.role("bounded", PermissionsBoundary=READ)
    policy = client.call("GetPolicy", PolicyArn=READ)["Policy"]
    t.equal((policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]), ("0", "2"))
    answer = client.call("ListEntitiesForPolicy", PolicyArn=READ,
                         PolicyUsageFilter="PermissionsBoundary")
    t.equal([one["UserName"] for one in answer["PolicyUsers"]], [bob.name])
    t.equal([one["RoleName"] for one in answer["PolicyRoles"]], [role])
    answer = client.call("ListEntitiesForPolicy", PolicyArn=READ,
                         PolicyUsageFilter="PermissionsPolicy")
    t.equal(answer["PolicyUsers"] or [], [])

    def arns(**filters):
        return {one["Arn"] for one in listed(client, Scope="AWS", OnlyAttached="true", **filters)}

    assert READ in arns() and READ in arns(PolicyUsageFilter="PermissionsBoundary")
    assert READ not in arns(PolicyUsageFilter="PermissionsPolicy")
    t.equal(len(listed(client, Scope="AWS", PolicyUsageFilter="PermissionsBoundary")),
            len(listed(client, Scope="AWS")))
    client.call("DeleteUserPermissionsBoundary", UserName=bob.name)
    client.call("DeleteRolePermissionsBoundary", RoleName=role)
    bob.client.call("GetUser")
    t.equal(client.call("GetPolicy", PolicyArn=READ)["Policy"]["PermissionsBoundaryUsageCount"],
            "0")


def test_condition(t):
    """Who may attach one policy of AWS alone, by iam:PolicyARN, attaches no other."""
    name = t.user("target").name
    eve = t.user("eve", [allow("iam:AttachUserPolicy",
                               Condition={"ArnEquals": {"iam:PolicyARN": S3_READ}})])
    eve.client.call("AttachUserPolicy", UserName=name, PolicyArn=S3_READ)
    t.denied(eve.client.call, "AttachUserPolicy", UserName=name, PolicyArn=ADMIN)


def test_session(t):
    """Managed session policies of AWS bound a session."""
    client = t.root
    _, arn = t.role("worker", policy=[allow("*")])
    carol = t.user("carol", [allow("sts:AssumeRole")])
    session = t.assume(carol.client, arn, PolicyArns=[{"arn": IAM_READ}])
    session.call("ListUsers")
    t.denied(session.call, "CreateUser", UserName="nobody")
    t.fails("MalformedPolicyDocument", carol.client.call, "AssumeRole", RoleArn=arn,
            RoleSessionName="s1", PolicyArns=[{"arn": PREFIX + "/NoSuchPolicy"}], service="sts")
    t.equal(client.call("GetPolicy", PolicyArn=IAM_READ)["Policy"]["AttachmentCount"], "0")


def test_nobody_changes_them(t):
    client = t.root
    text = document(allow("s3:GetObject"))
    calls = {
        "DeletePolicy": ("delete", {}),
        "CreatePolicyVersion": ("create versions for", {"PolicyDocument": text}),
        "DeletePolicyVersion": ("delete policy versions for", {"VersionId": "v1"}),
        "SetDefaultPolicyVersion": ("update", {"VersionId": "v1"}),
        "TagPolicy": ("tag", {"Tags": [{"Key": "k", "Value": "v"}]}),
        "UntagPolicy": ("untag", {"TagKeys": ["k"]}),
    }
    for operation, (what, more) in calls.items():
        error = t.fails("AccessDenied", client.call, operation, PolicyArn=ADMIN, status=403, **more)
        t.equal(error.message, "Cannot %s policies outside your own account." % what)


def test_not_attachable(t):
    """Policies of service-linked roles, and those that are for sts:AssumeRoot."""
    client = t.root
    name = t.name("none")
    for kind in KINDS:
        make(client, t.account, kind, name)
        error = t.fails("PolicyNotAttachable", client.call, "Attach%sPolicy" % kind,
                        PolicyArn=LINKED, status=400, **{kind + "Name": name})
        t.equal(error.message, "Cannot attach a Service Role Policy to a Customer Role.")
        for arn in (FOR_ROOT, PREFIX + "/NoSuchPolicy"):
            error = t.fails("NoSuchEntity", client.call, "Attach%sPolicy" % kind, PolicyArn=arn,
                            status=404, **{kind + "Name": name})
            t.equal(error.message, "Policy %s does not exist or is not attachable." % arn)
        t.equal(attached(client, kind, name), [])
    for kind in ("User", "Role"):
        t.fails("PolicyNotAttachable", client.call, "Put%sPermissionsBoundary" % kind,
                PermissionsBoundary=LINKED, status=400, **{kind + "Name": name})
        t.fails("NoSuchEntity", client.call, "Put%sPermissionsBoundary" % kind,
                PermissionsBoundary=FOR_ROOT, status=404, **{kind + "Name": name})


def test_quota(t):
    """Both kinds count together."""
    client = t.root
    name = t.name("full")
    make(client, t.account, "User", name)
    arns = [one["Arn"] for one in listed(client, 200, Scope="AWS", PathPrefix="/")
            if one["Path"] == "/"][:9] + [t.policy("own", allow("s3:GetObject"))]
    for arn in arns:
        client.call("AttachUserPolicy", UserName=name, PolicyArn=arn)
    for arn in (JOB, t.policy("own", allow("s3:GetObject"))):
        error = t.fails("LimitExceeded", client.call, "AttachUserPolicy", UserName=name,
                        PolicyArn=arn, status=409)
        t.equal(error.message, "Cannot exceed quota for PoliciesPerUser: 10")
    client.call("AttachUserPolicy", UserName=name, PolicyArn=arns[0])
    t.equal(len(attached(client, "User", name)), 10)


def test_authorization_details(t):
    """Those in use are listed, with their documents."""
    server = t.start()
    client = server.client()
    make(client, server.account, "User", "u", PermissionsBoundary=READ)
    make(client, server.account, "Group", "g")
    client.call("AttachGroupPolicy", GroupName="g", PolicyArn=JOB)
    got = client.call("GetAccountAuthorizationDetails")
    t.equal([one["Arn"] for one in got["Policies"]], [READ, JOB])
    t.equal([(one["AttachmentCount"], one["PermissionsBoundaryUsageCount"])
             for one in got["Policies"]], [("0", "1"), ("1", "0")])
    for one in got["Policies"]:
        versions = one["PolicyVersionList"]
        t.equal(len(versions), 5)
        t.equal(versions[0]["VersionId"], one["DefaultVersionId"])
        assert all(json.loads(urllib.parse.unquote(v["Document"])) for v in versions)
    t.equal(got["GroupDetailList"][0]["AttachedManagedPolicies"],
            [{"PolicyName": "SystemAdministrator", "PolicyArn": JOB}])
    first = client.call("GetAccountAuthorizationDetails", Filter=["AWSManagedPolicy"], MaxItems=1)
    t.equal([one["Arn"] for one in first["Policies"]], [READ])
    rest = client.call("GetAccountAuthorizationDetails", Filter=["AWSManagedPolicy"],
                       Marker=first["Marker"])
    t.equal([one["Arn"] for one in rest["Policies"]], [JOB])
    summary = client.call("GetAccountSummary")["SummaryMap"]
    t.equal(int(summary["PolicyVersionsInUse"]), 2)


def test_restart(t):
    """What is attached, and a boundary, are there after a kill, and go with their entity."""
    server = t.start()
    client = server.client()
    alice = t.user("alice", [allow("iam:CreateUser")], server=server, UserName="alice",
                   PermissionsBoundary=ADMIN)
    client.call("AttachUserPolicy", UserName="alice", PolicyArn=IAM_READ)
    client.call("UpdateUser", UserName="alice", NewUserName="anna", NewPath="/x/")
    server.kill()
    server.start()
    client = server.client()
    alice = server.client(alice.client.key_id, alice.client.secret)
    alice.call("ListUsers")
    t.equal(attached(client, "User", "anna"), [IAM_READ])
    t.equal(client.call("GetUser", UserName="anna")["User"]["PermissionsBoundary"]
            ["PermissionsBoundaryArn"], ADMIN)
    client.call("DetachUserPolicy", UserName="anna", PolicyArn=IAM_READ)
    t.denied(alice.call, "ListUsers")


def own_dir(server, files):
    base = pathlib.Path(server.home) / "policies"
    for name, text in files.items():
        path = base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(base)


def test_operator_adds(t):
    """A directory adds policies and replaces those of the same name; who has one that is gone may
    do nothing.
    """
    server = t.start()
    made = own_dir(server, {
        "house/HouseReaders.json": document(allow("iam:ListUsers")),
        "AmazonS3ReadOnlyAccess.json": document(allow("iam:ListGroups")),
        "notes.txt": "no policy", ".hidden.json": "no policy"})
    server.stop()
    server.extra += ["--aws-policies-dir", made]
    server.start()
    client = server.client()
    house = PREFIX + "/house/HouseReaders"
    t.equal(names(listed(client, Scope="AWS"))[-1], "HouseReaders")
    policy = client.call("GetPolicy", PolicyArn=house)["Policy"]
    t.equal((policy["Path"], policy["DefaultVersionId"]), ("/house/", "v1"))
    alice = t.user("alice", server=server)
    for arn in (house, S3_READ):
        client.call("AttachUserPolicy", UserName=alice.name, PolicyArn=arn)
    alice.client.call("ListUsers")
    alice.client.call("ListGroups")
    t.equal(client.call("ListPolicyVersions", PolicyArn=S3_READ)["Versions"][0]["VersionId"], "v1")
    server.stop()
    server.extra = server.extra[:-2]
    server.start()
    client = server.client()
    alice = server.client(alice.client.key_id, alice.client.secret)
    t.fails(FAILURES, alice.call, "ListGroups")
    t.equal(attached(client, "User", client.call("ListUsers")["Users"][0]["UserName"]),
            [S3_READ, house])
    t.fails("NoSuchEntity", client.call, "GetPolicy", PolicyArn=house, status=404)
    client.call("DetachUserPolicy", UserName=client.call("ListUsers")["Users"][0]["UserName"],
                PolicyArn=house)


def refused(t, server, *extra):
    """The start with these options fails; returns what the log says."""
    offset = server.log_path.stat().st_size
    server.extra += extra
    try:
        server.start()
    except Exception:  # whatever tells that it did not start
        return server.log_path.read_text()[offset:]
    finally:
        server.extra = server.extra[:-len(extra)]
    raise AssertionError("it started with %s" % (extra,))


def test_files_that_are_none(t):
    """A start says which file is wrong; a damaged file denies and is told as a failure."""
    server = t.start()
    original = pathlib.Path(server.binary).parent / "aws-policies.iamd"
    server.stop()
    home = pathlib.Path(server.home)
    (home / "text").write_text("no such file\n" * 20)
    assert "this is no file of AWS's policies" in refused(t, server, "--aws-policies",
                                                          str(home / "text"))
    assert "No such file" in refused(t, server, "--aws-policies", str(home / "missing"))
    broken = own_dir(server, {"x/Broken.json": '{"Version":"2012-10-17"}'})
    assert "x/Broken.json" in refused(t, server, "--aws-policies-dir", broken)
    data = bytearray(original.read_bytes())
    data[200] ^= 1
    (home / "damaged").write_bytes(data)
    server.extra += ["--aws-policies", str(home / "damaged")]
    server.start()
    client = server.client()
    client.call("CreateUser", UserName="u")
    for operation, more in (("GetPolicy", {"PolicyArn": ADMIN}), ("ListPolicies", {}),
                            ("AttachUserPolicy", {"UserName": "u", "PolicyArn": ADMIN})):
        t.fails(FAILURES, client.call, operation, **more)
    t.equal(listed(client, Scope="Local"), [])
    server.stop()
    (home / "short").write_bytes(original.read_bytes()[:100])
    server.extra[-1] = str(home / "short")
    server.start()
    t.fails(FAILURES, server.client().call, "GetPolicy", PolicyArn=ADMIN)
    server.stop()


def test_reserved_paths_are_listed(t):
    """Nobody makes anything under a path of AWS's, and what is there can be listed."""
    client = t.root
    linked = listed(client, PathPrefix="/aws-service-role/")
    assert len(linked) > 300 and {one["Path"] for one in linked} == {"/aws-service-role/"}
    t.fails("InvalidInput", client.call, "CreatePolicy", PolicyName=t.name("p"), status=400,
            Path="/aws-service-role/", PolicyDocument=document(allow("s3:GetObject")))
