# SPDX-License-Identifier: Apache-2.0
"""Role templates: what is shown of them, the roles that are made, found again or refused, who may."""

import json
import pathlib

from lib.case import allow, decoded, deny, document, trust
from lib.server import ROOT
from lib.wire import entries

SERVER = {}
TEMPLATES = "arn:aws:iam::aws:role-template/"
POWER = TEMPLATES + "iam.amazonaws.com/PowerUserRoleTemplate:1"
BACKUP = TEMPLATES + "backup.amazonaws.com/AWSBackupDefaultServiceRoleTemplate:1"
ADMIN = TEMPLATES + ("datazone.amazonaws.com/"
                     "AmazonSageMakerAdminIAMPermissiveExecutionRoleTemplate:1")
ROTATION = TEMPLATES + "secretsmanager.amazonaws.com/AWSSecretsManagerRotationRoleTemplate:1"
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"
LAMBDA = "lambda.amazonaws.com"
DIFFERENT = ("A role with this name exists but was created with different parameters. Pass a unique "
             "roleName to create a new role.")
TAKEN = ("A role with this name already exists in the account but was not created from this "
         "template. Choose a different role name, or remove the existing role if it is no longer "
         "needed.")
MODIFIED = "Role %s has been modified since it was created and is no longer managed."


def acquire(client, template, minor=None, **given):
    more = {} if minor is None else {"TemplateMinorVersion": minor}
    if given:
        more["ReplacementValues"] = entries(
            {key: {"Values": value if isinstance(value, list) else [value]}
             for key, value in given.items()})
    return client.call("AcquireRole", TemplateArn=template, **more)["Role"]


def power(client, name, service=LAMBDA):
    return acquire(client, POWER, RoleName=name, AWSServiceName=service)


def get(t, name):
    return t.root.call("GetRole", RoleName=name)["Role"]


def shipped():
    path = ROOT / "share" / "aws-policies" / "templates.jsonl"
    return [json.loads(line)["RoleTemplateVersion"]
            for line in path.read_text(encoding="utf-8").splitlines()]


def test_templates(t):
    """Every template is shown as it is in the file."""
    for want in shipped():
        got = t.root.call("GetRoleTemplateVersion", TemplateArn=want["TemplateArn"])[
            "RoleTemplateVersion"]
        got["AssumeRolePolicyDocumentTemplate"] = json.loads(
            decoded(got["AssumeRolePolicyDocumentTemplate"]))
        for one in got.get("InlinePolicyTemplates") or []:
            one["PolicyDocument"] = json.loads(decoded(one["PolicyDocument"]))
        for one in got["ParametersDefinition"]:
            for key in ("IsRequired", "Immutable"):
                one[key] = one[key] is True or one[key] == "true"
        for key, value in want.items():
            shown = got[key]
            if isinstance(value, bool):
                shown = str(shown).lower() == "true"
            elif isinstance(value, int):
                shown = int(shown)
            t.equal(shown, value, key)
        t.equal(set(got), set(want))
        again = t.root.call("GetRoleTemplateVersion", TemplateArn=want["TemplateArn"],
                            MinorVersion=0)["RoleTemplateVersion"]
        t.equal(again["TemplateVersionId"], want["TemplateVersionId"])
    for minor in ("1", "-1"):
        error = t.fails("NoSuchEntity", t.root.call, "GetRoleTemplateVersion", TemplateArn=POWER,
                        MinorVersion=minor, status=404)
        t.equal(error.message, "Role Template %s cannot be found." % POWER)
    t.fails("NoSuchEntity", t.root.call, "GetRoleTemplateVersion",
            TemplateArn=POWER.replace("Power", "power"), status=404)
    t.fails("ValidationError", t.root.call, "GetRoleTemplateVersion", TemplateArn="short",
            status=400)


