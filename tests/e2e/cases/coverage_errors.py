# SPDX-License-Identifier: Apache-2.0
"""Errors that operations declare and that no other case provokes, so that docs/coverage.md has them.

Tags that nobody may choose and documents that are none are provoked from the definitions, for every
operation that takes them; the rest is one case for each situation.
"""

import time

from cases import aws_policies, kinds
from lib import definitions, templates
from lib.case import allow, document
from lib.server import Background
from lib.wire import ApiError

SERVER = templates.options()
OPERATIONS = definitions.of_callers()
TRIES = 5
HELD_S = 2


def with_members(t, operation, **given):
    return {**kinds.required(t, operation), **given}


def reserved_tag(operation):
    def run(t):
        params = with_members(t, operation, Tags=[{"Key": "aws:x", "Value": ""}])
        t.fails("InvalidInput", t.root.call, operation.name, service=operation.service, **params)
    return run


def no_document(operation, member):
    def run(t):
        t.fails("MalformedPolicyDocument", t.root.call, operation.name, service=operation.service,
                **with_members(t, operation, **{member: "{}"}))
    return run


def generated():
    cases = []
    for name, operation in sorted(OPERATIONS.items()):
        if "InvalidInput" in operation.errors and "Tags" in operation.inputs:
            cases.append(("test_reserved_tag_" + name, reserved_tag(operation)))
        for member in ("PolicyDocument", "AssumeRolePolicyDocument"):
            if "MalformedPolicyDocument" in operation.errors and member in operation.inputs:
                cases.append(("test_no_document_" + name, no_document(operation, member)))
    return cases


def test_a_group_takes_no_name_that_is_taken(t):
    names = [t.name("devs") for _ in range(2)]
    for name in names:
        t.root.call("CreateGroup", GroupName=name)
    t.fails("EntityAlreadyExists", t.root.call, "UpdateGroup", GroupName=names[0],
            NewGroupName=names[1], status=409)


def test_roles_of_services_count(t):
    root = t.start(extra=["--quota", "RolesPerAccount=0"]).client()
    t.fails("LimitExceeded", root.call, "CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com",
            status=409, contains="RolesPerAccount: 0")


def test_the_last_key_of_the_root_user_stays(t):
    key = {"AccessKeyId": t.server.key_id}
    t.fails("DeleteConflict", t.root.call, "DeleteAccessKey", status=409, **key)
    t.fails("DeleteConflict", t.root.call, "UpdateAccessKey", Status="Inactive", status=409, **key)


def both(t, calls):
    """Two writes that are prepared while the store is locked and carried out one after the other:
    what the second was told, or None."""
    codes = []

    def run(client, action, params):
        try:
            client.call(action, **params)
        except ApiError as error:
            codes.append(error.code)

    with t.server.writes_wait():
        threads = [Background(run, *call) for call in calls]
        time.sleep(HELD_S)
    for thread in threads:
        thread.finish()
    return codes[0] if codes else None


def test_a_password_that_is_being_changed(t):
    t.root.call("UpdateAccountPasswordPolicy", PasswordReusePrevention=5)
    old = "Correct-horse-1"
    for action, member in (("UpdateLoginProfile", "Password"), ("ChangePassword", "NewPassword")):
        found = []
        while len(found) < TRIES and "EntityTemporarilyUnmodifiable" not in found:
            # On a busy machine the second may not be prepared in time.
            own = t.user("alice", [allow("iam:ChangePassword")])
            t.root.call("CreateLoginProfile", UserName=own.name, Password=old)
            client, params = ((t.root, {"UserName": own.name}) if action == "UpdateLoginProfile"
                              else (own.client, {"OldPassword": old}))
            found.append(both(t, [(client, action, {**params, member: "Correct-%s-2" % animal})
                                  for animal in ("mule", "goat")]))
        t.equal(found[-1], "EntityTemporarilyUnmodifiable", "%s: %s" % (action, found))


def test_a_policy_that_is_gone(t):
    """Of AWS's policies an operator adds one and takes it away while a user has it."""
    server = t.start()
    arn = server.client().call("CreateUser", UserName="alice")["User"]["Arn"]
    server.stop()
    options, place = list(server.extra), aws_policies.own_dir(
        server, {"House.json": document(allow("s3:GetObject"))})
    server.extra += ["--aws-policies-dir", place]
    server.start()
    server.client().call("AttachUserPolicy", UserName="alice",
                         PolicyArn=aws_policies.PREFIX + "/House")
    server.stop()
    server.extra = options
    root = server.start().client()
    t.fails("PolicyEvaluation", root.call, "SimulatePrincipalPolicy", PolicySourceArn=arn,
            ActionNames=["s3:GetObject"], status=500)
    t.fails("PolicyEvaluation", root.call, "GetContextKeysForPrincipalPolicy", PolicySourceArn=arn,
            status=500)
