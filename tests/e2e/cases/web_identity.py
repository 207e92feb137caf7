# SPDX-License-Identifier: Apache-2.0
"""AssumeRoleWithWebIdentity: tokens of an OpenID Connect provider on loopback, whom they let in, and
what the sessions may do. Providers that are down, slow or hostile are in identity_providers_down.py.
"""

import json
import pathlib
import tempfile
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

from lib import wire
from lib.case import allow, document, trust
from lib.issuer import Issuer, Key, b64, certificate
from lib.wire import element_value, flatten, form, parse_error

SERVER = None
ACTION = "AssumeRoleWithWebIdentity"
DENIED = "Not authorized to perform sts:" + ACTION
INVALID = ("The web identity token provided could not be validated. See the "
           "AssumeRoleWithWebIdentity documentation for requirements.")


def unsigned(server, action, params):
    """A request without a signature, as SDKs send it; the Result as a dict, or ApiError."""
    body = form([("Action", action), ("Version", "2011-06-15")] + flatten(params))
    with server.connect() as connection:
        response = connection.request("POST", "/", [("Host", server.host_header),
                                                    ("Content-Type", wire.FORM)], body)
    wire.SEEN.note("", body, response.status, response.body)
    if response.status != 200:
        raise parse_error(response)
    root = ElementTree.fromstring(response.body)
    return element_value(root.find("{%s}%sResult" % (wire.NAMESPACES["sts"], action)))


class Place:
    """A server, a provider that it knows, and a role for it. A built-in provider is known by its
    domain alone."""

    def __init__(self, t, issuer=None, clients=("app",), built_in=False, options=None, tls=False,
                 **trusted):
        self.t = t
        self.issuer = issuer or Issuer()
        if self.issuer not in t.own:
            t.own.append(self.issuer)
        t.server = t.start(extra=self.issuer.options() if options is None else options, tls=False)
        t.server.tls = tls  # with a certificate of the case's own
        self.server = t.server
        self.arn = t.arn("oidc-provider/", self.issuer.url[len("https://"):], "")
        self.provider = self.issuer.domain if built_in else self.register(clients)
        self.role = self.make_role("web", **trusted)

    def register(self, clients=("app",)):
        return self.t.root.call("CreateOpenIDConnectProvider", Url=self.issuer.url,
                                ClientIDList=list(clients),
                                ThumbprintList=["0" * 40])["OpenIDConnectProviderArn"]

    def make_role(self, name, action="sts:AssumeRoleWithWebIdentity", **more):
        name = self.t.name(name)
        self.t.root.call("CreateRole", RoleName=name, MaxSessionDuration=7200,
                         AssumeRolePolicyDocument=trust({"Federated": self.provider}, action,
                                                        **more))
        self.t.root.call("PutRolePolicy", RoleName=name, PolicyName="p",
                         PolicyDocument=document(allow("iam:ListRoles")))
        return self.t.arn("role/", name, "")

    def assume(self, token, role=None, **more):
        return unsigned(self.server, ACTION, dict(
            {"RoleArn": role or self.role, "RoleSessionName": "session",
             "WebIdentityToken": token}, **more))

    def refuse(self, code, message, token, status=400, **more):
        error = self.t.fails(code, self.assume, token, status=status, **more)
        if message is not None:
            self.t.equal(error.message, message)
        return error

    def client(self, result):
        c = result["Credentials"]
        return self.server.client(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])


def at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def narrow(issuer, **claims):
    name = issuer.url[len("https://"):]
    return {"StringEquals": {"%s:%s" % (name, key): value for key, value in claims.items()}}


