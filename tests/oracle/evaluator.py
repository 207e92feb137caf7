# SPDX-License-Identifier: Apache-2.0
"""A second policy evaluator, slow and plain, to compare the C engine with.

Written from what was recorded on AWS (tests/vectors/aws), and where nothing is recorded from AWS's
documents: the pages on the policy grammar, the policy elements, policy variables and the evaluation
logic. It shares no code with the engine and knows nothing of its insides. OPEN marks what neither
settles; there it takes the reading that denies.

    decide(case) -> (decision, error)

`case` is one line of `iam decide --batch` as read by load(); `decision` is "allow",
"explicitDeny" or "implicitDeny"; `error` is None, or says why a document was refused, and then
nothing is allowed.
"""

import functools
import re

import request as requests
from grammar import ACCOUNT, check_policy
from operators import condition_holds
from values import Refused, load  # noqa: F401 (load is for the callers of decide)
from values import ANYTHING, all_match, as_list, ascii_lower, expand, glob, has_variable
from values import load_document, moves_parts, pattern_of, scalar_text, split_pattern

ALLOW, EXPLICIT, IMPLICIT = "allow", "explicitDeny", "implicitDeny"

# ---------------------------------------------------------------------------------------------
# The caller

# Service and first word of a principal's ARN -> kind of caller.
KINDS = {
    "iam:user": "user",
    "iam:role": "role",
    "iam:root": "root",
    "sts:assumed-role": "session",
    "sts:federated-user": "federated",
    "iam:saml-provider": "provider",
    "iam:oidc-provider": "provider",
}

# Callers that have identity policies and may have a boundary.
PERSONS = ("user", "role", "session", "federated")


def kind_of(principal):
    """user, role, session (of a role), federated (GetFederationToken), root, service, provider (an
    identity provider, for the unsigned calls of STS) or anonymous."""
    if principal in ("*", "anonymous"):
        return "anonymous"
    parts = principal.split(":", 5)
    if len(parts) != 6:
        return "service" if principal.endswith(".amazonaws.com") else "provider"
    return KINDS.get(parts[2] + ":" + parts[5].split("/")[0])


class Caller:
    """Who asks, as far as the request tells."""

    def __init__(self, principal, context, unique_id=None, user=None, pins=None):
        self.name = principal
        self.kind = kind_of(principal)
        self.unique_id = unique_id
        self.user = user  # who called GetFederationToken
        self.pins = pins or {}
        self.account = principal.split(":")[4] if self.kind in PERSONS + ("root",) else None
        self.role = principal if self.kind == "role" else None
        if self.kind == "session":
            self._find_role(context.get("aws:principalarn"))

    def _find_role(self, known):
        """aws:PrincipalArn of a session is its role's ARN, path and all; without it, it is taken
        as a role without a path."""
        partition = self.name.split(":")[1]
        start = "arn:%s:iam::%s:role/" % (partition, self.account)
        name = self.name.split("/")[1]
        fits = isinstance(known, str) and known.startswith(start) and known.split("/")[-1] == name
        self.role = known if fits else start + name

    def may_be_role(self, value):
        """Whether `value` is an ARN of the caller's role if the path of that may not be known,
        because it is given without one: a name is given to one role of an account, whatever the
        path."""
        if self.role is None or self.role.count("/") != 1:
            return False
        start, _, name = self.role.rpartition("/")
        return value.startswith(start + "/") and value.rpartition("/")[2] == name

    def named_by(self, value, effect):
        """What of the caller `value` of a policy names: an ARN, or its ID; else None.

        An ARN that is pinned to a unique ID means that ID, no matter who has the name now. What is
        not known never spares from a Deny: a caller without an ID may have the pinned one, and a
        role without a path may have any.
        """
        denies = effect == "Deny"
        if self.unique_id is None and value in self.pins:
            named = value in (self.name, self.role, self.user) or self.may_be_role(value)
            return value if denies and named else None
        pinned = self.pins.get(value, value)
        if pinned == self.unique_id:
            # The ID is the user's or role's, not that of a session.
            of_session = self.kind in ("session", "federated")
            return self.role or self.user or (pinned if of_session else self.name)
        if pinned in (self.name, self.role, self.user):
            return pinned
        return pinned if denies and self.may_be_role(pinned) else None

    def chain(self):
        """What NotPrincipal must list: the account, then the role, then the principal."""
        if self.account is None:
            return [self.name]
        if self.kind == "root":
            return [self.account]
        if self.kind == "role":
            # OPEN: a session of the role asks, which is not known, so it is not listed.
            return [self.account, self.name, "a session"]
        if self.kind == "session":
            return [self.account, self.role, self.name]
        return [self.account, self.name]


