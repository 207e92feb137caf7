#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second policy evaluator, slow and plain, to compare the C engine with.

Written from the documents of AWS alone: the IAM User Guide's pages on the policy grammar, the
policy elements, the condition operators, policy variables and the evaluation logic. It shares no
code with the engine and knows nothing of its insides. Where the pages leave a case open it takes
the reading that denies; those places say OPEN.

    decide(case) -> (decision, error)

`case` is one line of `iam decide --batch` as read by load(); `decision` is "allow",
"explicitDeny" or "implicitDeny"; `error` is None, or says why a document was refused, and then
nothing is allowed.
"""

import base64
import datetime
import fractions
import functools
import ipaddress
import json
import re

ALLOW, EXPLICIT, IMPLICIT = "allow", "explicitDeny", "implicitDeny"


class Refused(Exception):
    """The document is none that may be stored."""


# ---------------------------------------------------------------------------------------------
# JSON


def _object(pairs):
    """Individual elements must not contain multiple instances of the same key."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice")
    return result


class Number(str):
    """A JSON number as it was spelt."""


def load(line):
    """One case from its JSON text; numbers keep their spelling."""
    return json.loads(line, object_pairs_hook=_object, parse_int=Number, parse_float=Number)


def is_string(value):
    return isinstance(value, str) and not isinstance(value, Number)


def as_list(value):
    return value if isinstance(value, list) else [value]


