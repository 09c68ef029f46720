import { type Answer, GraphClient, LocalBudget, TokenSource, Transport, type TransportRequest } from '@holdfast/graph';
import { SystemClock } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { DriveReader, MailReader, type WorkloadReader } from '@holdfast/workloads';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { answerOrRefusal } from './answer-or-refusal.js';
import { LONGEST_LOOK_MS, damaged, fuzzRuns, someDamage } from './fuzz-runs.js';

jest.setTimeout(LONGEST_LOOK_MS);

const GRAPH = 'https://graph.example.org';
const clock = new SystemClock();
const never = new AbortController().signal;
const SECRET = 'Salary of the board';

/** What is answered to requests whose path has this in it; the first that fits. */
type Bodies = readonly (readonly [inPath: string, body: string | Uint8Array])[];

class CannedTransport extends Transport {
  constructor(private readonly bodies: Bodies) {
    super();
  }

  override async request({ path }: TransportRequest): Promise<Answer> {
    const body = this.bodies.find(([inPath]) => path.includes(inPath))?.[1] ?? '{}';
    return { status: 200, headers: { 'content-type': 'application/json' }, body: bodyOf(Buffer.from(body)) };
  }
}

function bodyOf(bytes: Buffer): Answer['body'] {
  const pieces = bytes.length === 0 ? [] : [bytes];
  return {
    next: async () => pieces.shift(),
    whole: async () => bytes,
    discard: async () => undefined,
    cutOff: () => undefined,
  };
}

class CannedToken extends TokenSource {
  override async getToken(): Promise<string> {
    return 'token';
  }
  override invalidate(): void {}
}

function clientAnswering(bodies: Bodies): GraphClient {
  return new GraphClient({
    cloud: { name: 'canned', loginBaseUrl: GRAPH, graphBaseUrl: GRAPH },
    transport: new CannedTransport(bodies),
    tokens: new CannedToken(),
    budget: new LocalBudget({ clock, size: { licences: 10, users: 10 } }),
    clock,
    random: seededRandomBytes('graph answers'),
    retry: { tries: 1, throttledTries: 1, firstWaitMs: 0, longestWaitMs: 0 },
  });
}

const link = { '@odata.deltaLink': `${GRAPH}/v1.0/me/delta?$deltatoken=1` };
const folder = { id: 'f1', displayName: SECRET, parentFolderId: 'root', totalItemCount: 1, isHidden: false };
const search = {
  '@odata.type': '#microsoft.graph.mailSearchFolder',
  ...folder,
  id: 's1',
  filterQuery: SECRET,
  sourceFolderIds: ['f1'],
  includeNestedFolders: true,
  isSupported: true,
};
/** Which folders are the well-known ones: the root, and none of the others. */
const batch = {
  responses: Array.from({ length: 20 }, (_, id) =>
    id === 0
      ? { id: '0', status: 200, body: { id: 'root' } }
      : { id: String(id), status: 404, body: { error: { code: 'ErrorItemNotFound', message: '' } } },
  ),
};
const message = {
  id: 'm1',
  changeKey: 'c1',
  parentFolderId: 'f1',
  subject: SECRET,
  body: { contentType: 'text', content: SECRET },
  isRead: false,
  receivedDateTime: '2026-01-01T00:00:00Z',
};
const file = {
  id: 'd1',
  name: SECRET,
  size: 3,
  eTag: 'e',
  cTag: 'c',
  parentReference: { id: 'r' },
  file: { hashes: { quickXorHash: 'x' } },
  lastModifiedDateTime: '2026-01-01T00:00:00Z',
};
const page = (...value: object[]) => ({ value, ...link });

interface Conversation {
  readonly answers: readonly (readonly [inPath: string, answer: object])[];
  readonly reader: (client: GraphClient) => WorkloadReader;
}
const conversations: Record<string, Conversation> = {
  mail: {
    answers: [
      ['/$batch', batch],
      ['/childFolders', { value: [search] }],
      ['/messages/', page(message)],
      ['/mailFolders/', page(folder)],
    ],
    reader: (client) => new MailReader(client, 'user'),
  },
  drive: { answers: [['/delta', page(file)]], reader: (client) => new DriveReader(client, 'user') },
};

/** A JSON value with one of its parts, at any depth, replaced by anything. */
function spoil(value: unknown, path: readonly number[], put: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== 'object' || value === null) return put;
  if (Array.isArray(value))
    return value.map((part: unknown, index) => (index === at % value.length ? spoil(part, rest, put) : part));
  const fields = Object.entries(value);
  return Object.fromEntries(
    fields.map(([name, part], index) => [name, index === at % fields.length ? spoil(part, rest, put) : part]),
  );
}

async function enumerate({ reader }: Conversation, bodies: Bodies): Promise<number> {
  let changes = 0;
  for await (const _ of reader(clientAnswering(bodies)).enumerate(undefined, never)) changes += 1;
  return changes;
}

describe.each(Object.keys(conversations))('answers of Microsoft about %s', (name) => {
  const conversation = conversations[name]!;
  const whole = conversation.answers.map(([inPath, answer]) => [inPath, JSON.stringify(answer)] as const);
  const which = fc.nat(whole.length - 1);

  it('are understood when they are whole', async () => {
    expect(await enumerate(conversation, whole)).toBeGreaterThan(0);
  });

  it('with any part replaced are understood or refused by name, without their content in the message', async () => {
    const spoiled = fc.tuple(which, fc.array(fc.nat(20), { maxLength: 4 }), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(spoiled, async ([at, path, put]) => {
        const bodies = whole.map(([inPath, body], index) =>
          index === at
            ? ([inPath, JSON.stringify(spoil(JSON.parse(body), path, put))] as const)
            : ([inPath, body] as const),
        );
        const reading = await answerOrRefusal(() => enumerate(conversation, bodies));
        if ('refusal' in reading) expect(reading.refusal.message).not.toContain(SECRET);
      }),
      fuzzRuns(),
    );
  });

  it('damaged on the way are understood or refused by name, without their content in the message', async () => {
    await fc.assert(
      fc.asyncProperty(which, someDamage, async (at, damages) => {
        const bodies = whole.map(
          ([inPath, body], index) => [inPath, index === at ? damaged(Buffer.from(body), damages) : body] as const,
        );
        const reading = await answerOrRefusal(() => enumerate(conversation, bodies));
        if ('refusal' in reading) expect(reading.refusal.message).not.toContain(SECRET);
      }),
      fuzzRuns(),
    );
  });
});
