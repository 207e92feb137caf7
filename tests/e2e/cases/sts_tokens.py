# SPDX-License-Identifier: Apache-2.0
"""Tokens that the account issues to others: GetWebIdentityToken, its documents, its keys."""

import base64
import hashlib
import json
import re
import subprocess
import sqlite3
import tempfile

from lib.case import allow, deny, document, trust
from lib.clock import Clock
from lib.wire import parse_error

SERVER = {}
DAY = 24 * 3600
AWS = "https://sts.amazonaws.com/"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
ENABLE, DISABLE = ("%sOutboundWebIdentityFederation" % verb for verb in ("Enable", "Disable"))
GET = {"Audience": ["https://api.example.com"], "SigningAlgorithm": "ES384"}


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts_of(token):
    head, claims, signature = token.split(".")
    return json.loads(unbase64(head)), json.loads(unbase64(claims)), unbase64(signature)


def claims_of(token):
    return parts_of(token)[1]


def enable(t, server=None):
    """Turns it on, unless another case has, and returns the issuer."""
    client = (server or t.server).client()
    info = client.query("GetOutboundWebIdentityFederationInfo")
    if info.status == 404:
        return client.call(ENABLE)["IssuerIdentifier"]
    return re.search("<IssuerIdentifier>(.*?)</", info.text).group(1)


def issue(client, **more):
    return client.call("GetWebIdentityToken", service="sts", **dict(GET, **more))["WebIdentityToken"]


def fetch(t, path, server=None):
    """An unsigned request."""
    server = server or t.server
    with server.connect() as connection:
        return connection.request("GET", path, [("Host", server.host_header)])


def documents(t, issuer, server=None):
    base = issuer.partition("/oidc/")
    path = "/oidc/" + base[2]
    return (fetch(t, path + "/.well-known/openid-configuration", server),
            fetch(t, path + "/.well-known/jwks.json", server))


