import { type BusParty, type EventDefinition, EVENTS, SIGNALS, type SignalDefinition } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import type { z } from 'zod';
import { queuesOf, subjectFilter } from './event-subject.js';
import { BELL, consumerFilter, consumerOf, inboxOf, streamOf } from './nats-names.js';

type AnyEvent = EventDefinition<z.ZodType<object>>;

/** A user of the NATS server as its configuration has it. */
export interface NatsUser {
  /** The URI of a service's certificate, by which `verify_and_map` knows who connects. */
  readonly user: string;
  readonly permissions: {
    readonly publish: { readonly allow: readonly string[] };
    readonly subscribe: { readonly allow: readonly string[] };
  };
}

const events: readonly AnyEvent[] = EVENTS;
const signals: readonly SignalDefinition<z.ZodType<object>>[] = SIGNALS;
const PARTIES: readonly BusParty[] = ['auth', 'scheduler', 'crawler', 'storage', 'restore', 'reporting'];
/** Whether JetStream is there: asked once, when a service connects. */
const ABOUT = '$JS.API.INFO';

/**
 * The users that services are on the bus, and what each may do there and nothing else: send its own events and signals, and listen to
 * what is for it. A crawler for one tenant has its own, for that tenant's queues and signals alone.
 */
export function natsUsers(tenants: readonly TenantId[]): readonly NatsUser[] {
  return [...PARTIES.map((party) => userOf(party)), ...tenants.map((tenant) => userOf('crawler', tenant))];
}

/** The part of a NATS server's configuration that lets in nobody but those users. */
export function natsAuthorization(tenants: readonly TenantId[]): string {
  return `authorization: ${JSON.stringify({ users: natsUsers(tenants) }, undefined, 2)}\n`;
}

function userOf(party: BusParty, tenant?: TenantId): NatsUser {
  const only = tenant === undefined ? {} : { tenantId: tenant };
  const heard = events.filter(({ to }) => to === party);
  const sent = tenant === undefined ? events.filter(({ from }) => from === party) : [];
  const signalled = tenant === undefined ? signals.filter(({ from }) => from === party) : [];
  const publish = [
    ABOUT,
    ...sent.flatMap(sending),
    ...signalled.map((signal) => subjectFilter(signal)),
    ...heard.flatMap((event) => listening(event, party, only)),
  ];
  const subscribe = [
    `${inboxOf(party, tenant)}.>`,
    ...heard.map((event) => `${BELL}.${subjectFilter(event, only)}`),
    ...signals.filter(({ to }) => to.includes(party)).map((signal) => subjectFilter(signal, only)),
  ];
  return {
    user: `holdfast://service/${party}${tenant === undefined ? '' : `/tenant/${tenant}`}`,
    permissions: { publish: { allow: [...new Set(publish)] }, subscribe: { allow: subscribe } },
  };
}

function sending(event: AnyEvent): readonly string[] {
  const subject = subjectFilter(event);
  const stream = streamOf(event);
  return [subject, `${BELL}.${subject}`, `$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.CREATE.${stream}`];
}

/** Listening is asking, on JetStream: for a consumer, for its messages; and telling what became of them. */
function listening(event: AnyEvent, party: BusParty, only: Readonly<Record<string, string>>): readonly string[] {
  const stream = streamOf(event);
  const look = `$JS.API.STREAM.INFO.${stream}`;
  if (event.kind === 'notice') {
    const filter = subjectFilter(event, only);
    return [look, ...onConsumer(stream, consumerOf(event, party, filter), filter)];
  }
  const queues = queuesOf(event, only);
  if (!queues) return [look, ...onConsumer(stream, '*', subjectFilter(event))];
  return queues.flatMap((queue) => onConsumer(stream, consumerOf(event, party, queue), consumerFilter(event, queue)));
}

function onConsumer(stream: string, consumer: string, filter: string): readonly string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.${consumer}.${filter}`,
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    `$JS.ACK.${stream}.${consumer}.>`,
  ];
}
