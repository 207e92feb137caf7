# SPDX-License-Identifier: Apache-2.0
"""Certificates. Signing certificates of users: IDs, words of every refusal, who may, a restart. Server
certificates: the same, and that nobody sees a private key again."""

import os
import pathlib
import sqlite3
import time
import urllib.parse

from cases.integrity import check
from cases.login_profiles import memory_of
from cases.way_back import done, run
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


# ---- server certificates ----

SERVER_CERTIFICATE = ("Path", "ServerCertificateName", "ServerCertificateId", "Arn", "UploadDate",
                      "Expiration")
LEAF, LEAF_KEY = keys.vector("leaf.pem"), keys.vector("leaf.key")
INTER, ROOT = keys.vector("inter.pem"), keys.vector("root.pem")
NO_SERVER = "The Server Certificate with name %s cannot be found."
CHAIN = ("Unable to validate certificate chain. The certificate chain must start with the immediate "
         "signing certificate, followed by any intermediaries in order. The index within the chain of "
         "the invalid certificate is: %d")


def store(t, client=None, **more):
    """Uploads leaf.pem; returns its name and what was answered."""
    params = {"ServerCertificateName": t.name("web"), "CertificateBody": LEAF,
              "PrivateKey": LEAF_KEY, **more}
    return params["ServerCertificateName"], (client or t.root).call("UploadServerCertificate",
                                                                    **params)


def shown(t, name):
    return t.root.call("GetServerCertificate", ServerCertificateName=name)["ServerCertificate"]


def names_of(t, **params):
    rows = t.root.call("ListServerCertificates", **params)["ServerCertificateMetadataList"] or []
    return [row["ServerCertificateName"] for row in rows]


def test_server(t):
    name, answer = store(t, Path="/cloudfront/", CertificateChain=INTER + ROOT,
                         Tags=[{"Key": "team", "Value": "blue"}, {"Key": "a", "Value": ""}])
    t.equal(set(answer), {"ServerCertificateMetadata", "Tags"})
    made = answer["ServerCertificateMetadata"]
    t.equal(set(made), set(SERVER_CERTIFICATE))
    t.equal((made["ServerCertificateName"], made["Path"], made["Arn"], made["Expiration"]),
            (name, "/cloudfront/", t.arn("server-certificate/cloudfront/", name, ""),
             "2120-01-01T00:00:00Z"))
    t.equal((made["ServerCertificateId"][:4], len(made["ServerCertificateId"])), ("ASCA", 21))
    t.equal(answer["Tags"], [{"Key": "team", "Value": "blue"}, {"Key": "a", "Value": ""}])
    got = shown(t, name.upper())
    t.equal(got["ServerCertificateMetadata"], made)
    t.equal((got["CertificateBody"], got["CertificateChain"]), (LEAF, INTER + ROOT))
    t.equal(set(got), {"ServerCertificateMetadata", "CertificateBody", "CertificateChain", "Tags"})
    rows = t.root.call("ListServerCertificates", PathPrefix="/cloudfront/")
    t.equal(rows["ServerCertificateMetadataList"], [made])
    other, answer = store(t, CertificateBody=keys.vector("ec.pem"),
                          PrivateKey=keys.vector("ec.sec1.key"))
    t.equal(set(answer), {"ServerCertificateMetadata"})
    got = shown(t, other)
    t.equal((set(got), got["Tags"] or []), ({"ServerCertificateMetadata", "CertificateBody", "Tags"},
                                            []))
    error = t.fails("EntityAlreadyExists", store, t, ServerCertificateName=name.upper(), status=409)
    t.equal(error.message, "The Server Certificate with name %s already exists." % name.upper())
    for one in (name, other):
        t.root.call("DeleteServerCertificate", ServerCertificateName=one)
        for action in ("GetServerCertificate", "DeleteServerCertificate"):
            error = t.fails("NoSuchEntity", t.root.call, action, ServerCertificateName=one,
                            status=404)
            t.equal(error.message, NO_SERVER % one)


