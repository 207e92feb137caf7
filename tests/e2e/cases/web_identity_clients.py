# SPDX-License-Identifier: Apache-2.0
"""Web identities with programs of others, unchanged: oidc-provider issues the tokens, and the AWS CLI,
boto3 and the JavaScript SDK bring them, each in the way in which it finds them by itself.

The CLI and boto3 of Debian ask sts.eu-west-1.amazonaws.com whatever endpoint they are given for other
calls: a proxy on loopback leads them to the server, which has a certificate for that name.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.parse
import urllib.request

import boto3
import botocore
import botocore.config

from cases.sdk_cli import Cli
from cases.web_identity import Place
from lib import aws_cli
from lib.case import Failed
from lib.issuer import Issuer, certificate
from lib.server import ROOT

SERVER = None
HOST = "sts.eu-west-1.amazonaws.com"


class Foreign(Issuer):
    """The provider is the npm package oidc-provider; tokens come from its token endpoint."""

    def __init__(self):
        super().__init__()
        self.stop()
        node = shutil.which("node", path="/usr/bin:/usr/local/bin:/bin")
        self.process = subprocess.Popen(
            [node, "provider.mjs", str(self.chain), str(self.private), self.url],
            cwd=ROOT / "tests/e2e/js", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.base = "https://127.0.0.1:%d" % json.loads(self.process.stdout.readline())["port"]

    def ask(self, resource="urn:iamd:rs"):
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": "machine", "resource": resource,
            "client_secret": "secret-of-the-tests"}).encode()
        context = ssl.create_default_context(cafile=str(self.chain))
        with urllib.request.urlopen(self.base + "/token", form, 30, context=context) as answer:
            return json.load(answer)["access_token"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        super().close()


class Proxy:
    """Leads every connection to one port, whatever it was for."""

    def __init__(self, port):
        self.port = port
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.lead, args=(client,), daemon=True).start()

    def lead(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        with client, socket.create_connection(("127.0.0.1", self.port)) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(server, client), daemon=True)
            back.start()
            self.copy(client, server)
            back.join(30)

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.sock.close()


def token_file(t, token):
    path = t.server.home / "token"
    path.write_text(token)
    return str(path)


def test_tokens_of_another_program(t):
    p = Place(t, Foreign())
    for resource in ("urn:iamd:rs", "urn:iamd:es"):
        answer = p.assume(p.issuer.ask(resource))
        t.equal((answer["SubjectFromWebIdentityToken"], answer["Audience"]), ("machine", "app"))
    p.client(answer).call("ListRoles")


def test_cli_and_boto3_by_name(t):
    p = Place(t, Foreign())
    token = p.issuer.ask()
    words = ["--role-arn", p.role, "--role-session-name", "cli", "--web-identity-token"]
    cli = Cli(t)
    answer = cli("sts", "assume-role-with-web-identity", *words, token)
    t.equal((answer["Provider"], answer["Audience"]), (p.arn, "app"))
    c = answer["Credentials"]
    who = Cli(t, c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])
    t.equal(who("sts", "get-caller-identity")["Arn"], answer["AssumedRoleUser"]["Arn"])
    cli.refused("InvalidIdentityToken", "sts", "assume-role-with-web-identity", *words, "abcd")
    unsigned = boto3.client("sts", region_name="eu-west-1", endpoint_url=t.server.client_url,
                            config=botocore.config.Config(signature_version=botocore.UNSIGNED))
    answer = unsigned.assume_role_with_web_identity(
        RoleArn=p.role, RoleSessionName="boto", WebIdentityToken=token, DurationSeconds=900)
    t.equal(answer["SubjectFromWebIdentityToken"], "machine")


def by_themselves(t):
    """A server with a certificate for STS's name, a proxy to it, and the environment of a client."""
    issuer = Foreign()
    t.own.append(issuer)
    home = issuer.home / "sts"
    home.mkdir()
    chain, key, _ = certificate(home, (HOST, "127.0.0.1"))
    os.chmod(key, 0o600)
    p = Place(t, issuer, options=issuer.options() + ["--tls-cert", str(chain), "--tls-key",
                                                     str(key)], tls=True)
    proxy = Proxy(t.server.port)
    t.own.append(proxy)
    return p, {"PATH": "/usr/bin:/bin", "HOME": str(t.server.home), "LANG": "C.UTF-8",
               "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "", "AWS_CA_BUNDLE": str(chain),
               "AWS_DEFAULT_REGION": "eu-west-1", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
               "AWS_STS_REGIONAL_ENDPOINTS": "regional", "HTTPS_PROXY": proxy.url}


def test_cli_profile_with_a_token_file(t):
    p, env = by_themselves(t)
    config = t.server.home / "config"
    config.write_text("[profile web]\nregion = eu-west-1\nrole_arn = %s\nrole_session_name = cli\n"
                      "web_identity_token_file = %s\n" % (p.role, token_file(t, p.issuer.ask())))
    done = aws_cli.run(["--profile", "web", "sts", "get-caller-identity", "--output", "json"],
                       dict(env, AWS_CONFIG_FILE=str(config)))
    t.equal(done.returncode, 0, done.stderr)
    t.true(json.loads(done.stdout)["Arn"].endswith("/cli"), done.stdout)


def test_boto3_with_a_token_file(t):
    """As in a pod of Kubernetes: the environment has the role and the file."""
    p, env = by_themselves(t)
    script = ("import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])")
    done = subprocess.run(["/usr/bin/python3", "-c", script], env=dict(
        env, AWS_CONFIG_FILE="/dev/null", AWS_ROLE_ARN=p.role, AWS_ROLE_SESSION_NAME="pod",
        AWS_WEB_IDENTITY_TOKEN_FILE=token_file(t, p.issuer.ask("urn:iamd:es"))),
                          capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL,
                          check=False)
    t.equal(done.returncode, 0, done.stderr)
    t.true(done.stdout.strip().endswith("/pod"), done.stdout)


def test_javascript(t):
    p = Place(t, Foreign())
    node = shutil.which("node", path="/usr/bin:/usr/local/bin:/bin")
    done = subprocess.run([node, "web_identity.mjs"], cwd=ROOT / "tests/e2e/js",
                          capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL,
                          check=False, env={
                              "PATH": "/usr/bin:/bin", "HOME": str(t.server.home),
                              "IAMD_URL": t.server.client_url, "AWS_ROLE_ARN": p.role,
                              "AWS_WEB_IDENTITY_TOKEN_FILE": token_file(t, p.issuer.ask())})
    if done.returncode != 0:
        raise Failed(done.stderr[-2000:])
    t.equal(json.loads(done.stdout)["error"], None)
