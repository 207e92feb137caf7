# SPDX-License-Identifier: Apache-2.0
"""Published attacks on request authentication, S01 to S20: each has its own test.

Every attack tries to have a visible effect, the creation of a user; `unharmed` looks for it.
"""

import datetime
import hashlib
import json
import random
import statistics
import time

from lib.case import allow
from lib.sigv4 import EMPTY_SHA256, amz_date, encode, utc_now
from lib.wire import FORM, ConnectionEnded, form, question_of

WHO = "Action=GetCallerIdentity&Version=2011-06-15"
DENIED = (400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 421, 431, 501, 505)


class Attack:
    """One request that would create a user if it were let through."""

    def __init__(self, t, client=None, service="iam"):
        self.t = t
        self.client = client or t.root
        self.user = t.name("evil")
        self.body = form([("Action", "CreateUser"), ("Version", "2010-05-08"),
                          ("UserName", self.user)])
        self.signer = self.client.signer(service)
        self.base = self.client.headers()

    def headers(self, **sign):
        return self.signer.sign_headers("POST", "/", self.base, self.body, **sign)

    def send(self, headers, body=None, target="/", method="POST"):
        body = self.body if body is None else body
        try:
            with self.t.server.connect() as connection:
                return connection.request(method, target, headers, body)
        except (ConnectionEnded, OSError):
            return None

    def unharmed(self, response, what, codes=None):
        """The answer is a refusal (or a closed connection) and nothing was created."""
        if response is not None:
            self.t.refused(response, DENIED, codes, what)
        self.t.fails("NoSuchEntity", self.t.root.call, "GetUser", UserName=self.user)
        self.t.true(self.t.server.alive(), "the server ended: " + what)

    def refused(self, what, headers, body=None, target="/", method="POST", codes=None):
        self.unharmed(self.send(headers, body, target, method), what, codes)


def replaced(headers, name, value):
    """The headers with one of them changed (or, with None, left out)."""
    out = [(key, value if key.lower() == name.lower() else old) for key, old in headers]
    return [(key, val) for key, val in out if val is not None]


def test_the_attack_itself_would_work(t):
    attack = Attack(t)
    t.equal(attack.send(attack.headers()).status, 200)
    t.equal(t.root.call("GetUser", UserName=attack.user)["User"]["UserName"], attack.user)


def test_S01_streaming_body_mode_does_not_skip_the_signature(t):
    for mode in ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                 "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"):
        attack = Attack(t)
        attack.base.append(("X-Amz-Content-Sha256", mode))
        text = dict(attack.headers(payload_hash=mode))["Authorization"]
        garbage = text.partition("Signature=")[0] + "Signature=" + "0" * 64
        attack.refused(mode, replaced(attack.headers(), "Authorization", garbage))
        attack.refused(mode + " signed", attack.headers(payload_hash=mode))


def test_S02_credential_in_the_query_without_a_signature(t):
    attack = Attack(t)
    stamp = amz_date(utc_now())
    credential = encode("%s/%s" % (attack.client.key_id, attack.signer.scope(stamp)))
    plain = attack.client.headers()
    for query in ("X-Amz-Credential=" + credential,
                  "X-Amz-Credential=%s&X-Amz-Algorithm=AWS4-HMAC-SHA256" % credential,
                  "X-Amz-Credential=%s&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=%s&"
                  "X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=" % (credential, stamp),
                  "X-Amz-Credential=%s&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=%s&"
                  "X-Amz-Expires=300&X-Amz-SignedHeaders=host" % (credential, stamp)):
        attack.refused(query, plain, target="/?" + query)
        attack.refused(query, plain + [("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")],
                       target="/?" + query)


def test_S02_signature_parameters_in_the_body(t):
    attack = Attack(t)
    host = [("Host", t.server.host_header), ("Content-Type", FORM)]
    signed = attack.signer.presign(t.server.host_header, attack.body.decode()).partition("?")[2]
    attack.refused("a presigned query as the body", host, signed.encode())
    query, _, rest = signed.partition("&X-Amz-Algorithm")
    attack.refused("half in the query", host, query.encode(), "/?X-Amz-Algorithm" + rest)
    attack.refused("half in the body", host, ("X-Amz-Algorithm" + rest).encode(), "/?" + query)


