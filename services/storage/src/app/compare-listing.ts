import type { ObjectInfo } from '@holdfast/destinations';
import type { DestinationId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import type { CheckScene } from './check-scene.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { type ExpectedObject, Integrity } from './integrity.port.js';
import { mergeByName } from './merge-by-name.js';
import { TreatDamage } from './treat-damage.js';

/** Objects that are read of the index at once, and unknown ones that are looked up at once. */
const PAGE = 1_000;
/** Unknown objects that are kept by name, of each destination; the others are only counted. */
const UNKNOWN_KEPT = 10_000;

/** Compares what a destination lists with what the index says it holds: names and sizes, no content. */
@Injectable()
export class CompareListing {
  constructor(
    private readonly integrity: Integrity,
    private readonly directory: DestinationDirectory,
    private readonly treat: TreatDamage,
  ) {}

  /** What looks wrong is looked at again by reading it: it may have come or gone while the list was read. */
  async run(scene: CheckScene, at: DestinationId): Promise<void> {
    const { tenant, vault, counts, signal } = scene;
    const destination = await this.directory.open(tenant, vault, at);
    const before = counts.objectsUnknown;
    let strangers: ObjectInfo[] = [];
    const tell = async () => {
      await this.#tellStrangers(scene, at, strangers, counts.objectsUnknown - before);
      strangers = [];
    };
    for await (const { left: expected, right: found } of mergeByName(this.#expected(scene, at), destination.list(''))) {
      signal.throwIfAborted();
      if (expected) await this.#compare(scene, at, expected, found);
      else if (found) strangers.push(found);
      if (strangers.length >= PAGE) await tell();
    }
    await tell();
  }

  async #compare(
    scene: CheckScene,
    at: DestinationId,
    expected: ExpectedObject,
    found: ObjectInfo | undefined,
  ): Promise<void> {
    const { isHeld, isDamaged } = expected;
    if (!isHeld && !isDamaged) return;
    scene.counts.objectsChecked += 1;
    if (isDamaged || found?.bytes !== expected.bytes) await this.treat.inspect(scene, at, expected);
  }

  /** What was put and registered while the index was read is no stranger. */
  async #tellStrangers(
    { tenant, vault, jobId, counts }: CheckScene,
    at: DestinationId,
    found: readonly ObjectInfo[],
    told: number,
  ): Promise<void> {
    const names = found.map(({ name }) => name);
    const known = await this.integrity.knownNames(tenant, vault, names);
    const strangers = found.filter(({ name }) => !known.has(name));
    counts.objectsUnknown += strangers.length;
    for (const { name, bytes } of strangers.slice(0, Math.max(0, UNKNOWN_KEPT - told)))
      await this.integrity.tell(
        tenant,
        vault,
        { destination: at, name },
        { damage: 'unknown', state: 'told', bytes, jobId },
      );
  }

  async *#expected({ tenant, vault }: CheckScene, at: DestinationId): AsyncGenerator<ExpectedObject> {
    const page = (after: string) => this.integrity.objects(tenant, vault, at, { after, size: PAGE });
    for (let some = await page(''); some.length > 0; some = await page(some.at(-1)?.name ?? '')) yield* some;
  }
}
