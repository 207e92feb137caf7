# SPDX-License-Identifier: Apache-2.0
"""Published attacks on the control plane, S21 to S40: each has its own test."""

import base64
import itertools
import json
import os
import pathlib
import stat
import time

from lib import keys, templates
from lib.case import allow, decoded, deny, document, trust
from lib.server import ROOT, ServerFailed
from lib.totp import Authenticator
from lib.wire import ApiError, entries, question_of

SERVER = templates.options()
TEMPLATES = "arn:aws:iam::aws:role-template/"
OBJECT = "arn:aws:s3:::bucket/key"
READ = document(allow("s3:GetObject"))


def test_S21_a_key_for_somebody_else(t):
    alice = t.user("alice", [allow("iam:CreateAccessKey", "arn:aws:iam::%s:user/${aws:username}"
                                   % t.account)])
    bob = t.name("bob")
    t.root.call("CreateUser", UserName=bob)
    for name in (bob, "root"):
        t.denied(alice.client.call, "CreateAccessKey", UserName=name)
    t.equal(t.root.call("ListAccessKeys", UserName=bob).get("AccessKeyMetadata") or [], [])
    made = alice.client.call("CreateAccessKey")["AccessKey"]
    t.equal(made["UserName"], alice.name)
    nobody = t.user("carol")
    t.denied(nobody.client.call, "CreateAccessKey")
    t.denied(nobody.client.call, "CreateAccessKey", UserName=bob)


def test_S22_extra_fields_in_a_self_service_call(t):
    alice = t.user("alice", [allow(["iam:CreateAccessKey", "iam:UpdateAccessKey", "iam:TagUser"],
                                   "arn:aws:iam::%s:user/${aws:username}" % t.account)])
    extra = {"PolicyDocument": document(allow("*")), "PolicyName": "p", "Path": "/admin/",
             "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "NewUserName": "root",
             "PermissionsBoundary": "", "Groups": ["admins"], "AccountId": "999999999999"}
    for action, params in (("CreateAccessKey", {}), ("UpdateAccessKey", {
            "AccessKeyId": alice.key_id, "Status": "Active"}), ("TagUser", {
                "UserName": alice.name, "Tags": [{"Key": "a", "Value": "b"}]})):
        try:
            alice.client.call(action, **dict(params, **extra))
        except ApiError as error:
            t.true(400 <= error.status < 500, str(error))
    user = t.root.call("GetUser", UserName=alice.name)["User"]
    t.equal((user["Path"], user["Arn"]), ("/", alice.arn))
    t.equal(t.root.call("ListUserPolicies", UserName=alice.name)["PolicyNames"], ["inline"])
    t.equal(t.root.call("ListAttachedUserPolicies", UserName=alice.name).get("AttachedPolicies") or [],
            [])
    t.denied(alice.client.call, "ListUsers")


def session_of(t, policy, **params):
    name, arn = t.role(policy=policy)
    caller = t.user("caller", [allow("sts:AssumeRole")])
    return name, t.assume(caller.client, arn, **params)


def test_S23_a_session_does_not_widen_itself(t):
    name, session = session_of(t, [allow("iam:*")], Policy=document(allow("iam:Get*")))
    for action, params in (
            ("PutRolePolicy", {"RoleName": name, "PolicyName": "x",
                               "PolicyDocument": document(allow("*"))}),
            ("UpdateRole", {"RoleName": name, "MaxSessionDuration": 43200}),
            ("UpdateAssumeRolePolicy", {"RoleName": name, "PolicyDocument": trust({"AWS": "*"})}),
            ("DeleteRolePermissionsBoundary", {"RoleName": name}),
            ("DeleteRolePolicy", {"RoleName": name, "PolicyName": "inline"})):
        error = t.denied(session.call, action, **params)
        t.contains(error.message, "session policy")
    session.call("GetRole", RoleName=name)


def test_S24_a_restricted_session_mints_no_key(t):
    alice = t.user("alice")
    _, session = session_of(t, [allow("iam:*")], Policy=document(allow("s3:*")))
    t.denied(session.call, "CreateAccessKey", UserName=alice.name)
    t.denied(session.call, "CreateUser", UserName=t.name("x"))
    _, session = session_of(t, [allow("s3:*")], Policy=document(allow("*")))
    t.denied(session.call, "CreateAccessKey", UserName=alice.name)
    t.equal(len(t.root.call("ListAccessKeys", UserName=alice.name)["AccessKeyMetadata"]), 1)


def test_S25_there_is_no_import(t):
    for path in ("/import", "/minio/admin/v3/import-iam", "/rustfs/admin/v3/import-iam", "/admin",
                 "/api/v1/import", "/minio/admin/v3/add-service-account"):
        for method in ("PUT", "POST", "GET"):
            headers = t.root.signer().sign_headers(method, path, t.root.headers(), b"{}")
            response = t.root.send(method, path, headers, b"{}")
            t.refused(response, (400, 403, 404, 405), what=path)
            t.root.drop()