def test_S03_every_odd_kind_of_authorization_on_every_route(t):
    attack = Attack(t)
    good = dict(attack.headers())["Authorization"]
    rest = good.partition(" ")[2]
    kinds = ["", " ", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512 " + rest, "AWS4-HMAC-SHA1 " + rest,
             "AWS4-ECDSA-P256-SHA256 " + rest, "AWS4-HMAC-SHA256-PAYLOAD " + rest,
             "aws4-hmac-sha256 " + rest, "AWS3-HTTPS AWSAccessKeyId=%s" % attack.client.key_id,
             "AWS %s:c2lnbmF0dXJl" % attack.client.key_id, "Basic cm9vdDpyb290", "Bearer e30.e30.",
             "Digest username=root", "Negotiate YII=", "None", "null", "AWS4-HMAC-SHA256," + rest]
    headers = attack.headers()
    for kind in kinds:
        attack.refused("Authorization %r" % kind, replaced(headers, "Authorization", kind))
    question = json.dumps(question_of(t.arn("user/", "x", ""), "s3:GetObject", "*")).encode()
    plain = [("Host", t.server.host_header), ("Content-Type", "application/json")]
    for path in ("/access/v1/evaluation", "/access/v1/evaluations"):
        for kind in kinds:
            response = attack.send(plain + [("Authorization", kind)], question, path)
            t.refused(response, (400, 401, 403), what="%s with %r" % (path, kind))
    for kind in kinds:
        response = attack.send(plain[:1] + [("Authorization", kind)], b"", "/?" + WHO, "GET")
        t.refused(response, (400, 403), what="GET with %r" % kind)


def test_S04_header_and_query_signature_together(t):
    attack = Attack(t)
    signed = attack.signer.presign(t.server.host_header, "", method="POST", body=attack.body,
                                   headers=[("Content-Type", FORM)])
    attack.refused("both", attack.headers(), target=signed)
    both = attack.signer.sign_headers("POST", signed, attack.base, attack.body)
    attack.refused("both, the header signs the query", both, target=signed)


def test_S05_duplicates(t):
    attack = Attack(t)
    headers = attack.headers()
    text = dict(headers)["Authorization"]
    attack.refused("Authorization twice", headers + [("Authorization", text)])
    attack.refused("Authorization twice, other case", headers + [("AUTHORIZATION", "x")])
    attack.refused("date twice", headers + [("x-amz-date", dict(headers)["X-Amz-Date"])])
    attack.refused("token twice", headers + [("X-Amz-Security-Token", "a"),
                                             ("X-Amz-Security-Token", "b")])
    for name, values in (("X-Amz-Date", (amz_date(utc_now()), "20150830T123600Z")),
                         ("X-Amz-Date", ("20150830T123600Z", amz_date(utc_now()))),
                         ("Content-Type", (FORM, "application/json")), ("X-Amz-Target", ("a", "b")),
                         ("X-Amz-Content-Sha256", (hashlib.sha256(attack.body).hexdigest(),) * 2)):
        attack = Attack(t)
        attack.base = [pair for pair in attack.base if pair[0] != name]
        attack.base += [(name, value) for value in values]
        attack.refused("%s twice, both signed" % name, attack.headers())
    attack = Attack(t)
    for body in (b"Action=ListUsers&" + attack.body, attack.body + b"&Action=ListUsers",
                 attack.body + b"&UserName=other", attack.body + b"&Version=2010-05-08"):
        t.root.drop()
        attack.refused(repr(body), attack.signer.sign_headers("POST", "/", attack.base, body), body)
    body = attack.body.replace(b"Action", b"action")
    attack.refused("other case", attack.signer.sign_headers("POST", "/", attack.base, body), body)
    other = t.user("bob")
    query = attack.body.decode()
    host = [("Host", t.server.host_header)]
    signed = attack.signer.presign(t.server.host_header, query)
    for name in ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires",
                 "X-Amz-SignedHeaders", "X-Amz-Algorithm", "x-amz-credential", "Action", "UserName"):
        attack.refused(name + " twice", host, b"", signed + "&%s=%s" % (name, other.key_id), "GET")
        attack.refused(name + " twice", host, b"", signed.replace(
            "/?", "/?%s=%s&" % (name, other.key_id)), "GET")


