# SPDX-License-Identifier: Apache-2.0
"""Simulation of policies and the condition keys that policies mention.

What is compared was recorded on AWS, but for what docs/conformance.md says is ours.
"""

import json

from lib.case import allow, deny, document, trust

SERVER = {}
A, B = "arn:aws:s3:::stackd-simulation/a", "arn:aws:s3:::stackd-simulation/b"
MANY = "arn:aws:s3:::${BucketName}/${KeyName}"
ALL_OF_IAM = "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}"
IAM, RESOURCE, BOUNDARY = "IAM Policy", "Resource Policy", "Permissions Boundary Policy"
GET, PUT, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
NO_ARN = "ResourceNames are not in a valid ARN format: %s."


def compact(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)},
                      separators=(",", ":"))


ALLOW, DENY = compact(allow(GET)), compact(deny(GET))
ALLOW_ALL, ALLOW_PUT = compact(allow("*")), compact(allow(PUT))


def conditional(operator, key="stack:missing", value="yes", effect=allow, action=GET, **more):
    return compact(effect(action, Condition={operator: {key: value}}, **more))


def entry(name, values, kind="string"):
    return {"ContextKeyName": name, "ContextKeyValues": values, "ContextKeyType": kind}


def matched(policy, end, kind=IAM, start=38, lines=(1, 1)):
    return {"SourcePolicyId": policy, "SourcePolicyType": kind,
            "StartPosition": {"Line": str(lines[0]), "Column": str(start)},
            "EndPosition": {"Line": str(lines[1]), "Column": str(end)}}


def custom(t, policies=(ALLOW,), actions=(GET,), **params):
    return t.root.call("SimulateCustomPolicy", PolicyInputList=list(policies),
                       ActionNames=list(actions), **params)


def one(t, policies=(ALLOW,), **params):
    """The only result of a simulation of one action."""
    got = custom(t, policies, **params)
    t.equal((got["IsTruncated"], len(got["EvaluationResults"])), ("false", 1))
    return got["EvaluationResults"][0]


def by_key(statements):
    return sorted(statements or [], key=json.dumps)


def sources(result):
    return sorted(s["SourcePolicyId"] for s in result["MatchedStatements"] or [])


# ---- results -----------------------------------------------------------------------------------


def test_a_result_without_resources(t):
    t.equal(custom(t), {"EvaluationResults": [
        {"EvalActionName": GET, "EvalResourceName": "*", "EvalDecision": "allowed",
         "MatchedStatements": [matched("PolicyInputList.1", 95)], "MissingContextValues": ""}],
        "IsTruncated": "false"})
    t.equal(one(t, ()), {"EvalActionName": GET, "EvalResourceName": "*",
                         "EvalDecision": "implicitDeny", "MatchedStatements": "",
                         "MissingContextValues": ""})
    t.equal(one(t, ResourceArns=["*"]), one(t))


def test_results_of_resources(t):
    mine = [matched("PolicyInputList.1", 95)]
    t.equal(one(t, ResourceArns=[A]), {
        "EvalActionName": GET, "EvalResourceName": A, "EvalDecision": "allowed",
        "MatchedStatements": mine, "MissingContextValues": "", "EvalDecisionDetails": "",
        "ResourceSpecificResults": [{"EvalResourceName": A, "EvalResourceDecision": "allowed",
                                     "MatchedStatements": mine}]})
    got = one(t, (compact(allow(GET, A)),), ResourceArns=[A, B])
    mine = [matched("PolicyInputList.1", 126)]
    t.equal(got, {
        "EvalActionName": GET, "EvalResourceName": MANY, "EvalDecision": "implicitDeny",
        "MatchedStatements": mine, "MissingContextValues": "", "EvalDecisionDetails": "",
        "ResourceSpecificResults": [
            {"EvalResourceName": A, "EvalResourceDecision": "allowed", "MatchedStatements": mine},
            {"EvalResourceName": B, "EvalResourceDecision": "implicitDeny"}]})
    twice = one(t, ResourceArns=[A, A])
    t.equal(len(twice["ResourceSpecificResults"]), 2)
    t.equal(twice["MatchedStatements"], [matched("PolicyInputList.1", 95)])
    denied = one(t, (ALLOW, compact(deny(GET, B))), ResourceArns=[A, B])
    t.equal(denied["EvalDecision"], "explicitDeny")


def test_names_of_several_resources(t):
    pairs = (("iam:GetUser", ALL_OF_IAM), ("sts:AssumeRole", "arn:aws:iam::${Account}:${RelativeId}"),
             ("sqs:SendMessage", "arn:aws:sqs:${Region}:${Account}:${QueueName}"),
             ("kms:Decrypt", "arn:aws:kms:${Region}:${Account}:${ResourceType}/${Id}"),
             ("lambda:InvokeFunction",
              "arn:aws:lambda:${Region}:${Account}:${ResourceType}:${ResourceId}"),
             ("ec2:RunInstances",
              "arn:aws:ec2:${Region}:${Account}:${ResourceType}/${ResourcePath}"),
             ("madeup:Action", None))
    for action, name in pairs:
        got = one(t, (ALLOW_ALL,), actions=[action], ResourceArns=[A, B])
        t.equal(got.get("EvalResourceName"), name, action)
    got = one(t, ResourceArns=[A.replace(":aws:", ":aws-cn:"), B])
    t.equal(got["EvalResourceName"], MANY.replace(":aws:", ":aws-cn:"))


def test_a_resource_of_another_service(t):
    other = "arn:aws:iam::123456789012:user/fictional"
    got = one(t, (ALLOW_ALL,), ResourceArns=[other])
    t.equal((got["EvalDecision"], got["MatchedStatements"]), ("implicitDeny", ""))
    role = "arn:aws:iam::123456789012:role/r"
    t.equal(one(t, (ALLOW_ALL,), actions=["sts:AssumeRole"], ResourceArns=[role])["EvalDecision"],
            "allowed")
    t.equal(one(t, (ALLOW_ALL,), actions=["madeup:Do"], ResourceArns=[other])["EvalDecision"],
            "allowed")