def test_server_renamed(t):
    """ID and tags stay, the ARN follows; without a new name and a new path nothing happens."""
    tags = [{"Key": "team", "Value": "blue"}]
    (name, answer), (taken, _) = store(t, Path="/a/", Tags=tags), store(t)
    made = answer["ServerCertificateMetadata"]
    renamed = name + "x"
    current, path = name, "/a/"
    for params in ({}, {"NewPath": "/b/c/"}, {"NewServerCertificateName": renamed},
                   {"NewServerCertificateName": renamed.upper(), "NewPath": "/"},
                   {"NewServerCertificateName": renamed}):
        t.root.call("UpdateServerCertificate", ServerCertificateName=current, **params)
        current = params.get("NewServerCertificateName", current)
        path = params.get("NewPath", path)
        got = shown(t, current)
        t.equal(got["ServerCertificateMetadata"], dict(
            made, ServerCertificateName=current, Path=path,
            Arn=t.arn("server-certificate", current, path)))
        t.equal((got["Tags"], got["CertificateBody"]), (tags, LEAF))
    error = t.fails("EntityAlreadyExists", t.root.call, "UpdateServerCertificate", status=409,
                    ServerCertificateName=renamed, NewServerCertificateName=taken.upper())
    t.equal(error.message, "The Server Certificate with name %s already exists." % taken.upper())
    error = t.fails("NoSuchEntity", t.root.call, "UpdateServerCertificate", status=404,
                    ServerCertificateName=name, NewPath="/")
    t.equal(error.message, NO_SERVER % name)
    t.root.call("TagServerCertificate", ServerCertificateName=renamed, Tags=tags)


def test_server_refused(t):
    malformed = "MalformedCertificate"
    unreadable = "Unable to parse certificate. Please ensure the certificate is in PEM format."
    ec = {"CertificateBody": keys.vector("ec.pem"), "PrivateKey": keys.vector("ec.key")}
    count = len(names_of(t))
    for params, code, message in (
            ({"CertificateBody": "none"}, malformed, unreadable),
            ({"CertificateBody": LEAF + INTER}, malformed, unreadable),
            ({"CertificateBody": LEAF_KEY}, malformed, unreadable),
            (dict(ec, CertificateBody=keys.vector("expired.pem")), malformed,
             "Certificate is no longer valid. The 'Not After' date restriction on the certificate has "
             "passed."),
            (dict(ec, CertificateBody=keys.vector("future.pem")), malformed,
             "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has "
             "not passed."),
            (dict(ec, PrivateKey=LEAF_KEY), "KeyPairMismatch",
             "The private key did not match the public key provided. Please verify the key material "
             "and try again."),
            ({"PrivateKey": keys.vector("wrong.rsa.key")}, "KeyPairMismatch",
             "The private key did not match the public key provided. Please verify the key material "
             "and try again."),
            ({"PrivateKey": "none"}, malformed, "Invalid Private Key."),
            ({"PrivateKey": LEAF}, malformed, "Invalid Private Key."),
            ({"PrivateKey": keys.vector("leaf.encrypted.key")}, malformed, "Invalid Private Key."),
            ({"PrivateKey": keys.vector("slow.rsa.key")}, malformed, "Invalid Private Key."),
            ({"CertificateChain": ROOT}, malformed, CHAIN % -1),
            ({"CertificateChain": ROOT + INTER}, malformed, CHAIN % -1),
            ({"CertificateChain": LEAF + INTER}, malformed, CHAIN % -1),
            ({"CertificateChain": INTER + INTER}, malformed, CHAIN % 0),
            ({"CertificateChain": INTER + ROOT + INTER}, malformed, CHAIN % 1),
            ({"CertificateChain": keys.vector("slow.exponent.pem")}, malformed, CHAIN % -1),
            ({"CertificateChain": INTER + ROOT * 10}, malformed,
             "The certificate chain has more than 10 certificates."),
            ({"CertificateChain": "none"}, malformed, "")):
        error = t.fails(code, store, t, status=400, **params)
        t.equal(error.message or "", message)
    for member, value in (("CertificateBody", "A" * 16385), ("PrivateKey", ""),
                          ("PrivateKey", "A" * 16385), ("ServerCertificateName", "a b"),
                          ("Path", "x")):
        error = t.fails("ValidationError", store, t, status=400, **{member: value})
        t.true("AAAA" not in error.message, "the value comes back")
    error = t.fails("ValidationError", store, t, PrivateKey="\ufeff" + LEAF_KEY, status=400)
    t.contains(error.message, "The specified value for privateKey is invalid. It must contain only "
               "printable ASCII characters.")
    t.equal(len(names_of(t)), count)


