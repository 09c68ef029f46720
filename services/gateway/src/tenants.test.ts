import { AppError, type ErrorCode } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DESTINATION, OURS } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;
const s3 = { kind: 's3', host: 's3.example.com', bucket: 'backup' };
const secrets = { kind: 's3', accessKey: 'access', secretKey: 'hidden-secret' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('tenants and what they hold', () => {
  it('registers a tenant with a secret or a certificate', async () => {
    const tenant = {
      displayName: ' Contoso ',
      directoryId: 'd0000000-0000-4000-8000-000000000000',
      clientId: 'c0000000-0000-4000-8000-000000000000',
    };
    const credential = { kind: 'secret', clientSecret: 'hunter2' };
    const made = await gateway.call('POST', 'tenants', { body: { ...tenant, credential } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ tenantId: OURS, credentialKind: 'secret' });
    expect(JSON.stringify(made.body)).not.toContain('hunter2');
    expect(lastRequest('createTenant')).toMatchObject({
      displayName: 'Contoso',
      cloud: 'global',
      credential: { clientSecret: 'hunter2', certificate: '' },
    });
    const pem = (label: string) => `-----BEGIN ${label}-----\nAA==\n-----END ${label}-----\n`;
    const certificate = { kind: 'certificate', privateKey: pem('PRIVATE KEY'), certificate: pem('CERTIFICATE') };
    await gateway.call('PATCH', ours, { body: { credential: certificate } });
    expect(lastRequest('updateTenant')).toMatchObject({
      displayName: '',
      credential: { clientSecret: '', certificatePrivateKey: certificate.privateKey },
    });
  });

  it('leaves no key of a deleted tenant alive, whatever broke off the first time', async () => {
    const key = await gateway.makeKey(`${ours}/api-keys`, 'customer-admin');
    // Auth deleted it, and its answer was lost; so was the tenant when it was asked for again.
    const codes: ErrorCode[] = ['DEPENDENCY_UNAVAILABLE', 'NOT_FOUND'];
    gateway.fakes.answers.TenantService['deleteTenant'] = () => {
      throw new AppError(codes.shift() ?? 'NOT_FOUND', 'There is no tenant.');
    };
    await gateway.call('DELETE', ours);
    expect(codes).toEqual(['NOT_FOUND']);
    await gateway.call('DELETE', ours);
    expect((await gateway.call('GET', 'caller', { key })).status).toBe(401);
  });

  it('tests a tenant and names what is missing', async () => {
    const { body } = await gateway.call('POST', `${ours}/test`);
    expect(body.steps).toEqual([
      { name: 'mail', ok: false, message: 'Mail.Read is missing.', missingPermissions: ['Mail.Read'] },
    ]);
  });

  it('lists accounts in pages', async () => {
    const { body } = await gateway.call('GET', `${ours}/accounts?pageSize=7&pageToken=t&startsWith=an`);
    expect(body.rows[0]).toMatchObject({ accountId: 'u1', address: 'ann@example.com' });
    expect(lastRequest('listAccounts')).toEqual({ tenantId: OURS, pageSize: 7, pageToken: 't', startsWith: 'an' });
  });

  it('saves a destination with its credentials apart, and tests it before and after', async () => {
    const body = { displayName: 'Bucket', settings: s3, credentials: secrets };
    const made = await gateway.call('POST', `${ours}/destinations`, { body });
    expect(made.body).toMatchObject({ destinationId: DESTINATION, settings: { ...s3, tls: true } });
    const { settingsJson, credentialsJson } = lastRequest('createDestination') ?? {};
    expect(settingsJson).not.toContain('hidden-secret');
    expect(JSON.parse(String(credentialsJson))).toEqual(secrets);
    const { displayName: _, ...place } = body;
    expect((await gateway.call('POST', `${ours}/destinations/test`, { body: place })).body.ok).toBe(true);
    expect((await gateway.call('POST', `${ours}/destinations/${DESTINATION}/test`)).body.ok).toBe(true);
    expect(lastRequest('testDestination')).toMatchObject({ destinationId: DESTINATION, settingsJson: '' });
    expect((await gateway.call('DELETE', `${ours}/destinations/${DESTINATION}`)).status).toBe(204);
  });

  it('changes a destination as of a version, and passes no secret on where none is given', async () => {
    const at = `${ours}/destinations/${DESTINATION}`;
    const body = { version: 2, displayName: 'Other', settings: { ...s3, bucket: 'others' } };
    expect((await gateway.call('PUT', at, { body })).body).toMatchObject({ destinationId: DESTINATION, version: 2 });
    const { settingsJson, ...sent } = lastRequest('changeDestination') ?? {};
    expect(sent).toEqual({
      tenantId: OURS,
      destinationId: DESTINATION,
      version: 2,
      displayName: 'Other',
      credentialsJson: '',
    });
    expect(JSON.parse(String(settingsJson))).toMatchObject({ bucket: 'others' });
    await gateway.call('PUT', at, { body: { ...body, credentials: secrets } });
    expect(JSON.parse(String(lastRequest('changeDestination')?.['credentialsJson']))).toEqual(secrets);
    const unversioned = await gateway.call('PUT', at, { body: { ...body, version: undefined } });
    expect([unversioned.status, JSON.stringify(unversioned.body)]).toEqual([400, expect.stringContaining('version')]);
  });

  it('wants credentials of the kind of the settings', async () => {
    for (const credentials of [undefined, { kind: 'folder' }]) {
      const body = { displayName: 'Bucket', settings: s3, credentials };
      const { status, body: answer } = await gateway.call('POST', `${ours}/destinations`, { body });
      expect([status, answer.error.problems[0]?.field]).toEqual([400, 'credentials']);
    }
  });
});