def scalar_text(value):
    """The text of a condition value: string, number or boolean."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return value
    raise Refused("a condition value is a string, number or boolean")


# ---------------------------------------------------------------------------------------------
# Text with wildcards. A pattern is a list of (character, is_data): data characters stand for
# themselves, "*" and "?" that are not data are wildcards.


def pattern_of(text):
    return [(char, False) for char in text]


def data_of(text):
    return [(char, True) for char in text]


@functools.lru_cache(maxsize=20000)
def _regex(pattern):
    parts = []
    for char, is_data in pattern:
        if is_data or char not in "*?":
            parts.append(re.escape(char))
        elif char == "*":
            if parts[-1:] != [".*"]:
                parts.append(".*")
        else:
            parts.append(".")
    return re.compile("".join(parts), re.DOTALL)


def glob(pattern, text):
    """`*` is any run of characters, the empty one too; `?` is exactly one character."""
    return _regex(tuple(pattern)).fullmatch(text) is not None


def split_pattern(pattern):
    """The pattern of an ARN in at most six, at its first five colons."""
    parts = [[]]
    for item in pattern:
        if item[0] == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts


# ---------------------------------------------------------------------------------------------
# Policy variables

VARIABLE = re.compile(r"\$\{(?:([*?$])|([^\s{}$'\",*?]+)(?:,\s*'([^'{}$]*)')?)\}")


def tokens(text, version):
    """`text` in pieces: ("text", s), ("char", c) of ${*} ${?} ${$}, ("key", name, default).

    Variables belong to version 2012-10-17; in 2008-10-17 the text stands for itself.
    """
    if version != "2012-10-17":
        return [("text", text)]
    pieces, at = [], 0
    while True:
        start = text.find("${", at)
        if start < 0:
            pieces.append(("text", text[at:]))
            return pieces
        pieces.append(("text", text[at:start]))
        found = VARIABLE.match(text, start)
        if not found:
            raise Refused("a variable is not well formed: " + text)
        if found.group(1):
            pieces.append(("char", found.group(1)))
        else:
            pieces.append(("key", found.group(2), found.group(3)))
        at = found.end()


def expand(text, version, context):
    """The pattern after substitution, or None when a variable has no value.

    What is put in is data: it never becomes a wildcard or another variable.
    """
    pattern = []
    for piece in tokens(text, version):
        if piece[0] == "text":
            pattern += pattern_of(piece[1])
        elif piece[0] == "char":
            pattern += data_of(piece[1])
        else:
            value = context.get(piece[1].lower())
            if isinstance(value, list):
                return None  # keys with several values cannot be variables
            if value is None:
                value = piece[2]
            if value is None:
                return None
            pattern += data_of(value)
    return pattern


def plain(pattern):
    return "".join(char for char, _ in pattern)


# ---------------------------------------------------------------------------------------------
# Reading values of the typed operators; None when the text is no such value

# OPEN: no sign but minus, no exponent, digits on both sides of the point.
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def number(text):
    return fractions.Fraction(text) if NUMBER.fullmatch(text) else None


DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
    r"(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
# OPEN: whole seconds, none before 1970, at most twelve digits.
EPOCH = re.compile(r"\d{1,12}", re.ASCII)


def date(text):
    """Seconds since 1970: ISO 8601 in the W3C profile, or epoch seconds.

    Four digits alone are a year.
    """
    found = DATE.fullmatch(text)
    if not found:
        return fractions.Fraction(text) if EPOCH.fullmatch(text) else None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        start = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    hour, minute, second = int(hour or 0), int(minute or 0), int(second or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    days = start.toordinal() - datetime.date(1970, 1, 1).toordinal()
    result = fractions.Fraction(days * 86400 + hour * 3600 + minute * 60 + second)
    if fraction:
        # OPEN: to the millisecond, what is finer is left out.
        result += fractions.Fraction(int((fraction + "00")[:3]), 1000)
    if zone and zone != "Z":
        zone_hour, zone_minute = int(zone[1:3]), int(zone[4:6])
        if zone_hour > 23 or zone_minute > 59:
            return None
        offset = zone_hour * 3600 + zone_minute * 60
        result += -offset if zone[0] == "+" else offset
    return result


def boolean(text):
    return {"true": True, "false": False}.get(text.lower())


def binary(text):
    try:
        result = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    # OPEN: the one spelling that an encoder gives.
    return result if base64.b64encode(result).decode() == text else None


def network(text):
    """A range of addresses; a bare address is one address; host bits are masked away.

    An IPv6 range inside ::ffff:0:0/96 is the IPv4 range it maps.
    """
    if "%" in text or text.count("/") > 1:
        return None
    length = text.partition("/")[2]
    if "/" in text and not (length.isascii() and length.isdigit()):
        return None
    try:
        result = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if result.version == 6 and result.prefixlen >= 96:
        mapped = result.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, result.prefixlen - 96))
    return result


def in_network(text, wanted):
    if "/" in text:
        return False
    have, want = network(text), network(wanted)
    if have is None or want is None or have.version != want.version:
        return False
    return have.network_address in want


# ---------------------------------------------------------------------------------------------
# Condition operators


def _string_equals(value, pattern):
    return value == plain(pattern)


def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def _string_equals_ignore_case(value, pattern):
    # OPEN: the case of ASCII letters alone.
    return ascii_lower(value) == ascii_lower(plain(pattern))


def _string_like(value, pattern):
    return glob(pattern, value)


def _arn_like(value, pattern):
    """Each of the six colon-delimited components is checked separately."""
    have, want = value.split(":", 5), split_pattern(pattern)
    if len(have) != 6 or len(want) != 6 or have[0] != "arn":
        return False
    return all(glob(part, text) for part, text in zip(want, have))


def _compare(read, test):
    def operator(value, pattern):
        left, right = read(value), read(plain(pattern))
        return left is not None and right is not None and test(left, right)

    return operator


def _ip_address(value, pattern):
    return in_network(value, plain(pattern))


ORDER = {
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def _equal(a, b):
    return a == b


# name -> (comparison, negated, whether variables are expanded)
OPERATORS = {
    "StringEquals": (_string_equals, False, True),
    "StringNotEquals": (_string_equals, True, True),
    "StringEqualsIgnoreCase": (_string_equals_ignore_case, False, True),
    "StringNotEqualsIgnoreCase": (_string_equals_ignore_case, True, True),
    "StringLike": (_string_like, False, True),
    "StringNotLike": (_string_like, True, True),
    "ArnEquals": (_arn_like, False, True),
    "ArnLike": (_arn_like, False, True),
    "ArnNotEquals": (_arn_like, True, True),
    "ArnNotLike": (_arn_like, True, True),
    "NumericEquals": (_compare(number, _equal), False, False),
    "NumericNotEquals": (_compare(number, _equal), True, False),
    "DateEquals": (_compare(date, _equal), False, False),
    "DateNotEquals": (_compare(date, _equal), True, False),
    "Bool": (_compare(boolean, _equal), False, True),
    "BinaryEquals": (_compare(binary, _equal), False, False),
    "IpAddress": (_ip_address, False, False),
    "NotIpAddress": (_ip_address, True, False),
}
for _name, _test in ORDER.items():
    OPERATORS["Numeric" + _name] = (_compare(number, _test), False, False)
    OPERATORS["Date" + _name] = (_compare(date, _test), False, False)

PREFIXES = ("ForAllValues:", "ForAnyValue:")


def split_operator(name):
    """(set prefix or "", operator, IfExists?) of `ForAnyValue:StringLikeIfExists`."""
    prefix = next((p for p in PREFIXES if name.startswith(p)), "")
    base = name[len(prefix) :]
    if base == "Null":
        return prefix, base, False
    if_exists = base.endswith("IfExists")
    if if_exists:
        base = base[: -len("IfExists")]
    if base not in OPERATORS:
        raise Refused("no operator " + name)
    return prefix, base, if_exists


def condition_holds(name, key, wanted, effect, version, context):
    """One operator, one key and its list of values, against the request."""
    prefix, base, if_exists = split_operator(name)
    value = context.get(key.lower())
    if base == "Null":
        return null_holds(prefix, value, wanted)
    compare, negated, variables = OPERATORS[base]

    def matches_one(text):
        for want in wanted:
            pattern = expand(want, version, context) if variables else pattern_of(want)
            if pattern is not None and compare(text, pattern):
                return True
        return False

    # A request value that is an empty list, or under a set operator the empty string, is a
    # null data set.
    values = [] if value in (None, "") else as_list(value)
    if prefix == "ForAllValues:":
        return all(matches_one(text) != negated for text in values)
    if prefix == "ForAnyValue:":
        return any(matches_one(text) != negated for text in values)
    if value is None:
        return negated or if_exists
    if isinstance(value, list):
        # OPEN: several values without a set operator. Nothing is allowed by it, and a Deny with
        # a negated operator denies.
        return negated and effect == "Deny"
    return matches_one(value) != negated


def null_holds(prefix, value, wanted):
    if prefix:
        return prefix == "ForAllValues:"
    is_null = value is None or value == []
    return any(boolean(want) == is_null for want in wanted)


# ---------------------------------------------------------------------------------------------
# The grammar: what each kind of document may hold

KINDS = ("identity", "boundary", "session", "resource", "trust", "scp", "rcp")
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
            raise Refused("a Sid stands twice")


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
    names = [n for n in ("Principal", "NotPrincipal") if n in statement]
    if kind not in ("resource", "trust", "rcp"):
        if names:
            raise Refused("this kind of policy has no Principal")
        return
    if len(names) != 1:
        raise Refused("exactly one of Principal and NotPrincipal")
    if names == ["NotPrincipal"] and kind == "trust":
        raise Refused("NotPrincipal in a trust policy")
    principal = statement[names[0]]
    if principal == "*":
        return
    if not isinstance(principal, dict):
        raise Refused("Principal is * or an object")
    if names == ["NotPrincipal"] and not any(as_list(v) for v in principal.values()):
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


def check_action_element(statement, kind):
    names = [n for n in ("Action", "NotAction") if n in statement]
    if len(names) != 1:
        raise Refused("exactly one of Action and NotAction")
    values = as_list(statement[names[0]])
    if not values and names == ["NotAction"]:
        raise Refused("empty NotAction")  # OPEN: it would mean every action
    for value in values:
        if not is_string(value) or not ACTION.fullmatch(value):
            raise Refused("an action is * or service:Name")
        if kind == "trust" and not value.lower().startswith("sts:"):
            raise Refused("a trust policy has actions of STS")


def check_resource_element(statement, kind, version):
    names = [n for n in ("Resource", "NotResource") if n in statement]
    if kind == "trust":
        if names:
            raise Refused("a trust policy has no Resource")
        return
    if len(names) != 1:
        raise Refused("exactly one of Resource and NotResource")
    values = as_list(statement[names[0]])
    if not values and names == ["NotResource"]:
        raise Refused("empty NotResource")  # OPEN: it would mean every resource
    for value in values:
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
            raise Refused("a variable stands after the fifth colon")


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
        if len({key.lower() for key in block}) != len(block):
            raise Refused("one key twice, differing in case")
        for key, values in block.items():
            if not re.fullmatch(r"[^:]+:.+", key, re.DOTALL):
                raise Refused("a condition key is service:name")
            for value in as_list(values):
                check_condition_value(base, scalar_text(value), version)


def check_condition_value(base, text, version):
    if base == "Null":
        if boolean(text) is None:
            raise Refused("Null takes true or false")
    elif base in ("IpAddress", "NotIpAddress"):
        if network(text) is None:
            raise Refused("no address or range")
    elif OPERATORS[base][2]:
        tokens(text, version)


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


# ---------------------------------------------------------------------------------------------
# The caller


class Caller:
    """Who asks, as far as the ARN tells.

    kind: user, role, session (of a role), federated (GetFederationToken), root, service,
    provider (an identity provider, for the unsigned calls of STS), anonymous.
    """

    def __init__(self, principal, context):
        self.name = principal
        self.account = None
        self.role = None
        self.kind = self._kind(principal)
        if self.kind in ("user", "role", "session", "federated", "root"):
            self.account = principal.split(":")[4]
        if self.kind == "role":
            self.role = principal
        if self.kind == "session":
            self.role = self._role_of_session(principal, context)

    @staticmethod
    def _kind(principal):
        if principal in ("*", "anonymous"):
            return "anonymous"
        parts = principal.split(":", 5)
        if len(parts) != 6:
            return "service" if principal.endswith(".amazonaws.com") else "provider"
        start = parts[2] + ":" + parts[5].split("/")[0]
        kinds = {
            "iam:user": "user",
            "iam:role": "role",
            "iam:root": "root",
            "sts:assumed-role": "session",
            "sts:federated-user": "federated",
            "iam:saml-provider": "provider",
            "iam:oidc-provider": "provider",
        }
        return kinds[start]

    @staticmethod
    def _role_of_session(principal, context):
        """aws:PrincipalArn of a session is its role's ARN, path and all."""
        known = context.get("aws:principalarn")
        parts = principal.split(":", 5)
        name = parts[5].split("/")[1]
        if isinstance(known, str) and known.startswith(
            "arn:%s:iam::%s:role/" % (parts[1], parts[4])
        ):
            if known.split("/")[-1] == name:
                return known
        return "arn:%s:iam::%s:role/%s" % (parts[1], parts[4], name)

    def service_linked(self):
        return self.role is not None and "role/aws-service-role/" in self.role

    def chain(self):
        """What NotPrincipal must list: the account, then the role, then the principal."""
        if self.account is None:
            return [self.name]
        names = [self.account]
        if self.kind == "session":
            names.append(self.role)
        if self.kind != "root":
            names.append(self.name)
        if self.kind == "role":
            names.append("a session of the role")  # OPEN: which is not known, so not listed
        return names