def test_server_what_is_taken(t):
    """Text around, line ends, the older form of keys, chains that end early or repeat the root."""
    for params in ({"CertificateBody": "subject=x\n" + LEAF, "CertificateChain": INTER},
                   {"CertificateBody": LEAF.replace("\n", "\r\n")},
                   {"PrivateKey": keys.vector("leaf.rsa.key"), "CertificateChain": INTER + ROOT * 2},
                   {"CertificateBody": LEAF.ljust(16384), "PrivateKey": LEAF_KEY.ljust(16384)}):
        name, _ = store(t, **params)
        got = shown(t, name)
        t.equal(got["CertificateBody"], params.get("CertificateBody", LEAF))
        t.equal(got.get("CertificateChain"), params.get("CertificateChain"))


def test_server_tags(t):
    name, _ = store(t)
    who = {"ServerCertificateName": name}
    pairs = [("k%02d" % n, "v") for n in range(50)]
    tags = [{"Key": key, "Value": value} for key, value in pairs]
    t.root.call("TagServerCertificate", Tags=tags, **who)
    error = t.fails("LimitExceeded", t.root.call, "TagServerCertificate", status=409,
                    Tags=[{"Key": "more", "Value": ""}], **who)
    t.equal(error.message, "The number of tags has reached the maximum limit.")
    t.root.call("UntagServerCertificate", TagKeys=["k%02d" % n for n in range(48)] + ["never"], **who)
    t.root.call("TagServerCertificate", Tags=[{"Key": "k49", "Value": "w"}, {"Key": "K49", "Value": ""}],
                **who)
    want = [{"Key": "K49", "Value": ""}, {"Key": "k48", "Value": "v"}, {"Key": "k49", "Value": "w"}]
    t.equal(t.root.call("ListServerCertificateTags", **who)["Tags"], want)
    t.equal(sorted(shown(t, name)["Tags"], key=lambda tag: tag["Key"]), want)
    for action, params, message in (
            ("TagServerCertificate", {"Tags": []}, "The provided tag map must not be null/empty."),
            ("UntagServerCertificate", {"TagKeys": []}, "The provided tag keys must not be null/empty."),
            ("TagServerCertificate", {"Tags": [{"Key": "aws:x", "Value": ""}]},
             "Tag keys beginning with aws: are reserved for system use."),
            ("TagServerCertificate", {"Tags": [{"Key": "x", "Value": ""}] * 2},
             "Duplicate tag keys found.")):
        error = t.fails("InvalidInput", t.root.call, action, status=400, **params, **who)
        t.equal(error.message, message)
    for action, more in (("TagServerCertificate", {"Tags": want}), ("ListServerCertificateTags", {}),
                         ("UntagServerCertificate", {"TagKeys": ["a"]})):
        error = t.fails("NoSuchEntity", t.root.call, action, ServerCertificateName="nope", status=404,
                        **more)
        t.equal(error.message, NO_SERVER % "nope")


def test_server_who_may(t):
    blue = {"StringEquals": {"aws:ResourceTag/team": "blue"}}
    where = t.arn("server-certificate/app/*", "", "")
    tag = [{"Key": "team", "Value": "blue"}]
    maker = t.user("maker", [allow("iam:UploadServerCertificate", where)])
    refused = "User: %s is not authorized to perform: iam:%s on resource: %s because no " \
              "identity-based policy allows the iam:%s action"
    name = t.name("web")
    error = t.denied(store, t, maker.client, ServerCertificateName=name, PrivateKey="none")
    t.equal(error.message, refused % (maker.arn, "UploadServerCertificate", t.arn(
        "server-certificate/", name, ""), "UploadServerCertificate"))
    error = t.denied(store, t, maker.client, ServerCertificateName=name, Path="/app/", Tags=tag)
    t.equal(error.message, refused % (maker.arn, "TagServerCertificate", t.arn(
        "server-certificate/app/", name, ""), "TagServerCertificate"))
    store(t, maker.client, ServerCertificateName=name, Path="/app/")
    user = t.user("blue", [dict(allow("iam:*ServerCertificate*"), Condition=blue)])
    mover = t.user("mover", [allow("iam:UpdateServerCertificate", where)])
    who = {"ServerCertificateName": name}
    calls = (("GetServerCertificate", {}), ("TagServerCertificate", {"Tags": tag}),
             ("ListServerCertificateTags", {}), ("UntagServerCertificate", {"TagKeys": ["never"]}),
             ("UpdateServerCertificate", {"NewPath": "/app/"}), ("DeleteServerCertificate", {}))
    for action, more in calls:
        error = t.denied(user.client.call, action, **who, **more)
        t.equal(error.message, refused % (user.arn, action, "server certificate " + name, action))
    error = t.denied(user.client.call, "ListServerCertificates", PathPrefix="/app/")
    t.equal(error.message, refused % (user.arn, "ListServerCertificates", t.arn(
        "server-certificate/app/", "", ""), "ListServerCertificates"))
    error = t.denied(mover.client.call, "UpdateServerCertificate", NewPath="/other/", **who)
    t.contains(error.message, "on resource: %s because" % t.arn("server-certificate/other/", "", ""))
    mover.client.call("UpdateServerCertificate", NewPath="/app/new/", **who)
    t.root.call("TagServerCertificate", Tags=tag, **who)
    for action, more in calls:
        user.client.call(action, **who, **more)


