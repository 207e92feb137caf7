# SPDX-License-Identifier: Apache-2.0
"""What all operations of a kind have in common, for each operation that api/ defines.

Every operation that names something is called with a name that does not exist and, where the name is
the ARN of a policy, with what is no such ARN; every list is read one item at a time; and the tags of
everything that can be created with tags are read. A new operation is covered without a change here
as long as its members are in the tables below; a required member that no table has, or a list for
which there are fewer than three rows, fails its case.
"""

import base64
import time

from lib import definitions, keys, templates
from lib.case import Failed, allow, document, trust
from lib.totp import Authenticator
from lib.wire import entries

SERVER = templates.options()
OPERATIONS = definitions.of_callers()
READ = document(allow("s3:GetObject"))
ROWS = 3
TAGS = [{"Key": "team", "Value": "blue"}, {"Key": "empty", "Value": ""}]

METADATA = ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'
            '<IDPSSODescriptor/></EntityDescriptor><!--%s-->' % ("x" * 1000))

# Members whose value does not name anything, with a valid value.
PLAIN = {
    "AuthenticationCode1": "123456",
    "AuthenticationCode2": "654321",
    "GlobalEndpointTokenVersion": "v1Token",
    "Properties": entries({"RoleManager/Enabled": "false"}),
    "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
    "AssertionEncryptionMode": "Allowed",
    "Audience": ["https://api.example.com"],
    "ClientID": "client",
    "SAMLMetadataDocument": METADATA,
    "ThumbprintList": ["0123456789" * 4],
    "AWSServiceName": "ecs.amazonaws.com",
    "CustomSuffix": "suffix",
    "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}),
    "CertificateBody": keys.vector("leaf.pem"),
    "Description": "described",
    "Name": "federated",
    "NotificationChannel": templates.TOPIC,
    "Permissions": templates.REQUEST["Permissions"],
    "SessionDuration": 7200,
    "EncodedMessage": "AQAB",
    "Encoding": "SSH",
    "Name": "federated",
    "EntityPath": "o-a1b2c3d4e5/r-ab12",
    "NewPassword": "Correct-horse-2",
    "OldPassword": "Correct-horse-1",
    "Password": "Correct-horse-1",
    "PolicyDocument": READ,
    "PolicyInputList": [READ],
    "PrivateKey": keys.vector("leaf.key"),
    "ReplacementValues": entries({"AWSServiceName": {"Values": ["lambda.amazonaws.com"]}}),
    "RoleSessionName": "session",
    "SSHPublicKeyBody": keys.ssh_key(keys.private_key())[0],
    "Name": "somebody",
    "ServiceNamespace": "sqs",
    "SigningAlgorithm": "ES384",
    "ServiceNamespaces": ["s3", "sqs", "sns"],
    "Status": "Active",
    "TagKeys": ["never"],
    "Tags": TAGS,
    "TargetPrincipal": "444455556666",
    "TaskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"},
    "TradeInToken": "AQAB",
}
# Names of what does not exist, by the member that has the name.
MISSING = {
    "AccountAlias": "no-such-alias",
    "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA",
    "Arn": "user/no-such-user",
    "CertificateId": "A" * 32,
    "OpenIDConnectProviderArn": "oidc-provider/no-such.example.com",
    "SAMLProviderArn": "saml-provider/no-such-provider",
    "DeletionTaskId": "task/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS/"
                      "01234567-89ab-4cde-8f01-23456789abcd",
    "DelegationRequestId": "01234567-89ab-4cde-8f01-23456789abcd",
    "EntityArn": "delegation-request/01234567-89ab-4cde-8f01-23456789abcd",
    "TemplateArn": "role-template/no-such-service/NoSuchTemplate:1",
    "GroupName": "no-such-group",
    "InstanceProfileName": "no-such-instance-profile",
    "JobId": "01234567-89ab-4cde-8f01-23456789abcd",
    "PermissionsBoundary": "policy/no-such-policy",
    "PolicyArn": "policy/no-such-policy",
    "PolicyName": "no-such-inline-policy",
    "PolicySourceArn": "user/no-such-user",
    "RoleArn": "role/no-such-role",
    "RoleName": "no-such-role",
    "SerialNumber": "mfa/no-such-device",
    "SSHPublicKeyId": "APKAAAAAAAAAAAAAAAAA",
    "ServerCertificateName": "no-such-server-certificate",
    "ServiceName": "no-such-service.amazonaws.com",
    "ServiceSpecificCredentialId": "ACCAAAAAAAAAAAAAAAAAA",
    "UserName": "no-such-user",
    "VersionId": "v99",
}
# Names of what the call itself creates, which is not to exist before.
MADE = {
    ("CreateAccountAlias", "AccountAlias"), ("CreateOpenIDConnectProvider", "Url"),
    ("CreateSAMLProvider", "Name"),
    ("CreateDelegationRequest", "RequestorWorkflowId"),
    ("CreateGroup", "GroupName"), ("CreateInstanceProfile", "InstanceProfileName"),
    ("CreatePolicy", "PolicyName"), ("CreateRole", "RoleName"),
    ("CreateUser", "UserName"), ("PutGroupPolicy", "PolicyName"), ("PutRolePolicy", "PolicyName"),
    ("PutUserPolicy", "PolicyName"), ("CreateVirtualMFADevice", "VirtualMFADeviceName"),
    ("UploadServerCertificate", "ServerCertificateName"),
}
# Where the name of what is created is more than a word.
FORMS = {"Url": "https://%s.example.com/"}
# Members without which a call fails, although the definition has them as optional.
NEEDED = {"AcquireRole": {"ReplacementValues"},
          "UpdateSAMLProvider": {"AssertionEncryptionMode"}}
