# SPDX-License-Identifier: Apache-2.0
"""SSH public keys of users: forms, fingerprints, what is refused and in which words, who may, a
restart."""

import base64

from lib import keys
from lib.case import allow

UPLOAD, GET, LIST = "UploadSSHPublicKey", "GetSSHPublicKey", "ListSSHPublicKeys"
UPDATE, DELETE = "UpdateSSHPublicKey", "DeleteSSHPublicKey"
MISSING = "APKAAAAAAAAAAAAAAAAA"
UNKNOWN = "User has no Public Key with id %s."


def user(t, **params):
    name = t.name("pat")
    t.root.call("CreateUser", UserName=name, **params)
    return name


def upload(t, name, body):
    return t.root.call(UPLOAD, UserName=name, SSHPublicKeyBody=body)["SSHPublicKey"]


def get(t, name, key_id, encoding="SSH"):
    return t.root.call(GET, UserName=name, SSHPublicKeyId=key_id, Encoding=encoding)["SSHPublicKey"]


def test_life(t):
    name, private = user(t), keys.private_key()
    line, fingerprint = keys.ssh_key(private)
    sent = line + " pat@example.com\n"
    made = t.root.call(UPLOAD, UserName=name.upper(), SSHPublicKeyBody=sent)["SSHPublicKey"]
    t.equal(set(made), {"UserName", "SSHPublicKeyId", "Fingerprint", "SSHPublicKeyBody", "Status",
                        "UploadDate"})
    key_id = made["SSHPublicKeyId"]
    t.equal((key_id[:4], len(key_id)), ("APKA", 20))
    t.equal((made["UserName"], made["Status"], made["Fingerprint"], made["SSHPublicKeyBody"]),
            (name, "Active", fingerprint, sent))
    t.equal(get(t, name, key_id), dict(made, SSHPublicKeyBody=line))
    t.equal(get(t, name, key_id, "PEM"), dict(made, SSHPublicKeyBody=keys.public_key(private)))
    t.root.call("UpdateUser", UserName=name, NewUserName=name + "x", NewPath="/moved/")
    name += "x"
    row = {"UserName": name, "SSHPublicKeyId": key_id, "Status": "Active",
           "UploadDate": made["UploadDate"]}
    t.equal(t.root.call(LIST, UserName=name)["SSHPublicKeys"], [row])
    for status in ("Inactive", "Inactive", "Active"):
        t.root.call(UPDATE, UserName=name, SSHPublicKeyId=key_id, Status=status)
        t.equal(get(t, name, key_id), dict(made, UserName=name, SSHPublicKeyBody=line,
                                           Status=status))
    error = t.fails("InvalidInput", t.root.call, UPDATE, UserName=name, SSHPublicKeyId=key_id,
                    Status="Expired", status=400)
    t.equal(error.message, "Operation does not support status Expired")
    error = t.fails("DeleteConflict", t.root.call, "DeleteUser", UserName=name, status=409)
    t.equal(error.message, "Cannot delete entity, must remove referenced objects first.")
    t.root.call(DELETE, UserName=name, SSHPublicKeyId=key_id)
    for action, more in ((GET, {"Encoding": "SSH"}), (UPDATE, {"Status": "Active"}), (DELETE, {})):
        for unknown in (key_id, MISSING):
            error = t.fails("NoSuchEntity", t.root.call, action, UserName=name,
                            SSHPublicKeyId=unknown, status=404, **more)
            t.equal(error.message, UNKNOWN % unknown)
    t.equal(t.root.call(LIST, UserName=name)["SSHPublicKeys"] or [], [])
    t.root.call("DeleteUser", UserName=name)


def test_forms_of_one_key(t):
    """The same key is refused in every form; another user may have it."""
    name, other, private = user(t), user(t), keys.private_key()
    line, fingerprint = keys.ssh_key(private)
    pem = keys.public_key(private)
    old = keys.openssl("rsa", "-pubin", "-RSAPublicKey_out", text=pem).decode()
    made = upload(t, name, pem)
    t.equal((made["Fingerprint"], made["SSHPublicKeyBody"]), (fingerprint, pem))
    for body in (line, line + " comment", pem, pem.replace("\n", "\r\n"), old):
        error = t.fails("DuplicateSSHPublicKey", t.root.call, UPLOAD, UserName=name,
                        SSHPublicKeyBody=body, status=400)
        t.equal(error.message, "Duplicate SSH public key uploaded.")
    t.equal(upload(t, other, old)["Fingerprint"], fingerprint)
    for who in (name, other):
        t.equal(len(t.root.call(LIST, UserName=who)["SSHPublicKeys"]), 1)