def test_role(t):
    """As recorded on AWS: which members each answer has, and what the role is made of."""
    name = t.name("power")
    made = power(t.root, name)
    t.equal(set(made), {"Path", "RoleName", "RoleId", "Arn", "CreateDate",
                        "AssumeRolePolicyDocument"})
    t.equal(json.loads(decoded(made["AssumeRolePolicyDocument"])),
            json.loads(trust({"Service": LAMBDA})))
    t.equal(power(t.root, name), made)
    role = get(t, name)
    t.equal((role["Description"], role["MaxSessionDuration"], role["Path"]),
            ("Power user role for lambda.amazonaws.com", "3600", "/"))
    t.equal(role["SourceRoleTemplate"], {"TemplateArn": POWER, "TemplateMinorVersion": "0"})
    (attached,) = t.root.call("ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]
    t.equal(attached["PolicyArn"], POWER_USER)
    (listed,) = [one for one in t.root.call("ListRoles", MaxItems=1000)["Roles"]
                 if one["RoleName"] == name]
    t.true("SourceRoleTemplate" not in listed, "a list shows the template")
    plain, _ = t.role("plain")
    t.true("SourceRoleTemplate" not in get(t, plain), "a role of no template has one")
    backup = acquire(t.root, BACKUP, RoleName=t.name("backup"), accountId=t.account)
    t.equal(backup["Path"], "/service-role/")
    t.equal([one["PolicyArn"].split("/")[-1] for one in
             t.root.call("ListAttachedRolePolicies", RoleName=backup["RoleName"])[
                 "AttachedPolicies"]],
            ["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"])


def inline(t, name, policy):
    got = t.root.call("GetRolePolicy", RoleName=name, PolicyName=policy)
    return json.loads(decoded(got["PolicyDocument"]))["Statement"]


def test_inline_policies(t):
    """Statements that a parameter turns off are left out before their own parameters count."""
    base = {"accountId": t.account, "region": "us-east-1", "resourceType": "probe"}
    keys = ["arn:aws:kms:us-east-1:%s:key/%d" % (t.account, i) for i in (1, 2)]
    name = t.name("off")
    acquire(t.root, ROTATION, RoleName=name, **base)
    first, second = inline(t, name, "SecretRotationPermissionPolicy")
    t.equal(first["Resource"], "arn:aws:secretsmanager:us-east-1:%s:secret:*" % t.account)
    t.equal(first["Condition"], {"StringEquals": {"secretsmanager:resource/Type": "probe"}})
    t.equal(second["Action"], ["secretsmanager:GetRandomPassword"])
    for word in ("True", "true"):
        name = t.name("on")
        acquire(t.root, ROTATION, RoleName=name, CMK_ENABLED=word, ADMIN_RESOURCE_ENABLED=word,
                adminType="admin", kmsKeyArn=keys, **base)
        statements = inline(t, name, "SecretRotationPermissionPolicy")
        t.equal([one["Sid"] for one in statements],
                ["AllowRotationAccessGeneric", "AllowPasswordGenerationAccessAdmin",
                 "AllowRotationAccess", "KMSAccessForCustomerSecret"])
        t.equal(statements[3]["Resource"], keys)
        t.true("@Enabled" not in json.dumps(statements), "the word of the template is left")
    name = t.name("none")
    acquire(t.root, ADMIN, RoleName=name, accountId=t.account)
    t.equal(t.root.call("ListRolePolicies", RoleName=name)["PolicyNames"] or [], [])
    name = t.name("key")
    acquire(t.root, ADMIN, RoleName=name, accountId=t.account, CMK_ENABLED="True", keyRegion="eu-1",
            keyAccountId="111122223333", kmsKeyId='x"y')
    t.equal(inline(t, name, "CustomKMSKeyPolicy")[0]["Resource"],
            ['arn:aws:kms:eu-1:111122223333:key/x"y'])


def test_parameters(t):
    """What is wrong with them; as recorded on AWS where AWS was seen to refuse it."""
    name = t.name("refused")
    for code, message, minor, given in (
            ("InvalidInput", "Failed to render template: Parameter 'AWSServiceName' not found.", None,
             {"RoleName": name}),
            ("InvalidInput", "Failed to render template: Unrecognized parameter: Unused", None,
             {"RoleName": name, "AWSServiceName": LAMBDA, "Unused": "x"}),
            ("ValidationError", "AWSServiceName replacement value must contain exactly one value, "
             "got 2", None, {"RoleName": name, "AWSServiceName": [LAMBDA, LAMBDA]}),
            ("MalformedPolicyDocument", 'Invalid principal in policy: "SERVICE":"not-a-service"', None,
             {"RoleName": name, "AWSServiceName": "not-a-service"}),
            ("NoSuchEntity", "Role template not found in repository: " + POWER, 9,
             {"RoleName": name, "AWSServiceName": LAMBDA}),
            ("NoSuchEntity", "Role template not found in repository: " + POWER, -1, {}),
            ("InvalidInput", "Failed to render template: No role may have such a name.", None,
             {"RoleName": "a/b", "AWSServiceName": LAMBDA}),
            ("InvalidInput", "Failed to render template: No role may have such a name.", None,
             {"RoleName": "x" * 65, "AWSServiceName": LAMBDA}),
            ("InvalidInput", "Failed to render template: No role may have such a name.", None,
             {"RoleName": "", "AWSServiceName": LAMBDA}),
            ("InvalidInput", "Failed to render template: The values have more than 16384 bytes.", None,
             {"RoleName": name, "AWSServiceName": "x" * 16385})):
        error = t.fails(code, acquire, t.root, POWER, minor, **given)
        t.equal(error.message, message)
    many = {"p%d" % i: "x" for i in range(31)}
    t.fails("ValidationError", acquire, t.root, POWER, **many, status=400)
    t.fails("NoSuchEntity", t.root.call, "GetRole", RoleName=name, status=404)


def test_found_again(t):
    """Changes by hand are seen, and healed by undoing them; as recorded on AWS."""
    name = t.name("again")
    made = power(t.root, name)
    call = t.root.call
    for what in ({"Description": "other"}, {"MaxSessionDuration": 7200}):
        call("UpdateRole", RoleName=name, **what)
        t.equal(power(t.root, name), made)
    arn = t.policy("extra", allow("s3:GetObject"))
    own = json.loads(trust({"Service": LAMBDA}))
    listed = dict(own, Statement=[dict(own["Statement"][0], Action=["sts:AssumeRole"])])
    changes = (
        ("TagRole", {"Tags": [{"Key": "k", "Value": "v"}]}, "UntagRole", {"TagKeys": ["k"]}),
        ("AttachRolePolicy", {"PolicyArn": arn}, "DetachRolePolicy", {"PolicyArn": arn}),
        ("DetachRolePolicy", {"PolicyArn": POWER_USER}, "AttachRolePolicy",
         {"PolicyArn": POWER_USER}),
        ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": document(allow("s3:*"))},
         "DeleteRolePolicy", {"PolicyName": "p"}),
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": arn},
         "DeleteRolePermissionsBoundary", {}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": trust({"Service": "ec2.amazonaws.com"})},
         "UpdateAssumeRolePolicy", {"PolicyDocument": json.dumps(listed)}))
    for change, params, undo, back in changes:
        call(change, RoleName=name, **params)
        error = t.fails("RoleModified", power, t.root, name, status=409)
        t.equal(error.message, MODIFIED % name)
        call(undo, RoleName=name, **back)
        t.equal(power(t.root, name)["RoleId"], made["RoleId"])
    call("AttachRolePolicy", RoleName=name, PolicyArn=arn)
    for other in (lambda: power(t.root, name, "ec2.amazonaws.com"),
                  lambda: power(t.root, name.upper())):
        t.equal(t.fails("NameConflict", other, status=409).message, DIFFERENT)
    t.equal(t.fails("NameConflict", acquire, t.root, BACKUP, RoleName=name, accountId=t.account,
                    status=409).message, TAKEN)
    plain, _ = t.role("plain", {"Service": LAMBDA})
    call("AttachRolePolicy", RoleName=plain, PolicyArn=POWER_USER)
    t.equal(t.fails("NameConflict", power, t.root, plain, status=409).message, TAKEN)


