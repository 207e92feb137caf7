# SPDX-License-Identifier: Apache-2.0
"""STS beside sessions: tokens for others with their documents and keys, encoded messages of denials,
whose a key is, root users of other accounts."""

import base64
import json
import re
import subprocess
import sqlite3
import tempfile
import time

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
            ({"Scope": "read"}, "Scope can be specified only with the SubjectMode OriginIdentity and "
             "exactly one audience"),
            ({"Scope": "a b a", "SubjectMode": "OriginIdentity"}, "Scope must not repeat a value"),
            ({"SubjectMode": "OriginIdentity"}, "The calling session has no origin identity for the "
             "SubjectMode OriginIdentity"),
            ({"DurationSeconds": 59}, one + "Value '59' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value greater than or equal to 60"),
            ({"DurationSeconds": 3601}, one + "Value '3601' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value less than or equal to 3600")):
        error = t.fails("ValidationError", issue, t.root, status=400, **more)
        t.equal(error.message, message)
    for scope in ("", " a", "a ", "a  b", "a,b", 'a"', "a\\b", "a\tb", "é"):
        t.fails("ValidationError", issue, t.root, Scope=scope, SubjectMode="OriginIdentity")
    t.fails("ValidationError", issue, t.root, SubjectMode="originidentity")
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
    origin = {"SubjectMode": "OriginIdentity", "Scope": "read"}
    put(allow("sts:GetWebIdentityToken", Condition={"StringEquals": {"sts:SubjectMode": "AWSIdentity"}}))
    issue(client)
    t.contains(t.fails("AccessDenied", issue, client, **origin).message, "sts:GetWebIdentityToken on")
    put(allow("sts:GetWebIdentityToken"))
    t.contains(t.fails("AccessDenied", issue, client, **origin).message,
               denied % (("SetWebIdentityTokenScope",) * 2))
    put(allow("sts:GetWebIdentityToken"), allow("sts:SetWebIdentityTokenScope", Condition={
        "ForAllValues:StringEquals": {"sts:IdentityTokenScope": ["read", "list"]}}))
    t.fails("ValidationError", issue, client, **origin)
    t.denied(issue, client, **dict(origin, Scope="read write"))
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
    end = time.monotonic() + seconds
    while not holds():
        t.true(time.monotonic() < end, what())
        time.sleep(0.1)


def rotate(t, server):
    done = subprocess.run([str(server.binary), "rotate-master-key", "--data", server.data],
                          capture_output=True, text=True, timeout=60)
    t.equal(done.returncode, 0, done.stderr)


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
    rotate(t, server)
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
    t.true(documents(t, issuer, server)[1].body != before, "the keys are the same")


# -- encoded messages ----------------------------------------------------------------------

def ask(t, subject, action, resource="arn:aws:ec2:us-east-1:111122223333:instance/i-1",
        context=None, server=None, **options):
    """Asks as a service does, and has denials encoded unless told otherwise."""
    question = {"subject": subject, "action": {"name": action}, "resource": {
        "type": "any", "id": resource}, "options": dict({"encode_denials": True}, **options)}
    if context:
        question["context"] = context
    response = (server or t.server).client().post_json("/access/v1/evaluation", question)
    t.equal(response.status, 200, response.text)
    return response.json()


def decode(client, message):
    answer = client.call("DecodeAuthorizationMessage", service="sts", EncodedMessage=message)
    return json.loads(answer["DecodedMessage"])


def items(values):
    return {"items": values}


def values(*texts):
    return items([{"value": text} for text in texts])


def conditions_of(decoded):
    return {item["key"]: [one["value"] for one in item["values"]["items"]]
            for item in decoded["context"]["conditions"]["items"]}


