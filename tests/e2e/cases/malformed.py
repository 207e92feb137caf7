# SPDX-License-Identifier: Apache-2.0
"""Bad input is answered with a clear 4xx, changes nothing, and uses bounded memory; the server goes
on."""

import json

from lib.case import allow, document
from lib.wire import FORM, ConnectionEnded, form, question_of

GROWTH_KIB = 400 * 1024  # sanitizer builds keep freed memory for a while


def post(t, body, content_type=FORM, headers=()):
    """A correctly signed POST with any bytes as its body."""
    body = body if isinstance(body, bytes) else body.encode()
    base = t.root.headers(content_type) + list(headers)
    signed = t.root.signer().sign_headers("POST", "/", base, body)
    try:
        with t.server.connect() as connection:
            return connection.request("POST", "/", signed, body)
    except (ConnectionEnded, OSError):
        return None


def bad(t, response, what):
    """A 4xx (or a closed connection) and a server that still answers."""
    if response is not None:
        t.true(400 <= response.status < 500, "%s: got %r" % (what, response))
    t.root.call("GetCallerIdentity")


def users(t):
    return len(t.root.call("ListUsers", MaxItems=1000)["Users"])


def test_form_bodies(t):
    before = users(t)
    good = "Action=CreateUser&Version=2010-05-08&UserName=" + t.name("x")
    for body in (good + "%", good + "%2", good + "%zz", good + "%00", good + "&%=1", good + "&Path",
                 good + "\x00", good + "%ff%fe", good + "%c0%80", good + "%ed%a0%80",
                 good.encode() + b"\xff", good + "&UserName=y", good + "&UserName.member.1=y",
                 "&" * 100000, "=" * 100000, "a&" * 100000, "a=b&" * 50000 + good,
                 good + "&Tags.member.1.Key=a", good + "&Tags.member.1.Value=a",
                 good + "&Tags.member.1.Key=aws%3Ax&Tags.member.1.Value=v"):
        bad(t, post(t, body), "body %r" % body[:120])
    t.equal(users(t), before, "number of users")


def test_list_indexes(t):
    before = users(t)
    good = "Action=CreateUser&Version=2010-05-08&UserName=" + t.name("x")
    tag = "&Tags.member.%s.Key=a&Tags.member.%s.Value=b"
    for index in ("999999999", "0", "-1", "18446744073709551616", "4294967297", "1e3", "x", "",
                  "1.2", " 1", "+1", "2147483648", "1%00"):
        bad(t, post(t, good + tag % (index, index)), "index " + index)
    bad(t, post(t, good + tag % (1, 1) + tag % (3, 3)), "a gap between the indexes")
    bad(t, post(t, good + tag % (1, 1) + tag % (1, 1)), "an index twice")
    bad(t, post(t, good + "&Tags.member.1=x"), "a structure given as text")
    bad(t, post(t, good + "&Tags=x"), "a list given as text")
    bad(t, post(t, good + "".join(tag % (i, i) for i in range(1, 20000))), "20000 members")
    bad(t, post(t, good + "&Tags" + ".member.1" * 5000 + "=x"), "deep nesting of names")
    t.equal(users(t), before, "number of users")


def test_long_values(t):
    before = users(t)
    for size in (65, 1000, 100000, 800000):
        bad(t, post(t, form([("Action", "CreateUser"), ("Version", "2010-05-08"),
                             ("UserName", "u" * size)])), "a name of %d" % size)
        bad(t, post(t, form([("Action", "CreateUser"), ("Version", "2010-05-08"),
                             ("P" * size, "x"), ("UserName", "x" * 65)])), "a parameter of %d" % size)
    bad(t, post(t, b"x" * (64 * 1024 * 1024)), "64 MiB")
    t.equal(users(t), before, "number of users")


