// SPDX-License-Identifier: Apache-2.0
// The AWS SDK for JavaScript v3, unchanged, against iamd: signs, encodes and parses for itself.
// Prints one JSON line for each case: {"name", "error"}.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as IAM from '@aws-sdk/client-iam';
import * as STS from '@aws-sdk/client-sts';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { newPem } from './keys.mjs';

const endpoint = process.env.IAMD_URL;
const account = process.env.IAMD_ACCOUNT;
const rootKey = {
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
};
const cases = [];
const test = (name, run) => cases.push({ name, run });
const options = (credentials, region) => ({ endpoint, credentials, region, maxAttempts: 1 });
const iamOf = (credentials = rootKey, region = 'eu-west-1') => new IAM.IAMClient(options(credentials, region));
const stsOf = (credentials = rootKey, region = 'eu-west-1') => new STS.STSClient(options(credentials, region));
const iam = iamOf();
const suffix = Math.random().toString(36).slice(2, 8);
const named = (stem) => `${stem}-js-${suffix}`;
const statement = (Effect, Action, Resource = '*') => ({ Effect, Action, Resource });
const documentOf = (...Statement) => JSON.stringify({ Version: '2012-10-17', Statement });
const trustOf = (AWS) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
});

const vector = (name) => readFileSync(new URL(`../../vectors/pki/${name}`, import.meta.url), 'latin1');

async function refused(name, promise) {
  try {
    await promise;
  } catch (error) {
    assert.equal(error.name, name, error.message);
    return error;
  }
  return assert.fail(`was not refused (want ${name})`);
}

async function login(UserName) {
  await iam.send(new IAM.CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new IAM.CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

test('users with tags and dates', async () => {
  const UserName = named('alice');
  const Tags = [{ Key: 'a b', Value: '1 + 1 = 2' }, { Key: 'empty', Value: '' }];
  const { User } = await iam.send(new IAM.CreateUserCommand({ UserName, Path: '/x/', Tags }));
  assert.equal(User.Arn, `arn:aws:iam::${account}:user/x/${UserName}`);
  assert.ok(User.CreateDate instanceof Date && Math.abs(User.CreateDate - Date.now()) < 600000);
  const got = await iam.send(new IAM.ListUserTagsCommand({ UserName }));
  assert.deepEqual(got.Tags.sort((a, b) => a.Key.localeCompare(b.Key)), Tags);
  assert.equal(got.IsTruncated, false);
  await iam.send(new IAM.DeleteUserCommand({ UserName }));
});

test('the account', async () => {
  const AccountAlias = `js-${suffix}`;
  await iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias }));
  const { AccountAliases } = await iam.send(new IAM.ListAccountAliasesCommand({}));
  assert.deepEqual(AccountAliases, [AccountAlias]);
  await iam.send(new IAM.DeleteAccountAliasCommand({ AccountAlias }));
  await iam.send(new IAM.UpdateAccountPasswordPolicyCommand({ MaxPasswordAge: 30, RequireSymbols: true }));
  const { PasswordPolicy } = await iam.send(new IAM.GetAccountPasswordPolicyCommand({}));
  assert.equal(PasswordPolicy.MaxPasswordAge, 30);
  assert.equal(PasswordPolicy.RequireSymbols, true);
  await iam.send(new IAM.DeleteAccountPasswordPolicyCommand({}));
  const { SummaryMap } = await iam.send(new IAM.GetAccountSummaryCommand({}));
  assert.equal(SummaryMap.AccountAccessKeysPresent, 1);
  const details = await iam.send(new IAM.GetAccountAuthorizationDetailsCommand({ MaxItems: 1 }));
  assert.ok(Array.isArray(details.UserDetailList) && Array.isArray(details.Policies));
});

test('simulation', async () => {
  const UserName = named('sim');
  const { User } = await iam.send(new IAM.CreateUserCommand({ UserName }));
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: { ...statement('Allow', 's3:GetObject'), Condition: { Bool: { 'app:x': 'true' } } },
  });
  await iam.send(new IAM.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: document }));
  const ask = {
    ActionNames: ['s3:GetObject'],
    ContextEntries: [{ ContextKeyName: 'app:x', ContextKeyValues: ['TRUE'], ContextKeyType: 'boolean' }],
  };
  const own = await iam.send(new IAM.SimulatePrincipalPolicyCommand({ PolicySourceArn: User.Arn, ...ask }));
  assert.equal(own.EvaluationResults[0].EvalDecision, 'allowed');
  assert.equal(own.EvaluationResults[0].MatchedStatements[0].EndPosition.Line, 1);
  const given = await iam.send(new IAM.SimulateCustomPolicyCommand({
    PolicyInputList: [document], ActionNames: ['s3:GetObject'],
  }));
  assert.deepEqual(given.EvaluationResults[0].MissingContextValues, ['app:x']);
  const keys = [
    await iam.send(new IAM.GetContextKeysForCustomPolicyCommand({ PolicyInputList: [document] })),
    await iam.send(new IAM.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: User.Arn })),
  ];
  assert.deepEqual(keys.map((k) => k.ContextKeyNames), [['app:x'], ['app:x']]);
});

// The codes of a seed in base32 (RFC 6238) at a step of 30 seconds and at the next.
function codesOf(seed, step) {
  const bits = [...seed].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const codeAt = (at) => {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(at));
    const mac = createHmac('sha1', key).update(counter).digest();
    const value = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
    return String(value % 1000000).padStart(6, '0');
  };
  return { AuthenticationCode1: codeAt(step), AuthenticationCode2: codeAt(step + 1) };
}

