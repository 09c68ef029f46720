import { createHash } from 'node:crypto';
import type { Population } from '../../core/workload.js';
import { type SimTenant, type SimUser, TenantSlot } from '../../core/tenant.js';
import type { Address } from '../content/letter.js';
import { Mailbox } from './mailbox.js';
import { seedMailbox } from './seed-mailbox.js';
import { seedPlainMailbox } from './seed-plain-mailbox.js';

/** Messages of untouched mailboxes kept in memory; the longest unused are forgotten and made again from their seed. */
const KEPT_MESSAGES = 300_000;
/** KiB of a message on average when nothing is scaled. */
const NATURAL_KIB = 48;

interface Shelved {
  readonly userId: string;
  /** As the owner was called when the mailbox was made: later names do not change old mail. */
  readonly owner: Address;
  readonly messages: number;
  readonly scale: number;
  readonly isPlain: boolean;
  readonly ordinal: number;
  mailbox: Mailbox | undefined;
}

const SHELVES = new TenantSlot<Shelved>();
const ordinals = new WeakMap<SimTenant, number>();

/** Untouched mailboxes in order of their last use, over all tenants. */
const inMemory = new Set<Shelved>();

export function addMailbox(tenant: SimTenant, user: SimUser, population: Population): void {
  const { messages, messageKib, isPlain = false } = population;
  const owner = { name: user.displayName, address: user.mail ?? user.userPrincipalName };
  SHELVES.of(tenant).set(user.id, {
    userId: user.id,
    owner,
    messages,
    scale: messageKib === undefined ? 1 : messageKib / NATURAL_KIB,
    isPlain,
    ordinal: nextOrdinal(tenant),
    mailbox: undefined,
  });
}

/** Ordinals are never used twice, so that nobody inherits the mail of somebody who left. */
function nextOrdinal(tenant: SimTenant): number {
  const next = ordinals.get(tenant) ?? 0;
  ordinals.set(tenant, next + 1);
  return next;
}

export function forgetMailbox(tenant: SimTenant, userId: string): void {
  const shelved = SHELVES.of(tenant).get(userId);
  if (shelved) inMemory.delete(shelved);
  SHELVES.of(tenant).delete(userId);
}

/** The user's mailbox, made from its seed at the first touch; undefined for a user that was never added. */
export function openMailbox(tenant: SimTenant, userId: string): Mailbox | undefined {
  const shelved = SHELVES.of(tenant).get(userId);
  if (!shelved) return undefined;
  const isNew = shelved.mailbox === undefined;
  const mailbox = (shelved.mailbox ??= makeMailbox(tenant, shelved));
  inMemory.delete(shelved);
  if (!mailbox.isLived) inMemory.add(shelved);
  if (isNew) forgetOldest();
  return mailbox;
}

function makeMailbox(tenant: SimTenant, { userId, owner, messages, scale, isPlain, ordinal }: Shelved): Mailbox {
  const key = createHash('sha256').update(`${tenant.id}/${userId}`).digest().subarray(0, 9);
  const world = {
    rng: tenant.rng.derive('mailbox', ordinal),
    owner,
    pool: tenant.rng.name,
    showcaseFrom: ordinal,
    scale,
  };
  const mailbox = new Mailbox(key, userId, world, tenant.clock, tenant.switches);
  (isPlain ? seedPlainMailbox : seedMailbox)(mailbox, tenant, messages);
  return mailbox;
}

function forgetOldest(): void {
  let kept = 0;
  for (const shelved of [...inMemory].reverse()) {
    if (shelved.mailbox?.isLived) inMemory.delete(shelved);
    else if ((kept += shelved.messages) > KEPT_MESSAGES && inMemory.size > 1) {
      shelved.mailbox = undefined;
      inMemory.delete(shelved);
    }
  }
}
