# SPDX-License-Identifier: Apache-2.0
"""`iamd import aws` and `iamd export aws`: an account of AWS comes over whole, or not at all."""

import copy
import json
import pathlib
import random
import re
import subprocess
import time
import urllib.parse

from cases import role_templates
from cases.sdk_boto3 import client_of
from cases.sdk_cli import Cli
from lib import account as made
from lib.account import ACCOUNT, KINDS, LISTS
from lib.case import Failed, allow, document, seconds
from lib.server import Server

SERVER = None
ALL, LEFT, NOTHING = 0, 1, 2


# ---- commands ----------------------------------------------------------------------------------


def new_server(t, account=ACCOUNT, **options):
    """A server that is not started; ended with the case."""
    server = Server(account=account, **options)
    t.own.append(server)
    return server


def words_of(server, verb, *words):
    return [str(Server.binary), verb, "aws", "--data", server.data, *map(str, words)]


def command(server, verb, *words, timeout=100):
    return subprocess.run(words_of(server, verb, *words), capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL, env=server.environment(),
                          cwd=server.home)


def write(server, name, value):
    """A file in the way the AWS CLI prints; a text or bytes as they are."""
    path = server.home / name
    if isinstance(value, bytes):
        path.write_bytes(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, indent=4,
                                                               ensure_ascii=False) + "\n"
        path.write_text(text, encoding="utf-8")
    return path


def imported(t, server, *values, words=(), code=ALL):
    files = [write(server, "page%d.json" % n, value) for n, value in enumerate(values)]
    done = command(server, "import", *words, *files)
    t.equal(done.returncode, code, "import: %s%s" % (done.stdout, done.stderr[-3000:]))
    return done


def exported(t, server, *words, code=ALL):
    done = command(server, "export", *words)
    t.equal(done.returncode, code, "export: %s" % done.stderr[-3000:])
    return done.stdout


def exported_again(t, text):
    """An export of what is imported from text."""
    server = new_server(t)
    imported(t, server, text)
    return exported(t, server)


def sound(t, server):
    done = subprocess.run([str(Server.binary), "check", "--data", server.data], timeout=100,
                          capture_output=True, text=True, env=server.environment())
    t.equal(done.returncode, 0, done.stdout + done.stderr)


def small():
    """An account with one of everything."""
    return made.account(4, 2, 6, 4, seed=3)


# ---- a whole account -----------------------------------------------------------------------------


def listed(t, server):
    """What boto3 lists, all pages, with dates as the CLI prints them."""
    t.server = server
    pages = client_of(t, "iam").get_paginator("get_account_authorization_details").paginate(
        PaginationConfig={"PageSize": 100})
    whole = pages.build_full_result()
    whole["Policies"] = [one for one in whole["Policies"] if ":aws:policy" not in one["Arn"]]

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return value.isoformat() if hasattr(value, "isoformat") else value

    return plain(dict(whole))


def same(t, got, want, what):
    """Compares list by list, so that the first difference is short."""
    for name in LISTS:
        key = KINDS[name] + "Name"
        t.equal([one[key] for one in got[name]], [one[key] for one in want[name]], what)
        for mine, theirs in zip(got[name], want[name]):
            t.equal(mine, theirs, "%s: %s" % (what, theirs[key]))


QUESTIONS = ("s3:GetObject", "s3:PutObject", "sqs:Action2", "sqs:Action3", "ec2:DescribeInstances",
             "iam:CreateUser")


def decisions(t, server, value, count):
    """What some principals may do, in the answers of the simulation."""
    t.server = server
    iam = client_of(t, "iam")
    chosen = random.Random(5).sample(value["UserDetailList"] + value["RoleDetailList"], count)
    found = {}
    for one in chosen:
        name = one["Arn"].rpartition("/")[2]
        answer = iam.simulate_principal_policy(
            PolicySourceArn=one["Arn"], ActionNames=list(QUESTIONS),
            ResourceArns=["arn:aws:s3:::%s/k" % name])
        found[name] = [(row["EvalActionName"], row["EvalDecision"])
                       for row in answer["EvaluationResults"]]
    return found