test('MFA devices', async () => {
  const UserName = named('mfa');
  await iam.send(new IAM.CreateUserCommand({ UserName }));
  const Tags = [{ Key: 'a', Value: '1' }];
  const { VirtualMFADevice } = await iam.send(new IAM.CreateVirtualMFADeviceCommand({
    VirtualMFADeviceName: UserName, Path: '/js/', Tags }));
  const { SerialNumber } = VirtualMFADevice;
  assert.equal(SerialNumber, `arn:aws:iam::${account}:mfa/js/${UserName}`);
  assert.equal(Buffer.from(VirtualMFADevice.QRCodePNG).subarray(1, 4).toString(), 'PNG');
  const seed = Buffer.from(VirtualMFADevice.Base32StringSeed).toString();
  const step = Math.floor(Date.now() / 30000);
  const who = { UserName, SerialNumber };
  await iam.send(new IAM.EnableMFADeviceCommand({ ...who, ...codesOf(seed, step) }));
  await refused('InvalidAuthenticationCodeException',
    iam.send(new IAM.ResyncMFADeviceCommand({ ...who, ...codesOf(seed, step) })));
  await iam.send(new IAM.ResyncMFADeviceCommand({ ...who, ...codesOf(seed, step + 2) }));
  const { MFADevices } = await iam.send(new IAM.ListMFADevicesCommand({ UserName }));
  assert.deepEqual(MFADevices.map((device) => device.SerialNumber), [SerialNumber]);
  assert.ok(MFADevices[0].EnableDate instanceof Date);
  const { VirtualMFADevices } = await iam.send(new IAM.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }));
  assert.deepEqual(VirtualMFADevices.map((device) => device.User.UserName), [UserName]);
  await iam.send(new IAM.TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'b', Value: '2' }] }));
  await iam.send(new IAM.UntagMFADeviceCommand({ SerialNumber, TagKeys: ['a'] }));
  const listed = await iam.send(new IAM.ListMFADeviceTagsCommand({ SerialNumber }));
  assert.deepEqual(listed.Tags, [{ Key: 'b', Value: '2' }]);
  await iam.send(new IAM.DeactivateMFADeviceCommand(who));
  await iam.send(new IAM.DeleteVirtualMFADeviceCommand({ SerialNumber }));
  const key = await iam.send(new IAM.GetMFADeviceCommand({
    UserName: 'js-key-owner', SerialNumber: process.env.IAMD_SECURITY_KEY }));
  assert.deepEqual(key.Certifications, { FIDO: 'L1' });
});

test('SSH public keys', async () => {
  const UserName = named('ssh');
  await iam.send(new IAM.CreateUserCommand({ UserName }));
  const SSHPublicKeyBody = newPem('rsa', { modulusLength: 2048 }).publicKey;
  const { SSHPublicKey } = await iam.send(new IAM.UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }));
  const key = { UserName, SSHPublicKeyId: SSHPublicKey.SSHPublicKeyId };
  const got = await iam.send(new IAM.GetSSHPublicKeyCommand({ ...key, Encoding: 'PEM' }));
  assert.equal(got.SSHPublicKey.SSHPublicKeyBody, SSHPublicKeyBody);
  await iam.send(new IAM.UpdateSSHPublicKeyCommand({ ...key, Status: 'Inactive' }));
  const { SSHPublicKeys } = await iam.send(new IAM.ListSSHPublicKeysCommand({ UserName }));
  assert.deepEqual(SSHPublicKeys.map((row) => row.Status), ['Inactive']);
  await iam.send(new IAM.DeleteSSHPublicKeyCommand(key));
  await iam.send(new IAM.DeleteUserCommand({ UserName }));
});

test('signing certificates', async () => {
  const UserName = named('signing');
  await iam.send(new IAM.CreateUserCommand({ UserName }));
  const CertificateBody = vector('leaf.pem');
  const { Certificate } = await iam.send(new IAM.UploadSigningCertificateCommand({ UserName, CertificateBody }));
  assert.equal(Certificate.CertificateId.length, 32);
  const certificate = { UserName, CertificateId: Certificate.CertificateId };
  await iam.send(new IAM.UpdateSigningCertificateCommand({ ...certificate, Status: 'Inactive' }));
  const { Certificates } = await iam.send(new IAM.ListSigningCertificatesCommand({ UserName }));
  assert.deepEqual(Certificates, [{ ...Certificate, Status: 'Inactive' }]);
  await iam.send(new IAM.DeleteSigningCertificateCommand(certificate));
  await iam.send(new IAM.DeleteUserCommand({ UserName }));
});

test('identity providers', async () => {
  const Url = `https://js-${suffix}.example.com`;
  const ThumbprintList = ['0'.repeat(40)];
  const { OpenIDConnectProviderArn } = await iam.send(
    new IAM.CreateOpenIDConnectProviderCommand({ Url, ThumbprintList, ClientIDList: ['a'] }));
  const which = { OpenIDConnectProviderArn };
  await iam.send(new IAM.AddClientIDToOpenIDConnectProviderCommand({ ...which, ClientID: 'b' }));
  await iam.send(new IAM.RemoveClientIDFromOpenIDConnectProviderCommand({ ...which, ClientID: 'a' }));
  await iam.send(new IAM.UpdateOpenIDConnectProviderThumbprintCommand({ ...which, ThumbprintList }));
  await iam.send(new IAM.TagOpenIDConnectProviderCommand({ ...which, Tags: [{ Key: 'k', Value: 'v' }] }));
  const { Tags } = await iam.send(new IAM.ListOpenIDConnectProviderTagsCommand(which));
  assert.deepEqual(Tags, [{ Key: 'k', Value: 'v' }]);
  await iam.send(new IAM.UntagOpenIDConnectProviderCommand({ ...which, TagKeys: ['k'] }));
  const got = await iam.send(new IAM.GetOpenIDConnectProviderCommand(which));
  assert.deepEqual([`https://${got.Url}`, got.ClientIDList, got.ThumbprintList], [Url, ['b'], ThumbprintList]);
  assert.ok(got.CreateDate instanceof Date);
  const { OpenIDConnectProviderList } = await iam.send(new IAM.ListOpenIDConnectProvidersCommand({}));
  assert.ok(OpenIDConnectProviderList.some((one) => one.Arn === OpenIDConnectProviderArn));
  await iam.send(new IAM.DeleteOpenIDConnectProviderCommand(which));
  await refused('NoSuchEntityException', iam.send(new IAM.GetOpenIDConnectProviderCommand(which)));

  const SAMLMetadataDocument = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">' +
    `<IDPSSODescriptor/></EntityDescriptor><!--${'x'.repeat(1000)}-->`;
  const AddPrivateKey = newPem('ec', { namedCurve: 'P-256' }).privateKey;
  const { SAMLProviderArn } = await iam.send(
    new IAM.CreateSAMLProviderCommand({ Name: `js-${suffix}`, SAMLMetadataDocument, AddPrivateKey }));
  const saml = { SAMLProviderArn };
  await iam.send(new IAM.TagSAMLProviderCommand({ ...saml, Tags: [{ Key: 'k', Value: 'v' }] }));
  assert.deepEqual((await iam.send(new IAM.ListSAMLProviderTagsCommand(saml))).Tags, [{ Key: 'k', Value: 'v' }]);
  await iam.send(new IAM.UntagSAMLProviderCommand({ ...saml, TagKeys: ['k'] }));
  await iam.send(new IAM.UpdateSAMLProviderCommand({ ...saml, AssertionEncryptionMode: 'Required' }));
  const shown = await iam.send(new IAM.GetSAMLProviderCommand(saml));
  assert.equal(shown.SAMLMetadataDocument, SAMLMetadataDocument);
  assert.match(shown.SAMLProviderUUID, /^SAMLSP/);
  assert.equal(shown.AssertionEncryptionMode, 'Required');
  assert.match(shown.PrivateKeyList[0].KeyId, /^SAMLPK/);
  const { SAMLProviderList } = await iam.send(new IAM.ListSAMLProvidersCommand({}));
  assert.ok(SAMLProviderList.some((one) => one.Arn === SAMLProviderArn && one.ValidUntil > one.CreateDate));
  await iam.send(new IAM.DeleteSAMLProviderCommand(saml));
  await refused('NoSuchEntityException', iam.send(new IAM.GetSAMLProviderCommand(saml)));
});