def test_permissions(t):
    """Those of the parts: to read the template, then to read the role or to make it."""
    name = t.name("limited")
    alice = t.user("alice", document(allow("iam:GetRole"), allow("iam:AcquireRole")))
    error = t.fails("AccessDenied", power, alice.client, name, status=403)
    t.contains(error.message, "iam:GetRoleTemplateVersion on resource: role template %s because" % POWER)
    error = t.fails("AccessDenied", alice.client.call, "GetRoleTemplateVersion", TemplateArn=POWER,
                    status=403)
    t.contains(error.message, "iam:GetRoleTemplateVersion on resource: role-template %s because" % POWER)
    error = t.fails("AccessDenied", power, alice.client, name, service="no", status=403)
    read = allow("iam:GetRoleTemplateVersion", POWER,
                 Condition={"StringEquals": {"aws:ResourceAccount": "639982225848"}})
    here = {"StringEquals": {"iam:RoleTemplateARN": POWER}}
    create = allow("iam:CreateRole", Condition=here)
    attach = allow("iam:AttachRolePolicy", Condition={"StringEquals": {
        "iam:RoleTemplateARN": POWER, "iam:PolicyARN": POWER_USER}})
    for action, statements in (("CreateRole", [read]), ("AttachRolePolicy", [read, create])):
        bob = t.user("bob", document(*statements))
        error = t.fails("AccessDenied", power, bob.client, name, status=403)
        t.contains(error.message, "iam:%s on resource: role/%s because" % (action, name))
        t.fails("NoSuchEntity", t.root.call, "GetRole", RoleName=name, status=404)
    carol = t.user("carol", document(read, create, attach))
    power(carol.client, name)
    error = t.fails("AccessDenied", power, carol.client, name, status=403)
    t.contains(error.message, "iam:GetRole on resource: role/%s because" % name)
    dave = t.user("dave", document(read, allow("iam:GetRole", Condition=here)))
    power(dave.client, name)
    t.denied(dave.client.call, "GetRole", RoleName=name)  # the key is AcquireRole's alone
    erin = t.user("erin", document(allow("*"), deny("iam:AttachRolePolicy", Condition={
        "StringEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/service-role/"
                                          "AWSBackupServiceRolePolicyForRestores"}})))
    t.fails("AccessDenied", acquire, erin.client, BACKUP, RoleName=t.name("b"), accountId=t.account,
            status=403)
    power(erin.client, t.name("fine"))