def expected_read(value, one):
    """Whether a principal without a boundary may read the bucket of its own name."""
    return bool(one.get("UserPolicyList") or one.get("RolePolicyList"))


@seconds(500)
def test_a_thousand_principals(t):
    value = made.account(600, 60, 340, 150)
    server = new_server(t)
    path = write(server, "account.json", value)
    began = time.monotonic()
    done = command(server, "import", path, timeout=400)
    took = time.monotonic() - began
    t.equal(done.returncode, ALL, done.stdout + done.stderr[-2000:])
    t.contains(done.stdout, "600 users, 60 groups, 340 roles, 150 policies")
    t.true("not carried over: " not in done.stderr, done.stderr[:1000])
    sound(t, server)
    server.start()
    same(t, listed(t, server), value, "what the API lists")
    first = decisions(t, server, value, 25)
    for name, rows in first.items():
        one = next(row for row in value["UserDetailList"] + value["RoleDetailList"]
                   if row["Arn"].endswith("/" + name))
        if expected_read(value, one) and "PermissionsBoundary" not in one:
            t.equal(rows[0], ("s3:GetObject", "allowed"), name)
    t.true(len({tuple(rows) for rows in first.values()}) > 3, "all may do the same: %s" % first)
    server.stop()
    text = exported(t, server)
    got = json.loads(text)
    got["Policies"] = [one for one in got["Policies"] if ":aws:policy" not in one["Arn"]]
    same(t, got, value, "the export")
    again = new_server(t)
    imported(t, again, text)
    t.true(exported(t, again) == text, "an export of what was imported is another text")
    again.start()
    t.equal(decisions(t, again, value, 25), first)
    t.figure("import of 1,000 principals, 150 policies (%.1f MB): %.1f s", path.stat().st_size / 1e6,
             took)