def test_answer(t):
    p = Place(t)
    answer = p.assume(p.issuer.token())
    t.equal((answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]),
            ("subject", "app", p.arn))
    t.equal(answer["PackedPolicySize"], "24")
    name = p.role.rpartition("/")[2]
    t.equal(answer["AssumedRoleUser"]["Arn"],
            t.arn("", "", "").replace(":iam:", ":sts:") + "assumed-role/%s/session" % name)
    client = p.client(answer)
    t.equal(client.call("GetCallerIdentity")["Arn"], answer["AssumedRoleUser"]["Arn"])
    client.call("ListRoles")
    t.fails("AccessDenied", client.call, "ListUsers", status=403)
    record = [r for r in p.server.audit() if r["eventName"] == ACTION][-1]
    t.equal(record["userIdentity"],
            {"type": "WebIdentityUser", "principalId": p.arn + ":app:subject",
             "userName": "subject", "identityProvider": p.arn})
    used = [r["userIdentity"] for r in p.server.audit()
            if r["userIdentity"].get("accessKeyId") == client.key_id]
    t.equal((used[-1]["type"], used[-1]["sessionContext"]["webIdFederationData"]), ("AssumedRole", {
        "federatedProvider": p.arn,
        "attributes": {"idp.example.com:aud": "app", "idp.example.com:sub": "subject"}}))
    t.true(p.issuer.token()[:20] not in json.dumps(p.server.audit()), "no token in the trail")


def test_algorithms(t):
    p = Place(t)
    names = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512")
    keys = [Key(alg, alg) for alg in names]
    p.issuer.restore(*keys)
    for key in keys:
        p.assume(key.sign(p.issuer.claims()))
    stranger = Key("RS256", "RS256")
    p.refuse("InvalidIdentityToken", INVALID, stranger.sign(p.issuer.claims()))