def operations(t):
    """For each operation: a function that prepares the state and returns the parameters."""

    def user(**parts):
        name = t.name("u")
        t.root.call("CreateUser", UserName=name)
        for action, params in parts.items():
            t.root.call(action, UserName=name, **params)
        return name

    def group(**parts):
        name = t.name("g")
        t.root.call("CreateGroup", GroupName=name)
        for action, params in parts.items():
            t.root.call(action, GroupName=name, **params)
        return name

    def role(**parts):
        name, _ = t.role("r")
        for action, params in parts.items():
            t.root.call(action, RoleName=name, **params)
        return name

    def policy(versions=1):
        arn = t.policy("p", allow("s3:*"))
        for _ in range(versions - 1):
            t.root.call("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ)
        return arn

    def key():
        name = user()
        made = t.root.call("CreateAccessKey", UserName=name)["AccessKey"]
        return {"UserName": name, "AccessKeyId": made["AccessKeyId"]}

    inline = {"PolicyName": "q", "PolicyDocument": READ}
    tags = [{"Key": "k", "Value": "v"}]
    table = {
        "CreateUser": lambda: {"UserName": t.name("u")},
        "GetUser": lambda: {"UserName": user()},
        "ListUsers": dict, "ListGroups": dict, "ListRoles": dict, "ListPolicies": dict,
        "UpdateUser": lambda: {"UserName": user(), "NewPath": "/n/"},
        "DeleteUser": lambda: {"UserName": user()},
        "CreateAccessKey": lambda: {"UserName": user()},
        "ListAccessKeys": lambda: {"UserName": user()},
        "UpdateAccessKey": lambda: dict(key(), Status="Inactive"),
        "DeleteAccessKey": key,
        "GetAccessKeyLastUsed": lambda: {"AccessKeyId": key()["AccessKeyId"]},
        "CreateGroup": lambda: {"GroupName": t.name("g")},
        "GetGroup": lambda: {"GroupName": group()},
        "UpdateGroup": lambda: {"GroupName": group(), "NewPath": "/n/"},
        "DeleteGroup": lambda: {"GroupName": group()},
        "AddUserToGroup": lambda: {"GroupName": group(), "UserName": user()},
        "ListGroupsForUser": lambda: {"UserName": user()},
        "CreatePolicy": lambda: {"PolicyName": t.name("p"), "PolicyDocument": READ},
        "GetPolicy": lambda: {"PolicyArn": policy()},
        "DeletePolicy": lambda: {"PolicyArn": policy()},
        "CreatePolicyVersion": lambda: {"PolicyArn": policy(), "PolicyDocument": READ},
        "GetPolicyVersion": lambda: {"PolicyArn": policy(), "VersionId": "v1"},
        "ListPolicyVersions": lambda: {"PolicyArn": policy()},
        "SetDefaultPolicyVersion": lambda: {"PolicyArn": policy(2), "VersionId": "v2"},
        "DeletePolicyVersion": lambda: {"PolicyArn": policy(2), "VersionId": "v2"},
        "ListEntitiesForPolicy": lambda: {"PolicyArn": policy()},
        "CreateRole": lambda: {"RoleName": t.name("r"),
                               "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"})},
        "GetRole": lambda: {"RoleName": role()},
        "UpdateRole": lambda: {"RoleName": role(), "Description": "d"},
        "UpdateRoleDescription": lambda: {"RoleName": role(), "Description": "d"},
        "UpdateAssumeRolePolicy": lambda: {"RoleName": role(),
                                           "PolicyDocument": trust({"Service": "s3.amazonaws.com"})},
        "DeleteRole": lambda: {"RoleName": role()},
        "TagPolicy": lambda: {"PolicyArn": policy(), "Tags": tags},
        "UntagPolicy": lambda: {"PolicyArn": policy(), "TagKeys": ["k"]},
        "ListPolicyTags": lambda: {"PolicyArn": policy()},
    }

    def member():
        name = user()
        return {"GroupName": group(AddUserToGroup={"UserName": name}), "UserName": name}

    table["RemoveUserFromGroup"] = member

    def login():
        name = user()
        t.root.call("CreateLoginProfile", UserName=name, Password="Correct-horse-1")
        return {"UserName": name}

    def credential():
        name = user()
        made = t.root.call("CreateServiceSpecificCredential", UserName=name,
                           ServiceName="bedrock.amazonaws.com")["ServiceSpecificCredential"]
        return {"UserName": name,
                "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}

    table.update({
        "CreateLoginProfile": lambda: {"UserName": user(), "Password": "Correct-horse-1"},
        "GetLoginProfile": login,
        "UpdateLoginProfile": lambda: dict(login(), Password="Correct-horse-2"),
        "DeleteLoginProfile": login,
        "CreateServiceSpecificCredential": lambda: {"UserName": user(),
                                                    "ServiceName": "codecommit.amazonaws.com"},
        "ListServiceSpecificCredentials": lambda: {"UserName": user()},
        "ResetServiceSpecificCredential": credential,
        "UpdateServiceSpecificCredential": lambda: dict(credential(), Status="Inactive"),
        "DeleteServiceSpecificCredential": credential,
        "ChangePassword": lambda: {"OldPassword": "Correct-horse-1",
                                   "NewPassword": "Correct-horse-2"},
    })

    def profile(holds=None):
        name = t.name("ip")
        t.root.call("CreateInstanceProfile", InstanceProfileName=name)
        if holds:
            t.root.call("AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=holds)
        return {"InstanceProfileName": name}

    def held():
        name = role()
        return dict(profile(name), RoleName=name)

    def alias():
        name = t.name("alias")
        t.root.call("CreateAccountAlias", AccountAlias=name)
        return {"AccountAlias": name}

    def report():
        t.root.call("GenerateCredentialReport")
        while True:
            try:
                t.root.call("GetCredentialReport")
                return {}
            except ApiError:
                time.sleep(0.1)

    def access_job():
        return {"JobId": t.root.call("GenerateServiceLastAccessedDetails",
                                     Arn=t.arn("user", user()))["JobId"]}

    def issuing(is_on):
        def prepare():
            try:
                t.root.call("%sOutboundWebIdentityFederation" % ("Enable" if is_on else "Disable"))
            except ApiError as error:
                t.equal(error.code, "FeatureEnabled" if is_on else "FeatureDisabled")
            return {}
        return prepare

    def passwords():
        t.root.call("UpdateAccountPasswordPolicy")
        return {}

    table.update({
        "CreateInstanceProfile": lambda: {"InstanceProfileName": t.name("ip")},
        "GetInstanceProfile": profile,
        "ListInstanceProfiles": dict,
        "ListInstanceProfilesForRole": lambda: {"RoleName": role()},
        "AddRoleToInstanceProfile": lambda: dict(profile(), RoleName=role()),
        "RemoveRoleFromInstanceProfile": held,
        "DeleteInstanceProfile": profile,
        "TagInstanceProfile": lambda: dict(profile(), Tags=tags),
        "UntagInstanceProfile": lambda: dict(profile(), TagKeys=["k"]),
        "ListInstanceProfileTags": profile,
        "CreateAccountAlias": lambda: {"AccountAlias": t.name("alias")},
        "DeleteAccountAlias": alias,
        "ListAccountAliases": dict,
        "GetAccountAuthorizationDetails": dict,
        "GetAccountSummary": dict,
        "GenerateCredentialReport": dict,
        "GetCredentialReport": report,
        "GenerateOrganizationsAccessReport": lambda: {"EntityPath": "o-a1b2c3d4e5/r-ab12"},
        "GetOrganizationsAccessReport": access_job,
        "GenerateServiceLastAccessedDetails": lambda: {"Arn": t.arn("user", user())},
        "GetServiceLastAccessedDetails": access_job,
        "GetServiceLastAccessedDetailsWithEntities": lambda: dict(access_job(),
                                                                  ServiceNamespace="s3"),
        "ListPoliciesGrantingServiceAccess": lambda: {"Arn": t.arn("user", user()),
                                                      "ServiceNamespaces": ["s3"]},
        "UpdateAccountPasswordPolicy": dict,
        "GetAccountPasswordPolicy": passwords,
        "DeleteAccountPasswordPolicy": passwords,
        "GetAccountProperties": dict,
        "PutAccountProperties": lambda: {"Properties": entries(
            {"RoleManager/Enabled": "false"})},
        "SetSecurityTokenServicePreferences": lambda: {"GlobalEndpointTokenVersion": "v2Token"},
        "EnableOutboundWebIdentityFederation": issuing(False),
        "DisableOutboundWebIdentityFederation": issuing(True),
        "GetOutboundWebIdentityFederationInfo": issuing(True),
        "ListOrganizationsFeatures": dict,
        "EnableOrganizationsRootCredentialsManagement": dict,
        "DisableOrganizationsRootCredentialsManagement": dict,
        "EnableOrganizationsRootSessions": dict,
        "DisableOrganizationsRootSessions": dict,
        "GetContextKeysForCustomPolicy": lambda: {"PolicyInputList": [inline["PolicyDocument"]]},
        "GetContextKeysForPrincipalPolicy": lambda: {"PolicySourceArn": t.arn("user", user())},
        "SimulateCustomPolicy": lambda: {
            "PolicyInputList": [inline["PolicyDocument"]], "ActionNames": ["s3:GetObject"]},
        "SimulatePrincipalPolicy": lambda: {"PolicySourceArn": t.arn("user", user()),
                                            "ActionNames": ["s3:GetObject"]},
    })

    def device(**more):
        made = t.root.call("CreateVirtualMFADevice", VirtualMFADeviceName=t.name("m"))
        seed = base64.b64decode(made["VirtualMFADevice"]["Base32StringSeed"])
        return {"SerialNumber": made["VirtualMFADevice"]["SerialNumber"], **more}, Authenticator(seed)

    def enabled(**more):
        params, app = device(UserName=user())
        t.root.call("EnableMFADevice", **params, **app.pair())
        return {**params, **(app.pair() if more.get("codes") else {})}

    def free():
        params, app = device(UserName=user())
        return {**params, **app.pair()}

    table.update({
        "CreateVirtualMFADevice": lambda: {"VirtualMFADeviceName": t.name("m")},
        "DeleteVirtualMFADevice": lambda: device()[0],
        "EnableMFADevice": free,
        "DeactivateMFADevice": enabled,
        "ResyncMFADevice": lambda: enabled(codes=True),
        "GetMFADevice": enabled,
        "ListMFADevices": lambda: {"UserName": user()},
        "ListVirtualMFADevices": dict,
        "TagMFADevice": lambda: device(Tags=tags)[0],
        "UntagMFADevice": lambda: device(TagKeys=["k"])[0],
        "ListMFADeviceTags": lambda: device()[0],
    })
    line = {"SSHPublicKeyBody": keys.ssh_key(keys.private_key())[0]}

    def ssh_key(**more):
        name = user()
        made = t.root.call("UploadSSHPublicKey", UserName=name, **line)["SSHPublicKey"]
        return dict(more, UserName=name, SSHPublicKeyId=made["SSHPublicKeyId"])

    table.update({
        "UploadSSHPublicKey": lambda: dict(line, UserName=user()),
        "GetSSHPublicKey": lambda: ssh_key(Encoding="PEM"),
        "ListSSHPublicKeys": lambda: {"UserName": user()},
        "UpdateSSHPublicKey": lambda: ssh_key(Status="Inactive"),
        "DeleteSSHPublicKey": ssh_key,
    })
    numbers = itertools.count(100)

    def signing(**more):
        name, body = user(), keys.certificate("ec:P-256", next(numbers))[0]
        made = t.root.call("UploadSigningCertificate", UserName=name, CertificateBody=body)
        return dict(more, UserName=name, CertificateId=made["Certificate"]["CertificateId"])

    table.update({
        "UploadSigningCertificate": lambda: {"UserName": user(), "CertificateBody": keys.certificate(
            "ec:P-256", next(numbers))[0]},
        "ListSigningCertificates": lambda: {"UserName": user()},
        "UpdateSigningCertificate": lambda: signing(Status="Inactive"),
        "DeleteSigningCertificate": signing,
    })
    prints = ["0123456789" * 4]

    def oidc():
        made = t.root.call("CreateOpenIDConnectProvider", ThumbprintList=prints,
                           Url="https://%s.example.com" % t.name("idp"))
        return {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}

    table.update({
        "CreateOpenIDConnectProvider": lambda: {
            "Url": "https://%s.example.com" % t.name("idp"), "ThumbprintList": prints},
        "GetOpenIDConnectProvider": oidc,
        "ListOpenIDConnectProviders": dict,
        "DeleteOpenIDConnectProvider": oidc,
        "AddClientIDToOpenIDConnectProvider": lambda: dict(oidc(), ClientID="c"),
        "RemoveClientIDFromOpenIDConnectProvider": lambda: dict(oidc(), ClientID="c"),
        "UpdateOpenIDConnectProviderThumbprint": lambda: dict(oidc(), ThumbprintList=prints),
        "TagOpenIDConnectProvider": lambda: dict(oidc(), Tags=tags),
        "UntagOpenIDConnectProvider": lambda: dict(oidc(), TagKeys=["k"]),
        "ListOpenIDConnectProviderTags": oidc,
    })

    metadata = ('<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">'
                '<IDPSSODescriptor/></EntityDescriptor><!--%s-->' % ("x" * 1000))

    def saml():
        made = t.root.call("CreateSAMLProvider", Name=t.name("saml"),
                           SAMLMetadataDocument=metadata)
        return {"SAMLProviderArn": made["SAMLProviderArn"]}

    table.update({
        "CreateSAMLProvider": lambda: {"Name": t.name("saml"), "SAMLMetadataDocument": metadata},
        "GetSAMLProvider": saml,
        "ListSAMLProviders": dict,
        "UpdateSAMLProvider": lambda: dict(saml(), AssertionEncryptionMode="Allowed"),
        "DeleteSAMLProvider": saml,
        "TagSAMLProvider": lambda: dict(saml(), Tags=tags),
        "UntagSAMLProvider": lambda: dict(saml(), TagKeys=["k"]),
        "ListSAMLProviderTags": saml,
    })

    def web(is_there=True, **more):
        name = {"ServerCertificateName": t.name("web")}
        pair = {"CertificateBody": keys.vector("ec.pem"), "PrivateKey": keys.vector("ec.key")}
        if not is_there:
            return dict(name, **pair)
        t.root.call("UploadServerCertificate", **name, **pair)
        return dict(more, **name)

    table.update({
        "UploadServerCertificate": lambda: web(is_there=False),
        "GetServerCertificate": web,
        "ListServerCertificates": dict,
        "UpdateServerCertificate": lambda: web(NewPath="/n/"),
        "DeleteServerCertificate": web,
        "TagServerCertificate": lambda: web(Tags=tags),
        "UntagServerCertificate": lambda: web(TagKeys=["k"]),
        "ListServerCertificateTags": web,
    })

    def linked():
        name = "AWSServiceRoleForRDS"
        roles = t.root.call("ListRoles", PathPrefix="/aws-service-role/rds.amazonaws.com/")["Roles"]
        if not roles:
            t.root.call("CreateServiceLinkedRole", AWSServiceName="rds.amazonaws.com")
        return name

    table.update({
        "CreateServiceLinkedRole": lambda: {"AWSServiceName": "autoscaling.amazonaws.com",
                                            "CustomSuffix": t.name("s")},
        "DeleteServiceLinkedRole": lambda: {"RoleName": linked()},
        "GetServiceLinkedRoleDeletionStatus": lambda: t.root.call(
            "DeleteServiceLinkedRole", RoleName=linked()),
    })

    def asked(*verbs):
        made = t.root.call("CreateDelegationRequest", RequestorWorkflowId=t.name("workflow"),
                           **templates.REQUEST)
        for verb in verbs:
            t.root.call(verb + "DelegationRequest", **made)
        return made

    power = TEMPLATES + "iam.amazonaws.com/PowerUserRoleTemplate:1"
    table.update({
        "CreateDelegationRequest": lambda: dict(templates.REQUEST,
                                                RequestorWorkflowId=t.name("workflow")),
        "AssociateDelegationRequest": asked,
        "UpdateDelegationRequest": lambda: asked("Associate"),
        "AcceptDelegationRequest": lambda: asked("Associate"),
        "RejectDelegationRequest": lambda: asked("Associate"),
        "SendDelegationToken": lambda: asked("Associate", "Accept"),
        "GetDelegationRequest": lambda: asked("Associate"),
        "ListDelegationRequests": dict,
        "GetHumanReadableSummary": lambda: {"EntityArn": t.arn(
            "delegation-request", asked("Associate")["DelegationRequestId"])},
        "GetRoleTemplateVersion": lambda: {"TemplateArn": power},
        "AcquireRole": lambda: {"TemplateArn": power, "ReplacementValues": entries({
            "RoleName": {"Values": [t.name("acquired")]},
            "AWSServiceName": {"Values": ["lambda.amazonaws.com"]}})},
    })
    for kind, make in (("User", user), ("Group", group), ("Role", role)):
        who = kind + "Name"
        put = {"Put%sPolicy" % kind: inline}

        def attached(make=make, who=who, kind=kind):
            arn = policy()
            return {who: make(**{"Attach%sPolicy" % kind: {"PolicyArn": arn}}), "PolicyArn": arn}

        table["Put%sPolicy" % kind] = lambda m=make, w=who: dict(inline, **{w: m()})
        table["Get%sPolicy" % kind] = lambda m=make, w=who, p=put: {w: m(**p), "PolicyName": "q"}
        table["Delete%sPolicy" % kind] = lambda m=make, w=who, p=put: {w: m(**p), "PolicyName": "q"}
        table["List%sPolicies" % kind] = lambda m=make, w=who: {w: m()}
        table["Attach%sPolicy" % kind] = lambda m=make, w=who: {w: m(), "PolicyArn": policy()}
        table["Detach%sPolicy" % kind] = attached
        table["ListAttached%sPolicies" % kind] = lambda m=make, w=who: {w: m()}
        if kind == "Group":
            continue
        bound = "Put%sPermissionsBoundary" % kind
        table[bound] = lambda m=make, w=who: {w: m(), "PermissionsBoundary": policy()}
        table["Delete%sPermissionsBoundary" % kind] = lambda m=make, w=who, b=bound: {
            w: m(**{b: {"PermissionsBoundary": policy()}})}
        table["Tag" + kind] = lambda m=make, w=who: {w: m(), "Tags": tags}
        table["Untag" + kind] = lambda m=make, w=who: {w: m(), "TagKeys": ["k"]}
        table["List%sTags" % kind] = lambda m=make, w=who: {w: m()}
    return table


# The actions that an operation needs in addition to its own, whatever its input.
FURTHER = {"AddRoleToInstanceProfile": ["iam:PassRole"],
           "AcquireRole": ["iam:CreateRole", "iam:AttachRolePolicy"]}
# The action of an operation that has none of its name.
OWN = {"AcquireRole": "GetRoleTemplateVersion"}
# What is said to who may do it, where that is no success: there is no security key here, and no
# organization, and a job is read by nobody but who asked for it.
SAID = {"GetMFADevice": "ValidationError", "GenerateOrganizationsAccessReport": "AccessDenied",
        "GetOrganizationsAccessReport": "NoSuchEntity",
        "GetServiceLastAccessedDetails": "NoSuchEntity",
        "GetServiceLastAccessedDetailsWithEntities": "NoSuchEntity",
        **{operation: "OrganizationNotFoundException" for operation in (
            "ListOrganizationsFeatures", "EnableOrganizationsRootCredentialsManagement",
            "DisableOrganizationsRootCredentialsManagement", "EnableOrganizationsRootSessions",
            "DisableOrganizationsRootSessions")}}


def test_S26_each_verb_needs_exactly_its_own_action(t):
    table = operations(t)
    defined = set()
    for path in (ROOT / "api/iam").glob("*.json"):
        defined.update(json.loads(path.read_text(encoding="utf-8")).get("operations", {}))
    t.equal(sorted(set(table) ^ defined), [], "operations without a row in this test")
    user = t.user("alice")
    t.root.call("CreateLoginProfile", UserName=user.name, Password="Correct-horse-1")
    for operation, prepare in sorted(table.items()):
        params = prepare()
        action = OWN.get(operation, operation)
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="only", PolicyDocument=document(
            allow("*"), deny("iam:" + action)))
        error = t.denied(user.client.call, operation, **params)
        t.contains(error.message, "not authorized to perform: iam:" + action)
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="only", PolicyDocument=document(
            {"Effect": "Allow", "NotAction": "iam:" + action, "Resource": "*"}))
        t.denied(user.client.call, operation, **params)
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="only", PolicyDocument=document(
            allow(["iam:" + action] + FURTHER.get(operation, []))))
        if operation in SAID:
            t.fails(SAID[operation], user.client.call, operation, **params)
        else:
            user.client.call(operation, **params)


