# SPDX-License-Identifier: Apache-2.0
"""The wire: Query protocol, signatures in header and query, validation errors, AWS's own codes."""

import datetime
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree

from lib.case import allow, document
from lib.server import ROOT
from lib.sigv4 import utc_now
from lib.wire import FORM, NAMESPACES, form, parse_error

LIST = "Action=ListUsers&Version=2010-05-08"
WHO = "Action=GetCallerIdentity&Version=2011-06-15"


def send(t, body, client=None, service="iam", content_type=FORM, target="/", method="POST", **sign):
    client = client or t.root
    body = body if isinstance(body, bytes) else body.encode()
    headers = client.signer(service).sign_headers(method, target, client.headers(content_type), body,
                                                  **sign)
    return client.send(method, target, headers, body)


def get(t, target, client=None, service="iam"):
    client = client or t.root
    headers = client.signer(service).sign_headers("GET", target, [("Host", t.server.host_header)])
    return client.send("GET", target, headers)


def error_of(t, response, status, *codes):
    error = parse_error(response)
    t.true(error.code in codes and error.status == status,
           "got %s, want %s %s" % (error, status, codes))
    return error


def test_answers_have_the_documented_frame(t):
    response = send(t, LIST)
    t.equal(response.status, 200)
    t.contains(response.header("Content-Type"), "text/xml", "Content-Type")
    t.equal(int(response.header("Content-Length")), len(response.body))
    ns = "{%s}" % NAMESPACES["iam"]
    root = ElementTree.fromstring(response.body)
    t.equal([child.tag for child in root], [ns + "ListUsersResult", ns + "ResponseMetadata"])
    request_id = root.findtext("%sResponseMetadata/%sRequestId" % (ns, ns))
    t.true(re.match("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", request_id), request_id)
    t.equal(response.header("x-amzn-RequestId"), request_id)
    other = ElementTree.fromstring(send(t, LIST).body)
    t.true(other.findtext("%sResponseMetadata/%sRequestId" % (ns, ns)) != request_id,
           "the same request ID twice")


def test_operations_without_output_have_no_result(t):
    name = t.name("alice")
    t.root.call("CreateUser", UserName=name)
    response = t.root.query("DeleteUser", {"UserName": name})
    t.equal(response.status, 200)
    t.true("Result>" not in response.text, response.text)


def test_errors_have_the_documented_frame(t):
    response = t.root.query("GetUser", {"UserName": "no<body>&"})
    response = response if response.status == 404 else t.root.query("GetUser", {"UserName": "nobody"})
    t.equal(response.status, 404)
    ns = "{%s}" % NAMESPACES["iam"]
    root = ElementTree.fromstring(response.body)
    t.equal(root.tag, ns + "ErrorResponse")
    t.equal(root.findtext("%sError/%sType" % (ns, ns)), "Sender")
    t.equal(root.findtext("%sError/%sCode" % (ns, ns)), "NoSuchEntity")
    t.true(root.findtext(ns + "RequestId"), "no RequestId")


def test_unknown_action(t):
    error = error_of(t, send(t, "Action=MakeTea&Version=2010-05-08"), 400, "InvalidAction")
    t.equal(error.message, "Could not find operation MakeTea for version 2010-05-08")
    for action in json.loads((ROOT / "api/iam/service.json").read_text())["not_yet"]:
        error = error_of(t, send(t, "Action=%s&Version=2010-05-08" % action), 400, "InvalidAction")
        t.true(re.fullmatch(r"iamd \d+\.\d+\.\d+ does not implement %s yet" % action,
                            error.message), error.message)
    for action in ("listusers", "ListUsers ", "", "List%00Users", "ListUsers,GetUser", "x" * 5000):
        response = send(t, "Action=%s&Version=2010-05-08" % action)
        t.true(parse_error(response).code in ("InvalidAction", "MissingAction",
                                              "MalformedQueryString"), repr(response))


