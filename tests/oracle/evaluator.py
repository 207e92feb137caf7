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

import re

import request as requests
from grammar import ACCOUNT, check_policy
from values import Refused
from values import as_list, ascii_lower, condition_holds, expand, glob, load, load_document
from values import pattern_of, scalar_text, split_pattern

ALLOW, EXPLICIT, IMPLICIT = "allow", "explicitDeny", "implicitDeny"

# ---------------------------------------------------------------------------------------------
# The caller


class Caller:
    """Who asks, as far as the ARN tells.

    kind: user, role, session (of a role), federated (GetFederationToken), root, service,
    provider (an identity provider, for the unsigned calls of STS), anonymous.
    """

    def __init__(self, principal, context, unique_id=None, user=None, pins=None):
        self.name = principal
        self.unique_id = unique_id
        self.user = user  # who called GetFederationToken
        self.pins = pins or {}
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
        return kinds.get(start)

    @staticmethod
    def _role_of_session(principal, context):
        """aws:PrincipalArn of a session is its role's ARN, path and all."""
        known = context.get("aws:principalarn")
        parts = principal.split(":", 5)
        name = parts[5].split("/")[1]
        if isinstance(known, str):
            return known
        return "arn:%s:iam::%s:role/%s" % (parts[1], parts[4], name)

    def named_by(self, value, effect):
        """What of the caller `value` of a policy names: an ARN, or its ID; else None.

        An ARN that is pinned to a unique ID means that ID, no matter who has the name now. OPEN: a
        caller whose ID is not known may be the one, and is denied.
        """
        if effect == "Deny" and self.has_path(value) and (
            self.unique_id is None or value not in self.pins
        ):
            return self.role
        if self.unique_id is None and value in self.pins:
            return value if effect == "Deny" and value in (self.name, self.role, self.user) else None
        value = self.pins.get(value, value)
        if value == self.unique_id:
            # The ID is the user's or role's, not that of a session.
            of_session = self.kind in ("session", "federated")
            return self.role or self.user or (value if of_session else self.name)
        return value if value in (self.name, self.role, self.user) else None

    def has_path(self, value):
        """Whether value is the role with a path, where the path of the caller is not known.

        OPEN: names of roles are unique in an account, and what is not known spares nobody.
        """
        if self.role is None or self.role.count("/") != 1:
            return False
        head, name = self.role.split("/")
        return value.startswith(head + "/") and value.endswith("/" + name)

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
    named = caller.named_by(value, effect)
    if named is None:
        return set()
    is_session = caller.kind in ("session", "federated") and named == caller.name
    return {"session" if is_session else "entity"}


def not_principal_applies(principal, caller, has_boundary):
    """Whether a Deny with NotPrincipal is about the caller.

    The account, the role and the session are checked in turn, so each must be listed; and a
    principal with a permissions boundary is denied whatever is listed.
    """
    if has_boundary:
        return True
    if principal == "*":
        return False
    listed = set()
    for kind, values in principal.items():
        for value in as_list(values):
            if kind == "AWS" and value == "*":
                return False
            if kind == "AWS" and caller.account is not None:
                listed.add(account_of(value) or caller.named_by(value, "Allow"))
            elif kind == "Service" and caller.kind == "service":
                listed.add(value)
            elif kind == "Federated" and caller.kind == "provider":
                listed.add(value)
    return not all(name in listed for name in caller.chain())


# ---------------------------------------------------------------------------------------------
# One statement


def action_matches(statement, request):
    name = "Action" if "Action" in statement else "NotAction"
    action = ascii_lower(request["action"])
    found = any(glob(pattern_of(ascii_lower(a)), action) for a in as_list(statement[name]))
    return found == (name == "Action")


def is_refused(case_request):
    """A request that contradicts itself is denied without a look at the policies."""
    context = {ascii_lower(key): value for key, value in case_request.get("context", {}).items()}
    caller = Caller(case_request["principal"], context)
    return caller.kind is None or requests.is_refused(case_request, caller)


def resource_matches(statement, kind, version, request, context):
    if kind == "trust":
        return True
    name = "Resource" if "Resource" in statement else "NotResource"
    found = False
    for value in as_list(statement[name]):
        if value == "*":
            found = True
            continue
        pattern = expand(value, version, context)
        if pattern is None:
            if name == "NotResource":
                return False  # a variable without value: no resource is matched
        elif one_resource_matches(pattern, request["resource"]):
            found = True
    return found == (name == "Resource")