def test_order_and_repeats(t):
    got = custom(t, actions=[GET, PUT, GET])["EvaluationResults"]
    t.equal([(r["EvalActionName"], r["EvalDecision"]) for r in got],
            [(GET, "allowed"), (PUT, "implicitDeny"), (GET, "allowed")])


def test_statements_and_policies(t):
    two = compact(allow(GET, Sid="First"), allow(GET, Sid="Second"))
    t.equal(len(one(t, (two,))["MatchedStatements"]), 2)
    both = one(t, (compact(allow(GET, Sid="Allow"), deny(GET, Sid="Deny")),))
    t.equal((both["EvalDecision"], len(both["MatchedStatements"])), ("explicitDeny", 1))
    t.equal(sources(one(t, (ALLOW, ALLOW))), ["PolicyInputList.1", "PolicyInputList.2"])
    got = one(t, (ALLOW, DENY))
    t.equal(got["MatchedStatements"], [matched("PolicyInputList.2", 94)])


def test_positions(t):
    pretty = json.dumps({"Version": "2012-10-17", "Statement": [
        allow(GET, Sid="First"), deny(PUT, Sid="Second")]}, indent=2)
    got = custom(t, (pretty,), [GET, PUT])["EvaluationResults"]
    t.equal(got[0]["MatchedStatements"], [matched("PolicyInputList.1", 6, start=17, lines=(3, 9))])
    t.equal(got[1]["MatchedStatements"], [matched("PolicyInputList.1", 6, start=6, lines=(9, 15))])
    lone = json.dumps({"Statement": allow(GET)})
    t.equal(one(t, (lone,))["MatchedStatements"], [matched("PolicyInputList.1", 77, start=16)])
    latin = json.dumps({"Id": "café", "Statement": [allow(GET)]}, ensure_ascii=False)
    t.equal(one(t, (latin,))["MatchedStatements"], [matched("PolicyInputList.1", 92, start=30)])
    windows = " \r\n" + json.dumps({"Version": "2012-10-17", "Statement": [allow(GET)]},
                                   indent=2).replace("\n", "\r\n") + "\r\n "
    t.equal(one(t, (windows,))["MatchedStatements"],
            [matched("PolicyInputList.1", 6, start=17, lines=(4, 9))])


def test_actions_as_they_are_spelled(t):
    for action in ("s3:*", "madeup:Action", "s3:MadeUp", "s3:", "s3:Get Object"):
        for policy, decision in ((ALLOW, "implicitDeny"), (ALLOW_ALL, "allowed")):
            got = one(t, (policy,), actions=[action])
            t.equal((got["EvalActionName"], got["EvalDecision"]), (action, decision))
    t.equal(one(t, actions=["S3:gEtObJeCt"])["EvalDecision"], "allowed")


# ---- missing keys ------------------------------------------------------------------------------


def test_keys_are_missing_when_nothing_allows(t):
    """Of whatever statement: AWS does not look whether it is about the action and the resource."""
    missing = ["stack:missing"]
    for doc in (conditional("StringEquals"), conditional("StringEquals", action=PUT),
                conditional("StringEquals", resource=B), conditional("StringEquals", effect=deny),
                conditional("Null", value="false"),
                conditional("ForAnyValue:StringEquals"),
                conditional("StringEqualsIfExists", action=PUT)):
        got = one(t, (doc,), ResourceArns=[A])
        t.equal((got["EvalDecision"], got["MissingContextValues"]), ("implicitDeny", missing), doc)
        t.equal(got["ResourceSpecificResults"], [
            {"EvalResourceName": A, "EvalResourceDecision": "implicitDeny",
             "MissingContextValues": missing}])
        also = one(t, (ALLOW, doc), ResourceArns=[A])
        t.equal((also["EvalDecision"], also["MissingContextValues"]), ("allowed", ""))
        t.equal(one(t, (DENY, doc))["MissingContextValues"], "")
    for operator, value in (("StringEqualsIfExists", "yes"), ("StringNotEqualsIfExists", "yes"),
                            ("Null", "true"), ("ForAllValues:StringEquals", "yes"),
                            ("StringNotEquals", "yes")):
        got = one(t, (conditional(operator, value=value),))
        t.equal((got["EvalDecision"], got["MissingContextValues"]), ("allowed", ""), operator)


def test_which_keys_are_missing(t):
    present = [entry("stack:present", ["different"])]
    variants = compact(allow(GET, Condition={"StringEquals": {"STACK:missing": "yes"}}),
                       allow(GET, Condition={"StringEquals": {"stack:missing": "yes"}}))
    t.equal(sorted(one(t, (variants,))["MissingContextValues"]), ["STACK:missing", "stack:missing"])
    for value in ("${stack:key}", "${stack:key, 'other'}"):
        got = one(t, (conditional("StringEquals", "STACK:present", value),), ContextEntries=present)
        t.equal(got["MissingContextValues"], ["stack:key"])
        got = one(t, (compact(allow(PUT, "arn:aws:s3:::b/" + value)),), ResourceArns=[A])
        t.equal(got["MissingContextValues"], ["stack:key"])
    default = compact(allow(GET, "arn:aws:s3:::stackd-simulation/${stack:key, 'a'}"))
    t.equal(one(t, (default,), ResourceArns=[A])["EvalDecision"], "allowed")
    old = json.dumps({"Version": "2008-10-17", "Statement": allow(PUT, "arn:aws:s3:::${a:b}")})
    t.equal(one(t, (old,))["MissingContextValues"], "")


# ---- the request -------------------------------------------------------------------------------


def holds(t, operator, key, value, **params):
    return one(t, (conditional(operator, key, value),), **params)["EvalDecision"] == "allowed"