test('server certificates', async () => {
  const ServerCertificateName = named('web');
  const who = { ServerCertificateName };
  const leaf = { CertificateBody: vector('leaf.pem'), PrivateKey: vector('leaf.key') };
  const made = await iam.send(new IAM.UploadServerCertificateCommand({ ...who, ...leaf, CertificateChain: vector('inter.pem') }));
  assert.equal(made.ServerCertificateMetadata.Expiration.getUTCFullYear(), 2120);
  await iam.send(new IAM.TagServerCertificateCommand({ ...who, Tags: [{ Key: 'a', Value: 'b' }, { Key: 'c', Value: '' }] }));
  await iam.send(new IAM.UntagServerCertificateCommand({ ...who, TagKeys: ['a'] }));
  const { Tags } = await iam.send(new IAM.ListServerCertificateTagsCommand(who));
  assert.deepEqual(Tags, [{ Key: 'c', Value: '' }]);
  await iam.send(new IAM.UpdateServerCertificateCommand({ ...who, NewPath: '/js/' }));
  const { ServerCertificate } = await iam.send(new IAM.GetServerCertificateCommand(who));
  assert.equal(ServerCertificate.CertificateBody, leaf.CertificateBody);
  assert.deepEqual(ServerCertificate.Tags, Tags);
  const listed = await iam.send(new IAM.ListServerCertificatesCommand({ PathPrefix: '/js/' }));
  assert.deepEqual(listed.ServerCertificateMetadataList, [ServerCertificate.ServerCertificateMetadata]);
  await refused('KeyPairMismatchException', iam.send(new IAM.UploadServerCertificateCommand({ ...who, ...leaf, PrivateKey: vector('ec.key') })));
  await iam.send(new IAM.DeleteServerCertificateCommand(who));
});

test('preferences of STS and features of organizations', async () => {
  for (const [GlobalEndpointTokenVersion, number] of [['v2Token', 2], ['v1Token', 1]]) {
    await iam.send(new IAM.SetSecurityTokenServicePreferencesCommand({ GlobalEndpointTokenVersion }));
    const { SummaryMap } = await iam.send(new IAM.GetAccountSummaryCommand({}));
    assert.equal(SummaryMap.GlobalEndpointTokenVersion, number);
  }
  for (const Command of [
    IAM.ListOrganizationsFeaturesCommand, IAM.EnableOrganizationsRootCredentialsManagementCommand,
    IAM.EnableOrganizationsRootSessionsCommand, IAM.DisableOrganizationsRootSessionsCommand,
    IAM.DisableOrganizationsRootCredentialsManagementCommand]) {
    await refused('OrganizationNotFoundException', iam.send(new Command({})));
  }
});

test('outbound web identity federation', async () => {
  await refused('FeatureDisabledException', iam.send(new IAM.GetOutboundWebIdentityFederationInfoCommand({})));
  const { IssuerIdentifier } = await iam.send(new IAM.EnableOutboundWebIdentityFederationCommand({}));
  assert.match(IssuerIdentifier, /\/oidc\/[0-9a-f-]{36}$/);
  await refused('FeatureEnabledException', iam.send(new IAM.EnableOutboundWebIdentityFederationCommand({})));
  const info = await iam.send(new IAM.GetOutboundWebIdentityFederationInfoCommand({}));
  assert.equal(info.IssuerIdentifier, IssuerIdentifier);
  assert.equal(info.JwtVendingEnabled, true);
  await iam.send(new IAM.DisableOutboundWebIdentityFederationCommand({}));
  await refused('FeatureDisabledException', iam.send(new IAM.DisableOutboundWebIdentityFederationCommand({})));
});

test('policies of AWS and roles of services', async () => {
  const UserName = named('alice');
  const PolicyArn = 'arn:aws:iam::aws:policy/job-function/ViewOnlyAccess';
  await iam.send(new IAM.CreateUserCommand({ UserName }));
  await iam.send(new IAM.AttachUserPolicyCommand({ UserName, PolicyArn }));
  const { Policy } = await iam.send(new IAM.GetPolicyCommand({ PolicyArn }));
  assert.equal(Policy.AttachmentCount, 1);
  assert.ok(Policy.UpdateDate instanceof Date);
  const AWSServiceName = 'lexv2.amazonaws.com';
  const { Role } = await iam.send(new IAM.CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix: 'js' }));
  assert.equal(Role.Path, `/aws-service-role/${AWSServiceName}/`);
  const { DeletionTaskId } = await iam.send(new IAM.DeleteServiceLinkedRoleCommand({ RoleName: Role.RoleName }));
  const { Status } = await iam.send(new IAM.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  assert.equal(Status, 'SUCCEEDED');
});

test('errors are classes with fields', async () => {
  const error = await refused('NoSuchEntityException', iam.send(new IAM.GetUserCommand({ UserName: 'nobody' })));
  assert.ok(error instanceof IAM.NoSuchEntityException);
  assert.equal(error.$metadata.httpStatusCode, 404);
  assert.ok(error.$metadata.requestId);
  assert.equal(error.message, 'The user with name nobody cannot be found.');
});