def test_S05_fields_of_the_authorization_header(t):
    attack = Attack(t)
    headers = attack.headers()
    text = dict(headers)["Authorization"]
    kind, _, rest = text.partition(" ")
    credential, names, signature = rest.split(", ")
    other = credential.replace(attack.client.key_id, "AKIAAAAAAAAAAAAAAAAA")
    for fields in ((credential, other, names, signature), (other, credential, names, signature),
                   (credential, names, names, signature), (credential, names, signature, signature),
                   (credential, names, signature, "Signature=" + "0" * 64),
                   (credential, names.upper(), signature), (credential, names, signature.upper()),
                   (credential, names + ";host", signature), (credential, names + ";", signature),
                   (credential, names.replace("host", "Host"), signature),
                   (credential, "SignedHeaders=x-amz-date;host;content-type", signature),
                   (credential, "SignedHeaders=", signature), (credential, names, "Signature="),
                   (credential, names, signature[:-1]), (credential, names, signature + "0"),
                   (credential + "/x", names, signature), (credential, names, signature, "X=y")):
        attack.refused(repr(fields), replaced(headers, "Authorization",
                                              kind + " " + ", ".join(fields)))


def test_S06_headers_that_must_be_signed(t):
    for name in ("host", "x-amz-date", "content-type"):
        attack = Attack(t)
        attack.refused(name + " is not signed", attack.headers(omit=[name]))
    attack = Attack(t)
    attack.base.append(("X-Amz-Target", "x"))
    attack.refused("x-amz-target is not signed", attack.headers(omit=["x-amz-target"]))
    attack = Attack(t)
    digest = hashlib.sha256(attack.body).hexdigest()
    attack.base.append(("X-Amz-Content-Sha256", digest))
    attack.refused("x-amz-content-sha256 is not signed",
                   attack.headers(omit=["x-amz-content-sha256"]))
    _, arn = t.role(policy=[allow("iam:*")])
    session = t.assume(t.user("alice", [allow("sts:AssumeRole")]).client, arn)
    attack = Attack(t, session)
    t.equal(attack.send(attack.headers()).status, 200, "the session itself")
    attack = Attack(t, session)
    attack.refused("token is not signed", attack.headers(omit=["x-amz-security-token"]))
    attack = Attack(t)
    target = attack.signer.presign(t.server.host_header, attack.body.decode())
    host = ("Host", t.server.host_header)
    for more in ([], [("Accept", "*/*")]):
        unsigned = attack.signer.presign(t.server.host_header, attack.body.decode(), headers=more,
                                         omit=["host"])
        attack.refused("presigned without host", [host] + more, b"", unsigned, "GET")
    added = [host, ("X-Amz-Target", "x")]
    attack.refused("presigned, x-amz-target is not signed", added, b"", target, "GET")
    attack.refused("another host", [("Host", "evil.example")], b"", target, "GET")


def test_S07_headers_added_after_signing(t):
    for name, value in (("X-Amz-Security-Token", "x"), ("X-Amz-Target", "IAM.DeleteUser"),
                        ("x-amz-meta-role", "root"), ("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")):
        attack = Attack(t)
        attack.refused(name + " was added", attack.headers(unsigned=[(name, value)]))
    alice = t.user("alice")
    for name in ("X-Forwarded-User", "X-Iamd-Principal", "X-Remote-User", "X-Internal-Request",
                 "X-Forwarded-For", "X-Original-URL", "X-HTTP-Method-Override", "Forwarded"):
        attack = Attack(t, alice.client)
        attack.refused(name + " was added", attack.headers(unsigned=[(name, "root")]))