def test_missing_action(t):
    for body in ("", "Version=2010-05-08", "Version=2010-05-08&UserName=x"):
        error_of(t, send(t, body), 400, "MissingAction", "InvalidAction")


def test_unknown_version(t):
    for version in ("2010-05-09", "", "2011-06-15x", "latest"):
        error_of(t, send(t, "Action=ListUsers&Version=" + version), 400, "InvalidAction",
                 "NoSuchVersion")
    error_of(t, send(t, "Action=ListUsers&Version=2011-06-15", service="sts"), 400, "InvalidAction",
             "NoSuchVersion")


def test_wrong_content_type(t):
    for kind in ("application/json", "text/xml", "multipart/form-data; boundary=x", "x", ""):
        response = send(t, LIST, content_type=kind)
        t.true(400 <= response.status < 500, "%r: %r" % (kind, response))


def test_get_with_a_query_string(t):
    response = get(t, "/?" + LIST)
    t.equal(response.status, 200)
    t.contains(response.text, "<ListUsersResult")
    response = get(t, "/?" + WHO, service="sts")
    t.contains(response.text, ":root</Arn>")
    name = t.name("alice")
    response = get(t, "/?Action=CreateUser&Path=%2Fa%2Fb%2F&UserName=" + name + "&Version=2010-05-08")
    t.equal(response.status, 200)
    t.equal(t.root.call("GetUser", UserName=name)["User"]["Path"], "/a/b/")


def test_other_methods(t):
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"):
        response = send(t, b"", method=method, target="/?" + LIST)
        t.true(400 <= response.status <= 501 and response.status != 500, repr(response))
        t.root.drop()


def test_any_region_is_accepted(t):
    for region in ("us-east-1", "eu-west-1", "mars-north-7", "local"):
        client = t.server.client(t.server.key_id, t.server.secret, region=region)
        client.call("ListUsers")
        client.call("GetCallerIdentity")


def test_payload_hash_header(t):
    body = LIST.encode()
    good = hashlib.sha256(body).hexdigest()
    client = t.root
    signer = client.signer()
    headers = signer.sign_headers("POST", "/", client.headers() + [("X-Amz-Content-Sha256", good)], body)
    t.equal(client.send("POST", "/", headers, body).status, 200)


def test_validation_collects_all_violations(t):
    error = t.fails("ValidationError", t.root.call, "CreateUser", UserName="x" * 65,
                    Path="/" + "p" * 600 + "/", status=400)
    t.true(error.message.startswith("2 validation errors detected: "), error.message)
    t.contains(error.message, "Value at 'userName' failed to satisfy constraint: "
               "Member must have length less than or equal to 64")
    t.contains(error.message, "at 'path' failed to satisfy constraint: "
               "Member must have length less than or equal to 512")
    error = t.fails("ValidationError", t.root.call, "CreateUser", UserName="bad name!", status=400)
    t.contains(error.message, "The specified value for userName is invalid. It must contain only "
               "alphanumeric characters and/or the following: +=,.@_-")
    error = t.fails("ValidationError", t.root.call, "CreateUser", status=400)
    t.contains(error.message, "1 validation error detected: Value at 'userName' failed to "
               "satisfy constraint: Member must not be null")
    error = t.fails("ValidationError", t.root.call, "CreateUser", UserName="x" * 65, status=400)
    t.contains(error.message, "at 'userName' failed to satisfy constraint: "
               "Member must have length less than or equal to 64")
    error = t.fails("ValidationError", t.root.call, "ListUsers", MaxItems=1001, status=400)
    t.contains(error.message, "Value at 'maxItems' failed to satisfy constraint: "
               "Member must have value less than or equal to 1000")
    error = t.fails("ValidationError", t.root.call, "TagUser", UserName="x",
                    Tags=[{"Key": "", "Value": "v"}, {"Key": "k" * 129, "Value": "v"}])
    t.contains(error.message, "'tags.1.member.key'")
    t.contains(error.message, "'tags.2.member.key'")
    error = t.fails("ValidationError", t.root.call, "ListPolicies", Scope="Everything")
    t.contains(error.message, "Member must satisfy enum value set: ")