def test_S27_every_route_is_authorized(t):
    open_routes = {"/healthz", "/readyz", "/.well-known/authzen-configuration"}
    paths = ["/", "/access/v1/evaluation", "/access/v1/evaluations", "/metrics", "/debug/pprof/",
             "/config", "/env", "/status", "/admin", "/profile", "/license", "/notification",
             "/server-status", "/api", "/console", "/.env", "/version", "/v1/token",
             "/policy/validation", "/minio/health/live"]
    nobody = t.user("alice")
    for path in paths:
        for method in ("GET", "POST"):
            plain = [("Host", t.server.host_header), ("Content-Type", "application/json")]
            with t.server.connect() as connection:
                response = connection.request(method, path, plain, b"{}" if method == "POST" else b"")
            t.refused(response, (400, 401, 403, 404, 405, 415), what="%s %s" % (method, path))
            for service in ("iam", "iamd"):
                headers = nobody.client.signer(service).sign_headers(method, path, plain)
                with t.server.connect() as connection:
                    response = connection.request(method, path, headers)
                t.refused(response, (400, 401, 403, 404, 405, 415), what="%s %s" % (method, path))
    for path in open_routes:
        with t.server.connect() as connection:
            response = connection.request("GET", path, [("Host", t.server.host_header)])
        t.equal(response.status, 200, path)
        for word in (t.server.secret, t.server.key_id, nobody.key_id, t.server.data):
            t.true(word not in response.text, "%s tells %s" % (path, word))
    for action in ("ListUsers", "CreateUser", "AssumeRole"):
        body = ("Action=%s&Version=%s&UserName=x" % (
            action, "2011-06-15" if action == "AssumeRole" else "2010-05-08")).encode()
        with t.server.connect() as connection:
            response = connection.request("POST", "/", nobody.client.headers(), body)
        t.refused(response, (400, 403), ("MissingAuthenticationToken", "ValidationError"), action)