def test_claims(t):
    p = Place(t, clients=["app", "other"])
    now = int(time.time())
    token = p.issuer.token
    for name in ("sub", "aud", "iat", "exp"):
        p.refuse("InvalidIdentityToken", "Missing a required claim: " + name, token(**{name: ...}))
    p.refuse("InvalidIdentityToken", "Missing a required claim: iss", token(iss=...))
    error = p.refuse("ExpiredTokenException", None, token(exp=now - 400))
    t.true(error.message.startswith("Token expired: current date/time %d" % ((now - 300) // 100)),
           error.message)
    p.assume(token(exp=now - 200))
    p.refuse("InvalidIdentityToken", "Token issued in the future: %d" % (now + 3600),
             token(iat=now + 3600))
    error = p.refuse("InvalidIdentityToken", None, token(nbf=now + 3600))
    t.true(error.message.startswith("Token not yet valid: current date/time "), error.message)
    p.refuse("InvalidIdentityToken", "Invalid timestamp in token claims.", token(exp=None))
    p.refuse("InvalidIdentityToken", INVALID, token(aud="stranger"))
    p.refuse("InvalidIdentityToken", "Claim is not allowed to be empty: aud", token(aud=[]))
    p.refuse("InvalidIdentityToken", "Token audience contains more than one audience while "
             "authorized party is not present", token(aud=["app", "other"]))
    t.equal(p.assume(token(aud=["app", "x"], azp="other"))["Audience"], "other")
    t.equal(p.assume(token(aud=["app"]))["Audience"], "app")
    p.refuse("InternalFailure", "Unknown error validating third-party token", token(sub=None),
             status=500)
    t.equal(p.assume(token(sub=4242424242))["SubjectFromWebIdentityToken"], "4242424242")


def test_not_a_token(t):
    p = Place(t)
    for text in ("abcd", "a.b.c", "....", p.issuer.token() + "=", p.issuer.token() + ".AAAA"):
        p.refuse("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", text)
    none = "%s.%s." % (b64({"alg": "none"}), b64(p.issuer.claims()))
    p.refuse("InvalidIdentityToken", "The ID Token provided is not a valid JWT.", none)
    p.refuse("ValidationError", None, "abc")
    p.refuse("ValidationError", None, "a" * 20001)
    p.refuse("ValidationError", None, p.issuer.token(), role="arn:aws:iam::x:user/abc")
    for iss in (p.issuer.url + "/", p.issuer.url.upper(), "http" + p.issuer.url[5:], "x"):
        p.refuse("InvalidIdentityToken",
                 "No OpenIDConnect provider found in your account for " + iss,
                 p.issuer.token(iss=iss))


def test_nobody_learns_who_exists(t):
    """A role that is not there, one of another account, and one that trusts others: one answer."""
    p = Place(t)
    other = t.root.call("CreateRole", RoleName=t.name("other"), AssumeRolePolicyDocument=trust(
        {"AWS": "*"}, "sts:*"))["Role"]["Arn"]
    for role in (t.arn("role/", "missing", ""), other):
        error = p.refuse("AccessDenied", DENIED, p.issuer.token(), status=403, role=role)
        t.true("arn:" not in error.response.text, error.response.text)


def test_conditions(t):
    issuer = Issuer()
    p = Place(t, issuer, Condition=narrow(issuer, sub="repo:a/b", aud="app"))
    p.assume(p.issuer.token(sub="repo:a/b"))
    p.refuse("AccessDenied", DENIED, p.issuer.token(sub="repo:a/c"), status=403)
    amr = p.make_role("amr", Condition={"ForAnyValue:StringEquals": {
        "idp.example.com:amr": "mfa"}})
    p.assume(p.issuer.token(amr=["pwd", "mfa"]), role=amr)
    p.refuse("AccessDenied", DENIED, p.issuer.token(amr=["pwd"]), status=403, role=amr)
    p.refuse("AccessDenied", DENIED, p.issuer.token(), status=403, role=amr)
    name = p.make_role("name", Condition={"StringEquals": {"sts:RoleSessionName": "session"}})
    p.assume(p.issuer.token(), role=name)
    p.refuse("AccessDenied", DENIED, p.issuer.token(), status=403, role=name,
             RoleSessionName="another")
    who = p.make_role("who", Condition={"Null": {"aws:PrincipalArn": "true"}, "StringEquals": {
        "aws:PrincipalType": "User", "aws:userid": p.arn, "aws:PrincipalAccount": t.account}})
    p.assume(p.issuer.token(), role=who)
    unknown = p.make_role("unknown", Condition={"StringEquals": {"idp.example.com:email": "a@b"}})
    p.refuse("AccessDenied", DENIED, p.issuer.token(email="a@b"), status=403, role=unknown)


def test_keys_that_stay(t):
    p = Place(t)
    name = p.role.rpartition("/")[2]
    t.root.call("PutRolePolicy", RoleName=name, PolicyName="p", PolicyDocument=document(
        allow("iam:ListRoles", Condition={"StringEquals": {
            "idp.example.com:sub": "subject", "idp.example.com:aud": "app",
            "aws:FederatedProvider": p.arn}}),
        allow("iam:ListUsers", Condition={"ForAllValues:StringEquals": {
            "idp.example.com:amr": ["pwd", "mfa"]}, "Null": {"idp.example.com:amr": "false"}}),
        allow("iam:ListGroups", Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}})))
    client = p.client(p.assume(p.issuer.token(amr=["pwd", "mfa"])))
    client.call("ListRoles")
    client.call("ListUsers")
    t.fails("AccessDenied", client.call, "ListGroups", status=403)
    other = p.client(p.assume(p.issuer.token(sub="another-subject")))
    t.fails("AccessDenied", other.call, "ListRoles", status=403)
    t.fails("AccessDenied", other.call, "ListUsers", status=403)