def test_types_of_values(t):
    rows = (("string", "NumericEquals", "1", "1"), ("numeric", "NumericEquals", "100", "1e2"),
            ("numeric", "NumericEquals", "1", "01.00"), ("numeric", "NumericEquals", "1", "+1"),
            ("boolean", "Bool", "true", "TRUE"), ("boolean", "Bool", "false", "yes"),
            ("ip", "IpAddress", "10.0.0.0/8", "010.1.2.3"),
            ("ip", "StringEquals", "010.1.2.3", "010.1.2.3"),
            ("binary", "BinaryEquals", "QUI=", "QUI="), ("date", "DateEquals", "2035-01-01", "2035"),
            ("date", "StringEquals", "2035-01-02T00:00:00.000Z", "2035-01-02"))
    for kind, operator, wanted, value in rows:
        t.true(holds(t, operator, "stack:key", wanted,
                     ContextEntries=[entry("stack:key", [value], kind)]), "%s %s" % (kind, value))
        t.true(holds(t, "ForAnyValue:" + operator, "stack:key", wanted,
                     ContextEntries=[entry("stack:key", [value], kind + "List")]), kind + "List")
        t.true(not holds(t, operator, "stack:key", wanted,
                         ContextEntries=[entry("stack:key", [value], kind + "List")]),
               "a list needs a set operator: " + kind)
    for value in ("1e9999", ".5", "1."):
        one(t, ContextEntries=[entry("stack:key", [value], "numeric")])
    one(t, ContextEntries=[entry("stack:key", [""], "binary")])
    one(t, ContextEntries=[{}, entry("abcde", ["yes"])])
    many = entry("stack:key", ["x"] * 50, "stringList")
    t.true(holds(t, "ForAllValues:StringEquals", "stack:key", "x", ContextEntries=[many]), "many")


def test_entries_that_are_refused(t):
    value = "Invalid context value for key stack:test: expected %s."
    rows = [({"ContextKeyType": "string", "ContextKeyValues": ["yes"]},
             "ContextKeyName cannot be null or empty."),
            ({"ContextKeyName": "stack:test", "ContextKeyType": "string"},
             "Context values for context key stack:test cannot be null or empty."),
            ({"ContextKeyName": "stack:test", "ContextKeyType": "stringList",
              "ContextKeyValues": []},
             "Context values for context key stack:test cannot be null or empty."),
            ({"ContextKeyName": "stack:test", "ContextKeyValues": ["yes"]},
             "Context key stack:test has invalid type null."),
            (entry("stack:test", ["a", "b"]),
             "Context key string expected a single value, but received 2.")]
    bad = {"numeric": ("numeric format", ["abc", "NaN", "0x10", " 1 ", "Infinity"]),
           "date": ("DateTime format", ["tomorrow"]),
           "ip": ("IP address", ["999.0.0.1", "10.0.0.0/8", "fe80::1%eth0"]),
           "binary": ("base-64 encoded binary format", ["!base64", "QQ", "QQ=", "QR=="])}
    for kind, (what, values) in bad.items():
        rows.extend((entry("stack:test", [text], kind), value % what) for text in values)
        rows.append((entry("stack:test", ["", values[0]], kind + "List"), value % what))
    for row, message in rows:
        error = t.fails("InvalidInput", custom, t, ContextEntries=[row], status=400)
        t.equal(error.message, message, str(row))
    for second in ("stack:test", "STACK:TEST"):
        error = t.fails("InvalidInput", custom, t, status=400, ContextEntries=[
            entry("stack:test", ["a"]), entry(second, ["b"])])
        t.equal(error.message, "Duplicate context key: %s." % second)
    error = t.fails("ValidationError", custom, t, ContextEntries=[entry("stack:test", ["a"], "x")])
    t.contains(error.message, "[binary, ipList, booleanList, ip, boolean, numericList, dateList, "
                              "numeric, date, stringList, string, binaryList]")
    t.fails("ValidationError", custom, t, ContextEntries=[entry("abcd", ["a"])])
    full = [entry("stack:k%d" % n, ["x"]) for n in range(509)]
    t.fails("InvalidInput", custom, t, ContextEntries=full, status=400)
    one(t, ContextEntries=full[:508])


def test_who_asks(t):
    arn = t.arn("user", "hypothetical", "/simulation/")
    given = {"CallerArn": arn}
    t.true(holds(t, "StringEquals", "aws:PrincipalArn", arn, **given), "aws:PrincipalArn")
    t.true(holds(t, "StringEquals", "aws:PrincipalAccount", t.account, **given), "account")
    t.true(holds(t, "StringEquals", "aws:userid", arn, **given), "aws:userid")
    t.true(holds(t, "StringEquals", "aws:username", "hypothetical", **given), "aws:username")
    for kind in ("group", "role"):
        other = t.arn(kind, "hypothetical", "/simulation/")
        t.true(not holds(t, "Null", "aws:username", "false", CallerArn=other), kind)
        t.true(holds(t, "StringEquals", "aws:PrincipalArn", other, CallerArn=other), kind)
    t.true(holds(t, "StringEquals", "aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"), "stub")
    t.true(holds(t, "StringEquals", "aws:PrincipalAccount", t.account), "the caller's account")
    for key in ("aws:PrincipalArn", "aws:username"):
        got = one(t, (conditional("Null", key, "false"),))
        t.equal((got["EvalDecision"], got["MissingContextValues"]), ("implicitDeny", [key]))
    # What is added is missing all the same, and what is given counts.
    got = one(t, (conditional("StringEquals", "aws:userid", "AIDA"),), **given)
    t.equal(got["MissingContextValues"], ["aws:userid"])
    for key in ("aws:username", "aws:userid", "aws:PrincipalArn", "AWS:principalaccount"):
        t.true(holds(t, "StringEquals", key, "override",
                     ContextEntries=[entry(key, ["override"])], **given), key)


# ---- boundaries, organizations, policies of resources ------------------------------------------


def test_boundary(t):
    for text, decision, shown, allowed in (
            (ALLOW, "allowed", ["PolicyInputList.1"], "true"),
            (ALLOW_PUT, "implicitDeny", [], "false"),
            (DENY, "explicitDeny", ["PermissionsBoundaryPolicyInputList.1"], "false")):
        got = one(t, PermissionsBoundaryPolicyInputList=[text], ResourceArns=[A, B])
        t.equal((got["EvalDecision"], sources(got)), (decision, shown))
        detail = {"AllowedByPermissionsBoundary": allowed}
        t.equal(got["PermissionsBoundaryDecisionDetail"], detail)
        for row in got["ResourceSpecificResults"]:
            t.equal(row["PermissionsBoundaryDecisionDetail"], detail)
    got = one(t, (DENY,), PermissionsBoundaryPolicyInputList=[DENY])
    t.equal(by_key(got["MatchedStatements"]), by_key([
        matched("PermissionsBoundaryPolicyInputList.1", 94, BOUNDARY),
        matched("PolicyInputList.1", 94)]))
    got = one(t, PermissionsBoundaryPolicyInputList=[conditional("StringEquals", "stack:boundary")])
    t.equal((got["EvalDecision"], got["MissingContextValues"]),
            ("implicitDeny", ["stack:boundary"]))
    error = t.fails("InvalidInput", custom, t, PermissionsBoundaryPolicyInputList=[ALLOW, ALLOW])
    t.equal(error.message, "The list of Permissions Boundary policies cannot exceed 1 items.")


