# SPDX-License-Identifier: Apache-2.0
"""Signing certificates of users: IDs, words of every refusal, who may, a restart."""

from lib import keys
from lib.case import allow

UPLOAD, LIST = "UploadSigningCertificate", "ListSigningCertificates"
UPDATE, DELETE = "UpdateSigningCertificate", "DeleteSigningCertificate"
MISSING = "A" * 32
UNKNOWN = "The Certificate with id %s cannot be found."
SIGNING = ("UserName", "CertificateId", "CertificateBody", "Status", "UploadDate")


def user(t, **params):
    name = t.name("pat")
    t.root.call("CreateUser", UserName=name, **params)
    return name


def upload(t, name, body):
    return t.root.call(UPLOAD, UserName=name, CertificateBody=body)["Certificate"]


def listed(t, name):
    return t.root.call(LIST, UserName=name)["Certificates"] or []


# ---- signing certificates ----


def test_signing(t):
    name, body = user(t), keys.certificate("ec:P-256", 1)[0]
    made = t.root.call(UPLOAD, UserName=name.upper(), CertificateBody=body)["Certificate"]
    t.equal(set(made), set(SIGNING))
    key_id = keys.certificate_id(body)
    t.equal((made["UserName"], made["CertificateId"], made["CertificateBody"], made["Status"]),
            (name, key_id, body, "Active"))
    t.equal(listed(t, name), [made])
    t.root.call("UpdateUser", UserName=name, NewUserName=name + "x", NewPath="/moved/")
    name += "x"
    for status in ("Inactive", "Inactive", "Active"):
        t.root.call(UPDATE, UserName=name, CertificateId=key_id, Status=status)
        t.equal(listed(t, name), [dict(made, UserName=name, Status=status)])
    error = t.fails("InvalidInput", t.root.call, UPDATE, UserName=name, CertificateId=key_id,
                    Status="Expired", status=400)
    t.equal(error.message, "Operation does not support status Expired")
    error = t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=name, status=409)
    t.equal(error.message, "Cannot delete entity, must delete certificates first.")
    t.root.call(DELETE, UserName=name, CertificateId=key_id)
    for action, more in ((UPDATE, {"Status": "Active"}), (DELETE, {})):
        for unknown in (key_id, MISSING):
            error = t.fails("NoSuchEntity", t.root.call, action, UserName=name,
                            CertificateId=unknown, status=404, **more)
            t.equal(error.message, UNKNOWN % unknown)
    t.equal(listed(t, name), [])
    t.root.call("DeleteUser", UserName=name)


def test_signing_again(t):
    """The same owner: the same row, said to be active; another owner: refused."""
    name, other, body = user(t), user(t), keys.certificate("ec:P-256", 2)[0]
    made = upload(t, name, body)
    t.root.call(UPDATE, UserName=name, CertificateId=made["CertificateId"], Status="Inactive")
    for again in (body, "text before\n" + body):
        t.equal(upload(t, name, again), made)
    t.equal(listed(t, name), [dict(made, Status="Inactive")])
    error = t.fails("DuplicateCertificate", t.root.call, UPLOAD, UserName=other,
                    CertificateBody=body, status=409)
    t.equal(error.message, "Duplicate certificate uploaded.")
    second = upload(t, name, keys.certificate("ec:P-256", 3)[0])
    error = t.fails("LimitExceeded", t.root.call, UPLOAD, UserName=name,
                    CertificateBody=keys.certificate("ec:P-256", 4)[0], status=409)
    t.equal(error.message, "Cannot exceed quota for CertificatesPerUser: 2")
    t.equal(upload(t, name, body), made)
    t.equal([row["CertificateId"] for row in listed(t, name)],
            sorted([made["CertificateId"], second["CertificateId"]]))
    # of another user: as if there were none
    error = t.fails("NoSuchEntity", t.root.call, DELETE, UserName=other,
                    CertificateId=made["CertificateId"], status=404)
    t.equal(error.message, UNKNOWN % made["CertificateId"])


def test_signing_kinds(t):
    for kind in ("leaf.pem", "small.pem", "ed25519.pem"):
        name = user(t)
        upload(t, name, keys.vector(kind))
        t.equal(len(listed(t, name)), 1)


