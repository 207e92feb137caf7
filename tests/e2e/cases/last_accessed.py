# SPDX-License-Identifier: Apache-2.0
"""When services were last used: reports from what was really decided, their jobs, and the policies
that let somebody use a service."""

import pathlib
import sqlite3
import time

from lib.case import Failed, allow, deny, document
from lib.clock import Clock
from lib.wire import parse_error

SERVER = {}
WAIT_S = 40
HOUR = 3600
DAY = 24 * HOUR
NO_JOB = "12345678-1234-1234-1234-123456789012"
ASK = "GenerateServiceLastAccessedDetails"
GET = "GetServiceLastAccessedDetails"
ENTITIES = "GetServiceLastAccessedDetailsWithEntities"
GRANTING = "ListPoliciesGrantingServiceAccess"
ORGANIZATION = "o-a1b2c3d4e5/r-ab12"


def done(client, job, **params):
    """The answer of a job once it is done."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        answer = client.call(GET, JobId=job, **params)
        if answer["JobStatus"] != "IN_PROGRESS":
            return answer
        time.sleep(0.05)
    raise Failed("no report in %d s" % WAIT_S)


def report(client, arn, **params):
    return done(client, client.call(ASK, Arn=arn, **params)["JobId"])


def by_space(answer):
    return {s["ServiceNamespace"]: s for s in answer["ServicesLastAccessed"]}


def until(t, client, arn, check, **params):
    """Asks for reports until one says what was used a moment ago."""
    end = time.monotonic() + WAIT_S
    while True:
        services = by_space(report(client, arn, **params))
        if check(services):
            return services
        t.true(time.monotonic() < end, "a use is not told: %r" % services)
        time.sleep(0.1)


def used(*spaces):
    return lambda services: all("LastAuthenticated" in services.get(s, {}) for s in spaces)


# ---- what is used -------------------------------------------------------------------------------


def test_a_user(t):
    """Its own calls, denied ones too, and questions about it; in the order of the namespaces."""
    alice = t.user(policy=[allow(["iam:GetUser", "sts:*", "s3:GetObject", "kms:Decrypt"])])
    alice.client.call("GetUser")
    t.denied(alice.client.call, "ListUsers")
    alice.client.call("GetCallerIdentity")
    t.root.evaluate(alice.arn, "s3:PutObject", "arn:aws:s3:::b/k",
                    {"aws:RequestedRegion": "eu-west-1"})
    answer = report(t.root, alice.arn)
    t.equal(set(answer), {"JobStatus", "JobType", "JobCreationDate", "JobCompletionDate",
                          "ServicesLastAccessed", "IsTruncated"})
    t.equal((answer["JobStatus"], answer["JobType"], answer["IsTruncated"]),
            ("COMPLETED", "SERVICE_LEVEL", "false"))
    t.equal([s["ServiceNamespace"] for s in answer["ServicesLastAccessed"]],
            ["iam", "kms", "s3", "sts"])
    services = until(t, t.root, alice.arn, used("iam", "s3", "sts"))
    when = services["s3"].pop("LastAuthenticated")
    t.true(when.endswith("Z") and abs(time.mktime(time.gmtime()) - time.mktime(
        time.strptime(when, "%Y-%m-%dT%H:%M:%SZ"))) < 300, when)
    t.equal(services["s3"], {"ServiceName": "Amazon S3", "ServiceNamespace": "s3",
                             "LastAuthenticatedEntity": alice.arn,
                             "LastAuthenticatedRegion": "eu-west-1",
                             "TotalAuthenticatedEntities": "1"})
    t.equal(services["iam"]["LastAuthenticatedRegion"], "us-east-1")
    t.equal(services["kms"], {"ServiceName": "AWS Key Management Service",
                              "ServiceNamespace": "kms", "TotalAuthenticatedEntities": "0"})


def test_actions(t):
    """Those that can be used, of services whose actions are told."""
    alice = t.user(policy=[allow(["iam:Get*", "iam:PassRole", "s3:*", "kms:Decrypt", "lambda:*"]),
                           deny("iam:GetGroup"), deny("lambda:*")])
    alice.client.call("GetUser")
    t.denied(alice.client.call, "GetGroup", GroupName="g")
    t.denied(alice.client.call, "ListUsers")
    t.root.evaluate(alice.arn, "kms:DECRYPT", "*")
    t.root.evaluate(alice.arn, "s3:GetObject", "*")
    t.root.evaluate(alice.arn, "lambda:GetAlias", "*")
    services = until(t, t.root, alice.arn, used("iam", "kms", "s3"), Granularity="ACTION_LEVEL")
    t.equal(sorted(services), ["iam", "kms", "s3"])
    t.true("TrackedActionsLastAccessed" not in services["s3"], services["s3"])
    actions = {a["ActionName"]: a for a in services["iam"]["TrackedActionsLastAccessed"]}
    t.true("GetUser" in actions and "GetRole" in actions, actions)
    for absent in ("PassRole", "ListUsers", "GetGroup"):
        t.true(absent not in actions, absent)
    t.equal(actions["GetRole"], {"ActionName": "GetRole"})
    t.equal(set(actions["GetUser"]), {"ActionName", "LastAccessedEntity", "LastAccessedTime",
                                      "LastAccessedRegion"})
    t.equal(actions["GetUser"]["LastAccessedEntity"], alice.arn)
    kms = services["kms"]["TrackedActionsLastAccessed"]
    t.equal([(a["ActionName"], a["LastAccessedEntity"]) for a in kms], [("Decrypt", alice.arn)])
    t.true("LastAccessedRegion" not in kms[0], "a region that nobody told")
    answer = report(t.root, alice.arn)
    t.true("TrackedActionsLastAccessed" not in str(answer), "actions of a SERVICE_LEVEL report")


def test_a_role(t):
    """Collects its sessions."""
    name, arn = t.role(policy=[allow("iam:ListRoles"), allow("myapp:Sing")])
    caller = t.user(policy=[allow("sts:AssumeRole")])
    for session in ("one", "two"):
        client = t.assume(caller.client, arn, session)
        client.call("ListRoles")
    t.root.evaluate(arn, "myapp:Sing", "*")
    services = until(t, t.root, arn, used("iam", "myapp"))
    t.equal(services["iam"]["LastAuthenticatedEntity"], arn)
    t.equal(services["iam"]["TotalAuthenticatedEntities"], "1")
    t.equal(services["myapp"]["ServiceName"], "myapp")
    t.equal(name in arn, True)
    used_by_caller = until(t, t.root, caller.arn, used("sts"), Granularity="ACTION_LEVEL")
    times = {a["ActionName"]: a.get("LastAccessedTime")
             for a in used_by_caller["sts"]["TrackedActionsLastAccessed"]}
    t.equal(list(times), ["AssumeRole"])
    t.true(times["AssumeRole"] is not None, times)


def test_everything(t):
    """A policy that allows all lists all services; pages of 200 unless asked otherwise."""
    arn = t.policy("all", allow("*"), Path="/deep/")
    job = t.root.call(ASK, Arn=arn)["JobId"]
    first = done(t.root, job)
    t.equal((len(first["ServicesLastAccessed"]), first["IsTruncated"]), (200, "true"))
    t.true(all(s["TotalAuthenticatedEntities"] == "0" for s in first["ServicesLastAccessed"]),
           "used, though attached to nobody")
    spaces, marker = [], {}
    while marker is not None:
        page = t.root.call(GET, JobId=job, MaxItems=77, **marker)
        spaces += [s["ServiceNamespace"] for s in page["ServicesLastAccessed"]]
        marker = {"Marker": page["Marker"]} if page["IsTruncated"] == "true" else None
    t.true(len(spaces) > 400 and spaces == sorted(set(spaces)), "%d services" % len(spaces))
    t.equal(spaces[:200], [s["ServiceNamespace"] for s in first["ServicesLastAccessed"]])
    t.equal(len(done(t.root, job, MaxItems=1000)["ServicesLastAccessed"]), len(spaces))
    other = t.root.call(ASK, Arn=arn)["JobId"]
    done(t.root, other)
    t.fails("ValidationError", t.root.call, GET, JobId=other, Marker=first["Marker"],
            contains="Invalid Marker.")
    t.fails("ValidationError", t.root.call, GET, JobId=job, Marker="x", contains="Invalid Marker.")


def test_an_aws_policy(t):
    name, arn = t.role()
    policy = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    t.root.call("AttachRolePolicy", RoleName=name, PolicyArn=policy)
    t.root.evaluate(arn, "sqs:ListQueues", "*")
    services = until(t, t.root, policy, used("sqs"))
    t.equal(list(services), ["sqs"])
    t.equal((services["sqs"]["LastAuthenticatedEntity"],
             services["sqs"]["TotalAuthenticatedEntities"]), (arn, "1"))
    t.root.call("DetachRolePolicy", RoleName=name, PolicyArn=policy)
    t.equal(by_space(report(t.root, policy))["sqs"]["TotalAuthenticatedEntities"], "0")


# ---- entities -----------------------------------------------------------------------------------


def test_a_group_and_its_entities(t):
    """Those who used a service first, the latest before others; then those who never did."""
    group = t.name("group")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="p",
                PolicyDocument=document(allow("s3:*"), allow("ec2:*")))
    users = [t.user(stem, Path="/team/") for stem in ("ann", "bob", "cyd")]
    for user in users:
        t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    for user in users[:2]:
        t.root.evaluate(user.arn, "s3:GetObject", "*")
        time.sleep(1.1)
    arn = t.arn("group", group)
    services = until(t, t.root, arn, lambda s: s["s3"]["TotalAuthenticatedEntities"] == "2")
    t.equal(services["s3"]["LastAuthenticatedEntity"], users[1].arn)
    t.equal(sorted(services), ["ec2", "s3"])
    job = t.root.call(ASK, Arn=arn)["JobId"]
    done(t.root, job)
    answer = t.root.call(ENTITIES, JobId=job, ServiceNamespace="s3")
    t.equal(set(answer), {"JobStatus", "JobCreationDate", "JobCompletionDate", "EntityDetailsList",
                          "IsTruncated"})
    details = answer["EntityDetailsList"]
    t.equal([d["EntityInfo"]["Name"] for d in details],
            [users[1].name, users[0].name, users[2].name])
    t.equal([("LastAuthenticated" in d) for d in details], [True, True, False])
    t.equal(details[0]["EntityInfo"], {"Arn": users[1].arn, "Name": users[1].name, "Type": "USER",
                                       "Id": users[1].user_id, "Path": "/team/"})
    nobody = t.root.call(ENTITIES, JobId=job, ServiceNamespace="ec2")["EntityDetailsList"]
    t.equal(sorted(d["EntityInfo"]["Name"] for d in nobody), sorted(u.name for u in users))
    t.true(not any("LastAuthenticated" in d for d in nobody), nobody)
    t.true(not t.root.call(ENTITIES, JobId=job, ServiceNamespace="sqs")["EntityDetailsList"],
           "who can use what the policies do not allow")
    names, marker = [], {}
    while marker is not None:
        page = t.root.call(ENTITIES, JobId=job, ServiceNamespace="s3", MaxItems=2, **marker)
        names += [d["EntityInfo"]["Name"] for d in page["EntityDetailsList"]]
        marker = {"Marker": page["Marker"]} if page["IsTruncated"] == "true" else None
    t.equal(names, [users[1].name, users[0].name, users[2].name])
    for space in ("S3", "nothing"):
        t.fails("InvalidInput", t.root.call, ENTITIES, JobId=job, ServiceNamespace=space,
                status=400,
                contains="Service namepace %s is either invalid or unsupported." % space)


def test_a_policy_and_its_entities(t):
    """Users and roles that have it, and the members of groups that do, each once."""
    arn = t.policy("some", allow("sqs:*"))
    group = t.name("group")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AttachGroupPolicy", GroupName=group, PolicyArn=arn)
    direct, member, bounded = t.user("direct"), t.user("member"), t.user("bounded")
    role, role_arn = t.role(Path="/r/")
    t.root.call("AttachUserPolicy", UserName=direct.name, PolicyArn=arn)
    t.root.call("AttachRolePolicy", RoleName=role, PolicyArn=arn)
    t.root.call("PutUserPermissionsBoundary", UserName=bounded.name, PermissionsBoundary=arn)
    for user in (direct, member):
        t.root.call("AddUserToGroup", GroupName=group, UserName=user.name)
    t.root.evaluate(role_arn, "sqs:SendMessage", "*")
    services = until(t, t.root, arn, used("sqs"))
    t.equal((services["sqs"]["LastAuthenticatedEntity"],
             services["sqs"]["TotalAuthenticatedEntities"]), (role_arn, "1"))
    job = t.root.call(ASK, Arn=arn)["JobId"]
    done(t.root, job)
    details = t.root.call(ENTITIES, JobId=job, ServiceNamespace="sqs")["EntityDetailsList"]
    t.equal([(d["EntityInfo"]["Type"], d["EntityInfo"]["Path"]) for d in details[:1]],
            [("ROLE", "/r/")])
    t.equal(sorted(d["EntityInfo"]["Name"] for d in details),
            sorted([role, direct.name, member.name]))


# ---- jobs ---------------------------------------------------------------------------------------


def test_while_it_runs(t):
    server = t.server = t.start()
    arn = t.policy("some", allow("sqs:*"))
    other = sqlite3.connect(pathlib.Path(server.data) / "iamd.db", isolation_level=None)
    try:
        for _ in range(5):
            job = t.root.call(ASK, Arn=arn)["JobId"]
            other.execute("BEGIN IMMEDIATE")  # it cannot be finished now
            answer = t.root.call(GET, JobId=job)
            entities = t.root.call(ENTITIES, JobId=job, ServiceNamespace="sqs")
            other.execute("ROLLBACK")
            if answer["JobStatus"] == "IN_PROGRESS":
                t.equal(set(answer), {"JobStatus", "JobCreationDate", "IsTruncated"})
                t.equal(set(entities), {"JobStatus", "JobCreationDate", "IsTruncated"})
                t.equal(list(by_space(done(t.root, job))), ["sqs"])
                return
    finally:
        other.close()
    raise Failed("five reports were finished within a moment")


def test_a_restart_in_the_middle(t):
    """Killed while a report is being made: it is made after the start; what was used is kept."""
    server = t.server = t.start()
    alice = t.user(policy=[allow("sqs:*")])
    t.root.evaluate(alice.arn, "sqs:SendMessage", "*")
    until(t, t.root, alice.arn, used("sqs"))
    other = sqlite3.connect(pathlib.Path(server.data) / "iamd.db", isolation_level=None)
    for _ in range(5):
        job = t.root.call(ASK, Arn=alice.arn)["JobId"]
        other.execute("BEGIN IMMEDIATE")
        if t.root.call(GET, JobId=job)["JobStatus"] == "IN_PROGRESS":
            break
        other.execute("ROLLBACK")
    else:
        raise Failed("five reports were finished within a moment")
    server.kill()
    other.close()
    server.start()
    t.roots.clear()
    made = done(t.root, job)
    t.true("LastAuthenticated" in by_space(made)["sqs"], made)
    server.restart()
    t.roots.clear()
    t.equal(done(t.root, job), made, "a report that is kept")


def test_who_may_read(t):
    """The same user or the same session, and nobody else of the account."""
    name, arn = t.role(policy=[allow("iam:*")])
    caller = t.user(policy=[allow("sts:AssumeRole"), allow("iam:*")])
    mine, other = t.assume(caller.client, arn, "mine"), t.assume(caller.client, arn, "other")
    job = mine.call(ASK, Arn=arn)["JobId"]
    t.equal(len(job), 36)
    done(mine, job)
    for client in (other, caller.client, t.root):
        for params in ({}, {"ServiceNamespace": "iam"}):
            t.fails("NoSuchEntity", client.call, ENTITIES if params else GET, JobId=job, status=404,
                    contains="Job %s does not exist." % job, **params)
    again = t.assume(caller.client, arn, "mine")
    t.equal(again.call(GET, JobId=job)["JobStatus"], "COMPLETED")
    for unknown in (NO_JOB, "x" * 36):
        t.fails("NoSuchEntity", t.root.call, GET, JobId=unknown,
                contains="Job %s does not exist." % unknown)
    t.fails("ValidationError", t.root.call, GET, JobId="short")
    t.true(name in arn, arn)


def test_it_expires(t):
    clock = Clock()
    t.server = t.start(env=clock.env)
    arn = t.policy("some", allow("sqs:*"))
    job = t.root.call(ASK, Arn=arn)["JobId"]
    done(t.root, job)
    clock.set(DAY - HOUR)
    t.equal(t.root.query(GET, {"JobId": job}, moment=clock.now()).status, 200)
    clock.set(DAY + HOUR)
    t.equal(parse_error(t.root.query(GET, {"JobId": job}, moment=clock.now())).code,
            "NoSuchEntity")


def test_how_long_a_use_is_told(t):
    clock = Clock()
    t.server = t.start(env=clock.env)
    alice = t.user(policy=[allow("sqs:*")])
    t.root.evaluate(alice.arn, "sqs:SendMessage", "*")
    until(t, t.root, alice.arn, used("sqs"))

    def ask():
        response = t.root.query(ASK, {"Arn": alice.arn}, moment=clock.now())
        job = response.text.partition("<JobId>")[2].partition("</JobId>")[0]
        end = time.monotonic() + WAIT_S
        while True:
            text = t.root.query(GET, {"JobId": job}, moment=clock.now()).text
            if "<JobStatus>COMPLETED</JobStatus>" in text:
                return text
            t.true(time.monotonic() < end, "no report")
            time.sleep(0.05)

    clock.set(399 * DAY)
    t.contains(ask(), "<LastAuthenticated>")
    clock.set(401 * DAY)
    text = ask()
    t.true("<LastAuthenticated>" not in text and "sqs" in text, text)


# ---- what is refused ----------------------------------------------------------------------------


def test_arns(t):
    alice = t.user(policy=[allow("iam:*")], Path="/a/")
    missing = t.arn("user", "nobody")
    foreign = "arn:aws:iam::999999999999:user/alice"
    unsupported = "arn:aws:iam::%s:instance-profile/x" % t.account
    root = "arn:aws:iam::%s:root" % t.account
    for action, more in ((ASK, {}), (GRANTING, {"ServiceNamespaces": ["s3"]})):
        t.fails("NoSuchEntity", t.root.call, action, Arn=missing, status=404,
                contains="ARN %s does not exist." % missing, **more)
        error = t.denied(alice.client.call, action, Arn=foreign, **more)
        t.equal(error.message, "User: %s is not authorized to perform the operation on %s" % (
            alice.arn, foreign))
        t.fails("ValidationError", t.root.call, action, Arn="arn:aws:s3:::a-bucket-of-mine",
                contains="Invalid service in ARN", **more)
        t.fails("ValidationError", t.root.call, action,
                Arn="arn:aws-cn:iam::%s:user/x" % t.account, contains="Invalid ARN partition",
                **more)
        t.fails("InvalidInput", t.root.call, action, Arn=unsupported, status=400,
                contains="Invalid Entity Arn: %s is not supported." % unsupported, **more)
        t.fails("ValidationError", t.root.call, action, Arn="no arn at all, but long", **more)
        # The path is not compared.
        t.root.call(action, Arn=t.arn("user", alice.name), **more)
        t.root.call(action, Arn=t.arn("user", alice.name, "/other/"), **more)
    t.fails("InvalidInput", t.root.call, ASK, Arn=root,
            contains="Invalid Entity Arn: %s is not supported." % root)
    t.fails("InvalidInput", t.root.call, GRANTING, Arn=root, ServiceNamespaces=["s3"],
            contains="Could not extract entity from ARN : %s" % root)
    policy = t.policy("some", allow("s3:*"))
    t.fails("InvalidInput", t.root.call, GRANTING, Arn=policy, ServiceNamespaces=["s3"],
            contains="Invalid Entity Arn: %s is not supported." % policy)
    for gone in (t.arn("policy", "gone"), "arn:aws:iam::aws:policy/NoSuchPolicy"):
        t.fails("NoSuchEntity", t.root.call, ASK, Arn=gone,
                contains="ARN %s does not exist." % gone)


def test_denials(t):
    nobody = t.user()
    arn = nobody.arn
    for action, params, resource in (
            (ASK, {"Arn": arn}, arn),
            (GRANTING, {"Arn": arn, "ServiceNamespaces": ["s3"]}, arn),
            (GET, {"JobId": NO_JOB}, "*"),
            (ENTITIES, {"JobId": NO_JOB, "ServiceNamespace": "s3"}, "*"),
            ("GenerateOrganizationsAccessReport", {"EntityPath": ORGANIZATION},
             "arn:aws:iam::%s:access-report/%s" % (t.account, ORGANIZATION)),
            ("GetOrganizationsAccessReport", {"JobId": NO_JOB}, "*")):
        error = t.denied(nobody.client.call, action, **params)
        t.contains(error.message, "User: %s is not authorized to perform: iam:%s on resource: %s "
                   "because no identity-based policy allows" % (arn, action, resource))
    one = t.user(policy=[allow(["iam:" + ASK, "iam:" + GRANTING], arn)])
    one.client.call(ASK, Arn=arn)
    one.client.call(GRANTING, Arn=arn, ServiceNamespaces=["s3"])
    t.denied(one.client.call, ASK, Arn=one.arn)


# ---- policies -----------------------------------------------------------------------------------


def granting(t, arn, *spaces):
    answer = t.root.call(GRANTING, Arn=arn, ServiceNamespaces=list(spaces))
    t.equal(answer["IsTruncated"], "false")
    return [(e["ServiceNamespace"], sorted(e["Policies"] or [], key=lambda p: p["PolicyName"]))
            for e in answer["PoliciesGrantingServiceAccess"]]


def test_policies_of_a_user(t):
    alice = t.user(policy=[allow(["s3:GetObject", "myapp:Sing"])])
    group = t.name("group")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("AddUserToGroup", GroupName=group, UserName=alice.name)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="of-group",
                PolicyDocument=document(allow("s3:*", "arn:aws:s3:::b", Condition={
                    "Bool": {"aws:SecureTransport": "true"}})))
    arn = t.policy("managed", allow("ec2:*"), deny("kms:*"))
    for action, who in (("AttachUserPolicy", {"UserName": alice.name}),
                        ("AttachGroupPolicy", {"GroupName": group})):
        t.root.call(action, PolicyArn=arn, **who)
    boundary = t.policy("boundary", allow("sqs:*"))
    t.root.call("PutUserPermissionsBoundary", UserName=alice.name, PermissionsBoundary=boundary)
    inline = {"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "USER",
              "EntityName": alice.name}
    of_group = {"PolicyName": "of-group", "PolicyType": "INLINE", "EntityType": "GROUP",
                "EntityName": group}
    managed = {"PolicyName": arn.rpartition("/")[2], "PolicyType": "MANAGED", "PolicyArn": arn}
    t.equal(granting(t, alice.arn, "s3", "ec2", "sqs", "s3", "myapp"),
            [("s3", [inline, of_group]), ("ec2", [managed]), ("sqs", []), ("myapp", [inline])])
    t.equal(granting(t, t.arn("group", group), "s3", "ec2"),
            [("s3", [of_group]), ("ec2", [managed])])
    # A Deny of all removes what is allowed, one with a condition or for some resources does not.
    for statement, left in ((deny("ec2:*", Condition={"Bool": {"aws:SecureTransport": "false"}}), 1),
                            (deny("ec2:*", "arn:aws:ec2:*:*:instance/*"), 1),
                            (deny("ec2:Run*"), 1), (deny("ec2:*"), 0), (deny("*"), 0)):
        t.root.call("PutUserPolicy", UserName=alice.name, PolicyName="denies",
                    PolicyDocument=document(statement))
        t.equal(len(granting(t, alice.arn, "ec2")[0][1]), left, str(statement))
    t.fails("InvalidInput", t.root.call, GRANTING, Arn=alice.arn, status=400,
            ServiceNamespaces=["s3", "S3", "ec2", "nothing"],
            contains="Invalid service namespace: [S3, nothing]")
    t.fails("ValidationError", t.root.call, GRANTING, Arn=alice.arn, ServiceNamespaces=["s3"],
            Marker="x", contains="Invalid Marker.")
    t.fails("ValidationError", t.root.call, GRANTING, Arn=alice.arn,
            ServiceNamespaces=["s3"] * 201)


def test_policies_of_a_role(t):
    name, arn = t.role(policy=[allow("*")])
    t.root.call("AttachRolePolicy", RoleName=name,
                PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    got = granting(t, arn, "s3", "sts")
    t.equal([[p["PolicyName"] for p in policies] for _, policies in got],
            [["ReadOnlyAccess", "inline"], ["ReadOnlyAccess", "inline"]])
    t.equal(got[0][1][1], {"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "ROLE",
                           "EntityName": name})


# ---- organizations ------------------------------------------------------------------------------


def test_no_organization(t):
    """Every organization is somebody else's, and there is no report about one."""
    path = {"EntityPath": ORGANIZATION + "/ou-ab12-11111111"}
    error = t.denied(t.root.call, "GenerateOrganizationsAccessReport", **path)
    t.contains(error.message, "is not authorized to perform: iam:GenerateOrganizationsAccessReport")
    policy = t.user(policy=[allow("iam:GenerateOrganizationsAccessReport", Condition={
        "StringEquals": {"iam:OrganizationsPolicyId": "p-12345678"}})])
    for value, because in (("p-12345678", False), ("p-87654321", True)):
        error = t.denied(policy.client.call, "GenerateOrganizationsAccessReport",
                         OrganizationsPolicyId=value, **path)
        t.equal("because no identity-based policy" in error.message, because)
    for bad in ({"EntityPath": "nothing of that kind"}, {**path, "OrganizationsPolicyId": "x"}):
        t.fails("ValidationError", t.root.call, "GenerateOrganizationsAccessReport", **bad)
    arn = t.policy("some", allow("sqs:*"))
    mine = t.root.call(ASK, Arn=arn)["JobId"]
    for job in (NO_JOB, mine):
        t.fails("NoSuchEntity", t.root.call, "GetOrganizationsAccessReport", JobId=job, status=404,
                SortKey="LAST_AUTHENTICATED_TIME_DESCENDING",
                contains="Job %s does not exist." % job)
    t.fails("ValidationError", t.root.call, "GetOrganizationsAccessReport", JobId=NO_JOB,
            SortKey="ANY")
