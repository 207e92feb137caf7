# SPDX-License-Identifier: Apache-2.0
"""SAML providers: metadata, private keys, dates, tags, who may, quotas, a restart, a rotation."""

import base64
import datetime
import json
import re
import sqlite3
import subprocess
import time
import urllib.parse

from lib.case import Failed, allow
from lib.server import Server
from lib.wire import ApiError

CREATE, GET, UPDATE = "CreateSAMLProvider", "GetSAMLProvider", "UpdateSAMLProvider"
MISSING = "Manifest not found for arn %s"
MD = "urn:oasis:names:tc:SAML:2.0:metadata"
made = {}


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, timeout=60, capture_output=True,
                          text=True).stdout


def keys():
    """PEM by kind; made once."""
    if "rsa" not in made:
        made.update({
            "rsa": openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
            "pkcs1": openssl("genrsa", "-traditional", "1024"),
            "ec": openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout"),
            "encrypted": openssl("genpkey", "-algorithm", "RSA", "-aes-128-cbc", "-pass", "pass:x",
                                 "-pkeyopt", "rsa_keygen_bits:2048"),
            "ed25519": openssl("genpkey", "-algorithm", "ed25519"),
        })
    return made


def certificate():
    if "certificate" not in made:
        text = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null",
                       "-days", "2", "-subj", "/CN=idp.example.com")
        made["certificate"] = "".join(text.split("-----")[2].split())
    return made["certificate"]


def key_descriptor(text=None, use="signing"):
    return ('<KeyDescriptor use="%s"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
            '<X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>' % (
                use, certificate() if text is None else text))


def idp(inner):
    return ('<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
            '%s</IDPSSODescriptor>' % inner)


def entity(inner, more='entityID="https://idp.example.com/"'):
    return '<EntityDescriptor xmlns="%s" %s>%s</EntityDescriptor>' % (MD, more, inner)


def padded(text):
    """As long as a document must be."""
    return text + "<!--%s-->" % ("x" * 1000)


def metadata():
    return padded(entity(idp(key_descriptor())))


def make(t, client=None, **more):
    params = {"Name": t.name("saml"), "SAMLMetadataDocument": metadata(), **more}
    return (client or t.root).call(CREATE, **params)["SAMLProviderArn"]


def get(t, arn):
    return t.root.call(GET, SAMLProviderArn=arn)


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def test_life(t):
    name = t.name("saml-._")
    document = metadata()
    tags = [{"Key": "z", "Value": "z"}, {"Key": "A", "Value": "a"}]
    answer = t.root.call(CREATE, Name=name, SAMLMetadataDocument=document, Tags=tags)
    arn = t.arn("saml-provider", name)
    t.equal(answer, {"SAMLProviderArn": arn, "Tags": tags})
    got = get(t, arn)
    created, until = moment(got["CreateDate"]), moment(got["ValidUntil"])
    t.equal(until.replace(year=created.year), created, "the day and time of the dates")
    t.equal(until.year, created.year + 100)
    t.true(re.fullmatch("SAMLSP[A-Z0-9]{16}", got["SAMLProviderUUID"]), "the ID")
    t.equal({key: got[key] for key in ("SAMLMetadataDocument", "AssertionEncryptionMode", "Tags")},
            {"SAMLMetadataDocument": document, "AssertionEncryptionMode": "Allowed",
             "Tags": tags[::-1]})
    t.equal(got["PrivateKeyList"] or [], [])
    listed = [one for one in t.root.call("ListSAMLProviders")["SAMLProviderList"]
              if one["Arn"] == arn]
    t.equal(listed, [{"Arn": arn, "ValidUntil": got["ValidUntil"],
                      "CreateDate": got["CreateDate"]}])
    for taken in (name, name.upper()):
        error = t.fails("EntityAlreadyExists", t.root.call, CREATE, Name=taken,
                        SAMLMetadataDocument=document, status=409)
        t.equal(error.message, "Provider with name %s already exists." % taken)
    t.root.call("DeleteSAMLProvider", SAMLProviderArn=arn)
    for action in ("DeleteSAMLProvider", GET):
        error = t.fails("NoSuchEntity", t.root.call, action, SAMLProviderArn=arn, status=404)
        t.equal(error.message, MISSING % arn)
    again = get(t, make(t, Name=name))
    t.true(again["SAMLProviderUUID"] != got["SAMLProviderUUID"], "another one has another ID")
    t.equal(again["Tags"] or [], [])


