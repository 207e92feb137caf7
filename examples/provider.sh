# SPDX-License-Identifier: Apache-2.0
# Identity providers for trying iamd out, played by OpenSSL and xmlsec1. For bash:
#
#   . examples/provider.sh
#   provider_start                      makes keys in ./idp; publishes what OpenID Connect providers
#                                       publish at https://127.0.0.1:9443/github and .../kubernetes
#   provider_thumbprint                 prints the thumbprint of its certificate
#   provider_token ISSUER SUBJECT       prints a token for the audience sts.amazonaws.com
#   provider_metadata                   prints the metadata of its SAML side, https://idp.example.com
#   provider_sign_on ROLE PROVIDER NAME [RECIPIENT]
#                                       prints the response after NAME has signed on, as base64
#   provider_stop

PROVIDER_ADDRESS=127.0.0.1:9443

provider_base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# provider_publish NAME ISSUER MODULUS
provider_publish() {
  mkdir -p idp/$1/.well-known
  echo '{"issuer": "'$2'", "jwks_uri": "https://'$PROVIDER_ADDRESS'/'$1'/jwks"}' \
    > idp/$1/.well-known/openid-configuration
  echo '{"keys": [{"kty": "RSA", "kid": "1", "use": "sig", "n": "'$3'", "e": "AQAB"}]}' > idp/$1/jwks
}

provider_start() {
  mkdir -p idp
  openssl req -x509 -newkey rsa:2048 -nodes -keyout idp/key.pem -out idp/certificate.pem -days 30 \
    -subj /CN=idp -addext subjectAltName=IP:${PROVIDER_ADDRESS%:*} 2> /dev/null
  local modulus=$(openssl rsa -in idp/key.pem -noout -modulus | sed 's/.*=//; s/../\\x&/g')
  modulus=$(printf "$modulus" | provider_base64url)
  provider_publish github https://token.actions.githubusercontent.com $modulus
  provider_publish kubernetes https://kubernetes.default.svc $modulus
  (cd idp && exec openssl s_server -quiet -WWW -accept $PROVIDER_ADDRESS -cert certificate.pem \
    -key key.pem) > /dev/null 2>&1 &
  PROVIDER_PID=$!
}

provider_stop() { kill $PROVIDER_PID; }

provider_thumbprint() {
  openssl x509 -in idp/certificate.pem -noout -fingerprint -sha1 | sed 's/.*=//; s/://g'
}

provider_token() {
  local now=$(date +%s) head body
  head=$(printf '{"alg":"RS256","kid":"1"}' | provider_base64url)
  body=$(printf '{"iss":"%s","aud":"sts.amazonaws.com","sub":"%s","iat":%d,"exp":%d}' \
    "$1" "$2" $now $((now + 300)) | provider_base64url)
  printf '%s.%s.%s' $head $body \
    $(printf '%s.%s' $head $body | openssl dgst -sha256 -sign idp/key.pem | provider_base64url)
}

provider_metadata() {
  cat << END
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
      <X509Certificate>$(grep -v -- ----- idp/certificate.pem)</X509Certificate>
    </X509Data></KeyInfo></KeyDescriptor>
  </IDPSSODescriptor>
</EntityDescriptor>
END
}

provider_sign_on() {
  local id=_$(openssl rand -hex 16) now=$(date -u +%FT%TZ) attributes=https://aws.amazon.com/SAML/Attributes
  xmlsec1 --sign --privkey-pem idp/key.pem --id-attr:ID Assertion /dev/stdin << END | base64 -w 0
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0"
    IssueInstant="$now"><samlp:Status><samlp:StatusCode
    Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="$id" Version="2.0" IssueInstant="$now">
  <Issuer>https://idp.example.com</Issuer>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
    <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
    <ds:Reference URI="#$id"><ds:Transforms>
      <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
      <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>
      <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/>
    </ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>
  <Subject>
    <NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">$3</NameID>
    <SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData
        NotOnOrAfter="$(date -u -d +5min +%FT%TZ)" Recipient="${4:-https://signin.aws.amazon.com/saml}"/>
    </SubjectConfirmation>
  </Subject>
  <Conditions/><AuthnStatement AuthnInstant="$now"/>
  <AttributeStatement>
    <Attribute Name="$attributes/Role"><AttributeValue>$1,$2</AttributeValue></Attribute>
    <Attribute Name="$attributes/RoleSessionName"><AttributeValue>$3</AttributeValue></Attribute>
  </AttributeStatement>
</Assertion></samlp:Response>
END
}