def policies():
    deep = "[" * 100000
    yield "array bomb", deep + "]" * 100000
    yield "open arrays", deep
    yield "object bomb", '{"a":' * 50000 + "1" + "}" * 50000
    yield "condition bomb", document(allow("s3:*", Condition=json.loads(
        '{"StringEquals":' * 200 + "{}" + "}" * 200)))
    yield "ten thousand statements", '{"Version":"2012-10-17","Statement":[%s]}' % ",".join(
        ['{"Effect":"Allow","Action":"s3:*","Resource":"*"}'] * 10000)
    yield "many actions", document(allow(["s3:Get%d" % i for i in range(5000)]))
    yield "many keys", '{"Version":"2012-10-17",%s"Statement":[]}' % "".join(
        '"k%d":1,' % i for i in range(5000))
    yield "duplicate key", '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}'
    yield "long number", '{"Version":%s,"Statement":[]}' % ("9" * 100000)
    yield "exponent", '{"Version":1e999999999,"Statement":[]}'
    yield "lone surrogate", '{"Version":"2012-10-17","Statement":"\\ud800"}'
    yield "NUL escape", document(allow("s3:*\u0000"))
    yield "trailing garbage", document(allow("s3:*")) + "{}"
    yield "comment", "/* x */" + document(allow("s3:*"))
    yield "single quotes", "{'Version':'2012-10-17'}"
    yield "wildcard bomb", document(allow("s3:*", "arn:aws:s3:::" + "*a" * 3000 + "*b" * 3000))


def test_policy_bombs(t):
    name = t.name("alice")
    t.root.call("CreateUser", UserName=name)
    for what, text in policies():
        for action, params in (
                ("PutUserPolicy", [("UserName", name), ("PolicyName", "p"), ("PolicyDocument", text)]),
                ("CreatePolicy", [("PolicyName", t.name("p")), ("PolicyDocument", text)]),
                ("CreateRole", [("RoleName", t.name("r")), ("AssumeRolePolicyDocument", text)])):
            body = form([("Action", action), ("Version", "2010-05-08")] + params)
            bad(t, post(t, body), "%s in %s" % (what, action))
    t.equal(t.root.call("ListUserPolicies", UserName=name).get("PolicyNames") or [], [])


def test_wildcards_are_matched_in_bounded_time(t):
    user = t.user("alice", [allow("s3:GetObject", "arn:aws:s3:::" + "*a" * 400 + "b")])
    resource = "arn:aws:s3:::" + "a" * 1900
    for _ in range(20):
        t.decision(t.root.evaluate(user.arn, "s3:GetObject", resource), False, "implicitdeny")


def test_json_bodies(t):
    before = users(t)
    for path in ("/access/v1/evaluation", "/access/v1/evaluations"):
        for body in (b"", b"{", b"}", b"[", b"nul", b"\x00", b'{"a":1', b"\xef\xbb\xbf{}", b"{}{}",
                     b'{"subject":"\xff"}', b"[" * 500000, b'{"a":' * 100000, b'"' + b"a" * 800000,
                     b'{"context":{"k":"\\ud800"}}', b"{'a':1}", b"NaN", b"1e400", b"-", b"0123"):
            response = t.root.post_json(path, body)
            t.true(400 <= response.status < 500, "%s %r: %r" % (path, body[:40], response))
            t.root.drop()
    t.equal(users(t), before, "number of users")


def test_contexts_of_any_size(t):
    user = t.user("alice", [allow("s3:GetObject")])
    good = question_of(user.arn, "s3:GetObject", "arn:aws:s3:::b/k")
    for context in ({"k%d" % i: "v" for i in range(20000)}, {"aws:x": ["v"] * 50000},
                    {"k" * 100000: "v"}, {"aws:x": "v" * 500000},
                    {"aws:x": [["a"]]}, {"aws:x": {"y": 1}}, {"aws:x": None}, {"": "v"}):
        response = t.root.post_json("/access/v1/evaluation", dict(good, context=context))
        t.true(response.status in (200, 400, 413), "context: %r" % response)


def lines(t, *more, first="POST / HTTP/1.1"):
    return ("\r\n".join((first, "Host: " + t.server.host_header) + more) + "\r\n\r\n").encode()


def talk(t, data, half_close=False):
    """Status of the answer, or None when the connection was closed without one."""
    with t.server.connect() as connection:
        try:
            connection.send(data)
            if half_close:
                connection.sock.shutdown(1)
            return connection.read_response().status
        except (ConnectionEnded, OSError):
            return None


