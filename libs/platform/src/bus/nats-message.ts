import { headers, type Msg, type MsgHdrs } from '@nats-io/nats-core';
import { type Carrier, carrierFrom } from '../telemetry/work-context.js';
import type { Taken } from './pump.js';

const NS_PER_MS = 1_000_000;

/** A message that a pull request brought; undefined when it brought word that there is none. */
export function takenFrom(message: Msg): Taken | undefined {
  const reply = message.reply;
  if (!reply?.startsWith('$JS.ACK.')) return undefined;
  return {
    subject: message.subject,
    data: message.data,
    carrier: carrierOf(message),
    attempt: attemptOf(reply),
    ack: () => void message.respond('+ACK'),
    nak: (pauseMs) => void message.respond(`-NAK ${JSON.stringify({ delay: pauseMs * NS_PER_MS })}`),
    drop: () => void message.respond('+TERM'),
    working: () => void message.respond('+WPI'),
  };
}

/** The trace of who sent a message. */
export function carrierOf({ headers: sent }: Msg): Carrier {
  return carrierFrom((name) => sent?.get(name));
}

/** A carrier as a message's headers; undefined when there is nothing to carry. */
export function headersOf(carrier: Carrier): MsgHdrs | undefined {
  const entries = Object.entries(carrier);
  if (entries.length === 0) return undefined;
  const made = headers();
  for (const [name, value] of entries) made.set(name, value);
  return made;
}

/**
 * How often the message was delivered: `$JS.ACK.<stream>.<consumer>.<delivered>.…`, or with `<domain>.<account>` before the stream
 * (NATS ADR-15).
 */
function attemptOf(reply: string): number {
  const tokens = reply.split('.');
  return Number(tokens[tokens.length >= 11 ? 6 : 4]);
}