def levels(*documents):
    return {"OrderedOrganizationPolicyInputList": [
        {"ServiceControlPolicyInputList": list(one_level)} for one_level in documents]}


def test_organizations(t):
    for given, decision, allowed in (
            (([ALLOW_ALL], [ALLOW_ALL]), "allowed", "true"),
            (([ALLOW_ALL], [DENY]), "explicitDeny", "false"),
            (([ALLOW_ALL], [ALLOW_PUT]), "implicitDeny", "false"),
            (([DENY, ALLOW_ALL], [ALLOW_ALL]), "explicitDeny", "false")):
        got = one(t, (ALLOW, conditional("StringEquals")), **levels(*given))
        t.equal(got["EvalDecision"], decision)
        t.equal(got["OrganizationsDecisionDetail"], {"AllowedByOrganizations": allowed})
        t.equal(sources(got), ["PolicyInputList.1"] if decision == "allowed" else [])
        t.equal(got["MissingContextValues"], "", "what an SCP denies hides the keys")
    error = t.fails("InvalidInput", custom, t, **levels([]), status=400)
    t.equal(error.message,
            "Organization policy at index 1 must contain at least one service control policy")
    t.fails("ValidationError", custom, t, **levels(*[[ALLOW]] * 8))


def test_policy_of_a_resource(t):
    caller = t.arn("user", "composition", "/simulation/")
    direct = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*", Principal={"AWS": caller}))
    root = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*",
                         Principal={"AWS": "arn:aws:iam::%s:root" % t.account}))
    common = {"ResourceArns": [A], "CallerArn": caller}
    for text in (direct, root):
        for own, boundary, decision, shown in (
                ((), None, "allowed", ["ResourcePolicy"]),
                ((ALLOW,), None, "allowed", ["PolicyInputList.1", "ResourcePolicy"]),
                ((), ALLOW_PUT, "allowed", ["ResourcePolicy"]),
                ((), DENY, "explicitDeny", ["PermissionsBoundaryPolicyInputList.1"]),
                ((ALLOW,), ALLOW_PUT, "allowed", ["PolicyInputList.1", "ResourcePolicy"])):
            more = {} if boundary is None else {"PermissionsBoundaryPolicyInputList": [boundary]}
            got = one(t, own, ResourcePolicy=text, **common, **more)
            t.equal((got["EvalDecision"], sources(got)), (decision, shown), str((own, boundary)))
            t.equal(got["EvalDecisionDetails"], "")
            if boundary is not None:
                t.equal(got["PermissionsBoundaryDecisionDetail"],
                        {"AllowedByPermissionsBoundary": "false"})
    scp = one(t, ResourcePolicy=direct, **common, **levels([DENY]))
    t.equal(scp["ResourceSpecificResults"],
            [{"EvalResourceName": A, "EvalResourceDecision": "explicitDeny"}])
    t.equal((scp["EvalDecision"], scp["EvalDecisionDetails"]), ("explicitDeny", ""))


def test_across_accounts(t):
    caller = t.arn("user", "composition", "/simulation/")
    direct = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*", Principal={"AWS": caller}))
    for own, boundary, decision, details in (
            ((), None, "implicitDeny", ("implicitDeny", None)),
            ((ALLOW,), None, "allowed", ("allowed", None)),
            ((ALLOW,), ALLOW, "allowed", ("allowed", "allowed")),
            ((ALLOW,), ALLOW_PUT, "implicitDeny", ("allowed", "implicitDeny")),
            ((ALLOW,), DENY, "explicitDeny", ("allowed", "explicitDeny"))):
        more = {} if boundary is None else {"PermissionsBoundaryPolicyInputList": [boundary]}
        got = one(t, own, ResourcePolicy=direct, ResourceArns=[A], CallerArn=caller,
                  ResourceOwner="arn:aws:iam::999999999999:root", **more)
        want = {IAM: details[0], RESOURCE: "allowed"}
        if boundary is not None:
            want[BOUNDARY] = details[1]
        t.equal((got["EvalDecision"], got["EvalDecisionDetails"]), (decision, want))
        t.equal(got["ResourceSpecificResults"][0]["EvalDecisionDetails"], want)
        t.equal(sources(got), {
            "allowed": ["PolicyInputList.1", "ResourcePolicy"], "implicitDeny": [],
            "explicitDeny": ["PermissionsBoundaryPolicyInputList.1"]}[decision])
    # Without an owner that is given, the ARN tells.
    queue = "arn:aws:sqs:us-east-1:999999999999:q"
    got = one(t, (ALLOW_ALL,), actions=["sqs:SendMessage"], ResourceArns=[queue], CallerArn=caller,
              ResourcePolicy=compact(allow("sqs:*", queue, Principal={"AWS": "999999999999"})))
    t.equal(got["EvalDecisionDetails"], {IAM: "allowed", RESOURCE: "implicitDeny"})
    t.equal((got["EvalDecision"], sources(got)), ("implicitDeny", []))
    t.equal(one(t, (ALLOW_ALL,), actions=["sqs:SendMessage"],
                ResourceArns=[queue])["EvalDecision"], "allowed")