def test_metadata(t):
    """What is taken, and in which words the rest is refused."""
    certified = key_descriptor()
    several = "".join(entity(idp(certified), 'entityID="urn:%d"' % n) for n in range(3))
    for good in (
            entity(idp("")), entity(idp(certified), 'entityID="x" validUntil="2001-01-01T00:00:00Z"'),
            entity(idp(key_descriptor(use="encryption"))), entity(idp(certified * 10)),
            '<?xml version="1.0" encoding="UTF-16"?>\n' + entity(idp(certified)),
            '<EntitiesDescriptor xmlns="%s">%s</EntitiesDescriptor>' % (MD, several),
            '\ufeff' + entity(idp(key_descriptor("\n ".join(re.findall(".{1,64}", certificate()))))),
            '<m:EntityDescriptor xmlns:m="%s" entityID="&amp;&#228;"><m:IDPSSODescriptor/>'
            '<m:Organization>\u00e4\u2713</m:Organization></m:EntityDescriptor>' % MD):
        good = padded(good)
        t.equal(get(t, make(t, SAMLMetadataDocument=good))["SAMLMetadataDocument"], good)
    tag = 'a%d="" '
    for bad in (
            "no XML", "<a/>", '<EntityDescriptor entityID="x"><IDPSSODescriptor/></EntityDescriptor>',
            '<SomethingElse xmlns="%s" entityID="x"/>' % MD, entity(idp(certified))[:-1],
            entity(idp(certified)) * 2, entity(idp(key_descriptor("a" * 1000))),
            entity(idp(key_descriptor(certificate()[4:]))), entity(idp(key_descriptor("%%%"))),
            entity(idp(key_descriptor("A" * 40000))), entity(idp(certified), ""),
            entity(idp(certified), 'entityID=""'), entity(idp("&undefined;")),
            entity(entity(idp(certified))),
            '<!DOCTYPE a>' + entity(idp(certified)),
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + entity(idp("&x;")),
            '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' +
            entity(idp("&b;")),
            entity(idp("<a>" * 31 + "</a>" * 31)),
            entity(idp("<a %s/>" % "".join(tag % n for n in range(65)))),
            entity(idp("<a %s>" % "".join('xmlns:n%d="u" ' % n for n in range(60)) * 3 + "</a>" * 3)),
            entity(idp('<a b="1" b="2"/>')), entity(idp("<p:a/>"))):
        try:
            make(t, SAMLMetadataDocument=padded(bad))
        except ApiError as error:
            t.equal((error.code, error.message), ("InvalidInput", "Could not parse metadata"), bad[:200])
        else:
            raise Failed("taken: %s ... %s" % (bad[:150], bad[-150:]))
    for none in (entity(""), entity("<Extensions>%s</Extensions>" % idp(certified)),
                 '<EntitiesDescriptor xmlns="%s"/>' % MD,
                 entity('<SPSSODescriptor protocolSupportEnumeration="x"/>')):
        error = t.fails("InvalidInput", t.root.call, CREATE, Name=t.name("saml"), status=400,
                        SAMLMetadataDocument=padded(none))
        t.equal(error.message, "SAML Providers must reference at least one SAML assertion issuer.")
    for many in (entity(idp(certified * 11)),
                 '<EntitiesDescriptor xmlns="%s">%s</EntitiesDescriptor>' % (
                     MD, entity(idp("")) * 11)):
        t.fails("LimitExceeded", t.root.call, CREATE, Name=t.name("saml"), status=409,
                SAMLMetadataDocument=padded(many))
    for wrong in ("x" * 999, ""):
        t.fails("ValidationError", t.root.call, CREATE, Name="saml", SAMLMetadataDocument=wrong)
    for wrong in ("a b", "a/b", "\u00e4", "n" * 129):
        t.fails("ValidationError", t.root.call, CREATE, Name=wrong, SAMLMetadataDocument=metadata())


