import { z } from 'zod';
import { isAppError } from '@holdfast/kernel';
import { SHAREPOINT_COST } from '../budget/buckets.js';
import type { GraphClient } from '../graph-client.js';
import { parseAnswer } from '../parse-answer.js';

const driveSchema = z.object({
  id: z.string().min(1),
  driveType: z.string(),
  quota: z.object({ used: z.number().nullish(), total: z.number().nullish() }).nullish(),
});

/** A user's OneDrive. */
export interface UserDrive {
  readonly driveId: string;
  readonly driveType: string;
  readonly usedBytes: number | undefined;
}

/** The user's OneDrive, or undefined while it was never set up or is not licensed. */
export async function getUserDrive(
  client: GraphClient,
  userId: string,
  signal?: AbortSignal,
): Promise<UserDrive | undefined> {
  const path = `/users/${encodeURIComponent(userId)}/drive?$select=id,driveType,quota`;
  try {
    const answer = await client.json({ path, demand: { bucket: 'sharepoint', cost: SHAREPOINT_COST.get } }, signal);
    const drive = parseAnswer(driveSchema, answer);
    return { driveId: drive.id, driveType: drive.driveType, usedBytes: drive.quota?.used ?? undefined };
  } catch (error) {
    if (isAppError(error, 'GRAPH_NOT_FOUND')) return undefined;
    throw error;
  }
}
