# SPDX-License-Identifier: Apache-2.0
"""Service-specific credentials: members, sentences, logins, expiry, lists, who may."""

import base64
import datetime
import pathlib

from lib.case import allow
from lib.clock import Clock
from lib.wire import parse_error

CODE, MAIL, BEDROCK = ("%s.amazonaws.com" % name for name in ("codecommit", "cassandra", "bedrock"))
KEYS = {BEDROCK: "ABSK", "logs.amazonaws.com": "ACWL", "cloudwatch.amazonaws.com": "APIAACWM",
        "aws-external-anthropic.amazonaws.com": "AEAA"}
ALWAYS = {"CreateDate", "ServiceName", "ServiceSpecificCredentialId", "Status", "UserName"}
UNSUPPORTED = "No such service %s is supported for Service Specific Credentials"
DAY = 24 * 3600


def user(t, stem="sam"):
    name = t.name(stem)
    t.root.call("CreateUser", UserName=name)
    return name


def create(t, name, service=CODE, **more):
    return t.root.call("CreateServiceSpecificCredential", UserName=name, ServiceName=service,
                       **more)["ServiceSpecificCredential"]


def listed(t, **params):
    return t.root.call("ListServiceSpecificCredentials", **params)["ServiceSpecificCredentials"] or []


def by_id(rows):
    return sorted(rows, key=lambda row: row["ServiceSpecificCredentialId"])