def test_S28_there_is_one_listener(t):
    pid = t.server.process.pid
    inodes = set()
    for name in os.listdir("/proc/%d/fd" % pid):
        try:
            target = os.readlink("/proc/%d/fd/%s" % (pid, name))
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    ports = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in pathlib.Path("/proc/net/" + table).read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            listening = words[3] == "0A" or table.startswith("udp")
            if words[9] in inodes and listening:
                address, _, port = words[1].partition(":")
                ports.append((table, int(port, 16)))
                t.equal(address, "0100007F", "the server listens on more than 127.0.0.1")
    t.equal({port for _, port in ports}, {t.server.port}, "listening sockets")


def test_S29_keys_are_independent(t):
    server = t.start()
    name = t.name("role")
    server.client().call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:root" % server.account}))
    server.client().call("PutRolePolicy", RoleName=name, PolicyName="p",
                         PolicyDocument=document(allow("iam:ListUsers")))
    alice = t.user("alice", [allow("sts:AssumeRole")], server=server)
    arn = "arn:aws:iam::%s:role/%s" % (server.account, name)
    session = t.assume(alice.client, arn)
    session.call("ListUsers")
    other = t.start()
    foreign = other.client(session.key_id, session.secret, session.token)
    t.fails(("InvalidClientTokenId", "ExpiredToken"), foreign.call, "ListUsers", status=403)
    first = (server.key_id, server.secret)
    server.secret = "another/secret/of/the/root/user/00000000"
    server.restart()
    session.drop()
    server.client(session.key_id, session.secret, session.token).call("ListUsers")
    accepted = 0
    for secret in (first[1], server.secret):
        try:
            server.client(first[0], secret).call("ListUsers")
            accepted += 1
        except ApiError as error:
            t.equal(error.code, "SignatureDoesNotMatch")
    t.equal(accepted, 1, "number of root secrets that were accepted")