def account_of(value):
    """The account that a principal value names as a whole, or None."""
    if ACCOUNT.fullmatch(value):
        return value
    found = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):root", value, re.ASCII)
    return found.group(1) if found else None


def grants_of(principal, caller, effect):
    """How a Principal element names the caller: a set of star, account, entity, session.

    The unsigned calls of an identity provider need its name as Federated principal; `*` is not
    enough to allow them, but enough to deny them.
    """
    if caller.kind == "provider" and effect == "Allow" and principal == "*":
        return set()
    if principal == "*":
        return {"star"}
    grants = set()
    for kind, values in principal.items():
        for value in as_list(values):
            if kind == "AWS":
                grants |= aws_grant(value, caller, effect)
            elif kind == "Service" and caller.kind == "service" and value == caller.name:
                grants.add("entity")
            elif kind == "Federated" and caller.kind == "provider" and value == caller.name:
                grants.add("entity")
    return grants


def aws_grant(value, caller, effect):
    if value == "*" and caller.kind == "provider" and effect == "Allow":
        return set()
    if value == "*":
        return {"star"}
    if caller.account is None:
        return set()
    if account_of(value) == caller.account:
        return {"account"}
    if value == caller.name:
        return {"session" if caller.kind in ("session", "federated") else "entity"}
    if value == caller.role:
        return {"entity"}
    return set()


