# SPDX-License-Identifier: Apache-2.0
"""AssumeRoleWithSAML: what an assertion must say, what it gives, what it cannot; by xmlsec1, an
identity provider of npm, and real clients."""

import base64
import calendar
import hashlib
import json
import re
import sqlite3
import subprocess
import threading
import time

from cases.sdk_boto3 import client_of
from cases.sdk_cli import Cli
from lib import saml
from lib.case import Failed, allow, document, seconds
from lib.saml import ATTRIBUTE, SIGN_IN, Idp, assume, attribute, send
from lib.server import ROOT

BAD_BASE64 = "Invalid base64 SAMLResponse"
NO_SIGNATURE = ("Response (with optional signature) must contain an assertion with a mandatory "
                "signature")
FORGED = "Response signature invalid"
INNER = re.compile(r" \(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: (\w+); "
                   r"Request ID: [0-9a-f-]{36}; Proxy: null\)$")
DENIED = "Not authorized to perform sts:AssumeRoleWithSAML"
TAG = ATTRIBUTE + "PrincipalTag:"


def statement(provider, action="sts:AssumeRoleWithSAML", **more):
    return dict({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action}, **more)


class Door:
    """A provider, and a role that it opens."""

    def __init__(self, t, idp="idp", server=None, **role):
        self.t, self.idp = t, Idp(idp)
        self.root = server.client() if server else t.root
        self.provider = self.root.call("CreateSAMLProvider", Name=t.name("saml"),
                                       SAMLMetadataDocument=self.padded())["SAMLProviderArn"]
        self.role_name = t.name("door")
        self.role = self.root.call(
            "CreateRole", RoleName=self.role_name,
            AssumeRolePolicyDocument=document(statement(self.provider)), **role)["Role"]
        self.arn = self.role["Arn"]

    def padded(self, *certificates):
        text = self.idp.metadata(*certificates)
        return text + "<!--%s-->" % ("x" * max(0, 1000 - len(text)))

    def trust(self, *statements):
        self.root.call("UpdateAssumeRolePolicy", RoleName=self.role_name,
                       PolicyDocument=document(*statements))

    def allow(self, *statements):
        self.root.call("PutRolePolicy", RoleName=self.role_name, PolicyName="p",
                       PolicyDocument=document(*statements))

    def make(self, **more):
        return self.idp.make(self.arn, self.provider, **more)

    def enter(self, response=None, params=None, **more):
        return assume(self.t, self.arn, self.provider, response or self.make(**more),
                      client=self.root, **(params or {}))

    def client(self, **more):
        return client_with(self.t, self.enter(**more))

    def refused(self, code, message, response=None, params=None, status=400, **more):
        """Expects an error with this message, and what comes from the service within."""
        error = self.t.fails(code, assume, self.t, self.arn, self.provider,
                             response or self.make(**more), client=self.root, status=status,
                             **(params or {}))
        self.t.equal(INNER.sub("", error.message), message)
        return error


def client_with(t, result, server=None):
    c = result["Credentials"]
    return (server or t.server).client(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])


def lifetime(result):
    end = time.strptime(result["Credentials"]["Expiration"], "%Y-%m-%dT%H:%M:%SZ")
    return calendar.timegm(end) - time.time()


# ---- what it gives ----