def test_S30_there_are_no_default_credentials(t):
    pairs = set()
    for _ in range(2):
        server = t.start(root_key=False)
        path = pathlib.Path(server.data) / "root-credentials"
        t.equal(stat.S_IMODE(path.stat().st_mode), 0o600, "mode of root-credentials")
        values = dict(line.split("=", 1) for line in path.read_text(encoding="ascii").splitlines())
        t.equal(sorted(values), ["access_key_id", "secret_access_key"])
        client = server.client(values["access_key_id"], values["secret_access_key"])
        t.equal(client.call("GetCallerIdentity")["Arn"], "arn:aws:iam::%s:root" % server.account)
        pairs.add((values["access_key_id"], values["secret_access_key"]))
        for key, secret in (("minioadmin", "minioadmin"), ("rustfsadmin", "rustfsadmin"),
                            ("admin", "admin"), ("root", "root"), ("test", "test"),
                            ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                            (values["access_key_id"], "")):
            try:
                server.client(key, secret).call("GetCallerIdentity")
            except ApiError as error:
                t.true(error.status in (400, 403), str(error))
                continue
            t.true(False, "%s is accepted" % key)
    t.equal(len(pairs), 2, "two servers made the same root key")
    for bad in ({"IAMD_ROOT_ACCESS_KEY_ID": "AKIAAAAAAAAAAAAAAAAA"},
                {"IAMD_ROOT_SECRET_ACCESS_KEY": "x" * 40},
                {"IAMD_ROOT_ACCESS_KEY_ID": "a", "IAMD_ROOT_SECRET_ACCESS_KEY": ""},
                {"IAMD_ROOT_ACCESS_KEY_ID": "AKIAAAAAAAAAAAAAAAAA", "IAMD_ROOT_SECRET_ACCESS_KEY": "x"}):
        try:
            t.start(root_key=False, env=bad)
        except ServerFailed as error:
            t.contains(str(error), "ended with", "outcome")
            t.own.pop().close()
            continue
        t.true(False, "started with %s" % sorted(bad))


