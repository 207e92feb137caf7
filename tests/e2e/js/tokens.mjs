// SPDX-License-Identifier: Apache-2.0
// Makes tokens of every kind, good ones and mutated ones, and says what jose thinks of each:
//   node tokens.mjs SEED COUNT NOW
// First line: the set of keys. Then a line a token: {"token", "kind", "signature", "claims"}, the
// last two true where jose takes it. The same seed makes the same mutations; keys are new each time.
import { createHmac, createSign, sign, constants } from 'node:crypto';
import * as jose from 'jose';
import { newPair } from './keys.mjs';

const [seedText, countText, nowText] = process.argv.slice(2);
const now = Number(nowText);
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512'];
const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

let state = Number(seedText) >>> 0;
function random(n) { // mulberry32
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[random(list.length)];
const b64 = (x) => Buffer.from(typeof x === 'string' ? x : JSON.stringify(x)).toString('base64url');

const pair = (alg) => (alg in CURVES
  ? newPair('ec', { namedCurve: CURVES[alg] })
  : newPair('rsa', { modulusLength: 2048 }));
const keys = Object.fromEntries(ALGORITHMS.map((alg) => [alg, pair(alg)]));
const strangers = Object.fromEntries(['RS256', 'ES256'].map((alg) => [alg, pair(alg)]));
const published = ALGORITHMS.map((alg) => ({
  ...keys[alg].publicKey.export({ format: 'jwk' }), kid: `kid-${alg}`, use: 'sig', alg,
}));
published.push({ ...pair('RS256').publicKey.export({ format: 'jwk' }), kid: 'enc', use: 'enc' });
published.push({ ...pair('ES256').publicKey.export({ format: 'jwk' }), kid: 'ops', key_ops: ['sign'] });
const any = pair('RS256');
published.push({ ...any.publicKey.export({ format: 'jwk' }), kid: 'any' });
const jwks = { keys: published };

function signed(alg, privateKey, text) {
  const hash = `sha${alg.slice(2)}`;
  const data = Buffer.from(text);
  if (alg.startsWith('ES')) return sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (alg.startsWith('PS')) {
    return sign(hash, data, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: Number(alg.slice(2)) / 8 });
  }
  return sign(hash, data, privateKey);
}
function make(alg, header, payload, privateKey = keys[alg].privateKey) {
  const text = `${b64(header)}.${b64(payload)}`;
  return `${text}.${signed(alg, privateKey, text).toString('base64url')}`;
}
const claims = (more = {}) => ({
  iss: 'https://idp.example.com', sub: 'subject', aud: 'app', iat: now, exp: now + 300, ...more,
});
const head = (alg, more = {}) => ({ alg, kid: `kid-${alg}`, ...more });
const parts = (token) => token.split('.');
const good = (more) => { const alg = pick(ALGORITHMS); return make(alg, head(alg), claims(more)); };

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ODD = `${ALPHABET}.=+/ \t{}"\u0000`;
const pool = Array.from({ length: 60 }, () => good());
const times = () => now + pick([-100000, -301, -300, -299, -1, 0, 1, 299, 300, 301, 100000]);
const oddTime = () => pick([null, `${now + 60}`, now + 60.5, 'soon', [now], true, '', -1, 1e400, 9e15]);
const audience = () => pick(['app', ['app'], ['app', 'b'], ['b', 'app'], [], 'b', ['b'], 7, null, [7], '', {}]);
const text = (value) => JSON.stringify(value);

