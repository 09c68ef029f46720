import { CLOUD } from '@holdfast/demo';
import { randomUUID } from 'node:crypto';
import type { OpenInstallation } from './planted-installation.suite.js';
import type { Planted } from './planted-words.js';

const SEED = 23;
const JOB_WITHIN_MS = 60_000;
/** Characters at the end of an API key that are nothing but its secret. */
const TOKEN_END = 32;

const CONTENT = [
  'subject',
  'body',
  'sender-name',
  'sender-address',
  'attachment-name',
  'attachment-bytes',
  'mail-folder',
  'file-name',
  'folder-name',
  'file-bytes',
  'display-name',
  'target-folder',
] as const;
const SECRETS = ['access-key', 'secret-key', 'proxy-password', 'passphrase', 'wrong-secret', 'private-key'] as const;
/** What a wrong request says in places where nothing secret is expected: a person may have mistaken the field. */
const STRAY = [
  'short',
  'bearer',
  'json',
  'route',
  'tenant',
  'page-token',
  'starts-with',
  'kind',
  'value',
  'query',
] as const;

type Name = (typeof CONTENT)[number] | (typeof SECRETS)[number] | (typeof STRAY)[number];
const word = (name: Name) => `qz7-${name}-plant`;
const all = (names: readonly Name[]): readonly Planted[] => names.map((name) => ({ what: name, text: word(name) }));

/** Texts that stand for nothing planted by name but for what nobody may read off: tokens, grants, download links, private keys. */
const MARKS: readonly Planted[] = [
  { what: 'a JWT', text: 'eyJhbGciOi' },
  { what: 'a JWT', text: 'eyJ0eXAiOi' },
  { what: 'a download link', text: 'tempauth=' },
  { what: 'a private key', text: 'BEGIN PRIVATE KEY' },
];

interface Answer {
  readonly what: string;
  readonly status: number;
  readonly text: string;
}

/** What a run came to. */
export interface PlantedRun {
  /** What must not lie about. */
  readonly planted: readonly Planted[];
  /** Answers to those who may see content: here it has to be, or the search proves nothing. */
  readonly shown: Readonly<Record<'browsed' | 'found' | 'mail' | 'files' | 'restored', string>>;
  readonly wrong: readonly Answer[];
  /** How the jobs ended, in order: two backups, the first with a refused message, and two restores. */
  readonly states: readonly string[];
  /** How many of the troubles struck. */
  readonly struck: number;
  /** What may be seen, and is, in the log, on the bus and in the database. */
  readonly tenantId: string;
}

