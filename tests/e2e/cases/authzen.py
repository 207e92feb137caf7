# SPDX-License-Identifier: Apache-2.0
"""The authorization endpoint: OpenID AuthZEN Authorization API 1.0."""

from lib.case import allow, deny, document
from lib.wire import question_of, subject_of

OBJECT = "arn:aws:s3:::bucket/photos/cat.jpg"
ONE = "/access/v1/evaluation"
MANY = "/access/v1/evaluations"
READS = allow("s3:GetObject", "arn:aws:s3:::bucket/*")


def test_the_three_answers_and_their_reasons(t):
    user = t.user("alice", [READS, deny("s3:*", "arn:aws:s3:::bucket/secret/*", Sid="NoSecrets")])
    answer = t.root.evaluate(user.arn, "s3:GetObject", OBJECT)
    t.decision(answer, True, "allow")
    t.contains(repr(answer["context"]), "inline", "statements that decided")
    answer = t.root.evaluate(user.arn, "s3:GetObject", "arn:aws:s3:::bucket/secret/key")
    t.decision(answer, False, "explicitdeny")
    t.contains(repr(answer["context"]), "NoSecrets", "statements that decided")
    answer = t.root.evaluate(user.arn, "s3:PutObject", OBJECT)
    t.decision(answer, False, "implicitdeny")


def test_subject_may_be_an_access_key(t):
    user = t.user("alice", [READS])
    t.decision(t.root.evaluate(user.key_id, "s3:GetObject", OBJECT), True, "allow")
    t.decision(t.root.evaluate(user.key_id, "s3:PutObject", OBJECT), False, "implicitdeny")
    t.root.call("UpdateAccessKey", UserName=user.name, AccessKeyId=user.key_id, Status="Inactive")
    response = t.root.post_json(ONE, question_of(user.key_id, "s3:GetObject", OBJECT))
    t.true(response.status in (400, 404) or (response.status == 200
                                             and response.json()["decision"] is False),
           "an inactive key is allowed: %r" % response)


def test_subject_may_be_a_role(t):
    _, arn = t.role(policy=[READS])
    t.decision(t.root.evaluate(arn, "s3:GetObject", OBJECT), True, "allow")
    t.decision(t.root.evaluate(arn, "s3:DeleteObject", OBJECT), False, "implicitdeny")


def test_subject_may_be_a_session(t):
    _, arn = t.role(policy=[READS, allow("s3:PutObject")])
    caller = t.user("alice", [allow("sts:AssumeRole")])
    session = t.assume(caller.client, arn, Policy=document(READS))
    question = question_of(session.key_id, "s3:GetObject", OBJECT)
    response = t.root.post_json(ONE, question)
    t.true(response.status == 400 or response.json()["decision"] is False,
           "a session without its token: %r" % response)
    question["subject"]["properties"] = {"session_token": session.token}
    t.decision(t.root.post_json(ONE, question).json(), True, "allow")
    question["action"]["name"] = "s3:PutObject"
    t.decision(t.root.post_json(ONE, question).json(), False, "implicitdeny", "session policy")
    other = t.assume(caller.client, arn)
    question["subject"]["properties"] = {"session_token": other.token}
    response = t.root.post_json(ONE, question)
    t.true(response.status in (400, 404) or response.json()["decision"] is False,
           "the token of another session: %r" % response)


def test_an_action_without_a_service_is_never_allowed(t):
    user = t.user("alice", [allow("*")])
    for name in ("GetObject", "s3", "s3:", ":GetObject", "s3:Get:Object", "*", "s3:*", "s3:Get?bject",
                 "s3:GetObject ", "s3:\u0000"):
        response = t.root.post_json(ONE, question_of(user.arn, name, OBJECT))
        t.true(response.status == 400 or response.json()["decision"] is False,
               "%r: %r" % (name, response))


