# SPDX-License-Identifier: Apache-2.0
"""boto3 of Debian, unchanged: its own signing, parsing, pagination and error classes."""

import json
import subprocess
import time
import urllib.request

import botocore.exceptions

from lib import boto, keys
from cases import saml_providers
from lib.case import Failed, allow, deny, document, seconds, trust
from lib.totp import Authenticator, qr_text
from lib.wire import question_of


def client_of(t, service, key_id=None, secret=None, token=None, region="eu-west-1"):
    return boto.client(t.server.client_url, service, key_id or t.server.key_id,
                       secret or t.server.secret, token, region, read_timeout=60)


def refused(t, code, function, **params):
    try:
        result = function(**params)
    except botocore.exceptions.ClientError as error:
        t.equal(error.response["Error"]["Code"], code, "code of " + error.operation_name)
        return error
    raise Failed("was not refused: %r" % result)


def test_types_of_the_answers(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    user = iam.create_user(UserName=name, Path="/d/", Tags=[{"Key": "a", "Value": ""}])["User"]
    t.equal(user["CreateDate"].tzname(), "UTC")
    t.equal(user["Tags"], [{"Key": "a", "Value": ""}])
    t.equal(iam.get_user(UserName=name)["User"]["CreateDate"], user["CreateDate"])
    listed = iam.list_users(PathPrefix="/d/")
    t.equal((type(listed["IsTruncated"]), listed["IsTruncated"]), (bool, False))
    t.equal(listed["ResponseMetadata"]["HTTPStatusCode"], 200)
    t.true(listed["ResponseMetadata"]["RequestId"], "no RequestId")
    error = refused(t, "NoSuchEntity", iam.get_user, UserName="nobody")
    t.true(isinstance(error, iam.exceptions.NoSuchEntityException), "class of the error")
    t.equal(error.response["Error"]["Type"], "Sender")
    t.equal(error.response["Error"]["Message"], "The user with name nobody cannot be found.")
    empty = iam.list_groups(PathPrefix="/none/")
    t.equal(empty["Groups"], [])


def test_documents_are_parsed(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    text = document(allow("s3:GetObject", "arn:aws:s3:::b/\u00fc +&=%20*"))
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    got = iam.get_user_policy(UserName=name, PolicyName="p")["PolicyDocument"]
    t.equal(got, json.loads(text))
    role = t.name("r")
    rule = trust({"Service": "ec2.amazonaws.com"})
    made = iam.create_role(RoleName=role, AssumeRolePolicyDocument=rule)["Role"]
    t.equal(made["AssumeRolePolicyDocument"], json.loads(rule))
    try:
        iam.create_policy(PolicyName=t.name("p"), PolicyDocument='{"Statement": {"Effect": "Allow", '
                          '"Action": "s3:*", "Resource": "*"}}')
        t.true(False, "a managed policy without a Version is taken")
    except iam.exceptions.MalformedPolicyDocumentException as error:
        t.equal(error.response["Error"]["Message"],
                "Policy document must be version 2012-10-17 or greater.")
    listed = [r for page in iam.get_paginator("list_roles").paginate() for r in page["Roles"]]
    t.true(role in [r["RoleName"] for r in listed], "role is not listed")


def test_login_profiles(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    error = refused(t, "PasswordPolicyViolation", iam.create_login_profile, UserName=name,
                    Password="abcdefg1")
    t.true(isinstance(error, iam.exceptions.PasswordPolicyViolationException), "class of the error")
    t.contains(str(error), "meet 1 more of the following requirements: Password should have at least")
    made = iam.create_login_profile(UserName=name, Password="pass & w\u00f6rd +1\tA",
                                    PasswordResetRequired=True)["LoginProfile"]
    t.equal((made["UserName"], made["PasswordResetRequired"], made["CreateDate"].tzname()),
            (name, True, "UTC"))
    iam.update_login_profile(UserName=name, PasswordResetRequired=False)
    got = iam.get_login_profile(UserName=name)["LoginProfile"]
    t.equal(got, dict(made, PasswordResetRequired=False))
    error = refused(t, "DeleteConflict", iam.delete_user, UserName=name)
    t.contains(str(error), "Cannot delete entity, must delete login profile first.")
    iam.delete_login_profile(UserName=name)
    error = refused(t, "NoSuchEntity", iam.get_login_profile, UserName=name)
    t.true(isinstance(error, iam.exceptions.NoSuchEntityException), "class of the error")
    iam.delete_user(UserName=name)


def test_passwords_and_service_credentials(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password="Correct horse 1")
    iam.put_user_policy(UserName=name, PolicyName="p",
                        PolicyDocument=document(allow("iam:ChangePassword")))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = client_of(t, "iam", key["AccessKeyId"], key["SecretAccessKey"])
    own.change_password(OldPassword="Correct horse 1", NewPassword="Correct horse 2")
    refused(t, "AccessDenied", own.change_password, OldPassword="Correct horse 1",
            NewPassword="Correct horse 3")
    error = refused(t, "InvalidUserType", iam.change_password, OldPassword="x", NewPassword="y")
    t.true(isinstance(error, iam.exceptions.InvalidUserTypeException), "class of the error")
    who = {"UserName": name}
    made = iam.create_service_specific_credential(
        ServiceName="codecommit.amazonaws.com", **who)["ServiceSpecificCredential"]
    which = dict(who, ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"])
    again = iam.reset_service_specific_credential(**which)["ServiceSpecificCredential"]
    t.true(again["ServicePassword"] != made["ServicePassword"], "the same password")
    iam.update_service_specific_credential(Status="Inactive", **which)
    (row,) = iam.list_service_specific_credentials(**who)["ServiceSpecificCredentials"]
    t.equal((row["Status"], row["ServiceUserName"]), ("Inactive", made["ServiceUserName"]))
    error = refused(t, "NoSuchEntity", iam.create_service_specific_credential, ServiceName="x", **who)
    t.true(isinstance(error, iam.exceptions.NoSuchEntityException), "class of the error")
    iam.delete_service_specific_credential(**which)


def test_the_credential_report(t):
    iam = client_of(t, "iam")
    state = iam.generate_credential_report()["State"]
    t.true(state in ("STARTED", "INPROGRESS", "COMPLETE"), state)
    for _ in range(400):
        try:
            report = iam.get_credential_report()
            break
        except iam.exceptions.CredentialReportNotReadyException:
            time.sleep(0.1)
    t.contains(report["Content"].decode(), "\n<root_account>,arn:aws:iam::%s:root," % t.account)
    t.equal((report["ReportFormat"], report["GeneratedTime"].tzname()), ("text/csv", "UTC"))


def test_last_accessed(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(
        allow(["iam:GetUser", "s3:*"])))
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    for _ in range(400):
        got = iam.get_service_last_accessed_details(JobId=job)
        if got["JobStatus"] != "IN_PROGRESS":
            break
        time.sleep(0.1)
    t.equal((got["JobStatus"], got["JobType"]), ("COMPLETED", "ACTION_LEVEL"))
    t.true(got["JobCreationDate"] <= got["JobCompletionDate"], "the dates of a job")
    t.equal([(s["ServiceNamespace"], s["ServiceName"], s["TotalAuthenticatedEntities"])
             for s in got["ServicesLastAccessed"]],
            [("iam", "AWS Identity and Access Management (IAM)", 0), ("s3", "Amazon S3", 0)])
    t.equal(got["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"],
            [{"ActionName": "GetUser"}])
    who = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="s3")
    t.equal([(e["EntityInfo"]["Arn"], e["EntityInfo"]["Type"]) for e in who["EntityDetailsList"]],
            [(arn, "USER")])
    (entry,) = iam.list_policies_granting_service_access(
        Arn=arn, ServiceNamespaces=["s3"])["PoliciesGrantingServiceAccess"]
    t.equal(entry, {"ServiceNamespace": "s3", "Policies": [
        {"PolicyName": "p", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": name}]})
    refused(t, "InvalidInput", iam.list_policies_granting_service_access, Arn=arn,
            ServiceNamespaces=["nothing"])
    refused(t, "AccessDenied", iam.generate_organizations_access_report,
            EntityPath="o-a1b2c3d4e5/r-ab12")
    refused(t, "NoSuchEntity", iam.get_organizations_access_report, JobId=job)


def test_paginators(t):
    iam = client_of(t, "iam")
    path = "/boto/%s/" % t.name("p")
    names = sorted(t.name("u") for _ in range(23))
    for name in names:
        iam.create_user(UserName=name, Path=path)
    pages = list(iam.get_paginator("list_users").paginate(
        PathPrefix=path, PaginationConfig={"PageSize": 5}))
    t.equal(len(pages), 5)
    t.equal([user["UserName"] for page in pages for user in page["Users"]], names)


def test_enforcement_and_sessions(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = client_of(t, "iam", key["AccessKeyId"], key["SecretAccessKey"])
    sts = client_of(t, "sts", key["AccessKeyId"], key["SecretAccessKey"])
    t.equal(sts.get_caller_identity()["Account"], t.account)
    refused(t, "AccessDenied", own.list_users)
    arn = iam.create_policy(PolicyName=t.name("p"), PolicyDocument=document(
        allow("iam:ListUsers"), allow("sts:AssumeRole")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    own.list_users()
    iam.put_user_policy(UserName=name, PolicyName="no",
                        PolicyDocument=document(deny("iam:ListUsers")))
    error = refused(t, "AccessDenied", own.list_users)
    t.contains(str(error), "with an explicit deny in an identity-based policy")
    role = iam.create_role(RoleName=t.name("r"), AssumeRolePolicyDocument=trust(
        {"AWS": "arn:aws:iam::%s:root" % t.account}, ["sts:AssumeRole", "sts:TagSession"]))["Role"]
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p",
                        PolicyDocument=document(allow("iam:List*")))
    refused(t, "AccessDenied", sts.assume_role, RoleArn=role["Arn"], RoleSessionName="s1",
            Tags=[{"Key": "a", "Value": "b"}])
    got = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1", DurationSeconds=900,
                          Policy=document(allow("iam:ListUsers")))
    keys = got["Credentials"]
    t.equal(keys["Expiration"].tzname(), "UTC")
    session = client_of(t, "iam", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    session.list_users()
    refused(t, "AccessDenied", session.list_groups)


def test_signs_for_any_region(t):
    for region in ("us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1"):
        client_of(t, "iam", region=region).list_users()
        client_of(t, "sts", region=region).get_caller_identity()


def test_presigned_url_of_boto3(t):
    url = client_of(t, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=60,
                                                     HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=60) as answer:
        text = answer.read().decode()
    t.contains(text, ":root</Arn>")
    done = subprocess.run(["/usr/bin/curl", "--silent", "--fail", "--max-time", "60", url],
                          capture_output=True, text=True)
    t.contains(done.stdout, ":root</Arn>")


def test_validation_by_the_server(t):
    iam = boto.client(t.server.client_url, "iam", t.server.key_id, t.server.secret,
                      parameter_validation=False)
    refused(t, "ValidationError", iam.create_user, UserName="x" * 65)
    refused(t, "ValidationError", iam.create_user)
    refused(t, "ValidationError", iam.list_users, MaxItems=0)


@seconds(240)
def test_what_aws_was_seen_to_answer(t):
    iam = client_of(t, "iam")
    name, policy = t.name("alice"), t.policy("p", allow("s3:*"))
    iam.create_user(UserName=name)
    for tags, message in (([], "Error occurred while validating input. "),
                          ([{"Key": "aws:x", "Value": ""}],
                           "Tag keys beginning with aws: are reserved for system use."),
                          ([{"Key": "k", "Value": ""}, {"Key": "K", "Value": ""}],
                           "Duplicate tag keys found. Please note that Tag keys are case "
                           "insensitive.")):
        error = refused(t, "InvalidInput", iam.tag_user, UserName=name, Tags=tags)
        t.equal(error.response["Error"]["Message"], message)
    iam.untag_user(UserName=name, TagKeys=[])
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "stage", "Value": "a"},
                                           {"Key": "STAGE", "Value": "b"}])
    t.equal(sorted(tag["Key"] for tag in iam.list_policy_tags(PolicyArn=policy)["Tags"]),
            ["STAGE", "stage"])
    error = refused(t, "ValidationError", iam.attach_user_policy, UserName=name,
                    PolicyArn="longpolicynamebutnoarn")
    t.equal(error.response["Error"]["Message"], "Invalid ARN:  Could not be parsed!")
    refused(t, "NoSuchEntity", iam.delete_user_permissions_boundary, UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="MixedName",
                        PolicyDocument=document(allow("s3:*")))
    iam.put_user_policy(UserName=name, PolicyName="mixedname",
                        PolicyDocument=document(allow("s3:*")))
    t.equal(iam.list_user_policies(UserName=name)["PolicyNames"], ["MixedName"])


def test_the_account(t):
    iam = client_of(t, "iam")
    alias = t.name("an-alias").lower()
    iam.create_account_alias(AccountAlias=alias)
    t.equal([page["AccountAliases"] for page in iam.get_paginator("list_account_aliases").paginate()],
            [[alias]])
    iam.delete_account_alias(AccountAlias=alias)
    iam.update_account_password_policy(HardExpiry=True, RequireNumbers=True)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    t.equal((policy["HardExpiry"], policy["RequireNumbers"], policy["MinimumPasswordLength"]),
            (True, True, 6))
    iam.delete_account_password_policy()
    refused(t, "NoSuchEntity", iam.get_account_password_policy)
    resource = boto.session(t.server.key_id, t.server.secret).resource(
        "iam", endpoint_url=t.server.client_url)
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "LocalManagedPolicy"], PaginationConfig={"PageSize": 2})
    users = [user["UserName"] for page in pages for user in page["UserDetailList"]]
    t.equal(users, [user["UserName"] for user in iam.list_users()["Users"]])
    t.equal(resource.AccountSummary().summary_map, iam.get_account_summary()["SummaryMap"])


def test_simulation(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    tagged = {"Null": {"aws:PrincipalTag/team": "false"}}
    text = document(allow("s3:GetObject"), allow("s3:PutObject", Condition=tagged))
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    ask = {"ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": ["arn:aws:s3:::b/k"]}
    for operation, whose in (("simulate_principal_policy", {"PolicySourceArn": arn}),
                             ("simulate_custom_policy", {"PolicyInputList": [text]})):
        pages = iam.get_paginator(operation).paginate(
            **ask, **whose, PaginationConfig={"PageSize": 1})
        results = [row for page in pages for row in page["EvaluationResults"]]
        t.equal([row["EvalDecision"] for row in results], ["allowed", "implicitDeny"])
        t.equal(results[0]["MatchedStatements"][0]["StartPosition"], {"Line": 1, "Column": 41})
        t.equal(results[0]["MissingContextValues"], [])
        t.equal(results[1]["MissingContextValues"], ["aws:PrincipalTag/team"])
        t.equal(results[1]["EvalDecisionDetails"], {})
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn, PolicyInputList=[text])
    t.equal(keys["ContextKeyNames"], ["aws:PrincipalTag/team"] * 2)
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[text])
    t.equal(keys["ContextKeyNames"], ["aws:PrincipalTag/team"])
    refused(t, "InvalidInput", iam.simulate_custom_policy, PolicyInputList=["{"],
            ActionNames=["s3:GetObject"])


def test_mfa_devices(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/p/",
                                         Tags=[{"Key": "a", "Value": "1"}])["VirtualMFADevice"]
    app = Authenticator(made["Base32StringSeed"])
    t.equal(qr_text(made["QRCodePNG"]), "otpauth://totp/phone@%s?secret=%s" % (
        t.account, made["Base32StringSeed"].decode()))
    who = {"UserName": name, "SerialNumber": made["SerialNumber"]}
    refused(t, "InvalidAuthenticationCode", iam.enable_mfa_device, **who, **app.wrong())
    iam.enable_mfa_device(**who, **app.pair())
    iam.resync_mfa_device(**who, **app.pair())
    listed = [device for page in iam.get_paginator("list_mfa_devices").paginate(UserName=name)
              for device in page["MFADevices"]]
    t.equal([device["SerialNumber"] for device in listed], [made["SerialNumber"]])
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Assigned")
    t.equal([device["User"]["UserName"] for page in pages for device in page["VirtualMFADevices"]],
            [name])
    tagged = {"SerialNumber": made["SerialNumber"]}
    iam.tag_mfa_device(Tags=[{"Key": "b", "Value": "2"}], **tagged)
    iam.untag_mfa_device(TagKeys=["a"], **tagged)
    t.equal(iam.list_mfa_device_tags(**tagged)["Tags"], [{"Key": "b", "Value": "2"}])
    refused(t, "DeleteConflict", iam.delete_virtual_mfa_device, **tagged)
    iam.deactivate_mfa_device(**who)
    iam.delete_virtual_mfa_device(**tagged)
    refused(t, "NoSuchEntity", iam.delete_virtual_mfa_device, **tagged)


def test_ssh_public_keys(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    line, fingerprint = keys.ssh_key(keys.private_key())
    iam.create_user(UserName=name)
    made = iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody=line)["SSHPublicKey"]
    t.equal((made["Fingerprint"], made["UploadDate"].tzname()), (fingerprint, "UTC"))
    key = {"UserName": name, "SSHPublicKeyId": made["SSHPublicKeyId"]}
    iam.update_ssh_public_key(Status="Inactive", **key)
    pages = iam.get_paginator("list_ssh_public_keys").paginate(UserName=name)
    t.equal([row["Status"] for page in pages for row in page["SSHPublicKeys"]], ["Inactive"])
    t.equal(iam.get_ssh_public_key(Encoding="SSH", **key)["SSHPublicKey"]["SSHPublicKeyBody"], line)
    error = refused(t, "DuplicateSSHPublicKey", iam.upload_ssh_public_key, UserName=name,
                    SSHPublicKeyBody=line)
    t.true(isinstance(error, iam.exceptions.DuplicateSSHPublicKeyException), "class of the error")
    error = refused(t, "UnrecognizedPublicKeyEncoding", iam.upload_ssh_public_key, UserName=name,
                    SSHPublicKeyBody="none")
    t.true(isinstance(error, iam.exceptions.UnrecognizedPublicKeyEncodingException), "class")
    iam.delete_ssh_public_key(**key)


def test_signing_certificates(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    body = keys.certificate("ec:P-256", 31)[0]
    iam.create_user(UserName=name)
    made = iam.upload_signing_certificate(UserName=name, CertificateBody=body)["Certificate"]
    t.equal((made["CertificateBody"], made["UploadDate"].tzname()), (body, "UTC"))
    cert = {"UserName": name, "CertificateId": made["CertificateId"]}
    iam.update_signing_certificate(Status="Inactive", **cert)
    pages = iam.get_paginator("list_signing_certificates").paginate(UserName=name)
    t.equal([row["Status"] for page in pages for row in page["Certificates"]], ["Inactive"])
    error = refused(t, "MalformedCertificate", iam.upload_signing_certificate, UserName=name,
                    CertificateBody="none")
    t.true(isinstance(error, iam.exceptions.MalformedCertificateException), "class of the error")
    iam.create_user(UserName=name + "x")
    error = refused(t, "DuplicateCertificate", iam.upload_signing_certificate, UserName=name + "x",
                    CertificateBody=body)
    t.true(isinstance(error, iam.exceptions.DuplicateCertificateException), "class of the error")
    iam.delete_signing_certificate(**cert)


def test_identity_providers(t):
    iam = client_of(t, "iam")
    made = iam.create_open_id_connect_provider(
        Url="https://boto3.example.com", ClientIDList=["a"], ThumbprintList=["A" * 40],
        Tags=[{"Key": "k", "Value": "v"}])
    arn = made["OpenIDConnectProviderArn"]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    t.equal((got["Url"], got["ClientIDList"], got["ThumbprintList"]),
            ("boto3.example.com", ["b"], ["a" * 40]))
    t.true(got["CreateDate"].tzinfo is not None, "the date has a zone")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn,
                                                   ThumbprintList=["b" * 40])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn,
                                     Tags=[{"Key": "l", "Value": ""}])
    t.equal(iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"],
            [{"Key": "l", "Value": ""}])
    t.true({"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"],
           "it is listed")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused(t, "NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
    document = saml_providers.metadata()
    # Debian's boto3 does not know private keys yet: the JavaScript SDK does.
    arn = iam.create_saml_provider(Name=t.name("boto3"),
                                   SAMLMetadataDocument=document)["SAMLProviderArn"]
    got = iam.get_saml_provider(SAMLProviderArn=arn)
    t.equal((got["SAMLMetadataDocument"], got["Tags"]), (document, []))
    t.equal(got["ValidUntil"].year - got["CreateDate"].year, 100)
    t.equal(iam.update_saml_provider(SAMLProviderArn=arn,
                                     SAMLMetadataDocument=document)["SAMLProviderArn"], arn)
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    t.equal(iam.list_saml_provider_tags(SAMLProviderArn=arn)["Tags"], [{"Key": "k", "Value": "v"}])
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["k"])
    t.equal([set(one) for one in iam.list_saml_providers()["SAMLProviderList"]
             if one["Arn"] == arn], [{"Arn", "ValidUntil", "CreateDate"}])
    iam.delete_saml_provider(SAMLProviderArn=arn)
    refused(t, "NoSuchEntity", iam.get_saml_provider, SAMLProviderArn=arn)


def test_server_certificates(t):
    iam = client_of(t, "iam")
    name = t.name("web")
    who = {"ServerCertificateName": name}
    leaf = {"CertificateBody": keys.vector("leaf.pem"), "PrivateKey": keys.vector("leaf.key")}
    made = iam.upload_server_certificate(Tags=[{"Key": "k", "Value": "v"}], **leaf, **who)
    t.equal(made["ServerCertificateMetadata"]["Expiration"].year, 2120)
    got = iam.get_server_certificate(**who)["ServerCertificate"]
    t.equal((got["Tags"], "CertificateChain" in got), ([{"Key": "k", "Value": "v"}], False))
    iam.tag_server_certificate(Tags=[{"Key": "m", "Value": ""}], **who)
    iam.untag_server_certificate(TagKeys=["k"], **who)
    t.equal(iam.list_server_certificate_tags(**who)["Tags"], [{"Key": "m", "Value": ""}])
    iam.update_server_certificate(NewPath="/boto/", **who)
    pages = iam.get_paginator("list_server_certificates").paginate(PathPrefix="/boto/")
    t.equal([row["ServerCertificateName"] for page in pages for row in
             page["ServerCertificateMetadataList"]], [name])
    for code, change in (("EntityAlreadyExists", {}),
                         ("MalformedCertificate", {"CertificateChain": "none"}),
                         ("KeyPairMismatch", {"PrivateKey": keys.vector("ec.key")})):
        error = refused(t, code, iam.upload_server_certificate, **{**leaf, **who, **change})
        t.true(isinstance(error, getattr(iam.exceptions, code + "Exception")), "class of " + code)
    iam.delete_server_certificate(**who)
    refused(t, "NoSuchEntity", iam.get_server_certificate, **who)


def test_preferences_of_sts(t):
    iam = client_of(t, "iam")
    for name, number in (("v2Token", 2), ("v1Token", 1)):
        iam.set_security_token_service_preferences(GlobalEndpointTokenVersion=name)
        t.equal(iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"], number)


def test_waiters_and_resources(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    iam.get_waiter("user_exists").wait(UserName=name)
    resource = boto.session(t.server.key_id, t.server.secret).resource(
        "iam", endpoint_url=t.server.client_url)
    user = resource.User(name)
    t.equal(user.arn, t.arn("user/", name, ""))
    pair = user.create_access_key_pair()
    t.equal([key.id for key in user.access_keys.all()], [pair.id])
    pair.delete()
    user.delete()


def test_aws_policies_and_service_roles(t):
    iam = client_of(t, "iam")
    name, arn = t.name("alice"), "arn:aws:iam::aws:policy/job-function/Billing"
    iam.create_user(UserName=name)
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    t.true(sum(len(page["Policies"]) for page in pages) > 1500, "all of AWS's policies")
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    t.equal(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
    t.equal(iam.list_attached_user_policies(UserName=name)["AttachedPolicies"],
            [{"PolicyName": "Billing", "PolicyArn": arn}])
    refused(t, "PolicyNotAttachable", iam.attach_user_policy, UserName=name,
            PolicyArn="arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy")
    role = iam.create_service_linked_role(AWSServiceName="redshift.amazonaws.com")["Role"]
    t.equal(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"],
            {"Service": ["redshift.amazonaws.com"]})
    refused(t, "UnmodifiableEntity", iam.delete_role, RoleName=role["RoleName"])
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    t.equal(iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"],
            "SUCCEEDED")


def test_details_of_a_denial_and_whose_a_key_is(t):
    sts = client_of(t, "sts")
    user = t.user("denied")
    question = dict(question_of(user.arn, "ec2:StopInstances", "*"), options={"encode_denials": True})
    answer = t.root.post_json("/access/v1/evaluation", question).json()
    decoded = sts.decode_authorization_message(EncodedMessage=answer["context"]["encoded_message"])
    t.equal(json.loads(decoded["DecodedMessage"])["context"]["principal"]["arn"], user.arn)
    refused(t, "InvalidAuthorizationMessageException", sts.decode_authorization_message,
            EncodedMessage="AQAB")
    t.equal(sts.get_access_key_info(AccessKeyId=user.key_id)["Account"], t.account)
    refused(t, "ValidationError", sts.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")