def test_policies_of_resources_that_are_refused(t):
    text = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*", Principal={"AWS": "*"}))
    caller = t.arn("user", "somebody")
    who = "Invalid caller - Caller must be an IAM user, role or group in this context."
    good = {"ResourcePolicy": text, "ResourceArns": [A], "CallerArn": caller}
    t.equal(one(t, (), **good)["EvalDecision"], "allowed")
    for more, message in (
            ({"CallerArn": None}, "Invalid caller - Caller cannot be null or empty."),
            ({"CallerArn": "arn:aws:iam::%s:root" % t.account}, who),
            ({"CallerArn": "arn:aws:sts::%s:assumed-role/r/s" % t.account}, who),
            ({"CallerArn": "somebody"}, who),
            ({"ResourceOwner": t.account}, "'%s' is not a valid as a Resource Owner." % t.account),
            ({"ResourceOwner": "not-an-arn"}, "'not-an-arn' is not a valid as a Resource Owner."),
            ({"ResourceArns": None},
             "Invalid Entity Arn: * does not clearly define entity type and name."),
            ({"ResourcePolicy": compact(allow(GET, Principal={"AWS": "*"}))}, NO_ARN % "*"),
            ({"ResourcePolicy": ALLOW}, "Resource policy has invalid content")):
        params = {key: value for key, value in {**good, **more}.items() if value is not None}
        error = t.fails("InvalidInput", custom, t, (), **params, status=400)
        t.equal(error.message, message)
    for owner in ("arn:aws:iam::%s:root" % t.account, caller):
        t.equal(one(t, (), ResourceOwner=owner, **good)["EvalDecision"], "allowed")


# ---- what is refused ---------------------------------------------------------------------------


def test_what_is_refused(t):
    content = "Policy input list item %d has invalid content"
    option = ("Invalid input resource handling options. Action does not support resource handling "
              "options: s3:GetObject. Please refer to the documentation for more details: "
              "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html")
    for params, message in (
            ({"policies": ["{"]}, content % 1),
            ({"policies": [ALLOW, '{"Version":"2099-01-01","Statement":[]}']}, content % 2),
            ({"policies": [compact(allow(GET, Principal="*"))]}, content % 1),
            ({"actions": ["GetObject"]}, "The action is invalid since it is missing names"),
            ({"ResourceArns": ["not-an-arn"]}, NO_ARN % "not-an-arn"),
            ({"ResourceArns": [A, "arn:aws:s3"]}, NO_ARN % "arn:aws:s3"),
            ({"ResourceArns": ["arn::s3:::b"]}, NO_ARN % "arn::s3:::b"),
            ({"ResourceArns": ["arn:aws::::b"]}, NO_ARN % "arn:aws::::b"),
            ({"ResourceArns": ["arn:aws:s3:::"]}, NO_ARN % "arn:aws:s3:::"),
            ({"Marker": "not-a-simulation-marker"}, "Invalid marker for pagination."),
            ({"ResourceArns": [A], "ResourceHandlingOption": "EC2-VPC-EBS"}, option),
            (levels([ALLOW, "{"]), "Organization policy at index item 1 has invalid content"),
            ({"PermissionsBoundaryPolicyInputList": ["{}"]},
             "Permissions boundary policy input list item 1 has invalid content")):
        error = t.fails("InvalidInput", custom, t, **params, status=400)
        t.equal(error.message, message)
    for params in ({"actions": ["ab"]}, {"actions": ["s3:" + "a" * 126]}, {"MaxItems": 1001},
                   {"ResourceArns": ["a" * 2049]}):
        t.fails("ValidationError", custom, t, **params, status=400)
    t.fails("ValidationError", t.root.call, "SimulateCustomPolicy", PolicyInputList=[ALLOW])
    t.equal(one(t, ResourceHandlingOption="fictional")["EvalDecision"], "allowed")
    instance = "arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0"
    t.equal(one(t, (ALLOW_ALL,), actions=["ec2:RunInstances"], ResourceArns=[instance],
                ResourceHandlingOption="EC2-VPC-EBS-Subnet")["EvalDecision"], "allowed")


def test_values_that_a_simulation_takes(t):
    """A policy with them could not be stored."""
    for operator, value in (("IpAddress", "nowhere"), ("NumericEquals", "many"),
                            ("DateEquals", "then"), ("ArnLike", "nothing")):
        got = one(t, (conditional(operator, "stack:key", value),),
                  ContextEntries=[entry("stack:key", ["1"])])
        t.equal(got["EvalDecision"], "implicitDeny", operator)


# ---- pages -------------------------------------------------------------------------------------


def test_pages_count_actions(t):
    actions = [PUT, "iam:GetUser", GET]
    params = {"ResourceArns": [A, B]}
    whole = custom(t, (ALLOW_ALL,), actions, **params)
    t.equal(whole["IsTruncated"], "false")
    for size in (1, 2):
        rows, marker = [], {}
        while True:
            got = custom(t, (ALLOW_ALL,), actions, MaxItems=size, **params, **marker)
            t.true(len(got["EvaluationResults"]) <= size, "a page of actions")
            rows.extend(got["EvaluationResults"])
            if got["IsTruncated"] == "false":
                break
            marker = {"Marker": got["Marker"]}
        t.equal(rows, whole["EvaluationResults"])
    marker = custom(t, (ALLOW_ALL,), actions, MaxItems=1, **params)["Marker"]
    # A Marker goes on whatever else has changed, but in its own operation and account.
    t.equal(custom(t, (DENY,), actions[::-1], Marker=marker)["EvaluationResults"][-1]
            ["EvalActionName"], PUT)
    t.equal(custom(t, (DENY,), [DELETE], Marker=marker),
            {"EvaluationResults": "", "IsTruncated": "false"})
    user = t.user("paged")
    error = t.fails("InvalidInput", t.root.call, "SimulatePrincipalPolicy", Marker=marker,
                    PolicySourceArn=user.arn, ActionNames=[GET], status=400)
    t.equal(error.message, "Invalid marker for pagination.")
    t.fails("InvalidInput", custom, t, Marker=marker[:-1] + ("A" if marker[-1] != "A" else "B"))
    got = custom(t, (ALLOW_ALL,), ["s3:A%d" % n for n in range(101)])
    t.equal((len(got["EvaluationResults"]), got["IsTruncated"]), (100, "true"))