def test_unknown_subjects_are_never_allowed(t):
    for subject in (t.arn("user/", t.name("ghost"), ""), "AKIAAAAAAAAAAAAAAAAA",
                    "arn:aws:iam::999999999999:user/alice", "arn:aws:iam::999999999999:root"):
        response = t.root.post_json(ONE, question_of(subject, "s3:GetObject", OBJECT))
        t.true(response.status in (400, 403, 404) or (
            response.status == 200 and response.json()["decision"] is False),
            "%s: %r" % (subject, response))


def test_context_is_used(t):
    user = t.user("alice", [allow("s3:GetObject", Condition={
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
        "NumericLessThan": {"s3:max-keys": "100"},
        "Bool": {"aws:SecureTransport": "true"}})])
    good = {"aws:SourceIp": "10.1.2.3", "s3:max-keys": 10, "aws:SecureTransport": True}
    t.decision(t.root.evaluate(user.arn, "s3:GetObject", OBJECT, good), True, "allow")
    for key, value in (("aws:SourceIp", "11.1.2.3"), ("s3:max-keys", 100),
                       ("aws:SecureTransport", False)):
        t.decision(t.root.evaluate(user.arn, "s3:GetObject", OBJECT, dict(good, **{key: value})),
                   False, "implicitdeny", key)
    for key in good:
        less = {k: v for k, v in good.items() if k != key}
        t.decision(t.root.evaluate(user.arn, "s3:GetObject", OBJECT, less), False, "implicitdeny",
                   "without " + key)


def test_lists_in_the_context(t):
    user = t.user("alice", [allow("ec2:CreateTags", Condition={
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}})])
    for keys, allowed in ((["a"], True), (["a", "b"], True), (["a", "c"], False), ([], True)):
        t.decision(t.root.evaluate(user.arn, "ec2:CreateTags", "*", {"aws:TagKeys": keys}), allowed,
                   "allow" if allowed else "implicitdeny", repr(keys))


def test_the_principal_of_the_question_counts_not_the_asker(t):
    asker = t.user("service", [allow("iamd:Evaluate")])
    user = t.user("alice", [allow("s3:GetObject", Condition={
        "StringEquals": {"aws:username": "${aws:username}", "aws:PrincipalArn": "PLACE"}})])
    t.root.call("PutUserPolicy", UserName=user.name, PolicyName="inline", PolicyDocument=document(
        allow("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalArn": user.arn}})))
    t.decision(asker.client.evaluate(user.arn, "s3:GetObject", OBJECT), True, "allow")
    forged = {"aws:PrincipalArn": user.arn, "aws:username": user.name}
    other = t.user("bob", [allow("s3:GetObject", Condition={
        "StringEquals": {"aws:PrincipalArn": user.arn}})])
    response = asker.client.post_json(ONE, question_of(other.arn, "s3:GetObject", OBJECT, forged))
    t.true(response.status == 400 or response.json()["decision"] is False,
           "a key about the principal was taken from the context: %r" % response)


def test_asking_needs_a_permission(t):
    user = t.user("alice", [READS])
    question = question_of(user.arn, "s3:GetObject", OBJECT)
    for path in (ONE, MANY):
        response = user.client.post_json(path, question)
        t.equal(response.status, 403, path)
        t.contains(response.text, "iamd:Evaluate")
        t.true('"decision":true' not in response.text.replace(" ", ""), response.text)
    asker = t.user("service", [allow("iamd:Evaluate")])
    t.decision(asker.client.evaluate(user.arn, "s3:GetObject", OBJECT), True, "allow")
    t.decision(asker.client.evaluate(asker.arn, "s3:GetObject", OBJECT), False, "implicitdeny")
    t.root.call("PutUserPolicy", UserName=asker.name, PolicyName="stop",
                PolicyDocument=document(deny("iamd:*")))
    t.equal(asker.client.post_json(ONE, question).status, 403)