def one_resource_matches(pattern, resource):
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
                self.context[ascii_lower(key)] = [scalar_text(item) for item in value]
            elif value is not None:
                self.context[ascii_lower(key)] = scalar_text(value)
        self.caller = Caller(
            request["principal"],
            self.context,
            request.get("principalId"),
            request.get("userArn"),
            policies.get("pins"),
        )
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
        listed = statement["NotPrincipal"]
        return {"star"} if not_principal_applies(listed, self.caller, self.has_boundary) else set()


# ---------------------------------------------------------------------------------------------
# The decision


def session_layers(policies):
    """A list of documents is one layer; a list of lists is several."""
    session = policies.get("session", [])
    if session and isinstance(session[0], list):
        return session
    return [session] if session else []


def must_be_granted_by_resource(case):
    """Role trust policies and KMS key policies: no identity policy is enough."""
    if resource_kind(case) == "trust":
        return True
    parts = named_resource(case["request"])[1]
    return parts[2] == "kms" and parts[5].startswith("key/")


def named_resource(request):
    """(service of the action, if it has one, and six parts of the resource)"""
    parts = request["resource"].split(":", 5)
    service, colon, _ = ascii_lower(request["action"]).partition(":")
    return service if colon else "", parts + [""] * (6 - len(parts))


def owner(request, caller):
    """OPEN: unless it is given, the account ID that the ARN names, or else the caller's."""
    named = named_resource(request)[1][4]
    return request.get("resourceAccount", named if ACCOUNT.fullmatch(named) else caller.account)


def resource_kind(case):
    """A role's policy is its trust policy, and what a case gives as one is."""
    service, parts = named_resource(case["request"])
    is_role = parts[2] == "iam" and parts[5].startswith("role/")
    return "trust" if "trust" in case["policies"] or (is_role and service == "sts") else "resource"


def resource_documents(policies):
    if "trust" in policies and "resource" in policies:
        raise Refused("a resource has one policy")
    return policies.get("trust", policies.get("resource", []))


def read_documents(value):
    """The same lists, where each document that is given as text is read."""
    if isinstance(value, list):
        return [read_documents(item) for item in value]
    return load_document(value) if isinstance(value, str) else value


def read_case(case):
    policies = dict(case["policies"])
    for kind, value in policies.items():
        if kind != "pins":
            policies[kind] = read_documents(value)
    return {"request": case["request"], "policies": policies}


def check_case(case):
    policies = case["policies"]
    lists = [(policies.get(kind, []), kind) for kind in ("identity", "boundary")]
    lists.append((resource_documents(policies), resource_kind(case)))
    lists += [(layer, "session") for layer in session_layers(policies)]
    lists += [(level, kind) for kind in ("scp", "rcp") for level in policies.get(kind, [])]
    for documents, kind in lists:
        for document in documents:
            check_policy(document, kind)


def decide(case):
    try:
        case = read_case(case)
        check_case(case)
    except Refused as why:
        return IMPLICIT, str(why)
    if is_refused(case["request"]):
        return IMPLICIT, "the request contradicts itself"
    if is_root_assuming(case["request"]):
        return IMPLICIT if decide_checked(case) == ALLOW else decide_checked(case), None
    return decide_checked(case), None


def is_root_assuming(case_request):
    """STS: roles may not be assumed by root accounts."""
    is_root = Caller(case_request["principal"], {}).kind == "root"
    return is_root and ascii_lower(case_request["action"]) == "sts:assumerole"


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
    resource = request.evaluate(resource_documents(policies), resource_kind(case))
    # The levels are those that apply: the author of a case leaves them out for a management
    # account, a service-linked role, and actions that no RCP reaches.
    scps = policies.get("scp", []) if has_account else []
    scps = [request.evaluate(level, "scp") for level in scps]
    rcps = [request.evaluate(level, "rcp") for level in policies.get("rcp", [])]

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
    account = owner(case["request"], caller)

    def answer(yes):
        return ALLOW if yes else IMPLICIT

    # Cross account: both sides must allow.
    if account != caller.account:
        return answer(identity_ok and resource.allow)
    if must_be_granted_by_resource(case):
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
