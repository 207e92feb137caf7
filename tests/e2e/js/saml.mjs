// SPDX-License-Identifier: Apache-2.0
// A sign-on with what others have written: samlp is the identity provider, @node-saml/node-saml
// reads the same response, and the SDK takes it to iamd. Input: JSON on stdin; output: JSON.

import { STSClient, AssumeRoleWithSAMLCommand } from '@aws-sdk/client-sts';
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam';
import { SAML } from '@node-saml/node-saml';
import samlp from 'samlp';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks).toString());

// What samlp is told of a user: the attributes that AWS reads.
function profileMapper() {
  return {
    getClaims: () => given.attributes,
    getNameIdentifier: () => ({
      nameIdentifier: given.subject,
      nameIdentifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    }),
  };
}
profileMapper.prototype.metadata = [];

function respond(more) {
  return new Promise((resolve, reject) => samlp.getSamlResponse({
    issuer: given.issuer, cert: given.cert, key: given.key, audience: 'urn:amazon:webservices',
    recipient: given.recipient, destination: given.recipient, signatureAlgorithm: 'rsa-sha256',
    digestAlgorithm: 'sha256', profileMapper, ...more,
  }, {}, (error, text) => (error ? reject(error) : resolve(text.toString()))));
}

async function readByOthers(text) {
  const reader = new SAML({
    idpCert: given.cert, issuer: 'urn:amazon:webservices', callbackUrl: given.recipient,
    wantAuthnResponseSigned: false, wantAssertionsSigned: true, validateInResponseTo: 'never',
  });
  const { profile } = await reader.validatePostResponseAsync({ SAMLResponse: text });
  return profile.nameID;
}

const encryption = given.decryptionCert ? {
  encryptionCert: given.decryptionCert, encryptionPublicKey: given.decryptionPublicKey,
  encryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
} : {};
const text = Buffer.from(await respond({ signResponse: given.signResponse, ...encryption }))
  .toString('base64');
const sts = new STSClient({ endpoint: given.url, region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
const got = await sts.send(new AssumeRoleWithSAMLCommand({
  RoleArn: given.role, PrincipalArn: given.provider, SAMLAssertion: text,
}));
const iam = new IAMClient({
  endpoint: given.url, region: 'us-east-1', credentials: {
    accessKeyId: got.Credentials.AccessKeyId, secretAccessKey: got.Credentials.SecretAccessKey,
    sessionToken: got.Credentials.SessionToken,
  },
});
const users = await iam.send(new ListUsersCommand({}));
console.log(JSON.stringify({
  subject: got.Subject, issuer: got.Issuer, arn: got.AssumedRoleUser.Arn,
  expires: got.Credentials.Expiration instanceof Date, users: users.Users.length,
  others: given.decryptionCert ? null : await readByOthers(text),
}));