# Where AWS does not tell that something does not exist.
REFUSALS = {
    ("AssumeRole", "RoleArn"): "AccessDenied",
    ("GetAccessKeyLastUsed", "AccessKeyId"): "AccessDenied",
}
# Where it is told in another way: tested in recorded.py, sts_sessions.py and sts_tokens.py.
UNTOLD = {("AssumeRole", "SerialNumber"), ("GetAccessKeyInfo", "AccessKeyId"),
          ("GetSessionToken", "SerialNumber")}
# Sentences of AWS that do not say what does not exist.
UNNAMED = {"EntityArn": "01234567-89ab-4cde-8f01-23456789abcd",
           "DeletionTaskId": "Cannot find deletion status for given id.",
           "PolicySourceArn": "Unable to retrieve specified IAM entity."}
POLICY_ARNS = {"PermissionsBoundary", "PolicyArn"}
# Lists that a quota keeps below three rows.
FEWER = {"ListAccessKeys": 2, "ListAccountAliases": 1, "ListSigningCertificates": 2}
# Lists of which there are none: no account is in an organization.
NONE = {"GetOrganizationsAccessReport"}
# Lists with a filter that the fixture's rows need.
FILTERS = {"ListPolicies": {"Scope": "Local"}}
# The operation that shows the tags of a kind, where its name does not tell.
TAG_READERS = {"VirtualMFADevice": ["ListMFADeviceTags"]}

fixture = {}


def make(t, kind, names, extra):
    """Creates entities of a kind; returns the name of the last, to which all the rest is added."""
    for name in names:
        t.root.call("Create" + kind, **{kind + "Name": name}, **extra)
    return names[-1]


def fill(t, kind, name, policies):
    """Three inline policies and three attached ones."""
    who = {kind + "Name": name}
    for number in range(ROWS):
        t.root.call("Put%sPolicy" % kind, PolicyName="inline%d" % number, PolicyDocument=READ, **who)
        t.root.call("Attach%sPolicy" % kind, PolicyArn=policies[number], **who)


def tag(t, kind, **who):
    t.root.call("Tag" + kind, Tags=[{"Key": "k%d" % n, "Value": "v"} for n in range(ROWS)], **who)


def enabled_device(t, user):
    """A virtual MFA device that a user has; its serial number."""
    made = t.root.call("CreateVirtualMFADevice",
                       VirtualMFADeviceName=t.name("kinds-m"))["VirtualMFADevice"]
    app = Authenticator(base64.b64decode(made["Base32StringSeed"]))
    t.root.call("EnableMFADevice", UserName=user, SerialNumber=made["SerialNumber"], **app.pair())
    return made["SerialNumber"]


