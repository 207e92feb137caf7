// SPDX-License-Identifier: Apache-2.0
// Makes keys by way of PEM: Node 20 waits for itself for ever when the garbage of generateKeyPairSync is
// collected while a key that it has made is exported.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

const ENCODING = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
};

export const newPem = (type, options) => generateKeyPairSync(type, { ...options, ...ENCODING });

export function newPair(type, options) {
  const { publicKey, privateKey } = newPem(type, options);
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) };
}