def test_asking_needs_a_signature_for_this_service(t):
    question = question_of(t.arn("user/", "x", ""), "s3:GetObject", OBJECT)
    for path in (ONE, MANY):
        response = t.root.post_json(path, question, sign=False)
        t.true(response.status in (401, 403), "unsigned: %r" % response)
        for service in ("iam", "sts", "s3", "IAMD"):
            response = t.root.post_json(path, question, service=service)
            t.true(response.status in (401, 403), "signed for %s: %r" % (service, response))


def test_evaluations(t):
    user = t.user("alice", [READS])
    body = {"subject": subject_of(user.arn), "resource": {"type": "s3", "id": OBJECT},
            "evaluations": [{"action": {"name": "s3:GetObject"}}, {"action": {"name": "s3:PutObject"}},
                            {"action": {"name": "s3:GetObject"},
                             "resource": {"type": "s3", "id": "arn:aws:s3:::other/x"}},
                            {"action": {"name": "s3:GetObject"}}]}
    response = t.root.post_json(MANY, body)
    t.equal(response.status, 200)
    t.equal([item["decision"] for item in response.json()["evaluations"]],
            [True, False, False, True])
    for semantic, want in (("execute_all", [True, False, False, True]),
                           ("deny_on_first_deny", [True, False]),
                           ("permit_on_first_permit", [True])):
        response = t.root.post_json(MANY, dict(body, options={"evaluations_semantic": semantic}))
        t.equal([item["decision"] for item in response.json()["evaluations"]], want, semantic)
    response = t.root.post_json(MANY, dict(body, options={"evaluations_semantic": "guess"}))
    t.equal(response.status, 400, "unknown semantic")


def test_evaluations_need_all_three_parts(t):
    user = t.user("alice", [READS])
    whole = question_of(user.arn, "s3:GetObject", OBJECT)
    for missing in ("subject", "action", "resource"):
        part = {key: value for key, value in whole.items() if key != missing}
        response = t.root.post_json(MANY, {"evaluations": [whole, part]})
        t.equal(response.status, 400, "without " + missing)
        t.contains(response.text, "needs a subject, an action and a resource")
        given = t.root.post_json(MANY, {missing: whole[missing], "evaluations": [part]})
        t.equal(given.json()["evaluations"][0]["decision"], True, missing + " beside the list")


def test_evaluations_without_a_list_is_one_evaluation(t):
    user = t.user("alice", [READS])
    response = t.root.post_json(MANY, question_of(user.arn, "s3:GetObject", OBJECT))
    t.equal(response.status, 200)
    t.equal(response.json().get("decision"), True)


def test_metadata(t):
    with t.server.connect() as connection:
        response = connection.request("GET", "/.well-known/authzen-configuration",
                                      [("Host", t.server.host_header)])
    t.equal(response.status, 200)
    t.contains(response.header("Content-Type"), "application/json", "Content-Type")
    value = response.json()
    base = value["policy_decision_point"]
    t.equal(value["access_evaluation_endpoint"], base.rstrip("/") + ONE)
    t.equal(value["access_evaluations_endpoint"], base.rstrip("/") + MANY)


def test_request_id_comes_back(t):
    user = t.user("alice", [READS])
    response = t.root.post_json(ONE, question_of(user.arn, "s3:GetObject", OBJECT),
                                headers=[("X-Request-ID", "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")])
    t.equal(response.status, 200)
    t.equal(response.header("X-Request-ID"), "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")


