# SPDX-License-Identifier: Apache-2.0
"""Sessions as boto3 and the AWS CLI of Debian get them, unchanged: by call, and by the profiles of
their configuration, at AWS's own addresses."""

import json
import pathlib

import botocore.exceptions

from cases.sts_sessions import Phone
from lib import aws_cli, boto
from lib.case import Failed, allow, document, seconds, trust
from lib.gateway import Gateway

REGION = "eu-west-1"


def sts_of(t, key_id, secret, token=None, service="sts"):
    return boto.client(t.server.client_url, service, key_id, secret, token, REGION)


def of(t, made, service="sts"):
    keys = made["Credentials"]
    return sts_of(t, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], service)


def refused(t, code, function, **params):
    try:
        result = function(**params)
    except botocore.exceptions.ClientError as error:
        t.equal(error.response["Error"]["Code"], code)
        return error
    raise Failed("was not refused: %r" % result)


@seconds(100)
def test_boto3(t):
    user = t.user("ann", [allow("*")])
    phone = Phone(t, user.name)
    sts = sts_of(t, user.key_id, user.client.secret)
    made = sts.get_session_token(DurationSeconds=900)
    session = of(t, made)
    t.equal(session.get_caller_identity()["Arn"], user.arn)
    refused(t, "InvalidClientTokenId", of(t, made, "iam").list_users)
    refused(t, "AccessDenied", session.get_session_token)
    refused(t, "AccessDenied", session.get_federation_token, Name="bob")
    strong = sts.get_session_token(**phone.codes())
    of(t, strong, "iam").list_users()
    refused(t, "AccessDenied", sts.get_session_token, **phone.wrong())
    made = sts.get_federation_token(Name="bob", Policy=document(allow("s3:*")),
                                    Tags=[{"Key": "team", "Value": "blue"}])
    t.equal(made["FederatedUser"]["Arn"], "arn:aws:sts::%s:federated-user/bob" % t.account)
    t.true(isinstance(made["PackedPolicySize"], int), "PackedPolicySize")
    t.equal(of(t, made).get_caller_identity()["Arn"], made["FederatedUser"]["Arn"])
    error = refused(t, "PackedPolicyTooLarge", sts.get_federation_token, Name="bob", Tags=[
        {"Key": "%02d%s" % (n, "k" * 126), "Value": "v" * 256} for n in range(50)])
    t.true(isinstance(error, sts.exceptions.PackedPolicyTooLargeException), "class of the error")


class Home:
    """A user's configuration of the CLI, and nothing else of this machine."""

    def __init__(self, t, gateway, config, credentials):
        self.t = t
        self.place = pathlib.Path(t.server.home) / t.name("aws")
        self.place.mkdir()
        (self.place / "config").write_text(config, encoding="utf-8")
        (self.place / "credentials").write_text(credentials, encoding="utf-8")
        self.env = dict(gateway.env, PATH="/usr/bin:/bin", HOME=str(self.place), LANG="C.UTF-8",
                        AWS_CONFIG_FILE=str(self.place / "config"), AWS_PAGER="",
                        AWS_SHARED_CREDENTIALS_FILE=str(self.place / "credentials"),
                        AWS_EC2_METADATA_DISABLED="true", AWS_DEFAULT_REGION=REGION)

    def run(self, profile, *words, typed=""):
        return aws_cli.run(["--profile", profile, "--output", "json", *words], self.env, typed)

    def __call__(self, profile, *words, typed=""):
        done = self.run(profile, *words, typed=typed)
        if done.returncode != 0:
            raise Failed("aws --profile %s %s: %s" % (profile, " ".join(words), done.stderr.strip()))
        return json.loads(done.stdout)

    def arn(self, profile, typed=""):
        return self(profile, "sts", "get-caller-identity", typed=typed)["Arn"]


PROCESS = """#!/bin/sh
exec aws --profile base --output json sts get-session-token --query \
    '{Version: `1`, AccessKeyId: Credentials.AccessKeyId, SecretAccessKey: Credentials.SecretAccessKey, \
SessionToken: Credentials.SessionToken, Expiration: Credentials.Expiration}'
"""


@seconds(100)
def test_profiles_of_the_cli(t):
    user = t.user("ann", [allow("sts:AssumeRole")])
    phone = Phone(t, user.name)
    _, plain = t.role("plain", policy=[allow("iam:ListUsers")], AssumeRolePolicyDocument=trust(
        {"AWS": user.arn}, Condition={"StringEquals": {"sts:ExternalId": "seven"}}))
    _, strong = t.role("strong", policy=[allow("iam:ListUsers")], AssumeRolePolicyDocument=trust(
        {"AWS": user.arn}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    name, chained = t.role("chained", AssumeRolePolicyDocument=trust({"AWS": plain}))
    script = pathlib.Path(t.server.home) / t.name("process")
    script.write_text(PROCESS, encoding="utf-8")
    script.chmod(0o700)
    config = "\n".join((
        "[profile plain]", "role_arn = " + plain, "source_profile = base", "external_id = seven",
        "role_session_name = from-cli", "duration_seconds = 900",
        "[profile chained]", "role_arn = " + chained, "source_profile = plain",
        "[profile strong]", "role_arn = " + strong, "source_profile = base",
        "mfa_serial = " + phone.serial, "role_session_name = with-mfa",
        "[profile process]", "credential_process = " + str(script), ""))
    credentials = "[base]\naws_access_key_id = %s\naws_secret_access_key = %s\n" % (
        user.key_id, user.client.secret)
    with Gateway(t.server) as gateway:
        aws = Home(t, gateway, config, credentials)
        t.equal(aws.arn("base"), user.arn)
        t.contains(aws.arn("plain"), ":assumed-role/plain")
        t.contains(aws.arn("plain"), "/from-cli")
        aws("plain", "iam", "list-users")
        t.contains(aws.arn("chained"), ":assumed-role/%s/" % name)
        t.equal(aws.arn("process"), user.arn)
        done = aws.run("strong", "sts", "get-caller-identity", typed="000000\n")
        t.contains(done.stderr, "MultiFactorAuthentication failed with invalid MFA one time pass code")
        code = phone.codes()["TokenCode"]
        t.contains(aws.arn("strong", typed=code + "\n"), "/with-mfa")
        # kept by the CLI, as its users have it: it does not ask again
        aws("strong", "iam", "list-users")
        made = aws("base", "sts", "get-session-token", "--duration-seconds", "900")
        t.true(made["Credentials"]["AccessKeyId"].startswith("ASIA"), made["Credentials"])
        done = aws.run("base", "sts", "get-federation-token", "--name", "bob")
        t.contains(done.stderr, "(AccessDenied)")
    t.root.call("PutUserPolicy", UserName=user.name, PolicyName="more",
                PolicyDocument=document(allow("sts:GetFederationToken")))
    with Gateway(t.server) as gateway:
        aws = Home(t, gateway, config, credentials)
        made = aws("base", "sts", "get-federation-token", "--name", "bob", "--policy",
                   document(allow("s3:*")))
        t.contains(made["FederatedUser"]["Arn"], ":federated-user/bob")