def test_what_is_no_key(t):
    name = user(t)
    line, _ = keys.ssh_key(keys.private_key())
    short, _ = keys.ssh_key(keys.private_key("rsa:1024"))
    unrecognized = ("UnrecognizedPublicKeyEncoding", "Invalid public key uploaded.")
    invalid = ("InvalidPublicKey", "Invalid body for public key")
    blob = base64.b64decode(line.split()[1])
    for body, (code, message) in (
            ("no key", unrecognized), ("ssh-rsa", unrecognized),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPpZqB1oF6Pp0pq2fhyHVFXQ0u2Qf8jNPYmEkDXPBlCx", unrecognized),
            (keys.public_key(keys.private_key("ec:P-256")), unrecognized),
            (keys.private_key(), unrecognized),
            (short, invalid), (keys.public_key(keys.private_key("rsa:1024")), invalid),
            (line[:-8], invalid), ("ssh-rsa AAAA", invalid), ("ssh-rsa !!!!", invalid),
            ("ssh-rsa " + base64.b64encode(blob + b"x").decode(), invalid),
            ("-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n", invalid)):
        error = t.fails(code, t.root.call, UPLOAD, UserName=name, SSHPublicKeyBody=body, status=400)
        t.equal(error.message, message)
    for body in ("", "ssh-rsa " + "A" * 16384, "ssh-rsa \u20ac"):
        error = t.fails("ValidationError", t.root.call, UPLOAD, UserName=name,
                        SSHPublicKeyBody=body, status=400)
        t.contains(error.message, "at 'sSHPublicKeyBody' failed to satisfy constraint")
    error = t.fails("ValidationError", t.root.call, GET, UserName=name, SSHPublicKeyId=MISSING,
                    Encoding="DER", status=400)
    t.contains(error.message, "Member must satisfy enum value set: [SSH, PEM]")
    t.equal(t.root.call(LIST, UserName=name)["SSHPublicKeys"] or [], [])


def test_five_a_user(t):
    name, other = user(t), user(t)
    lines = [keys.ssh_key(keys.private_key("rsa:2048", n))[0] for n in range(6)]
    made = [upload(t, name, line)["SSHPublicKeyId"] for line in lines[:5]]
    error = t.fails("LimitExceeded", t.root.call, UPLOAD, UserName=name, SSHPublicKeyBody=lines[5],
                    status=409)
    t.equal(error.message, "Cannot exceed quota for SSHPublicKeysPerUser: 5")
    upload(t, other, lines[5])
    rows = t.root.call(LIST, UserName=name)["SSHPublicKeys"]
    t.equal([row["SSHPublicKeyId"] for row in rows], sorted(made))
    # of another user: as if there were none
    error = t.fails("NoSuchEntity", t.root.call, DELETE, UserName=other, SSHPublicKeyId=made[0])
    t.equal(error.message, UNKNOWN % made[0])


def test_the_user_is_looked_up_first(t):
    for action, more in ((UPLOAD, {"SSHPublicKeyBody": "no key"}), (LIST, {}),
                         (GET, {"SSHPublicKeyId": MISSING, "Encoding": "SSH"}),
                         (UPDATE, {"SSHPublicKeyId": MISSING, "Status": "Expired"}),
                         (DELETE, {"SSHPublicKeyId": MISSING})):
        error = t.fails("NoSuchEntity", t.root.call, action, UserName="nobody", status=404, **more)
        t.equal(error.message, "The user with name nobody cannot be found.")


def test_who_may(t):
    tagged, plain = (user(t, Path="/team/") for _ in range(2))
    t.root.call("TagUser", UserName=tagged, Tags=[{"Key": "team", "Value": "blue"}])
    line, _ = keys.ssh_key(keys.private_key())
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    maker = t.user("maker", [dict(allow("iam:*SSHPublicKey*"), Condition=blue)])
    key_id = maker.client.call(UPLOAD, UserName=tagged,
                               SSHPublicKeyBody=line)["SSHPublicKey"]["SSHPublicKeyId"]
    for action, more in ((GET, {"SSHPublicKeyId": key_id, "Encoding": "PEM"}), (LIST, {}),
                         (UPDATE, {"SSHPublicKeyId": key_id, "Status": "Inactive"}),
                         (DELETE, {"SSHPublicKeyId": key_id}),
                         (UPLOAD, {"SSHPublicKeyBody": "no key"})):
        error = t.denied(maker.client.call, action, UserName=plain, **more)
        t.equal(error.message, "User: %s is not authorized to perform: iam:%s on resource: user %s "
                "because no identity-based policy allows the iam:%s action" % (
                    maker.arn, action, plain, action))
        if action != UPLOAD:
            maker.client.call(action, UserName=tagged, **more)
    own = t.user("self", [allow("iam:*SSHPublicKey*", t.arn("user/", "${aws:username}", ""))])
    upload(t, own.name, line)
    t.equal(len(own.client.call(LIST)["SSHPublicKeys"]), 1)
    own.client.call(UPLOAD, UserName=own.name, SSHPublicKeyBody=keys.ssh_key(
        keys.private_key("rsa:2048", 1))[0])
    t.denied(own.client.call, LIST, UserName=plain)
    error = t.fails("ValidationError", t.root.call, LIST, status=400)
    t.equal(error.message, "Must specify userName when calling with non-User credentials")


def test_a_restart(t):
    server = t.start()
    t.server = server
    name, line = user(t), keys.ssh_key(keys.private_key())[0]
    made = upload(t, name, line)
    t.root.call(UPDATE, UserName=name, SSHPublicKeyId=made["SSHPublicKeyId"], Status="Inactive")
    server.restart()
    got = server.client().call(GET, UserName=name, SSHPublicKeyId=made["SSHPublicKeyId"],
                               Encoding="SSH")["SSHPublicKey"]
    t.equal(got, dict(made, Status="Inactive"))
