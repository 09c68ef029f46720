import { CLOUD, type ModelEntry, type RunningSystem, type SimulatedUser } from '@holdfast/demo';
import { AppError } from '@holdfast/kernel';
import { type BackupPlace, newFolderPlace } from './backup-place.js';
import type { Dice } from './dice.js';
import { LOST_RETURN, SILENT_READ_FLAG } from './losses.js';
import { ProvenContents } from './proven-contents.js';
import { ReturnedMessages } from './returned-messages.js';
import type { States } from './states.js';
import type { Trouble } from './troubles.js';

/** Enough files for the oddities of a drive: a notebook, a shortcut, malware, a file that is checked out. */
const SIZE = { messages: 10, files: 12 };
const MOST_USERS = 2;

export interface TenantPlan {
  /** Of each user. */
  readonly messages?: number;
  readonly files?: number;
  /** Where the backups go; a folder of the system's own when absent. */
  readonly place?: BackupPlace;
}

/** What may happen between two jobs beside what people do. */
export interface Gap {
  readonly operations: number;
  readonly days: number;
  readonly joiners: number;
  readonly leavers: number;
}

interface Registered {
  /** Microsoft's id. */
  readonly directoryId: string;
  readonly clientId: string;
  /** Holdfast's id. */
  readonly tenantId: string;
  readonly setId: string;
  /** Holds the backups of this tenant alone. */
  readonly place: BackupPlace;
  readonly keyText: string;
  /** Whether change tracking says nothing of changed read flags. */
  readonly isSilent: boolean;
  /** Whether it may say nothing of a message that comes back to a folder. */
  readonly losesReturns: boolean;
}

/** One simulated tenant that one backup set of a running system protects. */
export class TenantUnderTest {
  /** The models of all jobs so far, and the changes that change tracking kept from them. */
  readonly earlier: States[] = [];
  losses = 0;
  /** What was read of its vault after the jobs so far. */
  readonly proven = new ProvenContents();
  /** How often each kind of trouble struck. */
  readonly struck = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #returned = new ReturnedMessages();

  private constructor(
    readonly system: RunningSystem,
    readonly dice: Dice,
    private readonly registered: Registered,
  ) {}

  get directoryId(): string {
    return this.registered.directoryId;
  }

  get tenantId(): string {
    return this.registered.tenantId;
  }

  get setId(): string {
    return this.registered.setId;
  }

  get place(): BackupPlace {
    return this.registered.place;
  }

  get keyText(): string {
    return this.registered.keyText;
  }

  get isSilent(): boolean {
    return this.registered.isSilent;
  }

  /** Messages of which change tracking may say nothing, since they came back to a folder. */
  get returned(): ReadonlySet<string> {
    return this.#returned.all;
  }

  /** Makes the seed's tenant and registers it as a user would. */
  static async register(system: RunningSystem, dice: Dice, plan: TenantPlan = {}): Promise<TenantUnderTest> {
    const { api, control } = system;
    const { seed } = dice;
    const users = 1 + dice.below('users', MOST_USERS);
    const { place = await newFolderPlace(system.backups, `seed-${seed}`), ...size } = plan;
    const simulated = await control.createTenant({ ...SIZE, ...size, users, seed });
    const { tenantId: directoryId, clientId, clientSecret } = simulated;
    const switches = await control.setSwitches(directoryId, {});
    const isSilent = switches[SILENT_READ_FLAG.name] === SILENT_READ_FLAG.value;
    const losesReturns = switches[LOST_RETURN.name] === LOST_RETURN.value;
    const { tenantId } = await api.createTenant({
      displayName: `Seed ${seed}`,
      directoryId,
      clientId,
      cloud: CLOUD,
      credential: { kind: 'secret', clientSecret },
    });
    const { destinationId } = await api.createDestination(tenantId, place.destination);
    const workloads = ['mail', 'drive'] as const;
    const wanted = { displayName: 'All', destinationIds: [destinationId], workloads };
    const { backupSet, keyText } = await api.createSet(tenantId, wanted);
    if (keyText === undefined) throw new AppError('INTERNAL', 'A new vault shows its key once.');
    return new TenantUnderTest(system, dice, {
      directoryId,
      clientId,
      tenantId,
      setId: backupSet.backupSetId,
      place,
      keyText,
      isSilent,
      losesReturns,
    });
  }

  /** Seeded things happen; answers whose what changed. */
  async live(
    name: string,
    gap: Partial<Gap>,
  ): Promise<readonly { readonly user: string; readonly workload: string }[]> {
    const seed = this.dice.below(name, 1_000_000);
    const nothing = { operations: 0, days: 0, joiners: 0, leavers: 0 };
    const { changes } = await this.system.control.live(this.directoryId, { ...nothing, ...gap, seed });
    if (this.registered.losesReturns) for (const change of changes) this.#returned.note(change);
    return changes.map(({ userId, workload }) => ({ user: userId, workload }));
  }

  dump(part?: { readonly user: string; readonly workload: string }): Promise<ModelEntry[]> {
    return this.system.control.dump(this.directoryId, part);
  }

  async users(): Promise<SimulatedUser[]> {
    const users = await this.system.control.users(this.directoryId);
    for (const { id } of users) this.#seen.add(id);
    return users;
  }

  /** Whether the drive of somebody who was seen is there no more. */
  async hasLostDrive(): Promise<boolean> {
    const present = new Set((await this.users()).filter(({ hasDrive }) => hasDrive).map(({ id }) => id));
    return [...this.#seen].some((id) => !present.has(id));
  }

  /** Takes or gives one user a mailbox or a drive. */
  license(userId: string, change: Partial<SimulatedUser>): Promise<void> {
    return this.system.control.changeUser(this.directoryId, userId, change);
  }

  /** Scripts troubles; the answer ends them and tells how often they struck. */
  async disturb(rules: readonly Trouble[]): Promise<() => Promise<number>> {
    const { control } = this.system;
    const ids = rules.length === 0 ? [] : await control.addFaults(rules);
    return async () => {
      const strikes = ids.length === 0 ? new Map<number, number>() : await control.strikes();
      const counts = ids.map((id) => strikes.get(id) ?? 0);
      for (const [at, { fault }] of rules.entries())
        this.struck.set(fault, (this.struck.get(fault) ?? 0) + (counts[at] ?? 0));
      for (const id of ids) await control.removeFault(id);
      return counts.reduce((sum, count) => sum + count, 0);
    };
  }

  /** Withdraws consent; answers what gives it back. */
  withdrawConsent(): Promise<() => Promise<unknown>> {
    return this.system.control.withdrawConsent(this.directoryId, this.registered.clientId);
  }

  async remove(): Promise<void> {
    await this.system.control.removeTenant(this.directoryId);
    await this.place.remove();
  }
}