def named(name, made):
    return {"UserName": name, "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}


def test_names_and_passwords(t):
    """For CodeCommit and Keyspaces; as recorded on AWS."""
    for service in (CODE, MAIL):
        name = user(t)
        made = create(t, name, service.upper())
        t.equal(set(made), ALWAYS | {"ServiceUserName", "ServicePassword"})
        t.equal((made["ServiceName"], made["Status"], made["UserName"], made["ServiceUserName"]),
                (service, "Active", name, "%s-at-%s" % (name, t.account)))
        t.equal((len(made["ServiceSpecificCredentialId"]), len(made["ServicePassword"])), (21, 60))
        t.equal(made["ServiceSpecificCredentialId"][:4], "ACCA")
        t.equal(len(base64.b64decode(made["ServicePassword"], validate=True)), 44)
        second = create(t, name, service)
        t.equal(second["ServiceUserName"], "%s+1-at-%s" % (name, t.account))
        t.true(second["ServicePassword"] != made["ServicePassword"], "one password for two")
        error = t.fails("LimitExceeded", create, t, name, service, status=409)
        t.equal(error.message,
                "Cannot exceed quota for ContextSpecificCredentialsPerUserPerContext: 2")
        rows = listed(t, UserName=name)
        want = [{key: value for key, value in one.items() if key != "ServicePassword"}
                for one in (made, second)]
        t.equal(rows, by_id(want))


def test_api_keys(t):
    for service, prefix in KEYS.items():
        name = user(t)
        made = create(t, name, service, CredentialAgeDays=30)
        t.equal(set(made), ALWAYS | {"ExpirationDate", "ServiceCredentialAlias",
                                     "ServiceCredentialSecret"})
        alias = "%s-at-%s" % (name, t.account)
        t.equal(made["ServiceCredentialAlias"], alias)
        key = made["ServiceCredentialSecret"]
        t.equal(key[:len(prefix)], prefix)
        first, _, password = base64.b64decode(key[len(prefix):], validate=True).decode().partition(":")
        t.equal((first, len(password)), (alias, 60))
        (row,) = listed(t, UserName=name)
        t.equal(row, {k: v for k, v in made.items() if k != "ServiceCredentialSecret"})


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_ages(t):
    """One to 36,600 days to the second, for every service; how it is written as recorded."""
    name = user(t)
    for days in ("1", "01", "+1", "36600"):
        made = create(t, name, CODE, CredentialAgeDays=days)
        t.equal(moment(made["ExpirationDate"]) - moment(made["CreateDate"]),
                datetime.timedelta(days=int(days)))
        t.root.call("DeleteServiceSpecificCredential", **named(name, made))
    for days, code in (("0", "ValidationError"), ("-1", "ValidationError"),
                       ("36601", "ValidationError"), ("1.0", "MalformedInput"),
                       (" 1", "MalformedInput")):
        t.fails(code, create, t, name, CODE, CredentialAgeDays=days, status=400)
    t.equal(listed(t, UserName=name), [])


def test_what_is_refused(t):
    name, other = user(t), user(t)
    made = create(t, name)
    error = t.fails("NoSuchEntity", create, t, name, "sqs.amazonaws.com", status=404)
    t.equal(error.message, UNSUPPORTED % "sqs.amazonaws.com")
    error = t.fails("NoSuchEntity", t.root.call, "ListServiceSpecificCredentials", UserName=name,
                    ServiceName="SQS.amazonaws.com", status=404)
    t.equal(error.message, UNSUPPORTED % "SQS.amazonaws.com")
    error = t.fails("NoSuchEntity", create, t, "nobody", "sqs.amazonaws.com", status=404)
    t.contains(error.message, "nobody")  # the user is looked for first
    for call in (lambda: create(t, name, "code commit"),
                 lambda: listed(t, UserName=name, ServiceName="code_commit")):
        error = t.fails("ValidationError", call, status=400)
        t.equal(error.message, "ServiceName must match [a-zA-Z0-9.-]*")
    error = t.fails("ValidationError", t.root.call, "CreateServiceSpecificCredential", status=400)
    t.contains(error.message, "2 validation errors detected: ")
    error = t.fails("InvalidInput", t.root.call, "ListServiceSpecificCredentials", UserName=name,
                    AllUsers=True, status=400)
    t.equal(error.message, "Cannot list credentials for all users if a username is given")
    key = named(name, made)
    for action, more in (("ResetServiceSpecificCredential", {}),
                         ("UpdateServiceSpecificCredential", {"Status": "Active"}),
                         ("DeleteServiceSpecificCredential", {})):
        error = t.fails("NoSuchEntity", t.root.call, action, UserName=name, status=404,
                        ServiceSpecificCredentialId="ACCA" + "X" * 17, **more)
        t.equal(error.message, "No such credential ACCA%s exists" % ("X" * 17))
        error = t.fails("ValidationError", t.root.call, action, status=400,
                        **dict(key, UserName=other), **more)
        t.equal(error.message, "User %s does not have a service specific credential with id %s"
                % (other, made["ServiceSpecificCredentialId"]))
        error = t.fails("ValidationError", t.root.call, action, UserName=name, status=400,
                        ServiceSpecificCredentialId="ACCA-" + "X" * 16, **more)
        t.equal(error.message, "1 validation error detected: Value at 'serviceSpecificCredentialId' "
                "failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+")
    error = t.fails("InvalidInput", t.root.call, "UpdateServiceSpecificCredential", Status="Expired",
                    status=400, **key)
    t.equal(error.message, "Operation does not support status Expired")
    t.fails("ValidationError", t.root.call, "UpdateServiceSpecificCredential", Status="active",
            status=400, **key)


def test_status_and_reset(t):
    """A reset changes the password and nothing else, of an inactive one too."""
    for service, secret in ((CODE, "ServicePassword"), (BEDROCK, "ServiceCredentialSecret")):
        name = user(t)
        made = create(t, name, service, CredentialAgeDays=2)
        key = named(name, made)
        t.equal(t.root.call("UpdateServiceSpecificCredential", Status="Inactive", **key), {})
        again = t.root.call("ResetServiceSpecificCredential", **key)["ServiceSpecificCredential"]
        t.true(again[secret] != made[secret], "the same password")
        t.equal(dict(again, **{secret: ""}), dict(made, Status="Inactive", **{secret: ""}))
        t.equal([row["Status"] for row in listed(t, UserName=name)], ["Inactive"])
        t.root.call("UpdateServiceSpecificCredential", Status="Active", **key)
        t.equal([row["Status"] for row in listed(t, UserName=name)], ["Active"])
        error = t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=name, status=409)
        t.equal(error.message, "Cannot delete entity, must remove referenced objects first.")
        t.equal(t.root.call("DeleteServiceSpecificCredential", **key), {})
        t.equal(listed(t, UserName=name), [])
        t.fails("NoSuchEntity", t.root.call, "DeleteServiceSpecificCredential", status=404, **key)
        t.root.call("DeleteUser", UserName=name)


