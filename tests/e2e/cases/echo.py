# SPDX-License-Identifier: Apache-2.0
"""What a client sends does not come back: of each value a message quotes at most 256 bytes.

Every parameter of every operation in turn, 100 KB long or as long as its constraints permit, in
requests that are valid but for that; names of parameters, headers and members of JSON likewise.
"""

import json
import re

from cases import kinds
from lib import definitions, templates
from lib.case import Failed
from lib.wire import VERSIONS, FORM, flatten, form

SERVER = templates.options()
OPERATIONS = definitions.of_callers()
HUGE = 100 * 1024
QUOTED = 256
# The text that was to be signed is told in more, since a client compares it with its own.
SIGNED_TEXT = 2048
LONGEST = 4096
# ASCII; a character of two bytes, which a cut must not split.
FILLERS = ("Z", "\u017d")


def check(what, response, most=QUOTED):
    """An answer that quotes at most that many bytes of a filler, and is well-formed text."""
    text = response.body.decode("utf-8")
    if response.status < 400:
        return
    for filler in FILLERS:
        count = text.count(filler) * len(filler.encode())
        if count > most:
            raise Failed("%s: %d bytes come back: %s..." % (what, count, text[:400]))
    if len(response.body) > LONGEST:
        raise Failed("%s: an answer of %d bytes: %s..." % (what, len(response.body), text[:400]))


def post(t, service, pairs):
    body = form(pairs)
    headers = t.root.signer(service).sign_headers("POST", "/", t.root.headers(), body)
    return t.root.send("POST", "/", headers, body)


def head_of(operation):
    return [("Action", operation.name), ("Version", VERSIONS[operation.service])]