def test_bad_questions(t):
    user = t.user("alice", [READS])
    good = question_of(user.arn, "s3:GetObject", OBJECT)

    def without(*path):
        copy = {key: dict(value) if isinstance(value, dict) else value for key, value in good.items()}
        place = copy
        for part in path[:-1]:
            place = place[part]
        del place[path[-1]]
        return copy

    bad = [without("subject"), without("action"), without("resource"), without("subject", "id"),
           without("subject", "type"), without("action", "name"), without("resource", "id"),
           dict(good, subject="x"), dict(good, action=[]), dict(good, context=[]),
           dict(good, action={"name": ""}),
           dict(good, action={"name": 7}),
           dict(good, context={"aws:SourceIp": {"a": 1}}), [], "x", 7, None,
           b"", b"{", b"nonsense", b'{"subject":{}}x', b"\xff\xfe", b"[" * 10000,
           b'{"subject":{"type":"user","id":"a"},"subject":{"type":"user","id":"b"}}']
    for body in bad:
        response = t.root.post_json(ONE, body)
        t.equal(response.status, 400, "question %r" % (body,))
    for body in (dict(good, evaluations={}), dict(good, evaluations=[7]),
                 {"evaluations": [{"action": {"name": "s3:GetObject"}}]}):
        response = t.root.post_json(MANY, body)
        ok = response.status == 400
        if response.status == 200:
            ok = all(item["decision"] is False for item in response.json()["evaluations"])
        t.true(ok, "questions %r: %r" % (body, response))
    body = dict(good, evaluations=[{} for _ in range(100000)])
    t.true(t.root.post_json(MANY, body).status in (400, 413), "a hundred thousand questions")


def test_the_wrong_member_is_named(t):
    """A question that cannot be decided is a client's error, and no denial."""
    user = t.user("alice", [allow("*")])
    ghost = t.arn("user/", t.name("ghost"), "")
    bad = [("action.name", question_of(user.arn, "s3:Get*", OBJECT)),
           ("resource.id", question_of(user.arn, "s3:GetObject", "cat.jpg")),
           ("resource.id", question_of(user.arn, "s3:GetObject", "arn:aws:s3")),
           ("resource.id", question_of(user.arn, "s3:GetObject", "arn::s3:::b/k")),
           ("resource.id", question_of(ghost, "s3:GetObject", "cat.jpg")),
           ("context. must have a key", dict(question_of(user.arn, "s3:GetObject", OBJECT),
                                             context={"": "x"})),
           ("context.app:a must", dict(question_of(user.arn, "s3:GetObject", OBJECT),
                                       context={"app:a": "x" * 65537}))]
    for member, body in bad:
        response = t.root.post_json(ONE, body)
        t.equal(response.status, 400, "%s: %r" % (member, response))
        t.true(member in response.body.decode(), "%s: %r" % (member, response))
        response = t.root.post_json(MANY, dict(body, evaluations=[{}]))
        t.equal(response.status, 400, "%s: %r" % (member, response))
    t.decision(t.root.evaluate(user.arn, "s3:GetObject", "*"), True, "allow")


def test_root_assumes_no_role(t):
    _, role = t.role(principal={"AWS": "arn:aws:iam::%s:root" % t.account})
    root = "arn:aws:iam::%s:root" % t.account
    answer = t.root.evaluate(root, "sts:AssumeRole", role)
    t.decision(answer, False, "implicitdeny")
    t.equal(answer["context"]["message"], "Roles may not be assumed by root accounts.")


def test_wrong_method_and_type(t):
    headers = t.root.signer("iamd").sign_headers("GET", ONE, [("Host", t.server.host_header)])
    t.true(t.root.send("GET", ONE, headers).status in (404, 405), "GET")
    body = b"{}"
    headers = t.root.signer("iamd").sign_headers("POST", ONE, t.root.headers("text/plain"), body)
    t.true(t.root.send("POST", ONE, headers, body).status in (400, 415), "text/plain")


def test_decisions_follow_changes_at_once(t):
    user = t.user("alice")
    for _ in range(20):
        t.root.call("PutUserPolicy", UserName=user.name, PolicyName="p",
                    PolicyDocument=document(READS))
        t.decision(t.root.evaluate(user.arn, "s3:GetObject", OBJECT), True, "allow")
        t.root.call("DeleteUserPolicy", UserName=user.name, PolicyName="p")
        t.decision(t.root.evaluate(user.arn, "s3:GetObject", OBJECT), False, "implicitdeny")