def test_every_member(t):
    door = Door(t)
    got = door.enter()
    name = door.provider.rpartition("/")[2]
    qualifier = base64.b64encode(hashlib.sha1(("%s%s/%s" % (
        door.idp.entity_id, t.account, name)).encode()).digest()).decode()
    credentials = got.pop("Credentials")
    t.true(re.fullmatch("ASIA[A-Z2-7]{16}", credentials["AccessKeyId"]), "the key's ID")
    t.equal(set(credentials), {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"})
    t.true(3590 <= lifetime({"Credentials": credentials}) <= 3601, "an hour")
    role_id = door.role["RoleId"]
    session = "arn:aws:sts::%s:assumed-role/%s/alice@example.com" % (t.account, door.role_name)
    t.true(int(got.pop("SessionTokenSize")) > 0, "the size")
    t.true(0 <= int(got.pop("SessionTokenUtilization")) <= 100, "the utilization")
    t.equal(got, {
        "AssumedRoleUser": {"AssumedRoleId": role_id + ":alice@example.com", "Arn": session},
        "Subject": "alice", "SubjectType": "persistent", "Issuer": door.idp.entity_id,
        "Audience": SIGN_IN, "NameQualifier": qualifier})
    who = client_with(t, {"Credentials": credentials}).call("GetCallerIdentity")
    t.equal(who, {"UserId": role_id + ":alice@example.com", "Account": t.account, "Arn": session})


def test_signed_as_a_whole_too(t):
    door = Door(t)
    t.equal(door.enter(signed=True)["Subject"], "alice")
    other = Idp("attacker")
    inner = door.idp.sign(door.idp.assertion(door.arn, door.provider))
    other.entity_id = door.idp.entity_id
    door.refused("InvalidIdentityToken", FORGED, other.response(inner, signed=True))


def test_subject_types(t):
    door = Door(t)
    for written, told in (("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
                          ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
                           "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
                          ("custom-format", "custom-format")):
        t.equal(door.enter(format=written)["SubjectType"], told)


def test_a_signature_of_sigv4_does_not_matter(t):
    door = Door(t)
    alice = t.user("alice")
    response = alice.client.query("AssumeRoleWithSAML", {
        "RoleArn": door.arn, "PrincipalArn": door.provider,
        "SAMLAssertion": saml.encoded(door.make())}, service="sts")
    t.equal(response.status, 200, response)
    t.contains(response.text, "assumed-role/%s/alice@example.com" % door.role_name)


# ---- what an assertion must say ----


def test_roles(t):
    door = Door(t)
    pair = "%s,%s" % (door.arn, door.provider)
    reversed_pair = "%s,%s" % (door.provider, door.arn)
    other = "%s,%s" % (t.arn("role", "another"), door.provider)
    for roles in ([pair], [reversed_pair], [other, pair], [" %s , %s " % (door.arn, door.provider)]):
        t.equal(door.enter(roles=roles)["Subject"], "alice")
    message = "SAML Assertion doesn't contain the requested Role and Metadata in the attributes"
    for roles in ([other], ["x"], [door.arn], [pair + ",x"], ["%s,%s" % (door.arn, door.arn)]):
        door.refused("InvalidIdentityToken", message, roles=roles)


def test_session_names(t):
    door = Door(t)
    door.refused("InvalidIdentityToken", "RoleSessionName is required in AuthnResponse", name=None)
    for name in ("x", "a b", "x" * 65, "é" * 3, ""):
        door.refused("InvalidIdentityToken",
                     "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
                     name=name)
    door.refused("InvalidIdentityToken",
                 ATTRIBUTE + "RoleSessionName in AuthnResponse must have one value",
                 more=attribute(ATTRIBUTE + "RoleSessionName", "other"))


def test_expired(t):
    door = Door(t)
    for late in ({"until": saml.at(-1)}, {"ends": saml.at(-1)}, {"session": saml.at(-1)}):
        door.refused("ExpiredTokenException", "Response has expired", **late)
    # when it begins decides nothing, as on AWS
    t.equal(door.enter(begins=saml.at(86400))["Subject"], "alice")
    door.refused("InvalidIdentityToken", BAD_BASE64, begins="tomorrow")


def test_audience_and_recipient(t):
    door = Door(t)
    t.equal(door.enter(audience="urn:another")["Audience"], SIGN_IN)
    t.equal(door.enter(recipient="not-a-url")["Audience"], "not-a-url")
    door.trust(statement(door.provider, Condition={"StringEquals": {"saml:aud": SIGN_IN}}))
    t.equal(door.enter()["Audience"], SIGN_IN)
    door.refused("AccessDenied", DENIED, recipient="https://evil.example.com/saml", status=403)
    door.refused("InvalidIdentityToken", BAD_BASE64, recipient="")


def test_subjects(t):
    door = Door(t)
    door.refused("AccessDenied", DENIED, subject=None, status=403)
    door.refused("InvalidIdentityToken", BAD_BASE64, format="")


def test_issuers_and_providers(t):
    door = Door(t)
    other = Door(t, idp="other")
    other.idp.key, mine = door.idp.key, other.idp.key
    door.refused("InvalidIdentityToken", "Issuer not present in specified provider",
                 other.idp.make(door.arn, door.provider))
    other.idp.key = mine
    missing = door.provider + "x"
    error = t.fails("InvalidIdentityToken", assume, t, door.arn, missing, door.make(), status=400)
    t.equal(INNER.sub(r" \1", error.message),
            "Specified provider doesn't exist AuthSamlManifestNotFoundException")
    for arn in (t.arn("role", "x"), "arn:aws:iam::%s:saml-provider/" % t.account, "x" * 20):
        t.fails("ValidationError", assume, t, door.arn, arn, door.make())
    t.fails("ValidationError", assume, t, t.arn("user", "x"), door.provider,
            door.idp.make(t.arn("user", "x"), door.provider))


def test_who_may(t):
    door = Door(t)
    missing = t.arn("role", "missing")
    words = []
    for arn in (door.arn, missing):
        door.trust({"Effect": "Allow", "Principal": {"AWS": "*"},
                    "Action": "sts:AssumeRoleWithSAML"})
        error = t.fails("AccessDenied", assume, t, arn, door.provider,
                        door.idp.make(arn, door.provider), status=403)
        words.append(error.message)
    t.equal(set(words), {DENIED}, "a role that is missing is told as one that does not trust")
    other = Door(t)
    door.trust(statement(other.provider))
    door.refused("AccessDenied", DENIED, status=403)
    door.trust(statement(door.provider), dict(statement(door.provider), Effect="Deny", Condition={
        "StringEquals": {"saml:sub": "mallory"}}))
    t.equal(door.enter()["Subject"], "alice")
    door.refused("AccessDenied", DENIED, subject="mallory", status=403)


def test_parameters(t):
    door = Door(t)
    for params in ({"DurationSeconds": 899}, {"DurationSeconds": 43201}):
        t.fails("ValidationError", door.enter, params=params)
    t.fails("ValidationError", assume, t, door.arn, door.provider, "x")
    t.fails("ValidationError", assume, t, door.arn, door.provider, "A" * 100004)
    for text in ("AAAA", "====", "!!!!", base64.b64encode(b"\0" * 100).decode(), "A" * 100000):
        error = t.fails("InvalidIdentityToken", assume, t, door.arn, door.provider, text,
                        status=400)
        t.equal(INNER.sub("", error.message), BAD_BASE64)


# ---- how long ----


def test_durations(t):
    door = Door(t, MaxSessionDuration=7200)
    hour = [attribute(ATTRIBUTE + "SessionDuration", text) for text in ("900", "7200")]
    for params, more, want in ((None, {}, 3600), ({"DurationSeconds": 7200}, {}, 7200),
                               ({"DurationSeconds": 900}, {}, 900), (None, {"more": hour[0]}, 900),
                               (None, {"more": hour[1]}, 3600),
                               ({"DurationSeconds": 7200}, {"more": hour[0]}, 900),
                               (None, {"session": saml.at(600)}, 600)):
        got = lifetime(door.enter(params=params, **more))
        t.true(want - 15 <= got <= want + 1, "%s %s: %s" % (params, more, got))
    error = t.fails("ValidationError", door.enter, params={"DurationSeconds": 7201})
    t.contains(error.message, "MaxSessionDuration")
    for text in ("899", "43201", "an hour", ""):
        door.refused("InvalidIdentityToken",
                     "SessionDuration in AuthnResponse must be between 900 and 43200",
                     more=attribute(ATTRIBUTE + "SessionDuration", text))


# ---- tags and the source identity ----


def test_session_tags(t):
    door = Door(t)
    tags = attribute(TAG + "team", "blue") + attribute(TAG + "cost center", "")
    door.refused("AccessDenied", "Not authorized to perform sts:TagSession", more=tags, status=403)
    door.trust(statement(door.provider, ["sts:AssumeRoleWithSAML", "sts:TagSession"]))
    door.allow(allow("iam:ListUsers", Condition={"StringEquals": {
        "aws:PrincipalTag/team": "blue", "aws:PrincipalTag/cost center": ""}}))
    got = door.enter(more=tags)
    t.true(int(got["PackedPolicySize"]) > 0, "tags are packed")
    client_with(t, got).call("ListUsers")
    t.denied(door.client(more=attribute(TAG + "team", "red")).call, "ListUsers")
    for bad, words in ((attribute(TAG + "aws:x", "1"), "reserved"),
                       (attribute(TAG + "a", "1") + attribute(TAG + "A", "2"), "Duplicate"),
                       (attribute(TAG + "a", "1", "2"), "one value"),
                       (attribute(TAG + "a", "x" * 257), "256"),
                       (attribute(TAG + "", "1"), "tags.1.member.key"),
                       ("".join(attribute(TAG + "k%d" % i, "v") for i in range(51)), "50")):
        error = t.fails("InvalidIdentityToken", door.enter, more=bad, status=400)
        t.contains(error.message, words)
    door.trust(statement(door.provider), statement(
        door.provider, "sts:TagSession", Condition={
            "StringEquals": {"aws:RequestTag/team": "blue"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}))
    door.enter(more=attribute(TAG + "team", "blue"))
    for bad in (attribute(TAG + "team", "red"), tags):
        door.refused("AccessDenied", "Not authorized to perform sts:TagSession", more=bad,
                     status=403)


def test_transitive_tags(t):
    door = Door(t)
    door.trust(statement(door.provider, ["sts:AssumeRoleWithSAML", "sts:TagSession"]))
    door.allow(allow(["sts:AssumeRole", "sts:TagSession"]))
    tags = attribute(TAG + "team", "blue") + attribute(TAG + "own", "x") + attribute(
        ATTRIBUTE + "TransitiveTagKeys", "team")
    _, second = t.role("second", AssumeRolePolicyDocument=document(
        {"Effect": "Allow", "Principal": {"AWS": door.arn},
         "Action": ["sts:AssumeRole", "sts:TagSession"]}), policy=[
             allow("iam:ListUsers", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}),
             allow("iam:ListRoles", Condition={"StringEquals": {"aws:PrincipalTag/own": "x"}})])
    chained = t.assume(door.client(more=tags), second)
    chained.call("ListUsers")
    t.denied(chained.call, "ListRoles")
    error = t.fails("InvalidParameterValue", door.enter, more=attribute(
        TAG + "team", "blue") + attribute(ATTRIBUTE + "TransitiveTagKeys", "other"))
    t.contains(error.message, "transitive tag key must be included")


def test_source_identity(t):
    door = Door(t)
    who = attribute(ATTRIBUTE + "SourceIdentity", "alice.smith")
    door.refused("AccessDenied", "Not authorized to perform sts:SetSourceIdentity", more=who,
                 status=403)
    door.trust(statement(door.provider), statement(
        door.provider, "sts:SetSourceIdentity", Condition={
            "StringEquals": {"sts:SourceIdentity": "alice.smith"}}))
    door.allow(allow("iam:ListUsers",
                     Condition={"StringEquals": {"aws:SourceIdentity": "alice.smith"}}))
    got = door.enter(more=who)
    t.equal(got["SourceIdentity"], "alice.smith")
    client_with(t, got).call("ListUsers")
    t.denied(door.client().call, "ListUsers")
    door.refused("AccessDenied", "Not authorized to perform sts:SetSourceIdentity", status=403,
                 more=attribute(ATTRIBUTE + "SourceIdentity", "mallory"))
    error = t.fails("InvalidIdentityToken", door.enter,
                    more=attribute(ATTRIBUTE + "SourceIdentity", "a b"))
    t.contains(error.message, "sourceIdentity")


# ---- condition keys ----


PERSON, ORG = "urn:oid:1.3.6.1.4.1.5923.1.1.1.", "urn:oid:1.3.6.1.4.1.5923.1.2.1."
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
SINGLE = {
    "edupersonorgdn": PERSON + "3", "edupersonprimaryaffiliation": PERSON + "5",
    "edupersonprincipalname": PERSON + "6", "edupersonprimaryorgunitdn": PERSON + "8",
    "name": CLAIMS + "name", "commonName": "http://schemas.xmlsoap.org/claims/CommonName",
    "givenName": CLAIMS + "givenname", "surname": CLAIMS + "surname",
    "mail": CLAIMS + "emailaddress", "x500UniqueIdentifier": "2.5.4.45",
    "primaryGroupSID": "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid",
    "uid": "0.9.2342.19200300.100.1.1", "organizationStatus": "0.9.2342.19200300.100.1.45"}
LISTS = {
    "edupersonaffiliation": PERSON + "1", "edupersonnickname": PERSON + "2",
    "edupersonorgunitdn": PERSON + "4", "edupersonentitlement": PERSON + "7",
    "edupersonscopedaffiliation": PERSON + "9", "edupersontargetedid": PERSON + "10",
    "edupersonassurance": PERSON + "11", "eduorghomepageuri": ORG + "2",
    "eduorgidentityauthnpolicyuri": ORG + "3", "eduorglegalname": ORG + "4",
    "eduorgsuperioruri": ORG + "5", "eduorgwhitepagesuri": ORG + "6", "cn": "urn:oid:2.5.4.3"}


def test_keys_of_every_assertion(t):
    door = Door(t)
    name = door.provider.rpartition("/")[2]
    qualifier = door.enter()["NameQualifier"]
    said = {"saml:aud": SIGN_IN, "saml:iss": door.idp.entity_id, "saml:sub": "alice",
            "saml:sub_type": "persistent", "saml:doc": "%s/%s" % (t.account, name),
            "saml:namequalifier": qualifier, "sts:RoleSessionName": "alice@example.com",
            "aws:PrincipalAccount": t.account, "aws:PrincipalType": "User",
            "aws:userid": door.provider}
    door.trust(statement(door.provider, Condition={
        "StringEquals": said, "Null": {"aws:PrincipalArn": "true", "saml:cn": "true"}}))
    t.equal(door.enter()["Subject"], "alice")
    for key in said:
        door.trust(statement(door.provider, Condition={"StringNotEquals": {key: said[key]}}))
        door.refused("AccessDenied", DENIED, status=403)


def test_keys_of_attributes(t):
    door = Door(t)
    more = "".join(attribute(names, "one") for names in SINGLE.values()) + "".join(
        attribute(names, "one", "two") for names in LISTS.values())
    door.trust(statement(door.provider, Condition={
        "StringEquals": {"saml:" + key: "one" for key in SINGLE},
        "ForAnyValue:StringEquals": {"saml:" + key: "two" for key in LISTS}}))
    t.equal(door.enter(more=more)["Subject"], "alice")
    door.refused("AccessDenied", DENIED, status=403)
    # a list of one is still a list, and two values of a key that has one match no plain operator
    door.trust(statement(door.provider, Condition={"StringEquals": {"saml:cn": "one"}}))
    door.refused("AccessDenied", DENIED, more=attribute(LISTS["cn"], "one"), status=403)
    door.trust(statement(door.provider, Condition={"StringEquals": {"saml:uid": "one"}}))
    door.refused("AccessDenied", DENIED, more=attribute(SINGLE["uid"], "one", "two"), status=403)


def test_keys_that_stay(t):
    door = Door(t)
    qualifier = door.enter()["NameQualifier"]
    stays = {"saml:sub": "alice", "saml:sub_type": "persistent", "saml:namequalifier": qualifier}
    door.allow(allow("iam:ListUsers", Condition={"StringEquals": stays}),
               allow("iam:ListRoles", Condition={"Null": {"saml:aud": "false"}}),
               allow("iam:ListGroups", Condition={"Null": {"saml:iss": "false"}}),
               allow("iam:ListPolicies", Condition={"Null": {"aws:MultiFactorAuthPresent": "true"}}))
    client = door.client()
    client.call("ListUsers")
    client.call("ListPolicies")
    for action in ("ListRoles", "ListGroups"):
        t.denied(client.call, action)
    t.denied(door.client(subject="bob").call, "ListUsers")


def test_keys_for_services_that_ask(t):
    """The same, with the other keys of a session, at the authorization endpoint."""
    door = Door(t)
    door.trust(statement(door.provider, ["sts:AssumeRoleWithSAML", "sts:TagSession",
                                         "sts:SetSourceIdentity"]))
    conditions = {
        "Sub": {"saml:sub": "alice", "saml:sub_type": "persistent"},
        "Source": {"aws:SourceIdentity": "alice"}, "Tag": {"aws:PrincipalTag/team": "blue"},
        "Audience": {"saml:aud": SIGN_IN}}
    door.allow(allow("app:Issued", Condition={"DateGreaterThan": {"aws:TokenIssueTime": saml.at(-60)}}),
               # documented of web identities alone
               allow("app:NoProvider", Condition={"Null": {"aws:FederatedProvider": "true"}}),
               *(allow("app:" + name, Condition={"StringEquals": keys})
                 for name, keys in conditions.items()))

    def allowed(**more):
        client = door.client(**more)
        subject = {"type": "access-key", "id": client.key_id,
                   "properties": {"session_token": client.token}}
        return {name for name in ("Issued", "NoProvider", *conditions) if t.root.post_json(
            "/access/v1/evaluation", {"subject": subject, "action": {"name": "app:" + name},
                                      "resource": {"type": "app", "id": "*"}}).json()["decision"]}

    more = attribute(TAG + "team", "blue") + attribute(ATTRIBUTE + "SourceIdentity", "alice")
    t.equal(allowed(more=more), {"Issued", "NoProvider", "Sub", "Source", "Tag"})
    t.equal(allowed(subject="bob"), {"Issued", "NoProvider"})


# ---- session policies ----


def test_session_policies(t):
    door = Door(t)
    door.allow(allow("iam:List*"))
    narrow = door.enter(params={"Policy": document(allow("iam:ListUsers"))})
    t.true(int(narrow["PackedPolicySize"]) > 0, "it is packed")
    client = client_with(t, narrow)
    client.call("ListUsers")
    t.denied(client.call, "ListRoles")
    t.denied(client_with(t, door.enter(params={"Policy": document(allow("iam:*"))})).call,
             "CreateUser", UserName="x")
    arn = t.policy("readers", allow("iam:ListRoles"))
    client = client_with(t, door.enter(params={"PolicyArns": [{"arn": arn}]}))
    client.call("ListRoles")
    t.denied(client.call, "ListUsers")
    t.fails("PackedPolicyTooLarge", door.enter, params={"Policy": document(
        allow("iam:ListUsers", ["arn:aws:iam::%s:user/%04d" % (t.account, i)
                                for i in range(100)]))})
    t.fails("MalformedPolicyDocument", door.enter, params={"Policy": "{}"})


def test_chaining(t):
    door = Door(t, MaxSessionDuration=43200)
    door.allow(allow("sts:*"))
    client = client_with(t, door.enter(params={"DurationSeconds": 43200}))
    _, second = t.role("second", {"AWS": door.arn}, MaxSessionDuration=43200)
    error = t.fails("ValidationError", client.call, "AssumeRole", RoleArn=second,
                    RoleSessionName="chained", DurationSeconds=3601)
    t.contains(error.message, "role chaining")
    short = client_with(t, door.enter(session=saml.at(120)))
    got = short.call("AssumeRole", RoleArn=second, RoleSessionName="chained")
    t.true(lifetime(got) <= 121, "no longer than what it comes from: %s" % lifetime(got))


# ---- once ----


def test_replay(t):
    door = Door(t)
    response = door.make()
    door.enter(response)
    for text in (response, response.replace("samlp", "p"), response + "\n"):
        door.refused("InvalidIdentityToken", "Response has already been used", text)
    # what was refused has not used it up
    response = door.make()
    t.fails("ValidationError", door.enter, response, params={"DurationSeconds": 7200})
    door.trust(statement(t.arn("saml-provider", "other")))
    door.refused("AccessDenied", DENIED, response, status=403)
    door.trust(statement(door.provider))
    door.enter(response)
    # another provider with the same metadata is another one
    other = Door(t)
    t.equal(other.enter(id="_same")["Subject"], "alice")
    t.equal(door.enter(id="_same")["Subject"], "alice")
    door.refused("InvalidIdentityToken", "Response has already been used", id="_same")


def test_two_at_once(t):
    door = Door(t)
    response = saml.encoded(door.make())
    statuses = []

    def one():
        client = t.server.client()
        statuses.append(send(t, door.arn, door.provider, response, client=client).status)
        client.drop()
    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    t.equal(sorted(statuses), [200] + [400] * 7)


@seconds(300)
def test_replay_after_a_restart(t):
    server = t.start()
    door = Door(t, server=server)
    response, ends = door.make(), time.time() + 8
    other = door.make(until=saml.at(8))
    door.enter(response)
    door.enter(other)
    server.restart()
    door.root = server.client()
    door.refused("InvalidIdentityToken", "Response has already been used", response)
    time.sleep(max(0, ends + 1 - time.time()))
    door.refused("ExpiredTokenException", "Response has expired", other)
    door.enter()
    with sqlite3.connect(server.data + "/iamd.db") as db:
        rows = db.execute("SELECT COUNT(*) FROM saml_use").fetchone()[0]
    t.equal(rows, 2, "what has expired is forgotten")


# ---- the provider changes ----


def test_roll_over(t):
    door, new = Door(t), Idp("attacker")
    old = door.make()
    new.entity_id = door.idp.entity_id
    by_new = new.make(door.arn, door.provider)
    door.refused("InvalidIdentityToken", FORGED, by_new)
    t.root.call("UpdateSAMLProvider", SAMLProviderArn=door.provider,
                SAMLMetadataDocument=door.padded(door.idp.certificate, new.certificate))
    door.enter(by_new)
    door.enter(old)
    t.root.call("UpdateSAMLProvider", SAMLProviderArn=door.provider,
                SAMLMetadataDocument=door.padded(new.certificate))
    door.refused("InvalidIdentityToken", FORGED)
    door.enter(new.make(door.arn, door.provider))


def test_a_provider_that_is_gone(t):
    door = Door(t)
    door.allow(allow("iam:ListUsers"))
    client = door.client()
    client.call("ListUsers")
    name = door.provider.rpartition("/")[2]
    t.root.call("DeleteSAMLProvider", SAMLProviderArn=door.provider)
    t.fails("InvalidClientTokenId", client.call, "ListUsers")
    t.fails("InvalidIdentityToken", door.enter)
    new = Idp("other")
    door.idp.certificate, mine = new.certificate, door.idp.certificate
    t.root.call("CreateSAMLProvider", Name=name, SAMLMetadataDocument=door.padded())
    door.idp.certificate = mine
    t.fails("InvalidClientTokenId", client.call, "ListUsers")
    door.refused("InvalidIdentityToken", FORGED)
    new.entity_id = door.idp.entity_id
    # trust policies name a provider by its ARN: the new one is trusted
    client_with(t, door.enter(new.make(door.arn, door.provider))).call("ListUsers")


# ---- encryption ----


def test_encrypted(t):
    door = Door(t)
    key, _ = saml.key_pair("decryption")
    certificate = key.with_name("certificate.pem")
    door.refused("InvalidIdentityToken", BAD_BASE64,
                 door.idp.encrypt(certificate, door.arn, door.provider))
    t.root.call("UpdateSAMLProvider", SAMLProviderArn=door.provider,
                AddPrivateKey=key.read_text())
    for cipher in ("aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"):
        got = door.enter(door.idp.encrypt(certificate, door.arn, door.provider, cipher))
        t.equal(got["Subject"], "alice", cipher)
    door.enter()
    t.root.call("UpdateSAMLProvider", SAMLProviderArn=door.provider,
                AssertionEncryptionMode="Required")
    door.refused("InvalidIdentityToken", BAD_BASE64)
    door.enter(door.idp.encrypt(certificate, door.arn, door.provider, recipient=SIGN_IN + "/acs/x"))
    attacker = Idp("attacker")
    attacker.entity_id = door.idp.entity_id
    door.refused("InvalidIdentityToken", BAD_BASE64,
                 attacker.encrypt(certificate, door.arn, door.provider))


# ---- attacks (S67 to S74) ----


def test_attacks(t):
    door = Door(t)
    good = door.make()
    assertion = good[good.index("<saml:Assertion"):good.index("</samlp:Response>")]
    forged = re.sub("<ds:Signature.*?</ds:Signature>", "", assertion.replace(">alice<", ">admin<"),
                    flags=re.S)
    evil = forged.replace('ID="_', 'ID="_e')
    stolen = re.search("<ds:Signature.*?</ds:Signature>", assertion, re.S)[0]
    bare = assertion.replace(stolen, "")
    tries = {
        "changed": (good.replace(">alice<", ">admin<"), FORGED),
        "no signature": (good.replace(stolen, ""), NO_SIGNATURE),
        "XSW3": (good.replace(assertion, evil + assertion), BAD_BASE64),
        "after it": (good.replace(assertion, assertion + evil), BAD_BASE64),
        "XSW4": (good.replace(assertion, evil.replace("</saml:Assertion>",
                                                      assertion + "</saml:Assertion>")), BAD_BASE64),
        "XSW6": (good.replace(assertion, evil.replace("</saml:Issuer>", "</saml:Issuer>" +
                              stolen.replace("</ds:Signature>", "<ds:Object>%s</ds:Object>"
                                             "</ds:Signature>" % bare), 1)), BAD_BASE64),
        "XSW7": (good.replace(assertion, "<samlp:Extensions>%s</samlp:Extensions>%s" % (
            evil, assertion)), BAD_BASE64),
        "comment": (good.replace(">alice<", ">ali<!-- -->ce<"), BAD_BASE64),
        "instruction": (good.replace(">alice<", ">ali<?x y?>ce<"), BAD_BASE64),
        "entity": ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' +
                   good.replace(">alice<", ">&e;<"), BAD_BASE64),
        "bomb": ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "%s">]>%s' % (
            "&a;" * 1000, good.replace(">alice<", ">&b;<")), BAD_BASE64),
        "the same ID twice": (good.replace("<samlp:Status>", '<samlp:Status ID="%s">' % re.search(
            '<saml:Assertion[^>]* ID="([^"]+)"', good)[1]), BAD_BASE64),
        "deep": (good.replace("<samlp:Status>", "<samlp:Status>%s%s" % ("<x>" * 40, "</x>" * 40)),
                 BAD_BASE64),
    }
    for name, (text, message) in tries.items():
        error = t.fails("InvalidIdentityToken", assume, t, door.arn, door.provider, text)
        t.equal(INNER.sub("", error.message), message, name)
    t.equal(door.enter(good)["Subject"], "alice", "the good one was not used up")


