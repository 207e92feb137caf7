# SPDX-License-Identifier: Apache-2.0
"""A SAML identity provider for tests: responses that the xmlsec1 command signs and encrypts."""

import base64
import datetime
import pathlib
import secrets
import subprocess
import tempfile
from xml.sax.saxutils import escape

from lib.wire import VERSIONS, flatten, form, parse_error, element_value, NAMESPACES
from xml.etree import ElementTree

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DS = "http://www.w3.org/2000/09/xmldsig#"
ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TOOL_S = 60
keys = {}


def run(*words, text=None):
    return subprocess.run(list(words), input=text, check=True, timeout=TOOL_S, capture_output=True,
                          text=True).stdout


def key_pair(name):
    """(path of a private key, certificate as base64), made once; the certificate has expired."""
    if name not in keys:
        place = pathlib.Path(tempfile.mkdtemp(prefix="iamd-saml-"))
        keys["places"] = keys.get("places", []) + [place]
        path, pem = place / "key.pem", place / "certificate.pem"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(path), "-out",
            str(pem), "-days", "1", "-subj", "/CN=" + name)
        keys[name] = path, "".join(pem.read_text().split("-----")[2].split())
    return keys[name]


def at(seconds):
    """The time that is this many seconds ahead, as SAML writes it."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (moment.microsecond // 1000)


def signature(element_id):
    """A signature that xmlsec1 fills in."""
    return ('<ds:Signature xmlns:ds="%s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="'
            'http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="'
            'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#%s">'
            '<ds:Transforms><ds:Transform Algorithm="%senveloped-signature"/><ds:Transform '
            'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod '
            'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>'
            '</ds:SignedInfo><ds:SignatureValue/></ds:Signature>' % (DS, element_id, DS))


def attribute(name, *values):
    return '<saml:Attribute Name="%s">%s</saml:Attribute>' % (escape(name, {'"': "&quot;"}), "".join(
        "<saml:AttributeValue>%s</saml:AttributeValue>" % escape(value) for value in values))


class Idp:
    """An identity provider with a key of its own."""

    def __init__(self, name="idp"):
        self.name = name
        self.entity_id = "https://%s.example.com/saml" % name
        self.key, self.certificate = key_pair(name)

    def metadata(self, *certificates):
        """Its metadata, with the certificates of others too; as long as IAM asks for."""
        keys_of = "".join(
            '<KeyDescriptor use="signing"><KeyInfo xmlns="%s"><X509Data><X509Certificate>%s'
            '</X509Certificate></X509Data></KeyInfo></KeyDescriptor>' % (DS, one)
            for one in certificates or (self.certificate,))
        return ('<EntityDescriptor xmlns="%s" entityID="%s"><IDPSSODescriptor '
                'protocolSupportEnumeration="%s">%s</IDPSSODescriptor></EntityDescriptor>' % (
                    METADATA, self.entity_id, PROTOCOL, keys_of))

    def assertion(self, role, provider, **more):
        """An assertion before it is signed; more: what differs from the usual."""
        said = {"id": "_" + secrets.token_hex(16), "subject": "alice", "format": PERSISTENT,
                "recipient": SIGN_IN, "until": at(300), "begins": at(-60), "ends": at(300),
                "session": at(8 * 3600), "name": "alice@example.com", "roles": None, "more": "",
                "audience": "urn:amazon:webservices", **more}
        name_id = ('<saml:NameID Format="%s">%s</saml:NameID>' % (said["format"],
                                                                   escape(said["subject"]))
                   if said["subject"] is not None else "")
        pairs = said["roles"] or ["%s,%s" % (role, provider)]
        attributes = attribute(ATTRIBUTE + "Role", *pairs) + said["more"]
        if said["name"] is not None:
            attributes += attribute(ATTRIBUTE + "RoleSessionName", said["name"])
        return (
            '<saml:Assertion xmlns:saml="%s" ID="%s" IssueInstant="%s" Version="2.0"><saml:Issuer>%s'
            '</saml:Issuer>%s<saml:Subject>%s<saml:SubjectConfirmation '
            'Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
            'NotOnOrAfter="%s" Recipient="%s"/></saml:SubjectConfirmation></saml:Subject>'
            '<saml:Conditions NotBefore="%s" NotOnOrAfter="%s"><saml:AudienceRestriction>'
            '<saml:Audience>%s</saml:Audience></saml:AudienceRestriction></saml:Conditions>'
            '<saml:AuthnStatement AuthnInstant="%s" SessionNotOnOrAfter="%s"><saml:AuthnContext>'
            '<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password'
            '</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'
            '<saml:AttributeStatement>%s</saml:AttributeStatement></saml:Assertion>' % (
                ASSERTION, said["id"], at(0), self.entity_id, signature(said["id"]), name_id,
                said["until"], said["recipient"], said["begins"], said["ends"], said["audience"],
                at(0), said["session"], attributes))

    def sign(self, document, element="Assertion", space=ASSERTION):
        """Fills in the signature in an element of that name."""
        return run("xmlsec1", "--sign", "--privkey-pem", str(self.key),
                   "--id-attr:ID", "%s:%s" % (space, element), "--node-xpath",
                   "//*[local-name()='%s']/*[local-name()='Signature']" % element, "/dev/stdin",
                   text=document).split("?>", 1)[1].strip()

    def response(self, inner, signed=False):
        """A response with an assertion in it; signed: as a whole too."""
        response_id = "_" + secrets.token_hex(16)
        text = ('<samlp:Response xmlns:samlp="%s" ID="%s" IssueInstant="%s" Version="2.0">'
                '<saml:Issuer xmlns:saml="%s">%s</saml:Issuer>%s<samlp:Status><samlp:StatusCode '
                'Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>%s'
                '</samlp:Response>' % (PROTOCOL, response_id, at(0), ASSERTION, self.entity_id,
                                       signature(response_id) if signed else "", inner))
        return self.sign(text, "Response", PROTOCOL) if signed else text

    def make(self, role, provider, signed=False, **more):
        """A response that nothing is wrong with but what more says."""
        return self.response(self.sign(self.assertion(role, provider, **more)), signed)

    def encrypt(self, certificate_path, role, provider, cipher="aes256-cbc", **more):
        """The same with the assertion encrypted for a certificate."""
        space = "http://www.w3.org/2009/xmlenc11#" if "gcm" in cipher else \
            "http://www.w3.org/2001/04/xmlenc#"
        template = (
            '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" '
            'Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod '
            'Algorithm="%s%s"/><ds:KeyInfo xmlns:ds="%s"><xenc:EncryptedKey><xenc:EncryptionMethod '
            'Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/><ds:KeyInfo>'
            '<ds:KeyName/></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/></xenc:CipherData>'
            '</xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/>'
            '</xenc:CipherData></xenc:EncryptedData>' % (space, cipher, DS))
        with tempfile.TemporaryDirectory(prefix="iamd-saml-") as place:
            clear, form_ = pathlib.Path(place, "clear.xml"), pathlib.Path(place, "template.xml")
            clear.write_text(self.sign(self.assertion(role, provider, **more)))
            form_.write_text(template)
            sealed = run("xmlsec1", "--encrypt", "--pubkey-cert-pem", str(certificate_path),
                         "--session-key", "aes-%s" % cipher[3:6], "--xml-data", str(clear),
                         "--node-name", "%s:Assertion" % ASSERTION, str(form_))
        sealed = sealed.split("?>", 1)[1].strip() if sealed.startswith("<?xml") else sealed.strip()
        return self.response('<saml:EncryptedAssertion xmlns:saml="%s">%s</saml:EncryptedAssertion>'
                             % (ASSERTION, sealed))


def encoded(response):
    return base64.b64encode(response.encode()).decode()


def send(t, role, provider, response, client=None, headers=(), **params):
    """AssumeRoleWithSAML without a signature; returns the response as it came."""
    client = client or t.root
    pairs = [("Action", "AssumeRoleWithSAML"), ("Version", VERSIONS["sts"])] + flatten({
        "RoleArn": role, "PrincipalArn": provider,
        "SAMLAssertion": response if isinstance(response, str) and not response.startswith("<")
                         else encoded(response), **params})
    return client.send("POST", "/", client.headers() + list(headers), form(pairs))


def assume(t, role, provider, response, **params):
    """The result of AssumeRoleWithSAML; raises ApiError."""
    got = send(t, role, provider, response, **params)
    if got.status != 200:
        raise parse_error(got)
    root = ElementTree.fromstring(got.body)
    return element_value(root.find("{%s}AssumeRoleWithSAMLResult" % NAMESPACES["sts"]))