def test_logins_stay(t):
    """With a rename; and who gets the old name gets another login."""
    old, new = user(t), t.name("renamed")
    made = create(t, old)
    t.root.call("UpdateUser", UserName=old, NewUserName=new)
    (row,) = listed(t, UserName=new)
    t.equal((row["UserName"], row["ServiceUserName"]), (new, made["ServiceUserName"]))
    t.root.call("CreateUser", UserName=old)
    t.equal(listed(t, UserName=old), [])
    later = create(t, old)
    t.equal(later["ServiceUserName"], "%s+1-at-%s" % (old, t.account))
    t.fails("ValidationError", t.root.call, "DeleteServiceSpecificCredential", status=400,
            **named(old, made))
    t.root.call("DeleteServiceSpecificCredential", **named(new, made))
    t.equal(create(t, old)["ServiceUserName"], made["ServiceUserName"])


def test_lists(t):
    server = t.start()
    t.server = server
    names = ["u%d" % n for n in range(3)]
    for name in names:
        t.root.call("CreateUser", UserName=name)
    made = {name: [create(t, name, service) for service in (CODE, CODE, BEDROCK)] for name in names}

    def ids(rows):
        return sorted(row["ServiceSpecificCredentialId"] for row in rows)

    every = [one for rows in made.values() for one in rows]
    t.equal(ids(listed(t, AllUsers=True)), ids(every))
    t.equal(ids(listed(t, AllUsers=True, ServiceName=BEDROCK)), ids(rows[2] for rows in made.values()))
    t.equal(ids(listed(t, UserName="u1", ServiceName=CODE, AllUsers=False)), ids(made["u1"][:2]))
    t.equal(listed(t, UserName="u1", ServiceName=MAIL), [])
    t.equal(ids(listed(t, UserName="u1", ServiceName="")), ids(made["u1"]))
    t.equal({row["UserName"] for row in listed(t, AllUsers=True)}, set(names))
    marker, found = {}, []
    while True:
        page = t.root.call("ListServiceSpecificCredentials", AllUsers=True, MaxItems=2, **marker)
        found += page["ServiceSpecificCredentials"]
        if page["IsTruncated"] == "false":
            break
        marker = {"Marker": page["Marker"]}
    t.equal(ids(found), ids(every))
    t.equal(len(found), len(every))
    t.fails("ValidationError", t.root.call, "ListServiceSpecificCredentials", UserName="u1",
            status=400, **marker)  # the Marker is of another list
    before = listed(t, AllUsers=True)
    server.restart()
    t.roots.clear()
    t.equal(listed(t, AllUsers=True), before)


def test_expired(t):
    clock = Clock()
    t.server = t.start(env=clock.env)
    t.root.call("CreateUser", UserName="u")
    made = create(t, "u", BEDROCK, CredentialAgeDays=2)

    def ask(action, **params):
        response = t.root.query(action, params, moment=clock.now())
        return response.text if response.status == 200 else parse_error(response).code

    clock.set(2 * DAY - 60)
    t.contains(ask("ListServiceSpecificCredentials", UserName="u"), "<Status>Active</Status>")
    clock.set(2 * DAY + 60)
    t.contains(ask("ListServiceSpecificCredentials", UserName="u"), "<Status>Expired</Status>")
    again = ask("ResetServiceSpecificCredential", **named("u", made))
    for part in ("<Status>Expired</Status>", "<ExpirationDate>%s<" % made["ExpirationDate"]):
        t.contains(again, part)
    ask("UpdateServiceSpecificCredential", Status="Active", **named("u", made))
    t.contains(ask("ListServiceSpecificCredentials", UserName="u"), "<Status>Expired</Status>")