def values(t, filler):
    """Values without structure, and such as pass for ARNs, paths and documents as far as lengths go."""
    for size in (HUGE, 2000, 500, 120, 64):
        text = filler * (size // len(filler.encode()))
        yield text
        yield t.arn("policy/", text, "")
        yield t.arn("role/", text + "/x", "")
        yield "/%s/" % text
    text = filler * 1500
    yield '{"Version": "2012-10-17", "Statement": {"Effect": "%s"}}' % text
    yield '{"Version": "2012-10-17", "%s": 1}' % text
    yield json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": text}}})


def query_case(operation):
    def run(t):
        valid = kinds.required(t, operation)
        for member in operation.inputs:
            pairs = flatten({name: value for name, value in valid.items() if name != member})
            for name, _ in flatten({member: valid.get(member, "")}):
                for filler in FILLERS:
                    for value in values(t, filler):
                        check("%s %s" % (operation.name, name),
                              post(t, operation.service, head_of(operation) + pairs + [(name, value)]))
    return run


def names_case(t):
    """Names instead of values: of parameters, of their parts, of operations and versions."""
    for filler in FILLERS:
        text = filler * (HUGE // len(filler.encode()))
        head = [("Action", "TagUser"), ("Version", "2010-05-08"), ("UserName", "u")]
        for pair in ((text, "1"), ("Tags." + text, "1"), ("Tags.member." + text, "1"),
                     ("Tags.member.1." + text, "1"), ("Tags.member.1.Key." + text, "1"),
                     ("UserName." + text, "1"), ("Tags.member.1" + text, "1")):
            check(pair[0][:30], post(t, "iam", head + [pair]))
        check("Action", post(t, "iam", [("Action", text), ("Version", "2010-05-08")]))
        check("Version", post(t, "iam", [("Action", "GetUser"), ("Version", text)]))
        check("both", post(t, "iam", [("Action", text), ("Version", text)]), 2 * QUOTED)


def lists_case(t):
    """Lists of many long values."""
    for filler in FILLERS:
        for size in (20, 128, 1000, 3000):
            keys = [filler * (size // len(filler.encode())) + str(i) for i in range(60)]
            pairs = [("Action", "UntagUser"), ("Version", "2010-05-08"), ("UserName", "u")]
            pairs += [("TagKeys.member.%d" % (i + 1), key) for i, key in enumerate(keys)]
            # A list is one value; of each of its items a violation of its own is told.
            check("TagKeys of %d" % size, post(t, "iam", pairs), 10 * QUOTED)
        arns = [("PolicyArns.member.%d.arn" % (i + 1), filler * 1500) for i in range(10)]
        check("PolicyArns", post(t, "sts", [
            ("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleSessionName", "s"),
            ("RoleArn", t.arn("role/", "r", ""))] + arns), 10 * QUOTED)


QUESTION = {"subject": {"type": "user", "id": "u"}, "action": {"name": "s3:GetObject"},
            "resource": {"type": "object", "id": "arn:aws:s3:::b/k"}, "context": {"aws:username": "u"}}


def leaves(value, path=()):
    if isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], path + (key,))
    elif isinstance(value, str):
        yield path


def replaced(value, path, new):
    """The value with another one, and with another name, at the path."""
    if not path:
        return new, None
    copy = dict(value)
    inner, _ = replaced(copy[path[0]], path[1:], new)
    copy[path[0]] = inner
    renamed = dict(value)
    renamed[new] = renamed.pop(path[0])
    return copy, renamed


def json_case(t):
    for filler in FILLERS:
        text = filler * (HUGE // len(filler.encode()))
        for path in leaves(QUESTION):
            for question in replaced(QUESTION, path, text):
                response = t.root.post_json("/access/v1/evaluation", question)
                if response.status != 200:
                    check("/".join(path), response)
        for body in ('{"%s": ' % text, '"%s"' % text, '{"subject": {"%s": [1, {"a": "%s' % (text, text)):
            headers = t.root.headers("application/json")
            signed = t.root.signer("iamd").sign_headers("POST", "/access/v1/evaluation", headers,
                                                        body.encode())
            check("broken", t.root.send("POST", "/access/v1/evaluation", signed, body.encode()))


def signature_case(t):
    """Parts of a signature and headers, long; and what was to be signed, with a long query."""
    text = "Z" * 30000
    for value in (text, "AWS4-HMAC-SHA256 " + text, "AWS4-HMAC-SHA256 %s=%s" % (text, text),
                  "AWS4-HMAC-SHA256 Credential=%s/20260101/us-east-1/iam/aws4_request, "
                  "SignedHeaders=host, Signature=%s" % (text, text),
                  "AWS4-HMAC-SHA256 Credential=AKIAAAAAAAAAAAAAAAAA/20260101/%s/%s/aws4_request, "
                  "SignedHeaders=%s, Signature=0" % (text[:9000], text[:9000], text[:9000])):
        headers = [("Host", t.server.host_header), ("Content-Type", FORM), ("X-Amz-Date", text[:100]),
                   ("Authorization", value)]
        check("Authorization", t.root.send("POST", "/", headers, b"Action=GetUser&Version=2010-05-08"))
    wrong = t.server.client(t.server.key_id, "x" * 40)
    signed = wrong.signer("iam").sign_headers(
        "POST", "/", wrong.headers() + [("X-Long", text)], b"Action=GetUser&Version=2010-05-08")
    response = t.root.send("POST", "/", signed, b"Action=GetUser&Version=2010-05-08")
    t.equal(response.status, 403, "a wrong signature")
    check("the text that was to be signed", response, SIGNED_TEXT)


def test_the_trail_and_the_log_keep_little(t):
    """Of an unauthenticated request; see audit_flood for its record's length."""
    before = t.server.audit_path().stat().st_size
    t.root.send("POST", "/", t.root.headers() + [("User-Agent", "Z" * 9000)],
                form([("Action", "Z" * HUGE), ("Version", "2010-05-08")]))
    t.true(t.server.audit_path().stat().st_size - before < 2048, "the record of a stranger")
    t.true(re.search("Z{300}", t.server.log()) is None, "the log has what a client sent")


def generated():
    cases = [("test_names", names_case), ("test_lists", lists_case), ("test_json", json_case),
             ("test_signatures", signature_case)]
    for name, operation in sorted(OPERATIONS.items()):
        if operation.inputs:
            cases.append(("test_" + name, query_case(operation)))
    return cases
