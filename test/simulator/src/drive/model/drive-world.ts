import { ApiError } from '../../core/api-error.js';
import type { Rng } from '../../core/rng.js';
import type { SimTenant, SimUser } from '../../core/tenant.js';
import type { Population } from '../../core/workload.js';
import { ContentLibrary } from '../content/content-library.js';
import type { Actor } from './drive-node.js';
import { Drive, rootIdOf } from './drive.js';
import { newDriveId } from './item-ids.js';
import { seedDrive, type SeedPlan } from './seed-drive.js';
import { seedPlainDrive } from './seed-plain-drive.js';
import type { UploadSession } from './upload-session.js';

const TIB = 1024 ** 4;
const DAY_MS = 86_400_000;

interface PlannedDrive {
  readonly user: SimUser;
  readonly population: Population;
  drive?: Drive;
}

const worlds = new WeakMap<SimTenant, DriveWorld>();

/** The drives of a tenant. */
export function drivesOf(tenant: SimTenant): DriveWorld {
  const found = worlds.get(tenant);
  if (found) return found;
  const made = new DriveWorld(tenant);
  worlds.set(tenant, made);
  return made;
}

/** All that the drive workload knows of one tenant. A drive is made when it is first asked for. */
export class DriveWorld {
  readonly library = new ContentLibrary();
  /** By id. */
  readonly uploads = new Map<string, UploadSession>();
  /** Drive and item of a finished copy, by the monitor's id. */
  readonly copies = new Map<string, { readonly driveId: string; readonly itemId: string }>();
  readonly #byUser = new Map<string, PlannedDrive>();
  readonly #byDrive = new Map<string, PlannedDrive>();
  #issued = 0;

  constructor(readonly tenant: SimTenant) {}

  addUser(user: SimUser, population: Population): void {
    const planned = { user, population };
    this.#byUser.set(user.id, planned);
    this.#byDrive.set(this.#driveIdOf(user.id), planned);
  }

  removeUser(userId: string): void {
    this.#byUser.delete(userId);
    this.#byDrive.delete(this.#driveIdOf(userId));
  }

  /** The drive of a user who has one. */
  ofUser(userId: string): Drive | undefined {
    return this.#made(this.#byUser.get(userId));
  }

  byId(driveId: string): Drive | undefined {
    return this.#made(this.#byDrive.get(driveId));
  }

  get driveIds(): Iterable<string> {
    return this.#byDrive.keys();
  }

  userOf(drive: Drive): SimUser {
    const planned = this.#byDrive.get(drive.id);
    if (!planned) throw new ApiError(404, 'itemNotFound', 'The resource could not be found.');
    return planned.user;
  }

  /** Letters for something that lives as long as the process: an upload session, a copy. */
  issueId(): string {
    this.#issued += 1;
    return this.tenant.rng.derive('drive-issued', this.#issued).uuid();
  }

  #driveIdOf(userId: string): string {
    return newDriveId(this.tenant.rng.derive('drive-id', userId));
  }

  #streamOf(userId: string): Rng {
    return this.tenant.rng.derive('drive', userId);
  }

  #made(planned: PlannedDrive | undefined): Drive | undefined {
    if (!planned?.user.hasDrive) return undefined;
    return (planned.drive ??= this.#make(planned));
  }

  #make({ user, population }: PlannedDrive): Drive {
    const rng = this.#streamOf(user.id);
    const owner: Actor = { kind: 'user', id: user.id, displayName: user.displayName };
    const createdAt = Math.floor((this.tenant.createdAt - 400 * DAY_MS) / 1000) * 1000;
    const drive = new Drive({ id: this.#driveIdOf(user.id), owner, createdAt, quotaBytes: TIB, rng });
    if (population.isPlain) {
      seedPlainDrive(drive, population);
      return drive;
    }
    const plan: SeedPlan = { files: population.files, library: this.library, tenantName: this.tenant.rng.name };
    const colleague = this.#colleagueOf(user);
    if (!colleague) seedDrive(drive, rng, plan);
    else {
      const person = { id: colleague.id, email: colleague.userPrincipalName, displayName: colleague.displayName };
      const target = {
        driveId: this.#driveIdOf(colleague.id),
        itemId: rootIdOf(this.#streamOf(colleague.id)),
      };
      const shortcut = { name: `${colleague.displayName}'s files (shared)`, target };
      seedDrive(drive, rng, { ...plan, colleague: person, shortcut });
    }
    return drive;
  }

  /** The user before this one in the directory: always there when this one is made, so that the drive does not depend on later joiners. */
  #colleagueOf(user: SimUser): SimUser | undefined {
    let before: SimUser | undefined;
    for (const { user: other } of this.#byUser.values()) {
      if (other.id === user.id) return before;
      if (other.hasDrive) before = other;
    }
    return undefined;
  }
}
