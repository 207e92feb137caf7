# SPDX-License-Identifier: Apache-2.0
"""Service-linked roles: names and policies by service, suffixes, deletion, and who may touch them."""

import json
import pathlib
import urllib.parse

from lib.case import allow, document, trust
from lib.server import ROOT

SCALING = "autoscaling.amazonaws.com"
SCALING_ROLE = "AWSServiceRoleForAutoScaling"
RDS = "rds.amazonaws.com"
RDS_ROLE = "AWSServiceRoleForRDS"
AWS = "arn:aws:iam::aws:policy"
PROTECTED = ("Cannot perform the operation on the protected role '%s' - this role is only "
             "modifiable by AWS")


def create(client, service, **more):
    return client.call("CreateServiceLinkedRole", AWSServiceName=service, **more)["Role"]


def delete(client, name):
    return client.call("DeleteServiceLinkedRole", RoleName=name)["DeletionTaskId"]


def status(client, task):
    return client.call("GetServiceLinkedRoleDeletionStatus", DeletionTaskId=task)


def services():
    """What share/aws-policies/services.tsv says of each service."""
    path = ROOT / "share" / "aws-policies" / "services.tsv"
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")


def test_every_service(t):
    """Each service has its role, with its policies; those that take no suffix refuse one."""
    client = t.start().client()
    taken = 0
    for service, name, policies, suffix, description in services():
        if suffix == "0":
            error = t.fails("InvalidInput", create, client, service, CustomSuffix="x", status=400)
            t.equal(error.message, "Custom suffix is not allowed for " + service)
        else:
            taken += 1
            t.equal(create(client, service, CustomSuffix="x")["RoleName"], name + "_x")
        role = create(client, service)
        t.equal((role["RoleName"], role["Path"]), (name, "/aws-service-role/%s/" % service))
        got = client.call("ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]
        t.equal([one["PolicyArn"] for one in got], [AWS + tail for tail in policies.split(",")])
        t.equal(client.call("GetRole", RoleName=name)["Role"].get("Description"),
                description or None)
    t.equal(taken, 3)


def test_role(t):
    client = t.root
    role = create(client, SCALING, Description="scales")
    t.equal(sorted(role), ["Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId",
                           "RoleName"])
    t.equal(role["Arn"], t.arn("role", SCALING_ROLE, "/aws-service-role/%s/" % SCALING))
    trusted = json.loads(urllib.parse.unquote(role["AssumeRolePolicyDocument"]))
    t.equal(trusted["Statement"], [{"Action": ["sts:AssumeRole"], "Effect": "Allow",
                                    "Principal": {"Service": [SCALING]}}])
    got = client.call("GetRole", RoleName=SCALING_ROLE)["Role"]
    t.equal((got["Description"], got["MaxSessionDuration"]), ("scales", "3600"))
    t.equal(client.call("ListRolePolicies", RoleName=SCALING_ROLE)["PolicyNames"] or [], [])
    error = t.fails("InvalidInput", create, client, SCALING, status=400)
    t.equal(error.message, "Service role name %s has been taken in this account, please try a "
                           "different suffix." % SCALING_ROLE)
    create(client, SCALING, CustomSuffix="two")
    t.fails("InvalidInput", create, client, SCALING, CustomSuffix="t" * 60, status=400)
    listed = client.call("ListRoles", PathPrefix="/aws-service-role/" + SCALING)["Roles"]
    t.equal([one["RoleName"] for one in listed], [SCALING_ROLE, SCALING_ROLE + "_two"])
    for service in ("nobody.amazonaws.com", "Autoscaling.amazonaws.com", "x"):
        t.fails("InvalidInput", create, client, service, status=400)
    t.fails("ValidationError", create, client, "a/b", status=400)
    alice = t.user("alice", [allow("sts:AssumeRole")])
    t.denied(t.assume, alice.client, role["Arn"])


def test_what_may_change(t):
    """Tags and description; nothing else."""
    client = t.root
    role = create(client, RDS)
    profile = t.name("profile")
    client.call("CreateInstanceProfile", InstanceProfileName=profile)
    own = t.policy("own", allow("s3:GetObject"))
    text = document(allow("s3:GetObject"))
    refused = {
        "AttachRolePolicy": {"PolicyArn": own},
        "DetachRolePolicy": {"PolicyArn": AWS + "/aws-service-role/AmazonRDSServiceRolePolicy"},
        "PutRolePolicy": {"PolicyName": "p", "PolicyDocument": text},
        "DeleteRolePolicy": {"PolicyName": "p"},
        "UpdateAssumeRolePolicy": {"PolicyDocument": trust({"AWS": t.account})},
        "PutRolePermissionsBoundary": {"PermissionsBoundary": own},
        "DeleteRolePermissionsBoundary": {},
        "AddRoleToInstanceProfile": {"InstanceProfileName": profile},
        "RemoveRoleFromInstanceProfile": {"InstanceProfileName": profile},
        "DeleteRole": {},
    }
    for operation, more in refused.items():
        error = t.fails("UnmodifiableEntity", client.call, operation, RoleName=RDS_ROLE, status=400,
                        **more)
        t.equal(error.message, PROTECTED % RDS_ROLE, operation)
    error = t.fails("UnmodifiableEntity", client.call, "UpdateRole", RoleName=RDS_ROLE,
                    MaxSessionDuration=7200, status=400)
    t.equal(error.message, RDS_ROLE + " is an AWS service linked role, max session duration cannot "
                                      "be changed.")
    client.call("UpdateRole", RoleName=RDS_ROLE, Description="one")
    client.call("UpdateRoleDescription", RoleName=RDS_ROLE, Description="two")
    client.call("TagRole", RoleName=RDS_ROLE, Tags=[{"Key": "k", "Value": "v"}])
    got = client.call("GetRole", RoleName=RDS_ROLE)["Role"]
    t.equal((got["Description"], got["Tags"]), ("two", [{"Key": "k", "Value": "v"}]))
    client.call("UntagRole", RoleName=RDS_ROLE, TagKeys=["k"])
    t.equal(got["RoleId"], role["RoleId"])
    delete(client, RDS_ROLE)


def test_delete(t):
    client = t.root
    first = create(client, RDS)
    task = delete(client, RDS_ROLE)
    t.contains(task, "task/aws-service-role/%s/%s/" % (RDS, RDS_ROLE))
    t.equal(len(task.rsplit("/", 1)[1]), 36)
    t.equal(status(client, task), {"Status": "SUCCEEDED"})
    t.fails("NoSuchEntity", client.call, "GetRole", RoleName=RDS_ROLE, status=404)
    t.fails("NoSuchEntity", delete, client, RDS_ROLE, status=404)
    second = create(client, RDS)
    assert second["RoleId"] != first["RoleId"]
    other = delete(client, RDS_ROLE)
    assert other != task
    t.equal(status(client, other), {"Status": "SUCCEEDED"})
    name, _ = t.role("plain")
    error = t.fails("NoSuchEntity", delete, client, name, status=404)
    t.equal(error.message, name + " exists but is not a service role.")
    policy = client.call("GetPolicy", PolicyArn=AWS + "/aws-service-role/AmazonRDSServiceRolePolicy")
    t.equal(policy["Policy"]["AttachmentCount"], "0")


def test_tasks_that_are_none(t):
    """Nobody learns of a deletion but who was told the ID of its task."""
    client = t.root
    create(client, RDS)
    task = delete(client, RDS_ROLE)
    head, uuid = task.rsplit("/", 1)
    changed = [head + "/" + uuid[:at] + ("0" if uuid[at] != "0" else "1") + uuid[at + 1:]
               for at in (0, 7, 20, 35)]
    for unknown in changed + [task.replace("ForRDS", "ForRDT"), task.replace("rds.", "rdt."),
                              head + "/00000000-0000-4000-8000-000000000000"]:
        error = t.fails("NoSuchEntity", status, client, unknown, status=404)
        t.equal(error.message, "Cannot find deletion status for given id.")
    for malformed in ("x", "task", "task/aws-service-role/x", head, head + "/", head + "/" + uuid[1:],
                      "task/" + RDS_ROLE + "/" + uuid, "/" + task, task + "/",
                      head + "/a/" + uuid, task[:-1] + "g", task.replace("-", ":")):
        error = t.fails("InvalidInput", status, client, malformed, status=400)
        t.equal(error.message, "Invalid task id")
    other = t.start(account="444455556666").client()
    t.fails("NoSuchEntity", status, other, task, status=404)


def test_who_may(t):
    """The role to be is the resource, and the service a condition key."""
    arn = "arn:aws:iam::%s:role/aws-service-role/%%s" % t.account
    alice = t.user("alice", [allow("iam:CreateServiceLinkedRole", Condition={
        "StringEquals": {"iam:AWSServiceName": "batch.amazonaws.com"}})])
    error = t.denied(create, alice.client, "ram.amazonaws.com")
    t.contains(error.message, "iam:CreateServiceLinkedRole on resource: " + arn
               % "ram.amazonaws.com/AWSServiceRoleForResourceAccessManager")
    t.denied(create, alice.client, "nobody.amazonaws.com")
    role = create(alice.client, "batch.amazonaws.com")
    t.denied(delete, alice.client, role["RoleName"])
    bob = t.user("bob", [allow(["iam:DeleteServiceLinkedRole", "iam:CreateServiceLinkedRole",
                                "iam:GetServiceLinkedRoleDeletionStatus"],
                               arn % "batch.amazonaws.com/*")])
    t.denied(create, bob.client, "ram.amazonaws.com")
    task = delete(bob.client, role["RoleName"])
    t.equal(status(bob.client, task)["Status"], "SUCCEEDED")
    t.denied(status, alice.client, task)
    t.denied(status, bob.client, task.replace("batch.amazonaws.com", "ram.amazonaws.com"))


def test_restart(t):
    """A role and the ID of a task outlive the server."""
    server = t.start()
    client = server.client()
    create(client, RDS)
    create(client, SCALING)
    task = delete(client, RDS_ROLE)
    server.kill()
    server.start()
    client = server.client()
    t.equal(status(client, task), {"Status": "SUCCEEDED"})
    t.fails("UnmodifiableEntity", client.call, "DeleteRole", RoleName=SCALING_ROLE, status=400)
    t.equal(status(client, delete(client, SCALING_ROLE))["Status"], "SUCCEEDED")


def test_operator_adds(t):
    server = t.start()
    folder = pathlib.Path(server.home) / "policies"
    (folder / "aws-service-role").mkdir(parents=True)
    (folder / "aws-service-role" / "HousePolicy.json").write_text(document(allow("s3:GetObject")))
    table = folder / "services.tsv"
    table.write_text("# ours\nhouse.example.com\tServiceRoleForHouse\t"
                     "/aws-service-role/HousePolicy,/ReadOnlyAccess\t1\tKeeps the house.\n")
    server.stop()
    server.extra += ["--aws-policies-dir", str(folder)]
    server.start()
    client = server.client()
    create(client, RDS)
    role = create(client, "house.example.com", CustomSuffix="garden")
    t.equal(role["RoleName"], "ServiceRoleForHouse_garden")
    got = client.call("ListAttachedRolePolicies", RoleName=role["RoleName"])["AttachedPolicies"]
    t.equal([one["PolicyName"] for one in got], ["HousePolicy", "ReadOnlyAccess"])
    table.write_text("house.example.com\tServiceRoleForHouse\tno path\t1\t\n")
    server.stop()
    offset = server.log_path.stat().st_size
    try:
        server.start()
    except Exception:  # whatever tells that it did not start
        t.contains(server.log_path.read_text()[offset:], "services.tsv: line 1 is no service")
    else:
        raise AssertionError("it started")
    table.write_text("house.example.com\tServiceRoleForHouse\t/NoSuchPolicy\t0\t\n")
    server.start()
    client = server.client()
    t.fails("NoSuchEntity", create, client, "house.example.com", status=404)
    t.fails("NoSuchEntity", client.call, "GetRole", RoleName="ServiceRoleForHouse", status=404)