test('login profiles', async () => {
  const UserName = named('sessions');
  const own = iamOf(await login(UserName));
  const weak = await refused('PasswordPolicyViolationException', iam.send(new IAM.CreateLoginProfileCommand({
    UserName, Password: 'abcdefg1',
  })));
  assert.ok(weak instanceof IAM.PasswordPolicyViolationException);
  const { LoginProfile } = await iam.send(new IAM.CreateLoginProfileCommand({
    UserName, Password: 'Grüße & 1 + 1', PasswordResetRequired: true,
  }));
  assert.equal(LoginProfile.UserName, UserName);
  assert.equal(LoginProfile.PasswordResetRequired, true);
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'iam:GetLoginProfile')),
  }));
  // Without a name: the caller's own.
  const got = await own.send(new IAM.GetLoginProfileCommand({}));
  assert.deepEqual(got.LoginProfile, LoginProfile);
  await refused('AccessDenied', own.send(new IAM.DeleteLoginProfileCommand({})));
  await iam.send(new IAM.UpdateLoginProfileCommand({ UserName, PasswordResetRequired: false }));
  await iam.send(new IAM.DeleteLoginProfileCommand({ UserName }));
  await refused('NoSuchEntityException', own.send(new IAM.GetLoginProfileCommand({})));
});

test('passwords and service-specific credentials', async () => {
  const UserName = named('frank');
  const own = iamOf(await login(UserName));
  await iam.send(new IAM.CreateLoginProfileCommand({ UserName, Password: 'Correct horse 1' }));
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'iam:ChangePassword')),
  }));
  await own.send(new IAM.ChangePasswordCommand({
    OldPassword: 'Correct horse 1', NewPassword: 'Correct horse 2',
  }));
  await refused('InvalidUserTypeException', iam.send(new IAM.ChangePasswordCommand({
    OldPassword: 'x', NewPassword: 'y',
  })));
  const { ServiceSpecificCredential } = await iam.send(new IAM.CreateServiceSpecificCredentialCommand({
    UserName, ServiceName: 'logs.amazonaws.com', CredentialAgeDays: 2,
  }));
  const which = {
    UserName, ServiceSpecificCredentialId: ServiceSpecificCredential.ServiceSpecificCredentialId,
  };
  assert.match(ServiceSpecificCredential.ServiceCredentialSecret, /^ACWL/);
  await iam.send(new IAM.UpdateServiceSpecificCredentialCommand({ ...which, Status: 'Inactive' }));
  const again = await iam.send(new IAM.ResetServiceSpecificCredentialCommand(which));
  assert.deepEqual(again.ServiceSpecificCredential.ExpirationDate,
    ServiceSpecificCredential.ExpirationDate);
  const listed = await iam.send(new IAM.ListServiceSpecificCredentialsCommand({ UserName }));
  assert.deepEqual(listed.ServiceSpecificCredentials.map((one) => one.Status), ['Inactive']);
  await iam.send(new IAM.DeleteServiceSpecificCredentialCommand(which));
});

test('the credential report', async () => {
  let state = await iam.send(new IAM.GenerateCredentialReportCommand({}));
  while (state.State !== 'COMPLETE') {
    await new Promise((done) => { setTimeout(done, 100); });
    state = await iam.send(new IAM.GenerateCredentialReportCommand({}));
  }
  const report = await iam.send(new IAM.GetCredentialReportCommand({}));
  assert.match(Buffer.from(report.Content).toString(), /^user,arn,.*\n<root_account>,/);
  assert.equal(report.ReportFormat, 'text/csv');
});

test('last accessed', async () => {
  const UserName = named('used');
  const { User } = await iam.send(new IAM.CreateUserCommand({ UserName }));
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 's3:*')),
  }));
  const { JobId } = await iam.send(new IAM.GenerateServiceLastAccessedDetailsCommand({ Arn: User.Arn }));
  let report = await iam.send(new IAM.GetServiceLastAccessedDetailsCommand({ JobId }));
  while (report.JobStatus === 'IN_PROGRESS') {
    await new Promise((done) => { setTimeout(done, 100); });
    report = await iam.send(new IAM.GetServiceLastAccessedDetailsCommand({ JobId }));
  }
  assert.equal(report.JobStatus, 'COMPLETED');
  assert.ok(report.JobCompletionDate instanceof Date);
  assert.deepEqual(report.ServicesLastAccessed, [
    { ServiceName: 'Amazon S3', ServiceNamespace: 's3', TotalAuthenticatedEntities: 0 },
  ]);
  const who = await iam.send(new IAM.GetServiceLastAccessedDetailsWithEntitiesCommand({
    JobId, ServiceNamespace: 's3',
  }));
  assert.deepEqual(who.EntityDetailsList.map((one) => one.EntityInfo.Name), [UserName]);
  const granting = await iam.send(new IAM.ListPoliciesGrantingServiceAccessCommand({
    Arn: User.Arn, ServiceNamespaces: ['s3', 'ec2'],
  }));
  assert.deepEqual(granting.PoliciesGrantingServiceAccess.map((one) => one.Policies.length), [1, 0]);
  await refused('AccessDenied', iam.send(new IAM.GenerateOrganizationsAccessReportCommand({
    EntityPath: 'o-a1b2c3d4e5/r-ab12',
  })));
  await refused('NoSuchEntityException', iam.send(new IAM.GetOrganizationsAccessReportCommand({ JobId })));
});

test('delegation requests', async () => {
  const asked = await iam.send(new IAM.CreateDelegationRequestCommand({
    Description: 'Sets up Acme.',
    RequestorWorkflowId: named('workflow'),
    NotificationChannel: `arn:aws:sns:us-east-1:${account}:delegations`,
    SessionDuration: 7200,
    OnlySendByOwner: true,
    Permissions: {
      PolicyTemplateArn: 'arn:aws:iam::aws:delegation-template/acme/Setup',
      Parameters: [{ Name: 'bucketName', Values: ['data'], Type: 'string' }],
    },
  }));
  const which = { DelegationRequestId: asked.DelegationRequestId };
  await iam.send(new IAM.AssociateDelegationRequestCommand(which));
  await iam.send(new IAM.UpdateDelegationRequestCommand({ ...which, Notes: 'n' }));
  await iam.send(new IAM.AcceptDelegationRequestCommand(which));
  await iam.send(new IAM.RejectDelegationRequestCommand({ ...which, Notes: 'no' }));
  const got = await iam.send(new IAM.GetDelegationRequestCommand({
    ...which, DelegationPermissionCheck: true,
  }));
  assert.equal(got.PermissionCheckResult, 'ALLOWED');
  assert.equal(got.DelegationRequest.State, 'REJECTED');
  assert.equal(got.DelegationRequest.OnlySendByOwner, true);
  assert.deepEqual(got.DelegationRequest.Permissions.Parameters[0].Values, ['data']);
  assert.ok(got.DelegationRequest.ExpirationTime > new Date());
  const page = await iam.send(new IAM.ListDelegationRequestsCommand({}));
  assert.equal(page.isTruncated, false);
  assert.ok(page.DelegationRequests.some((one) => one.DelegationRequestId === asked.DelegationRequestId));
  const summary = await iam.send(new IAM.GetHumanReadableSummaryCommand({
    EntityArn: `arn:aws:iam::${account}:delegation-request/${asked.DelegationRequestId}`,
  }));
  assert.equal(summary.SummaryState, 'AVAILABLE');
  assert.match(summary.SummaryContent, /^Acme, with the account \d{12}, asks for access/);
  await refused('ConcurrentModificationException',
    iam.send(new IAM.AcceptDelegationRequestCommand(which)));
});

