import type { Rng } from '../../core/rng.js';
import type { ContentLibrary } from '../content/content-library.js';
import type { Recipe } from '../content/recipe.js';
import type { ClientTimes, ContainerNode, Grant, RemoteTarget, Stamp } from './drive-node.js';
import type { Drive } from './drive.js';
import { MAX_PATH_CHARACTERS } from './names.js';
import { planFile } from './plan-content.js';
import { fileName, folderName } from './sample-names.js';

export interface SeedPlan {
  readonly files: number;
  readonly library: ContentLibrary;
  /** Name of the tenant's stream: what colleagues share comes from it. */
  readonly tenantName: string;
  /** Where "Add shortcut" of this user points; absent in a tenant of one. */
  readonly shortcut?: { readonly name: string; readonly target: RemoteTarget };
  /** A colleague whom things are shared with. */
  readonly colleague?: { readonly id: string; readonly email: string; readonly displayName: string };
}

const DAY_MS = 86_400_000;
const FILES_PER_FOLDER = 7;
const DEEPEST = 12;
/** Below this a drive holds plain files only, so that counts asked for are counts given. */
const FILES_FOR_ODDITIES = 12;

/** Fills a new drive: the same drive for the same seed and plan. */
export function seedDrive(drive: Drive, rng: Rng, plan: SeedPlan): void {
  if (plan.files === 0) return;
  new Seeding(drive, rng, plan).run();
}

class Seeding {
  readonly #folders: ContainerNode[];

  constructor(
    private readonly drive: Drive,
    private readonly rng: Rng,
    private readonly plan: SeedPlan,
  ) {
    this.#folders = [drive.root];
  }

  run(): void {
    const { drive, plan } = this;
    this.#folders.push(drive.createFolder(this.#item(drive.root, 'Documents'), 'folder', 'documents'));
    for (let i = 0; i < plan.files / FILES_PER_FOLDER; i++)
      this.#folder(this.rng.pick(this.#folders), folderName(this.rng, i));
    const hasOddities = plan.files >= FILES_FOR_ODDITIES;
    const odd = hasOddities ? this.#oddities() : 0;
    for (let i = 0; i < plan.files - odd; i++) this.#file(this.rng.pick(this.#folders), i);
  }

  /** The things that careless clients fall over. Returns the number of files made. */
  #oddities(): number {
    const { drive, plan, rng } = this;
    let deep = drive.root;
    for (let level = 1; level <= DEEPEST; level++) deep = this.#folder(deep, `level ${level}`);
    drive.createFolder(this.#item(drive.root, 'Empty folder'));
    this.#put(deep, 'at the bottom.txt', { form: 'text', name: `${rng.name}/deep`, lines: 3, revision: 0 });
    this.#put(drive.root, '.gitignore', { form: 'text', name: `${rng.name}/dot`, lines: 1, revision: 0 });
    const infected = { form: 'noise', name: `${rng.name}/malware`, bytes: 4_096 } as const;
    const content = { content: plan.library.fromRecipe(infected), recipe: infected };
    drive.createFile(this.#item(drive.root, 'eicar-like.bin'), content, 'Malware: simulated test file');
    drive.setLocked(this.#put(drive.root, 'checked out.docx', this.#letter('locked')), true, this.#stamp());
    const notebook = drive.createFolder(this.#item(drive.root, 'Notebook'), 'package');
    this.#put(notebook, 'Open Notebook.onetoc2', { form: 'noise', name: `${rng.name}/toc`, bytes: 5_000 });
    this.#put(notebook, 'Section 1.one', { form: 'noise', name: `${rng.name}/section`, bytes: 40_000 });
    if (plan.shortcut) drive.createShortcut(this.#item(drive.root, plan.shortcut.name), plan.shortcut.target);
    const shared = this.#put(drive.root, 'shared letter.docx', this.#letter('shared'));
    drive.setGrants(shared, this.#grants(), this.#stamp());
    return 7;
  }

  #letter(name: string): Recipe {
    return {
      form: 'office',
      kind: 'docx',
      name: `${this.rng.name}/${name}`,
      paragraphCount: 10,
      revision: 0,
      pictures: [],
    };
  }

  #grants(): Grant[] {
    const link = { type: 'view', scope: 'organization', webUrl: `https://links.invalid/${this.rng.uuid()}` };
    const grants: Grant[] = [{ id: this.rng.uuid(), roles: ['read'], link }];
    if (this.plan.colleague) grants.push({ id: this.rng.uuid(), roles: ['write'], person: this.plan.colleague });
    return grants;
  }

  #folder(parent: ContainerNode, name: string): ContainerNode {
    if (this.drive.child(parent, name) || this.#isTooLong(parent, name)) return parent;
    const folder = this.drive.createFolder(this.#item(parent, name));
    this.#folders.push(folder);
    return folder;
  }

  #file(parent: ContainerNode, number: number): void {
    const planned = planFile(this.rng, this.plan.tenantName);
    const name = fileName(this.rng, number, planned.ending);
    const fitting = this.#isTooLong(parent, name) ? this.drive.root : parent;
    const file = this.#put(fitting, name, planned.recipe);
    if (this.rng.chance(0.05)) this.drive.describe(file, `About ${name}`, this.#stamp());
    if (this.rng.chance(0.05) && 'revision' in planned.recipe) {
      const recipe = { ...planned.recipe, revision: 1 };
      this.drive.replaceContent(file, { content: this.plan.library.fromRecipe(recipe), recipe }, this.#stamp());
    }
  }

  #put(parent: ContainerNode, name: string, recipe: Recipe) {
    return this.drive.createFile(this.#item(parent, name), { content: this.plan.library.fromRecipe(recipe), recipe });
  }

  #isTooLong(parent: ContainerNode, name: string): boolean {
    return [...this.drive.pathOf(parent), name].join('/').length > MAX_PATH_CHARACTERS;
  }

  #item(parent: ContainerNode, name: string) {
    const stamp = this.#stamp();
    const modifiedAt = stamp.at - this.rng.int(0, 400) * DAY_MS;
    const times: ClientTimes = { createdAt: modifiedAt - this.rng.int(0, 3_000) * DAY_MS, modifiedAt };
    return { parent, name, stamp, times };
  }

  #stamp(): Stamp {
    return { at: this.drive.createdAt + this.rng.int(0, 300 * DAY_MS), by: this.drive.owner };
  }
}