def test_S08_canonicalisation(t):
    client = t.user("alice", [allow("iam:*")]).client
    host = [("Host", t.server.host_header)]
    for query in ("Version=2010-05-08&Action=ListUsers", "Action=ListUsers&Version=2010-05-08&",
                  "&Action=ListUsers&&Version=2010-05-08", "Action=List%55sers&Version=2010-05-08",
                  "Action=ListUsers&Version=2010%2d05%2D08",
                  "PathPrefix=%2Fa%2fb%2F&Action=ListUsers&Version=2010-05-08",
                  "PathPrefix=/a/&Action=ListUsers&Version=2010-05-08",
                  "Action=ListUsers&Version=2010-05-08&PathPrefix=%2F~a-_.%2F"):
        headers = client.signer().sign_headers("GET", "/?" + query, host)
        response = client.send("GET", "/?" + query, headers)
        t.equal(response.status, 200, query)
    for name, value in (("X-Amz-Meta-A", "  a   b  "), ("X-Amz-Meta-A", "\ta\tb\t"),
                        ("X-Amz-Meta-A", ""), ("X-Amz-Meta-A", 'a "b  c" d')):
        attack = Attack(t)
        attack.base.append((name, value))
        t.equal(attack.send(attack.headers()).status, 200, "header %r" % value)
    attack = Attack(t)
    attack.base += [("My-Header", "b"), ("my-header", "a")]
    t.equal(attack.send(attack.headers()).status, 200, "a header given twice")
    attack = Attack(t)
    attack.base += [("My-Header", "a,b"), ("My-Header", "c")]
    swapped = [("My-Header", "c") if h == ("My-Header", "a,b") else
               ("My-Header", "a,b") if h == ("My-Header", "c") else h for h in attack.headers()]
    attack.refused("the order of two headers was swapped", swapped)
    attack = Attack(t)
    for target in ("//", "/./", "/../", "/%2e/", "/%2F", "/x/../", "/;/", "/?", "/#", "*",
                   "http://127.0.0.1/", "/\\"):
        response = attack.send(attack.headers(), target=target)
        if response is not None and response.status == 200:
            t.true(target in ("//", "/./", "/../", "/x/../", "/?"), "%s was let through" % target)
            t.root.call("DeleteUser", UserName=attack.user)
        else:
            attack.unharmed(response, target)
    evaluate = "/access/v1/evaluation"
    body = json.dumps(question_of(t.arn("user/", "x", ""), "s3:GetObject", "*")).encode()
    headers = t.root.signer("iamd").sign_headers("POST", evaluate, t.root.headers("application/json"),
                                                 body)
    for target in ("/access//v1/evaluations", "/access/v1/evaluation/", "/access/v1/%65valuation",
                   "/access/v1/evaluations/../evaluations", "/ACCESS/v1/evaluation"):
        response = attack.send(headers, body, target)
        t.refused(response, (400, 403, 404, 405), what=target)


def test_S09_payload_hash(t):
    for value in ("UNSIGNED-PAYLOAD", EMPTY_SHA256, "0" * 64, "", "x", "UNSIGNED-PAYLOAD-TRAILER"):
        attack = Attack(t)
        attack.base.append(("X-Amz-Content-Sha256", value))
        attack.refused("signed with hash %r" % value, attack.headers(payload_hash=value))
        attack.refused("hash header %r, body signed" % value, attack.headers())
    attack = Attack(t)
    attack.refused("body changed", attack.headers(), attack.body + b"&Path=%2Fx%2F")
    attack.refused("UNSIGNED-PAYLOAD without the header",
                   attack.headers(payload_hash="UNSIGNED-PAYLOAD"))
    upper = hashlib.sha256(attack.body).hexdigest().upper()
    attack.base.append(("X-Amz-Content-Sha256", upper))
    response = attack.send(attack.headers(payload_hash=upper))
    t.true(response.status in (200, 400, 403), repr(response))


def test_S10_credential_scope(t):
    for service in ("s3", "sts", "iamd", "organizations", "IAM", "", "iam ", "s3tables", "*"):
        attack = Attack(t, service=service)
        attack.refused("signed for %r" % service, attack.headers())
    attack = Attack(t)
    attack.signer.scope_date = amz_date(utc_now() - datetime.timedelta(days=1))[:8]
    attack.refused("scope of yesterday", attack.headers())
    attack = Attack(t)
    attack.signer.terminator = "aws3_request"
    attack.refused("other terminator", attack.headers())
    attack = Attack(t)
    text = dict(attack.headers())["Authorization"]
    for old, new in (("/us-east-1/", "/eu-west-1/"), ("/us-east-1/", "//"), ("/iam/", "/s3/"),
                     ("/iam/", "/iam/iam/"), ("/us-east-1/iam/", "/iam/us-east-1/")):
        attack.refused("scope changed to " + new, replaced(attack.headers(), "Authorization",
                                                           text.replace(old, new)))