def test_work_is_bounded(t):
    """Much is told in shorter pages, too much of one action not at all; others are served."""
    names = ["arn:aws:s3:::bucket/%d" % n for n in range(500)]
    actions = ["s3:Get%d" % n for n in range(100)]
    got = custom(t, (ALLOW_ALL,) * 4, actions, ResourceArns=names)
    t.true(0 < len(got["EvaluationResults"]) < 100 and got["IsTruncated"] == "true", "a short page")
    first = got["EvaluationResults"][0]
    t.equal(len(first["ResourceSpecificResults"]), 500)
    after = custom(t, (ALLOW_ALL,) * 4, actions, ResourceArns=names[:1], Marker=got["Marker"])
    t.equal(after["EvaluationResults"][0]["EvalActionName"],
            actions[len(got["EvaluationResults"])])
    silent = custom(t, (ALLOW_PUT,), actions, ResourceArns=names)
    t.equal(silent["IsTruncated"], "true")
    keys = {"StringEquals": {"stack:%s%d" % ("k" * 200, n): "x" for n in range(400)}}
    error = t.fails("InvalidInput", custom, t, (compact(allow(GET, Condition=keys)),),
                    ResourceArns=names, status=400)
    t.contains(error.message, "more work than the server does for one request")


# ---- principals --------------------------------------------------------------------------------


