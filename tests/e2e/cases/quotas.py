# SPDX-License-Identifier: Apache-2.0
"""The operator sets the quotas: they are listed, set by options and files, and all enforced."""

import base64
import json
import subprocess

from lib import keys, templates
from lib.case import allow, document, trust
from lib.server import Server, ServerFailed
from lib.totp import Authenticator

SERVER = None

READ = json.dumps(json.loads(document(allow("s3:GetObject"))), separators=(",", ":"))
LONGER = json.dumps(json.loads(document(allow("s3:GetObjects"))), separators=(",", ":"))
ARN = "arn:aws:iam::111122223333:policy/p"
SESSION = READ + " " * 9  # white space counts here
TRUST = json.dumps(json.loads(trust({"AWS": "*"}, "sts:*")), separators=(",", ":"))

LOW = {
    "UsersPerAccount": 3, "GroupsPerAccount": 3, "RolesPerAccount": 2, "PoliciesPerAccount": 2,
    "MFADevicesPerAccount": 2, "MFADevicesPerUser": 1,
    "SAMLProvidersPerAccount": 1, "OpenIdConnectProvidersPerAccount": 1,
    "ClientIdsPerOpenIdConnectProvider": 1,
    "InstanceProfilesPerAccount": 1, "InstanceSessionsPerInstanceProfile": 1,
    "GroupsPerUser": 2, "PoliciesPerUser": 1, "PoliciesPerGroup": 1, "PoliciesPerRole": 1,
    "VersionsPerPolicy": 2, "AccessKeysPerUser": 1, "SSHPublicKeysPerUser": 1,
    "CertificatesPerUser": 1, "ServerCertificatesPerAccount": 1, "TagsPerResource": 2,
    "ContextSpecificCredentialsPerUserPerContext": 1, "DelegationRequestsPerAccount": 1,
    "PolicySize": len(READ), "ACLSizePerRole": len(TRUST), "InlinePolicySizePerUser": len(READ),
    "InlinePolicySizePerGroup": len(READ), "InlinePolicySizePerRole": len(READ),
    "SessionPolicySize": len(SESSION) + len(ARN), "SessionPolicyArns": 1, "SessionTags": 1,
}


def listed(*options):
    out = subprocess.run([str(Server.binary), "quotas", *options], check=True, timeout=30,
                         capture_output=True, text=True).stdout.splitlines()
    return {line.split()[0]: [int(value) for value in line.split()[1:]] for line in out[1:]}


def test_the_list(t):
    plain = listed()
    t.equal(set(plain), set(LOW), "the quotas that are listed and those that are tested here")
    for name, (default, highest, in_force) in plain.items():
        t.equal(in_force, default, name)
        t.true(highest >= default, name)
    t.equal(plain["UsersPerAccount"], [5000, 5000, 5000])
    raised = listed("--quota", "UsersPerAccount=1000000", "--quota", "SessionTags=0")
    t.equal(raised["UsersPerAccount"], [5000, 5000, 1000000])
    t.equal(raised["SessionTags"], [50, 50, 0])


class Checker:
    """Makes calls that must each exceed a quota, and remembers which quotas these were."""

    def __init__(self, t, root):
        self.t, self.root, self.seen = t, root, set()

    def too_many(self, quota, action, code="LimitExceeded", client=None, **params):
        self.seen.add(quota)
        self.t.fails(code, (client or self.root).call, action, **params)