def test_keys_for_services_that_ask(t):
    """What a provider said of who has the session, in decisions of the authorization endpoint."""
    issuer = Issuer()
    p = Place(t, issuer)
    role = p.make_role("asked", ["sts:AssumeRoleWithWebIdentity", "sts:TagSession",
                                 "sts:SetSourceIdentity"])
    now = int(time.time())
    conditions = {
        "Sub": narrow(issuer, sub="subject"), "Aud": narrow(issuer, aud="app"),
        "Amr": {"ForAnyValue:StringEquals": {"idp.example.com:amr": "mfa"}},
        "Provider": {"StringEquals": {"aws:FederatedProvider": p.arn}},
        "Source": {"StringEquals": {"aws:SourceIdentity": "alice"}},
        "Tag": {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
        "Issued": {"DateGreaterThan": {"aws:TokenIssueTime": at(now - 60)},
                   "DateLessThan": {"aws:TokenIssueTime": at(now + 60)}},
        "Who": {"StringLike": {"aws:userid": "AROA*:session"}, "StringEquals": {
            "aws:PrincipalType": "AssumedRole", "aws:PrincipalArn": role}},
        "Never": {"DateLessThan": {"aws:TokenIssueTime": at(now - 60)}},
        # a second factor is a matter of the provider: neither key is there
        "Factor": {"Null": {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "true"}}}
    t.root.call("PutRolePolicy", RoleName=role.rpartition("/")[2], PolicyName="p", PolicyDocument=document(
        *(allow("app:" + name, Condition=condition) for name, condition in conditions.items())))
    said = {"amr": ["pwd", "mfa"], "https://aws.amazon.com/source_identity": "alice",
            "https://aws.amazon.com/tags/principal_tags/team": "blue"}

    def answers(claims, **context):
        client = p.client(p.assume(issuer.token(**claims), role=role))
        response = t.root.post_json("/access/v1/evaluations", {
            "subject": {"type": "access-key", "id": client.key_id,
                        "properties": {"session_token": client.token}},
            "resource": {"type": "app", "id": "*"}, "context": context,
            "evaluations": [{"action": {"name": "app:" + name}} for name in conditions]})
        if response.status != 200:
            return response
        return {name for name, item in zip(conditions, response.json()["evaluations"])
                if item["decision"]}

    t.equal(answers(said), set(conditions) - {"Never"})
    always = {"Provider", "Issued", "Who", "Factor", "Aud"}
    t.equal(answers({"sub": "another"}), always)
    t.equal(answers({"amr": ["pwd"]}), always | {"Sub"})
    for key in ("idp.example.com:sub", "IDP.example.com:Amr", "another.example.com/x:aud", "saml:sub",
                "www.amazon.com:user_id", "aws:FederatedProvider", "aws:PrincipalTag/team"):
        response = answers({"sub": "another"}, **{key: "subject"})
        t.equal(response.status, 400, key)
        t.contains(response.text, "cannot be given")
    t.equal(answers({"sub": "another"}, **{"app.example.com:tier": "x", "app:sub": "subject"}), always)


def test_session_tags(t):
    p = Place(t)
    tagged = p.issuer.token(**{"https://aws.amazon.com/tags": {
        "principal_tags": {"team": ["blue"], "cost": ["1"]}, "transitive_tag_keys": ["team"]}})
    error = p.refuse("AccessDenied", "Not authorized to perform sts:TagSession", tagged,
                     status=403)
    t.true("arn:" not in error.response.text, error.response.text)
    both = p.make_role("tags", ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])
    name = both.rpartition("/")[2]
    t.root.call("PutRolePolicy", RoleName=name, PolicyName="p", PolicyDocument=document(
        allow("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}})))
    p.client(p.assume(tagged, role=both)).call("ListRoles")
    flat = p.issuer.token(**{"https://aws.amazon.com/tags/principal_tags/team": "blue",
                             "https://aws.amazon.com/tags/transitive_tag_keys": ["team"]})
    p.client(p.assume(flat, role=both)).call("ListRoles")
    red = p.issuer.token(**{"https://aws.amazon.com/tags/principal_tags/team": "red"})
    t.fails("AccessDenied", p.client(p.assume(red, role=both)).call, "ListRoles", status=403)
    for tags in ({"team": "blue"}, {"team": []}, {"team": ["a", "b"]}, {"aws:x": ["y"]},
                 {"team": ["a"], "Team": ["b"]}, {"": ["x"]}, {"k": ["v" * 257]}, {"*": ["x"]}):
        p.refuse("InvalidIdentityToken", "principal_tags passed in claim is not in correct format.",
                 p.issuer.token(**{"https://aws.amazon.com/tags": {"principal_tags": tags}}),
                 role=both)
    narrowed = p.make_role("narrow", ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                           Condition={"StringEquals": {"aws:RequestTag/team": "blue"},
                                      "ForAllValues:StringEquals": {"aws:TagKeys": "team",
                                                                    "sts:TransitiveTagKeys": "team"}})
    p.assume(flat, role=narrowed)
    p.refuse("AccessDenied", DENIED, red, status=403, role=narrowed)
    p.refuse("AccessDenied", DENIED, tagged, status=403, role=narrowed)


def test_source_identity(t):
    p = Place(t)
    token = p.issuer.token(**{"https://aws.amazon.com/source_identity": "alice"})
    p.refuse("AccessDenied", "Not authorized to perform sts:SetSourceIdentity", token, status=403)
    role = p.make_role("source", ["sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity"],
                       Condition={"StringEquals": {"sts:SourceIdentity": "alice"}})
    t.equal(p.assume(token, role=role)["SourceIdentity"], "alice")


def test_roles_claim(t):
    p = Place(t)
    listed = p.make_role("listed", Condition={"Bool": {"sts:RoleAuthorizedByIdp": "true"}})
    claim = "https://aws.amazon.com/roles"
    p.assume(p.issuer.token(**{claim: [listed]}), role=listed)
    p.assume(p.issuer.token(**{claim: "arn:aws:iam::1:role/x;" + listed}), role=listed)
    p.refuse("AccessDenied", DENIED, p.issuer.token(), status=403, role=listed)
    p.refuse("InvalidIdentityToken", INVALID, p.issuer.token(**{claim: [listed]}))


def test_policies_and_duration(t):
    p = Place(t)
    narrowed = p.client(p.assume(p.issuer.token(), Policy=document(allow("iam:ListUsers"))))
    t.fails("AccessDenied", narrowed.call, "ListRoles", status=403)
    p.refuse("MalformedPolicyDocument", None, p.issuer.token(), Policy="{")
    p.refuse("ValidationError", None, p.issuer.token(), Policy="{" + " " * 2048)
    p.refuse("PackedPolicyTooLarge", None, p.issuer.token(),
             Policy=document(allow("iam:ListUsers")).ljust(2048),
             PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
    p.refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set "
             "for this role.", p.issuer.token(), DurationSeconds=7201)
    p.refuse("ValidationError", None, p.issuer.token(), DurationSeconds=899)
    p.assume(p.issuer.token(exp=int(time.time()) + 10), DurationSeconds=7200)
    arn = t.root.call("CreatePolicy", PolicyName=t.name("sp"), PolicyDocument=document(
        allow("iam:ListRoles")))["Policy"]["Arn"]
    p.client(p.assume(p.issuer.token(), PolicyArns=[{"arn": arn}])).call("ListRoles")


def test_provider_that_is_gone(t):
    """Sessions end with their provider, and a provider that is made again is another one."""
    p = Place(t)
    client = p.client(p.assume(p.issuer.token()))
    client.call("ListRoles")
    t.root.call("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=p.arn)
    t.fails("InvalidClientTokenId", client.call, "ListRoles", status=403)
    p.refuse("InvalidIdentityToken", "No OpenIDConnect provider found in your account for " +
             p.issuer.url, p.issuer.token())
    p.register()
    t.fails("InvalidClientTokenId", client.call, "ListRoles", status=403)
    p.assume(p.issuer.token())
    t.root.call("RemoveClientIDFromOpenIDConnectProvider", OpenIDConnectProviderArn=p.arn,
                ClientID="app")
    p.refuse("InvalidIdentityToken", INVALID, p.issuer.token())


def test_restart(t):
    p = Place(t)
    client = p.client(p.assume(p.issuer.token()))
    p.server.restart()
    client.drop()
    client.call("ListRoles")
    p.assume(p.issuer.token())


class OfIamd:
    """An iamd of another account, with a certificate, as the provider: its users' tokens."""

    def __init__(self, t, home):
        self.chain, private, _ = certificate(home)
        private.chmod(0o600)
        self.server = t.start(account="222233334444", extra=[
            "--url", "https://iam.example.com", "--tls-cert", str(self.chain), "--tls-key", str(private)])
        self.server.tls = True
        self.url = self.server.client().call("EnableOutboundWebIdentityFederation")["IssuerIdentifier"]
        self.domain = "iam.example.com"

    def options(self):
        return ["--oidc-allow-network", "127.0.0.1", "--oidc-ca-file", str(self.chain),
                "--oidc-endpoint", "%s=%s" % (self.domain, self.server.url)]

    def close(self):
        """The server is ended with the case."""


def test_tokens_of_another_iamd(t):
    """GetWebIdentityToken there, and AssumeRoleWithWebIdentity here."""
    with tempfile.TemporaryDirectory() as home:
        issuer = OfIamd(t, pathlib.Path(home))
        user = t.user("job", [allow("sts:*")], server=issuer.server)
        p = Place(t, issuer, Condition=narrow(issuer, sub=user.arn, aud="app"))
        for algorithm in ("RS256", "ES384"):
            def token(client=user.client, audience="app"):
                return client.call("GetWebIdentityToken", service="sts", Audience=[audience],
                                   SigningAlgorithm=algorithm)["WebIdentityToken"]
            answer = p.assume(token())
            t.equal((answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]),
                    (user.arn, "app", p.arn))
            p.client(answer).call("ListRoles")
            p.refuse("InvalidIdentityToken", INVALID, token(audience="other"))
            other = t.user("other", [allow("sts:*")], server=issuer.server)
            p.refuse("AccessDenied", DENIED, token(other.client), status=403)
            mixed = token().rpartition(".")[0] + "." + token(other.client).rpartition(".")[2]
            p.refuse("InvalidIdentityToken", INVALID, mixed)


def test_github_actions(t):
    issuer = Issuer("token.actions.githubusercontent.com")
    p = Place(t, issuer, clients=["sts.amazonaws.com"], Condition={
        "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
        "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo/app:*"}})
    claims = {"aud": "sts.amazonaws.com", "sub": "repo:octo/app:ref:refs/heads/main",
              "repository": "octo/app", "repository_owner_id": "4242", "ref": "refs/heads/main",
              "job_workflow_ref": "octo/app/.github/workflows/deploy.yml@refs/heads/main",
              "actor": "octocat", "run_attempt": "1"}
    p.assume(issuer.token(**claims))
    p.refuse("AccessDenied", DENIED,
             issuer.token(**dict(claims, sub="repo:evil/app:ref:refs/heads/main")), status=403)
    more = p.make_role("ref", Condition={"StringLike": {
        "token.actions.githubusercontent.com:sub": "repo:octo/app:*"}, "StringEquals": {
        "token.actions.githubusercontent.com:ref": "refs/heads/main",
        "token.actions.githubusercontent.com:repository_owner_id": "4242",
        "token.actions.githubusercontent.com:actor": "octocat"}})
    p.assume(issuer.token(**claims), role=more)
    p.refuse("AccessDenied", DENIED, issuer.token(**dict(claims, ref="refs/heads/x")), status=403,
             role=more)


def test_kubernetes_service_account(t):
    issuer = Issuer("oidc.cluster.example.com", "/id/ABCDEF")
    name = issuer.url[len("https://"):]
    p = Place(t, issuer, clients=["sts.amazonaws.com"], Condition={"StringEquals": {
        name + ":sub": "system:serviceaccount:default:app", name + ":aud": "sts.amazonaws.com"}})
    claims = {"aud": ["sts.amazonaws.com"], "sub": "system:serviceaccount:default:app",
              "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "app",
                                                                           "uid": "1-2-3"}}}
    answer = p.assume(issuer.token(**claims))
    t.equal(answer["SubjectFromWebIdentityToken"], "system:serviceaccount:default:app")
    p.refuse("AccessDenied", DENIED,
             issuer.token(**dict(claims, sub="system:serviceaccount:kube-system:app")), status=403)