def test_S11_old_and_future_requests(t):
    for minutes in (-16, 16, -60 * 24 * 7, 60 * 24 * 7):
        attack = Attack(t)
        moment = utc_now() + datetime.timedelta(minutes=minutes)
        attack.refused("%d minutes" % minutes, attack.headers(moment=moment),
                       codes=("SignatureDoesNotMatch", "RequestExpired"))
    for stamp in ("", "now", "20150830", "20150830T123600", "20159930T123600Z", "99991231T235959Z",
                  "20150830T250000Z", "00000000T000000Z", "2015-08-30T12:36:00Z"):
        attack = Attack(t)
        attack.refused("date %r" % stamp, replaced(attack.headers(), "X-Amz-Date", stamp))
    host = [("Host", t.server.host_header)]
    for expires in ("0", "-1", "604801", "99999999999999999999", "18446744073709551617", "", "1e3",
                    "0x10", "+5", " 5", "3600.0"):
        attack = Attack(t)
        target = attack.signer.presign(t.server.host_header, attack.body.decode(), expires=expires)
        attack.refused("expires %r" % expires, host, b"", target, "GET")
    attack = Attack(t)
    for seconds, ahead in ((60, -61), (1, -3), (604800, -604801), (300, 60 * 20)):
        moment = utc_now() + datetime.timedelta(seconds=ahead)
        target = attack.signer.presign(t.server.host_header, attack.body.decode(), expires=seconds,
                                       moment=moment)
        attack.refused("presigned %d s, %d s from now" % (seconds, ahead), host, b"", target, "GET")
    old = utc_now() - datetime.timedelta(hours=2)
    target = t.root.signer("sts").presign(t.server.host_header, WHO, expires=604800, moment=old)
    t.equal(t.root.send("GET", target, host).status, 200, "a week's URL after two hours")


def test_S12_replay_inside_the_window_has_no_second_effect(t):
    attack = Attack(t)
    headers = attack.headers()
    t.equal(attack.send(headers).status, 200)
    for _ in range(3):
        t.refused(attack.send(headers), (409,), ("EntityAlreadyExists",), "replay")
    t.root.call("DeleteUser", UserName=attack.user)
    user = t.user("alice", [allow("iam:CreateUser")])
    attack = Attack(t, user.client)
    headers = attack.headers()
    t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id)
    attack.refused("replay after the key was deleted", headers, codes=("InvalidClientTokenId",))


def test_S13_nobody_gets_a_credential_for_a_signature(t):
    user = t.user("alice", [allow("*")])
    body = json.dumps(question_of(user.arn, "s3:GetObject", "*")).encode()
    plain = [("Host", t.server.host_header), ("Content-Type", "application/json")]
    for path in ("/access/v1/evaluation", "/access/v1/evaluations", "/v3/s3tokens", "/v3/ec2tokens",
                 "/v2.0/ec2tokens", "/latest/meta-data/iam/security-credentials/"):
        with t.server.connect() as connection:
            response = connection.request("POST", path, plain, body)
        t.refused(response, (400, 401, 403, 404, 405), what=path)
    answer = t.root.evaluate(user.key_id, "s3:GetObject", "arn:aws:s3:::b/k")
    t.decision(answer, True, "allow")
    text = json.dumps(answer)
    t.true(user.client.secret not in text and "Secret" not in text, "an answer with a credential")


def test_S14_time_does_not_tell_whether_a_key_exists(t):
    known = t.user("alice")
    wrong = t.server.client(known.key_id, "x" * 40)
    unknown = t.server.client("AKIA" + "B" * 16, "x" * 40)
    times = {wrong: [], unknown: []}
    for client in times:
        client.query("GetCallerIdentity", service="sts")
    for _ in range(300):
        # In random order, so that other work on the machine does not always slow the same one.
        for client, values in random.sample(list(times.items()), 2):
            body = WHO.encode()
            headers = client.signer("sts").sign_headers("POST", "/", client.headers(), body)
            started = time.perf_counter()
            response = client.send("POST", "/", headers, body)
            values.append(time.perf_counter() - started)
            t.equal(response.status, 403)
    # Other work can only add to a time, so the fast ones tell what the server does.
    a, b = (statistics.quantiles(times[client], n=5)[0] for client in (wrong, unknown))
    t.true(0.5 < a / b < 2.0, "a fifth is faster than: known key %.0f us, unknown key %.0f us" % (
        a * 1e6, b * 1e6))