def test_http_heads(t):
    long = "a" * 100000
    for data in (b"", b"\r\n" * 1000, b"\x00" * 1000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                 b"GET\r\n\r\n", b"GET / HTTP/1.1", b"GET  / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                 b"/ GET HTTP/1.1\r\n\r\n", b"GET / HTTP/x.y\r\n\r\n", b"GET / HTTP/1.10\r\n\r\n",
                 b"G\xc3\x89T / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
                 lines(t, "Host: second"), lines(t, "Content-Length: x"), lines(t, ": x"),
                 lines(t, "Expect: 200-maybe"), lines(t, "X: " + long),
                 lines(t, first="GET /" + long + " HTTP/1.1"),
                 lines(t, first="GET http://x/ HTTP/1.1"), lines(t, first="CONNECT x:443 HTTP/1.1"),
                 lines(t, first="GET / HTTP/1.1 extra")):
        status = talk(t, data, half_close=True)
        t.true(status is None or 400 <= status < 506, "%r: %s" % (data[:60], status))
    t.root.call("GetCallerIdentity")


def test_truncated_and_overlong_bodies(t):
    before = users(t)
    body = form([("Action", "CreateUser"), ("Version", "2010-05-08"), ("UserName", t.name("x"))])
    signed = t.root.signer().sign_headers("POST", "/", t.root.headers(), body)
    head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in signed)
    for length, sent in ((len(body), body[:-1]), (len(body) + 1, body), (len(body) + 100000, body)):
        data = (head + "Content-Length: %d\r\n\r\n" % length).encode() + sent
        status = talk(t, data, half_close=True)
        t.true(status is None or 400 <= status < 500, "length %d: %s" % (length, status))
    data = (head + "Content-Length: %d\r\n\r\n" % (len(body) - 1)).encode() + body
    t.true(talk(t, data) in (None, 400, 403), "a length that is too small")
    huge = (head + "Content-Length: 99999999999\r\n\r\n").encode()
    t.true(talk(t, huge) in (None, 400, 413), "a huge length")
    chunked = (head + "Transfer-Encoding: chunked\r\n\r\n").encode()
    for tail in (b"5\r\nabc", b"zz\r\n", b"5;" + b"x" * 100000 + b"\r\n", b"\r\n", b"0\r\nX: y",
                 b"1\r\na\r\n" * 3):
        status = talk(t, chunked + tail, half_close=True)
        t.true(status is None or 400 <= status < 500, "chunks %r: %s" % (tail[:20], status))
    t.equal(users(t), before, "number of users")


def test_a_chunked_body_works(t):
    name = t.name("chunky")
    body = form([("Action", "CreateUser"), ("Version", "2010-05-08"), ("UserName", name)])
    signed = t.root.signer().sign_headers("POST", "/", t.root.headers(), body)
    head = "POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in signed)
    data = (head + "Transfer-Encoding: chunked\r\n\r\n").encode()
    for start in range(0, len(body), 10):
        part = body[start:start + 10]
        data += b"%x\r\n%s\r\n" % (len(part), part)
    t.equal(talk(t, data + b"0\r\n\r\n"), 200)
    t.equal(t.root.call("GetUser", UserName=name)["User"]["UserName"], name)


def test_bytes_one_at_a_time(t):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    signed = t.root.signer("sts").sign_headers("POST", "/", t.root.headers(), body)
    data = ("POST / HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in signed)
            + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body
    with t.server.connect() as connection:
        for byte in data:
            connection.send(bytes([byte]))
        t.equal(connection.read_response().status, 200)


def test_many_connections(t):
    held = []
    try:
        for _ in range(300):
            held.append(t.server.connect())
        t.server.client().call("GetCallerIdentity")
    finally:
        for connection in held:
            connection.close()
    t.root.call("GetCallerIdentity")


def test_memory_is_bounded(t):
    t.root.call("GetCallerIdentity")
    before = t.server.memory_kib()
    body = b"Action=CreateUser&Version=2010-05-08&UserName=" + b"u" * 900000
    for _ in range(50):
        bad(t, post(t, body), "a large body")
    for _, text in policies():
        bad(t, post(t, form([("Action", "CreatePolicy"), ("Version", "2010-05-08"),
                             ("PolicyName", t.name("p")), ("PolicyDocument", text)])), "policy")
    grown = t.server.memory_kib() - before
    t.true(grown < GROWTH_KIB, "memory grew by %d KiB" % grown)


def test_one_megabyte_of_noise_is_logged_shortly(t):
    before = len(t.server.log())
    for _ in range(10):
        post(t, b"Action=" + b"A" * 900000 + b"&Version=2010-05-08")
    t.true(len(t.server.log()) - before < 1000000, "the log repeats the request")
    for record in t.server.audit():
        t.true(len(json.dumps(record)) < 1000000, "an audit record repeats the request")