def test_validation_comes_before_anything_changes(t):
    count = len(t.root.call("ListUsers", MaxItems=1000)["Users"])
    for name in ("", " ", "a b", "a/b", "\u00e4", "a" * 65, "a\n", "a\x00b", "<script>", "*"):
        t.fails(("ValidationError", "MalformedQueryString"), t.root.call, "CreateUser",
                UserName=name)
    for path in ("", "x", "/x", "x/", "/ /", "/\u00e4/", "/" + "p" * 512 + "/"):
        t.fails("ValidationError", t.root.call, "CreateUser", UserName=t.name("a"), Path=path,
                status=400)
    t.equal(len(t.root.call("ListUsers", MaxItems=1000)["Users"]), count)


def test_every_character_that_a_name_may_have(t):
    name = "A_z0+=,.@-" + t.name("x")
    t.root.call("CreateUser", UserName=name)
    t.equal(t.root.call("GetUser", UserName=name)["User"]["UserName"], name)
    odd = {"Key": "k\u00e9y one", "Value": "v: /=+-@ \u4e16\u754c _."}
    t.root.call("TagUser", UserName=name, Tags=[odd])
    t.equal(t.root.call("ListUserTags", UserName=name)["Tags"], [odd])


def test_presigned(t):
    who = t.user("alice")
    target = who.client.signer("sts").presign(t.server.host_header, WHO)
    with t.server.connect() as connection:
        response = connection.request("GET", target, [("Host", t.server.host_header)])
    t.equal(response.status, 200)
    t.contains(response.text, "<Arn>%s</Arn>" % who.arn)
    body = WHO.encode()
    target = who.client.signer("sts").presign(t.server.host_header, "", method="POST", body=body,
                                              headers=[("Content-Type", FORM)])
    response = who.client.send("POST", target, who.client.headers(), body)
    t.equal(response.status, 200)


def test_presigned_by_a_session(t):
    _, arn = t.role()
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, arn)
    target = session.signer("sts").presign(t.server.host_header, WHO)
    response = session.send("GET", target, [("Host", t.server.host_header)])
    t.equal(response.status, 200)
    t.contains(response.text, ":assumed-role/")


def test_signature_codes(t):
    host = [("Host", t.server.host_header), ("Content-Type", FORM)]
    client = t.root
    body = LIST.encode()
    error_of(t, client.send("POST", "/", host, body), 403, "MissingAuthenticationToken")
    good = dict(client.signer().sign_headers("POST", "/", host, body))

    def altered(**changes):
        headers = dict(good)
        for name, value in changes.items():
            headers[name.replace("_", "-")] = value
        return client.send("POST", "/", list(headers.items()), body)

    t.equal(altered().status, 200)
    text = good["Authorization"]
    for bad in (text.partition(", Signature")[0], text.replace("SignedHeaders=", "Signed="),
                "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=00",
                text.replace("/aws4_request", "")):
        error_of(t, altered(Authorization=bad), 400, "IncompleteSignature")
    unknown = text.replace(client.key_id, "AKIAAAAAAAAAAAAAAAAA")
    error = error_of(t, altered(Authorization=unknown), 403, "InvalidClientTokenId")
    t.equal(error.message, "The security token included in the request is invalid.")
    error = error_of(t, altered(Authorization=text[:-4] + "0000"), 403, "SignatureDoesNotMatch")
    t.contains(error.message, "The request signature we calculated does not match the signature you "
               "provided.")
    t.contains(error.message, "The Canonical String for this request should have been\n'POST\n/\n")
    t.contains(error.message, "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n")
    t.true(client.secret not in error.message, "the secret is in the message")
    wrong = t.server.client(client.key_id, "x" * 40)
    error_of(t, wrong.query("ListUsers"), 403, "SignatureDoesNotMatch")