def test_bounded_work(t):
    """What a stranger sends without end costs others nothing."""
    door = Door(t)
    noise = saml.encoded(door.make(more="".join(
        attribute("n%d" % i, "x" * 200) for i in range(200))).replace(">alice<", ">admin<"))
    stop, counted = threading.Event(), []

    def flood():
        client = t.server.client()
        while not stop.is_set():
            counted.append(send(t, door.arn, door.provider, noise, client=client).status)
        client.drop()
    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    slowest = 0
    for _ in range(300):
        began = time.monotonic()
        t.root.call("GetCallerIdentity")
        slowest = max(slowest, time.monotonic() - began)
    stop.set()
    for thread in threads:
        thread.join()
    t.true(counted and set(counted) <= {400, 503}, sorted(set(counted)))
    t.true(slowest < 2, "%.3f s" % slowest)
    t.figure("%d refused; the slowest GetCallerIdentity meanwhile took %.0f ms", len(counted),
             slowest * 1000)


# ---- the trail ----


def test_audit(t):
    door = Door(t)
    response = door.make()
    qualifier = door.enter(response)["NameQualifier"]
    door.trust(statement(t.arn("saml-provider", "other")))
    t.fails("AccessDenied", door.enter)
    text = t.server.audit_path().read_text(encoding="utf-8")
    t.true(saml.encoded(response) not in text, "no assertion in the trail")
    records = [json.loads(line) for line in text.splitlines()
               if '"AssumeRoleWithSAML"' in line and door.provider in line]
    t.equal(len(records), 2)
    for record in records:
        t.equal(record["userIdentity"], {
            "type": "SAMLUser", "principalId": qualifier + ":alice", "userName": "alice",
            "identityProvider": qualifier})
        t.equal(record["requestParameters"]["principalArn"], door.provider)
    t.equal(records[0]["responseElements"]["subject"], "alice")
    shown = records[0]["responseElements"]["credentials"]
    t.equal({shown["secretAccessKey"], shown["sessionToken"]}, {"HIDDEN_DUE_TO_SECURITY_REASONS"})
    t.equal(records[1]["errorCode"], "AccessDenied")


