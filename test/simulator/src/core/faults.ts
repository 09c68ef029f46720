import { Rng } from './rng.js';
import type { Bucket, WorkloadFault } from './route.js';

/** Troubles that the server acts out by itself. */
export const SERVER_FAULTS = [
  '429',
  '429-no-retry-after',
  '423',
  '503',
  '504',
  '500-empty-body',
  'reset',
  'slow',
  'expired-url',
  'token-expired',
  'malformed-json',
  '200-empty-body',
] as const;
export type ServerFault = (typeof SERVER_FAULTS)[number];

export const WORKLOAD_FAULTS = [
  'delta-lost',
  'delta-duplicates',
  'delta-replayed',
  'delta-reordered',
  'delta-missed-move',
  'delta-missing-item',
] as const satisfies readonly WorkloadFault[];

export interface FaultMatch {
  readonly method?: string;
  /** A regular expression over the path without version and query. */
  readonly path?: string;
  readonly tenantId?: string;
  /** The user as the path names it, or its id. */
  readonly user?: string;
  readonly bucket?: Bucket;
}

/** One line of the fault script. Rules are tried in order; the first that strikes wins. */
export interface FaultRule {
  readonly fault: ServerFault | WorkloadFault;
  readonly match?: FaultMatch;
  /** Strikes at most so often; absent = without end. */
  readonly times?: number;
  /** Matching requests to let pass before the first strike. */
  readonly after?: number;
  /** Chance of striking, 0 to 1, drawn from `seed`; absent = always. */
  readonly probability?: number;
  readonly seed?: number;
  /** For 429, 503 and 504: what Retry-After says, in seconds. */
  readonly retryAfterSeconds?: number;
  /** For `reset`: break after so many bytes of the answer's body, the request being done; absent = before anything is done. */
  readonly bytes?: number;
  /** For `slow`: real milliseconds to wait. */
  readonly ms?: number;
}

/** What a rule is matched against. */
export interface FaultSubject {
  readonly method: string;
  readonly path: string;
  readonly tenantId: string;
  readonly users: readonly string[];
  readonly bucket: Bucket;
}

interface ArmedRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  readonly rng: Rng;
  seen: number;
  struck: number;
}

const SERVER_FAULT_SET: ReadonlySet<string> = new Set(SERVER_FAULTS);
const isServerFault = (fault: string): fault is ServerFault => SERVER_FAULT_SET.has(fault);

/** The fault script: deterministic for a given order of requests. */
export class FaultScript {
  #rules: ArmedRule[] = [];
  #nextId = 1;

  add(rule: FaultRule): number {
    const id = this.#nextId++;
    const path = rule.match?.path === undefined ? undefined : new RegExp(rule.match.path, 'i');
    this.#rules.push({ id, rule, path, rng: new Rng(`fault:${rule.seed ?? 0}:${rule.fault}`), seen: 0, struck: 0 });
    return id;
  }

  remove(id: number): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((armed) => armed.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): { readonly id: number; readonly rule: FaultRule; readonly seen: number; readonly struck: number }[] {
    return this.#rules.map(({ id, rule, seen, struck }) => ({ id, rule, seen, struck }));
  }

  /** The server's fault for this request, if any. */
  strike(subject: FaultSubject): (FaultRule & { readonly fault: ServerFault }) | undefined {
    for (const armed of this.#rules) {
      const { fault } = armed.rule;
      if (isServerFault(fault) && strikes(armed, subject)) return { ...armed.rule, fault };
    }
    return undefined;
  }

  /** Whether a workload has to act out the trouble in this request. */
  strikeWorkload(fault: WorkloadFault, subject: FaultSubject): boolean {
    return this.#rules.some((armed) => armed.rule.fault === fault && strikes(armed, subject));
  }
}

function strikes(armed: ArmedRule, subject: FaultSubject): boolean {
  if (!matches(armed, subject)) return false;
  const { times, after = 0, probability } = armed.rule;
  armed.seen += 1;
  if (armed.seen <= after || (times !== undefined && armed.struck >= times)) return false;
  if (probability !== undefined && !armed.rng.chance(probability)) return false;
  armed.struck += 1;
  return true;
}

function matches({ rule, path }: ArmedRule, subject: FaultSubject): boolean {
  const match = rule.match ?? {};
  return (
    (match.method === undefined || match.method === subject.method) &&
    (path === undefined || path.test(subject.path)) &&
    (match.tenantId === undefined || match.tenantId === subject.tenantId) &&
    (match.bucket === undefined || match.bucket === subject.bucket) &&
    (match.user === undefined || subject.users.includes(match.user))
  );
}