def test_signing_what_is_none(t):
    name, body = user(t), keys.vector("ec.pem")
    lines = body.splitlines()
    for text, what in (
            ("none", "malformed"), (body[:-30], "malformed"), (body + body, "malformed"),
            ("\n".join(lines[:3] + lines[4:]), "malformed"), (keys.vector("ec.key"), "malformed"),
            (keys.vector("expired.pem"), "expired"), (keys.vector("future.pem"), "not yet valid")):
        error = t.fails("MalformedCertificate", t.root.call, UPLOAD, UserName=name,
                        CertificateBody=text, status=400)
        t.equal(error.message, "Certificate %s is %s." % (text[:256], what))
    for text in ("", "A" * 16385, "\u20ac"):
        error = t.fails("ValidationError", t.root.call, UPLOAD, UserName=name,
                        CertificateBody=text, status=400)
        t.contains(error.message, "at 'certificateBody' failed to satisfy constraint")
    t.equal(listed(t, name), [])


def test_signing_the_user_is_looked_up_first(t):
    for action, more in ((UPLOAD, {"CertificateBody": "none"}), (LIST, {}),
                         (UPDATE, {"CertificateId": MISSING, "Status": "Expired"}),
                         (DELETE, {"CertificateId": MISSING})):
        error = t.fails("NoSuchEntity", t.root.call, action, UserName="nobody", status=404, **more)
        t.equal(error.message, "The user with name nobody cannot be found.")


def test_signing_without_a_name(t):
    """The caller's own; the root user has certificates too."""
    own = t.user("self", [allow("iam:*SigningCertificate*", t.arn("user/", "${aws:username}", ""))])
    for caller, name, number in ((own.client, own.name, 5), (t.root, "root", 6)):
        body = keys.certificate("ec:P-256", number)[0]
        made = caller.call(UPLOAD, CertificateBody=body)["Certificate"]
        t.equal(made["UserName"], name)
        t.equal(caller.call(LIST)["Certificates"], [made])
        present = t.root.call("GetAccountSummary")["SummaryMap"]
        t.equal(present["AccountSigningCertificatesPresent"], "1" if name == "root" else "0")
        caller.call(UPDATE, CertificateId=made["CertificateId"], Status="Inactive")
        caller.call(DELETE, CertificateId=made["CertificateId"])
        t.equal(caller.call(LIST)["Certificates"] or [], [])
    role, arn = t.role("r", policy=[allow("iam:*")])
    session = t.assume(t.user("who", [allow("sts:AssumeRole")]).client, arn)
    error = t.fails("ValidationError", session.call, LIST, status=400)
    t.equal(error.message, "Must specify userName when calling with non-User credentials")


def test_signing_who_may(t):
    tagged, plain = (user(t, Path="/team/") for _ in range(2))
    t.root.call("TagUser", UserName=tagged, Tags=[{"Key": "team", "Value": "blue"}])
    body = keys.certificate("ec:P-256", 7)[0]
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    maker = t.user("maker", [dict(allow("iam:*SigningCertificate*"), Condition=blue)])
    key = {"CertificateId": keys.certificate_id(body)}
    for action, more in ((UPLOAD, {"CertificateBody": body}), (LIST, {}),
                         (UPDATE, dict(key, Status="Inactive")), (DELETE, key)):
        maker.client.call(action, UserName=tagged, **more)
        error = t.denied(maker.client.call, action, UserName=plain, **more)
        t.equal(error.message, "User: %s is not authorized to perform: iam:%s on resource: user %s "
                "because no identity-based policy allows the iam:%s action" % (
                    maker.arn, action, plain, action))


def test_signing_after_a_restart(t):
    server = t.start()
    t.server = server
    name = user(t)
    made = upload(t, name, keys.vector("leaf.pem"))
    t.root.call(UPDATE, UserName=name, CertificateId=made["CertificateId"], Status="Inactive")
    server.restart()
    t.equal(server.client().call(LIST, UserName=name)["Certificates"],
            [dict(made, Status="Inactive")])