@functools.lru_cache(20000)
def account_of(value):
    """The account that a principal value names as a whole, or None."""
    if ACCOUNT.fullmatch(value):
        return value
    found = re.fullmatch(r"arn:[^:]+:iam::(\d{12}):root", value, re.ASCII)
    return found.group(1) if found else None


def grants_of(principal, caller, effect):
    """How a Principal element names the caller: a set of star, account, entity, session."""
    if principal == "*":
        principal = {"AWS": "*"}
    grants = set()
    for kind, values in principal.items():
        for value in as_list(values):
            if kind == "AWS":
                grants |= aws_grant(value, caller, effect)
            elif is_named_as(kind, value, caller):
                grants.add("entity")
    return grants


def is_named_as(kind, value, caller):
    wanted = {"Service": "service", "Federated": "provider"}.get(kind)
    return caller.kind == wanted and value == caller.name


def aws_grant(value, caller, effect):
    if value == "*":
        # RECORDED: everyone is no subject of a SAML or OIDC provider; OPEN: but in a Deny.
        return set() if caller.kind == "provider" and effect == "Allow" else {"star"}
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
            elif is_named_as(kind, value, caller):
                listed.add(value)
    return not listed.issuperset(caller.chain())


# ---------------------------------------------------------------------------------------------
# The elements of a statement


@functools.lru_cache(50000)
def _action_pattern(value):
    return pattern_of(ascii_lower(value))


def action_matches(statement, action):
    name = "Action" if "Action" in statement else "NotAction"
    found = any(glob(_action_pattern(value), action) for value in as_list(statement[name]))
    return found == (name == "Action")


def is_refused(case_request):
    """A request that contradicts itself is denied without a look at the policies."""
    context = {ascii_lower(key): value for key, value in case_request.get("context", {}).items()}
    caller = Caller(case_request["principal"], context)
    return caller.kind is None or requests.is_refused(case_request, caller)


def resource_matches(statement, kind, version, parts, context):
    """`parts` are those of the resource's ARN, less than six when it is none.

    A variable without a value, or that makes no ARN, matches nothing. OPEN: as NotResource that
    means every resource in a Deny, and in an Allow none, whatever else is listed.
    """
    if kind == "trust":
        return True
    name = "Resource" if "Resource" in statement else "NotResource"
    found = False
    for value in as_list(statement[name]):
        if value == "*":
            found = True
            continue
        pattern = resource_pattern(value, version, context)
        if pattern is None:
            if name == "NotResource" and statement["Effect"] == "Allow":
                return False
        elif len(parts) == 6 and all_match(pattern, parts):
            found = True
    return found == (name == "Resource")


def resource_pattern(value, version, context):
    """The six parts of a resource in a policy, None when there are none.

    RECORDED: variables are replaced in each of the parts, and one can be the whole ARN. What is
    missing of a short ARN counts as `*`, if the author wrote it so.
    """
    pattern = expand(value, version, context)
    if pattern is None or moves_parts(pattern):
        return None
    parts = split_pattern(pattern)
    if len(parts) == 6:
        return parts if glob(parts[0], "arn") else None
    return None if has_variable(value, version) else parts + [ANYTHING] * (6 - len(parts))


def conditions_match(statement, version, context):
    effect = statement["Effect"]
    for operator, block in statement.get("Condition", {}).items():
        for key, values in block.items():
            wanted = [scalar_text(value) for value in as_list(values)]
            if not condition_holds(operator, key, wanted, effect, version, context):
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


class Request:
    def __init__(self, case):
        request, policies = case["request"], case["policies"]
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
        self.action = ascii_lower(request["action"])
        self.resource = request["resource"].split(":", 5)
        self.has_boundary = self.caller.kind in PERSONS and bool(policies.get("boundary"))

    def evaluate(self, documents, kind):
        result = Result()
        for document in documents:
            version = document.get("Version", "2008-10-17")
            for statement in as_list(document["Statement"]):
                self.add_statement(statement, kind, version, result)
        return result

    def add_statement(self, statement, kind, version, result):
        if not action_matches(statement, self.action):
            return
        grants = set()
        if kind in ("resource", "trust"):
            grants = self.statement_grants(statement)
            if not grants:
                return
        if not resource_matches(statement, kind, version, self.resource, self.context):
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
# The case


