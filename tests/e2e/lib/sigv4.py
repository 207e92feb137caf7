# SPDX-License-Identifier: Apache-2.0
"""Signature Version 4, written from the specification so that every part of it can be bent.

The SDKs sign correctly by construction; an attacker does not. `Signer` exposes each step (canonical
request, string to sign, key, signature) and takes overrides for what a test wants to get wrong.
"""

import datetime
import hashlib
import hmac
import re
import urllib.parse

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)


def amz_date(moment):
    return moment.strftime("%Y%m%dT%H%M%SZ")


def encode(text, safe=""):
    """RFC 3986 encoding: unreserved characters stay, everything else is %XX."""
    return urllib.parse.quote(text, safe="-_.~" + safe)


def canonical_path(path, normalize=True, double_encode=True):
    """The canonical URI of every service but S3: dots resolved, each segment encoded once more."""
    if normalize:
        out = []
        for segment in path.split("/"):
            if segment == "..":
                if out:
                    out.pop()
            elif segment not in ("", "."):
                out.append(segment)
        tail = "/" if path.endswith(("/", "/.", "/..")) and out else ""
        path = "/" + "/".join(out) + tail
    if not double_encode:
        return path
    return encode(path, safe="/")


def canonical_query(query):
    """Pairs decoded, encoded again and sorted by encoded name, then by encoded value."""
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        pairs.append((encode(urllib.parse.unquote_to_bytes(name)),
                      encode(urllib.parse.unquote_to_bytes(value))))
    return "&".join("%s=%s" % pair for pair in sorted(pairs))


def canonical_headers(headers, signed):
    """headers: list of (name, value); several of one name are joined with a comma."""
    lines = []
    for name in signed:
        values = [re.sub(r"[ \t\r\n]+", " ", value.strip()) for key, value in headers
                  if key.lower() == name]
        lines.append("%s:%s\n" % (name, ",".join(values)))
    return "".join(lines)


def signing_key(secret, date, region, service, terminator="aws4_request"):
    key = ("AWS4" + secret).encode()
    for part in (date, region, service, terminator):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


class Signer:
    """One set of credentials for one service and region. Attributes may be changed by a test."""

    def __init__(self, key_id, secret, token=None, service="iam", region="us-east-1"):
        self.key_id = key_id
        self.secret = secret
        self.token = token
        self.service = service
        self.region = region
        self.algorithm = ALGORITHM
        self.terminator = "aws4_request"
        self.normalize = True
        self.scope_date = None

    def scope(self, stamp):
        date = self.scope_date or stamp[:8]
        return "/".join((date, self.region, self.service, self.terminator))

    def signature(self, stamp, canonical):
        text = "\n".join((self.algorithm, stamp, self.scope(stamp),
                          hashlib.sha256(canonical.encode()).hexdigest()))
        date = self.scope_date or stamp[:8]
        key = signing_key(self.secret, date, self.region, self.service, self.terminator)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), text

    def canonical(self, method, target, headers, signed, payload_hash):
        path, _, query = target.partition("?")
        return "\n".join((method, canonical_path(path, self.normalize), canonical_query(query),
                          canonical_headers(headers, signed), ";".join(signed), payload_hash))

    def sign_headers(self, method, target, headers, body=b"", moment=None, omit=(), unsigned=(),
                     payload_hash=None):
        """Returns headers with X-Amz-Date, the token and Authorization added.

        omit: names that stay out of SignedHeaders although they are sent.
        unsigned: (name, value) pairs that are sent but added without the signer's knowledge.
        """
        stamp = amz_date(moment or utc_now())
        headers = list(headers)
        names = {name.lower() for name, _ in headers}
        if "x-amz-date" not in names:
            headers.append(("X-Amz-Date", stamp))
        if self.token and "x-amz-security-token" not in names:
            headers.append(("X-Amz-Security-Token", self.token))
        skip = {"authorization", "connection", "content-length", "transfer-encoding", "user-agent",
                "expect"}
        signed = sorted({name.lower() for name, _ in headers} - skip - {o.lower() for o in omit})
        if payload_hash is None:
            payload_hash = hashlib.sha256(body).hexdigest()
        canonical = self.canonical(method, target, headers, signed, payload_hash)
        signature, _ = self.signature(stamp, canonical)
        headers.extend(unsigned)
        headers.append(("Authorization", self.authorization(stamp, signed, signature)))
        return headers

    def authorization(self, stamp, signed, signature):
        return "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
            self.algorithm, self.key_id, self.scope(stamp), ";".join(signed), signature)

    def presign(self, host, query, path="/", method="GET", expires=300, moment=None,
                headers=(), body=b"", extra=(), omit=()):
        """A presigned target (path and query). extra: pairs put in before signing; omit: names
        of headers that are sent but not signed."""
        stamp = amz_date(moment or utc_now())
        headers = [("Host", host)] + list(headers)
        signed = sorted({name.lower() for name, _ in headers} - set(omit))
        pairs = [("X-Amz-Algorithm", self.algorithm),
                 ("X-Amz-Credential", "%s/%s" % (self.key_id, self.scope(stamp))),
                 ("X-Amz-Date", stamp), ("X-Amz-Expires", str(expires)),
                 ("X-Amz-SignedHeaders", ";".join(signed))]
        if self.token:
            pairs.append(("X-Amz-Security-Token", self.token))
        pairs.extend(extra)
        text = "&".join("%s=%s" % (encode(n), encode(v)) for n, v in pairs)
        target = path + "?" + (query + "&" if query else "") + text
        canonical = self.canonical(method, target, headers, signed,
                                   hashlib.sha256(body).hexdigest())
        signature, _ = self.signature(stamp, canonical)
        return target + "&X-Amz-Signature=" + signature
