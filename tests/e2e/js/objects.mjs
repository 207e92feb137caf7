// SPDX-License-Identifier: Apache-2.0
// MinIO's client with the credentials that its AssumeRoleProvider fetches, against a service that asks
// iamd. Prints {"error"} in one line, null when all went well.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { Client } from 'minio';
import { AssumeRoleProvider } from 'minio/dist/esm/AssumeRoleProvider.mjs';

const { IAMD_URL, IAMD_OBJECTS, IAMD_ROLE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
const region = 'us-east-1';
const bucket = 'reports';

function provider(more = {}) {
  return new AssumeRoleProvider({
    stsEndpoint: IAMD_URL, accessKey: AWS_ACCESS_KEY_ID, secretKey: AWS_SECRET_ACCESS_KEY, region,
    roleArn: IAMD_ROLE, roleSessionName: 'minio', externalId: 'seven', ...more });
}

function client(credentialsProvider) {
  const { hostname, port } = new URL(IAMD_OBJECTS);
  return new Client({ endPoint: hostname, port: Number(port), useSSL: false, region, credentialsProvider });
}

const read = async (objects, key) => text(await objects.getObject(bucket, key));

async function names(objects, prefix) {
  return (await objects.listObjectsV2(bucket, prefix, true).toArray()).map(({ name }) => name);
}

async function run() {
  const objects = client(provider());
  await objects.putObject(bucket, 'in/of minio', 'four');
  assert.equal(await read(objects, 'in/of minio'), 'four');
  assert.equal((await objects.statObject(bucket, 'in/one')).size, 3);
  assert.deepEqual(await names(objects, 'in/'), ['in/of minio', 'in/one']);
  const presigned = await objects.presignedGetObject(bucket, 'in/one', 60);
  assert.equal(await (await fetch(presigned)).text(), 'one');
  assert.equal((await fetch(presigned.replace('in/one', 'in/of%20minio'))).status, 403);
  const denied = { code: 'AccessDenied' };
  await assert.rejects(names(objects, 'out/'), denied);
  await assert.rejects(objects.putObject(bucket, 'out/two', 'x'), denied);
  await assert.rejects(objects.removeObject(bucket, 'in/one'), denied);
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] });
  const narrow = client(provider({ policy }));
  assert.equal(await read(narrow, 'in/one'), 'one');
  await assert.rejects(narrow.putObject(bucket, 'in/two', 'x'), denied);
  await assert.rejects(provider({ externalId: 'eight' }).getCredentials(), /AccessDenied/);
  await assert.rejects(provider({ secretKey: 'x'.repeat(40) }).getCredentials(), /SignatureDoesNotMatch/);
}

run().then(() => null, (error) => error.stack)
  .then((error) => process.stdout.write(`${JSON.stringify({ error })}\n`));