def der(tag, *contents):
    body = b"".join(contents)
    size = bytes([len(body)]) if len(body) < 128 else (
        lambda n: bytes([0x80 | len(n)]) + n)(len(body).to_bytes((len(body).bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def number(data):
    data = data.lstrip(b"\0") or b"\0"
    return der(2, (b"\0" if data[0] & 0x80 else b"") + data)


def public_pem(key):
    """A key of the JWKS, as OpenSSL reads it."""
    if key["kty"] == "RSA":
        oid = bytes.fromhex("06092a864886f70d0101010500")
        bits = der(0x30, number(unbase64(key["n"])), number(unbase64(key["e"])))
        spki = der(0x30, der(0x30, oid), der(3, b"\0", bits))
    else:
        oid = bytes.fromhex("06072a8648ce3d020106052b81040022")
        spki = der(0x30, der(0x30, oid), der(3, b"\0\4", unbase64(key["x"]), unbase64(key["y"])))
    text = base64.encodebytes(spki).decode()
    return "-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----\n" % text


def verifies(key, token):
    """Whether OpenSSL, which is not asked by iamd through the same code, accepts the signature."""
    signed, _, _ = token.rpartition(".")
    signature = parts_of(token)[2]
    if key["kty"] == "EC":
        signature = der(0x30, number(signature[:48]), number(signature[48:]))
    digest = "-sha256" if key["kty"] == "RSA" else "-sha384"
    with tempfile.NamedTemporaryFile() as pem, tempfile.NamedTemporaryFile() as sig:
        pem.write(public_pem(key).encode())
        pem.flush()
        sig.write(signature)
        sig.flush()
        done = subprocess.run(["openssl", "dgst", digest, "-verify", pem.name, "-signature", sig.name],
                              input=signed.encode(), capture_output=True, timeout=30)
    return done.returncode == 0


def key_of(t, token, issuer, server=None):
    kid = parts_of(token)[0]["kid"]
    keys = documents(t, issuer, server)[1].json()["keys"]
    return next(key for key in keys if key["kid"] == kid)


def test_documents(t):
    """The members of AWS's own documents, for anybody, and for how long they may be kept."""
    issuer = enable(t)
    configuration, keys = documents(t, issuer)
    for answer in (configuration, keys):
        t.equal((answer.status, answer.header("content-type"), answer.header("cache-control")),
                (200, "application/json", "public, max-age=3600"))
    t.equal(configuration.json(), {
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "jti", AWS],
        "id_token_signing_alg_values_supported": ["RS256", "ES384"], "issuer": issuer,
        "jwks_uri": issuer + "/.well-known/jwks.json", "subject_types_supported": ["public"]})
    rsa, curve = keys.json()["keys"]
    t.equal({name: rsa[name] for name in ("e", "kid", "kty", "use")},
            {"e": "AQAB", "kid": "RSA_0", "kty": "RSA", "use": "sig"})
    t.equal((set(rsa), len(unbase64(rsa["n"]))), ({"e", "kid", "kty", "n", "use"}, 256))
    t.equal({name: value for name, value in curve.items() if name not in "xy"},
            {"alg": "ES384", "crv": "P-384", "kid": "EC384_0", "kty": "EC", "use": "sig"})
    t.equal((len(unbase64(curve["x"])), len(unbase64(curve["y"]))), (48, 48))
    for path in ("/oidc/x/.well-known/jwks.json", "/oidc/%s/.well-known/openid-configuration" %
                 "01234567-89ab-4cde-8f01-23456789abcd", "/oidc//.well-known/jwks.json",
                 "/oidc/%s/.well-known/other" % issuer.rpartition("/")[2]):
        answer = fetch(t, path)
        t.equal((answer.status, answer.header("cache-control")), (404, "no-store"), path)
    t.root.call(DISABLE)
    t.equal([answer.body for answer in documents(t, issuer)], [configuration.body, keys.body])
    t.equal(t.root.call(ENABLE)["IssuerIdentifier"], issuer)
    t.equal(documents(t, issuer)[1].body, keys.body)


def test_token(t):
    """Every claim, of a user and of a session of a role, under both algorithms."""
    issuer = enable(t)
    alice = t.user("alice", [allow("sts:*")], Path="/team/", Tags=[{"Key": "team", "Value": "blue 1/é"}])
    answer = alice.client.call("GetWebIdentityToken", service="sts", DurationSeconds=60, **dict(
        GET, Tags=[{"Key": "job", "Value": "é/1"}, {"Key": "aws:x", "Value": ""}]))
    head, claims, signature = parts_of(answer["WebIdentityToken"])
    t.equal((head, len(signature)), ({"kid": "EC384_0", "typ": "JWT", "alg": "ES384"}, 96))
    t.true(re.fullmatch(UUID, claims.pop("jti")), claims)
    issued = claims.pop("iat")
    t.equal(claims.pop("exp"), issued + 60)
    t.true(answer["Expiration"].endswith("Z"), answer)
    t.equal(claims, {"iss": issuer, "sub": alice.arn, "aud": "https://api.example.com", AWS: {
        "aws_account": t.account, "source_region": "us-east-1", "principal_id": alice.arn,
        "principal_tags": {"team": "blue 1/é"}, "request_tags": {"job": "é/1", "aws:x": ""}}})
    _, arn = t.role("deputy", policy=[allow("sts:*")], Path="/deep/",
                    AssumeRolePolicyDocument=trust({"AWS": t.account}, ["sts:AssumeRole", "sts:TagSession"]),
                    Tags=[{"Key": "stage", "Value": "prod"}, {"Key": "Own", "Value": "role"}])
    session = t.assume(t.user("assume", [allow("sts:*")]).client, arn, "night",
                       Tags=[{"Key": "own", "Value": "session"}])
    token = issue(session, SigningAlgorithm="RS256", Audience=["b", "a", "b"])
    head, claims, signature = parts_of(token)
    t.equal((head["kid"], head["alg"], len(signature)), ("RSA_0", "RS256", 256))
    t.equal((claims["sub"], claims["aud"], claims["exp"] - claims["iat"]), (arn, ["b", "a", "b"], 300))
    own = claims[AWS]
    t.true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", own.pop("original_session_exp")), own)
    t.equal(own, {"aws_account": t.account, "source_region": "us-east-1", "principal_id": arn,
                  "principal_tags": {"own": "session", "stage": "prod"}})
    for token in (answer["WebIdentityToken"], token):
        key = key_of(t, token, issuer)
        t.true(verifies(key, token), "the signature does not verify")
        head, claims, signature = token.split(".")
        other = base64.urlsafe_b64encode(unbase64(claims).replace(b"aws_account", b"aws_acc0unt"))
        t.true(not verifies(key, ".".join((head, other.decode().rstrip("="), signature))),
               "an altered token verifies")
    t.equal(claims_of(issue(t.root))["sub"], "arn:aws:iam::%s:root" % t.account)
    other = t.server.client(alice.key_id, alice.client.secret, region="eu-west-1")
    t.equal(claims_of(issue(other))[AWS]["source_region"], "eu-west-1")


def test_what_cannot_be_asked(t):
    """AWS's words, as recorded."""
    enable(t)
    one = "1 validation error detected: "
    for more, message in (
            ({"SigningAlgorithm": "rs256"}, "Requested SigningAlgorithm is not supported. See the "
             "GetWebIdentityToken documentation for supported algorithms"),
            ({"SigningAlgorithm": "RS256x"}, one + "Value 'RS256x' at 'signingAlgorithm' failed to "
             "satisfy constraint: Member must have length less than or equal to 5"),
            ({"SigningAlgorithm": "RS25"}, one + "Value 'RS25' at 'signingAlgorithm' failed to "
             "satisfy constraint: Member must have length greater than or equal to 5"),
            ({"Audience": [str(i) for i in range(11)]}, one + "Value '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, "
             "10]' at 'audience' failed to satisfy constraint: Member must have length less than or "
             "equal to 10"),
            ({"Audience": []}, one + "Value null at 'audience' failed to satisfy constraint: Member "
             "must not be null"),
            ({"Audience": [""]}, one + "Value '[]' at 'audience' failed to satisfy constraint: Member "
             "must satisfy constraint: [Member must have length less than or equal to 1000, Member "
             "must have length greater than or equal to 1]"),
            ({"DurationSeconds": 59}, one + "Value '59' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value greater than or equal to 60"),
            ({"DurationSeconds": 3601}, one + "Value '3601' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value less than or equal to 3600")):
        error = t.fails("ValidationError", issue, t.root, status=400, **more)
        t.equal(error.message, message)
    error = t.fails("InvalidParameterValue", issue, t.root, status=400, Tags=[
        {"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    t.equal(error.message,
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def test_size(t):
    """14,984 bytes of claims, and not one more."""
    enable(t)
    client = t.user("big", [allow("sts:*")]).client
    def tags(last):
        return [{"Key": "%02d" % i + "k" * 100, "Value": "v" * 256} for i in range(40)] + [
            {"Key": "last", "Value": "v" * last}]
    def size(last):
        return len(unbase64(issue(client, Tags=tags(last)).split(".")[1]))
    room = 14984 - size(0)
    t.true(0 < room < 256, "the tags leave %d bytes" % room)
    t.equal(size(room), 14984)
    error = t.fails("JWTPayloadSizeExceededException", issue, client, status=400, Tags=tags(room + 1))
    t.equal(error.message, "The requested token payload size exceeds the maximum allowed size.")


def test_who_may(t):
    """Permissions, their resource and keys; that is asked before the feature, and after the input."""
    server = t.start()
    client = t.user("bob", server=server).client
    arn = "arn:aws:sts::%s:self" % server.account
    def put(*statements):
        server.client().call("PutUserPolicy", UserName=name, PolicyName="p",
                             PolicyDocument=document(*statements))
    name = server.client().call("ListUsers")["Users"][0]["UserName"]
    denied = "is not authorized to perform: sts:%s on resource: " + arn + " because no identity-based " \
             "policy allows the sts:%s action"
    error = t.fails("AccessDenied", issue, client, status=403)
    t.contains(error.message, denied % (("GetWebIdentityToken",) * 2))
    t.contains(t.fails("ValidationError", issue, client, SigningAlgorithm="ES256").message, "Requested")
    put(allow("sts:GetWebIdentityToken", arn))
    error = t.fails("OutboundWebIdentityFederationDisabledException", issue, client, status=403)
    t.equal(error.message, "OutboundWebIdentityFederation is disabled.")
    enable(t, server)
    issue(client)
    tag = [{"Key": "job", "Value": "1"}]
    error = t.fails("AccessDenied", issue, client, status=403, Tags=tag)
    t.contains(error.message, denied % (("TagGetWebIdentityToken",) * 2))
    put(allow("sts:*GetWebIdentityToken", arn), deny("sts:TagGetWebIdentityToken", Condition={
        "StringEquals": {"aws:RequestTag/job": "2"}}))
    issue(client, Tags=tag)
    t.denied(issue, client, Tags=[{"Key": "job", "Value": "2"}])
    put(allow("sts:GetWebIdentityToken", Condition={
        "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": ["a", "b"]},
        "StringEquals": {"sts:SigningAlgorithm": "RS256"},
        "NumericLessThanEquals": {"sts:DurationSeconds": "300"}}))
    fits = {"Audience": ["a", "b"], "SigningAlgorithm": "RS256"}
    issue(client, **fits)
    issue(client, DurationSeconds=299, **fits)
    for more in ({"Audience": ["a", "c"]}, {"SigningAlgorithm": "ES384"}, {"DurationSeconds": 301}):
        t.denied(issue, client, **dict(fits, **more))
    put(allow("sts:*"))
    server.client().call(DISABLE)
    t.fails("OutboundWebIdentityFederationDisabledException", issue, client)
    boundary = server.client().call("CreatePolicy", PolicyName="b", PolicyDocument=document(
        allow("s3:*")))["Policy"]["Arn"]
    server.client().call("PutUserPermissionsBoundary", UserName=name, PermissionsBoundary=boundary)
    t.contains(t.fails("AccessDenied", issue, client).message, "because no permissions boundary allows")


def test_a_token_ends_before_the_session(t):
    enable(t)
    _, arn = t.role("short", policy=[allow("sts:*")])
    session = t.assume(t.user("assume", [allow("sts:*")]).client, arn, DurationSeconds=900)
    issue(session, DurationSeconds=880)
    error = t.fails("SessionDurationEscalationException", issue, session, status=403,
                    DurationSeconds=1000)
    t.equal(error.message,
            "Requested token expiry time must be before the original session's expiry time.")


def test_rotation(t):
    """A new key is published a day before it signs, the old one until its tokens have expired."""
    clock = Clock()
    server = t.start(env=clock.env)
    client = server.client()
    made = client.query(ENABLE, {}, moment=clock.now())
    issuer = re.search("<IssuerIdentifier>(.*?)</", made.text).group(1)

    def kids():
        return sorted(key["kid"] for key in documents(t, issuer, server)[1].json()["keys"])

    def signs(algorithm):
        answer = client.query("GetWebIdentityToken", dict(GET, SigningAlgorithm=algorithm),
                              service="sts", moment=clock.now())
        token = re.search("<WebIdentityToken>(.*?)</", answer.text).group(1)
        t.true(verifies(key_of(t, token, issuer, server), token), "the signature does not verify")
        return parts_of(token)[0]["kid"]

    def at(seconds):
        clock.set(seconds)
        server.restart()  # keys are looked at after a start
        client.drop()
        wait(t, lambda: kids() == wanted[0], lambda: "the keys are %s" % kids())
        t.equal([signs("RS256"), signs("ES384")], wanted[1])

    first, second = ["RSA_0", "EC384_0"], ["RSA_1", "EC384_1"]
    wanted = (sorted(first), first)
    at(0)
    at(90 * DAY - 60)
    wanted = (sorted(first + second), first)
    at(90 * DAY + 60)
    at(91 * DAY)
    wanted = (sorted(first + second), second)
    at(91 * DAY + 120)
    at(92 * DAY)
    wanted = (sorted(second), second)
    at(92 * DAY + 180)


def wait(t, holds, what, seconds=20):
    import time
    end = time.monotonic() + seconds
    while not holds():
        t.true(time.monotonic() < end, what())
        time.sleep(0.1)


def test_keys_at_rest(t):
    """No private key is in the store; a rotation of the master key seals them again; `iamd check`
    finds one that is altered; an account without keys gets some."""
    server = t.start()
    issuer = enable(t, server)
    before = documents(t, issuer, server)[1].body
    rows = "SELECT key_id, sealed_key, public_key FROM token_key ORDER BY key_id"
    path = "%s/iamd.db" % server.data
    with sqlite3.connect(path) as db:
        old = dict((row[0], row[1]) for row in db.execute(rows))
    server.extra, kept = [], server.extra
    done = subprocess.run([str(server.binary), "rotate-master-key", "--data", server.data],
                          capture_output=True, text=True, timeout=60)
    t.equal(done.returncode, 0, done.stderr)
    server.extra = kept
    with sqlite3.connect(path) as db:
        new = dict((row[0], row[1]) for row in db.execute(rows))
    t.true(set(old) == set(new) and all(old[kid][1:5] != new[kid][1:5] for kid in old), "not sealed again")
    t.equal(documents(t, issuer, server)[1].body, before)
    token = issue(server.client())
    t.true(verifies(key_of(t, token, issuer, server), token), "the signature does not verify")
    server.stop()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE token_key SET sealed_key = zeroblob(200) WHERE key_id = 'RSA_0'")
    found = subprocess.run([str(server.binary), "check", "--data", server.data],
                           capture_output=True, text=True, timeout=60)
    t.true(found.returncode != 0, found.stdout)
    t.contains(found.stdout, "token_key")
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM token_key")
    server.start()
    wait(t, lambda: len(documents(t, issuer, server)[1].json()["keys"]) == 2, lambda: "no keys")
    token = issue(server.client())
    t.true(verifies(key_of(t, token, issuer, server), token), "the signature does not verify")
    t.true(hashlib.sha256(documents(t, issuer, server)[1].body).digest() !=
           hashlib.sha256(before).digest(), "the keys are the same")