def test_S31_secrets_stay_inside(t):
    command = pathlib.Path("/proc/%d/cmdline" % t.server.process.pid).read_bytes().decode()
    t.true(t.server.secret not in command and "SECRET" not in command, command)
    canary = t.server.secret
    for path in ("/env", "/config", "/debug/vars", "/metrics", "/minio/bootstrap/v1/verify", "/proc",
                 "/healthz", "/readyz", "/.well-known/authzen-configuration"):
        for method in ("GET", "POST"):
            headers = t.root.signer("iamd").sign_headers(method, path, t.root.headers())
            with t.server.connect() as connection:
                response = connection.request(method, path, headers)
            t.true(canary not in response.text and "IAMD_ROOT" not in response.text,
                   "%s tells the environment" % path)


def test_S32_reserved_names(t):
    service = trust({"Service": "ec2.amazonaws.com"})
    for path in ("/aws-service-role/", "/aws-service-role/x.amazonaws.com/", "/aws-reserved/"):
        t.fails(("InvalidInput", "ValidationError", "AccessDenied", "UnmodifiableEntity"),
                t.root.call, "CreateRole", RoleName=t.name("r"), Path=path,
                AssumeRolePolicyDocument=service)
    tags = [{"Key": "aws:x", "Value": "v"}]
    upper = [{"Key": "AWS:x", "Value": "v"}]
    user = t.name("alice")
    t.root.call("CreateUser", UserName=user)
    role, _ = t.role()
    policy = t.policy("p", allow("s3:*"))
    codes = ("InvalidInput", "ValidationError")
    for bad in (tags, upper):
        for action, params in (
                ("TagUser", {"UserName": user}), ("TagRole", {"RoleName": role}),
                ("TagPolicy", {"PolicyArn": policy}), ("CreateUser", {"UserName": t.name("x")}),
                ("CreateRole", {"RoleName": t.name("r"), "AssumeRolePolicyDocument": service}),
                ("CreatePolicy", {"PolicyName": t.name("p"), "PolicyDocument": READ})):
            t.fails(codes, t.root.call, action, Tags=bad, status=400, **params)
    fake = t.user("root", UserName="root") if not exists(t, "root") else None
    if fake is not None:
        t.denied(fake.client.call, "ListUsers")
        t.equal(fake.client.call("GetCallerIdentity")["Arn"], t.arn("user/", "root", ""))
    t.fails(("NoSuchEntity", "ValidationError", "InvalidInput", "AccessDenied"), t.root.call,
            "CreatePolicyVersion", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess",
            PolicyDocument=READ, SetAsDefault=True)


def exists(t, name):
    try:
        t.root.call("GetUser", UserName=name)
        return True
    except ApiError:
        return False


def test_S33_known_escalations_need_their_grant(t):
    admin = document(allow("*"))
    ours = t.policy("ours", allow("iam:Get*"), allow("iam:List*"))
    t.root.call("CreatePolicyVersion", PolicyArn=ours, PolicyDocument=admin)
    user = t.user("alice")
    t.root.call("AttachUserPolicy", UserName=user.name, PolicyArn=ours)
    group = t.name("admins")
    t.root.call("CreateGroup", GroupName=group)
    t.root.call("PutGroupPolicy", GroupName=group, PolicyName="p", PolicyDocument=admin)
    role, arn = t.role(principal={"Service": "ec2.amazonaws.com"}, policy=[allow("*")])
    wide = t.policy("wide", allow("*"))
    for action, params in (
            ("CreatePolicyVersion", {"PolicyArn": ours, "PolicyDocument": admin,
                                     "SetAsDefault": True}),
            ("SetDefaultPolicyVersion", {"PolicyArn": ours, "VersionId": "v2"}),
            ("AttachUserPolicy", {"UserName": user.name, "PolicyArn": wide}),
            ("AttachGroupPolicy", {"GroupName": group, "PolicyArn": wide}),
            ("AttachRolePolicy", {"RoleName": role, "PolicyArn": wide}),
            ("PutUserPolicy", {"UserName": user.name, "PolicyName": "x", "PolicyDocument": admin}),
            ("PutGroupPolicy", {"GroupName": group, "PolicyName": "x", "PolicyDocument": admin}),
            ("PutRolePolicy", {"RoleName": role, "PolicyName": "x", "PolicyDocument": admin}),
            ("UpdateAssumeRolePolicy", {"RoleName": role, "PolicyDocument": trust(
                {"AWS": user.arn})}),
            ("AddUserToGroup", {"GroupName": group, "UserName": user.name}),
            ("CreateAccessKey", {"UserName": user.name}),
            ("AssumeRole", {"RoleArn": arn, "RoleSessionName": "s1"})):
        t.denied(user.client.call, action, **params)
    t.denied(user.client.call, "CreateUser", UserName=t.name("x"))
    t.equal(t.root.call("GetPolicy", PolicyArn=ours)["Policy"]["DefaultVersionId"], "v1")


