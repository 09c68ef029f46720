import { z } from 'zod';
import type { GraphClient } from '../graph-client.js';
import { isGraphCode } from '../graph-failure.js';
import { parseAnswer } from '../parse-answer.js';

const PURPOSES = ['user', 'linked', 'shared', 'room', 'equipment', 'others'] as const;
/** What a mailbox is for, or that there is none. */
export type MailboxPurpose = (typeof PURPOSES)[number] | 'none';

const purpose = z.string().transform((text) => PURPOSES.find((known) => known === text.toLowerCase()) ?? 'others');
/** The page shows `{"value":"user"}`, the schema of the service a plain value: both are taken. */
const answerSchema = z.union([z.object({ value: purpose }).transform(({ value }) => value), purpose]);

const NO_MAILBOX = ['mailboxnotenabledforrestapi', 'errorinvaliduser', 'resourcenotfound', 'request_resourcenotfound'];

/** Asks a mailbox what it is for: one request of its own budget. [Graph documentation: api/user-get-mailboxsettings.md] */
export async function getMailboxPurpose(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<MailboxPurpose> {
  const path = `/users/${encodeURIComponent(userId)}/mailboxSettings/userPurpose`;
  try {
    const answer = await client.json({ path, demand: { bucket: 'outlook', mailbox: userId, cost: 1 } }, signal);
    return parseAnswer(answerSchema, answer);
  } catch (error) {
    if (isGraphCode(error, ...NO_MAILBOX)) return 'none';
    throw error;
  }
}