def test_trust_and_identity(t):
    """Trust policies mean who had the name when they were saved, and nobody else."""
    value = small()
    roles, users = value["RoleDetailList"], value["UserDetailList"]
    gone = "AIDAQQQQQQQQQQQQQQQQQ"

    def trusting(role, principal):
        role["AssumeRolePolicyDocument"]["Statement"][0].update(
            Effect="Allow", Principal={"AWS": principal}, Action="sts:AssumeRole")
        role["InstanceProfileList"] = []

    trusting(roles[0], users[0]["Arn"])
    trusting(roles[1], [gone, users[1]["Arn"]])
    for user in users:
        user.pop("PermissionsBoundary", None)
        user.update(GroupList=[], AttachedManagedPolicies=[])
        user["UserPolicyList"] = [{"PolicyName": "in", "PolicyDocument": json.loads(
            document(allow("sts:AssumeRole")))}]
    roles[0].update(Description="described", MaxSessionDuration=7200)
    value["Policies"][0]["Tags"] = [{"Key": "k", "Value": "v"}]
    server = new_server(t)
    imported(t, server, made.counted(value))
    server.start()
    root = server.client()

    def may(user, role):
        key = root.call("CreateAccessKey", UserName=user["UserName"])["AccessKey"]
        client = server.client(key["AccessKeyId"], key["SecretAccessKey"])
        return lambda: client.call("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session1")

    may(users[0], roles[0])()
    may(users[1], roles[1])()
    t.denied(may(users[1], roles[0]))
    t.denied(may(users[0], roles[1]))
    role = root.call("GetRole", RoleName=roles[0]["RoleName"])["Role"]
    t.equal((role["Description"], role["MaxSessionDuration"]), ("described", "7200"))
    t.equal(root.call("ListPolicyTags", PolicyArn=value["Policies"][0]["Arn"])["Tags"],
            [{"Key": "k", "Value": "v"}])
    # the next version of a policy has the next number
    policy = next(one for one in value["Policies"] if len(one["PolicyVersionList"]) < 5)
    new = root.call("CreatePolicyVersion", PolicyArn=policy["Arn"],
                    PolicyDocument=document(allow("s3:*")))["PolicyVersion"]
    t.equal(new["VersionId"], "v%d" % (int(policy["PolicyVersionList"][0]["VersionId"][1:]) + 1))
    # a user that is made again under the name is another one, and a deleted one is shown as an ID
    name = {"UserName": users[0]["UserName"]}
    for key in root.call("ListAccessKeys", **name)["AccessKeyMetadata"]:
        root.call("DeleteAccessKey", AccessKeyId=key["AccessKeyId"], **name)
    root.call("DeleteUserPolicy", PolicyName="in", **name)
    root.call("DeleteUser", **name)
    root.call("CreateUser", Path=users[0]["Path"], **name)
    root.call("PutUserPolicy", PolicyName="in", PolicyDocument=document(allow("sts:AssumeRole")),
              **name)
    t.denied(may(users[0], roles[0]))
    server.stop()
    text = json.loads(exported(t, server, code=LEFT))
    shown = {row["RoleName"]: row["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
             for row in text["RoleDetailList"] if "AWS" in
             row["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]}
    t.equal(shown[roles[1]["RoleName"]], [gone, users[1]["Arn"]])
    t.equal(shown[roles[0]["RoleName"]], users[0]["UserId"])
    events = [record["eventName"] for record in server.audit()]
    t.true("ImportAccount" in events and "ExportAccount" in events, "the trail has %s" % events[:9])


def test_every_form(t):
    """One page or many, in one file or several, documents as objects or as strings."""
    value = small()
    want = None

    def encoded(one):
        if isinstance(one, list):
            return [encoded(item) for item in one]
        if not isinstance(one, dict):
            return one
        return {name: urllib.parse.quote(json.dumps(item), safe="") if name in (
            "PolicyDocument", "Document", "AssumeRolePolicyDocument") else encoded(item)
                for name, item in one.items()}

    pages = []
    for name in LISTS:
        for one in value[name]:
            page = {other: [] for other in LISTS}
            pages.append(dict(page, **{name: [one]}, IsTruncated=True, Marker="m"))
    pages[-1].update(IsTruncated=False)
    forms = {
        "one": [value],
        "a list of pages": [pages],
        "pages one after the other": ["\n".join(json.dumps(page) for page in pages)],
        "a file for each page": pages,
        "a file for each kind": [{name: value[name]} for name in reversed(LISTS)],
        "strings": [encoded(value)],
        "dates with Z": [json.dumps(value).replace("+00:00", "Z")],
        "a response of boto3": [dict(value, IsTruncated=False,
                                     ResponseMetadata={"HTTPStatusCode": 200})],
    }
    for name, values in forms.items():
        server = new_server(t)
        imported(t, server, *values)
        text = exported(t, server)
        want = want or text
        t.true(text == want, "%s: another export" % name)


@seconds(300)
def test_an_export_is_what_the_cli_prints(t):
    """Byte for byte, of an account that was made here, and again of what is imported from it."""
    server = new_server(t)
    server.start()
    t.server = server
    root = server.client()
    arn = root.call("CreatePolicy", PolicyName="own", Path="/p/",
                    PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=document(allow("sqs:*")),
              SetAsDefault=True)
    readers = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    root.call("CreateGroup", GroupName="Group", Path="/g/")
    root.call("AttachGroupPolicy", GroupName="Group", PolicyArn=readers)
    for name in ("bob", "Ann", "carl"):
        root.call("CreateUser", UserName=name, PermissionsBoundary=readers,
                  Tags=[{"Key": "k", "Value": "\u00fc /=+-@ x"}])
        root.call("AddUserToGroup", GroupName="Group", UserName=name)
        root.call("AttachUserPolicy", UserName=name, PolicyArn=arn)
    root.call("PutUserPolicy", UserName="bob", PolicyName="in", PolicyDocument=document(
        allow("s3:*", ["arn:aws:s3:::b\u00fc/*"], Condition={
            "Bool": {"aws:SecureTransport": True},
            "StringNotEquals": {"aws:UserAgent": "a \"q\" <&> \\ \u2028 \t"}})))
    for name, principal in (("one", {"AWS": "arn:aws:iam::%s:user/Ann" % ACCOUNT}),
                            ("two", {"Service": ["ec2.amazonaws.com"]}),
                            ("gone", {"AWS": "arn:aws:iam::%s:user/carl" % ACCOUNT})):
        root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": {
                "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]}}))
    root.call("CreateServiceLinkedRole", AWSServiceName="autoscaling.amazonaws.com")
    root.call("CreateInstanceProfile", InstanceProfileName="machine")
    root.call("AddRoleToInstanceProfile", InstanceProfileName="machine", RoleName="two")
    for step in (("RemoveUserFromGroup", {"GroupName": "Group"}),
                 ("DetachUserPolicy", {"PolicyArn": arn}), ("DeleteUser", {})):
        root.call(step[0], UserName="carl", **step[1])
    linked = "AWSServiceRoleForAutoScaling"
    root.call("UpdateRole", RoleName=linked, Description="described")
    cli = Cli(t)
    printed = cli.run("iam", "get-account-authorization-details")
    t.equal(printed.returncode, 0, printed.stderr)
    server.stop()
    text = exported(t, server)
    # the description of a role is no member of AWS's list
    more = re.compile(',\n {12}"Description": "[^"]*"(?=\n {8}})')
    t.equal(len(more.findall(text)), 1, "descriptions of roles")
    whole, text = text, more.sub("", text)
    for line, (ours, theirs) in enumerate(zip(text.splitlines(), printed.stdout.splitlines()), 1):
        t.equal(ours, theirs, "line %d of the export" % line)
    t.true(text == printed.stdout, "an export is not what the CLI prints")
    other = new_server(t)
    imported(t, other, printed.stdout)
    t.true(exported(t, other) == text, "another export")
    t.true(exported_again(t, whole) == whole, "another export, with the description")
    other.start()
    error = t.fails("UnmodifiableEntity", other.client().call, "DetachRolePolicy", RoleName=linked,
                    PolicyArn="arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy")
    t.contains(error.message, "only modifiable by AWS")


def test_strings_keep_every_byte(t):
    """With --encoded-documents white space and escapes stay; objects have none of it."""
    value = small()
    spaced = json.dumps(json.loads(document(allow("s3:*"))), indent=2).replace("s3", "\\u0073\\u0033")
    value["UserDetailList"][0]["UserPolicyList"] = [
        {"PolicyName": "in", "PolicyDocument": urllib.parse.quote(spaced, safe="")}]
    trust = value["RoleDetailList"][0]["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Condition"] = {"StringNotEquals": {"aws:UserAgent": "\u2028 \u00fc"}}
    server = new_server(t)
    imported(t, server, value)
    text = exported(t, server, "--encoded-documents")
    t.contains(text, "%5Cu2028%20%C3%BC", "a trust policy")
    other = new_server(t)
    imported(t, other, text)
    t.true(exported(t, other, "--encoded-documents") == text, "another export")
    other.start()
    got = other.client().call("GetUserPolicy", UserName="user-0000", PolicyName="in")
    t.equal(urllib.parse.unquote(got["PolicyDocument"]), spaced)


# ---- into which account --------------------------------------------------------------------------


def test_which_account(t):
    value = small()
    server = new_server(t)
    done = imported(t, server, value, words=["--dry-run"])
    t.contains(done.stdout, "Could import into account " + ACCOUNT)
    t.true(not pathlib.Path(server.data).exists(), "a dry run makes a directory")
    done = imported(t, server, value, words=["--account-id", "111122223333"], code=NOTHING)
    t.contains(done.stderr, "--account-id is 111122223333")
    t.true(not pathlib.Path(server.data).exists(), "a refused import makes a directory")
    # the store of another account
    other = new_server(t, account="111122223333")
    other.start()
    other.stop()
    done = imported(t, other, value, code=NOTHING)
    t.contains(done.stderr, "does not have: take a new directory")
    # an account that has its root user and nothing else
    server.start()
    done = imported(t, server, value, code=NOTHING)
    t.contains(done.stderr, "stop it first")
    server.stop()
    imported(t, server, value, words=["--dry-run"])
    t.equal(json.loads(exported(t, server)), {name: [] for name in LISTS})
    imported(t, server, value)
    for words in ((), ("--dry-run",)):
        done = imported(t, server, value, words=words, code=NOTHING)
        t.contains(done.stderr, "already: an import is into an account without")
    sound(t, server)


def test_a_new_directory_has_a_root_user(t):
    server = new_server(t, root_key=False)
    done = imported(t, server, small())
    t.contains(done.stdout, "root-credentials")
    text = (pathlib.Path(server.data) / "root-credentials").read_text(encoding="ascii")
    values = dict(line.split("=", 1) for line in text.splitlines())
    server.start()
    client = server.client(values["access_key_id"], values["secret_access_key"])
    t.equal(client.call("GetCallerIdentity")["Account"], ACCOUNT)


# ---- what is not carried over ----------------------------------------------------------------------


def test_what_is_left_out_is_named(t):
    value = small()
    user, role, policy = (value[name][0] for name in ("UserDetailList", "RoleDetailList", "Policies"))
    user.pop("PermissionsBoundary", None)
    user["AttachedManagedPolicies"] = [{"PolicyName": "OfNobody",
                                        "PolicyArn": "arn:aws:iam::aws:policy/OfNobody"}]
    user["Tags"] = [{"Key": "k%d" % n, "Value": "v"} for n in range(60)]
    role["Future"] = {"x": 1}
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {
        "AWS": "arn:aws:iam::444455556666:user/far"}
    role["InstanceProfileList"] = []
    policy["PolicyVersionList"] = [
        dict(policy["PolicyVersionList"][0], VersionId="v9", IsDefaultVersion=False,
             Document={"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}),
        dict(policy["PolicyVersionList"][0], VersionId="v3", IsDefaultVersion=True)]
    policy["DefaultVersionId"] = "v3"
    value["Policies"].append({"PolicyName": "ReadOnlyAccess", "PolicyId": "ANPA",
                              "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "Path": "/",
                              "DefaultVersionId": "v1", "PolicyVersionList": []})
    value["Policies"] = made.counted(value)["Policies"]
    value["Policies"][1]["AttachmentCount"] += 1
    server = new_server(t)
    done = imported(t, server, value, code=LEFT)
    lines = [line for line in done.stderr.splitlines() if "not carried over: " in line]
    for words in ("the AWS managed policy arn:aws:iam::aws:policy/OfNobody of user user-0000",
                  "the member Future of a role", "the version, which is not in force, is left out",
                  "version v1 is in force there",
                  "AttachmentCount of policy policy-0001 is"):
        t.equal(len([line for line in lines if words in line]), 1, "%s: %s" % (words, lines))
    t.equal(len(lines), 5, done.stderr)
    for line in lines:
        t.true(line.split(" ")[0].startswith(str(server.home)), "no place: " + line)
    t.contains(done.stderr, "note: role role-0000 trusts arn:aws:iam::444455556666:user/far")
    t.contains(done.stderr, "60 for the quota TagsPerResource, which is 50")
    server.start()
    # who has a policy of AWS that is not known may do nothing, until it is
    root = server.client()
    key = root.call("CreateAccessKey", UserName="user-0000")["AccessKey"]
    client = server.client(key["AccessKeyId"], key["SecretAccessKey"])
    root.call("PutUserPolicy", UserName="user-0000", PolicyName="in",
              PolicyDocument=document(allow("iam:*")))
    t.fails(("AccessDenied", "ServiceFailure"), client.call, "ListUsers")
    t.fails("LimitExceeded", root.call, "TagUser", UserName="user-0000",
            Tags=[{"Key": "more", "Value": ""}])
    t.equal([one["VersionId"] for one in root.call(
        "ListPolicyVersions", PolicyArn=policy["Arn"])["Versions"]], ["v3"])
    server.stop()
    text = exported(t, server, code=LEFT)
    t.contains(text, "policy/OfNobody")
    # with the policy in a directory, nothing is missing
    more = server.home / "policies"
    more.mkdir()
    write(server, "policies/OfNobody.json", document(allow("iam:List*")))
    server.extra += ["--aws-policies-dir", str(more)]
    server.start()
    client.call("ListUsers")


def test_an_export_names_what_the_form_lacks(t):
    server = new_server(t)
    server.start()
    root = server.client()
    root.call("CreateUser", UserName="ann")
    root.call("CreateAccessKey", UserName="ann")
    root.call("CreateLoginProfile", UserName="ann", Password="correct-Horse-7-battery")
    root.call("CreateInstanceProfile", InstanceProfileName="alone")
    root.call("CreateAccountAlias", AccountAlias="alias-of-it")
    role_templates.power(root, "powerful")
    server.stop()
    done = command(server, "export")
    t.equal(done.returncode, LEFT, done.stderr)
    lines = [line for line in done.stderr.splitlines() if "not carried over: " in line]
    for words in ("user ann: 1 access keys", "user ann: 1 password",
                  "instance profile alone has no role", "the account alias",
                  "role powerful: the template"):
        t.equal(len([line for line in lines if words in line]), 1, "%s: %s" % (words, lines))
    t.equal(len(lines), 5, done.stderr)


# ---- what is refused -------------------------------------------------------------------------------


def bad(change):
    value = small()
    for user in value["UserDetailList"]:
        user["GroupList"] = ["group-0000"]
    change(value)
    return value


def first(value, name):
    return value[name][0]


def put(name, **members):
    """Sets members of the first of a list."""
    return lambda value: first(value, name).update(members)


def drop(name, member):
    return lambda value: first(value, name).pop(member)


def repeat(name, **members):
    return lambda value: value[name].append(dict(copy.deepcopy(first(value, name)), **members))


def broken_policy(value):
    first(value, "UserDetailList")["UserPolicyList"] = [{
        "PolicyName": "in", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Wrong": 1}]}}]


def other_account(value):
    row = value["UserDetailList"][1]
    row["Arn"] = row["Arn"].replace(ACCOUNT, "999999999999")


def trusts(arn):
    def change(value):
        role = first(value, "RoleDetailList")
        role["InstanceProfileList"] = []
        role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": arn}
    return change


def two_roles(value):
    role = first(value, "RoleDetailList")
    inner = {"RoleName": "other", "RoleId": role["RoleId"]}
    role["InstanceProfileList"] = [{
        "Path": "/", "InstanceProfileName": "p", "InstanceProfileId": "AIPA" + 17 * "A",
        "Arn": "arn:aws:iam::%s:instance-profile/p" % ACCOUNT,
        "CreateDate": "2020-01-01T00:00:00Z", "Roles": [inner]}]


def attach(arn, name):
    return put("UserDetailList", AttachedManagedPolicies=[{"PolicyName": name, "PolicyArn": arn}])


MISSING = "arn:aws:iam::%s:policy/missing" % ACCOUNT
USERS, GROUPS, ROLES, POLICIES = LISTS
BAD = [
    (drop(USERS, "UserId"), "a user has no UserId"),
    (put(USERS, UserId="AROA" + 17 * "A"), "is no ID of user user-0000: one is AIDA"),
    (put(USERS, UserId="AIDA1"), "is no ID of user"),
    (put(USERS, UserName="a b"), "a b is no name of a user"),
    (put(USERS, UserName=65 * "a"), "is no name of a user"),
    (put(USERS, UserName="other"), "has not its path and name"),
    (put(USERS, Path="teams"), "is no path of user"),
    (put(USERS, Arn="arn:aws-cn:iam::%s:user/user-0000" % ACCOUNT), "is no ARN of user"),
    (put(USERS, CreateDate="yesterday"), "CreateDate must be a date like"),
    (put(USERS, CreateDate=7), "CreateDate must be a date like"),
    (put(USERS, Tags={"a": "b"}), "Tags must be an array"),
    (put(USERS, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]),
     "user user-0000 has the tag A twice"),
    (put(USERS, Tags=[{"Key": "", "Value": "1"}]), "has no key"),
    (put(USERS, Tags=[{"Key": 129 * "k", "Value": ""}]), "Key has more than 128 characters"),
    (put(USERS, Tags=[{"Key": "k%d" % n, "Value": ""} for n in range(101)]),
     "101 for TagsPerResource are more than iamd can have"),
    (put(USERS, GroupList=["nobody"]), "the group nobody of user user-0000 is not in GroupDetailList"),
    (put(USERS, GroupList=["group-0000", "group-0000"]), "has group-0000 twice"),
    (put(USERS, GroupList="group-0000"), "GroupList must be an array"),
    (attach(MISSING, "missing"), "the policy %s of user user-0000 is not among the Policies" % MISSING),
    (attach("arn:aws:iam::aws:policy/ReadOnlyAccess", "Other"), "is not the policy Other"),
    (put(USERS, PermissionsBoundary={"PermissionsBoundaryType": "Policy",
                                     "PermissionsBoundaryArn": MISSING}),
     "is not among the Policies"),
    (put(USERS, PermissionsBoundary={"PermissionsBoundaryType": "Fence",
                                     "PermissionsBoundaryArn": MISSING}),
     "no boundary of the type Fence"),
    (repeat(USERS, UserId="AIDA" + 17 * "Z"), "user user-0000 is there twice"),
    (repeat(USERS), "has the ID"),
    (other_account, "is of account 999999999999"),
    (broken_policy, "this policy is refused"),
    (put(USERS, UserPolicyList=[{"PolicyName": "in", "PolicyDocument": "%7"}]),
     "PolicyDocument must be a policy"),
    (put(USERS, UserPolicyList=[{"PolicyName": "in", "PolicyDocument": 7}]),
     "PolicyDocument must be a policy"),
    (put(USERS, UserPolicyList=2 * [{"PolicyName": "in", "PolicyDocument": {
        "Version": "2012-10-17", "Statement": []}}]), "has in twice"),
    (trusts("arn:aws:iam::%s:user/nobody" % ACCOUNT), "user/nobody, which is not in the lists"),
    (trusts("arn:aws:sts::%s:assumed-role/nobody/s" % ACCOUNT), "which is not in the lists"),
    (drop(ROLES, "AssumeRolePolicyDocument"), "a role has no AssumeRolePolicyDocument"),
    (put(ROLES, MaxSessionDuration=60), "MaxSessionDuration must be a number from 3600 to 43200"),
    (put(ROLES, Description=7), "Description must be a string"),
    (two_roles, "and has another role, other"),
    (put(POLICIES, DefaultVersionId="v99"), "the default version, v99, is not there"),
    (put(POLICIES, DefaultVersionId="99"), "99 is no version"),
    (put(POLICIES, PolicyVersionList=[]), "is not there"),
    (lambda value: first(value, POLICIES)["PolicyVersionList"].append(
        first(value, POLICIES)["PolicyVersionList"][0]), "twice"),
    (put(GROUPS, GroupId="AIDA" + 17 * "A"), "is no ID of group group-0000"),
]


def test_what_contradicts_itself_is_refused(t):
    server = new_server(t)
    for change, words in BAD:
        path = write(server, "bad.json", bad(change))
        done = command(server, "import", "--dry-run", path)
        t.equal(done.returncode, NOTHING, "%s: %s" % (words, done.stderr))
        lines = [line for line in done.stderr.splitlines() if words in line]
        t.true(lines, "%s: not in %s" % (words, done.stderr))
        t.equal(done.stderr.splitlines()[-1], "iamd: nothing was imported")
        place = lines[0].split(": ")[0].rsplit(":", 2)
        t.true(place[0] == str(path) and int(place[1]) > 1, "%s: no place" % lines[0])
    t.true(not pathlib.Path(server.data).exists(), "a directory was made")


def test_errors_that_are_left_out_are_told(t):
    server = new_server(t)
    users = [{"Path": "/", "UserName": "u%d" % i, "UserId": "X", "Arn": "arn:aws:iam::111122223333:user/u%d" % i,
              "CreateDate": "2024-01-01T00:00:00+00:00"} for i in range(1100)]
    done = command(server, "import", write(server, "bad.json", {"UserDetailList": users}))
    t.equal(done.returncode, NOTHING, "exit status")
    lines = done.stderr.splitlines()
    t.equal((len(lines), lines[-1]),
            (1001, "iamd: errors after the first 1000 are not told; nothing was imported"), "what is told")


def test_what_is_no_such_file_is_refused(t):
    server = new_server(t)
    whole = json.dumps(small())
    for content, words in (
            ("", "the file is empty"), ("{", "bad.json:1:"), ("7", "a page must be an object"),
            ("{}", "it has no list"), (whole[:-2], "bad.json:1:"), (whole + "x", "bad.json:1:"),
            ("\ufeff" + whole, "byte order mark"), (whole.encode("utf-16"), "bad.json:1:"),
            (b"\x80" + whole.encode(), "bad.json:1:"), ("[" * 100000, "nested too deeply"),
            ('{"Policies": []}', "nothing that tells which account"),
            ('{"Policies": [], "Policies": []}', "Policies"),
            (whole[:-1] + ', "IsTruncated": true}', "says that another follows"),
            (whole[:-1] + ', "NextToken": "x"}', "says that another follows")):
        path = write(server, "bad.json", content)
        done = command(server, "import", path)
        t.equal(done.returncode, NOTHING, "%r: %s" % (content[:20], done.stderr))
        if words != "a page must be an object":
            t.contains(done.stderr, words, repr(content[:20]))
    done = command(server, "import", server.home / "no-such-file")
    t.equal(done.returncode, NOTHING)
    t.contains(done.stderr, "no-such-file': No such file")
    t.equal(command(server, "import").returncode, NOTHING)
    t.true(not pathlib.Path(server.data).exists(), "a directory was made")


# ---- kill -9 ---------------------------------------------------------------------------------------


@seconds(400)
def test_kill_in_the_middle(t):
    """Whenever an import is killed, all of the account is there or nothing of it."""
    value = made.account(120, 10, 60, 30)
    whole = new_server(t)
    path = write(whole, "account.json", value)
    began = time.monotonic()
    imported(t, whole, value)
    took = time.monotonic() - began
    want = exported(t, whole)
    outcomes = set()
    for n in range(6):
        server = new_server(t)
        server.start()
        server.stop()
        process = subprocess.Popen(words_of(server, "import", path), env=server.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * (n + 1) / 6)
        process.kill()
        process.wait(60)
        sound(t, server)
        text = exported(t, server)
        is_whole = text == want
        if not is_whole:
            t.equal(json.loads(text), {name: [] for name in LISTS}, "after a kill")
            imported(t, server, value)
            t.true(exported(t, server) == want, "another account after a kill and an import")
        outcomes.add(is_whole)
    # where there was no store: whatever is there, importing again helps
    for n in range(3):
        server = new_server(t)
        process = subprocess.Popen(words_of(server, "import", path), env=server.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * (n + 1) / 4)
        process.kill()
        process.wait(60)
        done = command(server, "import", path)
        if done.returncode != ALL:
            t.contains(done.stderr, "already: an import is into", "after a kill")
        t.true(exported(t, server) == want, "another account after a kill at the start")
    t.true(False in outcomes, "no import was killed in the middle")