def test_S33_delegation_with_a_required_boundary(t):
    boundary = t.policy("boundary", allow("s3:*"))
    must = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    alice = t.user("alice", [
        allow(["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:CreateRole",
               "iam:PutRolePolicy", "iam:PutUserPermissionsBoundary"], Condition=must)])
    t.denied(alice.client.call, "CreateUser", UserName=t.name("x"))
    wide = t.policy("wide", allow("*"))
    t.denied(alice.client.call, "CreateUser", UserName=t.name("x"), PermissionsBoundary=wide)
    bounded = t.name("bounded")
    alice.client.call("CreateUser", UserName=bounded, PermissionsBoundary=boundary)
    alice.client.call("PutUserPolicy", UserName=bounded, PolicyName="p",
                      PolicyDocument=document(allow("*")))
    alice.client.call("AttachUserPolicy", UserName=bounded, PolicyArn=wide)
    t.denied(alice.client.call, "PutUserPermissionsBoundary", UserName=bounded,
             PermissionsBoundary=wide)
    t.denied(alice.client.call, "DeleteUserPermissionsBoundary", UserName=bounded)
    free = t.name("free")
    t.root.call("CreateUser", UserName=free)
    t.denied(alice.client.call, "PutUserPolicy", UserName=free, PolicyName="p",
             PolicyDocument=document(allow("*")))
    t.denied(alice.client.call, "AttachUserPolicy", UserName=free, PolicyArn=wide)
    t.denied(alice.client.call, "CreateRole", RoleName=t.name("r"),
             AssumeRolePolicyDocument=trust({"AWS": alice.arn}))
    arn = t.arn("user/", bounded, "")
    t.decision(t.root.evaluate(arn, "iam:CreateUser", "*"), False, "implicitdeny")
    t.decision(t.root.evaluate(arn, "s3:GetObject", OBJECT), True, "allow")


def test_S34_a_boundary_stays(t):
    boundary = t.policy("boundary", allow("iam:List*"), allow("s3:*"))
    alice = t.user("alice", [allow("*")], PermissionsBoundary=boundary)
    for action, params in (("DeleteUserPermissionsBoundary", {"UserName": alice.name}),
                           ("PutUserPermissionsBoundary", {
                               "UserName": alice.name,
                               "PermissionsBoundary": t.policy("wide", allow("*"))}),
                           ("CreatePolicyVersion", {"PolicyArn": boundary, "SetAsDefault": True,
                                                    "PolicyDocument": document(allow("*"))})):
        t.denied(alice.client.call, action, **params)
    t.decision(t.root.evaluate(alice.arn, "s3:GetObject", OBJECT), True, "allow")
    try:
        t.root.call("DeletePolicy", PolicyArn=boundary)
    except ApiError as error:
        t.equal(error.code, "DeleteConflict")
        return
    t.equal(t.root.evaluate(alice.arn, "s3:GetObject", OBJECT)["decision"], False,
            "a dangling boundary allows")
    t.denied(alice.client.call, "ListUsers")


def test_S35_names_have_one_normal_form(t):
    name = t.name("Admins")
    policy = t.policy(name, allow("s3:*"))
    t.root.call("CreateGroup", GroupName=name)
    for action, member, value in (("CreateGroup", "GroupName", name.lower()),
                                  ("CreateUser", "UserName", " "),
                                  ("CreateGroup", "GroupName", name + " "),
                                  ("CreateGroup", "GroupName", " " + name),
                                  ("CreateGroup", "GroupName", name + "\t"),
                                  ("CreateGroup", "GroupName", name + "\u00a0"),
                                  ("CreateGroup", "GroupName", name + "\u200b")):
        t.fails(("EntityAlreadyExists", "ValidationError"), t.root.call, action, **{member: value})
    upper = policy.rpartition("/")[0] + "/" + policy.rpartition("/")[2].upper()
    t.fails("EntityAlreadyExists", t.root.call, "CreatePolicy",
            PolicyName=upper.rpartition("/")[2], PolicyDocument=READ)
    alice = t.user("alice", [allow("iam:GetGroup", t.arn("group/", name, ""))])
    alice.client.call("GetGroup", GroupName=name)
    try:
        got = alice.client.call("GetGroup", GroupName=name.lower())["Group"]
        t.equal(got["GroupName"], name)
    except ApiError as error:
        t.true(error.code in ("AccessDenied", "NoSuchEntity"), str(error))
    denied = t.user("bob", [allow("iam:*"), deny("iam:GetGroup", t.arn("group/", name, ""))])
    for spelling in (name, name.lower(), name.upper()):
        t.fails(("AccessDenied", "NoSuchEntity"), denied.client.call, "GetGroup", GroupName=spelling)


