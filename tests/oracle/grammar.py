# SPDX-License-Identifier: Apache-2.0
"""What each kind of policy document may hold: check_policy() raises Refused.

The kinds are identity, boundary, session, resource, trust (a role's), scp and rcp.
"""

import re

from values import OPERATORS, Refused, Number
from values import as_list, ascii_lower, binary, boolean, date, is_string, network, number
from values import scalar_text, split_operator, tokens

PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
ACTION = re.compile(r"\*|[A-Za-z0-9_*?-]+:[A-Za-z0-9_*?-]+", re.ASCII)
SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)
ACCOUNT = re.compile(r"\d{12}", re.ASCII)


def check_policy(document, kind):
    """Refuses what the grammar of this kind of document does not have."""
    if not isinstance(document, dict):
        raise Refused("a policy is an object")
    for name in document:
        if name not in ("Version", "Id", "Statement"):
            raise Refused("unknown element " + name)
    if "Version" in document and document["Version"] not in ("2012-10-17", "2008-10-17"):
        raise Refused("no such version")
    if isinstance(document.get("Version"), Number):
        raise Refused("Version is a string")
    if kind in ("scp", "rcp") and document.get("Version") != "2012-10-17":
        raise Refused("organizations policies need version 2012-10-17")
    if "Id" in document and not is_string(document["Id"]):
        raise Refused("Id is a string")
    statements = as_list(document.get("Statement", []))
    if not statements:
        raise Refused("no statement")
    version = document.get("Version", "2008-10-17")
    for statement in statements:
        check_statement(statement, kind, version)
    if kind != "resource":
        # Sids are unique; an empty Sid is none.
        sids = [s["Sid"] for s in statements if s.get("Sid")]
        if len(set(sids)) != len(sids):
            raise Refused("a Sid occurs twice")


STATEMENT = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction")
STATEMENT += ("Resource", "NotResource", "Condition")


def check_statement(statement, kind, version):
    if not isinstance(statement, dict):
        raise Refused("a statement is an object")
    for name in statement:
        if name not in STATEMENT:
            raise Refused("unknown element " + name)
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
    check_condition(statement.get("Condition", {}), version)
    if kind == "rcp":
        check_rcp(statement)


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
        return
    if not isinstance(principal, dict):
        raise Refused("Principal is * or an object")
    if element == "NotPrincipal" and not any(as_list(v) for v in principal.values()):
        raise Refused("empty NotPrincipal")  # OPEN: it would mean every principal
    for principal_kind, values in principal.items():
        if principal_kind not in PRINCIPAL_KINDS:
            raise Refused("no such kind of principal")
        for value in as_list(values):
            if not is_string(value) or not good_principal(principal_kind, value):
                raise Refused("no such principal")


def good_principal(principal_kind, value):
    """You cannot use a wildcard to match part of a principal name or ARN."""
    if principal_kind == "AWS":
        if value == "*" or ACCOUNT.fullmatch(value):
            return True
        if re.fullmatch(r"A(RO|ID)A[A-Z0-9]+", value):
            return True  # the id of a deleted role or user
        return value.startswith("arn:") and len(value.split(":", 5)) == 6 and no_pattern(value)
    return bool(value) and no_pattern(value)


def no_pattern(value):
    return not any(mark in value for mark in ("*", "?", "${"))


def one_of(statement, name):
    """Which of `name` and its complement, NotName, the statement has: (element, its values)."""
    names = [n for n in (name, "Not" + name) if n in statement]
    if len(names) != 1:
        raise Refused("exactly one of %s and Not%s" % (name, name))
    return names[0], as_list(statement[names[0]])


def values_of(statement, name):
    """The values of Action or Resource, or of the complement."""
    element, values = one_of(statement, name)
    if not values:
        raise Refused("empty " + element)
    return values


def check_action_element(statement, kind):
    for value in values_of(statement, "Action"):
        if not is_string(value) or not ACTION.fullmatch(value):
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


def check_resource_element(statement, kind, version):
    if kind == "trust":
        if "Resource" in statement or "NotResource" in statement:
            raise Refused("a trust policy has no Resource")
        return
    for value in values_of(statement, "Resource"):
        if not is_string(value):
            raise Refused("a resource is a string")
        if value == "*":
            continue
        if not value.startswith("arn:"):
            raise Refused("a resource is * or an ARN")
        parts = value.split(":", 5)
        if len(parts) < 6 and not short_arn_may_stand(value, kind):
            raise Refused("an ARN has six parts")
        tokens(value, version)
        if version == "2012-10-17" and any("${" in part for part in parts[:5]):
            raise Refused("a variable occurs before the fifth colon")


def short_arn_may_stand(value, kind):
    """OPEN: what is missing of an ARN counts as `*` where the document says so at all."""
    if kind == "rcp":
        return False
    if kind == "scp":
        return value.endswith("*")
    return kind != "resource" or "*" in value


def check_condition(condition, version):
    if not isinstance(condition, dict):
        raise Refused("Condition is an object")
    for operator, block in condition.items():
        _, base, _ = split_operator(operator)
        if not isinstance(block, dict):
            raise Refused("an operator holds an object")
        if len({ascii_lower(key) for key in block}) != len(block):
            raise Refused("one key twice, differing in case")
        for key, values in block.items():
            if not re.fullmatch(r"[^:]+:.+", key, re.DOTALL):
                raise Refused("a condition key is service:name")
            for value in as_list(values):
                check_condition_value(base, scalar_text(value), version)


def check_condition_value(base, text, version):
    """OPEN: a value that is not of the operator's type could never match, so it is refused."""
    is_variable = False
    if base != "Null" and OPERATORS[base][2]:
        is_variable = any(kind != "text" for kind, *_ in tokens(text, version))
    readers = (
        ("Null", boolean),
        ("Bool", boolean),
        ("IpAddress", network),
        ("NotIpAddress", network),
        ("Numeric", number),
        ("Date", date),
        ("Binary", binary),
        ("Arn", arn_pattern),
    )
    for name, read in readers:
        if base.startswith(name) and not is_variable and read(text) is None:
            raise Refused("not of the operator's type: " + text)


def arn_pattern(text):
    return text if len(text.split(":", 5)) == 6 else None


def check_rcp(statement):
    """Deny only, but for the policy that allows everything; Principal is "*"."""
    if statement.get("Principal") != "*":
        raise Refused("an RCP names the principal *")
    if "NotAction" in statement:
        raise Refused("an RCP has no NotAction")
    if statement["Effect"] == "Allow":
        everything = as_list(statement["Action"]) == ["*"]
        everything = everything and as_list(statement.get("Resource")) == ["*"]
        if not everything or "Condition" in statement:
            raise Refused("an RCP only denies")
