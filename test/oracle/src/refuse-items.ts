import type { States } from './states.js';
import type { TenantUnderTest } from './tenant-under-test.js';
import { refusalOf } from './troubles.js';

/** Items that cannot be read until that is ended. */
export interface Refusal {
  /** As the model names them. */
  readonly items: ReadonlySet<string>;
  /** Those whose content is damaged: the model has none to compare with. */
  readonly damaged: ReadonlySet<string>;
  readonly end: () => Promise<void>;
}

export interface RefusalPlan {
  /** Of the job. */
  readonly name: string;
  readonly refuses: 'one' | 'half';
  readonly model: States;
}

/** Has messages and files, drawn among all, refused as locked, and messages damaged. */
export async function refuseItems(tenant: TenantUnderTest, { name, refuses, model }: RefusalPlan): Promise<Refusal> {
  const { dice, directoryId } = tenant;
  const { control } = tenant.system;
  const all = [...model].filter(([, state]) => isContent(state));
  const one = all[dice.below(`${name}/refused`, Math.max(1, all.length))];
  const chosen = all.filter((entry) =>
    refuses === 'one' ? entry === one : dice.oneIn(`${name}/refused/${entry[0]}`, 2),
  );
  const isDamaged = ([item, state]: readonly [string, string]) =>
    isMessage(state) && dice.oneIn(refuses === 'one' ? `${name}/damaged` : `${name}/damaged/${item}`, 2);
  const damaged = chosen.filter(isDamaged).map(([item]) => item);
  const locked = chosen.filter((entry) => !isDamaged(entry)).map(([item]) => item);
  for (const item of damaged) await control.setCorrupt(directoryId, ...userAndId(item), true);
  const ids = locked.map((item) => userAndId(item)[1]);
  const unlock = await tenant.disturb(ids.length > 0 ? [refusalOf(ids, directoryId)] : []);
  return {
    items: new Set([...damaged, ...locked]),
    damaged: new Set(damaged),
    end: async () => {
      await unlock();
      for (const item of damaged) await control.setCorrupt(directoryId, ...userAndId(item), false).catch(unlessGone);
    },
  };
}

function userAndId(item: string): [user: string, id: string] {
  const at = item.indexOf('/');
  return [item.slice(0, at), item.slice(at + 1)];
}

/** People may have deleted it meanwhile. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || !error.message.includes('names no message')) throw error;
}

const isMessage = (state: string) => state.startsWith('["message"');
const isContent = (state: string) => isMessage(state) || state.startsWith('["file"');