def test_encoded_message(t):
    """AWS's members, of an implicit and of an explicit denial, a user and a session."""
    alice = t.user("alice", [allow("s3:*"), {
        "Sid": "Stop", "Effect": "Deny", "Action": ["ec2:Stop*", "ec2:Run*"], "Resource": "*",
        "Condition": {"StringEquals": {"ec2:Tenancy": ["default", "host"]},
                      "Bool": {"aws:SecureTransport": "true"}}}])
    subject = {"type": "user", "id": alice.arn}
    plain = ask(t, subject, "ec2:StartInstances", encode_denials=False)["context"]
    t.true("encoded_message" not in plain, plain)
    t.true("encoded_message" not in ask(t, subject, "s3:GetObject", "arn:aws:s3:::b/k")["context"],
           "an allow has a message")
    denied = ask(t, subject, "ec2:StartInstances")["context"]
    message = denied["encoded_message"]
    t.true(re.fullmatch(r"[A-Za-z0-9_-]{100,10240}", message), message)
    decoded = decode(t.root, message)
    keys = conditions_of(decoded)
    decoded["context"].pop("conditions")
    t.equal(decoded, {
        "allowed": False, "explicitDeny": False, "matchedStatements": items([]),
        "failures": items([]), "context": {
            "principal": {"id": alice.user_id, "name": alice.name, "arn": alice.arn},
            "action": "ec2:StartInstances",
            "resource": "arn:aws:ec2:us-east-1:111122223333:instance/i-1"}})
    t.equal((keys["aws:username"], keys["aws:PrincipalArn"]), ([alice.name], [alice.arn]))
    denied = ask(t, subject, "ec2:StopInstances", context={
        "ec2:Tenancy": "default", "aws:SecureTransport": True, "aws:TagKeys": ["a", "b\"\\"]})
    decoded = decode(t.root, denied["context"]["encoded_message"])
    t.equal((decoded["explicitDeny"], decoded["matchedStatements"]), (True, items([{
        "statementId": "Stop", "effect": "DENY", "principals": values(alice.user_id),
        "principalGroups": items([]), "actions": values("ec2:Stop*", "ec2:Run*"),
        "resources": values("*"), "conditions": items([
            {"key": "ec2:Tenancy", "values": values("default", "host")},
            {"key": "aws:SecureTransport", "values": values("true")}])}])))
    keys = conditions_of(decoded)
    t.equal((keys["ec2:Tenancy"], keys["aws:SecureTransport"], keys["aws:TagKeys"]),
            (["default"], ["true"], ["a", "b\"\\"]))
    # of a session, whose token the service has
    name, arn = t.role("deputy", policy=[
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::x"}])
    session = t.assume(t.user("assume", [allow("sts:*")]).client, arn, "night")
    denied = ask(t, {"type": "access-key", "id": session.key_id, "properties": {
        "session_token": session.token}}, "ec2:StopInstances")
    decoded = decode(t.root, denied["context"]["encoded_message"])
    principal = decoded["context"]["principal"]
    t.equal((set(principal), principal["id"].split(":")[1], principal["arn"]), (
        {"id", "arn"}, "night", "arn:aws:sts::%s:assumed-role/%s/night" % (t.account, name)))
    statement, = decoded["matchedStatements"]["items"]
    t.equal((statement["statementId"], statement["notActions"], statement["notResources"],
             "actions" in statement), ("", values("s3:*"), values("arn:aws:s3:::x"), False))


def test_encoded_messages_of_a_batch(t):
    bob = t.user("bob", [allow("s3:GetObject")])
    subject = {"type": "user", "id": bob.arn}
    def question(action):
        return {"action": {"name": action}}
    body = {"subject": subject, "resource": {"type": "any", "id": "*"},
            "options": {"encode_denials": True},
            "evaluations": [question("s3:PutObject"), question("s3:GetObject"), question("s3:X")]}
    answer = t.root.post_json("/access/v1/evaluations", body).json()["evaluations"]
    t.equal(["encoded_message" in one["context"] for one in answer], [True, False, True])
    t.equal([decode(t.root, answer[i]["context"]["encoded_message"])["context"]["action"]
             for i in (0, 2)], ["s3:PutObject", "s3:X"])
    body["subject"] = {"type": "user", "id": "arn:aws:iam::%s:user/nobody-here" % t.account}
    answer = t.root.post_json("/access/v1/evaluations", body).json()["evaluations"]
    t.equal(["encoded_message" in one["context"] for one in answer], [False] * 3)


def test_long_messages(t):
    """What does not fit is left out, and what is left is whole."""
    many = [{"Sid": "S%d" % i, "Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {
        "StringNotEquals": {"app:x": ["y" * 100] * 2}}} for i in range(7)]
    carol = t.user("carol")
    t.root.call("AttachUserPolicy", UserName=carol.name, PolicyArn=t.policy("long", *many))
    context = {"app:k%d" % i: ["v" * 500, "w"] for i in range(40)}
    resource = "arn:aws:s3:::b/" + "\\\"" * 1000
    denied = ask(t, {"type": "user", "id": carol.arn}, "ec2:StopInstances", resource, context)
    message = denied["context"]["encoded_message"]
    t.true(9000 < len(message) <= 10240, "%d characters" % len(message))
    decoded = decode(t.root, message)
    t.true(0 < len(decoded["matchedStatements"]["items"]) <= 7, "statements")
    t.true(resource.startswith(decoded["context"]["resource"]), decoded["context"]["resource"])
    t.true(3 < len(conditions_of(decoded)) < 50, "conditions")


def test_who_may_decode(t):
    """Those with the permission, of the account; and nothing but what was made here is decoded."""
    dave = t.user("dave")
    message = ask(t, {"type": "user", "id": dave.arn}, "ec2:StopInstances")["context"]["encoded_message"]
    error = t.fails("AccessDenied", decode, dave.client, message, status=403)
    t.equal(error.message, "User: %s is not authorized to perform: sts:DecodeAuthorizationMessage "
            "because no identity-based policy allows the sts:DecodeAuthorizationMessage action"
            % dave.arn)
    t.root.call("PutUserPolicy", UserName=dave.name, PolicyName="p", PolicyDocument=document(
        allow("sts:DecodeAuthorizationMessage")))
    t.equal(decode(dave.client, message)["context"]["action"], "ec2:StopInstances")
    flipped = ("B" if message[50] != "B" else "C").join((message[:50], message[51:]))
    other = t.start(account="444455556666").client()
    for client, text in ((t.root, flipped), (t.root, message[:-4]), (t.root, message + "AAAA"),
                         (t.root, message + "="), (t.root, message[:100] + "\n" + message[100:]),
                         (t.root, "x"), (t.root, "A" * 10240), (other, message)):
        error = t.fails("InvalidAuthorizationMessageException", decode, client, text, status=400)
        t.equal(error.message, "Message is not valid")
    for text in ("", "A" * 10241):
        t.fails("ValidationError", decode, t.root, text, status=400)


def test_messages_and_time(t):
    """A message is good for a day, through a rotation of the master key and a restart."""
    clock = Clock()
    server = t.start(env=clock.env)
    client = server.client()
    erin = t.user("erin", server=server)

    def decoded(message):
        return client.query("DecodeAuthorizationMessage", {"EncodedMessage": message},
                            service="sts", moment=clock.now())

    message = ask(t, {"type": "user", "id": erin.arn}, "s3:X", server=server)["context"]["encoded_message"]
    rotate(t, server)
    server.restart()
    client.drop()
    t.equal(decoded(message).status, 200)
    clock.set(DAY - 60)
    t.equal(decoded(message).status, 200)
    clock.set(DAY + 60)
    error = parse_error(decoded(message))
    t.equal((error.code, error.message),
            ("InvalidAuthorizationMessageException", "Message has expired"))


# -- whose a key is ------------------------------------------------------------------------

def test_access_key_info(t):
    def info(client, key_id):
        return client.call("GetAccessKeyInfo", service="sts", AccessKeyId=key_id)
    frank = t.user("frank", [allow("sts:*")])
    t.equal(info(t.root, frank.key_id), {"Account": t.account})
    t.equal(info(frank.client, t.root.key_id), {"Account": t.account})
    t.root.call("UpdateAccessKey", UserName=frank.name, AccessKeyId=frank.key_id, Status="Inactive")
    t.equal(info(t.root, frank.key_id), {"Account": t.account})
    t.root.call("UpdateAccessKey", UserName=frank.name, AccessKeyId=frank.key_id, Status="Active")
    _, arn = t.role("deputy", policy=[allow("sts:*")])
    session = t.assume(frank.client, arn)
    t.equal(info(session, session.key_id), {"Account": t.account})
    t.root.call("DeleteAccessKey", UserName=frank.name, AccessKeyId=frank.key_id)
    for key_id in (frank.key_id, session.key_id, "AKIAIOSFODNN7EXAMPLE"):
        error = t.fails("ValidationError", info, t.root, key_id, status=400)
        t.equal(error.message, "The access key %s does not exist" % key_id)
    for key_id in ("A" * 15, "A" * 129, "AKIA-IOSFODNN7EXAMPLE"):
        t.fails("ValidationError", info, t.root, key_id, status=400)
    grace = t.user("grace")
    error = t.fails("AccessDenied", info, grace.client, grace.key_id, status=403)
    t.contains(error.message, "sts:GetAccessKeyInfo because no identity-based policy")


# -- root users of other accounts ----------------------------------------------------------

def test_assume_root(t):
    """What can be wrong with the input, in AWS's words, then the denial without its reason."""
    task = "arn:aws:iam::aws:policy/root-task/"
    heidi = t.user("heidi", [allow("sts:AssumeRoot")])
    none = t.user("none")
    no = t.user("no", [allow("sts:*"), deny("sts:AssumeRoot", Condition={
        "ArnEquals": {"sts:TaskPolicyArn": task + "S3UnlockBucketPolicy"}})])
    good = {"TargetPrincipal": "444455556666", "TaskPolicyArn": {"arn": task + "S3UnlockBucketPolicy"}}
    def assume(client, **more):
        return client.call("AssumeRoot", service="sts", **dict(good, **more))
    for client in (heidi, none, no):
        for target in ("444455556666", "arn:aws:iam::444455556666:root"):
            error = t.fails("AccessDenied", assume, client.client, status=403, TargetPrincipal=target)
            t.equal(error.message, "User: %s is not authorized to perform: sts:AssumeRoot on "
                    "resource: arn:aws:iam::444455556666:root" % client.arn)
    error = t.fails("AccessDenied", assume, heidi.client, status=403, TargetPrincipal=t.account)
    t.contains(error.message, "sts:AssumeRoot on resource: arn:aws:iam::%s:root" % t.account)
    error = t.fails("AccessDenied", assume, t.root, status=403, TargetPrincipal=t.account)
    t.equal(error.message, "Roles may not be assumed by root accounts.")
    one = "1 validation error detected: Value "
    for more, message in (
            ({"TargetPrincipal": "arn:aws:iam::444455556666:user/x"},
             "Request must contain a valid target principal"),
            ({"TargetPrincipal": "not-an-account"}, "Request must contain a valid target principal"),
            ({"TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}},
             "Request must contain valid AWS managed task policy ARN"),
            ({"TaskPolicyArn": {"arn": task + "Other"}},
             "Request must contain valid AWS managed task policy ARN"),
            ({"TaskPolicyArn": {}}, one + "null at 'taskPolicyArn' failed to satisfy constraint: "
             "Member must not be null"),
            ({"DurationSeconds": 901}, one + "'901' at 'durationSeconds' failed to satisfy "
             "constraint: Member must have value less than or equal to 900")):
        error = t.fails("ValidationError", assume, none.client, status=400, **more)
        t.equal(error.message, message)