class Fixture:
    """A user in a group, the group and a role: each with an inline and the same managed policy."""

    def __init__(self, t):
        def pretty(*statements):
            return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)

        self.user, self.group, self.role = (t.name("sim-" + kind) for kind in "ugr")
        call = t.root.call
        call("CreateUser", UserName=self.user, Path="/simulation/")
        call("CreateGroup", GroupName=self.group, Path="/simulation/")
        call("CreateRole", RoleName=self.role, Path="/simulation/",
             AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
        self.managed, self.boundary = t.name("sim-m"), t.name("sim-b")
        call("CreatePolicy", PolicyName=self.managed, Path="/simulation/",
             PolicyDocument=pretty(allow(DELETE, Sid="ManagedDelete")))
        call("CreatePolicy", PolicyName=self.boundary, Path="/simulation/",
             PolicyDocument=pretty(allow([GET, PUT], Sid="BoundaryReadWrite")))
        self.arns = {name: t.arn("policy", name, "/simulation/")
                     for name in (self.managed, self.boundary)}
        for kind, name, action, resource in (("User", self.user, GET, A),
                                             ("Group", self.group, PUT, B),
                                             ("Role", self.role, GET, "*")):
            who = {kind + "Name": name}
            call("Put%sPolicy" % kind, PolicyName=kind + "Inline", **who,
                 PolicyDocument=pretty(allow(action, resource, Sid=kind + "Inline")))
            call("Attach%sPolicy" % kind, PolicyArn=self.arns[self.managed], **who)
        call("AddUserToGroup", UserName=self.user, GroupName=self.group)
        self.inline = {"User": "user_%s_UserInline" % self.user,
                       "Group": "group_%s_GroupInline" % self.group,
                       "Role": "role_%s_RoleInline" % self.role}

    def arn(self, t, kind, path="/simulation/"):
        return t.arn(kind.lower(), getattr(self, kind.lower()), path)


def principal(t, fixture, kind="User", path="/simulation/", **params):
    """Decision and sources of each action on two resources."""
    params.setdefault("ActionNames", [GET, PUT, DELETE])
    got = t.root.call("SimulatePrincipalPolicy", PolicySourceArn=fixture.arn(t, kind, path),
                      ResourceArns=[A, B], **params)
    return [(row["EvalDecision"], sources(row)) for row in got["EvaluationResults"]]


def test_what_principals_have(t):
    f = Fixture(t)
    user = [("implicitDeny", [f.inline["User"]]), ("implicitDeny", [f.inline["Group"]]),
            ("allowed", [f.managed])]
    group = [("implicitDeny", []), ("implicitDeny", [f.inline["Group"]]), ("allowed", [f.managed])]
    role = [("allowed", [f.inline["Role"]]), ("implicitDeny", []), ("allowed", [f.managed])]
    for kind, want in (("User", user), ("Group", group), ("Role", role)):
        t.equal(principal(t, f, kind), want, kind)
        t.equal(principal(t, f, kind, "/wrong-path/"), want, "the path is not compared")
    got = t.root.call("SimulatePrincipalPolicy", PolicySourceArn=f.arn(t, "User"),
                      ActionNames=[DELETE])["EvaluationResults"]
    t.equal(got, [{"EvalActionName": DELETE, "EvalResourceName": "*", "EvalDecision": "allowed",
                   "MatchedStatements": [matched(f.managed, 6, start=17, lines=(3, 9))],
                   "MissingContextValues": ""}])
    more = principal(t, f, PolicyInputList=[ALLOW_ALL])
    t.equal(more[0], ("allowed", ["PolicyInputList.1", f.inline["User"]]))
    # The simulation sees what is stored now.
    t.root.call("CreatePolicyVersion", PolicyArn=f.arns[f.managed], SetAsDefault=True,
                PolicyDocument=compact(deny(DELETE, Sid="NewDefaultDeny")))
    t.equal(principal(t, f)[2], ("explicitDeny", [f.managed]))
    t.root.call("RemoveUserFromGroup", UserName=f.user, GroupName=f.group)
    t.equal(principal(t, f)[1], ("implicitDeny", []))


def test_boundary_of_a_principal(t):
    f = Fixture(t)
    t.root.call("PutUserPermissionsBoundary", UserName=f.user,
                PermissionsBoundary=f.arns[f.boundary])

    def details(**params):
        got = t.root.call("SimulatePrincipalPolicy", PolicySourceArn=f.arn(t, "User"),
                          ActionNames=[GET, DELETE], ResourceArns=[A], **params)
        return [(row["EvalDecision"], row.get("PermissionsBoundaryDecisionDetail"))
                for row in got["EvaluationResults"]]

    yes, no = ({"AllowedByPermissionsBoundary": word} for word in ("true", "false"))
    t.equal(details(), [("allowed", yes), ("implicitDeny", no)])
    t.equal(details(PermissionsBoundaryPolicyInputList=[compact(allow(DELETE))]),
            [("implicitDeny", no), ("allowed", yes)])
    without = [{"PolicyType": "permission-boundary"}]
    t.equal(details(PolicyExclusionList=without), [("allowed", None), ("allowed", None)])
    t.equal(details(PolicyExclusionList=without, PermissionsBoundaryPolicyInputList=[DENY]),
            [("explicitDeny", no), ("implicitDeny", no)])
    # The same policy as permission and as boundary: exclusions of policies leave the boundary.
    t.root.call("AttachUserPolicy", UserName=f.user, PolicyArn=f.arns[f.boundary])
    t.equal(principal(t, f)[0], ("allowed", sorted([f.boundary, f.inline["User"]])))
    t.equal(details(PolicyExclusionList=[{"PolicyType": "user-managed"}]),
            [("allowed", yes), ("implicitDeny", no)])


def test_exclusions(t):
    f = Fixture(t)

    def left(*exclusions, **params):
        return [names for _, names in principal(t, f, PolicyExclusionList=list(exclusions),
                                                **params)]

    def inline(name, kind, owner):
        return {"InlinePolicyIdentifier": {"PolicyName": name, "AttachmentType": kind,
                                           "AttachmentName": owner}}

    own, theirs, managed = [f.inline["User"]], [f.inline["Group"]], [f.managed]
    full = [own, theirs, managed]
    t.equal(left({"PolicyType": "inline"}), [[], [], managed])
    t.equal(left({"PolicyType": "user-managed"}), [own, theirs, []])
    for kind in ("aws-managed", "permission-boundary", "scp", "rcp"):
        t.equal(left({"PolicyType": kind}), full, kind)
    # AWS compares with the ARN that the policy would have without a path.
    t.equal(left({"PolicyArn": f.arns[f.managed]}), full)
    t.equal(left({"PolicyArn": t.arn("policy", f.managed)}), [own, theirs, []])
    t.equal(left({"PolicyArn": t.arn("policy", f.managed[:-1] + "*")}), [own, theirs, []])
    t.equal(left(inline("UserInline", "user", f.user)), [[], theirs, managed])
    t.equal(left(inline("GroupInline", "group", f.group)), [own, [], managed])
    t.equal(left(inline("UserInline", "user", f.user[:-1] + "?")), [[], theirs, managed])
    t.equal(left(inline("UserInline", "user", "sim-*")), [[], theirs, managed])
    t.equal(left(inline("UserInline", "user", f.group)), full)
    t.equal(left(inline("UserInline", "group", f.user)), full)
    t.equal(left({"PolicyType": "inline"}, {"PolicyType": "user-managed"}), [[], [], []])
    t.equal(left({"PolicyType": "inline"}, PolicyInputList=[compact(allow(GET))])[0],
            ["PolicyInputList.1"])
    t.fails("ValidationError", left, {"PolicyType": "bogus"})
    t.fails("ValidationError", left, inline("UserInline", "bogus", f.user))
    t.fails("ValidationError", left, inline("UserInline", "user", "*"))
    t.fails("MalformedInput", left, {"PolicyType": "inline", "PolicyArn": f.arns[f.managed]})
    t.fails("MalformedInput", left, {"Unknown": "x"})
    t.fails("ValidationError", left, *[{"PolicyType": "inline"}] * 257)


def test_context_of_a_principal(t):
    f = Fixture(t)
    arn = f.arn(t, "User")
    for key, value, decision in (("aws:PrincipalArn", arn, "allowed"),
                                 ("aws:username", f.user, "allowed"),
                                 ("aws:PrincipalAccount", t.account, "allowed"),
                                 ("aws:userid", arn, "allowed")):
        got = t.root.call("SimulatePrincipalPolicy", PolicySourceArn=f.arn(t, "User", "/other/"),
                          ActionNames=["sqs:SendMessage"],
                          PolicyInputList=[conditional("StringEquals", key, value,
                                                       action="sqs:SendMessage")])
        t.equal(got["EvaluationResults"][0]["EvalDecision"], decision, key)
    text = compact(allow(GET, "arn:aws:s3:::stackd-simulation/*", Principal={"AWS": "*"}))
    for kind in ("User", "Group", "Role"):
        got = principal(t, f, kind, ResourcePolicy=text, ActionNames=[GET])
        t.true(got[0][0] == "allowed" and "ResourcePolicy" in got[0][1], kind)


def test_sources_that_are_refused(t):
    f = Fixture(t)
    for operation, more in (("SimulatePrincipalPolicy", {"ActionNames": [GET]}),
                            ("GetContextKeysForPrincipalPolicy", {})):
        def fails(code, arn, status, message):
            error = t.fails(code, t.root.call, operation, PolicySourceArn=arn, status=status, **more)
            t.equal(error.message, message)

        for kind in ("User", "Group", "Role"):
            fails("NoSuchEntity", f.arn(t, kind) + "-missing", 404,
                  "Unable to retrieve specified IAM entity.")
        fails("InvalidInput", f.arn(t, "User").replace(t.account, "999999999999"), 400,
              "Invalid Policy Source Arn: caller's account %s does not have access to policies in "
              "account 999999999999." % t.account)
        for arn in ("arn:aws:iam::%s:root" % t.account, "not-an-arn-but-long-enough",
                    "arn:aws:sts::%s:assumed-role/fictional/session" % t.account):
            fails("InvalidInput", arn, 400, "Invalid ARN provided in the request: " + arn)


def test_permission_is_on_the_entity(t):
    f = Fixture(t)
    arn = f.arn(t, "User")
    for operation, more in (("SimulatePrincipalPolicy", {"ActionNames": [GET]}),
                            ("GetContextKeysForPrincipalPolicy", {})):
        may = t.user("may", policy=[allow("iam:" + operation, arn)])
        # The ARN that is decided on is that of the entity, whatever path is sent.
        for path in ("/simulation/", "/other/"):
            may.client.call(operation, PolicySourceArn=f.arn(t, "User", path), **more)
        for other in (f.arn(t, "Group"), f.arn(t, "Role"), arn + "-missing"):
            error = t.denied(may.client.call, operation, PolicySourceArn=other, **more)
            t.contains(error.message, "not authorized to perform: iam:%s on resource: %s "
                                      "because" % (operation, other))
    none = t.user("none")
    error = t.denied(none.client.call, "SimulateCustomPolicy", PolicyInputList=["{"],
                     ActionNames=[GET])
    t.contains(error.message, "iam:SimulateCustomPolicy on resource: * because")


# ---- condition keys ----------------------------------------------------------------------------


def keys(t, *documents):
    texts = [d if isinstance(d, str) else json.dumps(d) for d in documents]
    got = t.root.call("GetContextKeysForCustomPolicy", PolicyInputList=texts)
    t.equal(list(got), ["ContextKeyNames"])
    return sorted(got["ContextKeyNames"])


def lone(version="2012-10-17", **statement):
    text = {"Statement": dict({"Effect": "Allow", "Action": "*", "Resource": "*"}, **statement)}
    return dict({"Version": version}, **text) if version else text


def test_keys_of_documents(t):
    named = {"StringEquals": {"aws:username": "a"}}
    t.equal(keys(t, lone(
        Resource="arn:aws:s3:::bucket/${aws:PrincipalTag/Team}/${aws:username}",
        Condition={"StringEquals": {"s3:ExistingObjectTag/Owner": "${aws:PrincipalTag/Team}"},
                   "Null": {"AWS:SourceIp": "false"}})),
        ["AWS:SourceIp", "aws:PrincipalTag/Team", "aws:username", "s3:ExistingObjectTag/Owner"])
    t.equal(keys(t, lone(Resource="arn:aws:s3:::b/${aws:username, 'default'}/${*}/${?}/${$}")),
            ["$", "*", "?", "aws:username"])
    t.equal(keys(t, lone("2008-10-17", Resource="arn:aws:s3:::bucket/${aws:username}")), [])
    t.equal(keys(t, lone(Resource="arn:aws:s3:::bucket/${aws:username}/${AWS:username}", Condition={
        "StringEquals": {"aws:username": "${aws:username}", "AWS:username": "a"}})),
        ["AWS:username", "aws:username"])
    t.equal(keys(t, lone(None, Condition=named), lone(None, Condition=named)),
            ["aws:username", "aws:username"])
    t.equal(keys(t, {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Condition": {"StringEquals": {"${aws:username}": "a"}}}}),
        ["${aws:username}"])
    for more in ({"Principal": "*"}, {"Action": "abc"}, {"Resource": "bad"}, {"Action": "x:y"}):
        t.equal(keys(t, lone(Condition=named, **more)), ["aws:username"])
    for empty in ({"Statement": []}, {"Version": "2012-10-17"},
                  {"Statement": {"Effect": "Allow", "Action": [], "Resource": []}},
                  {"Statement": {"Effect": "Allow", "Condition": {}}},
                  lone(Action="${aws:username}"), lone(Principal={"AWS": "${aws:username}"})):
        t.equal(keys(t, empty), [])
    for bad in ("{", lone(Condition={"MadeUp": {"aws:username": "a"}}), dict(lone(), Foo="x"),
                lone(Foo="x"), {"Statement": {"Action": "*", "Resource": "*", "Condition": named}}):
        error = t.fails("InvalidInput", keys, t, lone(), bad, status=400)
        t.equal(error.message, "Policy input list item 2 has invalid content")
    t.fails("ValidationError", t.root.call, "GetContextKeysForCustomPolicy")


def test_keys_of_principals(t):
    def keyed(name):
        return compact(allow("s3:*", Condition={"Null": {"aws:PrincipalTag/" + name: "true"}}))

    user, group = t.name("keys-u"), t.name("keys-g")
    call = t.root.call
    call("CreateUser", UserName=user, Path="/keys/")
    call("CreateGroup", GroupName=group)
    managed = call("CreatePolicy", PolicyName=t.name("keys-m"),
                   PolicyDocument=keyed("Managed"))["Policy"]["Arn"]
    boundary = call("CreatePolicy", PolicyName=t.name("keys-b"),
                    PolicyDocument=keyed("BoundaryOnly"))["Policy"]["Arn"]
    call("PutUserPolicy", UserName=user, PolicyName="p", PolicyDocument=keyed("UserInline"))
    call("PutGroupPolicy", GroupName=group, PolicyName="p", PolicyDocument=keyed("GroupInline"))
    call("AttachUserPolicy", UserName=user, PolicyArn=managed)
    call("AttachGroupPolicy", GroupName=group, PolicyArn=managed)
    call("PutUserPermissionsBoundary", UserName=user, PermissionsBoundary=boundary)
    call("AddUserToGroup", UserName=user, GroupName=group)

    def got(arn, **more):
        names = call("GetContextKeysForPrincipalPolicy", PolicySourceArn=arn, **more)
        return sorted(name.partition("/")[2] for name in names["ContextKeyNames"])

    of_user = ["BoundaryOnly", "GroupInline", "Managed", "UserInline"]
    t.equal(got(t.arn("user", user, "/keys/")), of_user)
    t.equal(got(t.arn("user", user, "/wrong/")), of_user)
    t.equal(got(t.arn("group", group)), ["GroupInline", "Managed"])
    t.equal(got(t.arn("user", user), PolicyInputList=[keyed("UserInline")]),
            sorted(of_user + ["UserInline"]))
    call("AttachUserPolicy", UserName=user, PolicyArn=boundary)
    t.equal(got(t.arn("user", user)), of_user, "a managed policy counts once")
    error = t.fails("InvalidInput", got, t.arn("user", user), status=400,
                    PolicyInputList=[keyed("UserInline"), "{"])
    t.equal(error.message, "Policy input list item 2 has invalid content")


def test_state_is_not_touched(t):
    """A simulation needs no more than to read: the record says that nothing is written."""
    f = Fixture(t)
    before = t.root.call("GetUser", UserName=f.user)
    t.root.call("SimulatePrincipalPolicy", PolicySourceArn=f.arn(t, "User"), ActionNames=[GET])
    t.equal(t.root.call("GetUser", UserName=f.user), before)
    records = [r for r in t.server.audit() if r["eventName"] == "SimulatePrincipalPolicy"]
    t.true(records and all(r["readOnly"] for r in records), "the audit trail says readOnly")
