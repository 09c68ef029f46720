import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { NoteKeeper } from './note-keeper.port.js';
import { Notes, type DueNote } from './notes.port.js';

/** Notes that one round keeps. */
const A_ROUND = 20;

/** Has vaults know what their sets are and what their jobs did, so that both come back from the vault alone. */
@Injectable()
export class KeepNotes {
  constructor(
    private readonly notes: Notes,
    private readonly keeper: NoteKeeper,
    private readonly logger: Logger,
  ) {}

  /** Answers whether more may be due. What fails is tried again. */
  async run(): Promise<boolean> {
    const due = await this.notes.takeDue(A_ROUND);
    for (const note of due) {
      try {
        await this.#keep(note);
        await this.notes.done(note);
      } catch (error) {
        const { tenantId, vaultId, kind } = note;
        this.logger.warn('A vault could not be told of a set or a job; it is tried again', {
          tenantId,
          vaultId,
          kind,
          error,
        });
      }
    }
    return due.length === A_ROUND;
  }

  async #keep(note: DueNote): Promise<void> {
    const { tenantId, vaultId } = note;
    if (note.kind === 'job') {
      for await (const part of this.notes.jobParts(tenantId, note.jobId))
        await this.keeper.keepJob(tenantId, vaultId, note.jobId, part);
      return;
    }
    const { backupSetId, deletedVersion } = note;
    const present =
      deletedVersion === undefined ? await this.notes.set(tenantId, backupSetId) : { version: deletedVersion };
    if (present) await this.keeper.keepSet(tenantId, vaultId, backupSetId, present);
  }
}