# ---- real clients ----


@seconds(300)
def test_cli_and_boto3(t):
    door = Door(t)
    door.allow(allow("iam:ListUsers"))
    got = Cli(t)("sts", "assume-role-with-saml", "--role-arn", door.arn, "--principal-arn",
                 door.provider, "--saml-assertion", saml.encoded(door.make()))
    t.equal(got["Subject"], "alice")
    c = got["Credentials"]
    Cli(t, c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])("iam", "list-users")
    got = client_of(t, "sts").assume_role_with_saml(
        RoleArn=door.arn, PrincipalArn=door.provider, SAMLAssertion=saml.encoded(door.make()),
        DurationSeconds=900)
    c = got["Credentials"]
    t.equal(got["NameQualifier"], got["NameQualifier"].strip())
    client_of(t, "iam", c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"]).list_users()
    sts = client_of(t, "sts")
    for error, response in ((sts.exceptions.InvalidIdentityTokenException, "AAAA"),
                            (sts.exceptions.ExpiredTokenException,
                             saml.encoded(door.make(until=saml.at(-1))))):
        try:
            sts.assume_role_with_saml(RoleArn=door.arn, PrincipalArn=door.provider,
                                      SAMLAssertion=response)
        except error:
            continue
        raise Failed("no %s" % error.__name__)


def node(t, door, **more):
    """What js/saml.mjs says of a sign-on with a response of samlp."""
    path, _ = saml.key_pair(door.idp.name)
    given = dict({
        "issuer": door.idp.entity_id, "key": path.read_text(),
        "cert": path.with_name("certificate.pem").read_text(), "recipient": SIGN_IN,
        "subject": "alice", "url": t.server.client_url, "role": door.arn,
        "provider": door.provider, "signResponse": False, "attributes": {
            ATTRIBUTE + "Role": "%s,%s" % (door.arn, door.provider),
            ATTRIBUTE + "RoleSessionName": "alice", CLAIMS + "emailaddress": "alice@example.com"}},
        **more)
    done = subprocess.run(["node", str(ROOT / "tests/e2e/js/saml.mjs")], input=json.dumps(given),
                          capture_output=True, text=True, timeout=100, env={
                              "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(t.server.home)})
    t.equal(done.returncode, 0, done.stderr[-2000:])
    return json.loads(done.stdout)


@seconds(300)
def test_provider_of_npm(t):
    """samlp makes responses, node-saml reads them too, the SDK brings them."""
    door = Door(t)
    door.allow(allow("iam:ListUsers"))
    door.trust(statement(door.provider, Condition={"StringEquals": {
        "saml:aud": SIGN_IN, "saml:mail": "alice@example.com"}}))
    for whole in (False, True):
        got = node(t, door, signResponse=whole)
        t.equal((got["subject"], got["others"], got["issuer"], got["expires"]),
                ("alice", "alice", door.idp.entity_id, True))
    key, _ = saml.key_pair("decryption")
    certificate = key.with_name("certificate.pem")
    t.root.call("UpdateSAMLProvider", SAMLProviderArn=door.provider,
                AddPrivateKey=key.read_text(), AssertionEncryptionMode="Required")
    got = node(t, door, decryptionCert=certificate.read_text(), decryptionPublicKey=saml.run(
        "openssl", "x509", "-in", str(certificate), "-noout", "-pubkey"))
    t.equal(got["subject"], "alice")