def test_server_twenty(t):
    server = t.start()
    t.server = server
    for _ in range(20):
        store(t)
    error = t.fails("LimitExceeded", store, t, status=409)
    t.equal(error.message, "Cannot exceed quota for ServerCertificatesPerAccount: 20")
    summary = t.root.call("GetAccountSummary")["SummaryMap"]
    t.equal((summary["ServerCertificates"], summary["ServerCertificatesQuota"],
             summary["SigningCertificatesPerUserQuota"]), ("20", "20", "2"))
    names = names_of(t)
    t.equal(names, sorted(names, key=str.lower))
    t.root.call("DeleteServerCertificate", ServerCertificateName=names[0])
    store(t)


def secrets_of(pem):
    """What a private key must not leave: its lines, as a form has them too, and its bytes."""
    lines = [line for line in pem.splitlines() if not line.startswith("-----")]
    return [text.encode() for line in lines[2:-1]
            for text in (line, urllib.parse.quote_plus(line))] + keys.numbers(pem)


def test_server_keys_are_nowhere(t):
    """Neither in answers, log and trail, nor in the store, nor in what is left of the memory."""
    server = t.start()
    t.server = server
    name, answer = store(t, CertificateChain=INTER)
    ec, key = keys.certificate("ec:P-256", 40)
    store(t, CertificateBody=ec, PrivateKey=key)
    t.fails("KeyPairMismatch", store, t, CertificateBody=keys.vector("ec.pem"))
    t.fails("MalformedCertificate", store, t, PrivateKey=LEAF_KEY + LEAF_KEY)
    t.denied(store, t, t.user("nobody").client)
    wanted = secrets_of(LEAF_KEY) + secrets_of(key)
    texts = {"the answers": repr((answer, shown(t, name), names_of(t))).encode()}
    records = [r for r in server.audit() if r["eventName"] == "UploadServerCertificate"]
    t.equal([r["requestParameters"]["privateKey"] for r in records],
            ["HIDDEN_DUE_TO_SECURITY_REASONS"] * 5)
    if os.geteuid() == 0:  # the process of another user, or one that is not dumpable, is closed
        texts["memory"] = b"".join(memory_of(server.process.pid))
    server.restart()
    t.equal(shown(t, name)["CertificateBody"], LEAF)
    server.stop()
    for path in [server.log_path, *pathlib.Path(server.data).rglob("*")]:
        texts[path.name] = path.read_bytes() if path.is_file() else b""
    for where, data in texts.items():
        for text in wanted:
            at = data.find(text)
            t.true(at < 0, "%r is in %s: %r" % (text[:40], where, data[max(0, at - 40):at + 40]))


def database(server):
    return sqlite3.connect(pathlib.Path(server.data) / "iamd.db")


def sealed(server):
    with database(server) as connection:
        rows = connection.execute("SELECT server_certificate_id, sealed_key FROM server_certificate")
        return dict(rows.fetchall())


def test_server_keys_are_sealed_again(t):
    """The rotation of the master key seals them again; `iamd check` opens them."""
    server = t.start()
    t.server = server
    names = [store(t)[0] for _ in range(3)]
    before = sealed(server)
    t.equal(len(before), 3)
    done(t, run(server, "rotate-master-key"), "rotation")
    limit = time.monotonic() + 30
    while any(now == before[key] for key, now in sealed(server).items()):
        t.true(time.monotonic() < limit, "they are not sealed again")
        time.sleep(0.05)
    t.equal(names_of(t), sorted(names))
    t.equal(shown(t, names[0])["CertificateBody"], LEAF)
    t.equal(server.stop(), 0)
    check(server, 0)
    with database(server) as connection:
        connection.execute("UPDATE server_certificate SET sealed_key = zeroblob(60)")
    t.equal(len([line for line in check(server, 1) if "server_certificate ASCA" in line]), 3)