test('tokens for others', async () => {
  const sts = stsOf();
  const { IssuerIdentifier: issuer } = await iam.send(new IAM.EnableOutboundWebIdentityFederationCommand({}));
  const configuration = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(configuration.issuer, issuer);
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
  const audience = 'https://api.example.com';
  for (const SigningAlgorithm of ['RS256', 'ES384']) {
    const answer = await sts.send(new STS.GetWebIdentityTokenCommand({
      Audience: [audience, 'other'], SigningAlgorithm, DurationSeconds: 120, Tags: [{ Key: 'job', Value: 'é' }],
    }));
    const wanted = { issuer, audience, algorithms: [SigningAlgorithm], typ: 'JWT' };
    const { payload } = await jwtVerify(answer.WebIdentityToken, keys, wanted);
    assert.equal(payload.sub, `arn:aws:iam::${account}:root`);
    assert.deepEqual(payload['https://sts.amazonaws.com/'].request_tags, { job: 'é' });
    assert.equal(payload.exp * 1000, answer.Expiration.getTime());
    assert.equal(decodeProtectedHeader(answer.WebIdentityToken).alg, SigningAlgorithm);
    await assert.rejects(jwtVerify(answer.WebIdentityToken, keys, { ...wanted, audience: 'a third one' }));
    const [head, claims, signature] = answer.WebIdentityToken.split('.');
    const forged = Buffer.from(claims, 'base64url').toString().replace(':root', ':user/x');
    await assert.rejects(jwtVerify(
      [head, Buffer.from(forged).toString('base64url'), signature].join('.'), keys, wanted));
  }
  await refused('SessionDurationEscalationException', (async () => {
    const RoleName = named('short');
    const made = await iam.send(new IAM.CreateRoleCommand({
      RoleName, AssumeRolePolicyDocument: trustOf(`arn:aws:iam::${account}:root`) }));
    await iam.send(new IAM.PutRolePolicyCommand({
      RoleName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'sts:*')) }));
    const UserName = named('assumes');
    const key = await login(UserName);
    await iam.send(new IAM.PutUserPolicyCommand({
      UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'sts:*')) }));
    const { Credentials } = await stsOf(key).send(new STS.AssumeRoleCommand({
      RoleArn: made.Role.Arn, RoleSessionName: 's1', DurationSeconds: 900 }));
    await stsOf({
      accessKeyId: Credentials.AccessKeyId, secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
    }).send(new STS.GetWebIdentityTokenCommand({
      Audience: [audience], SigningAlgorithm: 'ES384', DurationSeconds: 3600 }));
  })());
  await iam.send(new IAM.DisableOutboundWebIdentityFederationCommand({}));
  await refused('OutboundWebIdentityFederationDisabledException', sts.send(
    new STS.GetWebIdentityTokenCommand({ Audience: [audience], SigningAlgorithm: 'ES384' })));
});

test('delegated access', async () => {
  const sts = stsOf();
  const answer = await sts.send(new STS.GetDelegatedAccessTokenCommand({ TradeInToken: process.env.IAMD_TRADE_IN }));
  assert.equal(answer.AssumedPrincipal, `arn:aws:iam::${account}:root`);
  const key = answer.Credentials;
  const who = await stsOf({
    accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey, sessionToken: key.SessionToken,
  }).send(new STS.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, answer.AssumedPrincipal);
  const made = await iam.send(new IAM.CreateDelegationRequestCommand({
    Description: 'Sets up Acme.',
    RequestorWorkflowId: named('workflow-sent'),
    NotificationChannel: `arn:aws:sns:us-east-1:${account}:delegations`,
    SessionDuration: 7200,
    Permissions: {
      PolicyTemplateArn: 'arn:aws:iam::aws:delegation-template/acme/Setup',
      Parameters: [{ Name: 'bucketName', Values: ['data'], Type: 'string' }],
    },
  }));
  const which = { DelegationRequestId: made.DelegationRequestId };
  await iam.send(new IAM.AssociateDelegationRequestCommand(which));
  await iam.send(new IAM.AcceptDelegationRequestCommand(which));
  await iam.send(new IAM.SendDelegationTokenCommand(which));
  const got = await iam.send(new IAM.GetDelegationRequestCommand(which));
  assert.equal(got.DelegationRequest.State, 'FINALIZED');
  await refused('ValidationError', sts.send(new STS.GetDelegatedAccessTokenCommand({ TradeInToken: 'AQAB' })));
});

