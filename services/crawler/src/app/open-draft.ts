import { type Clock, isAppError } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import { type DraftOptions, SnapshotDraft } from '@holdfast/vault';

/**
 * Opens the draft of a task. A checkpoint that another version of the product wrote, as after an upgrade, is dropped and the task
 * begins from its parent snapshot: what it had stored is in the vault and found there again. The task's log says so.
 */
export async function openDraft(options: DraftOptions, clock: Clock, logger: Logger): Promise<SnapshotDraft> {
  try {
    return await SnapshotDraft.open(options);
  } catch (error) {
    if (!options.checkpoint || !isAppError(error, 'VAULT_UNSUPPORTED')) throw error;
    logger.warn('A checkpoint of another version is dropped; the task begins from its parent snapshot', { error });
  }
  const { checkpoint: _, ...rest } = options;
  const draft = await SnapshotDraft.open(rest);
  await draft.log({
    at: clock.now(),
    about: 'note',
    code: 'CHECKPOINT_DROPPED',
    reason:
      'Another version of the product had begun this task. It began anew; what was stored by then is not stored twice.',
  });
  return draft;
}