def own_templates(t):
    """An operator's file: tags, a boundary, types, a template that is off, a second version."""
    base = {"TemplateName": "Own", "Description": "Own", "MajorVersion": 1, "DefaultMinorVersion": 1,
            "Enabled": True, "MinorVersion": 1, "RoleNamePattern": "own-@{Name}",
            "RolePathPattern": "/own/",
            "AssumeRolePolicyDocumentTemplate": json.loads(trust({"Service": "ec2.amazonaws.com"})),
            "ParametersDefinition": [
                {"Name": "Name", "Type": "String", "IsRequired": True},
                {"Name": "Team", "Type": "String", "DefaultValue": "blue"},
                {"Name": "Level", "Type": "Number", "DefaultValue": "1"},
                {"Name": "Buckets", "Type": "ArnList", "DefaultValue": "arn:aws:s3:::b"}],
            "RoleTagsTemplate": [{"Key": "team", "Value": "@{Team}"},
                                 {"Key": "level", "Value": "level-@{Level}"}],
            "InlinePolicyTemplates": [{"PolicyName": "read", "PolicyDocument": json.loads(document(
                allow("s3:GetObject", "@{Buckets}")))}],
            "PermissionBoundaryArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "MaxSessionDuration": 7200, "VersionEnabled": True,
            "CreateTimestamp": "2026-01-02T03:04:05Z", "UpdateTimestamp": "2026-01-02T03:04:05Z"}
    arn = "arn:aws:iam::%s:role-template/own/Own:1" % t.account
    return [dict(base, TemplateArn=arn),
            dict(base, TemplateArn=arn, MinorVersion=0, RolePathPattern="/old/"),
            dict(base, TemplateArn=arn + "0", VersionEnabled=False),
            dict(base, TemplateArn=arn + "1", RoleTagsTemplate=[{"Key": "aws:x", "Value": "y"}]),
            dict(base, TemplateArn=arn + "2", RolePathPattern="/@{Team}/x/"),
            dict(base, TemplateArn=arn + "3",
                 ManagedPolicyArns=["arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy"])]


def test_quota(t):
    root = t.start(extra=["--quota", "RolesPerAccount=1"]).client()
    power(root, "one")
    error = t.fails("LimitExceeded", power, root, "two", status=409)
    t.equal(error.message, "Cannot exceed quota for RolesPerAccount: 1")
    power(root, "one")


