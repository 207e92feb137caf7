# SPDX-License-Identifier: Apache-2.0
"""Which requests contradict themselves, and are not decided: written from iam/decide.h alone."""

import re

ACTION_BYTES, RESOURCE_BYTES = 256, 8192
KEYS, VALUES, VALUE_BYTES = 512, 1024, 65536

ACTION = re.compile(r"[^:*?]+:[^:*?]+", re.DOTALL)
ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:([^:]*):.*", re.DOTALL)
ACCOUNT = re.compile(r"[0-9]{12}")
NAME = r"[^\x00-\x20\x7f*?/]+"
PATH = r"(?:%s/)*%s" % (NAME, NAME)
HEAD = r"arn:(?P<partition>[^:]+):%s::(?P<account>[0-9]{12}):"
FORMS = {
    "root": re.compile(HEAD % "iam" + "root"),
    "user": re.compile(HEAD % "iam" + "user/" + PATH),
    "role": re.compile(HEAD % "iam" + "role/(?:%s/)*(?P<name>%s)" % (NAME, NAME)),
    "session": re.compile(HEAD % "sts" + "assumed-role/(?P<name>%s)/(?P<session>%s)" % (NAME, NAME)),
    "federated": re.compile(HEAD % "sts" + "federated-user/(?P<name>%s)" % NAME),
    "provider": re.compile(HEAD % "iam" + "(?:saml|oidc)-provider/" + PATH),
}
HOST = re.compile(r"[A-Za-z0-9.-]*\.[A-Za-z0-9.-]*")
ID = {
    "user": re.compile("AIDA[A-Z0-9]+"),
    "role": re.compile("AROA[A-Z0-9]+"),
    "session": re.compile("AROA[A-Z0-9]+"),
    "federated": re.compile("AIDA[A-Z0-9]+"),
}
TYPES = {
    "anonymous": "Anonymous",
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "session": "AssumedRole",
    "federated": "FederatedUser",
    "provider": "User",
}


def is_refused(request, caller):
    """caller has kind and name, and of a session the ARN of its role."""
    return (
        not action_fits(request["action"])
        or not resource_fits(request["resource"], request.get("resourceAccount"))
        or not principal_fits(request, caller)
        or not context_fits(request, caller)
    )


def action_fits(action):
    return len(action.encode()) <= ACTION_BYTES and ACTION.fullmatch(action) is not None


def named_account(resource):
    found = ARN.fullmatch(resource)
    return found.group(1) if found else ""


def resource_fits(resource, owner):
    if not 0 < len(resource.encode()) <= RESOURCE_BYTES:
        return False
    if resource != "*" and not ARN.fullmatch(resource):
        return False
    if owner is None:
        return True
    named = named_account(resource)
    return bool(ACCOUNT.fullmatch(owner)) and (not ACCOUNT.fullmatch(named) or named == owner)


def principal_fits(request, caller):
    unique, user = request.get("principalId", ""), request.get("userArn", "")
    if user and caller.kind != "federated":
        return False
    if caller.kind == "anonymous":
        return not unique
    if caller.kind in ("service", "provider"):
        form = FORMS["provider"] if caller.kind == "provider" else HOST
        return not unique and bool(HOST.fullmatch(caller.name) or form.fullmatch(caller.name))
    found = FORMS[caller.kind].fullmatch(caller.name)
    if not found:
        return False
    if caller.kind == "session":
        role = FORMS["role"].fullmatch(caller.role)
        if not role or any(role[part] != found[part] for part in ("partition", "account", "name")):
            return False
    if user:
        asked = FORMS["user"].fullmatch(user) or FORMS["root"].fullmatch(user)
        if not asked or asked["account"] != found["account"]:
            return False
    if unique and caller.kind in ("root", "federated") and unique == found["account"]:
        return True
    return not unique or (caller.kind != "root" and bool(ID[caller.kind].fullmatch(unique)))


def context_fits(request, caller):
    context = {k: v for k, v in request.get("context", {}).items() if v is not None}
    if len(context) > KEYS or len({lower(key) for key in context}) != len(context):
        return False
    for key, value in context.items():
        values = value if isinstance(value, list) else [value]
        if not key or len(values) > VALUES:
            return False
        if any(len(v.encode()) > VALUE_BYTES for v in values if isinstance(v, str)):
            return False
        agrees = DETERMINED.get(lower(key))
        if agrees and (isinstance(value, list) or not agrees(str(value), request, caller)):
            return False
    return True


def lower(text):
    return "".join(c.lower() if "A" <= c <= "Z" else c for c in text)


def arn_agrees(value, _request, caller):
    return value == (caller.role or ("" if caller.kind == "anonymous" else caller.name))


def account_agrees(value, _request, caller):
    if caller.kind == "anonymous":
        return value == "anonymous"
    account = named_account(caller.name)
    return not account or value == account


def type_agrees(value, _request, caller):
    return caller.kind not in TYPES or value == TYPES[caller.kind]


def userid_agrees(value, request, caller):
    unique = request.get("principalId")
    before, colon, after = value.partition(":")
    if caller.kind == "anonymous":
        return value == "anonymous"
    if caller.kind == "root":
        return value == named_account(caller.name)
    if caller.kind == "user":
        return value == unique if unique else not colon
    if caller.kind == "federated":
        return value == named_account(caller.name) + ":" + caller.name.split("/")[-1]
    if caller.kind == "role":
        return not unique or before == unique
    if caller.kind == "session":
        return bool(colon) and after == caller.name.split("/")[-1] and (
            not unique or before == unique)
    return True


def owner_agrees(value, request, _caller):
    named = named_account(request["resource"])
    if named and not ACCOUNT.fullmatch(named):
        return bool(ACCOUNT.fullmatch(value))
    owner = request.get("resourceAccount", named)
    return not owner or value == owner


DETERMINED = {
    "aws:principalarn": arn_agrees,
    "aws:principalaccount": account_agrees,
    "aws:principaltype": type_agrees,
    "aws:userid": userid_agrees,
    "aws:resourceaccount": owner_agrees,
}
