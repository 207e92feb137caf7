// SPDX-License-Identifier: Apache-2.0
// The AWS SDK for JavaScript with tokens of an identity provider: fromTokenFile and fromWebToken,
// and the call itself. Prints {"error"} in one line, null when all went well.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fromTokenFile, fromWebToken } from '@aws-sdk/credential-providers';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

const endpoint = process.env.IAMD_URL;
const file = process.env.AWS_WEB_IDENTITY_TOKEN_FILE;
const roleArn = process.env.AWS_ROLE_ARN;
const region = 'eu-west-1';
const clientConfig = { endpoint, region };
const sts = (credentials) => new STSClient({ endpoint, region, credentials, maxAttempts: 1 });

async function whoIs(credentials) {
  const { Arn } = await sts(credentials).send(new GetCallerIdentityCommand({}));
  return Arn;
}

async function run() {
  const webIdentityToken = readFileSync(file, 'utf8');
  const fromFile = fromTokenFile({ webIdentityTokenFile: file, roleArn, roleSessionName: 'file', clientConfig });
  assert.match(await whoIs(fromFile), /:assumed-role\/[^/]+\/file$/);
  const fromToken = fromWebToken({ webIdentityToken, roleArn, roleSessionName: 'token', clientConfig });
  assert.match(await whoIs(fromToken), /:assumed-role\/[^/]+\/token$/);
  const input = { RoleArn: roleArn, RoleSessionName: 'direct', WebIdentityToken: webIdentityToken };
  const answer = await sts(undefined).send(new AssumeRoleWithWebIdentityCommand(input));
  assert.equal(answer.Audience, 'app');
  assert.ok(answer.Credentials.Expiration > new Date());
  await assert.rejects(sts(undefined).send(new AssumeRoleWithWebIdentityCommand({ ...input, WebIdentityToken: 'abcd' })),
    { name: 'InvalidIdentityTokenException' });
}

run().then(() => null, (error) => `${error.name}: ${error.message}`)
  .then((error) => process.stdout.write(`${JSON.stringify({ error })}\n`));