def sizes(c):
    c.too_many("PolicySize", "CreatePolicy", PolicyName="q", PolicyDocument=LONGER)
    c.too_many("PolicySize", "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=LONGER)
    c.too_many("ACLSizePerRole", "UpdateAssumeRolePolicy", RoleName="r",
               PolicyDocument=trust({"AWS": ["*"]}, "sts:*"))
    for kind in ("User", "Group", "Role"):
        who = {kind + "Name": kind[0].lower()}
        c.root.call("Put%sPolicy" % kind, PolicyName="p", PolicyDocument=READ, **who)
        c.too_many("InlinePolicySizePer" + kind, "Put%sPolicy" % kind, PolicyName="p",
                   PolicyDocument=LONGER, **who)
        c.too_many("InlinePolicySizePer" + kind, "Put%sPolicy" % kind, PolicyName="other",
                   PolicyDocument=READ, **who)


def parts(c):
    other = c.root.call("CreatePolicy", PolicyName="p2", PolicyDocument=READ)["Policy"]["Arn"]
    for kind in ("User", "Group", "Role"):
        who = {kind + "Name": kind[0].lower()}
        c.root.call("Attach%sPolicy" % kind, PolicyArn=ARN, **who)
        c.too_many("PoliciesPer" + kind, "Attach%sPolicy" % kind, PolicyArn=other, **who)
    for kind, who in (("User", {"UserName": "u"}), ("Role", {"RoleName": "r"}),
                      ("Policy", {"PolicyArn": ARN})):
        c.root.call("Tag" + kind, Tags=[{"Key": "a", "Value": ""}, {"Key": "b", "Value": ""}], **who)
        c.too_many("TagsPerResource", "Tag" + kind, Tags=[{"Key": "c", "Value": ""}], **who)
    c.root.call("CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=READ)
    c.too_many("VersionsPerPolicy", "CreatePolicyVersion", PolicyArn=ARN, PolicyDocument=READ)
    c.too_many("AccessKeysPerUser", "CreateAccessKey", UserName="u")
    c.too_many("AccessKeysPerUser", "CreateAccessKey")  # the root user has one
    lines = [keys.ssh_key(keys.private_key("rsa:2048", n))[0] for n in range(2)]
    c.root.call("UploadSSHPublicKey", UserName="u", SSHPublicKeyBody=lines[0])
    c.too_many("SSHPublicKeysPerUser", "UploadSSHPublicKey", UserName="u", SSHPublicKeyBody=lines[1])
    c.root.call("UploadSigningCertificate", UserName="u", CertificateBody=keys.vector("leaf.pem"))
    c.too_many("CertificatesPerUser", "UploadSigningCertificate", UserName="u",
               CertificateBody=keys.vector("ec.pem"))
    mail = {"UserName": "u", "ServiceName": "codecommit.amazonaws.com"}
    c.root.call("CreateServiceSpecificCredential", **mail)
    c.too_many("ContextSpecificCredentialsPerUserPerContext", "CreateServiceSpecificCredential",
               **mail)
    for index in range(3):
        if index > 0:
            c.root.call("CreateGroup", GroupName="g%d" % index)
        params = {"GroupName": "g%d" % index if index else "g", "UserName": "u"}
        if index < 2:
            c.root.call("AddUserToGroup", **params)
        else:
            c.too_many("GroupsPerUser", "AddUserToGroup", **params)


def accounts(c):
    for index in range(2):
        c.root.call("CreateUser", UserName="more%d" % index)
    c.too_many("UsersPerAccount", "CreateUser", UserName="last")
    c.too_many("GroupsPerAccount", "CreateGroup", GroupName="last")
    c.root.call("CreateRole", RoleName="more", AssumeRolePolicyDocument=TRUST)
    c.too_many("RolesPerAccount", "CreateRole", RoleName="last", AssumeRolePolicyDocument=TRUST)
    c.root.call("CreateInstanceProfile", InstanceProfileName="p")
    c.too_many("InstanceProfilesPerAccount", "CreateInstanceProfile", InstanceProfileName="last")
    c.root.call("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    c.too_many("InstanceSessionsPerInstanceProfile", "AddRoleToInstanceProfile",
               InstanceProfileName="p", RoleName="more")
    web = {"CertificateBody": keys.vector("ec.pem"), "PrivateKey": keys.vector("ec.key")}
    c.root.call("UploadServerCertificate", ServerCertificateName="s", **web)
    c.too_many("ServerCertificatesPerAccount", "UploadServerCertificate", ServerCertificateName="last",
               **web)
    c.too_many("PoliciesPerAccount", "CreatePolicy", PolicyName="last", PolicyDocument=READ)
    devices = [c.root.call("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
               for name in ("m", "m2")]
    c.too_many("MFADevicesPerAccount", "CreateVirtualMFADevice", VirtualMFADeviceName="last")
    codes = Authenticator(base64.b64decode(devices[0]["Base32StringSeed"])).pair()
    c.root.call("EnableMFADevice", UserName="u", SerialNumber=devices[0]["SerialNumber"], **codes)
    c.too_many("MFADevicesPerUser", "EnableMFADevice", UserName="u",
               SerialNumber=devices[1]["SerialNumber"], **codes)


def providers(c):
    issuer = {"Url": "https://a.example.com", "ThumbprintList": ["0123456789" * 4]}
    create = "CreateOpenIDConnectProvider"
    c.too_many("ClientIdsPerOpenIdConnectProvider", create, ClientIDList=["a", "b"], **issuer)
    arn = c.root.call(create, ClientIDList=["a"], **issuer)["OpenIDConnectProviderArn"]
    c.too_many("ClientIdsPerOpenIdConnectProvider", "AddClientIDToOpenIDConnectProvider",
               OpenIDConnectProviderArn=arn, ClientID="b")
    c.too_many("OpenIdConnectProvidersPerAccount", create,
               **dict(issuer, Url="https://b.example.com"))
    document = ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'
                '<IDPSSODescriptor/></EntityDescriptor><!--%s-->' % ("x" * 1000))
    c.root.call("CreateSAMLProvider", Name="a", SAMLMetadataDocument=document)
    c.too_many("SAMLProvidersPerAccount", "CreateSAMLProvider", Name="b",
               SAMLMetadataDocument=document)


def delegation(c):
    for number in range(2):
        params = dict(templates.REQUEST, RequestorWorkflowId="workflow-%d" % number)
        if number == 0:
            c.root.call("CreateDelegationRequest", **params)
        else:
            c.too_many("DelegationRequestsPerAccount", "CreateDelegationRequest", **params)


def sessions(c, user):
    role = {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "session"}
    user.call("AssumeRole", Policy=SESSION, PolicyArns=[{"arn": ARN}],
              Tags=[{"Key": "a", "Value": ""}], **role)
    c.too_many("SessionPolicySize", "AssumeRole", "PackedPolicyTooLarge", user,
               Policy=SESSION + " ", PolicyArns=[{"arn": ARN}], **role)
    c.too_many("SessionPolicyArns", "AssumeRole", "ValidationError", user,
               PolicyArns=[{"arn": ARN}, {"arn": ARN + "2"}], **role)
    c.too_many("SessionTags", "AssumeRole", "InvalidParameterValue", user,
               Tags=[{"Key": "a", "Value": ""}, {"Key": "b", "Value": ""}], **role)


def test_every_quota_is_enforced(t):
    options = [part for name, value in LOW.items() for part in ("--quota", "%s=%d" % (name, value))]
    server = t.start(extra=options + templates.options()["extra"])
    t.server = server
    root = server.client()
    root.call("CreateUser", UserName="u")
    root.call("CreateGroup", GroupName="g")
    root.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    root.call("CreatePolicy", PolicyName="p", PolicyDocument=READ)
    key = root.call("CreateAccessKey", UserName="u")["AccessKey"]
    user = server.client(key["AccessKeyId"], key["SecretAccessKey"])
    c = Checker(t, root)
    sizes(c)
    parts(c)
    accounts(c)
    providers(c)
    delegation(c)
    sessions(c, user)
    t.equal(c.seen, set(LOW), "the quotas that were reached")


def test_above_what_aws_gives(t):
    """A file raises them, a later option overrides it, and what was refused is permitted."""
    server = Server()
    t.own.append(server)
    path = server.home / "quotas"
    path.write_text("# more than AWS\nAccessKeysPerUser = 4\nGroupsPerUser=20\nVersionsPerPolicy=5\n",
                    encoding="utf-8")
    server.extra = ["--quota-file", str(path), "--quota", "VersionsPerPolicy=7"]
    root = server.start().client()
    root.call("CreateUser", UserName="u")
    for _ in range(4):
        root.call("CreateAccessKey", UserName="u")
    t.fails("LimitExceeded", root.call, "CreateAccessKey", UserName="u",
            contains="AccessKeysPerUser: 4")
    for index in range(20):
        root.call("CreateGroup", GroupName="g%d" % index)
        root.call("AddUserToGroup", GroupName="g%d" % index, UserName="u")
    arn = root.call("CreatePolicy", PolicyName="p", PolicyDocument=READ)["Policy"]["Arn"]
    for _ in range(6):
        root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ)
    t.fails("LimitExceeded", root.call, "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ,
            contains="up to 7 versions")


def test_what_makes_no_sense_does_not_start(t):
    for options, why in ((["--quota", "Users=1"], "there is no quota 'Users'"),
                         (["--quota", "TagsPerResource=101"], "a number from 0 to 100"),
                         (["--quota-file", "/nothing/here"], "cannot read '/nothing/here'")):
        server = Server(extra=options)
        try:
            server.start()
            t.true(False, "started with %s" % options)
        except ServerFailed as error:
            t.equal(server.exit_code, 2)
            t.contains(str(error), why)
        finally:
            server.close()


def compact(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def values(size, form="s3:Get%06d"):
    """A list that takes about size characters in JSON."""
    return [form % i for i in range((size - 200) // len('"%s",' % (form % 0)))]


def tag(client, action, first, **who):
    client.call(action, Tags=[{"Key": "key%d" % i, "Value": "v" * 200}
                              for i in range(first, first + 50)], **who)


def test_the_limits_of_the_program_can_be_used(t):
    """With every quota as high as it goes: documents, tags and sessions of that size work."""
    highest = {"TagsPerResource": 100, "PolicySize": 131072, "ACLSizePerRole": 131072,
               "InlinePolicySizePerUser": 1048576, "SessionPolicySize": 4096, "GroupsPerUser": 1000,
               "PoliciesPerUser": 1000, "UsersPerAccount": 10000000}
    options = [part for name, value in highest.items()
               for part in ("--quota", "%s=%d" % (name, value))]
    t.server = server = t.start(extra=options)
    root = server.client()
    user = t.user("alice", [allow(["iam:*", "sts:*"])])
    large = compact(allow(values(130000)))
    arn = root.call("CreatePolicy", PolicyName="large", PolicyDocument=large)["Policy"]["Arn"]
    root.call("AttachUserPolicy", UserName=user.name, PolicyArn=arn)
    for index in range(3):
        root.call("PutUserPolicy", UserName=user.name, PolicyName="p%d" % index,
                  PolicyDocument=large)
    t.equal(root.evaluate(user.arn, "s3:Get000777", "*")["decision"], True)
    root.call("CreateRole", RoleName="r", AssumeRolePolicyDocument=compact(
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*",
         "Condition": {"StringNotEquals": {"aws:userid": values(130000, "AIDA%06d")}}}))
    user.client.call("AssumeRole", RoleArn=t.arn("role", "r"), RoleSessionName="session",
                     Policy=compact(allow(values(4000))))
    for who in (user.name, t.user("bob").name):
        tag(root, "TagUser", 0, UserName=who)
        tag(root, "TagUser", 50, UserName=who)
        t.fails("LimitExceeded", root.call, "TagUser", UserName=who,
                Tags=[{"Key": "more", "Value": ""}])
    t.equal(len(user.client.call("GetUser", UserName=who)["User"]["Tags"]), 100)
    tag(user.client, "TagUser", 25, UserName=who)