def test_S36_values_are_never_patterns(t):
    variable = "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"
    for value in ("*", "?", "${aws:username}", "a*", "<", "\\*"):
        t.fails(("ValidationError", "InvalidInput"), t.root.call, "CreateUser",
                UserName=t.name("x"), Tags=[{"Key": "team", "Value": value}])
    alice = t.user("alice", [allow("s3:GetObject", variable)],
                   Tags=[{"Key": "team", "Value": "blue/x"}])
    t.decision(t.root.evaluate(alice.arn, "s3:GetObject", "arn:aws:s3:::bucket/blue/x/k"), True, "allow")
    t.decision(t.root.evaluate(alice.arn, "s3:GetObject", "arn:aws:s3:::bucket/blue/y/k"), False,
               "implicitdeny")
    bob = t.user("bob", [allow("s3:GetObject", "arn:aws:s3:::bucket/${s3:prefix}/k")])
    for value, resource in (("*", "any"), ("?", "a"), ("a*", "ab"), ("${*}", "*x"), ("*/", "q/")):
        target = "arn:aws:s3:::bucket/%s/k" % resource
        t.decision(t.root.evaluate(bob.arn, "s3:GetObject", target, {"s3:prefix": value}), False,
                   "implicitdeny", "value %r" % value)
    target = "arn:aws:s3:::bucket/a/k"
    t.decision(t.root.evaluate(bob.arn, "s3:GetObject", target, {"s3:prefix": "a"}), True, "allow")
    t.decision(t.root.evaluate(bob.arn, "s3:GetObject", target), False, "implicitdeny", "no value")
    _, arn = t.role(AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:root" % t.account}, ["sts:AssumeRole", "sts:TagSession"]))
    carol = t.user("carol", [allow("sts:*")])
    t.fails(("ValidationError", "InvalidParameterValue"), carol.client.call, "AssumeRole",
            RoleArn=arn, RoleSessionName="s1", Tags=[{"Key": "team", "Value": "*"}])


def test_S37_a_new_principal_of_the_same_name_gets_nothing(t):
    alice = t.user("alice", [allow("iam:ListUsers")])
    role, arn = t.role(principal={"AWS": alice.arn})
    alice.client.call("AssumeRole", RoleArn=arn, RoleSessionName="s1")
    t.root.call("DeleteUserPolicy", UserName=alice.name, PolicyName="inline")
    t.root.call("DeleteAccessKey", UserName=alice.name, AccessKeyId=alice.key_id)
    t.root.call("DeleteUser", UserName=alice.name)
    again = t.user(UserName=alice.name)
    t.true(again.user_id != alice.user_id, "an ID was used again")
    t.denied(again.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    t.denied(again.client.call, "ListUsers")
    t.fails("InvalidClientTokenId", alice.client.call, "GetCallerIdentity")
    got = decoded(t.root.call("GetRole", RoleName=role)["Role"]["AssumeRolePolicyDocument"])
    t.contains(got, alice.user_id, "trust policy")
    name, first = t.role("gone", policy=[allow("iam:ListUsers")])
    caller = t.user("bob", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, first)
    t.root.call("DeleteRolePolicy", RoleName=name, PolicyName="inline")
    t.root.call("DeleteRole", RoleName=name)
    t.root.call("CreateRole", RoleName=name, AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:root" % t.account}))
    t.root.call("PutRolePolicy", RoleName=name, PolicyName="inline",
                PolicyDocument=document(allow("iam:ListUsers")))
    t.fails(("InvalidClientTokenId", "AccessDenied", "ExpiredToken"), session.call, "ListUsers")


def test_S38_the_account_comes_from_the_caller(t):
    name = t.name("alice")
    for extra in ({"AccountId": "999999999999"}, {"Account": "999999999999"},
                  {"UserId": "AIDAAAAAAAAAAAAAAAAAA"}, {"Arn": "arn:aws:iam::999999999999:root"}):
        try:
            made = t.root.call("CreateUser", UserName=name, **extra)["User"]
        except ApiError as error:
            t.true(400 <= error.status < 500, str(error))
            continue
        t.equal(made["Arn"], t.arn("user/", name, ""))
        t.true(made["UserId"] != "AIDAAAAAAAAAAAAAAAAAA", "the ID was taken from the request")
        t.root.call("DeleteUser", UserName=name)
    alice = t.user("alice", [allow("*")])
    t.equal(alice.client.call("GetCallerIdentity")["Account"], t.account)


def test_S39_what_is_derived_keeps_every_restriction(t):
    boundary = t.policy("boundary", allow(["iam:ListUsers", "sts:*"]))
    _, second = t.role(policy=[allow("iam:*")], PermissionsBoundary=boundary)
    _, first = t.role(policy=[allow("sts:AssumeRole"), allow("iam:ListUsers")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    one = t.assume(caller.client, first, Policy=document(allow("sts:AssumeRole", first)))
    t.denied(one.call, "AssumeRole", RoleArn=second, RoleSessionName="s2")
    one = t.assume(caller.client, first, Policy=document(allow("sts:AssumeRole")))
    two = t.assume(one, second, Policy=document(allow("iam:ListUsers"), allow("iam:ListGroups")))
    two.call("ListUsers")
    t.denied(two.call, "ListGroups")
    t.denied(two.call, "CreateAccessKey", UserName=caller.name)
    t.denied(two.call, "ListRoles")


def test_S40_nothing_of_another_account_is_touched(t):
    other = "999999999999"
    alice = t.user("alice", [allow("*")])
    foreign = "arn:aws:iam::%s:policy/p" % other
    ours = t.policy("p", allow("s3:*"))
    spoofed = ours.replace(t.account, other)
    for who in (alice.client, t.root):
        for arn in (foreign, spoofed):
            for action in ("GetPolicy", "DeletePolicy", "ListPolicyVersions", "ListEntitiesForPolicy"):
                t.fails(("NoSuchEntity", "AccessDenied", "ValidationError", "InvalidInput"), who.call,
                        action, PolicyArn=arn)
            t.fails(("NoSuchEntity", "AccessDenied", "ValidationError", "InvalidInput"), who.call,
                    "AttachUserPolicy", UserName=alice.name, PolicyArn=arn)
            t.fails(("NoSuchEntity", "AccessDenied", "ValidationError", "InvalidInput"), who.call,
                    "CreatePolicyVersion", PolicyArn=arn, PolicyDocument=READ)
    t.denied(alice.client.call, "AssumeRole", RoleArn="arn:aws:iam::%s:role/r" % other,
             RoleSessionName="s1")
    role, arn = t.role(principal={"AWS": "arn:aws:iam::%s:root" % other})
    t.denied(alice.client.call, "AssumeRole", RoleArn=arn, RoleSessionName="s1")
    t.denied(alice.client.call, "AssumeRole", RoleArn=arn.replace(t.account, other),
             RoleSessionName="s1")
    question = question_of("arn:aws:iam::%s:user/%s" % (other, alice.name), "s3:GetObject", OBJECT)
    response = t.root.post_json("/access/v1/evaluation", question)
    t.true(response.status != 200 or response.json()["decision"] is False, repr(response))
    t.root.call("GetPolicy", PolicyArn=ours)
    t.root.call("GetRole", RoleName=role)
