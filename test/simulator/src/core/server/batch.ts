import { ApiError } from '../api-error.js';
import type { SimResponse } from '../route.js';
import type { Answer } from './answer.js';
import { readAll, ReadyBody } from './body-source.js';
import type { Pipeline } from './pipeline.js';
import { parseJsonObject, type IncomingCall } from './sim-request.js';
import { drain } from './write-response.js';

/** Members of one batch at most, and Outlook members on their way at once (docs: graph/json-batching, throttling Outlook). */
const MAX_MEMBERS = 20;
const OUTLOOK_AT_ONCE = 4;
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

interface Member {
  readonly id: string;
  readonly position: number;
  readonly call: IncomingCall;
  readonly dependsOn: string | undefined;
}

interface MemberAnswer {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Tells of each member when it was answered, for the log. */
export type MemberSeen = (call: IncomingCall, answer: Answer, bytesOut: number) => void;

/** Answers `POST /$batch`: each member goes through the pipeline, and the budgets, by itself (docs: graph/json-batching). */
export class Batch {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly seen: MemberSeen,
  ) {}

  async answer(call: IncomingCall): Promise<SimResponse> {
    this.pipeline.authenticate(call.headers['authorization']);
    const members = parseMembers(call, parseJsonObject(await readAll(call.body, MAX_BATCH_BYTES)));
    return { status: 200, body: { responses: await this.#runAll(members) } };
  }

  async #runAll(members: readonly Member[]): Promise<MemberAnswer[]> {
    const answers = new Map<string, Promise<MemberAnswer>>();
    const outlook = new Gate(OUTLOOK_AT_ONCE);
    const ended: MemberAnswer[] = [];
    for (const member of members) {
      const before = member.dependsOn === undefined ? undefined : answers.get(member.dependsOn);
      answers.set(member.id, this.#runAfter(before, member, outlook, ended));
    }
    await Promise.all(answers.values());
    // The order of answers is not that of the requests (docs: graph/json-batching); this is the order in which they ended.
    return ended;
  }

  async #runAfter(
    before: Promise<MemberAnswer> | undefined,
    member: Member,
    outlook: Gate,
    ended: MemberAnswer[],
  ): Promise<MemberAnswer> {
    const first = await before;
    const answer = first && first.status >= 400 ? failedDependency(member.id) : await this.#run(member, outlook);
    ended.push(answer);
    return answer;
  }

  async #run(member: Member, outlook: Gate): Promise<MemberAnswer> {
    const { call } = member;
    const isOutlook = this.pipeline.bucketOf(call.method, call.path) === 'outlook';
    if (isOutlook) await outlook.enter();
    try {
      const answer = await this.pipeline.answer(call);
      try {
        const body = await drain(answer.response.body);
        this.seen(call, answer, body.length);
        return memberAnswer(member.id, answer.response, body);
      } finally {
        answer.release();
      }
    } finally {
      if (isOutlook) outlook.leave();
    }
  }
}

function bad(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

function parseMembers(call: IncomingCall, payload: Record<string, unknown>): Member[] {
  const { requests } = payload;
  if (!Array.isArray(requests)) throw bad('Invalid batch payload format.');
  if (requests.length > MAX_MEMBERS)
    throw bad(`Number of batch request steps exceeds the maximum value of ${MAX_MEMBERS}.`);
  const members = requests.map((step: unknown, position) => parseMember(call, step, position));
  const ids = new Set(members.map(({ id }) => id));
  if (ids.size !== members.length) throw bad('Request Id is repeated in the batch.');
  checkShape(members, ids);
  return members;
}

function parseMember(call: IncomingCall, step: unknown, position: number): Member {
  if (typeof step !== 'object' || step === null) throw bad('Invalid batch payload format.');
  const { id, method, url, headers, body, dependsOn }: Record<string, unknown> = { ...step };
  if (typeof id !== 'string' || typeof method !== 'string' || typeof url !== 'string')
    throw bad('Each request of a batch needs id, method and url.');
  const own = lowerCase(headers);
  if (body !== undefined && own['content-type'] === undefined)
    throw bad(`Request '${id}' has a body and needs a Content-Type header.`);
  const after: unknown = Array.isArray(dependsOn) ? dependsOn[0] : undefined;
  if (Array.isArray(dependsOn) && dependsOn.length > 1) throw bad(`Request '${id}' may depend on one other request.`);
  const [path = '', queryText = ''] = url.replace(/^\/?/, '/').split('?', 2);
  return {
    id,
    position,
    dependsOn: typeof after === 'string' ? after : undefined,
    call: {
      method: method.toUpperCase(),
      path,
      queryText,
      headers: { ...pick(call.headers), ...own },
      origin: call.origin,
      host: 'graph',
      isGraph: true,
      body: new ReadyBody(memberBody(body)),
      batchMember: position,
    },
  };
}

/** The outer request's headers that hold for its members. */
function pick(headers: Readonly<Record<string, string>>): Record<string, string> {
  const authorization = headers['authorization'];
  return authorization === undefined ? {} : { authorization };
}

function lowerCase(headers: unknown): Record<string, string> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** JSON as it stands; anything else is base64 text (docs: graph/json-batching). */
function memberBody(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  return typeof body === 'string' ? Buffer.from(body, 'base64') : Buffer.from(JSON.stringify(body));
}

/** Fully serial, fully parallel, or all behind the same one (docs: graph/json-batching, sequencing). */
function checkShape(members: readonly Member[], ids: ReadonlySet<string>): void {
  const behind = members.filter(({ dependsOn }) => dependsOn !== undefined);
  if (behind.some(({ dependsOn }) => dependsOn !== undefined && !ids.has(dependsOn)))
    throw bad('A request depends on an id that is not in the batch.');
  const earlier = (member: Member): boolean => members.findIndex(({ id }) => id === member.dependsOn) < member.position;
  if (!behind.every(earlier)) throw bad('A request may only depend on one that stands before it.');
  if (behind.length === 0) return;
  const isSerial = behind.every(({ dependsOn, position }) => members[position - 1]?.id === dependsOn);
  const isFan = new Set(behind.map(({ dependsOn }) => dependsOn)).size === 1;
  if (!isSerial && !isFan) throw bad('Only fully serial, fully parallel and same-parent dependencies are supported.');
}

function failedDependency(id: string): MemberAnswer {
  const error = { code: 'FailedDependency', message: 'A request on which this request depended failed.' };
  return { id, status: 424, headers: { 'Content-Type': 'application/json' }, body: { error } };
}

function memberAnswer(id: string, response: SimResponse, bytes: Buffer): MemberAnswer {
  const headers = { ...response.headers };
  if (bytes.length === 0) return { id, status: response.status, headers };
  const isJson =
    typeof response.body === 'object' && !Buffer.isBuffer(response.body) && !(Symbol.asyncIterator in response.body);
  const type = headers['Content-Type'] ?? (isJson ? 'application/json' : 'text/plain');
  const body: unknown = isJson ? JSON.parse(bytes.toString()) : bytes.toString('base64');
  return { id, status: response.status, headers: { ...headers, 'Content-Type': type }, body };
}

/** Lets so many in at once. */
class Gate {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limit: number) {}

  async enter(): Promise<void> {
    if (this.#inside < this.limit) {
      this.#inside += 1;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside -= 1;
  }
}
