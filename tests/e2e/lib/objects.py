# SPDX-License-Identifier: Apache-2.0
"""A small store of objects, as S3 speaks: a service that asks iamd about every request it gets, for
clients that have their credentials of STS.

It proves signatures, in headers and in the query string, by the secrets that it overhears where STS
answers; iamd is asked whether the session, by its key and its token, may do what the request is about.
What is for STS it passes on: stores outside of AWS have it at their own address, and rclone looks there.
"""

import hashlib
import hmac
import http.client
import http.server
import re
import threading
import time
import urllib.parse
from email.utils import formatdate

from lib import sigv4
from lib.recorder import SEEN, Tap

ACTIONS = {("GET", False): "s3:ListBucket", ("GET", True): "s3:GetObject", ("HEAD", True): "s3:GetObject",
           ("PUT", True): "s3:PutObject", ("DELETE", True): "s3:DeleteObject"}
CREDENTIALS = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>\s*"
                         rb"<SecretAccessKey>([^<]+)</SecretAccessKey>")
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=(\S+?), ?SignedHeaders=(\S+?), ?Signature=(\w+)")
LIST = ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/'
        '2006-03-01/"><Name>%s</Name><Prefix>%s</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false'
        '</IsTruncated><KeyCount>%d</KeyCount>%s</ListBucketResult>')
ENTRY = ("<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag><Size>%d</Size>"
         "<StorageClass>STANDARD</StorageClass></Contents>")
ERROR = "<Error><Code>%s</Code><Message>%s</Message></Error>"


class Overhearing:
    """Notes what goes through a Tap, as SEEN does, and keeps the secrets of sessions."""

    def __init__(self, secrets):
        self.secrets = secrets

    def note(self, user_agent, body, status, answer):
        SEEN.note(user_agent, body, status, answer)
        for key_id, secret in CREDENTIALS.findall(answer):
            self.secrets[key_id.decode()] = secret.decode()


class Refused(Exception):
    """What the client is told: a status, a code and words."""


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        if self.command == "POST" and self.path == "/":
            self.pass_on()
            return
        path, _, query = self.path.partition("?")
        self.query = urllib.parse.parse_qs(query, keep_blank_values=True)
        bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
        try:
            self.authorize(bucket, key)
            self.act(bucket, key)
        except Refused as error:
            status, code, words = error.args
            self.answer(status, (ERROR % (code, words)).encode())

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = serve

    def pass_on(self):
        """To iamd and back, the Host header as it was, since it is signed."""
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.owner.tap.port, timeout=30)
        upstream.request("POST", "/", self.body, dict(self.headers.items()))
        response = upstream.getresponse()
        self.answer(response.status, response.read())
        upstream.close()

    def parameter(self, name):
        return self.query.get(name, [""])[0]

    def authorize(self, bucket, key):
        action = ACTIONS.get((self.command, bool(key)))
        if action is None:
            raise Refused(501, "NotImplemented", self.command)
        key_id, token = self.prove()
        arn = "arn:aws:s3:::" + bucket + ("/" + key if key else "")
        context = {"aws:SourceIp": self.client_address[0], "aws:SecureTransport": False}
        if not key:
            context["s3:prefix"] = self.parameter("prefix")
        decision = self.server.owner.ask(key_id, token, action, arn, context)
        self.server.owner.seen.append((key_id, action, arn, decision["decision"]))
        if not decision["decision"]:
            raise Refused(403, "AccessDenied", decision["context"]["message"])

    def prove(self):
        """The access key and the token of a request whose signature is that of the key's secret."""
        match = AUTHORIZATION.fullmatch(self.headers.get("Authorization", ""))
        scope, signed, given = match.groups() if match else (self.parameter("X-Amz-" + name) for name in (
            "Credential", "SignedHeaders", "Signature"))
        key_id, _, scope = scope.partition("/")
        secret = self.server.owner.secrets.get(key_id)
        if secret is None:
            raise Refused(403, "InvalidAccessKeyId", "The key is of no session.")
        payload = self.headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        if payload not in ("UNSIGNED-PAYLOAD", hashlib.sha256(self.body).hexdigest()):
            raise Refused(400, "XAmzContentSHA256Mismatch", payload)
        stamp = self.headers.get("x-amz-date") or self.parameter("X-Amz-Date")
        if not hmac.compare_digest(given, self.signature(key_id, secret, scope, signed, stamp, payload)):
            raise Refused(403, "SignatureDoesNotMatch", "The signature is another one.")
        return key_id, self.headers.get("x-amz-security-token") or self.parameter("X-Amz-Security-Token")

    def signature(self, key_id, secret, scope, signed, stamp, payload):
        _, region, service, _ = scope.split("/")
        signer = sigv4.Signer(key_id, secret, None, service, region)
        path, _, query = self.path.partition("?")
        query = "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Signature="))
        names = signed.split(";")
        canonical = "\n".join((
            self.command, sigv4.canonical_path(path, False, False), sigv4.canonical_query(query),
            sigv4.canonical_headers(self.headers.items(), names), signed, payload))
        return signer.signature(stamp, canonical)[0]

    def act(self, bucket, key):
        store = self.server.owner.content
        if self.command == "PUT":
            store[bucket + "/" + key] = self.body
            self.answer(200, etag=self.body)
        elif not key:
            self.answer(200, self.listing(bucket, self.parameter("prefix")).encode())
        elif bucket + "/" + key not in store:
            raise Refused(404, "NoSuchKey", "There is none.")
        else:
            content = store[bucket + "/" + key]
            self.answer(200, content, etag=content)

    def listing(self, bucket, prefix):
        names = sorted(name[len(bucket) + 1:] for name in self.server.owner.content
                       if name.startswith(bucket + "/" + prefix))
        return LIST % (bucket, prefix, len(names), "".join(ENTRY % (
            name, "2026-01-01T00:00:00.000Z", digest(self.server.owner.content[bucket + "/" + name]),
            len(self.server.owner.content[bucket + "/" + name])) for name in names))

    def answer(self, status, content=b"", etag=None):
        self.send_response(status)
        if etag is not None:
            self.send_header("ETag", '"%s"' % digest(etag))
            self.send_header("Last-Modified", formatdate(time.time(), usegmt=True))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


def digest(content):
    return hashlib.md5(content).hexdigest()


class Objects:
    """The service, until close(). seen: (access key, action, ARN, whether it was allowed) in order."""

    def __init__(self, server, asker):
        """asker: a client that may call iamd:Evaluate; server must have had no client_url yet."""
        self.asker = asker
        self.content, self.secrets, self.seen = {}, {}, []
        assert server.tap is None
        server.tap = self.tap = Tap(server, Overhearing(self.secrets))
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self.http.daemon_threads = True
        self.http.owner = self
        self.port = self.http.server_port
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def ask(self, key_id, token, action, arn, context):
        question = {"subject": {"type": "access-key", "id": key_id, "properties": {"session_token": token}},
                    "action": {"name": action}, "resource": {"type": "s3", "id": arn}, "context": context}
        answer = self.asker.post_json("/access/v1/evaluation", question)
        if answer.status != 200:
            raise Refused(500, "InternalError", answer.text)
        return answer.json()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