def write(directory, lines):
    made = pathlib.Path(directory)
    made.mkdir(exist_ok=True)
    (made / "templates.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(made)


def test_own_templates(t):
    server = t.start()
    home = pathlib.Path(server.data)
    rows = own_templates(t)
    lines = ["# ours", ""] + [json.dumps({"RoleTemplateVersion": row}) for row in rows]
    server.extra += ["--aws-policies-dir", write(home.parent / "templates", lines)]
    server.restart()
    root = server.client()
    arn = rows[0]["TemplateArn"]
    role = acquire(root, arn, Name="x", Buckets=["arn:aws:s3:::b", "arn:aws:s3:::c"])
    t.equal((role["RoleName"], role["Path"]), ("own-x", "/own/"))
    got = root.call("GetRole", RoleName="own-x")["Role"]
    t.equal(got["Tags"], [{"Key": "team", "Value": "blue"}, {"Key": "level", "Value": "level-1"}])
    t.equal(got["PermissionsBoundary"]["PermissionsBoundaryArn"],
            "arn:aws:iam::aws:policy/ReadOnlyAccess")
    t.equal(got["MaxSessionDuration"], "7200")
    t.equal(got["SourceRoleTemplate"], {"TemplateArn": arn, "TemplateMinorVersion": "1"})
    server.restart()
    root = server.client()
    again = acquire(root, arn, Name="x", Buckets=["arn:aws:s3:::c", "arn:aws:s3:::b"], Team="blue")
    t.equal(again["RoleId"], role["RoleId"])
    error = t.fails("NameConflict", acquire, root, arn, 0, Name="x")
    t.equal(error.message, DIFFERENT)
    root.call("TagRole", RoleName="own-x", Tags=[{"Key": "team", "Value": "red"}])
    t.fails("RoleModified", acquire, root, arn, Name="x", Buckets=["arn:aws:s3:::c", "arn:aws:s3:::b"])
    error = t.fails("RoleTemplateDisabled", acquire, root, arn + "0", Name="y", status=400)
    tag = "Failed to render template: No role may have such a tag."
    path = "Failed to render template: No role may have such a path."
    for suffix, given, message in (
            ("", {"Team": "x" * 257}, tag), ("", {"Team": "x\u20ac;"}, tag), ("1", {}, tag),
            ("2", {"Team": "aws-service-role"}, path), ("2", {"Team": "AWS-Service-Role"}, path),
            ("2", {"Team": "aws-reserved"}, path),
            ("3", {}, "Failed to render template: Policy arn:aws:iam::aws:policy/aws-service-role/"
                  "AutoScalingServiceRolePolicy is not attachable.")):
        error = t.fails("InvalidInput", acquire, root, arn + suffix, Name="y", status=400, **given)
        t.equal(error.message, message)
    for name, value in (("Level", "x"), ("Buckets", "bucket")):
        error = t.fails("InvalidInput", acquire, root, arn, Name="y", **{name: value})
        t.contains(error.message, "Parameter '%s' is not of type" % name)
    t.fails("NoSuchEntity", root.call, "GetRole", RoleName="own-y", status=404)
    tagger = t.user("tagger", document(allow("iam:GetRoleTemplateVersion"), allow("iam:CreateRole"),
                                       allow("iam:PutRole*"), allow("iam:TagRole", Condition={
                                           "StringEquals": {"aws:RequestTag/team": "green"},
                                           "ForAllValues:StringEquals": {
                                               "aws:TagKeys": ["team", "level"]}})), server=server)
    error = t.fails("AccessDenied", acquire, tagger.client, arn, Name="z", status=403)
    t.contains(error.message, "iam:TagRole on resource: role/own-z because")
    acquire(tagger.client, arn, Name="z", Team="green")
    server.extra[-1] = write(home.parent / "templates", lines[:3])
    server.restart()


def test_broken_files(t):
    """A start says which line is wrong."""
    server = t.start()
    server.stop()
    home = pathlib.Path(server.data)
    row = own_templates(t)[0]
    for number, (lines, words) in enumerate((
            (["{}"], "line 1 is no template: RoleTemplateVersion"),
            (["", "{"], "line 2 is no template: the line"),
            ([json.dumps({"RoleTemplateVersion": dict(row, Enabled="yes")})], "Enabled is missing or wrong"),
            ([json.dumps({"RoleTemplateVersion": dict(row, MaxSessionDuration=50000)})],
             "MaxSessionDuration is"),
            ([json.dumps({"PolicyTemplate": {"PolicyTemplateArn": "x"}})], "PolicyDocumentTemplate is"))):
        made = write(home.parent / ("broken-%d" % number), lines)
        server.extra = ["--aws-policies-dir", made]
        offset = len(server.log())
        try:
            server.start()
        except Exception:
            pass
        else:
            t.true(False, "a server starts with " + words)
        t.contains(server.log(offset), words)
