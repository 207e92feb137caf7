# SPDX-License-Identifier: Apache-2.0
"""The AWS CLI of Debian, unchanged, and curl."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time

from lib import aws_cli, keys
from cases import saml_providers
from lib.case import Failed, allow, deny, document, seconds, trust
from lib.totp import Authenticator, qr_text
from lib.server import ROOT
from lib.wire import question_of


class Cli:
    """Runs aws with the credentials of one caller and nothing else from this machine."""

    def __init__(self, t, key_id=None, secret=None, token=None):
        self.t = t
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(t.server.home), "LANG": "C.UTF-8",
                    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                    "AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1",
                    "AWS_ACCESS_KEY_ID": key_id or t.server.key_id,
                    "AWS_SECRET_ACCESS_KEY": secret or t.server.secret, "AWS_PAGER": ""}
        if token:
            self.env["AWS_SESSION_TOKEN"] = token

    def run(self, *words):
        options = ["--endpoint-url", self.t.server.client_url, "--output", "json",
                   "--cli-read-timeout", "60"]
        return aws_cli.run(options + [str(word) for word in words], self.env)

    def __call__(self, *words):
        done = self.run(*words)
        if done.returncode != 0:
            raise Failed("aws %s: %s" % (" ".join(map(str, words)), done.stderr.strip()))
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, code, *words):
        done = self.run(*words)
        text = done.stderr.strip()
        self.t.true(done.returncode != 0 and "(%s)" % code in text,
                    "aws %s: want %s, got %d %s%s" % (" ".join(map(str, words)), code,
                                                      done.returncode, text, done.stdout))
        return text

    def login(self, name):
        key = self("iam", "create-access-key", "--user-name", name)["AccessKey"]
        return Cli(self.t, key["AccessKeyId"], key["SecretAccessKey"])


@seconds(300)
def test_users_groups_and_policies(t):
    aws = Cli(t)
    name, group = t.name("alice"), t.name("devs")
    t.equal(aws("sts", "get-caller-identity")["Arn"], "arn:aws:iam::%s:root" % t.account)
    user = aws("iam", "create-user", "--user-name", name, "--path", "/dev/", "--tags",
               "Key=team,Value=blue", "Key=empty,Value=")["User"]
    t.equal(user["Arn"], "arn:aws:iam::%s:user/dev/%s" % (t.account, name))
    aws("iam", "create-group", "--group-name", group)
    aws("iam", "add-user-to-group", "--group-name", group, "--user-name", name)
    t.equal(len(aws("iam", "get-group", "--group-name", group)["Users"]), 1)
    text = document(allow("iam:Get*"), allow("iam:List*"))
    policy = aws("iam", "create-policy", "--policy-name", t.name("readers"), "--policy-document",
                 text)["Policy"]["Arn"]
    aws("iam", "attach-group-policy", "--group-name", group, "--policy-arn", policy)
    aws("iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document",
        document(deny("iam:ListRoles")))
    got = aws("iam", "get-user-policy", "--user-name", name, "--policy-name", "p")
    t.equal(got["PolicyDocument"], json.loads(document(deny("iam:ListRoles"))))
    alice = aws.login(name)
    t.equal(alice("sts", "get-caller-identity")["UserId"], user["UserId"])
    t.equal(alice("iam", "get-user")["User"]["UserName"], name)
    alice("iam", "list-users")
    text = alice.refused("AccessDenied", "iam", "create-user", "--user-name", t.name("x"))
    t.contains(text, "is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::%s:user/"
               % t.account)
    alice.refused("AccessDenied", "iam", "list-roles")
    aws("iam", "create-policy-version", "--policy-arn", policy, "--set-as-default",
        "--policy-document", document(allow("iam:ListGroups")))
    alice.refused("AccessDenied", "iam", "list-users")
    t.equal(aws("iam", "get-policy-version", "--policy-arn", policy, "--version-id", "v2")
            ["PolicyVersion"]["Document"]["Statement"][0]["Action"], "iam:ListGroups")
    aws.refused("DeleteConflict", "iam", "delete-user", "--user-name", name)
    aws.refused("EntityAlreadyExists", "iam", "create-user", "--user-name", name)
    aws.refused("NoSuchEntity", "iam", "get-user", "--user-name", "nobody")
    aws.refused("ValidationError", "iam", "create-user", "--user-name", "bad name")
    aws.refused("MalformedPolicyDocument", "iam", "put-user-policy", "--user-name", name,
                "--policy-name", "q", "--policy-document", "{}")


@seconds(200)
def test_login_profiles(t):
    aws = Cli(t)
    name = t.name("alice")
    who = ("--user-name", name)
    aws("iam", "create-user", *who)
    text = aws.refused("PasswordPolicyViolation", "iam", "create-login-profile", *who, "--password",
                       "Abc123!")
    t.contains(text, "Password should have a minimum length of 8")
    made = aws("iam", "create-login-profile", *who, "--password", "Correct horse 1",
               "--password-reset-required")["LoginProfile"]
    t.equal((made["UserName"], made["PasswordResetRequired"]), (name, True))
    aws("iam", "update-login-profile", *who, "--password", "Correct horse 2",
        "--no-password-reset-required")
    t.equal(aws("iam", "get-login-profile", *who)["LoginProfile"],
            dict(made, PasswordResetRequired=False))
    aws.refused("EntityAlreadyExists", "iam", "create-login-profile", *who, "--password",
                "Correct horse 3")
    aws("iam", "delete-login-profile", *who)
    text = aws.refused("NoSuchEntity", "iam", "delete-login-profile", *who)
    t.contains(text, "Cannot find Login Profile for User " + name)


@seconds(200)
def test_preferences_of_sts(t):
    aws = Cli(t)
    for name, number in (("v2Token", 2), ("v1Token", 1)):
        aws("iam", "set-security-token-service-preferences", "--global-endpoint-token-version", name)
        t.equal(aws("iam", "get-account-summary")["SummaryMap"]["GlobalEndpointTokenVersion"], number)


@seconds(200)
def test_passwords_and_service_credentials(t):
    aws = Cli(t)
    name = t.name("alice")
    who = ("--user-name", name)
    aws("iam", "create-user", *who)
    text = aws.refused("InvalidUserType", "iam", "change-password", "--old-password", "Correct 1",
                       "--new-password", "Correct 2")
    t.contains(text, "Only IAM Users can change their own password")
    made = aws("iam", "create-service-specific-credential", *who, "--service-name",
               "codecommit.amazonaws.com")["ServiceSpecificCredential"]
    t.equal(made["ServiceUserName"], "%s-at-%s" % (name, t.account))
    which = ("--service-specific-credential-id", made["ServiceSpecificCredentialId"], *who)
    aws("iam", "update-service-specific-credential", *which, "--status", "Inactive")
    again = aws("iam", "reset-service-specific-credential", *which)["ServiceSpecificCredential"]
    t.true(again["ServicePassword"] != made["ServicePassword"], "the same password")
    rows = aws("iam", "list-service-specific-credentials", *who)["ServiceSpecificCredentials"]
    t.equal([row["Status"] for row in rows], ["Inactive"])
    aws("iam", "delete-service-specific-credential", *which)
    aws.refused("NoSuchEntity", "iam", "delete-service-specific-credential", *which)


@seconds(200)
def test_last_accessed(t):
    aws = Cli(t)
    name = t.name("alice")
    arn = aws("iam", "create-user", "--user-name", name)["User"]["Arn"]
    aws("iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document",
        document(allow("s3:*")))
    job = ("--job-id", aws("iam", "generate-service-last-accessed-details", "--arn", arn,
                           "--granularity", "SERVICE_LEVEL")["JobId"])
    got = aws("iam", "get-service-last-accessed-details", *job)
    while got["JobStatus"] == "IN_PROGRESS":
        got = aws("iam", "get-service-last-accessed-details", *job)
    t.equal([s["ServiceNamespace"] for s in got["ServicesLastAccessed"]], ["s3"])
    who = aws("iam", "get-service-last-accessed-details-with-entities", "--service-namespace", "s3",
              *job)
    t.equal([e["EntityInfo"]["Name"] for e in who["EntityDetailsList"]], [name])
    granting = aws("iam", "list-policies-granting-service-access", "--arn", arn,
                   "--service-namespaces", "s3", "ec2")["PoliciesGrantingServiceAccess"]
    t.equal([(e["ServiceNamespace"], len(e["Policies"])) for e in granting], [("s3", 1), ("ec2", 0)])
    aws.refused("AccessDenied", "iam", "generate-organizations-access-report", "--entity-path",
                "o-a1b2c3d4e5/r-ab12")
    aws.refused("NoSuchEntity", "iam", "get-organizations-access-report", *job)


@seconds(200)
def test_the_credential_report(t):
    aws = Cli(t)
    while aws("iam", "generate-credential-report")["State"] != "COMPLETE":
        time.sleep(0.2)
    report = aws("iam", "get-credential-report")
    t.contains(base64.b64decode(report["Content"]).decode(), "<root_account>,arn:aws:iam::")
    t.equal(report["ReportFormat"], "text/csv")


@seconds(200)
def test_the_account(t):
    aws = Cli(t)
    alias = t.name("an-alias").lower()
    aws("iam", "create-account-alias", "--account-alias", alias)
    t.equal(aws("iam", "list-account-aliases"), {"AccountAliases": [alias]})
    aws.refused("EntityAlreadyExists", "iam", "create-account-alias", "--account-alias", alias)
    aws("iam", "delete-account-alias", "--account-alias", alias)
    aws.refused("NoSuchEntity", "iam", "delete-account-alias", "--account-alias", alias)
    aws("iam", "update-account-password-policy", "--minimum-password-length", "14",
        "--require-symbols", "--max-password-age", "90", "--password-reuse-prevention", "5")
    policy = aws("iam", "get-account-password-policy")["PasswordPolicy"]
    t.equal(policy, {"MinimumPasswordLength": 14, "RequireSymbols": True, "RequireNumbers": False,
                     "RequireUppercaseCharacters": False, "RequireLowercaseCharacters": False,
                     "AllowUsersToChangePassword": False, "ExpirePasswords": True,
                     "MaxPasswordAge": 90, "PasswordReusePrevention": 5})
    aws("iam", "delete-account-password-policy")
    aws.refused("NoSuchEntity", "iam", "get-account-password-policy")
    summary = aws("iam", "get-account-summary")["SummaryMap"]
    t.equal((len(summary), summary["UsersQuota"]), (34, 5000))
    name = t.name("alice")
    aws("iam", "create-user", "--user-name", name)
    aws("iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document",
        document(allow("s3:*")))
    details = aws("iam", "get-account-authorization-details", "--filter", "User")["UserDetailList"]
    found = next(user for user in details if user["UserName"] == name)
    t.equal(found["UserPolicyList"],
            [{"PolicyName": "p", "PolicyDocument": json.loads(document(allow("s3:*")))}])


@seconds(200)
def test_ssh_public_keys(t):
    aws = Cli(t)
    name = t.name("alice")
    line, fingerprint = keys.ssh_key(keys.private_key())
    aws("iam", "create-user", "--user-name", name)
    made = aws("iam", "upload-ssh-public-key", "--user-name", name, "--ssh-public-key-body",
               line)["SSHPublicKey"]
    t.equal(made["Fingerprint"], fingerprint)
    key = ("--user-name", name, "--ssh-public-key-id", made["SSHPublicKeyId"])
    got = aws("iam", "get-ssh-public-key", *key, "--encoding", "PEM")["SSHPublicKey"]
    t.equal(got["SSHPublicKeyBody"], keys.public_key(keys.private_key()))
    rows = aws("iam", "list-ssh-public-keys", "--user-name", name)["SSHPublicKeys"]
    t.equal([row["SSHPublicKeyId"] for row in rows], [made["SSHPublicKeyId"]])
    aws("iam", "update-ssh-public-key", *key, "--status", "Inactive")
    aws("iam", "delete-ssh-public-key", *key)
    aws.refused("NoSuchEntity", "iam", "delete-ssh-public-key", *key)


@seconds(200)
def test_signing_certificates(t):
    aws = Cli(t)
    name = t.name("alice")
    body = keys.certificate("ec:P-256", 30)[0]
    aws("iam", "create-user", "--user-name", name)
    made = aws("iam", "upload-signing-certificate", "--user-name", name, "--certificate-body",
               body)["Certificate"]
    t.equal(made["CertificateId"], keys.certificate_id(body))
    cert = ("--user-name", name, "--certificate-id", made["CertificateId"])
    aws("iam", "update-signing-certificate", *cert, "--status", "Inactive")
    rows = aws("iam", "list-signing-certificates", "--user-name", name)["Certificates"]
    t.equal(rows, [dict(made, Status="Inactive")])
    aws("iam", "delete-signing-certificate", *cert)
    aws.refused("NoSuchEntity", "iam", "delete-signing-certificate", *cert)
    aws.refused("MalformedCertificate", "iam", "upload-signing-certificate", "--user-name", name,
                "--certificate-body", "none")


@seconds(300)
def test_simulation(t):
    aws = Cli(t)
    name = t.name("alice")
    arn = aws("iam", "create-user", "--user-name", name)["User"]["Arn"]
    text = document(allow("s3:GetObject", Condition={"Null": {"aws:PrincipalTag/a": "true"}}))
    aws("iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document", text)
    got = aws("iam", "simulate-principal-policy", "--policy-source-arn", arn, "--action-names",
              "s3:GetObject", "--resource-arns", "arn:aws:s3:::b/k")["EvaluationResults"]
    t.equal([row["EvalDecision"] for row in got], ["allowed"])
    t.equal(got[0]["MatchedStatements"][0]["SourcePolicyId"], "user_%s_p" % name)
    got = aws("iam", "simulate-custom-policy", "--policy-input-list", text, "--action-names",
              "s3:GetObject", "--context-entries",
              "ContextKeyName=aws:PrincipalTag/a,ContextKeyValues=b,ContextKeyType=string")
    t.equal(got["EvaluationResults"][0]["EvalDecision"], "implicitDeny")
    for args in (("custom-policy", "--policy-input-list", text),
                 ("principal-policy", "--policy-source-arn", arn)):
        t.equal(aws("iam", "get-context-keys-for-" + args[0], *args[1:])["ContextKeyNames"],
                ["aws:PrincipalTag/a"])


@seconds(300)
def test_mfa_devices(t):
    aws = Cli(t)
    name = t.name("alice")
    aws("iam", "create-user", "--user-name", name)
    picture = pathlib.Path(t.server.home) / "qr.png"
    made = aws("iam", "create-virtual-mfa-device", "--virtual-mfa-device-name", "phone",
               "--outfile", str(picture), "--bootstrap-method", "QRCodePNG")["VirtualMFADevice"]
    serial = made["SerialNumber"]
    text = qr_text(picture.read_bytes())
    t.contains(text, "otpauth://totp/phone@%s?secret=" % t.account)
    app = Authenticator(text.partition("secret=")[2])

    def codes():
        pair = app.pair()
        return ("--authentication-code1", pair["AuthenticationCode1"],
                "--authentication-code2", pair["AuthenticationCode2"])

    who = ("--user-name", name, "--serial-number", serial)
    aws("iam", "enable-mfa-device", *who, *codes())
    aws("iam", "resync-mfa-device", *who, *codes())
    t.equal([device["SerialNumber"] for device in
             aws("iam", "list-mfa-devices", "--user-name", name)["MFADevices"]], [serial])
    listed = aws("iam", "list-virtual-mfa-devices", "--assignment-status", "Assigned")
    t.equal([device["User"]["UserName"] for device in listed["VirtualMFADevices"]], [name])
    device = ("--serial-number", serial)
    aws("iam", "tag-mfa-device", *device, "--tags", "Key=a,Value=1", "Key=b,Value=2")
    aws("iam", "untag-mfa-device", *device, "--tag-keys", "a")
    t.equal(aws("iam", "list-mfa-device-tags", *device)["Tags"], [{"Key": "b", "Value": "2"}])
    aws.refused("DeleteConflict", "iam", "delete-virtual-mfa-device", *device)
    aws("iam", "deactivate-mfa-device", *who)
    aws("iam", "delete-virtual-mfa-device", *device)
    aws.refused("NoSuchEntity", "iam", "delete-virtual-mfa-device", *device)


@seconds(300)
def test_server_certificates(t):
    aws = Cli(t)
    name = t.name("web")
    who = ("--server-certificate-name", name)
    files = [str(ROOT / "tests/vectors/pki" / file) for file in ("leaf.pem", "leaf.key", "inter.pem")]
    made = aws("iam", "upload-server-certificate", *who, "--certificate-body", "file://" + files[0],
               "--private-key", "file://" + files[1], "--certificate-chain", "file://" + files[2],
               "--path", "/cloudfront/", "--tags", "Key=team,Value=blue")
    t.equal(made["Tags"], [{"Key": "team", "Value": "blue"}])
    got = aws("iam", "get-server-certificate", *who)["ServerCertificate"]
    t.equal(got["ServerCertificateMetadata"], made["ServerCertificateMetadata"])
    t.equal(got["CertificateChain"], keys.vector("inter.pem"))
    aws("iam", "tag-server-certificate", *who, "--tags", "Key=a,Value=b")
    aws("iam", "untag-server-certificate", *who, "--tag-keys", "team")
    t.equal(aws("iam", "list-server-certificate-tags", *who)["Tags"], [{"Key": "a", "Value": "b"}])
    aws("iam", "update-server-certificate", *who, "--new-path", "/x/")
    rows = aws("iam", "list-server-certificates", "--path-prefix", "/x/")
    t.equal([row["ServerCertificateName"] for row in rows["ServerCertificateMetadataList"]], [name])
    aws.refused("KeyPairMismatch", "iam", "upload-server-certificate", *who, "--certificate-body",
                "file://" + str(ROOT / "tests/vectors/pki/ec.pem"), "--private-key",
                "file://" + files[1])
    aws("iam", "delete-server-certificate", *who)
    aws.refused("NoSuchEntity", "iam", "delete-server-certificate", *who)


@seconds(300)
def test_roles_and_sessions(t):
    aws = Cli(t)
    caller, role = t.name("bob"), t.name("worker")
    aws("iam", "create-user", "--user-name", caller)
    text = trust({"AWS": "arn:aws:iam::%s:root" % t.account}, Condition={
        "StringEquals": {"sts:ExternalId": "seven"}})
    made = aws("iam", "create-role", "--role-name", role, "--assume-role-policy-document", text,
               "--max-session-duration", "7200", "--description", "works")["Role"]
    t.equal(made["AssumeRolePolicyDocument"], json.loads(text))
    aws("iam", "put-role-policy", "--role-name", role, "--policy-name", "p", "--policy-document",
        document(allow("iam:ListUsers"), allow("iam:ListGroups")))
    aws("iam", "put-user-policy", "--user-name", caller, "--policy-name", "p", "--policy-document",
        document(allow("sts:AssumeRole", made["Arn"])))
    bob = aws.login(caller)
    assume = ("sts", "assume-role", "--role-arn", made["Arn"], "--role-session-name", "night")
    bob.refused("AccessDenied", *assume)
    keys = bob(*assume, "--external-id", "seven", "--policy", document(allow("iam:ListUsers")),
               "--duration-seconds", "900")["Credentials"]
    session = Cli(t, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    t.contains(session("sts", "get-caller-identity")["Arn"], ":assumed-role/%s/night" % role)
    session("iam", "list-users")
    text = session.refused("AccessDenied", "iam", "list-groups")
    t.contains(text, "session policy")
    Cli(t, keys["AccessKeyId"], keys["SecretAccessKey"]).refused(
        "InvalidClientTokenId", "iam", "list-users")


@seconds(200)
def test_the_cli_reads_every_page(t):
    aws = Cli(t)
    path = "/cli/%s/" % t.name("p")
    names = sorted(t.name("page") for _ in range(25))
    for name in names:
        t.root.call("CreateUser", UserName=name, Path=path)
    users = aws("iam", "list-users", "--path-prefix", path, "--page-size", "7")["Users"]
    t.equal([user["UserName"] for user in users], names)
    part = aws("iam", "list-users", "--path-prefix", path, "--max-items", "4")
    t.equal(len(part["Users"]), 4)
    rest = aws("iam", "list-users", "--path-prefix", path, "--starting-token", part["NextToken"])
    t.equal(len(rest["Users"]), 21)


@seconds(200)
def test_a_document_from_a_file(t):
    aws = Cli(t)
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=t.server.home) as file:
        file.write('{\n  "Version": "2012-10-17",\n  "Statement": [{"Effect": "Allow",\n'
                   '    "Action": "s3:*", "Resource": "arn:aws:s3:::b/a b+c%20/*"}]\n}\n')
        file.flush()
        arn = aws("iam", "create-policy", "--policy-name", t.name("file"), "--policy-document",
                  "file://" + file.name)["Policy"]["Arn"]
    got = aws("iam", "get-policy-version", "--policy-arn", arn, "--version-id", "v1")
    t.equal(got["PolicyVersion"]["Document"]["Statement"][0]["Resource"], "arn:aws:s3:::b/a b+c%20/*")


def curl(*words):
    return subprocess.run(["/usr/bin/curl", "--silent", "--show-error", "--max-time", "60", *words],
                          capture_output=True, text=True, env={"PATH": os.environ["PATH"]},
                          stdin=subprocess.DEVNULL)


def test_curl_fetches_a_presigned_url(t):
    user = t.user("alice")
    target = user.client.signer("sts").presign(
        t.server.host_header, "Action=GetCallerIdentity&Version=2011-06-15")
    done = curl("--fail", t.server.url + target)
    t.equal(done.returncode, 0, done.stderr)
    t.contains(done.stdout, "<Arn>%s</Arn>" % user.arn)
    done = curl("--write-out", "%{http_code}", t.server.url + target + "0")
    t.contains(done.stdout, "403")


def test_curl_signs_for_itself(t):
    user = t.user("alice", [allow("s3:GetObject")])
    asker = t.user("service", [allow("iamd:Evaluate")])
    question = json.dumps(question_of(user.arn, "s3:GetObject", "arn:aws:s3:::bucket/key"))
    done = curl("--fail", "--user", "%s:%s" % (asker.key_id, asker.client.secret), "--aws-sigv4",
                "aws:amz:us-east-1:iamd", "--header", "Content-Type: application/json", "--data",
                question, t.server.url + "/access/v1/evaluation")
    t.equal(done.returncode, 0, done.stderr)
    t.decision(json.loads(done.stdout), True, "allow")
    done = curl("--fail", "--user", "%s:%s" % (t.server.key_id, t.server.secret), "--aws-sigv4",
                "aws:amz:us-east-1:sts", "--header", "Content-Type: application/x-www-form-urlencoded",
                "--data", "Action=GetCallerIdentity&Version=2011-06-15", t.server.url + "/")
    t.contains(done.stdout, ":root</Arn>")


@seconds(200)
def test_identity_providers(t):
    aws = Cli(t)
    arn = aws("iam", "create-open-id-connect-provider", "--url", "https://cli.example.com",
              "--client-id-list", "a", "--thumbprint-list", "0" * 40)["OpenIDConnectProviderArn"]
    which = ("--open-id-connect-provider-arn", arn)
    aws("iam", "add-client-id-to-open-id-connect-provider", "--client-id", "b", *which)
    aws("iam", "remove-client-id-from-open-id-connect-provider", "--client-id", "a", *which)
    aws("iam", "update-open-id-connect-provider-thumbprint", "--thumbprint-list", "1" * 40, *which)
    aws("iam", "tag-open-id-connect-provider", "--tags", "Key=k,Value=v", *which)
    t.equal(aws("iam", "list-open-id-connect-provider-tags", *which)["Tags"],
            [{"Key": "k", "Value": "v"}])
    aws("iam", "untag-open-id-connect-provider", "--tag-keys", "k", *which)
    got = aws("iam", "get-open-id-connect-provider", *which)
    t.equal((got["Url"], got["ClientIDList"], got["ThumbprintList"], got["Tags"]),
            ("cli.example.com", ["b"], ["1" * 40], []))
    t.true({"Arn": arn} in aws("iam", "list-open-id-connect-providers")[
        "OpenIDConnectProviderList"], "it is listed")
    aws.refused("InvalidInput", "iam", "create-open-id-connect-provider", "--url",
                "https://cli.example.com/?q", "--thumbprint-list", "0" * 40)
    aws("iam", "delete-open-id-connect-provider", *which)
    aws.refused("NoSuchEntity", "iam", "get-open-id-connect-provider", *which)
    arn = aws("iam", "create-saml-provider", "--name", t.name("cli"), "--saml-metadata-document",
              saml_providers.metadata(), "--tags", "Key=k,Value=v")["SAMLProviderArn"]
    which = ("--saml-provider-arn", arn)
    t.equal(aws("iam", "list-saml-provider-tags", *which)["Tags"], [{"Key": "k", "Value": "v"}])
    aws("iam", "untag-saml-provider", "--tag-keys", "k", *which)
    aws("iam", "tag-saml-provider", "--tags", "Key=l,Value=", *which)
    document = saml_providers.metadata()
    t.equal(aws("iam", "update-saml-provider", "--saml-metadata-document", document, *which),
            {"SAMLProviderArn": arn})
    t.equal(aws("iam", "get-saml-provider", *which)["SAMLMetadataDocument"], document)
    t.true(arn in [one["Arn"] for one in aws("iam", "list-saml-providers")["SAMLProviderList"]],
           "it is listed")
    aws("iam", "delete-saml-provider", *which)
    aws.refused("NoSuchEntity", "iam", "get-saml-provider", *which)


@seconds(300)
@seconds(300)
def test_aws_policies_and_service_roles(t):
    aws = Cli(t)
    name, arn = t.name("alice"), "arn:aws:iam::aws:policy/SecurityAudit"
    aws("iam", "create-user", "--user-name", name, "--permissions-boundary", arn)
    aws("iam", "attach-user-policy", "--user-name", name, "--policy-arn", arn)
    policy = aws("iam", "get-policy", "--policy-arn", arn)["Policy"]
    t.equal((policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]), (1, 1))
    got = aws("iam", "get-policy-version", "--policy-arn", arn, "--version-id",
              policy["DefaultVersionId"])["PolicyVersion"]
    t.true(isinstance(got["Document"]["Statement"], list), "a document that is read")
    aws.refused("AccessDenied", "iam", "delete-policy", "--policy-arn", arn)
    role = aws("iam", "create-service-linked-role", "--aws-service-name", "connect.amazonaws.com",
               "--custom-suffix", "desk", "--description", "takes calls")["Role"]
    t.equal(role["RoleName"], "AWSServiceRoleForAmazonConnect_desk")
    task = aws("iam", "delete-service-linked-role", "--role-name", role["RoleName"])
    t.equal(aws("iam", "get-service-linked-role-deletion-status", "--deletion-task-id",
                task["DeletionTaskId"]), {"Status": "SUCCEEDED"})


def test_details_of_a_denial_and_whose_a_key_is(t):
    cli = Cli(t)
    user = t.user("denied")
    question = dict(question_of(user.arn, "ec2:StopInstances", "*"), options={"encode_denials": True})
    answer = t.root.post_json("/access/v1/evaluation", question).json()
    decoded = cli("sts", "decode-authorization-message", "--encoded-message",
                  answer["context"]["encoded_message"])
    t.equal(json.loads(decoded["DecodedMessage"])["context"]["action"], "ec2:StopInstances")
    cli.refused("InvalidAuthorizationMessageException", "sts", "decode-authorization-message",
                "--encoded-message", "AQAB")
    t.equal(cli("sts", "get-access-key-info", "--access-key-id", user.key_id), {"Account": t.account})
