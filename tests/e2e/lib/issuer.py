# SPDX-License-Identifier: Apache-2.0
"""An OpenID Connect provider on loopback: its keys, its documents, and tokens that it signs.

What it answers can be replaced path by path, for a provider that is down, slow or hostile.
"""

import base64
import collections
import datetime
import hashlib
import http.server
import ipaddress
import json
import pathlib
import shutil
import ssl
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.x509.oid import NameOID

CONFIGURATION = "/.well-known/openid-configuration"


def b64(data):
    if isinstance(data, (dict, list)):
        data = json.dumps(data, separators=(",", ":"))
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, width=None):
    return b64(value.to_bytes(width or (value.bit_length() + 7) // 8, "big"))


class Key:
    """One signing key, and what is published of it."""

    HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
    CURVES = {"ES256": (ec.SECP256R1, "P-256", 32), "ES384": (ec.SECP384R1, "P-384", 48),
              "ES512": (ec.SECP521R1, "P-521", 66)}

    def __init__(self, alg="RS256", kid="k1"):
        self.alg, self.kid = alg, kid
        if alg in self.CURVES:
            self.private = ec.generate_private_key(self.CURVES[alg][0]())
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    def jwk(self):
        public = self.private.public_key().public_numbers()
        jwk = {"kid": self.kid, "use": "sig", "alg": self.alg}
        if self.alg in self.CURVES:
            _, name, width = self.CURVES[self.alg]
            return dict(jwk, kty="EC", crv=name, x=number(public.x, width),
                        y=number(public.y, width))
        return dict(jwk, kty="RSA", n=number(public.n), e=number(public.e))

    def sign(self, claims, header=None):
        head = {"alg": self.alg, "kid": self.kid, "typ": "JWT"} if header is None else header
        text = "%s.%s" % (b64(head), b64(claims))
        digest = self.HASHES[self.alg[2:]]()
        if self.alg in self.CURVES:
            width = self.CURVES[self.alg][2]
            r, s = utils.decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(digest)))
            signature = r.to_bytes(width, "big") + s.to_bytes(width, "big")
        elif self.alg[0] == "P":
            signature = self.private.sign(
                text.encode(), padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        else:
            signature = self.private.sign(text.encode(), padding.PKCS1v15(), digest)
        return "%s.%s" % (text, b64(signature))


def certificate(directory, names=("127.0.0.1",)):
    """A self-signed certificate; returns the paths of it and of its key, and its thumbprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp of the tests")])
    now = datetime.datetime.utcnow()
    alternatives = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n)
                    for n in names]
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName(alternatives), False)
            .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
    chain, private = directory / "idp.pem", directory / "idp.key"
    chain.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                          serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()))
    der = cert.public_bytes(serialization.Encoding.DER)
    return chain, private, hashlib.sha1(der).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        self.server.owner.seen.append(self.path)
        answer = self.server.owner.answers.get(path)
        if answer is None:
            self.send(404, b"none")
        elif callable(answer):
            try:
                answer(self)
            except OSError:
                pass  # the client has left
        else:
            self.send(200, json.dumps(answer).encode())

    def send(self, status, body, headers=()):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients that leave are a part of the tests


FREE = collections.defaultdict(list)  # alg -> keys of providers that are gone: two never share one


class Issuer:
    """A provider named https://DOMAIN/PATH, asked at 127.0.0.1:PORT."""

    def __init__(self, domain="idp.example.com", path="", alg="RS256"):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="iamd-idp-"))
        self.chain, self.private, self.thumbprint = certificate(self.home)
        self.domain, self.path = domain, path
        self.url = "https://%s%s" % (domain, path)
        self.key = self.own_key = FREE[alg].pop() if FREE[alg] else Key(alg)
        self.answers, self.seen = {}, []
        self.http = Server(("127.0.0.1", 0), Handler)
        self.http.owner = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.private)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True,
                                               do_handshake_on_connect=False)
        self.base = "https://127.0.0.1:%d" % self.http.server_address[1]
        self.restore()
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def restore(self, *keys):
        """Answers as a provider should, with these keys, or its own."""
        self.answers.clear()
        prefix = self.path.rstrip("/")
        self.answers[prefix + CONFIGURATION] = {"issuer": self.url,
                                                "jwks_uri": self.base + "/jwks"}
        self.answers["/jwks"] = {"keys": [key.jwk() for key in keys or (self.key,)]}

    def options(self, ca=True):
        """What a server is started with that asks this provider."""
        extra = ["--oidc-allow-network", "127.0.0.1",
                 "--oidc-endpoint", "%s=%s" % (self.domain, self.base)]
        return extra + (["--oidc-ca-file", str(self.chain)] if ca else [])

    def claims(self, **more):
        now = int(time.time())
        claims = {"iss": self.url, "sub": "subject", "aud": "app", "iat": now, "exp": now + 300}
        claims.update(more)
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, **more):
        return self.key.sign(self.claims(**more))

    def stop(self):
        """Nobody listens any more."""
        if self.http is not None:
            self.http.shutdown()
            self.http.server_close()
            self.http = None

    def close(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
        if self.own_key:
            FREE[self.own_key.alg].append(self.own_key)
            self.own_key = None
