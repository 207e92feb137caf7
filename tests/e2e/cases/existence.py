# SPDX-License-Identifier: Apache-2.0
"""Who may not ask does not learn what exists: a refusal about an entity that is there, deep in a path,
and one about an entity that is not are the same but for the name.

Every operation of api/ that names something, each of its names in turn, by a user without permissions.
"""

from cases import kinds
from lib import definitions, templates
from lib.case import trust
from lib.wire import ApiError

SERVER = templates.options()
OPERATIONS = definitions.of_callers()
PATH = "/board/secret/"
# The names of what exists and of what does not have the same length, so that sizes do not differ.
NAMES = {
    "UserName": ("exist-user-1", "exist-user-2"),
    "GroupName": ("exist-group-1", "exist-group-2"),
    "RoleName": ("exist-role-1", "exist-role-2"),
    "InstanceProfileName": ("exist-profile-1", "exist-profile-2"),
    "ServerCertificateName": ("exist-certificate-1", "exist-certificate-2"),
    "PolicyName": ("inline-1", "inline-2"),
    "ServiceName": ("codecommit.amazonaws.com", "exist-service"),
    "VersionId": ("v1", "v9"),
}
ARNS = {
    "PolicyArn": "policy%sexist-policy-%d",
    "PermissionsBoundary": "policy%sexist-policy-%d",
    "RoleArn": "role%sexist-role-%d",
    "SerialNumber": "mfa%sexist-device-%d",
}
# AWS was seen to name the ARN that the group would have, which begins with its present path.
EXCEPT = {("UpdateGroup", "GroupName")}
# The names of these are known when they have been made.
MADE = ("AccessKeyId", "CertificateId", "DelegationRequestId", "EntityArn", "SSHPublicKeyId")
callers = {}


def another(name):
    """A name that nothing has, of the same length."""
    return name[:-1] + ("A" if name[-1] != "A" else "B")


def build(t):
    root = t.root
    user, group, role, profile = (NAMES[member][0] for member in (
        "UserName", "GroupName", "RoleName", "InstanceProfileName"))
    root.call("CreateUser", UserName=user, Path=PATH)
    root.call("CreateGroup", GroupName=group, Path=PATH)
    root.call("CreateRole", RoleName=role, Path=PATH,
              AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    root.call("CreateInstanceProfile", InstanceProfileName=profile, Path=PATH)
    root.call("CreateVirtualMFADevice", VirtualMFADeviceName="exist-device-1", Path=PATH)
    arn = root.call("CreatePolicy", PolicyName="exist-policy-1", Path=PATH,
                    PolicyDocument=kinds.READ)["Policy"]["Arn"]
    for kind, name in (("User", user), ("Group", group), ("Role", role)):
        root.call("Put%sPolicy" % kind, PolicyName="inline-1", PolicyDocument=kinds.READ,
                  **{kind + "Name": name})
        root.call("Attach%sPolicy" % kind, PolicyArn=arn, **{kind + "Name": name})
    root.call("AddUserToGroup", GroupName=group, UserName=user)
    root.call("CreateLoginProfile", UserName=user, Password="Correct-horse-1")
    key = root.call("CreateAccessKey", UserName=user)["AccessKey"]["AccessKeyId"]
    NAMES["AccessKeyId"] = (key, another(key))
    ssh = root.call("UploadSSHPublicKey", UserName=user, SSHPublicKeyBody=kinds.PLAIN[
        "SSHPublicKeyBody"])["SSHPublicKey"]["SSHPublicKeyId"]
    NAMES["SSHPublicKeyId"] = (ssh, another(ssh))
    signing = root.call("UploadSigningCertificate", UserName=user, CertificateBody=kinds.PLAIN[
        "CertificateBody"])["Certificate"]["CertificateId"]
    root.call("UploadServerCertificate", ServerCertificateName=NAMES["ServerCertificateName"][0],
              Path=PATH, CertificateBody=kinds.PLAIN["CertificateBody"],
              PrivateKey=kinds.PLAIN["PrivateKey"])
    NAMES["CertificateId"] = (signing, another(signing))
    made = root.call("CreateServiceSpecificCredential", UserName=user,
                     ServiceName="codecommit.amazonaws.com")["ServiceSpecificCredential"]
    NAMES["ServiceSpecificCredentialId"] = (made["ServiceSpecificCredentialId"], another(made["ServiceSpecificCredentialId"]))
    asked = root.call("CreateDelegationRequest", RequestorWorkflowId="exist-workflow",
                      **templates.REQUEST)["DelegationRequestId"]
    root.call("AssociateDelegationRequest", DelegationRequestId=asked)
    NAMES["DelegationRequestId"] = (asked, another(asked))
    NAMES["EntityArn"] = tuple(t.arn("delegation-request", one) for one in NAMES["DelegationRequestId"])


def caller(t):
    """A user who may do nothing."""
    if not callers:
        build(t)
        callers["nothing"] = t.user("exist-caller").client
    return callers["nothing"]


def value_of(t, member, exists):
    if member in NAMES:
        return NAMES[member][0 if exists else 1]
    if member in ARNS:
        return t.arn("", ARNS[member] % (PATH, 1 if exists else 2), "")
    return kinds.PLAIN.get(member)


def params_of(t, operation, absent):
    """Valid parameters that name what exists, but for the member absent."""
    params = {member: value_of(t, member, member != absent) for member, needed in
              operation.inputs.items() if needed or member in NAMES or member in ARNS}
    if operation.name.startswith("Create") and operation.name[len("Create"):] + "Name" in params:
        params["Path"] = PATH
    return {member: value for member, value in params.items() if value is not None}


def refusal(t, client, operation, params, hidden):
    """What the caller is told, without the name in question."""
    try:
        client.call(operation.name, service=operation.service, **params)
    except ApiError as error:
        message = error.message
        for name in hidden:
            message = message.replace(name, "NAME")
        return error.status, error.code, message
    return 200, "", ""


def case(operation, member):
    def run(t):
        client = caller(t)
        there, absent = value_of(t, member, True), value_of(t, member, False)
        hidden = (there, absent, there.rpartition("/")[2], absent.rpartition("/")[2])
        told = refusal(t, client, operation, params_of(t, operation, None), hidden)
        t.equal(refusal(t, client, operation, params_of(t, operation, member), hidden), told,
                "%s with a %s that does not exist, and with one that does" % (operation.name, member))
        t.equal(told[:2], (403, "AccessDenied"))
        params = params_of(t, operation, None)
        t.true(PATH not in told[2] or any(PATH in str(value) for value in params.values()), told[2])
    return run


def generated():
    cases = []
    for name, operation in sorted(OPERATIONS.items()):
        for member in sorted(operation.inputs):
            known = member in NAMES or member in ARNS or member in MADE
            if known and (name, member) not in EXCEPT:
                cases.append(("test_%s_%s" % (name, member), case(operation, member)))
    return cases