def not_principal_applies(principal, caller, effect, has_boundary):
    """Whether a statement with NotPrincipal is about the caller.

    With Deny the account, the role and the session are checked in turn, so each must be listed;
    and a principal with a permissions boundary is denied whatever is listed. With Allow one of
    them is enough to be left out.
    """
    if effect == "Deny" and has_boundary:
        return True
    if effect == "Allow" and caller.kind == "provider":
        return False  # it must be named, see grants_of
    if principal == "*":
        return False
    listed = set()
    for kind, values in principal.items():
        for value in as_list(values):
            if kind == "AWS" and value == "*":
                return False
            if kind == "AWS":
                listed.add(account_of(value) or value)
            elif kind == "Service" and caller.kind == "service":
                listed.add(value)
            elif kind == "Federated" and caller.kind == "provider":
                listed.add(value)
    if effect == "Deny":
        return not all(name in listed for name in caller.chain())
    return not any(name in listed for name in caller.chain())


# ---------------------------------------------------------------------------------------------
# One statement


def action_matches(statement, request):
    name = "Action" if "Action" in statement else "NotAction"
    action = request["action"].lower()
    found = any(glob(pattern_of(a.lower()), action) for a in as_list(statement[name]))
    return found == (name == "Action")


def resource_matches(statement, kind, version, request, context):
    if kind == "trust":
        return True
    name = "Resource" if "Resource" in statement else "NotResource"
    found = False
    for value in as_list(statement[name]):
        pattern = expand(value, version, context)
        if pattern is None:
            if name == "NotResource":
                return False  # a variable without value: no resource is matched
        elif one_resource_matches(pattern, value, kind, request["resource"]):
            found = True
    return found == (name == "Resource")