def test_clock_skew(t):
    for minutes in (-14, -5, 5, 14):
        moment = utc_now() + datetime.timedelta(minutes=minutes)
        response = send(t, LIST, moment=moment)
        if abs(minutes) <= 5:
            t.equal(response.status, 200, "%d minutes" % minutes)
    for minutes in (-16, 16, -60 * 24, 60 * 24, -60 * 24 * 365):
        moment = utc_now() + datetime.timedelta(minutes=minutes)
        error_of(t, send(t, LIST, moment=moment), 403, "SignatureDoesNotMatch", "RequestExpired")


def test_keep_alive_serves_many_requests(t):
    client = t.root
    client.call("ListUsers")
    kept = client.connection()
    for _ in range(50):
        client.call("GetCallerIdentity")
    t.true(client.connection() is kept, "the connection was not kept")


def test_pipelined_requests_are_answered_in_order(t):
    client = t.root
    parts = []
    for name in ("GetCallerIdentity", "GetCallerIdentity", "GetCallerIdentity"):
        body = form([("Action", name), ("Version", "2011-06-15")])
        headers = client.signer("sts").sign_headers("POST", "/", client.headers(), body)
        headers.append(("Content-Length", str(len(body))))
        head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in headers) + "\r\n"
        parts.append(head.encode() + body)
    with t.server.connect() as connection:
        connection.send(b"".join(parts))
        for _ in parts:
            t.equal(connection.read_response("POST").status, 200)


def test_expect_100_continue(t):
    body = LIST.encode()
    headers = t.root.signer().sign_headers("POST", "/", t.root.headers(), body)
    head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in headers)
    with t.server.connect() as connection:
        connection.send((head + "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)).encode())
        connection.sock.settimeout(5)
        t.contains(connection.sock.recv(1000).decode(), "HTTP/1.1 100 ", "answer to the headers")
        connection.send(body)
        t.equal(connection.read_response("POST").status, 200)


def test_connection_close_and_http_1_0(t):
    for data, statuses in (("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", (200,)),
                           ("GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n", (200, 505))):
        with t.server.connect() as connection:
            connection.send(data.encode())
            t.true(connection.read_response().status in statuses, data)
            t.true(connection.ended(10), "the connection stays open: " + data)


def test_head(t):
    with t.server.connect() as connection:
        connection.send(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        t.equal(connection.read_response("HEAD").status, 200)
        response = connection.request("GET", "/healthz", [("Host", "x")])
    t.equal(response.status, 200, "the request after a HEAD")


def test_health_needs_no_key(t):
    for path in ("/healthz", "/readyz"):
        with t.server.connect() as connection:
            response = connection.request("GET", path, [("Host", t.server.host_header)])
        t.equal(response.status, 200, path)


def test_nothing_else_is_served(t):
    for path in ("/nothing", "/healthz/x", "/access", "/access/v1", "/..", "/index.html"):
        response = get(t, path)
        t.true(400 <= response.status < 500, "%s: %r" % (path, response))


def test_two_services_share_one_port(t):
    error_of(t, send(t, LIST, service="sts"), 403, "SignatureDoesNotMatch", "AccessDenied")
    error_of(t, send(t, WHO, service="iam"), 403, "SignatureDoesNotMatch", "AccessDenied")
    t.equal(send(t, WHO, service="sts").status, 200)


def test_documents_survive_any_encoding(t):
    name = t.name("alice")
    t.root.call("CreateUser", UserName=name)
    text = document(allow("s3:GetObject", "arn:aws:s3:::b/ +&=%~\u00ff/*"))
    for spaces in (True, False):
        body = form([("Action", "PutUserPolicy"), ("Version", "2010-05-08"), ("UserName", name),
                     ("PolicyName", "p"), ("PolicyDocument", text)])
        body = body if spaces else body.replace(b"+", b"%20")
        t.equal(send(t, body).status, 200)
        got = t.root.call("GetUserPolicy", UserName=name, PolicyName="p")["PolicyDocument"]
        t.true(re.match(r"^[A-Za-z0-9%._~-]+$", got), "not RFC 3986: " + got)