def test_S15_odd_access_key_ids(t):
    before = len(t.server.log().splitlines())
    for key_id in ("a/b", "AKIA/../AKIA", "A" * 10240, "AKIA\t", "AKIA%00", "'; DROP TABLE user; --",
                   '"}\\n{"msg":"forged"', "..", "*", "AKIA\xc0\xaf", "\xd0\x90KIA", "%s%n", ""):
        attack = Attack(t)
        attack.signer.key_id = key_id
        headers = [(n, v.encode("utf-8").decode("latin-1")) for n, v in attack.headers()]
        attack.refused("key id %r" % key_id[:40], headers)
        target = attack.signer.presign(t.server.host_header, attack.body.decode())
        attack.refused("presigned key id %r" % key_id[:40], [("Host", t.server.host_header)], b"",
                       target, "GET")
    attack = Attack(t)
    text = dict(attack.headers())["Authorization"]
    for byte in ("\x00", "\n", "\r", "\x7f", "\x1b"):
        attack.refused("byte %r" % byte, replaced(attack.headers(), "Authorization", text.replace(
            "Credential=", "Credential=" + byte)))
    for line in t.server.log().splitlines()[before:]:
        json.loads(line)
    t.true('"msg":"forged"' not in t.server.log(), "a forged log line")
    t.server.audit()


def test_S16_sigv4a_is_not_let_through(t):
    attack = Attack(t)
    stamp = amz_date(utc_now())
    scope = "%s/%s/iam/aws4_request" % (attack.client.key_id, stamp[:8])
    for signature in ("00", "3006020100020100", "3006020101020101", "30" + "44" * 70, "", "zz"):
        text = "AWS4-ECDSA-P256-SHA256 Credential=%s, SignedHeaders=content-type;host;x-amz-date;" \
               "x-amz-region-set, Signature=%s" % (scope, signature)
        headers = attack.base + [("X-Amz-Date", stamp), ("X-Amz-Region-Set", "*"),
                                 ("Authorization", text)]
        attack.refused("SigV4a signature " + signature[:12], headers)


def test_S17_presigned_requests_are_not_stretched(t):
    host = [("Host", t.server.host_header)]
    user = t.user("alice", [allow("iam:*")])
    attack = Attack(t, user.client)
    target = attack.signer.presign(t.server.host_header, attack.body.decode())
    attack.refused("method swapped", host + [("Content-Type", FORM)], b"", target, "POST")
    attack.refused("parameter added", host, b"", target + "&Path=%2Fx%2F", "GET")
    attack.refused("parameter added in front", host, b"", target.replace("/?", "/?Path=%2Fx%2F&"),
                   "GET")
    attack.refused("parameter changed", host, b"", target.replace(
        "UserName=" + attack.user, "UserName=" + attack.user + "2"), "GET")
    attack.refused("body added", host + [("Content-Type", FORM)], b"Path=%2Fx%2F", target, "POST")
    attack.refused("longer life", host, b"", target.replace("Expires=300", "Expires=3000"), "GET")
    attack.refused("no signature", host, b"", target.partition("&X-Amz-Signature")[0], "GET")
    t.root.call("UpdateAccessKey", UserName=user.name, AccessKeyId=user.key_id, Status="Inactive")
    attack.refused("deactivated key", host, b"", target, "GET", ("InvalidClientTokenId",))
    t.root.call("DeleteAccessKey", UserName=user.name, AccessKeyId=user.key_id)
    attack.refused("deleted key", host, b"", target, "GET", ("InvalidClientTokenId",))
    t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="inline")
    t.root.call("DeleteUser", UserName=user.name)
    attack.refused("deleted user", host, b"", target, "GET", ("InvalidClientTokenId",))
    name, arn = t.role(policy=[allow("iam:*")])
    session = t.assume(t.user("bob", [allow("sts:AssumeRole")]).client, arn)
    attack = Attack(t, session)
    target = attack.signer.presign(t.server.host_header, attack.body.decode())
    t.root.call("DeleteRolePolicy", RoleName=name, PolicyName="inline")
    t.root.call("DeleteRole", RoleName=name)
    attack.refused("session of a deleted role", host, b"", target, "GET")