def test_google(t):
    """A built-in provider: no registration, azp for aud, and aud as oaud."""
    issuer = Issuer("accounts.google.com")
    subject = "10769150350006150715113"
    p = Place(t, issuer, built_in=True, Condition=narrow(issuer, aud="party", oaud="backend",
                                                         sub=subject))
    for iss in ("https://accounts.google.com", "accounts.google.com"):
        claims = {"iss": iss, "aud": "backend", "azp": "party", "sub": subject}
        answer = p.assume(issuer.token(**claims))
        t.equal((answer["Provider"], answer["Audience"]), ("accounts.google.com", "party"))
        p.client(answer).call("GetCallerIdentity")
        p.refuse("AccessDenied", DENIED, issuer.token(**dict(claims, azp="other")), status=403)
    role = p.make_role("org", Condition=narrow(issuer, **{"aud": "party",
                                                          "google/organization_number": "77"}))
    p.assume(issuer.token(google={"organization_number": 77}, **claims), role=role)
    p.refuse("AccessDenied", DENIED, issuer.token(**claims), status=403, role=role)


def test_cognito(t):
    issuer = Issuer("cognito-identity.amazonaws.com")
    p = Place(t, issuer, built_in=True, Condition=dict(
        narrow(issuer, aud="eu-west-1:pool"),
        **{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}))
    claims = {"aud": "eu-west-1:pool", "sub": "eu-west-1:1234-5678", "amr": ["authenticated"]}
    t.equal(p.assume(issuer.token(**claims))["Provider"], "cognito-identity.amazonaws.com")
    p.refuse("AccessDenied", DENIED, issuer.token(**dict(claims, amr=["unauthenticated"])),
             status=403)