def session_layers(policies):
    """A list of documents is one layer; a list of lists is several."""
    session = policies.get("session", [])
    if session and isinstance(session[0], list):
        return session
    return [session] if session else []


def named_resource(request):
    """(service of the action, if it has one, and six parts of the resource)"""
    parts = request["resource"].split(":", 5)
    service, colon, _ = ascii_lower(request["action"]).partition(":")
    return service if colon else "", parts + [""] * (6 - len(parts))


def resource_kind(case):
    """A role's policy is its trust policy, and what a case gives as one is."""
    service, parts = named_resource(case["request"])
    is_role = parts[2] == "iam" and parts[5].startswith("role/")
    return "trust" if "trust" in case["policies"] or (is_role and service == "sts") else "resource"


def must_be_granted_by_resource(case):
    """Role trust policies and KMS key policies: no identity policy is enough."""
    if resource_kind(case) == "trust":
        return True
    parts = named_resource(case["request"])[1]
    return parts[2] == "kms" and parts[5].startswith("key/")


def owner(request, caller):
    """OPEN: unless it is given, the account ID that the ARN names, or else the caller's."""
    named = named_resource(request)[1][4]
    return request.get("resourceAccount", named if ACCOUNT.fullmatch(named) else caller.account)


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
    policies = {
        kind: value if kind == "pins" else read_documents(value)
        for kind, value in case["policies"].items()
    }
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
    return decide_checked(case), None


# ---------------------------------------------------------------------------------------------
# The decision

# STS refuses these to the root user, whatever policies say.
NOT_FOR_ROOT = ("sts:assumerole",)


def is_refused_to_root(case_request):
    is_root = kind_of(case_request["principal"]) == "root"
    return is_root and ascii_lower(case_request["action"]) in NOT_FOR_ROOT


class Answers:
    """What each set of policies that applies to the caller says."""

    def __init__(self, case, request):
        policies, kind = case["policies"], request.caller.kind
        person = kind in PERSONS
        # OPEN: session policies beside the root user, or a user; they bind.
        self.has_account = person or kind == "root"
        evaluate = request.evaluate
        self.identity = evaluate(policies.get("identity", []) if person else [], "identity")
        self.boundary = evaluate(policies.get("boundary", []) if person else [], "boundary")
        layers = session_layers(policies) if self.has_account else []
        self.sessions = [evaluate(layer, "session") for layer in layers]
        self.resource = evaluate(resource_documents(policies), resource_kind(case))
        # The levels are those that apply: the author of a case leaves them out for a management
        # account, a service-linked role, and actions that no RCP reaches.
        scps = policies.get("scp", []) if self.has_account else []
        self.scps = [evaluate(level, "scp") for level in scps]
        self.rcps = [evaluate(level, "rcp") for level in policies.get("rcp", [])]

    def denied(self):
        results = [self.identity, self.boundary, self.resource]
        return any(r.deny for r in results + self.sessions + self.scps + self.rcps)

    def levels_allow(self):
        """Every level of the organization's policies must allow."""
        return all(level.allow for level in self.rcps + self.scps)


def decide_checked(case):
    request = Request(case)
    answers = Answers(case, request)
    if answers.denied():
        return EXPLICIT
    if not answers.levels_allow():
        return IMPLICIT
    # Callers without identity policies: the resource's policy alone decides.
    if not answers.has_account:
        return ALLOW if answers.resource.allow else IMPLICIT
    if request.caller.kind == "root" and request.action in NOT_FOR_ROOT:
        return IMPLICIT
    return ALLOW if is_allowed(case, request, answers) else IMPLICIT


def is_allowed(case, request, answers):
    """A caller with an account, whom nothing denies."""
    caller, grants = request.caller, answers.resource.grants
    boundary_ok = not request.has_boundary or answers.boundary.allow
    sessions_ok = all(layer.allow for layer in answers.sessions)
    if caller.kind == "federated" and not answers.sessions:
        sessions_ok = False
    identity_ok = answers.identity.allow and boundary_ok and sessions_ok
    if caller.kind == "root":
        identity_ok = sessions_ok
    # Cross account: both sides must allow.
    if owner(case["request"], caller) != caller.account:
        return identity_ok and bool(grants)
    if must_be_granted_by_resource(case):
        if not grants:
            return False
        if grants == {"account"}:
            return identity_ok
    if grants & {"session", "star"}:
        return True
    if "entity" in grants and (caller.kind == "user" or boundary_ok) and sessions_ok:
        return True
    return identity_ok