test('details of a denial and whose a key is', async () => {
  const sts = stsOf();
  const { DecodedMessage } = await sts.send(new STS.DecodeAuthorizationMessageCommand({
    EncodedMessage: process.env.IAMD_MESSAGE }));
  const message = JSON.parse(DecodedMessage);
  assert.equal(message.allowed, false);
  assert.equal(message.context.action, 'ec2:StopInstances');
  await refused('InvalidAuthorizationMessageException', sts.send(
    new STS.DecodeAuthorizationMessageCommand({ EncodedMessage: 'AQAB' })));
  const { Account } = await sts.send(new STS.GetAccessKeyInfoCommand({ AccessKeyId: rootKey.accessKeyId }));
  assert.equal(Account, account);
  await refused('AccessDenied', sts.send(new STS.AssumeRootCommand({
    TargetPrincipal: '444455556666',
    TaskPolicyArn: { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' },
  })));
});

test('role templates', async () => {
  const TemplateArn = 'arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1';
  const { RoleTemplateVersion } = await iam.send(new IAM.GetRoleTemplateVersionCommand({ TemplateArn }));
  assert.equal(RoleTemplateVersion.MaxSessionDuration, 3600);
  assert.ok(RoleTemplateVersion.CreateTimestamp instanceof Date);
  const RoleName = named('acquired');
  const ReplacementValues = {
    RoleName: { Values: [RoleName] }, AWSServiceName: { Values: ['lambda.amazonaws.com'] },
  };
  const made = await iam.send(new IAM.AcquireRoleCommand({ TemplateArn, ReplacementValues }));
  assert.equal(made.Role.RoleName, RoleName);
  const got = await iam.send(new IAM.GetRoleCommand({ RoleName }));
  assert.deepEqual(got.Role.SourceRoleTemplate, { TemplateArn, TemplateMinorVersion: 0 });
  await iam.send(new IAM.TagRoleCommand({ RoleName, Tags: [{ Key: 'k', Value: 'v' }] }));
  await refused('RoleModifiedException',
    iam.send(new IAM.AcquireRoleCommand({ TemplateArn, ReplacementValues })));
});

test('pages', async () => {
  const PathPrefix = `/js/${suffix}/`;
  const names = [];
  for (let i = 0; i < 12; i += 1) {
    names.push(`${named('page')}-${String(i).padStart(2, '0')}`);
    await iam.send(new IAM.CreateUserCommand({ UserName: names[i], Path: PathPrefix }));
  }
  const found = [];
  for await (const page of IAM.paginateListUsers({ client: iam, pageSize: 5 }, { PathPrefix })) {
    found.push(...page.Users.map((user) => user.UserName));
  }
  assert.deepEqual(found, names);
});

test('policies of every kind', async () => {
  const UserName = named('bob');
  const own = iamOf(await login(UserName));
  await refused('AccessDenied', own.send(new IAM.ListUsersCommand({})));
  const PolicyDocument = documentOf(statement('Allow', 'iam:ListUsers'));
  const { Policy } = await iam.send(new IAM.CreatePolicyCommand({ PolicyName: named('p'), PolicyDocument }));
  await iam.send(new IAM.AttachUserPolicyCommand({ UserName, PolicyArn: Policy.Arn }));
  await own.send(new IAM.ListUsersCommand({}));
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'no', PolicyDocument: documentOf(statement('Deny', 'iam:*')),
  }));
  const error = await refused('AccessDenied', own.send(new IAM.ListUsersCommand({})));
  assert.match(error.message, /with an explicit deny in an identity-based policy/);
  const got = await iam.send(new IAM.GetUserPolicyCommand({ UserName, PolicyName: 'no' }));
  assert.deepEqual(JSON.parse(decodeURIComponent(got.PolicyDocument)).Statement[0].Effect, 'Deny');
});

test('groups', async () => {
  const UserName = named('carol');
  const GroupName = named('devs');
  const own = iamOf(await login(UserName));
  await iam.send(new IAM.CreateGroupCommand({ GroupName }));
  await iam.send(new IAM.PutGroupPolicyCommand({
    GroupName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'iam:GetUser')),
  }));
  await iam.send(new IAM.AddUserToGroupCommand({ GroupName, UserName }));
  assert.equal((await own.send(new IAM.GetUserCommand({}))).User.UserName, UserName);
  const group = await iam.send(new IAM.GetGroupCommand({ GroupName }));
  assert.deepEqual(group.Users.map((user) => user.UserName), [UserName]);
});

test('assume a role', async () => {
  const UserName = named('dave');
  const key = await login(UserName);
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'sts:AssumeRole')),
  }));
  const { Role } = await iam.send(new IAM.CreateRoleCommand({
    RoleName: named('role'), AssumeRolePolicyDocument: trustOf(`arn:aws:iam::${account}:root`),
  }));
  await iam.send(new IAM.PutRolePolicyCommand({
    RoleName: Role.RoleName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'iam:List*')),
  }));
  const { Credentials, AssumedRoleUser } = await stsOf(key).send(new STS.AssumeRoleCommand({
    RoleArn: Role.Arn, RoleSessionName: 'js-session', DurationSeconds: 900,
    Policy: documentOf(statement('Allow', 'iam:ListUsers')),
  }));
  assert.ok(Credentials.Expiration instanceof Date && Credentials.Expiration > Date.now());
  const session = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  const who = await stsOf(session).send(new STS.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, AssumedRoleUser.Arn);
  await iamOf(session).send(new IAM.ListUsersCommand({}));
  await refused('AccessDenied', iamOf(session).send(new IAM.ListGroupsCommand({})));
});

// ---- sessions ----

const keyOf = ({ AccessKeyId, SecretAccessKey, SessionToken }) => ({
  accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken,
});

test('sessions of a user', async () => {
  const UserName = named('sessions-of');
  const key = await login(UserName);
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', '*')),
  }));
  const sts = stsOf(key);
  const made = await sts.send(new STS.GetSessionTokenCommand({ DurationSeconds: 900, MinimumSessionTokenSize: 2048 }));
  assert.ok(made.SessionTokenSize >= 2048 && made.SessionTokenUtilization > 0);
  assert.equal(made.SessionTokenSize, made.Credentials.SessionToken.length);
  const session = stsOf(keyOf(made.Credentials));
  assert.equal((await session.send(new STS.GetCallerIdentityCommand({}))).Arn, `arn:aws:iam::${account}:user/${UserName}`);
  await refused('AccessDenied', session.send(new STS.GetSessionTokenCommand({})));
  await refused('InvalidClientTokenId', iamOf(keyOf(made.Credentials)).send(new IAM.ListUsersCommand({})));
  const federated = await sts.send(new STS.GetFederationTokenCommand({
    Name: 'bob', Policy: documentOf(statement('Allow', 's3:*')), Tags: [{ Key: 'team', Value: 'blue' }],
  }));
  assert.equal(federated.FederatedUser.FederatedUserId, `${account}:bob`);
  assert.ok(federated.PackedPolicySize > 0);
});

