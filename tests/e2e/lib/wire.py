# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on a plain socket, and a client for the Query protocol and the authorization endpoint.

Nothing here tidies a request: what a test writes is what goes over the wire.
"""

import json
import re
import socket
import ssl
import threading
import xml.etree.ElementTree as ElementTree

from lib.recorder import SEEN
from lib.sigv4 import Signer

OF_STS = frozenset((
    "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot",
    "DecodeAuthorizationMessage", "GetAccessKeyInfo", "GetCallerIdentity", "GetDelegatedAccessToken",
    "GetFederationToken", "GetScopedCredentials", "GetSessionToken", "GetWebIdentityToken"))
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}
NAMESPACES = {"iam": "https://iam.amazonaws.com/doc/2010-05-08/",
              "sts": "https://sts.amazonaws.com/doc/2011-06-15/"}
FORM = "application/x-www-form-urlencoded; charset=utf-8"
ESCAPED = re.compile(rb"[^\w.~-]+")
TIMEOUT_S = 30


class Response:
    """Status, headers and body of one answer; closed: the server ended the connection."""

    def __init__(self, status, headers, body, closed):
        self.status = status
        self.headers = headers
        self.body = body
        self.closed = closed

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return "<%d %s>" % (self.status, self.text[:600])


class ApiError(Exception):
    """An error answer of the API."""

    def __init__(self, status, code, message, response=None):
        super().__init__("%s (%s): %s" % (code, status, message))
        self.status = status
        self.code = code
        self.message = message
        self.response = response


class ConnectionEnded(Exception):
    """The server closed the connection without a (complete) answer."""


class Connection:
    """One TCP (or TLS) connection with a bounded wait for every read."""

    def __init__(self, host, port, tls=None, timeout=TIMEOUT_S):
        self.sock = socket.create_connection((host, port), timeout=timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data)

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
            raise ConnectionEnded(str(error)) from error
        if not data:
            raise ConnectionEnded("end of stream after %d bytes" % len(self.buffer))
        self.buffer += data

    def read_response(self, method="GET"):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        assert version in ("HTTP/1.1", "HTTP/1.0"), lines[0]
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        lookup = {name.lower(): value for name, value in headers}
        body = b""
        closed = lookup.get("connection", "").lower() == "close"
        if int(status) == 100:
            return self.read_response(method)
        if method != "HEAD" and int(status) not in (204, 304):
            length = lookup.get("content-length")
            if length is None:
                while True:
                    try:
                        self._more()
                    except ConnectionEnded:
                        break
                body, self.buffer, closed = self.buffer, b"", True
            else:
                while len(self.buffer) < int(length):
                    self._more()
                body, self.buffer = self.buffer[:int(length)], self.buffer[int(length):]
        return Response(int(status), headers, body, closed)

    def ended(self, timeout=TIMEOUT_S):
        """Waits for the server to close; False when it keeps the connection for that long."""
        self.sock.settimeout(timeout)
        try:
            while True:
                if not self.sock.recv(65536):
                    return True
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            return True
        except (socket.timeout, TimeoutError):
            return False

    def request(self, method, target, headers=(), body=b""):
        lines = ["%s %s HTTP/1.1" % (method, target)]
        lines.extend("%s: %s" % pair for pair in headers)
        names = {name.lower() for name, _ in headers}
        if "content-length" not in names and "transfer-encoding" not in names and (
                body or method in ("POST", "PUT")):
            lines.append("Content-Length: %d" % len(body))
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return self.read_response(method)


def entries(values):
    """A map, as flatten takes it: what is a dict is a structure."""
    return {"entry": [{"key": key, "value": value} for key, value in values.items()]}


def flatten(params, prefix=""):
    """Nested parameters as the Query protocol spells them. A list called entry is that of a map."""
    out = []
    for name, value in params.items():
        key = prefix + name
        if isinstance(value, dict):
            out.extend(flatten(value, key + "."))
        elif isinstance(value, (list, tuple)):
            if not value:
                out.append((key, ""))  # as the SDKs write an empty list
            items = key if name == "entry" else key + ".member"
            for index, item in enumerate(value, 1):
                if isinstance(item, dict):
                    out.extend(flatten(item, "%s.%d." % (items, index)))
                else:
                    out.append(("%s.%d" % (items, index), item))
        elif isinstance(value, bool):
            out.append((key, "true" if value else "false"))
        else:
            out.append((key, str(value)))
    return out


def escaped(match):
    """Bytes as a form has them. One call for all that follow each other: values may be long."""
    return (b"%" + match.group().hex("%").upper().encode()).replace(b"%20", b"+")


def form(pairs):
    """As urllib.parse.urlencode writes it."""
    return b"&".join(b"=".join(
        ESCAPED.sub(escaped, part if isinstance(part, bytes) else str(part).encode())
        for part in pair) for pair in pairs)


def element_value(node):
    """An XML element as text, dict (a map, too), or list (children called member)."""
    children = list(node)
    if not children:
        return node.text or ""
    names = [child.tag.partition("}")[2] for child in children]
    if set(names) == {"member"}:
        return [element_value(child) for child in children]
    if set(names) == {"entry"}:
        pairs = [element_value(child) for child in children]
        values = {pair["key"]: pair["value"] for pair in pairs}
        assert len(values) == len(pairs), "a key is there twice"
        return values
    return {name: element_value(child) for name, child in zip(names, children)}


def parse_error(response):
    try:
        root = ElementTree.fromstring(response.body)
    except ElementTree.ParseError:
        return ApiError(response.status, "not XML", response.text[:300], response)
    values = {}
    for node in root.iter():
        values.setdefault(node.tag.rpartition("}")[2], node.text)
    return ApiError(response.status, values.get("Code"), values.get("Message") or "", response)


class Client:
    """A caller with credentials. Keeps one connection per thread; signs every request again."""

    def __init__(self, server, key_id, secret, token=None, region="us-east-1"):
        self.server = server
        self.key_id = key_id
        self.secret = secret
        self.token = token
        self.region = region
        self.local = threading.local()

    def signer(self, service="iam"):
        return Signer(self.key_id, self.secret, self.token, service, self.region)

    def connection(self):
        if getattr(self.local, "connection", None) is None:
            self.local.connection = self.server.connect()
        return self.local.connection

    def drop(self):
        if getattr(self.local, "connection", None) is not None:
            self.local.connection.close()
            self.local.connection = None

    def send(self, method, target, headers, body=b""):
        """One request on the kept connection; a stale one is replaced once."""
        for attempt in (0, 1):
            fresh = getattr(self.local, "connection", None) is None
            try:
                response = self.connection().request(method, target, headers, body)
            except (ConnectionEnded, OSError):
                self.drop()
                if fresh or attempt:
                    raise
                continue
            if response.closed:
                self.drop()
            SEEN.note("", body, response.status, response.body)
            return response

    def headers(self, content_type=FORM):
        return [("Host", self.server.host_header), ("Content-Type", content_type)]

    def query(self, action, params=None, service="iam", **sign):
        """A signed POST; returns the Response whatever its status."""
        pairs = [("Action", action), ("Version", VERSIONS[service])] + flatten(params or {})
        body = form(pairs)
        headers = self.signer(service).sign_headers("POST", "/", self.headers(), body, **sign)
        return self.send("POST", "/", headers, body)

    def call(self, action, service=None, **params):
        """A signed call; returns the Result as a dict, raises ApiError."""
        service = service or ("sts" if action in OF_STS else "iam")
        response = self.query(action, params, service)
        if response.status != 200:
            raise parse_error(response)
        root = ElementTree.fromstring(response.body)
        ns = "{%s}" % NAMESPACES[service]
        assert root.tag == ns + action + "Response", root.tag
        assert root.findtext("%sResponseMetadata/%sRequestId" % (ns, ns)), response
        result = root.find(ns + action + "Result")
        value = element_value(result) if result is not None else {}
        return value or {}

    def post_json(self, path, value, service="iamd", headers=(), sign=True):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        head = self.headers("application/json") + list(headers)
        if sign:
            head = self.signer(service).sign_headers("POST", path, head, body)
        return self.send("POST", path, head, body)

    def evaluate(self, subject, action, resource, context=None):
        """One question to the authorization endpoint; returns the answer as a dict."""
        question = question_of(subject, action, resource, context)
        response = self.post_json("/access/v1/evaluation", question)
        if response.status != 200:
            raise ApiError(response.status, "evaluation", response.text, response)
        return response.json()


def subject_of(arn_or_key):
    if not arn_or_key.startswith("arn:"):
        return {"type": "access-key", "id": arn_or_key}
    kind = arn_or_key.split(":", 5)[5].partition("/")[0]
    return {"type": {"user": "user", "role": "role"}.get(kind, kind), "id": arn_or_key}


def question_of(subject, action, resource, context=None):
    kind = resource.split(":")[2] if resource.startswith("arn:") else "resource"
    question = {"subject": subject_of(subject), "action": {"name": action},
                "resource": {"type": kind or "resource", "id": resource}}
    if context is not None:
        question["context"] = context
    return question


def reason_of(answer):
    """The reason word of an answer, letters only and lower case: allow, explicitdeny, implicitdeny."""
    reason = answer.get("context", {}).get("reason")
    if isinstance(reason, dict):
        reason = reason.get("decision") or reason.get("code") or json.dumps(reason)
    return "".join(c for c in str(reason).lower() if c.isalpha())
