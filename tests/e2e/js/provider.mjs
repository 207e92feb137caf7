// SPDX-License-Identifier: Apache-2.0
// An OpenID Connect provider that others have written: oidc-provider, over HTTPS on loopback.
//   node provider.mjs CERTIFICATE KEY ISSUER
// Prints {"port"} in one line, and ends with its standard input. A client asks it for a token as
// clients do: POST /token with the grant client_credentials.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';
import { newPair } from './keys.mjs';

const [certificate, key, issuer] = process.argv.slice(2);
const jwk = (alg, type, options) => ({
  ...newPair(type, options).privateKey.export({ format: 'jwk' }), use: 'sig', alg,
});
const keys = [
  jwk('RS256', 'rsa', { modulusLength: 2048 }),
  jwk('ES256', 'ec', { namedCurve: 'P-256' }),
];
const server = (alg) => ({ scope: '', audience: 'app', accessTokenFormat: 'jwt', jwt: { sign: { alg } } });
const provider = new Provider(issuer, {
  jwks: { keys },
  clients: [{
    client_id: 'machine', client_secret: 'secret-of-the-tests', redirect_uris: [], response_types: [],
    grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post',
  }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'urn:iamd:rs',
      getResourceServerInfo: (_, resource) => server(resource.endsWith('es') ? 'ES256' : 'RS256'),
    },
  },
});
const https = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, provider.callback());
https.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ port: https.address().port })}\n`));
process.stdin.resume().on('end', () => process.exit(0));