def test_S18_temporary_and_permanent_keys_are_not_mixed(t):
    _, arn = t.role(policy=[allow("iam:*")])
    caller = t.user("alice", [allow("sts:AssumeRole"), allow("iam:*")])
    one = t.assume(caller.client, arn, "one1")
    two = t.assume(caller.client, arn, "two2")
    token = ("InvalidClientTokenId",)

    def mixed(key, secret, session_token, what, codes=token):
        attack = Attack(t, t.server.client(key, secret, session_token))
        attack.refused(what, attack.headers(), codes=codes)
        target = attack.signer.presign(t.server.host_header, attack.body.decode())
        attack.refused(what + ", presigned", [("Host", t.server.host_header)], b"", target, "GET",
                       codes)

    mixed(one.key_id, one.secret, None, "no token")
    mixed(one.key_id, one.secret, two.token, "the token of another session")
    mixed(two.key_id, one.secret, one.token, "the key ID of another session")
    mixed(one.key_id, two.secret, one.token, "the secret of another session",
          ("SignatureDoesNotMatch",))
    mixed(caller.key_id, caller.client.secret, one.token, "a permanent key with a token")
    mixed(caller.key_id, one.secret, one.token, "a permanent key ID with a session",
          token + ("SignatureDoesNotMatch",))
    codes = token + ("ExpiredToken", "IncompleteSignature")
    for place in (0, 1, 5, len(one.token) // 2, len(one.token) - 2):
        flipped = one.token[:place] + chr(ord(one.token[place]) ^ 1) + one.token[place + 1:]
        mixed(one.key_id, one.secret, flipped, "a bit of the token flipped at %d" % place, codes)
    for text in (one.token[:-8], one.token + "AAAA", one.token[4:], "x", "A" * 5000,
                 one.token + one.token):
        mixed(one.key_id, one.secret, text, "token %r" % text[:20], codes)


def test_S19_the_action_authorized_is_the_action_run(t):
    reader = t.user("alice", [allow("iam:ListUsers")])
    attack = Attack(t, reader.client)
    for query, body in (("Action=ListUsers&Version=2010-05-08", attack.body),
                        ("Action=ListUsers", attack.body),
                        (attack.body.decode(), b"Action=ListUsers&Version=2010-05-08"),
                        ("Version=2010-05-08", attack.body),
                        ("UserName=other", attack.body)):
        target = "/?" + query
        headers = attack.signer.sign_headers("POST", target, attack.base, body)
        attack.refused("query %s, body %s" % (query, body), headers, body, target)
    for kind in ("application/json", "application/x-amz-json-1.1", "text/plain",
                 "multipart/form-data; boundary=b"):
        headers = [("Host", t.server.host_header), ("Content-Type", kind),
                   ("X-Amz-Target", "AWSIdentityManagementV20100508.CreateUser")]
        body = json.dumps({"Action": "CreateUser", "UserName": attack.user}).encode()
        signed = t.root.signer().sign_headers("POST", "/", headers, body)
        attack.refused("as " + kind, signed, body)
        signed = t.root.signer().sign_headers("POST", "/", headers, attack.body)
        attack.refused("form as " + kind, signed)


def raw(t, data, limit=10):
    """Sends bytes and returns (status of the first answer or None, connection ended)."""
    with t.server.connect() as connection:
        try:
            connection.send(data)
            response = connection.read_response("GET")
        except (ConnectionEnded, OSError):
            return None, True
        return response.status, connection.ended(limit)


def test_S20_request_smuggling(t):
    attack = Attack(t)
    inner = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    host = "Host: %s\r\n" % t.server.host_header
    cases = {
        "CL and TE": "POST / HTTP/1.1\r\n%sContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "0\r\n\r\n" + inner,
        "two CL": "POST / HTTP/1.1\r\n%sContent-Length: 0\r\nContent-Length: 5\r\n\r\n" + inner,
        "two equal CL": "POST / HTTP/1.1\r\n%sContent-Length: 0\r\nContent-Length: 0\r\n\r\n" + inner,
        "CL list": "POST / HTTP/1.1\r\n%sContent-Length: 0, 0\r\n\r\n" + inner,
        "CL plus": "POST / HTTP/1.1\r\n%sContent-Length: +0\r\n\r\n" + inner,
        "CL hex": "POST / HTTP/1.1\r\n%sContent-Length: 0x0\r\n\r\n" + inner,
        "CL negative": "POST / HTTP/1.1\r\n%sContent-Length: -1\r\n\r\n" + inner,
        "CL too large": "POST / HTTP/1.1\r\n%sContent-Length: 18446744073709551616\r\n\r\n" + inner,
        "CL space": "POST / HTTP/1.1\r\n%sContent-Length : 0\r\n\r\n" + inner,
        "TE list": "POST / HTTP/1.1\r\n%sTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + inner,
        "TE twice": "POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n"
                    "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
        "TE odd": "POST / HTTP/1.1\r\n%sTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
        "TE tab": "POST / HTTP/1.1\r\n%sTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + inner,
        "TE folded": "POST / HTTP/1.1\r\n%sTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n" + inner,
        "TE in 1.0": "POST / HTTP/1.0\r\n%sTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
        "chunk size": "POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + inner,
        "chunk overflow": "POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n"
                          "ffffffffffffffff1\r\nx\r\n0\r\n\r\n" + inner,
        "chunk end": "POST / HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n0\r\n\r\n"
                     + inner,
        "bare LF": "GET /healthz HTTP/1.1\n%s\n" + inner,
        "bare CR": "GET /healthz HTTP/1.1\r\n%sX: a\rb\r\n\r\n" + inner,
        "obs-fold": "GET /healthz HTTP/1.1\r\n%sX: a\r\n b\r\n\r\n" + inner,
        "space before the colon": "GET /healthz HTTP/1.1\r\n%sX : a\r\n\r\n" + inner,
        "no name": "GET /healthz HTTP/1.1\r\n%s: a\r\n\r\n" + inner,
        "two Host": "GET /healthz HTTP/1.1\r\n%sHost: evil\r\n\r\n" + inner,
        "no Host": "GET /healthz HTTP/1.1\r\n\r\n" + inner,
        "NUL": "GET /healthz HTTP/1.1\r\n%sX: a\x00b\r\n\r\n" + inner,
        "h2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "0.9": "GET /healthz\r\n\r\n",
        "2.0": "GET /healthz HTTP/2.0\r\n%s\r\n",
        "1.9": "GET /healthz HTTP/1.9\r\n%s\r\n",
    }
    for name, text in cases.items():
        data = (text % host if "%s" in text else text).encode("latin-1")
        status, ended = raw(t, data)
        t.true(status is None or 400 <= status <= 505, "%s: got %s" % (name, status))
        t.true(ended, "%s: the connection stays open" % name)
    attack.unharmed(None, "smuggling")
    big = "GET /healthz HTTP/1.1\r\n" + host
    for name, data in (("long header", big + "X: " + "a" * 1000000 + "\r\n\r\n"),
                       ("many headers", big + "X: a\r\n" * 20000 + "\r\n"),
                       ("long target", "GET /" + "a" * 1000000 + " HTTP/1.1\r\n" + host + "\r\n"),
                       ("long method", "G" * 100000 + " / HTTP/1.1\r\n" + host + "\r\n")):
        status, ended = raw(t, data.encode())
        t.true(status in (None, 400, 413, 414, 431, 501), "%s: got %s" % (name, status))
        t.true(ended, "%s: the connection stays open" % name)


def test_S20_trailers_are_no_headers(t):
    attack = Attack(t)
    head = "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n" % (
        t.server.host_header, FORM)
    late = [pair for pair in attack.headers() if pair[0] in ("X-Amz-Date", "Authorization")]
    data = head + "\r\n%x\r\n%s\r\n0\r\n" % (len(attack.body), attack.body.decode())
    data += "".join("%s: %s\r\n" % pair for pair in late) + "\r\n"
    with t.server.connect() as connection:
        connection.send(data.encode())
        try:
            response = connection.read_response("POST")
        except (ConnectionEnded, OSError):
            response = None
    attack.unharmed(response, "the signature in the trailer")


def test_S20_slow_clients_are_cut_off(t):
    slow = [t.server.connect() for _ in range(20)]
    for connection in slow:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\n")
    started = time.monotonic()
    open_still = list(slow)
    while open_still and time.monotonic() - started < 90:
        for connection in list(open_still):
            try:
                connection.send(b"X: y\r\n")
                connection.sock.settimeout(0.05)
                if connection.ended(0.05):
                    open_still.remove(connection)
            except OSError:
                open_still.remove(connection)
        t.root.call("GetCallerIdentity")
        time.sleep(0.5)
    for connection in slow:
        connection.close()
    t.true(not open_still, "%d connections are still open" % len(open_still))