def one_resource_matches(pattern, value, kind, resource):
    if value == "*":
        return True
    want, have = split_pattern(pattern), resource.split(":", 5)
    if len(want) < 6:
        want += [pattern_of("*")] * (6 - len(want))
    if len(have) != 6:
        return False
    return all(glob(part, text) for part, text in zip(want, have))


def conditions_match(statement, version, context):
    for operator, block in statement.get("Condition", {}).items():
        for key, values in block.items():
            wanted = [scalar_text(value) for value in as_list(values)]
            if not condition_holds(operator, key, wanted, statement["Effect"], version, context):
                return False
    return True


# ---------------------------------------------------------------------------------------------
# Sets of policies


class Result:
    """What a set of policies says: an explicit deny, an allow, and by which names (grants)."""

    def __init__(self):
        self.deny = False
        self.allow = False
        self.grants = set()


# Callers that have identity policies and may have a boundary.
PERSONS = ("user", "role", "session", "federated")


class Request:
    def __init__(self, case):
        request, policies = case["request"], case["policies"]
        self.fields = request
        self.context = {}
        for key, value in request.get("context", {}).items():
            if isinstance(value, list):
                self.context[key.lower()] = [scalar_text(item) for item in value]
            elif value is not None:
                self.context[key.lower()] = scalar_text(value)
        self.caller = Caller(request["principal"], self.context)
        self.has_boundary = self.caller.kind in PERSONS and bool(policies.get("boundary"))

    def evaluate(self, documents, kind):
        result = Result()
        for document in documents:
            version = document.get("Version", "2008-10-17")
            for statement in as_list(document["Statement"]):
                self.add_statement(statement, kind, version, result)
        return result

    def add_statement(self, statement, kind, version, result):
        grants = set()
        if kind in ("resource", "trust"):
            grants = self.statement_grants(statement)
            if not grants:
                return
        if not action_matches(statement, self.fields):
            return
        if not resource_matches(statement, kind, version, self.fields, self.context):
            return
        if not conditions_match(statement, version, self.context):
            return
        if statement["Effect"] == "Deny":
            result.deny = True
        else:
            result.allow = True
            result.grants |= grants

    def statement_grants(self, statement):
        if "Principal" in statement:
            return grants_of(statement["Principal"], self.caller, statement["Effect"])
        effect, listed = statement["Effect"], statement["NotPrincipal"]
        if not_principal_applies(listed, self.caller, effect, self.has_boundary):
            # OPEN: how far the Allow reaches. Not further than naming the account.
            return {"account"}
        return set()


