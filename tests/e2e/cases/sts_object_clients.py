# SPDX-License-Identifier: Apache-2.0
"""Clients of an object store with sessions of STS, unchanged: rclone by the profiles of AWS's
configuration files, and MinIO's client with its provider for STS. What they do with the objects is
decided by iamd, which the store asks (lib/objects.py)."""

import json
import shutil
import subprocess

from cases.web_identity import Place
from lib.case import Failed, allow, seconds, trust
from lib.gateway import Gateway
from lib.objects import Objects
from lib.server import ROOT

SERVER = None
RCLONE = "/usr/bin/rclone"
BUCKET = "arn:aws:s3:::reports"
WORK = (allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": "in/*"}}),
        allow(["s3:GetObject", "s3:PutObject"], BUCKET + "/in/*"))

REMOTE = ("[%s]\ntype = s3\nprovider = Other\nenv_auth = true\nprofile = %s\nendpoint = %s\n"
          "region = eu-west-1\nno_check_bucket = true\n")


def store(t):
    """The service, with one object, asking as a user who may do nothing else."""
    objects = Objects(t.server, t.user("service", [allow("iamd:Evaluate")]).client)
    t.own.append(objects)
    objects.content["reports/in/one"] = b"one"
    return objects


class Rclone:
    """rclone with a user's own configuration: a remote for each profile, at the store's own address, and
    one at AWS's addresses."""

    def __init__(self, t, gateway, objects, config, credentials):
        self.t, self.home = t, t.server.home / "rclone"
        self.home.mkdir()
        for name, text in (("config", config), ("credentials", credentials), ("rclone.conf", "".join(
                REMOTE % (remote, profile, address) for remote, profile, address in (
                    ("aws", "role", ""), ("role", "role", objects.url), ("web", "web", objects.url),
                    ("process", "process", objects.url))))):
            (self.home / name).write_text(text, encoding="utf-8")
        # Go's own variable for the certificate: with AWS_CA_BUNDLE this rclone does not start
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8",
                    "RCLONE_CONFIG": str(self.home / "rclone.conf"),
                    "HTTPS_PROXY": gateway.env["HTTPS_PROXY"],
                    "SSL_CERT_FILE": str(gateway.certificate), "AWS_EC2_METADATA_DISABLED": "true",
                    "AWS_CONFIG_FILE": str(self.home / "config"),
                    "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "credentials")}

    def run(self, *words):
        return subprocess.run([RCLONE, "--retries", "1", "--low-level-retries", "1", *words], env=self.env,
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def __call__(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise Failed("rclone %s: %s" % (" ".join(words), done.stderr.strip()))
        return done.stdout

    def denied(self, *words):
        done = self.run(*words)
        self.t.true(done.returncode != 0 and "status code: 403" in done.stderr, "rclone %s: %d %s%s" % (
            " ".join(words), done.returncode, done.stdout, done.stderr))


def configuration(t, p, objects):
    """AWS's two files, with a profile of each kind that ends in a session of a role."""
    user = t.user("ann", [allow("sts:AssumeRole")])
    _, role = t.role("worker", policy=WORK, AssumeRolePolicyDocument=trust(
        {"AWS": user.arn}, Condition={"StringEquals": {"sts:ExternalId": "seven"}}))
    _, other = t.role("other", principal={"AWS": user.arn}, policy=WORK)
    t.root.call("PutRolePolicy", RoleName=p.role.rpartition("/")[2], PolicyName="p",
                PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": WORK}))
    keys = user.client.call("AssumeRole", RoleArn=other, RoleSessionName="process")["Credentials"]
    objects.secrets[keys["AccessKeyId"]] = keys["SecretAccessKey"]
    told, token = t.server.home / "told", t.server.home / "token"
    told.write_text(json.dumps(dict(keys, Version=1)), encoding="utf-8")
    token.write_text(p.issuer.token(), encoding="utf-8")
    return "\n".join((
        "[profile role]", "role_arn = " + role, "source_profile = base", "external_id = seven",
        "role_session_name = rclone", "[profile web]", "role_arn = " + p.role,
        "web_identity_token_file = " + str(token), "role_session_name = rclone-web",
        "[profile process]", "credential_process = /bin/cat " + str(told), "")), \
        "[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (user.key_id, user.client.secret)


def test_rclone(t):
    """A role with a source profile, a token of an identity provider, a program that hands keys over."""
    p = Place(t)
    objects = store(t)
    config = configuration(t, p, objects)
    with Gateway(t.server, objects) as gateway:
        rclone = Rclone(t, gateway, objects, *config)
        mine = rclone.home / "mine"
        for remote in ("aws", "role", "web", "process"):
            mine.write_text("of " + remote, encoding="utf-8")
            rclone("copyto", str(mine), "%s:reports/in/of %s" % (remote, remote))
            t.equal(objects.content["reports/in/of " + remote], b"of " + remote.encode())
            got = rclone.home / ("got by " + remote)
            rclone("copy", remote + ":reports/in", str(got))
            t.equal({path.name: path.read_bytes() for path in got.iterdir()}, {
                key[len("reports/in/"):]: content for key, content in objects.content.items()})
        rclone.denied("lsf", "web:reports/out")
        rclone.denied("copyto", "--no-check-dest", str(mine), "web:reports/out/two")
        rclone.denied("deletefile", "web:reports/in/one")
    t.equal({key for key in objects.content if "/out/" in key}, set())
    t.true({action for _, action, _, allowed in objects.seen if not allowed} ==
           {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, objects.seen)
    calls = [event for event in t.server.audit() if event.get("userAgent", "").startswith("rclone/")]
    t.equal({event["eventName"] for event in calls}, {"AssumeRole", "AssumeRoleWithWebIdentity"})


@seconds(60)
def test_minio(t):
    """MinIO's provider calls AssumeRole with the port left out of the Host header."""
    t.server = t.start()
    user = t.user("ann", [allow("sts:AssumeRole")])
    _, role = t.role("worker", policy=WORK, AssumeRolePolicyDocument=trust(
        {"AWS": user.arn}, Condition={"StringEquals": {"sts:ExternalId": "seven"}}))
    objects = store(t)
    node = shutil.which("node", path="/usr/bin:/usr/local/bin:/bin")
    done = subprocess.run([node, "objects.mjs"], cwd=ROOT / "tests/e2e/js", capture_output=True, text=True,
                          timeout=50, stdin=subprocess.DEVNULL, env={
                              "PATH": "/usr/bin:/bin", "HOME": str(t.server.home), "IAMD_ROLE": role,
                              "IAMD_URL": t.server.client_url, "IAMD_OBJECTS": objects.url,
                              "AWS_ACCESS_KEY_ID": user.key_id,
                              "AWS_SECRET_ACCESS_KEY": user.client.secret})
    t.equal((done.stdout.strip(), done.stderr), ('{"error":null}', ""))
    t.equal(objects.content["reports/in/of minio"], b"four")