def test_bombs_end_quickly(t):
    """What a parser would need long for is refused, or read, in a moment."""
    def times(unit):
        """As often as the body of a request has room for."""
        return unit * (900000 // len(urllib.parse.quote(unit, safe="")))

    scope = " ".join('xmlns:n%d="u"' % n for n in range(63))
    bombs = {
        "deep": times("<a>"),
        "wide": "<a %s/>" % " ".join('a%d=""' % n for n in range(60000)),
        "namespaces": entity(idp("<a %s><b %s>%s</b></a>" % (
            scope, scope, "<n1:a/>" * 50000))),
        "long text": entity(idp(times("x"))),
        "long attribute": entity(idp('<a b="%s"/>' % times("x"))),
        "elements": entity(idp(times("<a/>"))),
        "references": entity(idp(times("&amp;"))),
        "attributes": entity(idp(times("<a %s/>" % " ".join('a%d=""' % n for n in range(64))))),
        "certificates": entity(idp(key_descriptor(certificate()) * 10)) * 10,
    }
    for what, bomb in bombs.items():
        started = time.monotonic()
        try:
            make(t, SAMLMetadataDocument=padded(bomb))
        except Exception as error:
            t.contains(str(error), "InvalidInput", what)
        t.figure("%s: %d ms", what, 1000 * (time.monotonic() - started))
        t.true(time.monotonic() - started < 5, what + " takes long")


def test_private_keys(t):
    pem = keys()
    arn = make(t, AddPrivateKey=pem["rsa"], AssertionEncryptionMode="Required")
    got = get(t, arn)
    t.equal((got["AssertionEncryptionMode"], len(got["PrivateKeyList"])), ("Required", 1))
    first = got["PrivateKeyList"][0]
    t.equal(set(first), {"KeyId", "Timestamp"})
    t.true(re.fullmatch("SAMLPK[A-Z0-9]{16}", first["KeyId"]), "the ID of the key")
    t.equal(t.root.call(UPDATE, SAMLProviderArn=arn, AddPrivateKey=pem["rsa"]),
            {"SAMLProviderArn": arn})
    listed = get(t, arn)["PrivateKeyList"]
    t.equal((len(listed), listed[0]), (2, first), "the same key twice is two keys, oldest first")
    error = t.fails("LimitExceeded", t.root.call, UPDATE, SAMLProviderArn=arn,
                    AddPrivateKey=pem["ec"], status=409)
    t.equal(error.message, "Private key limit of 2 is reached.")
    error = t.fails("ValidationError", t.root.call, UPDATE, SAMLProviderArn=arn, status=400,
                    AddPrivateKey=pem["ec"], RemovePrivateKey=first["KeyId"])
    t.equal(error.message, "Unable to add and remove private keys in the same request. Set a value "
                           "for only one of the two parameters.")
    t.root.call(UPDATE, SAMLProviderArn=arn, RemovePrivateKey=first["KeyId"])
    t.equal(get(t, arn)["PrivateKeyList"], listed[1:])
    for name in (first["KeyId"], listed[1]["KeyId"], "SAMLPKAAAAAAAAAAAAAAAA"):
        error = t.fails("InvalidInput", t.root.call, UPDATE, SAMLProviderArn=arn, status=400,
                        RemovePrivateKey=name)
        t.equal(error.message, "Failed to remove private key.", name)
    t.equal(get(t, arn)["PrivateKeyList"], listed[1:], "the last key of one that needs it")
    t.root.call(UPDATE, SAMLProviderArn=arn, RemovePrivateKey=listed[1]["KeyId"],
                AssertionEncryptionMode="Allowed")
    got = get(t, arn)
    t.equal((got["AssertionEncryptionMode"], got["PrivateKeyList"] or []), ("Allowed", []))
    for kind in ("pkcs1", "ec"):
        t.root.call(UPDATE, SAMLProviderArn=arn, AddPrivateKey=pem[kind])
    for bad in (pem["encrypted"], pem["ed25519"], "no key", pem["rsa"].replace("PRIVATE", "PUBLIC"),
                pem["rsa"][:-100], "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        error = t.fails("InvalidInput", t.root.call, CREATE, Name=t.name("saml"), status=400,
                        SAMLMetadataDocument=metadata(), AddPrivateKey=bad)
        t.equal(error.message, "Could not parse private key")
    error = t.fails("ValidationError", t.root.call, CREATE, Name=t.name("saml"), status=400,
                    SAMLMetadataDocument=metadata(), AssertionEncryptionMode="Required")
    t.equal(error.message, "Unable to set assertion encryption mode to Required because no private "
                           "key is provided.")
    t.fails("ValidationError", t.root.call, CREATE, Name=t.name("saml"),
            SAMLMetadataDocument=metadata(), AssertionEncryptionMode="Maybe")


def test_updates(t):
    arn = make(t)
    before = get(t, arn)
    error = t.fails("ValidationError", t.root.call, UPDATE, SAMLProviderArn=arn, status=400)
    t.equal(error.message, "Unable to update identity provider. No updates are defined for metadata "
                           "or encryption assertion.")
    error = t.fails("InvalidInput", t.root.call, UPDATE, SAMLProviderArn=arn, status=400,
                    AssertionEncryptionMode="Required")
    t.equal(error.message, "Failed to set assertion encryption mode to Required because no private "
                           "key is present.")
    error = t.fails("InvalidInput", t.root.call, UPDATE, SAMLProviderArn=arn, status=400,
                    SAMLMetadataDocument=padded("<a/>"))
    t.equal(error.message, "Could not parse metadata")
    other = padded(entity(idp(""), 'entityID="urn:other"'))
    t.fails("InvalidInput", t.root.call, UPDATE, SAMLProviderArn=arn, SAMLMetadataDocument=other,
            RemovePrivateKey="SAMLPKAAAAAAAAAAAAAAAA")
    t.equal(get(t, arn), before, "what was refused changed nothing")
    t.root.call(UPDATE, SAMLProviderArn=arn, AddPrivateKey=keys()["ec"],
                AssertionEncryptionMode="Required")
    got = get(t, arn)
    t.equal((got["ValidUntil"], got["AssertionEncryptionMode"]), (before["ValidUntil"], "Required"))
    time.sleep(0.01)
    t.root.call(UPDATE, SAMLProviderArn=arn, SAMLMetadataDocument=other)
    after = get(t, arn)
    t.true(after["ValidUntil"] > before["ValidUntil"], "100 years after the new document")
    t.equal({key: after[key] for key in after if key != "ValidUntil"},
            {**{key: got[key] for key in got if key != "ValidUntil"},
             "SAMLMetadataDocument": other})


def test_arns(t):
    """Of nothing, of another kind, of another account."""
    oidc = t.arn("oidc-provider/", "idp.example.com", "")
    for action, more in (
            (GET, {}), ("DeleteSAMLProvider", {}), ("ListSAMLProviderTags", {}),
            (UPDATE, {"AssertionEncryptionMode": "Allowed"}),
            ("TagSAMLProvider", {"Tags": [{"Key": "a", "Value": ""}]}),
            ("UntagSAMLProvider", {"TagKeys": ["a"]})):
        error = t.fails("InvalidInput", t.root.call, action, SAMLProviderArn=oidc, status=400,
                        **more)
        t.equal(error.message, "ARN %s is not valid." % oidc)
        t.fails("ValidationError", t.root.call, action, SAMLProviderArn="no ARN but long enough",
                status=400, **more)
        t.fails(("AccessDenied", "NoSuchEntity"), t.root.call, action,
                SAMLProviderArn="arn:aws:iam::999999999999:saml-provider/x", **more)


def test_tags(t):
    arn = make(t)
    who = {"SAMLProviderArn": arn}
    three = [{"Key": "Team", "Value": "capital"}, {"Key": "team", "Value": "a:b"},
             {"Key": "z", "Value": ""}]
    t.root.call("TagSAMLProvider", Tags=three, **who)
    first = t.root.call("ListSAMLProviderTags", MaxItems=1, **who)
    t.equal((first["Tags"], first["IsTruncated"]), (three[:1], "true"))
    rest = t.root.call("ListSAMLProviderTags", Marker=first["Marker"], **who)
    t.equal((rest["Tags"], rest["IsTruncated"]), (three[1:], "false"))
    t.root.call("UntagSAMLProvider", TagKeys=["team", "never"], **who)
    t.equal(get(t, arn)["Tags"], [three[0], three[2]])
    error = t.fails("LimitExceeded", t.root.call, "TagSAMLProvider", status=409,
                    Tags=[{"Key": "n%d" % n, "Value": ""} for n in range(49)], **who)
    t.equal(error.message, "The number of tags has reached the maximum limit.")


def test_who_may(t):
    """Conditions on tags, tags at creation, resources; what a denial names."""
    name = t.name("saml")
    mine = t.arn("saml-provider", name)
    user = t.user("ann", [allow("iam:" + CREATE, mine)])
    for other in (name + "x", name + ".", "x"):
        error = t.denied(user.client.call, CREATE, Name=other, SAMLMetadataDocument=metadata())
        t.contains(error.message, "iam:%s on resource: %s because" % (
            CREATE, t.arn("saml-provider", other)))
    error = t.denied(user.client.call, CREATE, Name=name, SAMLMetadataDocument=metadata(),
                     Tags=[{"Key": "a", "Value": "1"}])
    t.contains(error.message, "iam:TagSAMLProvider on resource: " + mine)
    t.equal(make(t, user.client, Name=name), mine)
    error = t.denied(user.client.call, GET, SAMLProviderArn=mine)
    t.contains(error.message, "iam:%s on resource: %s because" % (GET, mine))
    error = t.denied(user.client.call, "ListSAMLProviders")
    t.contains(error.message, "on resource: %s because" % t.arn("saml-provider", "*"))
    statement = dict(allow("iam:*SAML*"), Condition={
        "StringEquals": {"aws:ResourceTag/team": "blue"}})
    blue = t.user("blue", [statement])
    t.denied(blue.client.call, UPDATE, SAMLProviderArn=mine, AssertionEncryptionMode="Allowed")
    t.root.call("TagSAMLProvider", SAMLProviderArn=mine, Tags=[{"Key": "team", "Value": "blue"}])
    blue.client.call(UPDATE, SAMLProviderArn=mine, AssertionEncryptionMode="Allowed")
    t.denied(blue.client.call, CREATE, Name=t.name("saml"), SAMLMetadataDocument=metadata())
    make(t, blue.client, Tags=[{"Key": "team", "Value": "blue"}])
    blue.client.call("UntagSAMLProvider", SAMLProviderArn=mine, TagKeys=["team"])
    t.denied(blue.client.call, "DeleteSAMLProvider", SAMLProviderArn=mine)


def test_who_may_not_costs_nothing(t):
    """Metadata is read for callers only who may use it: the denial comes before its faults."""
    nobody = t.user("nobody")
    t.denied(nobody.client.call, CREATE, Name="x", SAMLMetadataDocument=padded("<a>"))
    arn = make(t)
    t.denied(nobody.client.call, UPDATE, SAMLProviderArn=arn, SAMLMetadataDocument=padded("<a>"))


def test_private_keys_stay_here(t):
    """In no answer, no record, no log, and in the store only sealed; a rotation seals them again, and
    `iamd check` finds one that does not open."""
    server = t.server = t.start()
    pem = keys()
    der = base64.b64decode("".join(pem["rsa"].split("-----")[2].split()))
    part = "".join(pem["rsa"].split("-----")[2].split())[200:260]
    arn = make(t, AddPrivateKey=pem["rsa"])
    t.root.call(UPDATE, SAMLProviderArn=arn, AddPrivateKey=pem["ec"])
    t.fails("InvalidInput", t.root.call, UPDATE, SAMLProviderArn=arn, AddPrivateKey=part)
    before = get(t, arn)
    t.true(part not in json.dumps(before), "an answer shows a key")
    rows = "SELECT key_id, sealed_key FROM saml_key ORDER BY key_id"
    database = server.data + "/iamd.db"
    sealed = dict(sqlite3.connect(database).execute(rows).fetchall())
    t.equal(len(sealed), 2)
    subprocess.run([str(Server.binary), "rotate-master-key", "--data", server.data], check=True,
                   timeout=30, capture_output=True)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        renewed = dict(sqlite3.connect(database).execute(rows).fetchall())
        if all(renewed[key][1:5] != sealed[key][1:5] for key in sealed):
            break
        time.sleep(0.05)
    t.true(all(renewed[key][1:5] != sealed[key][1:5] for key in sealed), "sealed by the new key")
    server.restart()
    t.roots = {}
    t.equal(get(t, arn), before)
    t.equal(server.stop(), 0)
    checked = [str(Server.binary), "check", "--data", server.data]
    t.equal(subprocess.run(checked, timeout=60, capture_output=True, check=False).returncode, 0)
    for path in server.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            t.true(part.encode() not in data and der[100:140] not in data,
                   "a key in clear is in %s" % path)
    with sqlite3.connect(database) as db:
        db.execute("UPDATE saml_key SET sealed_key = zeroblob(200)")
    found = subprocess.run(checked, timeout=60, capture_output=True, check=False, text=True)
    t.equal(found.returncode, 1)
    t.contains(found.stdout, "saml_key")
    server.start()
    t.roots = {}
    t.fails("ServiceFailure", t.root.call, GET, SAMLProviderArn=arn)


def test_quota_summary_and_restart(t):
    server = t.server = t.start(extra=["--quota", "SAMLProvidersPerAccount=2"])
    arns = [make(t, Name=name) for name in ("b", "A")]
    error = t.fails("LimitExceeded", t.root.call, CREATE, Name="c", status=409,
                    SAMLMetadataDocument=metadata())
    t.equal(error.message, "Cannot exceed quota for SAMLProvidersPerAccount: 2")
    t.equal(t.root.call("GetAccountSummary")["SummaryMap"]["Providers"], "2")
    t.root.call(UPDATE, SAMLProviderArn=arns[0], AddPrivateKey=keys()["rsa"])
    before = [get(t, arn) for arn in arns]
    server.restart()
    t.roots = {}
    listed = t.root.call("ListSAMLProviders")["SAMLProviderList"]
    t.equal([one["Arn"] for one in listed], arns[::-1], "in the order of their names")
    t.equal([get(t, arn) for arn in arns], before)
    t.root.call("DeleteSAMLProvider", SAMLProviderArn=arns[0])
    t.equal(t.root.call("GetAccountSummary")["SummaryMap"]["Providers"], "1")
    make(t, Name="c")
