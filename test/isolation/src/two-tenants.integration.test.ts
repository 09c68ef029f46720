import { emptyTaskReport, type GrantClaims } from '@holdfast/contracts';
import { TaskState } from '@holdfast/contracts/scheduler/v1';
import {
  isAppError,
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { connectGrpc, ProcessIdentity, signGrant, type GrpcConnection, type ServiceName } from '@holdfast/platform';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { methodsOfContracts, type Method } from './contracts.suite.js';
import { callApi, operationsOf, type Operation } from './operations.suite.js';
import { startTwoTenants, type TenantIds, type TwoTenants } from './two-tenants.suite.js';

/** Above every epoch that an installation has given out by now. */
const LATEST_EPOCH = 4_000_000_000;
/** What a crawler may call without a grant: that is how it comes by one. */
const LEASES = ['TaskService.leaseTask', 'TaskService.leaseNextTask'];

const methods = methodsOfContracts();
const connections = new Map<string, GrpcConnection>();
let both: TwoTenants;
let operations: readonly Operation[];
beforeAll(async () => {
  both = await startTwoTenants();
  operations = await operationsOf(both.url);
}, 300_000);
afterAll(async () => {
  for (const connection of connections.values()) connection.close();
  await both.close();
}, 60_000);

const nameOf = ({ service, name }: Method) => `${service}.${name}`;

/** What cannot be in an answer to anybody but its tenant. Accounts and items have the same ids in both. */
function ownWords({ resourceId: _, itemId: __, apiKey: ___, ...ids }: TenantIds): readonly string[] {
  return Object.values(ids);
}

const leaksIn = (answer: string) => ownWords(both.theirs).filter((word) => answer.includes(word));

describe('two tenants with the same accounts, items, names and folder', () => {
  it('are alike', () => {
    const { ours, theirs } = both;
    expect([theirs.resourceId, theirs.itemId]).toEqual([ours.resourceId, ours.itemId]);
    expect(ownWords(ours).filter((word) => ownWords(theirs).includes(word) || word === '')).toEqual([]);
  });
});

describe('every HTTP route', () => {
  const call = (operation: Operation, key: string | undefined, ids: Partial<TenantIds>, more: object = {}) =>
    callApi(both.url, operation, { key, ids: { exportId: 'e'.repeat(43), ...ids }, ...more });
  const inTenant = () => operations.filter(({ path }) => path.includes('{tenantId}'));

  it('asks for a key', async () => {
    const open = [];
    for (const operation of operations.filter(({ isOpen }) => !isOpen))
      if ((await call(operation, undefined, both.ours)).status !== 401) open.push(operation.id);
    expect(open).toEqual([]);
  });

  it('hides a tenant from the key of another', async () => {
    const wrong = [];
    for (const operation of inTenant()) {
      const { status, body } = await call(operation, both.ours.apiKey, both.theirs);
      if (![403, 404].includes(status)) wrong.push([operation.id, status, body]);
    }
    expect(inTenant().length).toBeGreaterThan(40);
    expect(wrong).toEqual([]);
  }, 60_000);

  it('finds nothing of another tenant’s under the caller’s own', async () => {
    const mixed = { ...both.theirs, tenantId: both.ours.tenantId };
    const wrong = [];
    let tried = 0;
    for (const operation of inTenant()) {
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).slice(1);
      if (names.length > 0) {
        tried += 1;
        const { status, body } = await call(operation, both.ours.apiKey, mixed);
        if (status < 400) wrong.push([operation.id, status, body]);
      }
      for (const query of operation.query.filter((name) => name in mixed || name === 'asOfJobId')) {
        tried += 1;
        const value = query === 'asOfJobId' ? mixed.jobId : mixed[query as keyof TenantIds];
        const { status, body } = await call(operation, both.ours.apiKey, both.ours, { query: { [query]: value } });
        const words = leaksIn(body).filter((word) => word !== value);
        if (status < 400 && words.length > 0) wrong.push([operation.id, query, words]);
      }
    }
    expect(tried).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('takes no id of another tenant in a body', async () => {
    const { ours, theirs } = both;
    const from = (jobId: string) => ({ from: { jobId } });
    const source = { sources: [{ resourceId: ours.resourceId }] };
    const bodies: readonly [string, (of: TenantIds) => object][] = [
      ['search', ({ jobId }) => ({ ...from(jobId), pattern: 'a', resourceIds: [ours.resourceId] })],
      ['restore-plans', ({ jobId }) => ({ ...from(jobId), ...source, policy: 'overwrite' })],
      ['exports', ({ jobId }) => ({ ...from(jobId), ...source, format: 'zip' })],
      [
        'backup-sets',
        ({ destinationId }) => ({
          displayName: 'More',
          source: { allAccounts: true, workloads: ['mail'] },
          vault: { destinationIds: [destinationId] },
        }),
      ],
    ];
    const answers = [];
    for (const [path, body] of bodies) {
      const operation = operations.find(
        ({ method, path: template }) => method === 'POST' && template.endsWith(`{tenantId}/${path}`),
      );
      if (!operation) throw new Error(`no POST of ${path}`);
      const own = await call(operation, ours.apiKey, ours, { body: body(ours) });
      const foreign = await call(operation, ours.apiKey, ours, { body: body(theirs) });
      answers.push([path, own.status < 400 ? 'taken' : own.body, foreign.status]);
    }
    expect(answers).toEqual(bodies.map(([path]) => [path, 'taken', 404]));
  }, 60_000);

  it('of the provider is closed to a tenant’s key', async () => {
    const wrong = [];
    for (const operation of operations.filter(({ path, isOpen }) => !path.includes('{tenantId}') && !isOpen)) {
      const { status, body } = await call(operation, both.ours.apiKey, both.theirs, { body: {} });
      if (leaksIn(body).length > 0 || (operation.method !== 'GET' && status < 400)) wrong.push([operation.id, body]);
    }
    expect(wrong).toEqual([]);
  });
});

type AnyClient = Record<string, (request: object) => Promise<object> | AsyncIterable<object>>;

/** Calls a method as a service; what it answers as text, bytes in hexadecimal. */
async function callGrpc(caller: ServiceName, { of, service, name }: Method, request: object): Promise<string> {
  const key = `${caller} ${of}`;
  const identity = new ProcessIdentity(caller, both.secret);
  const connection = connections.get(key) ?? connectGrpc({ to: of, address: both.addressOf(of), identity });
  connections.set(key, connection);
  const client = connection.client<Record<string, never>>(service) as unknown as AnyClient;
  const answer = client[name]?.(request);
  if (!answer) throw new Error(`${service} has no ${name}`);
  const write = (value: object) =>
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'object' && part !== null && 'data' in part && Array.isArray(part.data)
        ? Buffer.from(part.data).toString('hex')
        : part,
    );
  if (!(Symbol.asyncIterator in answer)) return write(await answer);
  const lines = async function* () {
    for await (const value of answer) yield write(value);
  };
  return text(lines());
}

/** What a call came to: its answer, or the code that refused it. */
const outcomeOf = (call: Promise<string>): Promise<string | { readonly refused: string }> =>
  call.catch((error: unknown) => ({ refused: isAppError(error) ? error.code : String(error) }));

/** Every field that any method may want, with the ids of one tenant; wrong ones are left out by the encoding. */
function everyField(tenantId: string, ids: TenantIds, grant: string): object {
  const chunkIds = Buffer.alloc(32, 1);
  return {
    ...ids,
    tenantId,
    tenantIds: [tenantId],
    destinationIds: [ids.destinationId],
    resourceIds: [ids.resourceId],
    actor: 'test',
    reason: 'browse',
    grant,
    chunkIds,
    questions: [{ grant, chunkIds }],
    publicKey: Buffer.alloc(32, 1),
    outcome: TaskState.TASK_STATE_COMPLETED,
    reportJson: JSON.stringify(emptyTaskReport),
  };
}

describe('every gRPC method', () => {
  it('tells a service that asks for one tenant nothing of another', async () => {
    const { ours, theirs } = both;
    const wrong = [];
    let tried = 0;
    // A method that takes a tenant and nothing else leaves nothing to mix up.
    for (const method of methods.filter(({ fields }) => fields.includes('tenantId') && fields.length > 1))
      for (const caller of method.calledBy) {
        tried += 1;
        const answer = await outcomeOf(callGrpc(caller, method, everyField(ours.tenantId, theirs, '')));
        if (typeof answer === 'string' && leaksIn(answer).length > 0) wrong.push([caller, nameOf(method), answer]);
      }
    expect(tried).toBeGreaterThan(30);
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('a crawler that somebody else steers', () => {
  const claims = (tenant: TenantIds, changes: Partial<GrantClaims> = {}): Omit<GrantClaims, 'iss'> => ({
    exp: Math.floor(Date.UTC(2100, 0) / 1_000),
    kind: 'backup',
    tenant: parseTenantId(tenant.tenantId),
    set: parseBackupSetId(tenant.backupSetId),
    vault: parseVaultId(tenant.vaultId),
    job: parseJobId(tenant.jobId),
    task: parseTaskId(tenant.taskId),
    resource: parseResourceId(tenant.resourceId),
    lane: 'increment',
    epoch: LATEST_EPOCH,
    holder: 'crawler',
    ...changes,
  });
  const open = () => methods.filter(({ calledBy }) => calledBy.includes('crawler'));

  it('may call nothing that takes no grant but what leases tasks', () => {
    const without = open().filter(({ fields }) => !fields.includes('grant') && !fields.includes('questions'));
    expect(without.map(nameOf).sort()).toEqual([...LEASES].sort());
  });

  it('may call nothing that is not for crawlers', async () => {
    const wrong = [];
    for (const method of methods.filter(({ calledBy }) => !calledBy.includes('crawler'))) {
      const answer = await outcomeOf(callGrpc('crawler', method, everyField(both.ours.tenantId, both.ours, '')));
      if (typeof answer === 'string' || answer.refused !== 'PERMISSION_DENIED') wrong.push([nameOf(method), answer]);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it('gets no token, key, place, look-up or commit but with a live grant of its own', async () => {
    const { ours, grantKey } = both;
    const live = await signGrant(grantKey, claims(ours));
    const openVault = methods.find(({ name }) => name === 'openVault');
    const locate = methods.find(({ name }) => name === 'locate');
    if (!openVault || !locate) throw new Error('the contract has no such methods');
    expect(await outcomeOf(callGrpc('crawler', openVault, { grant: live }))).toContain(ours.vaultId);
    expect(await outcomeOf(callGrpc('crawler', locate, everyField(ours.tenantId, ours, live)))).toContain('packs');
    const grants: Readonly<Record<string, string>> = {
      none: '',
      nonsense: 'a.b.c',
      expired: await signGrant(grantKey, claims(ours, { exp: 1 })),
      'of a lower epoch': await signGrant(grantKey, claims(ours, { epoch: LATEST_EPOCH - 1 })),
      'given to another service': await signGrant(grantKey, claims(ours, { holder: 'restore' })),
      'signed by itself': await signGrant(generateKeyPairSync('ed25519').privateKey, claims(ours)),
    };
    const wrong = [];
    let tried = 0;
    for (const method of open().filter((one) => !LEASES.includes(nameOf(one))))
      for (const [what, grant] of Object.entries(grants)) {
        tried += 1;
        const answer = await outcomeOf(callGrpc('crawler', method, everyField(ours.tenantId, ours, grant)));
        // A chunk that the vault's filter denies is new to everybody: that is all a late holder hears (find-missing.ts).
        const isEcho = method.name === 'findMissing' && answer === `{"missingChunkIds":["${'01'.repeat(32)}"]}`;
        if (what === 'of a lower epoch' && isEcho) continue;
        if (typeof answer === 'string' || answer.refused !== 'GRANT_REFUSED')
          wrong.push([nameOf(method), what, answer]);
      }
    expect(tried).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('gets nothing of another tenant with its own grant', async () => {
    const { ours, theirs, grantKey } = both;
    const live = await signGrant(grantKey, claims(ours));
    const wrong = [];
    for (const method of open().filter((one) => !LEASES.includes(nameOf(one)))) {
      const answer = await outcomeOf(callGrpc('crawler', method, everyField(theirs.tenantId, theirs, live)));
      const isRefused = typeof answer !== 'string';
      const namesVault = method.fields.includes('vaultId');
      if (isRefused ? false : namesVault || leaksIn(answer).length > 0) wrong.push([nameOf(method), answer]);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