const KINDS = {
  good: () => good(),
  flip: () => { // a character anywhere
    const token = pick(pool); const at = random(token.length);
    return token.slice(0, at) + pick([...ODD]) + token.slice(at + 1);
  },
  flipSignature: () => {
    const token = pick(pool); const from = token.lastIndexOf('.') + 1;
    const at = from + random(token.length - from);
    return token.slice(0, at) + pick([...ALPHABET]) + token.slice(at + 1);
  },
  lastCharacter: () => { const token = pick(pool); return token.slice(0, -1) + pick([...ALPHABET]); },
  cut: () => { const token = pick(pool); return token.slice(0, random(token.length)); },
  insert: () => {
    const token = pick(pool); const at = random(token.length + 1);
    return token.slice(0, at) + pick([...ODD]) + token.slice(at);
  },
  pad: () => pick(pool) + pick(['=', '==', '.', '.AAAA', ' ', 'A', 'AA']),
  splice: () => { const a = parts(pick(pool)); const b = parts(pick(pool)); a[random(3)] = b[random(3)]; return a.join('.'); },
  otherAlgorithm: () => {
    const alg = pick(ALGORITHMS); const said = pick([...ALGORITHMS, 'HS256', 'none', 'PS384', 'EdDSA', 'rs256', '']);
    return make(alg, head(alg, { alg: said }), claims());
  },
  otherKid: () => {
    const alg = pick(ALGORITHMS);
    const kid = pick([...ALGORITHMS.map((name) => `kid-${name}`), 'enc', 'ops', 'any', 'none', '', '../../etc/passwd', 7, null]);
    return make(alg, { alg, kid }, claims());
  },
  noKid: () => { const alg = pick(ALGORITHMS); return make(alg, { alg }, claims()); },
  anyKey: () => {
    const alg = pick(['RS256', 'RS384', 'RS512', 'PS256']);
    return make(alg, { alg, kid: 'any' }, claims(), any.privateKey);
  },
  stranger: () => { const alg = pick(['RS256', 'ES256']); return make(alg, head(alg), claims(), strangers[alg].privateKey); },
  none: () => `${b64({ alg: pick(['none', 'None', 'NONE']) })}.${b64(claims())}.${pick(['', 'AAAA'])}`,
  hmac: () => {
    const body = `${b64({ alg: pick(['HS256', 'HS384']), kid: 'kid-RS256' })}.${b64(claims())}`;
    const secret = pick([keys.RS256.publicKey.export({ format: 'pem', type: 'spki' }), text(published[0])]);
    return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
  },
  headerKeys: () => {
    const alg = pick(['RS256', 'ES256']); const jwk = strangers[alg].publicKey.export({ format: 'jwk' });
    const more = pick([{ jwk }, { jku: 'https://attacker.example/' }, { x5u: 'https://attacker.example/' }, { x5c: ['AAAA'] }]);
    return make(alg, head(alg, more), claims(), pick([strangers[alg].privateKey, keys[alg].privateKey]));
  },
  extensions: () => {
    const alg = pick(ALGORITHMS);
    return make(alg, head(alg, pick([{ crit: ['exp'], exp: 1 }, { crit: [] }, { b64: false }, { b64: true }, { crit: ['b64'], b64: true }, { typ: 'at+jwt' }, { cty: 'JWT' }, { zip: 'DEF' }])), claims());
  },
  duplicates: () => {
    const alg = pick(ALGORITHMS);
    return pick([
      () => make(alg, `{"alg":"${alg}","kid":"kid-${alg}","kid":"kid-${alg}"}`, claims()),
      () => make(alg, head(alg), text(claims()).replace('"sub"', '"sub":"x","sub"')),
      () => make(alg, head(alg), text(claims()).replace('"sub"', '"\\u0073ub":"x","sub"')),
    ])();
  },
  forms: () => {
    const alg = pick(ALGORITHMS);
    return make(alg, pick([head(alg), [], 'x', {}, { kid: 'any' }]), pick([[], '"x"', '', '{', 'null', '7', '{}', ' {}', '{}x']));
  },
  zeroSignature: () => { const t = parts(pick(pool)); return `${t[0]}.${t[1]}.${Buffer.alloc(pick([0, 1, 64, 96, 132, 256])).toString('base64url')}`; },
  der: () => {
    const body = `${b64(head('ES256'))}.${b64(claims())}`;
    return `${body}.${createSign('sha256').update(body).sign(keys.ES256.privateKey).toString('base64url')}`;
  },
  longSignature: () => { const t = parts(pick(pool)); return `${t[0]}.${t[1]}.${Buffer.concat([Buffer.from(t[2], 'base64url'), Buffer.alloc(1 + random(4))]).toString('base64url')}`; },
  times: () => good({ [pick(['exp', 'iat', 'nbf'])]: times(), [pick(['exp', 'iat', 'nbf'])]: times() }),
  oddTimes: () => good({ [pick(['exp', 'iat', 'nbf'])]: oddTime() }),
  audiences: () => good({ aud: audience(), ...pick([{}, { azp: 'app' }, { azp: 'b' }, { azp: '' }, { azp: 7 }]) }),
  subjects: () => good({ sub: pick(['', 'x', 7, null, ['x'], {}, true, 'x'.repeat(2000)]) }),
  missing: () => { const c = claims(); delete c[pick(['iss', 'sub', 'aud', 'iat', 'exp'])]; const alg = pick(ALGORITHMS); return make(alg, head(alg), c); },
  issuers: () => good({ iss: pick(['https://idp.example.com/', 7, null, ['https://idp.example.com'], '']) }),
  long: () => good({ x: 'x'.repeat(pick([1000, 10000, 14000, 15000, 20000])) }),
  deep: () => { const n = pick([5, 14, 15, 16, 17, 50]); const alg = pick(ALGORITHMS); return make(alg, head(alg), text(claims()).replace('{', `{"x":${'['.repeat(n)}${']'.repeat(n)},`)); },
};

const keySet = jose.createLocalJWKSet(jwks);
const options = { algorithms: ALGORITHMS };
const passes = (promise) => promise.then(() => true, () => false);
const names = Object.keys(KINDS);
process.stdout.write(`${text(jwks)}\n`);
for (let i = 0; i < Number(countText); i += 1) {
  const kind = names[i % names.length];
  const token = KINDS[kind]();
  const signature = await passes(jose.compactVerify(token, keySet, options));
  const claimsTaken = signature && await passes(jose.jwtVerify(token, keySet, {
    ...options, audience: 'app', currentDate: new Date(now * 1000), clockTolerance: 300,
    requiredClaims: ['iss', 'sub', 'aud', 'iat', 'exp'],
  }));
  process.stdout.write(`${text({ token, kind, signature, claims: claimsTaken })}\n`);
}
