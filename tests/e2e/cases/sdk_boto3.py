# SPDX-License-Identifier: Apache-2.0
"""boto3 of Debian, unchanged: its own signing, parsing, pagination and error classes."""

import json
import subprocess
import time
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

from lib.case import Failed, allow, deny, document, seconds, trust


def client_of(t, service, key_id=None, secret=None, token=None, region="eu-west-1"):
    session = boto3.session.Session(
        aws_access_key_id=key_id or t.server.key_id, aws_secret_access_key=secret or t.server.secret,
        aws_session_token=token, region_name=region)
    return session.client(service, endpoint_url=t.server.url, verify=False,
                          config=botocore.config.Config(retries={"max_attempts": 0},
                                                        read_timeout=60))


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
    session = boto3.session.Session(aws_access_key_id=t.server.key_id, region_name="us-east-1",
                                    aws_secret_access_key=t.server.secret)
    iam = session.client("iam", endpoint_url=t.server.url, config=botocore.config.Config(
        parameter_validation=False, retries={"max_attempts": 0}))
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
    resource = boto3.session.Session(
        aws_access_key_id=t.server.key_id, aws_secret_access_key=t.server.secret,
        region_name="us-east-1").resource("iam", endpoint_url=t.server.url)
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["User", "LocalManagedPolicy"], PaginationConfig={"PageSize": 2})
    users = [user["UserName"] for page in pages for user in page["UserDetailList"]]
    t.equal(users, [user["UserName"] for user in iam.list_users()["Users"]])
    t.equal(resource.AccountSummary().summary_map, iam.get_account_summary()["SummaryMap"])


def test_waiters_and_resources(t):
    iam = client_of(t, "iam")
    name = t.name("alice")
    iam.create_user(UserName=name)
    iam.get_waiter("user_exists").wait(UserName=name)
    resource = boto3.session.Session(
        aws_access_key_id=t.server.key_id, aws_secret_access_key=t.server.secret,
        region_name="us-east-1").resource("iam", endpoint_url=t.server.url)
    user = resource.User(name)
    t.equal(user.arn, t.arn("user/", name, ""))
    pair = user.create_access_key_pair()
    t.equal([key.id for key in user.access_keys.all()], [pair.id])
    pair.delete()
    user.delete()