/** Takes a tenant with planted texts through all that the product does with content, amid troubles and wrong requests. */
export async function runPlanted(installation: OpenInstallation): Promise<PlantedRun> {
  const { simulator, api, backups } = installation;
  const { control } = simulator;
  const tenant = await control.createTenant({ users: 1, messages: 4, files: 4, seed: SEED });
  const { tenantId: directoryId, clientId, clientSecret } = tenant;
  const [user] = await control.users(directoryId);
  if (!user) throw new Error('the simulated tenant has no user');
  await control.changeUser(directoryId, user.id, { displayName: word('display-name') });
  const items = await plant(installation, directoryId, user.id);
  const call = caller(installation);
  const names = { displayName: 'Contoso', directoryId, clientId, cloud: CLOUD };
  const { tenantId } = await api.createTenant({ ...names, credential: { kind: 'secret', clientSecret } });
  await api.testTenant(tenantId);
  await api.accounts(tenantId);
  const here = `/tenants/${tenantId}`;
  const bucket = { host: '127.0.0.1', port: 9, tls: false, bucket: 'nowhere', kind: 's3' };
  const credentials = {
    kind: 's3',
    accessKey: word('access-key'),
    secretKey: word('secret-key'),
    proxyUser: 'proxy',
    proxyPassword: word('proxy-password'),
  };
  const unreachable = { displayName: 'Bucket', settings: bucket, credentials };
  const { destinationId: bucketId } = await api.createDestination(tenantId, unreachable);
  const wrong = [await call('unreachable', 'POST', `${here}/destinations/${bucketId}/test`, {})];
  const { destinationId } = await api.createFolderDestination(tenantId, backups);
  const source = { allAccounts: true, workloads: ['mail', 'drive'] };
  const encryption = { kind: 'custom', passphrase: word('passphrase') };
  const set = { displayName: 'All', source, vault: { destinationIds: [destinationId], encryption } };
  const made = JSON.parse((await call('set', 'POST', `${here}/backup-sets`, set)).text) as {
    readonly backupSet: { readonly backupSetId: string };
    readonly keyText?: string;
  };
  const states: string[] = [];
  const backUp = async () => {
    const { jobId } = await api.startBackup(tenantId, made.backupSet.backupSetId);
    states.push((await api.ended(tenantId, jobId, JOB_WITHIN_MS)).state);
    return jobId;
  };
  const rules = troubles(directoryId, items.refused);
  const ids = await control.addFaults(rules);
  await backUp();
  const strikes = await control.strikes();
  for (const id of ids) await control.removeFault(id);
  const jobId = await backUp();
  const from = { jobId };
  const [mail, drive] = [`mail.${user.id}`, `drive.${user.id}`];
  const folders = await browse(installation, tenantId, jobId, [mail, drive]);
  const pattern = word('subject');
  const found = await call('search', 'POST', `${here}/search`, { from, pattern, resourceIds: [mail] });
  const exported = async (format: string, resourceId: string) => {
    const asked = await call('export', 'POST', `${here}/exports`, { from, sources: [{ resourceId }], format });
    const { downloadPath } = JSON.parse(asked.text) as { readonly downloadPath: string };
    return (await call('download', 'GET', downloadPath)).text;
  };
  const [mailFile, driveFile] = [await exported('mbox', mail), await exported('zip', drive)];
  await control.mutate(directoryId, {
    workload: 'mail',
    user: user.id,
    op: 'permanent-delete',
    message: items.message,
  });
  await control.mutate(directoryId, { workload: 'drive', user: user.id, op: 'delete', path: word('folder-name') });
  for (const targetFolder of [undefined, word('target-folder')]) {
    const rule = { fault: '423', match: { tenantId: directoryId, method: 'POST' }, after: 1, times: 1 };
    const [id = 0] = await control.addFaults([rule]);
    const body = { from, sources: [mail, drive].map((resourceId) => ({ resourceId })), policy: 'overwrite' };
    const plan = await api.createPlan(tenantId, { ...body, ...(targetFolder !== undefined && { targetFolder }) });
    const performed = await api.performPlan(tenantId, plan.planId);
    states.push((await api.ended(tenantId, performed.jobId, JOB_WITHIN_MS)).state);
    await api.restoreReport(tenantId, plan.planId);
    await control.removeFault(id);
  }
  wrong.push(...(await askWrongly(call, here, names, source, destinationId)));
  const { keyText = '' } = made;
  const secrets = Object.entries(installation.secrets).map(([what, text]) => ({ what, text: oneLine(text) }));
  const rootKey = [
    { what: 'key of the vault', text: keyText },
    { what: 'bytes of the vault’s key', text: Buffer.from(keyText, 'base64') },
  ];
  const providerKey = Buffer.from(installation.secrets['providerKey'] ?? '', 'base64');
  const key = await call('key', 'POST', `${here}/api-keys`, { displayName: 'Customer', role: 'customer-admin' });
  const { token } = JSON.parse(key.text) as { readonly token: string };
  await call('with a key', 'GET', '/caller', undefined, token);
  const customer = { what: 'API key', text: token.slice(-TOKEN_END) };
  const client = { what: 'client secret', text: clientSecret };
  return {
    planted: [
      ...all([...CONTENT, ...SECRETS, ...STRAY]),
      ...MARKS,
      ...secrets,
      ...rootKey,
      client,
      { what: 'bytes of the provider’s key', text: providerKey },
      customer,
    ],
    shown: {
      browsed: folders,
      found: found.text,
      mail: mailFile,
      files: driveFile,
      restored: JSON.stringify(await control.dump(directoryId)),
    },
    wrong,
    states,
    struck: ids.filter((id) => (strikes.get(id) ?? 0) > 0).length,
    tenantId,
  };
}

/** A line out of the middle of what is written in several, as a PEM is. */
const oneLine = (text: string) => text.split('\n')[1] ?? text;

async function plant({ simulator: { control } }: OpenInstallation, directoryId: string, user: string) {
  const mail = (op: string, more: object) => control.mutate(directoryId, { workload: 'mail', user, op, ...more });
  const drive = (op: string, more: object) => control.mutate(directoryId, { workload: 'drive', user, op, ...more });
  const { folder } = await mail('create-folder', {
    parent: 'inbox',
    fields: { displayName: word('mail-folder') },
  });
  const address = {
    emailAddress: { name: word('sender-name'), address: `${word('sender-address')}@fabrikam.example` },
  };
  const fields = {
    subject: word('subject'),
    body: { contentType: 'text', content: `Dear all, ${word('body')}` },
    from: address,
    sender: address,
    toRecipients: [address],
    attachments: [
      {
        '@odata.type': '#microsoft.graph.fileAttachment',
        name: `${word('attachment-name')}.txt`,
        contentBytes: Buffer.from(word('attachment-bytes')).toString('base64'),
      },
    ],
  };
  const { message } = await mail('create', { folder, fields });
  const { message: refused } = await mail('create', { folder, fields });
  await drive('create-folder', { path: word('folder-name') });
  await drive('create-file', {
    path: `${word('folder-name')}/${word('file-name')}.txt`,
    text: `Begins. ${word('file-bytes')}. Ends.`,
  });
  return { message: String(message), refused: String(refused) };
}

