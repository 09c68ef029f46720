import type { EventDefinition } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { PermissionViolationError } from '@nats-io/nats-core';
import { isError } from '../logging/is-error.js';
import { familyOf } from './event-subject.js';
import { streamOf } from './nats-names.js';

const NS_PER_MS = 1_000_000;
const WEEK_MS = 7 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const STREAM_NAME_IN_USE = 10_058;
const NO_STREAM = 10_059;
const CONSUMER_EXISTS = 10_148;

export interface StreamSettings {
  /** Copies of each stream in the NATS cluster. */
  readonly replicas: number;
  /** Messages a stream holds, at most. */
  readonly capacity: number;
}

/**
 * Makes the stream of an event's family, or checks the one that is there: doorbells in a work queue that refuses what is too
 * much, notices for a week, the oldest going first. An older server leaves out what it does not know without a word, so what it
 * says it made is compared too.
 */
export async function ensureStream(
  jsm: JetStreamManager,
  event: EventDefinition,
  settings: StreamSettings,
): Promise<void> {
  const isDoorbell = event.kind === 'doorbell';
  const wanted = {
    name: streamOf(event),
    subjects: [`${familyOf(event)}.>`],
    retention: isDoorbell ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    discard: isDoorbell ? DiscardPolicy.New : DiscardPolicy.Old,
    storage: StorageType.File,
    max_age: isDoorbell ? 0 : WEEK_MS * NS_PER_MS,
    max_msgs: settings.capacity,
    num_replicas: settings.replicas,
    duplicate_window: 120_000 * NS_PER_MS,
  } satisfies Partial<StreamConfig>;
  const made = await jsm.streams.info(wanted.name).catch((error: unknown) => {
    if (!isApiError(error, NO_STREAM)) throw error;
    return add(jsm, wanted);
  });
  refuseDifferences(`stream ${wanted.name}`, wanted, made.config);
}

/** Another process may be faster; a service that may not make streams finds out here. */
async function add(jsm: JetStreamManager, wanted: Partial<StreamConfig> & { readonly name: string }) {
  try {
    return await jsm.streams.add(wanted);
  } catch (error) {
    if (isApiError(error, STREAM_NAME_IN_USE)) return jsm.streams.info(wanted.name);
    if (
      isError(error) &&
      (error instanceof PermissionViolationError || error.cause instanceof PermissionViolationError)
    )
      throw new AppError(
        'DEPENDENCY_UNAVAILABLE',
        `The stream ${wanted.name} is not there yet, and this service may not make it. The service that sends its messages does when it starts.`,
        { cause: error },
      );
    throw error;
  }
}

export interface ConsumerSettings {
  readonly name: string;
  readonly filter: string;
}

/** Makes a durable consumer, or brings the one that is there up to date. Deliveries are without end: attempts are counted elsewhere. */
export async function ensureConsumer(
  jsm: JetStreamManager,
  event: EventDefinition,
  { name, filter }: ConsumerSettings,
): Promise<void> {
  const stream = streamOf(event);
  const isDoorbell = event.kind === 'doorbell';
  const lasting = { ack_wait: event.ackWaitMs * NS_PER_MS, max_deliver: -1, filter_subject: filter };
  const wanted = {
    ...lasting,
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: isDoorbell ? DeliverPolicy.All : DeliverPolicy.New,
    // A doorbell's queue may go when nobody looks after it: its messages stay in the stream, and it is made again.
    ...(isDoorbell ? { inactive_threshold: DAY_MS * NS_PER_MS } : {}),
  };
  const made = await jsm.consumers.add(stream, wanted).catch((error: unknown) => {
    if (!isApiError(error, CONSUMER_EXISTS)) throw error;
    return jsm.consumers.update(stream, name, lasting);
  });
  refuseDifferences(`consumer ${name} of the stream ${stream}`, lasting, made.config);
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

function refuseDifferences(what: string, wanted: object, made: object): void {
  const actual = new Map(Object.entries(made));
  const different = Object.entries(wanted)
    .filter(([setting, value]) => JSON.stringify(actual.get(setting)) !== JSON.stringify(value))
    .map(([setting]) => setting);
  if (different.length === 0) return;
  throw new AppError(
    'INVALID_CONFIG',
    `The ${what} on the NATS server differs from what is needed in ${different.join(', ')}. ` +
      'Remove it when it is empty, or use a server of version 2.10 or later.',
  );
}
