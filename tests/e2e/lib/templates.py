# SPDX-License-Identifier: Apache-2.0
"""An operator's templates of what delegation requests ask for."""

import atexit
import json
import pathlib
import tempfile

TEMPLATE = "arn:aws:iam::aws:delegation-template/acme/Setup"
TOPIC = "arn:aws:sns:us-east-1:111122223333:delegations"
BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OTHER_ACCOUNT = "999988887777"
ASKED = [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
     "Resource": "arn:aws:s3:::@{bucketName}/*"},
    {"@Enabled": "makeRoles", "Effect": "Allow", "Action": "iam:CreateRole",
     "Resource": "arn:aws:iam::@{accountId}:role/acme-*",
     "Condition": {"StringEquals": {"iam:PermissionsBoundary": [BOUNDARY]}}},
    {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
]
PARAMETERS = [{"Name": "bucketName", "Type": "String", "IsRequired": True},
              {"Name": "accountId", "Type": "String", "IsRequired": True},
              {"Name": "makeRoles", "Type": "String", "DefaultValue": "False"},
              {"Name": "buckets", "Type": "StringList", "DefaultValue": "b"}]
# What CreateDelegationRequest has to say, but for the ID of the workflow.
REQUEST = {"Description": "Sets up Acme.", "NotificationChannel": TOPIC, "SessionDuration": 7200,
           "Permissions": {"PolicyTemplateArn": TEMPLATE, "Parameters": [
               {"Name": "bucketName", "Values": ["data"], "Type": "string"}]}}


def template(arn=TEMPLATE, statements=None, **more):
    """A line of the file."""
    return json.dumps({"PolicyTemplate": dict({
        "PolicyTemplateArn": arn, "RequestorName": "Acme", "ParametersDefinition": PARAMETERS,
        "PolicyDocumentTemplate": {"Version": "2012-10-17", "Statement": statements or ASKED}},
        **more)})


def write(home, lines):
    """Writes the file into a directory, and returns that as the option takes it."""
    home = pathlib.Path(home)
    home.mkdir(exist_ok=True)
    (home / "templates.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(home)


def options():
    """The options of a server that knows TEMPLATE."""
    home = tempfile.TemporaryDirectory(prefix="iamd-templates-")
    atexit.register(home.cleanup)
    return {"extra": ["--aws-policies-dir", write(home.name, [template()])]}