/** Troubles that pass, and one message that is refused for as long as they stand. */
function troubles(tenantId: string, refused: string): readonly object[] {
  const match = { tenantId };
  const path = refused.replace(/=+$/, '').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return [
    { fault: '423', match: { tenantId, path: `/${path}(=|%3D|/|$)` } },
    { fault: 'malformed-json', match, after: 6, times: 1 },
    { fault: 'reset', match, after: 9, bytes: 300, times: 2 },
    { fault: '500-empty-body', match, after: 12, times: 1 },
    { fault: 'token-expired', match: { tenantId, path: '^(?!.*/oauth2/)' }, after: 14, times: 1 },
    { fault: 'expired-url', match, times: 1 },
    { fault: '429-no-retry-after', match, after: 18, times: 1 },
  ];
}

type Call = (what: string, method: string, path: string, body?: unknown, key?: string) => Promise<Answer>;

/** A body that is a text is sent as it is. */
function caller({ url, apiKey }: OpenInstallation): Call {
  return async (what, method, path, body, key = apiKey) => {
    const answer = await fetch(path.startsWith('/api/') ? `${url}${path}` : `${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { what, status: answer.status, text: await answer.text() };
  };
}

async function browse({ api }: OpenInstallation, tenantId: string, jobId: string, resources: readonly string[]) {
  const seen: string[] = [];
  const walk = async (resource: string, folderId?: string): Promise<void> => {
    for (const item of await api.folderAsOf(tenantId, jobId, resource, folderId)) {
      seen.push(item.name, item.sender ?? '');
      if (item.isFolder) await walk(resource, item.itemId);
    }
  };
  for (const resource of resources) await walk(resource);
  return seen.join('\n');
}

/** Requests that are refused, each with a planted text where it is wrong. */
async function askWrongly(
  call: Call,
  here: string,
  names: object,
  source: object,
  destinationId: string,
): Promise<readonly Answer[]> {
  const secret = { kind: 'secret', clientSecret: word('wrong-secret') };
  const pem = (label: string) => `-----BEGIN ${label}-----\n${word('private-key')}\n-----END ${label}-----\n`;
  const certificate = { kind: 'certificate', privateKey: pem('PRIVATE KEY'), certificate: pem('CERTIFICATE') };
  const short = { kind: 'custom', passphrase: word('short'), keyBits: word('value') };
  const set = { displayName: 'Wrong', source, vault: { destinationIds: [destinationId], encryption: short } };
  const s3 = { kind: 's3', accessKey: word('access-key'), secretKey: [word('secret-key')] };
  const settings = { kind: 's3', host: `http://${word('access-key')}:${word('secret-key')}@h`, bucket: word('value') };
  const other = { ...names, directoryId: randomUUID() };
  return [
    await call('a key', 'GET', '/caller', undefined, word('bearer')),
    await call('a text that is no JSON', 'POST', '/tenants', `{"displayName": ${word('json')}`),
    await call('a secret that is no text', 'POST', '/tenants', {
      ...names,
      credential: { ...secret, clientSecret: [word('wrong-secret')] },
    }),
    await call('a kind', 'POST', '/tenants', { ...names, credential: { ...secret, kind: word('kind') } }),
    await call('a certificate', 'PATCH', here, { credential: certificate }),
    await call('a directory', 'POST', '/tenants', { ...other, credential: secret }),
    await call('a passphrase', 'POST', `${here}/backup-sets`, set),
    await call('credentials', 'POST', `${here}/destinations`, { displayName: 'Wrong', settings, credentials: s3 }),
    await call('a route', 'GET', `/${word('route')}`),
    await call('a tenant', 'GET', `/tenants/${word('tenant')}`),
    await call('a page', 'GET', `${here}/jobs?pageToken=${word('page-token')}`),
    await call('a page of accounts', 'GET', `${here}/accounts?pageToken=${word('page-token')}`),
    await call('a page of a search', 'POST', `${here}/search`, {
      from: { backupSetId: randomUUID() },
      pattern: word('query'),
      pageToken: word('page-token'),
    }),
    await call('a start of a name', 'GET', `${here}/accounts?startsWith=${word('starts-with')}`),
    await call('a size of a page', 'GET', `${here}/accounts?pageSize=${word('value')}`),
    await call('a secret that is refused', 'PATCH', here, { credential: secret }),
    await call('a sign-in with it', 'POST', `${here}/test`, {}),
  ];
}
