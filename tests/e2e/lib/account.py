# SPDX-License-Identifier: Apache-2.0
"""A made account in the form of `aws iam get-account-authorization-details`: always the same one."""

import collections
import random

ACCOUNT = "210987654321"
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
AWS_POLICIES = ("arn:aws:iam::aws:policy/ReadOnlyAccess",
                "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
KINDS = {"UserDetailList": "User", "GroupDetailList": "Group", "RoleDetailList": "Role",
         "Policies": "Policy"}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def unique_id(self, prefix):
        return prefix + "".join(self.random.choice(BASE32) for _ in range(17))

    def date(self):
        r = self.random
        return "20%02d-%02d-%02dT%02d:%02d:%02d+00:00" % (
            r.randint(12, 25), r.randint(1, 12), r.randint(1, 28), r.randint(0, 23),
            r.randint(0, 59), r.randint(0, 59))

    def path(self):
        return self.random.choice(("/", "/", "/", "/teams/", "/teams/red/"))

    def tags(self, most=4):
        return [{"Key": "key-%d" % n, "Value": self.random.choice(("", "v\u00e4lue", "a b"))}
                for n in range(self.random.randint(0, most))]

    def document(self, name, version=1):
        """What name may do: read its own bucket; what a version adds is an action of its own."""
        statements = [{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
                       "Resource": ["arn:aws:s3:::%s" % name, "arn:aws:s3:::%s/*" % name]}]
        if version > 1:
            statements.append({"Effect": "Allow", "Action": "sqs:Action%d" % version,
                               "Resource": "*"})
        if self.random.random() < 0.2:
            statements.append({"Effect": "Deny", "Action": "s3:*",
                               "Resource": "arn:aws:s3:::%s/secret/*" % name,
                               "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}})
        return {"Version": "2012-10-17", "Statement": statements}

    def named(self, kind, prefix, name):
        path = self.path()
        noun = {"InstanceProfile": "instance-profile"}.get(kind, kind.lower())
        return {"Path": path, kind + "Name": name, kind + "Id": self.unique_id(prefix),
                "Arn": "arn:aws:iam::%s:%s%s%s" % (ACCOUNT, noun, path, name),
                "CreateDate": self.date()}


def policies(m, count):
    made = []
    for n in range(count):
        row = m.named("Policy", "ANPA", "policy-%04d" % n)
        first = m.random.randint(1, 20)
        numbers = list(range(first, first + m.random.randint(1, 5)))
        default = m.random.choice(numbers)
        versions = [{"Document": m.document(row["PolicyName"], number), "VersionId": "v%d" % number,
                     "IsDefaultVersion": number == default, "CreateDate": m.date()}
                    for number in reversed(numbers)]
        made.append({"PolicyName": row["PolicyName"], "PolicyId": row["PolicyId"],
                     "Arn": row["Arn"], "Path": row["Path"], "DefaultVersionId": "v%d" % default,
                     "AttachmentCount": 0, "PermissionsBoundaryUsageCount": 0,
                     "IsAttachable": True, "CreateDate": row["CreateDate"], "UpdateDate": m.date(),
                     "PolicyVersionList": versions})
    return made


def use(m, own, most):
    """Attachments, by name."""
    arns = [policy["Arn"] for policy in m.random.sample(own, m.random.randint(0, most))]
    arns += m.random.sample(AWS_POLICIES, m.random.randint(0, 1))
    return sorted(({"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in arns),
                  key=lambda one: one["PolicyName"].lower())


def boundary(m, own):
    kind = m.random.randint(0, 3)
    if kind > 1:
        return {}
    arn = AWS_POLICIES[0] if kind == 1 else m.random.choice(own)["Arn"]
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy",
                                    "PermissionsBoundaryArn": arn}}


def inlines(m, name, most):
    return [{"PolicyName": "inline-%d" % n, "PolicyDocument": m.document(name)}
            for n in range(m.random.randint(0, most))]


def users(m, count, own, groups):
    made = []
    for n in range(count):
        row = m.named("User", "AIDA", "user-%04d" % n)
        inline = inlines(m, row["UserName"], 2)
        if inline:
            row["UserPolicyList"] = inline
        row["GroupList"] = sorted(g["GroupName"] for g in m.random.sample(groups, min(
            len(groups), m.random.randint(0, 3))))
        row["AttachedManagedPolicies"] = use(m, own, 3)
        row.update(boundary(m, own))
        row["Tags"] = m.tags()
        made.append(row)
    return made


def groups_of(m, count, own):
    made = []
    for n in range(count):
        row = m.named("Group", "AGPA", "group-%04d" % n)
        row["GroupPolicyList"] = inlines(m, row["GroupName"], 1)
        row["AttachedManagedPolicies"] = use(m, own, 3)
        made.append(row)
    return made


def trust(m, people, account):
    principal = m.random.choice((
        {"Service": "ec2.amazonaws.com"},
        {"AWS": "arn:aws:iam::%s:root" % account},
        {"AWS": m.random.choice(people)["Arn"]},
        {"AWS": [m.random.choice(people)["Arn"], m.unique_id("AIDA")]},
        {"AWS": "arn:aws:iam::444455556666:role/elsewhere"}))
    return {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}


def profiles(m, n, role):
    inner = {name: role[name] for name in ("Path", "RoleName", "RoleId", "Arn", "CreateDate",
                                           "AssumeRolePolicyDocument")}
    made = []
    for i in range(m.random.choice((0, 0, 0, 1, 2))):
        row = m.named("InstanceProfile", "AIPA", "profile-%04d-%d" % (n, i))
        made.append(dict(row, Roles=[inner]))
    return made


def roles(m, count, own, people):
    made = []
    for n in range(count):
        row = m.named("Role", "AROA", "role-%04d" % n)
        row["AssumeRolePolicyDocument"] = trust(m, people, ACCOUNT)
        row["InstanceProfileList"] = profiles(m, n, row)
        row["RolePolicyList"] = inlines(m, row["RoleName"], 2)
        row["AttachedManagedPolicies"] = use(m, own, 4)
        row.update(boundary(m, own))
        row["Tags"] = m.tags()
        row["RoleLastUsed"] = m.random.choice(
            ({}, {"LastUsedDate": m.date(), "Region": "eu-central-1"}))
        made.append(row)
    return made


def counted(value):
    """The same, with how often each policy is used."""
    attached, bounding = collections.Counter(), collections.Counter()
    for one in value["UserDetailList"] + value["GroupDetailList"] + value["RoleDetailList"]:
        attached.update(use["PolicyArn"] for use in one["AttachedManagedPolicies"])
        bounding.update([one.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")])
    for policy in value["Policies"]:
        policy.update(AttachmentCount=attached[policy["Arn"]],
                      PermissionsBoundaryUsageCount=bounding[policy["Arn"]])
    return value


def account(user_count, group_count, role_count, policy_count, seed=7):
    m = Maker(seed)
    own = policies(m, policy_count)
    groups = groups_of(m, group_count, own)
    people = users(m, user_count, own, groups)
    return counted({"UserDetailList": people, "GroupDetailList": groups,
                    "RoleDetailList": roles(m, role_count, own, people), "Policies": own})
