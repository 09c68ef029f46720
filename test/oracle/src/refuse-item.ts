import type { States } from './states.js';
import type { TenantUnderTest } from './tenant-under-test.js';
import { refusalOf } from './troubles.js';

/** One item that cannot be read until that is ended. */
export interface Refusal {
  /** As the model names it. */
  readonly item: string;
  /** Whether its content is damaged: then the model has none to compare with. */
  readonly isDamaged: boolean;
  readonly end: () => Promise<unknown>;
}

/** Has one message or file, drawn among all, refused as locked, or a message damaged; undefined in an empty tenant. */
export async function refuseItem(tenant: TenantUnderTest, name: string, model: States): Promise<Refusal | undefined> {
  const { dice, directoryId } = tenant;
  const { control } = tenant.system;
  const all = [...model].filter(([, state]) => isContent(state));
  const [item, state] = all[dice.below(`${name}/refused`, Math.max(1, all.length))] ?? [];
  if (item === undefined || state === undefined) return undefined;
  const [user = '', ...rest] = item.split('/');
  const id = rest.join('/');
  if (isMessage(state) && dice.oneIn(`${name}/damaged`, 2)) {
    await control.setCorrupt(directoryId, user, id, true);
    return { item, isDamaged: true, end: () => control.setCorrupt(directoryId, user, id, false).catch(unlessGone) };
  }
  const end = await tenant.disturb([refusalOf(id, directoryId)]);
  return { item, isDamaged: false, end };
}

/** People may have deleted it meanwhile. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error) || !error.message.includes('names no message')) throw error;
}

const isMessage = (state: string) => state.startsWith('["message"');
const isContent = (state: string) => isMessage(state) || state.startsWith('["file"');