def test_facebook(t):
    issuer = Issuer("graph.facebook.com")
    p = Place(t, issuer, built_in=True, Condition=narrow(issuer, app_id="123456"))
    tokens = {"good/token": ("123456", "user-42"), "other": ("999999", "user-42")}

    def answer(index):
        def handle(request):
            query = urllib.parse.parse_qs(request.path.partition("?")[2])
            token = query["access_token"][0]
            if token in tokens:
                request.send(200, json.dumps({"id": tokens[token][index]}).encode())
            else:
                request.send(400, b'{"error":{}}')
        return handle

    issuer.answers.update({"/app": answer(0), "/me": answer(1)})
    facebook = {"ProviderId": "graph.facebook.com"}
    result = p.assume("good/token", **facebook)
    t.equal((result["Provider"], result["Audience"], result["SubjectFromWebIdentityToken"]),
            ("graph.facebook.com", "123456", "user-42"))
    t.root.call("PutRolePolicy", RoleName=p.role.rpartition("/")[2], PolicyName="p",
                PolicyDocument=document(allow("iam:ListRoles", Condition={
                    "StringEquals": {"graph.facebook.com:id": "user-42"}})))
    p.client(result).call("ListRoles")
    p.refuse("AccessDenied", DENIED, "other", status=403, **facebook)
    p.refuse("IDPRejectedClaim", "The identity provider reported that authentication failed",
             "unknown", status=403, **facebook)
    p.refuse("InvalidParameterValue", "The identity provider example.com is not supported",
             "good/token", ProviderId="example.com")
    issuer.answers["/me"] = lambda request: request.send(503, b"")
    p.refuse("IDPCommunicationError", "Error communicating with the identity provider",
             "good/token", **facebook)


def test_login_with_amazon(t):
    issuer = Issuer("www.amazon.com")
    p = Place(t, issuer, built_in=True, Condition=narrow(issuer, app_id="amzn1.application.1"))
    issuer.answers["/auth/o2/tokeninfo"] = {
        "iss": "https://www.amazon.com", "user_id": "amzn1.account.X",
        "aud": "amzn1.application-oa2-client.1", "app_id": "amzn1.application.1", "exp": 3597}
    result = p.assume("Atza|token", ProviderId="www.amazon.com")
    t.equal((result["Provider"], result["SubjectFromWebIdentityToken"]),
            ("www.amazon.com", "amzn1.account.X"))