test('scoped credentials', async () => {
  const UserName = named('fred');
  const key = await login(UserName);
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', ['sts:AssumeRole', 'iam:List*'])),
  }));
  const { Role } = await iam.send(new IAM.CreateRoleCommand({
    RoleName: named('scoped'), AssumeRolePolicyDocument: trustOf(`arn:aws:iam::${account}:root`),
  }));
  await iam.send(new IAM.PutRolePolicyCommand({
    RoleName: Role.RoleName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'iam:*')),
  }));
  const assumed = await stsOf(key).send(new STS.AssumeRoleCommand({ RoleArn: Role.Arn, RoleSessionName: 'js-session' }));
  const session = stsOf(keyOf(assumed.Credentials));
  const made = await session.send(new STS.GetScopedCredentialsCommand({
    Policy: documentOf(statement('Allow', 'iam:ListUsers')), ScopedSessionDescription: 'users only',
  }));
  assert.equal(made.SessionInfo.Arn, assumed.AssumedRoleUser.Arn);
  assert.equal(made.SessionInfo.ScopedSessionId, assumed.AssumedRoleUser.AssumedRoleId);
  assert.equal(made.ScopedPoliciesCount, 1);
  const scoped = iamOf(keyOf(made.Credentials));
  await scoped.send(new IAM.ListUsersCommand({}));
  await refused('AccessDenied', scoped.send(new IAM.ListGroupsCommand({})));
  await refused('InsufficientSessionLifetimeException', session.send(new STS.GetScopedCredentialsCommand({ DurationSeconds: 7200 })));
  await refused('InvalidSubjectCredentialsException', stsOf(key).send(new STS.GetScopedCredentialsCommand({ DurationSeconds: 60 })));
});