def used_services(t, group):
    """The job of a report about the members of a group, who can use some services."""
    arn = t.policy("kinds-j", allow(["%s:*" % name for name in PLAIN["ServiceNamespaces"]]))
    t.root.call("AttachGroupPolicy", GroupName=group, PolicyArn=arn)
    job = t.root.call("GenerateServiceLastAccessedDetails", Arn=arn)["JobId"]
    while t.root.call("GetServiceLastAccessedDetails", JobId=job)["JobStatus"] == "IN_PROGRESS":
        time.sleep(0.05)
    return job


def build(t):
    """Everything that the operations can name; of what can be listed, three."""
    policies = [t.policy("kinds", allow("s3:*")) for _ in range(ROWS)]
    users = [t.name("kinds-u") for _ in range(ROWS)]
    groups = [t.name("kinds-g") for _ in range(ROWS)]
    roles = [t.name("kinds-r") for _ in range(ROWS)]
    user = make(t, "User", users, {})
    group = make(t, "Group", groups, {})
    role = make(t, "Role", roles,
                {"AssumeRolePolicyDocument": PLAIN["AssumeRolePolicyDocument"]})
    for kind, name in (("User", user), ("Group", group), ("Role", role)):
        fill(t, kind, name, policies)
    for name in users:
        t.root.call("AddUserToGroup", GroupName=group, UserName=name)
    for name in groups[:-1]:
        t.root.call("AddUserToGroup", GroupName=name, UserName=user)
    for _ in range(ROWS - 1):
        t.root.call("CreatePolicyVersion", PolicyArn=policies[0], PolicyDocument=READ)
    access_keys = [t.root.call("CreateAccessKey", UserName=user)["AccessKey"] for _ in range(2)]
    ssh_keys = [t.root.call("UploadSSHPublicKey", UserName=user, SSHPublicKeyBody=keys.ssh_key(
        keys.private_key("rsa:2048", n + 1))[0])["SSHPublicKey"] for n in range(ROWS)]
    signing = [t.root.call("UploadSigningCertificate", UserName=user, CertificateBody=keys.certificate(
        "ec:P-256", n + 20)[0])["Certificate"] for n in range(2)]
    servers = [t.name("kinds-s") for _ in range(ROWS)]
    for name in servers:
        t.root.call("UploadServerCertificate", ServerCertificateName=name,
                    CertificateBody=PLAIN["CertificateBody"], PrivateKey=PLAIN["PrivateKey"])
    tag(t, "ServerCertificate", ServerCertificateName=servers[-1])
    profiles = [t.name("kinds-p") for _ in range(ROWS)]
    profile = make(t, "InstanceProfile", profiles, {})
    for name in profiles:
        t.root.call("AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=role)
    tag(t, "InstanceProfile", InstanceProfileName=profile)
    oidc = t.root.call("CreateOpenIDConnectProvider", Url="https://%s.example.com" % t.name("kinds"),
                       ThumbprintList=PLAIN["ThumbprintList"])["OpenIDConnectProviderArn"]
    tag(t, "OpenIDConnectProvider", OpenIDConnectProviderArn=oidc)
    saml = t.root.call("CreateSAMLProvider", Name=t.name("kinds"),
                       SAMLMetadataDocument=METADATA)["SAMLProviderArn"]
    tag(t, "SAMLProvider", SAMLProviderArn=saml)
    tag(t, "User", UserName=user)
    tag(t, "Role", RoleName=role)
    tag(t, "Policy", PolicyArn=policies[0])
    serial = [enabled_device(t, user) for _ in range(ROWS)][0]
    tag(t, "MFADevice", SerialNumber=serial)
    alias = t.name("kinds-a")
    t.root.call("CreateAccountAlias", AccountAlias=alias)
    t.root.call("CreateServiceLinkedRole", AWSServiceName="acm.amazonaws.com")
    task = t.root.call("DeleteServiceLinkedRole", RoleName="AWSServiceRoleForCertificateManager")
    services = ["%s.amazonaws.com" % name for name in ("bedrock", "cassandra", "codecommit")]
    credentials = [t.root.call("CreateServiceSpecificCredential", UserName=user, ServiceName=name)
                   ["ServiceSpecificCredential"] for name in services]
    delegations = [t.root.call("CreateDelegationRequest", RequestorWorkflowId=t.name("kinds-w"),
                               **templates.REQUEST)["DelegationRequestId"] for _ in range(ROWS)]
    for one in delegations:
        t.root.call("AssociateDelegationRequest", DelegationRequestId=one)
    return {"AccessKeyId": access_keys[0]["AccessKeyId"], "AccountAlias": alias,
            "Arn": t.arn("user", user), "JobId": used_services(t, group),
            "DelegationRequestId": delegations[0],
            "EntityArn": t.arn("delegation-request", delegations[0]),
            "TemplateArn": "arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1",
            "CertificateId": signing[0]["CertificateId"], "DeletionTaskId": task["DeletionTaskId"],
            "GroupName": group, "InstanceProfileName": profile, "OpenIDConnectProviderArn": oidc,
            "ServiceName": services[-1],
            "ServiceSpecificCredentialId": credentials[0]["ServiceSpecificCredentialId"],
            "PermissionsBoundary": policies[0], "PolicyArn": policies[0], "PolicyName": "inline0",
            "PolicySourceArn": t.arn("user", user), "RoleArn": t.arn("role", role),
            "RoleName": role, "SAMLProviderArn": saml,
            "SSHPublicKeyId": ssh_keys[0]["SSHPublicKeyId"], "SerialNumber": serial,
            "ServerCertificateName": servers[-1], "UserName": user, "VersionId": "v2"}


def existing(t):
    if not fixture:
        fixture.update(build(t))
    return fixture


def value_of(t, operation, member):
    """A valid value; a new name for what the call creates."""
    if (operation.name, member) in MADE:
        return FORMS.get(member, "%s") % t.name("kinds-new")
    if member in PLAIN:
        return PLAIN[member]
    if member not in MISSING:
        raise Failed("no fixture for the member %s of %s: say in tests/e2e/cases/kinds.py what it "
                     "names" % (member, operation.name))
    return existing(t)[member]


def required(t, operation):
    """The required members, with valid values. An optional member is added by the case about it."""
    return {member: value_of(t, operation, member) for member, needed in operation.inputs.items()
            if needed or member in NEEDED.get(operation.name, ())}


def missing_name(t, member):
    name = MISSING[member]
    is_arn = "/" in name and member != "DeletionTaskId"
    return "arn:aws:iam::%s:%s" % (t.account, name) if is_arn else name


def caller(t, operation):
    """Root, which may do everything; for STS a permitted user, since root cannot assume roles."""
    return t.root if operation.service != "sts" else t.user("kinds", [allow("sts:*")]).client


def missing(operation, member):
    def run(t):
        params = required(t, operation)
        if "UserName" in operation.inputs:  # a caller that is no user, such as root, must name one
            params.setdefault("UserName", value_of(t, operation, "UserName"))
        params[member] = missing_name(t, member)
        code = REFUSALS.get((operation.name, member), "NoSuchEntity")
        error = t.fails(code, caller(t, operation).call, operation.name,
                        service=operation.service, **params)
        t.equal(error.status, 404 if code == "NoSuchEntity" else 403)
        name = params[member].rpartition(":")[2]
        t.contains(error.message, UNNAMED.get(member, name), "message")
    return run


def wrong_arn(operation, member):
    """An ARN of another kind, of another partition, and no ARN, where that of a policy belongs."""
    def run(t):
        params = required(t, operation)
        user = t.arn("user/", existing(t)["UserName"], "")
        for value, code, message in (
                (user, "InvalidInput", "ARN %s is not valid." % user),
                ("arn:aws-cn:iam::aws:policy/x", "ValidationError", "Invalid ARN partition: aws-cn"),
                ("longpolicynamebutnoarn", "ValidationError", "Invalid ARN:  Could not be parsed!"),
                ("arn:aws:iam::policy/short", "ValidationError",
                 "Invalid ARN:  Could not be parsed!")):
            params[member] = value
            error = t.fails(code, t.root.call, operation.name, service=operation.service,
                            status=400, **params)
            t.equal(error.message, message, value)
    return run


def rows_of(operation, answer):
    return {member: answer.get(member) or [] for member in operation.lists}


def is_truncated(answer):
    """AWS spells it in two ways."""
    return answer["isTruncated" if "isTruncated" in answer else "IsTruncated"]


def one_by_one(t, operation, params):
    """Pages of one item; their rows by member."""
    found = {member: [] for member in operation.lists}
    marker = {}
    for _ in range(1000):
        answer = t.root.call(operation.name, service=operation.service, MaxItems=1, **marker, **params)
        rows = rows_of(operation, answer)
        t.equal(sum(map(len, rows.values())), 1, "items of a page")
        for member, items in rows.items():
            found[member].extend(items)
        if is_truncated(answer) != "true":
            t.true("Marker" not in answer, "there is a Marker on the last page")
            return found
        t.true(answer["Marker"] != marker.get("Marker"), "the same Marker again")
        marker = {"Marker": answer["Marker"]}
    raise Failed("%s does not end" % operation.name)


def listed(operation):
    def run(t):
        existing(t)
        params = {**required(t, operation), **FILTERS.get(operation.name, {})}
        if "UserName" in operation.inputs:
            params.setdefault("UserName", value_of(t, operation, "UserName"))
        whole = t.root.call(operation.name, service=operation.service, MaxItems=1000, **params)
        t.equal(is_truncated(whole), "false")
        rows = rows_of(operation, whole)
        count = sum(map(len, rows.values()))
        t.true(count >= FEWER.get(operation.name, ROWS), "the fixture has %d rows for %s" % (
            count, operation.name))
        t.equal(one_by_one(t, operation, params), rows, "rows read one by one")
        default = t.root.call(operation.name, service=operation.service, **params)
        t.equal(rows_of(operation, default), rows, "rows without MaxItems")
    return run


def tags_of(t, operation, params):
    """Sorted (key, value) pairs of the tags in an answer, or in the only structure of the answer when
    there are none at the top."""
    answer = t.root.call(operation.name, service=operation.service, **params)
    inside = answer if "Tags" in answer else next(iter(answer.values()))
    return sorted((one["Key"], one["Value"]) for one in inside.get("Tags") or [])


def readers(kind):
    """The operations that show the tags of one entity of a kind."""
    names = TAG_READERS.get(kind, ("Get" + kind, "List%sTags" % kind))
    return [OPERATIONS[name] for name in names if name in OPERATIONS]


def created_with_tags(operation):
    def run(t):
        kind = operation.name[len("Create"):]
        params = {**required(t, operation), "Tags": TAGS}
        answer = t.root.call(operation.name, service=operation.service, **params)
        made = answer.get(kind, answer)
        want = sorted((one["Key"], one["Value"]) for one in TAGS)
        t.equal(sorted((one["Key"], one["Value"]) for one in made.get("Tags") or []), want,
                "tags in the answer")
        t.true(readers(kind), "no operation shows the tags of a " + kind)
        for reader in readers(kind):
            by = [name for name, needed in reader.inputs.items() if needed] or [kind + "Name"]
            who = {name: params.get(name) or made.get(name) or made["Arn"] for name in by}
            t.equal(tags_of(t, reader, who), want, "tags that %s shows" % reader.name)
    return run


def generated():
    cases = []
    for name, operation in sorted(OPERATIONS.items()):
        for member in sorted(operation.inputs):
            if member in MISSING and (name, member) not in MADE | UNTOLD:
                cases.append(("test_missing_%s_%s" % (name, member), missing(operation, member)))
        for member in POLICY_ARNS & set(operation.inputs):
            cases.append(("test_wrong_arn_%s_%s" % (name, member), wrong_arn(operation, member)))
        if "MaxItems" in operation.inputs and name not in NONE:
            cases.append(("test_pages_" + name, listed(operation)))
        if name.startswith("Create") and "Tags" in operation.inputs:
            cases.append(("test_tags_" + name, created_with_tags(operation)))
    return cases


def test_every_required_member_is_known(t):
    """Ensures that an operation with a new kind of member does not go untested."""
    for operation in OPERATIONS.values():
        required(t, operation)