# ---------------------------------------------------------------------------------------------
# The decision


def session_layers(policies):
    """A list of documents is one layer; a list of lists is several."""
    session = policies.get("session", [])
    if session and isinstance(session[0], list):
        return session
    return [session] if session else []


def must_be_granted_by_resource(request):
    """Role trust policies and KMS key policies: no identity policy is enough."""
    parts = request["resource"].split(":", 5)
    service = request["action"].lower().split(":")[0]
    if len(parts) != 6:
        return False
    if parts[2] == "iam" and parts[5].startswith("role/"):
        return service == "sts"
    return parts[2] == "kms" and parts[5].startswith("key/") and service == "kms"


def resource_kind(request):
    parts = request["resource"].split(":", 5)
    is_role = len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/")
    return "trust" if is_role and request["action"].lower().startswith("sts:") else "resource"


# Services of the list of resource control policies that the cases use. The list leaves out IAM.
RCP_SERVICES = ("s3", "sts", "kms", "sqs", "secretsmanager", "dynamodb", "logs", "ecr")


def rcps_apply(request, caller):
    action = request["action"].lower()
    if caller.service_linked() or action == "kms:retiregrant":
        return False
    return action.split(":")[0] in RCP_SERVICES


def check_case(case):
    policies, request = case["policies"], case["request"]
    lists = [(policies.get(kind, []), kind) for kind in ("identity", "boundary")]
    lists.append((policies.get("resource", []), resource_kind(request)))
    lists += [(layer, "session") for layer in session_layers(policies)]
    lists += [(level, kind) for kind in ("scp", "rcp") for level in policies.get(kind, [])]
    for documents, kind in lists:
        for document in documents:
            check_policy(document, kind)


def decide(case):
    try:
        check_case(case)
    except Refused as why:
        return IMPLICIT, str(why)
    return decide_checked(case), None


def decide_checked(case):
    policies, request = case["policies"], Request(case)
    caller = request.caller
    person = caller.kind in PERSONS
    has_account = person or caller.kind == "root"

    identity = request.evaluate(policies.get("identity", []) if person else [], "identity")
    boundary_documents = policies.get("boundary", []) if person else []
    boundary = request.evaluate(boundary_documents, "boundary")
    # OPEN: session policies beside the root user; they bind.
    layers = session_layers(policies) if has_account else []
    sessions = [request.evaluate(layer, "session") for layer in layers]
    resource = request.evaluate(policies.get("resource", []), resource_kind(case["request"]))
    scps = policies.get("scp", []) if has_account and not caller.service_linked() else []
    scps = [request.evaluate(level, "scp") for level in scps]
    rcps = policies.get("rcp", []) if rcps_apply(case["request"], caller) else []
    rcps = [request.evaluate(level, "rcp") for level in rcps]

    # 1. An explicit deny anywhere ends it.
    if any(r.deny for r in [identity, boundary, resource] + sessions + scps + rcps):
        return EXPLICIT
    # 2, 3. Every level of the organization's policies must allow.
    if not all(level.allow for level in rcps):
        return IMPLICIT
    # Callers without identity policies: the resource's policy alone decides.
    if not has_account:
        return ALLOW if resource.allow else IMPLICIT
    if not all(level.allow for level in scps):
        return IMPLICIT

    boundary_ok = not boundary_documents or boundary.allow
    sessions_ok = all(layer.allow for layer in sessions)
    if caller.kind == "federated" and not sessions:
        sessions_ok = False
    identity_ok = identity.allow and boundary_ok and sessions_ok
    if caller.kind == "root":
        identity_ok = sessions_ok
    account = case["request"].get("resourceAccount", caller.account)

    def answer(yes):
        return ALLOW if yes else IMPLICIT

    # Cross account: both sides must allow.
    if account != caller.account:
        return answer(identity_ok and resource.allow)
    if must_be_granted_by_resource(case["request"]):
        if not resource.grants:
            return IMPLICIT
        if resource.grants == {"account"}:
            return answer(identity_ok)
    if resource.grants & {"session", "star"}:
        return ALLOW
    if "entity" in resource.grants:
        if caller.kind == "user":
            return ALLOW
        if boundary_ok and sessions_ok:
            return ALLOW
    return answer(identity_ok)