test('temporary credentials by themselves', async () => {
  const UserName = named('gina');
  const key = await login(UserName);
  await iam.send(new IAM.PutUserPolicyCommand({
    UserName, PolicyName: 'p', PolicyDocument: documentOf(statement('Allow', 'sts:AssumeRole')),
  }));
  const { VirtualMFADevice } = await iam.send(new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
  const { SerialNumber } = VirtualMFADevice;
  const seed = Buffer.from(VirtualMFADevice.Base32StringSeed).toString();
  const step = Math.floor(Date.now() / 30000);
  await iam.send(new IAM.EnableMFADeviceCommand({ UserName, SerialNumber, ...codesOf(seed, step - 1) }));
  const { Role } = await iam.send(new IAM.CreateRoleCommand({
    RoleName: named('with-mfa'),
    AssumeRolePolicyDocument: documentOf({
      Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:user/${UserName}` }, Action: 'sts:AssumeRole',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    }),
  }));
  const params = { RoleArn: Role.Arn, RoleSessionName: 'js-temporary', SerialNumber };
  const provider = (mfaCodeProvider) => fromTemporaryCredentials({
    masterCredentials: key, params, mfaCodeProvider, clientConfig: { endpoint, region: 'eu-west-1', maxAttempts: 1 },
  });
  await refused('AccessDenied', provider(async () => '000000')());
  const credentials = provider(async () => codesOf(seed, step).AuthenticationCode1);
  const who = await stsOf(credentials).send(new STS.GetCallerIdentityCommand({}));
  assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/${Role.RoleName}/js-temporary`);
});

test('who am I in any region', async () => {
  for (const region of ['us-east-1', 'eu-west-1', 'ap-northeast-3']) {
    const who = await stsOf(rootKey, region).send(new STS.GetCallerIdentityCommand({}));
    assert.equal(who.Arn, `arn:aws:iam::${account}:root`);
    await iamOf(rootKey, region).send(new IAM.ListUsersCommand({ MaxItems: 1 }));
  }
});

test('a wrong secret', async () => {
  const wrong = { accessKeyId: rootKey.accessKeyId, secretAccessKey: 'x'.repeat(40) };
  const error = await refused('SignatureDoesNotMatch', iamOf(wrong).send(new IAM.ListUsersCommand({})));
  assert.equal(error.$metadata.httpStatusCode, 403);
  const unknown = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x'.repeat(40) };
  await refused('InvalidClientTokenId', iamOf(unknown).send(new IAM.ListUsersCommand({})));
});

test('many requests at once', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => iam.send(new IAM.ListUsersCommand({ MaxItems: 3 }))));
  assert.equal(answers.length, 40);
});

// What no case above calls: docs/coverage.md needs each operation once with success.

const EC2 = documentOf({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
const READ = documentOf(statement('Allow', 's3:GetObject'));
const TAGS = [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }];
const REST = [{ Key: 'b', Value: '' }];
const call = (operation, input = {}) => iam.send(new IAM[`${operation}Command`](input));

async function policyOf() {
  const { Policy } = await call('CreatePolicy', { PolicyName: named(`policy${Math.random()}`), PolicyDocument: READ });
  return Policy.Arn;
}

async function roleOf(RoleName) {
  await call('CreateRole', { RoleName, AssumeRolePolicyDocument: EC2 });
  return { RoleName };
}

test('coverage of users', async () => {
  const who = { UserName: named('cover') };
  const PolicyArn = await policyOf();
  await call('CreateUser', who);
  await call('TagUser', { ...who, Tags: TAGS });
  await call('UntagUser', { ...who, TagKeys: ['a'] });
  assert.deepEqual((await call('ListUserTags', who)).Tags, REST);
  await call('PutUserPermissionsBoundary', { ...who, PermissionsBoundary: PolicyArn });
  await call('DeleteUserPermissionsBoundary', who);
  await call('AttachUserPolicy', { ...who, PolicyArn });
  const { AttachedPolicies } = await call('ListAttachedUserPolicies', who);
  assert.deepEqual(AttachedPolicies.map((row) => row.PolicyArn), [PolicyArn]);
  await call('DetachUserPolicy', { ...who, PolicyArn });
  await call('PutUserPolicy', { ...who, PolicyName: 'p', PolicyDocument: READ });
  assert.deepEqual((await call('ListUserPolicies', who)).PolicyNames, ['p']);
  await call('DeleteUserPolicy', { ...who, PolicyName: 'p' });
  await call('UpdateUser', { ...who, NewPath: '/x/' });
  assert.equal((await call('GetUser', who)).User.Path, '/x/');
});

test('coverage of access keys', async () => {
  const who = { UserName: named('keys') };
  await call('CreateUser', who);
  const { AccessKeyId } = (await call('CreateAccessKey', who)).AccessKey;
  const used = await call('GetAccessKeyLastUsed', { AccessKeyId });
  assert.deepEqual([used.UserName, used.AccessKeyLastUsed.Region], [who.UserName, 'N/A']);
  await call('UpdateAccessKey', { ...who, AccessKeyId, Status: 'Inactive' });
  const { AccessKeyMetadata } = await call('ListAccessKeys', who);
  assert.deepEqual(AccessKeyMetadata.map((row) => row.Status), ['Inactive']);
  await call('DeleteAccessKey', { ...who, AccessKeyId });
});

test('coverage of groups', async () => {
  const who = { GroupName: named('cover') };
  const UserName = named('member');
  const PolicyArn = await policyOf();
  await call('CreateGroup', who);
  await call('CreateUser', { UserName });
  await call('AddUserToGroup', { ...who, UserName });
  assert.deepEqual((await call('ListGroupsForUser', { UserName })).Groups.map((row) => row.GroupName), [who.GroupName]);
  assert.ok((await call('ListGroups')).Groups.some((row) => row.GroupName === who.GroupName));
  await call('PutGroupPolicy', { ...who, PolicyName: 'p', PolicyDocument: READ });
  assert.equal(decodeURIComponent((await call('GetGroupPolicy', { ...who, PolicyName: 'p' })).PolicyDocument), READ);
  assert.deepEqual((await call('ListGroupPolicies', who)).PolicyNames, ['p']);
  await call('AttachGroupPolicy', { ...who, PolicyArn });
  assert.equal((await call('ListAttachedGroupPolicies', who)).AttachedPolicies.length, 1);
  await call('UpdateGroup', { ...who, NewPath: '/x/' });
  await call('DetachGroupPolicy', { ...who, PolicyArn });
  await call('DeleteGroupPolicy', { ...who, PolicyName: 'p' });
  await call('RemoveUserFromGroup', { ...who, UserName });
  await call('DeleteGroup', who);
  await refused('NoSuchEntityException', call('GetGroup', who));
});

test('coverage of roles', async () => {
  const who = await roleOf(named('cover'));
  const PolicyArn = await policyOf();
  await call('TagRole', { ...who, Tags: TAGS });
  await call('UntagRole', { ...who, TagKeys: ['a'] });
  assert.deepEqual((await call('ListRoleTags', who)).Tags, REST);
  await call('PutRolePermissionsBoundary', { ...who, PermissionsBoundary: PolicyArn });
  await call('DeleteRolePermissionsBoundary', who);
  await call('AttachRolePolicy', { ...who, PolicyArn });
  assert.equal((await call('ListAttachedRolePolicies', who)).AttachedPolicies.length, 1);
  await call('PutRolePolicy', { ...who, PolicyName: 'p', PolicyDocument: READ });
  assert.equal(decodeURIComponent((await call('GetRolePolicy', { ...who, PolicyName: 'p' })).PolicyDocument), READ);
  assert.deepEqual((await call('ListRolePolicies', who)).PolicyNames, ['p']);
  await call('UpdateRole', { ...who, MaxSessionDuration: 7200 });
  assert.equal((await call('UpdateRoleDescription', { ...who, Description: 'two' })).Role.Description, 'two');
  await call('UpdateAssumeRolePolicy', { ...who, PolicyDocument: EC2 });
  assert.equal((await call('GetRole', who)).Role.MaxSessionDuration, 7200);
  assert.ok((await call('ListRoles')).Roles.some((row) => row.RoleName === who.RoleName));
  await call('DetachRolePolicy', { ...who, PolicyArn });
  await call('DeleteRolePolicy', { ...who, PolicyName: 'p' });
  await call('DeleteRole', who);
  await refused('NoSuchEntityException', call('GetRole', who));
});

test('coverage of policies', async () => {
  const PolicyArn = await policyOf();
  const which = { PolicyArn };
  await call('CreatePolicyVersion', { ...which, PolicyDocument: READ });
  await call('SetDefaultPolicyVersion', { ...which, VersionId: 'v2' });
  const { Versions } = await call('ListPolicyVersions', which);
  assert.deepEqual(Versions.map((row) => row.IsDefaultVersion), [true, false]);
  const { PolicyVersion } = await call('GetPolicyVersion', { ...which, VersionId: 'v1' });
  assert.equal(decodeURIComponent(PolicyVersion.Document), READ);
  await call('DeletePolicyVersion', { ...which, VersionId: 'v1' });
  await call('TagPolicy', { ...which, Tags: TAGS });
  await call('UntagPolicy', { ...which, TagKeys: ['a'] });
  assert.deepEqual((await call('ListPolicyTags', which)).Tags, REST);
  assert.deepEqual((await call('ListEntitiesForPolicy', which)).PolicyRoles, []);
  assert.ok((await call('ListPolicies', { Scope: 'Local' })).Policies.some((row) => row.Arn === PolicyArn));
  await call('DeletePolicy', which);
  await refused('NoSuchEntityException', call('GetPolicy', which));
});

test('coverage of instance profiles', async () => {
  const who = { InstanceProfileName: named('cover') };
  const role = await roleOf(named('machine'));
  await call('CreateInstanceProfile', { ...who, Path: '/x/' });
  await call('TagInstanceProfile', { ...who, Tags: TAGS });
  await call('UntagInstanceProfile', { ...who, TagKeys: ['a'] });
  assert.deepEqual((await call('ListInstanceProfileTags', who)).Tags, REST);
  await call('AddRoleToInstanceProfile', { ...who, ...role });
  const { InstanceProfile } = await call('GetInstanceProfile', who);
  assert.deepEqual(InstanceProfile.Roles.map((row) => row.RoleName), [role.RoleName]);
  assert.equal((await call('ListInstanceProfiles', { PathPrefix: '/x/' })).InstanceProfiles.length, 1);
  assert.equal((await call('ListInstanceProfilesForRole', role)).InstanceProfiles.length, 1);
  await call('RemoveRoleFromInstanceProfile', { ...who, ...role });
  await call('DeleteInstanceProfile', who);
});

test('coverage of account properties', async () => {
  await call('PutAccountProperties', { Properties: { 'RoleManager/Enabled': 'false' } });
  assert.deepEqual((await call('GetAccountProperties')).Properties, { 'RoleManager/Enabled': 'false' });
});

for (const { name, run } of cases) {
  let error = null;
  try {
    await run();
  } catch (failure) {
    error = String(failure && failure.stack ? failure.stack : failure).slice(0, 1500);
  }
  console.log(JSON.stringify({ name, error }));
}
process.exit(0);