def test_who_may(t):
    other = user(t)
    made = create(t, other)
    everybody = "arn:aws:iam::%s:user/*" % t.account
    own = t.user("own", [allow("iam:*ServiceSpecificCredential*",
                               "arn:aws:iam::%s:user/${aws:username}" % t.account)])
    mine = own.client.call("CreateServiceSpecificCredential", UserName=own.name,
                           ServiceName=CODE)["ServiceSpecificCredential"]
    key = {"ServiceSpecificCredentialId": mine["ServiceSpecificCredentialId"]}
    t.equal(len(own.client.call("ListServiceSpecificCredentials")["ServiceSpecificCredentials"]), 1)
    own.client.call("ResetServiceSpecificCredential", **key)
    own.client.call("UpdateServiceSpecificCredential", Status="Inactive", **key)
    error = t.denied(own.client.call, "ListServiceSpecificCredentials", AllUsers=True)
    t.contains(error.message, "on resource: user * because")
    t.denied(own.client.call, "ListServiceSpecificCredentials", UserName=other)
    t.denied(own.client.call, "DeleteServiceSpecificCredential", **named(other, made))
    own.client.call("DeleteServiceSpecificCredential", **key)
    t.fails("ValidationError", t.root.call, "ListServiceSpecificCredentials", status=400)
    auditor = t.user("auditor", [allow("iam:ListServiceSpecificCredentials", everybody)])
    auditor.client.call("ListServiceSpecificCredentials", AllUsers=True)
    auditor.client.call("ListServiceSpecificCredentials", UserName=other)
    reader = t.user("reader", [allow("iam:ListServiceSpecificCredentials", t.arn("user", other))])
    t.denied(reader.client.call, "ListServiceSpecificCredentials", AllUsers=True)


def test_condition_keys(t):
    """The service in lower case, of a credential too; the age is absent when none is given."""
    name = user(t)
    old = create(t, name, MAIL)
    mine = t.user("coder", [allow("iam:*ServiceSpecificCredential", Condition={
        "StringEquals": {"iam:ServiceSpecificCredentialServiceName": CODE}})]).client

    def make(client, service, **more):
        made = client.call("CreateServiceSpecificCredential", UserName=name, ServiceName=service,
                           **more)["ServiceSpecificCredential"]
        return named(name, made)

    key = make(mine, "CodeCommit.Amazonaws.com")
    t.denied(make, mine, MAIL)
    for action, more in (("ResetServiceSpecificCredential", {}),
                         ("UpdateServiceSpecificCredential", {"Status": "Active"}),
                         ("DeleteServiceSpecificCredential", {})):
        t.denied(mine.call, action, **named(name, old), **more)
        mine.call(action, **key, **more)
        t.denied(mine.call, action, **key if action.startswith("Delete") else named(name, old), **more)
    short = t.user("short", [allow("iam:*ServiceSpecificCredential", Condition={
        "NumericLessThanEquals": {"iam:ServiceSpecificCredentialAgeDays": "30"}})]).client
    make(short, BEDROCK, CredentialAgeDays=30)
    t.denied(make, short, BEDROCK, CredentialAgeDays=31)
    t.denied(make, short, BEDROCK)


def test_passwords_are_nowhere(t):
    server = t.start()
    t.server = server
    t.root.call("CreateUser", UserName="u")
    words = []
    for service in (CODE, BEDROCK):
        made = create(t, "u", service)
        again = t.root.call("ResetServiceSpecificCredential",
                            **named("u", made))["ServiceSpecificCredential"]
        for one in (made, again):
            secret = one.get("ServicePassword") or one["ServiceCredentialSecret"]
            words.append(secret)
            if service == BEDROCK:
                words.append(base64.b64decode(secret[4:]).decode().partition(":")[2])
    records = [r for r in server.audit() if r["eventName"].endswith("ServiceSpecificCredential")]
    t.equal(len(records), 4)
    shown = records[0]["responseElements"]["serviceSpecificCredential"]
    t.equal(shown["servicePassword"], "HIDDEN_DUE_TO_SECURITY_REASONS")
    server.stop()
    for path in [server.log_path, *pathlib.Path(server.data).rglob("*")]:
        data = path.read_bytes() if path.is_file() else b""
        for word in words:
            t.true(word.encode() not in data, "a password is in " + path.name)
