import { TaskState } from '@holdfast/contracts/scheduler/v1';
import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { DumpEntry } from '@holdfast/simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let user: string;
let other: string;
let resource: ResourceId;
let snapshot: SnapshotId;
let savedIds: ReadonlySet<string>;

beforeAll(async () => {
  world = await RestoreWorld.start();
  [user = '', other = ''] = await world.users('mail');
  resource = resourceIdOf('mail', user);
  snapshot = await world.save('mail', user);
  savedIds = new Set((await messages()).map(({ id }) => id));
});
afterAll(() => world.close());
beforeEach(() => {
  world.told.finished.length = 0;
  world.told.failed.length = 0;
  world.crashAfterWrites = Infinity;
});

const messages = async (of = user) => (await world.dump(of, 'mail')).filter(({ kind }) => kind === 'message');
const searches = async (of = user) => (await world.dump(of, 'mail')).filter(({ fields }) => fields['search'] != null);
const wordsOf = (entries: readonly DumpEntry[]) =>
  entries
    .map(({ fields }) =>
      JSON.stringify([fields['folder'], fields['subject'], fields['isRead'], fields['categories'], fields['flag']]),
    )
    .sort();

describe('a restore of mail', () => {
  it('has nothing to do while nothing changed', async () => {
    const plan = await world.plan({ resource, snapshot });
    expect(plan.counts).toMatchObject({ createFolders: 0, create: 0, overwrite: 0, keepBoth: 0, requests: 0 });
    expect(plan.counts.unchanged).toBe((await messages()).length + (await searches()).length);
  });

  it('says that the plan is to be made again where the right to look at the target ran out meanwhile', async () => {
    world.hasPlanningLapsed = true;
    const planning = world.plan({ resource, snapshot }).finally(() => (world.hasPlanningLapsed = false));
    await expect(planning).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringContaining('make it again'),
    });
  });

  it('brings back what was deleted, moved and changed, and a second one adds nothing', async () => {
    const before = await messages();
    const sent = before.filter(({ fields }) => fields['isDraft'] === false);
    const [gone, moved, flagged] = sent;
    await world.mutate('mail', user, { op: 'permanent-delete', message: gone!.id });
    await world.mutate('mail', user, { op: 'move', message: moved!.id, folder: 'junkemail' });
    await world.mutate('mail', user, { op: 'update', message: flagged!.id, fields: { categories: ['Red category'] } });
    const plan = await world.plan({ resource, snapshot });
    expect(plan.counts).toMatchObject({ create: 1, overwrite: 2 });
    expect(plan.warnings.length).toBeGreaterThan(0);
    const { rows } = await world.show.steps(world.tenant, plan.planId, 'tester', { size: 500, token: '' });
    expect(rows.find(({ action }) => action === 'create')).toMatchObject({
      itemId: gone!.id,
      name: gone!.fields['subject'],
    });
    await world.perform(plan);
    expect(world.told.failed).toEqual([]);
    expect(world.told.finished).toMatchObject([
      { outcome: TaskState.TASK_STATE_COMPLETED, report: { newItems: { items: 1 }, updated: { items: 2 } } },
    ]);
    expect(wordsOf(await messages())).toEqual(wordsOf(before));
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report).toMatchObject({ done: 3, failed: 0, verified: 3 });
    await world.perform(plan);
    expect(await messages()).toHaveLength(before.length);
    const again = await world.plan({ resource, snapshot });
    expect(again.counts).toMatchObject({ create: 0, overwrite: 0, keepBoth: 0 });
  });

  it('asks for a single message by itself, and knows what an earlier restore made of it, drafts too', async () => {
    for (const isDraft of [false, true]) {
      const victim = (await messages()).find(({ id, fields }) => savedIds.has(id) && fields['isDraft'] === isDraft);
      await world.mutate('mail', user, { op: 'permanent-delete', message: victim!.id });
      const source = { resource, snapshot, itemIds: [victim!.id] };
      const plan = await world.plan(source);
      expect(plan.counts).toMatchObject({ create: 1, createFolders: 0, unchanged: 0 });
      await world.perform(plan);
      expect((await world.plan(source)).counts).toMatchObject({ create: 0, overwrite: 0, unchanged: 1 });
      expect((await world.plan({ resource, snapshot })).counts).toMatchObject({ create: 0, overwrite: 0 });
    }
  });

  it('keeps a draft that says what it said, though it was moved meanwhile', async () => {
    const draft = (await messages()).find(({ id, fields }) => savedIds.has(id) && fields['isDraft'] === true)!;
    await world.mutate('mail', user, { op: 'move', message: draft.id, folder: 'junkemail' });
    const plan = await world.plan({ resource, snapshot, itemIds: [draft.id] });
    await world.perform(plan);
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report).toMatchObject({ done: 1, failed: 0, verified: 1 });
    const now = (await messages()).find(({ id }) => id === draft.id);
    expect(now?.fields).toEqual(draft.fields);
    expect((await world.plan({ resource, snapshot })).counts).toMatchObject({ overwrite: 0 });
  });

  it('replaces a draft that was written on, and leaves the new words among the recoverable items', async () => {
    const drafts = (await messages()).filter(({ id, fields }) => savedIds.has(id) && fields['isDraft'] === true);
    const draft = drafts.at(-1)!;
    await world.mutate('mail', user, { op: 'update', message: draft.id, fields: { subject: 'Later words' } });
    await world.perform(await world.plan({ resource, snapshot, itemIds: [draft.id] }));
    const now = (await messages()).filter(
      ({ fields }) => fields['internetMessageId'] === draft.fields['internetMessageId'],
    );
    expect(now.map(({ fields }) => fields['subject'])).toContain(draft.fields['subject']);
    expect(now.map(({ id }) => id)).not.toContain(draft.id);
  });

  it('puts copies into a chosen folder and leaves the messages where they are, whatever the policy', async () => {
    const before = await messages();
    const victim = before.find(({ id, fields }) => savedIds.has(id) && fields['isDraft'] === false)!;
    for (const [at, itemIds] of [[victim.id], []].entries()) {
      const folder = { targetFolder: `Chosen ${at}` };
      const plan = await world.plan({ resource, snapshot, itemIds }, folder);
      await world.perform(plan);
      expect(plan.counts).toMatchObject({ overwrite: 0, unchanged: 0 });
      expect(plan.counts.create).toBeGreaterThanOrEqual(itemIds.length || savedIds.size);
      const ids = new Set((await messages()).map(({ id }) => id));
      expect(before.filter(({ id }) => !ids.has(id))).toEqual([]);
      const again = await world.plan({ resource, snapshot, itemIds }, folder);
      expect(again.counts).toMatchObject({ create: 0, overwrite: 0 });
    }
    const stayed = (await messages()).filter(({ id }) => before.some((entry) => entry.id === id));
    expect(wordsOf(stayed)).toEqual(wordsOf(before));
    const chosen = (await world.dump(user, 'mail')).filter(({ fields }) =>
      /^Chosen \d$/.test(String(fields['displayName'])),
    );
    for (const { id } of chosen)
      await world.mutate('mail', user, { op: 'delete-folder', folder: id, isPermanent: true });
  });

  it('goes on after a crash at any point without a second copy', async () => {
    const before = await messages(other);
    const plan = await world.plan({ resource, snapshot, target: resourceIdOf('mail', other) });
    const there = new Set((await searches(other)).map(({ key }) => key));
    const made = plan.counts.create - (await messages()).length;
    expect(made).toBeLessThanOrEqual((await searches()).filter(({ key }) => !there.has(key)).length);
    for (const writes of [1, 3, 7, 20]) {
      world.crashAfterWrites = writes;
      await world.perform(plan);
    }
    expect(world.told.failed).toHaveLength(4);
    world.crashAfterWrites = Infinity;
    await world.perform(plan);
    expect(world.told.finished).toHaveLength(1);
    expect(await messages(other)).toHaveLength(before.length + plan.counts.create - made);
    const again = await world.plan({ resource, snapshot, target: resourceIdOf('mail', other) });
    const unchanged = (await messages()).length + (await searches()).length - plan.counts.skip;
    expect(again.counts).toMatchObject({ create: 0, overwrite: 0, unchanged });
  });

  it('adds nothing when two plans made before either is performed are both performed', async () => {
    const source = { resource, snapshot, target: resourceIdOf('mail', other) };
    const folder = { targetFolder: 'Twice/Restored' };
    const plans = [await world.plan(source, folder), await world.plan(source, folder)];
    for (const plan of plans) await world.perform(plan);
    const restored = (await messages(other)).filter(({ fields }) => String(fields['folder']).includes('Restored'));
    expect(restored).toHaveLength((await messages()).length);
  });

  it('leaves alone what was changed after the plan was made, and says so', async () => {
    const [victim] = (await messages()).filter(({ id, fields }) => savedIds.has(id) && fields['isDraft'] === false);
    await world.mutate('mail', user, {
      op: 'update',
      message: victim!.id,
      fields: { isRead: victim!.fields['isRead'] !== true },
    });
    const plan = await world.plan({ resource, snapshot, itemIds: [victim!.id] });
    expect(plan.counts).toMatchObject({ overwrite: 1 });
    await world.mutate('mail', user, { op: 'update', message: victim!.id, fields: { categories: ['Blue category'] } });
    await world.perform(plan);
    expect(world.told.finished).toMatchObject([{ outcome: TaskState.TASK_STATE_INCOMPLETE, report: { owed: 1 } }]);
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report.failures).toMatchObject([{ errorCode: 'CONFLICT', itemId: victim!.id }]);
  });

  it('keeps no name and no subject in the database', async () => {
    const plan = await world.plan({ resource, snapshot }, { targetFolder: 'Geheimnis' });
    const subjects = (await messages())
      .map(({ fields }) => String(fields['subject']))
      .filter((text) => text.length > 8);
    const rows = await world.database.inTenant(world.tenant, async (tx) => [
      ...(await tx.selectFrom('plan_steps').selectAll().where('plan_id', '=', plan.planId).execute()),
      ...(await tx.selectFrom('plans').selectAll().execute()),
      ...(await tx.selectFrom('live_items').selectAll().execute()),
    ]);
    const text = JSON.stringify(rows);
    for (const subject of [...subjects, 'Geheimnis']) expect(text).not.toContain(JSON.stringify(subject).slice(1, -1));
  });
});

describe('browsing', () => {
  it('pages through a folder and tells where an item lies', async () => {
    const place = { vaultId: world.vault.id, resourceId: resource, snapshotId: snapshot, actor: 'tester' };
    const top = await world.browse.listFolder(world.tenant, place, '', { size: 500, token: '' });
    const dump = await world.dump(user, 'mail');
    const inbox = top.rows.find(
      ({ itemId }) => itemId === dump.find(({ fields }) => fields['wellKnownName'] === 'inbox')?.id,
    );
    const seen: string[] = [];
    let token = '';
    do {
      const page = await world.browse.listFolder(world.tenant, place, inbox!.itemId, { size: 7, token });
      seen.push(...page.rows.map(({ itemId }) => itemId));
      token = page.next;
    } while (token !== '');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(7);
    const item = await world.browse.getItem(world.tenant, place, seen.at(-1)!);
    expect(item.path).toEqual([inbox!.name]);
    await expect(
      world.browse.listFolder(world.tenant, place, inbox!.itemId, { size: 7, token: 'bad' }),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(
      world.browse.listFolder(world.tenant, place, item.itemId, { size: 7, token: '' }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('folder') });
    expect(world.vault.readings).toContainEqual({ actor: 'tester', reason: 'browse' });
  });
});

describe('searching', () => {
  const places = () => [{ resourceId: resource, snapshotId: snapshot }];
  const saved = async () => (await messages()).filter(({ id }) => savedIds.has(id));

  it.each(['contains', 'exact', 'starts-with', 'ends-with'] as const)('finds by subject: %s', async (match) => {
    const subjects = (await saved()).map(({ fields }) => String(fields['subject']));
    const word = subjects.find((subject) => subject.length > 12)!;
    const text = {
      contains: word.slice(3, 9),
      exact: word,
      'starts-with': word.slice(0, 5),
      'ends-with': word.slice(-5),
    }[match];
    const test = {
      contains: (subject: string) => subject.includes(text),
      exact: (subject: string) => subject === text,
      'starts-with': (subject: string) => subject.startsWith(text),
      'ends-with': (subject: string) => subject.endsWith(text),
    }[match];
    const found = await world.find(places(), {
      pattern: { text, match, isCaseSensitive: true },
      kinds: new Set(['message']),
    });
    const expected = (await saved()).filter(({ fields }) => test(String(fields['subject']))).map(({ id }) => id);
    for (const id of expected) expect(found).toContain(id);
    expect(found.length).toBeGreaterThan(0);
  });

  it('finds by sender, recipient and date, in pages of any size', async () => {
    const [one] = await saved();
    const from = one!.fields['from'] as { emailAddress: { address: string } };
    const pattern = { text: from.emailAddress.address, match: 'contains', isCaseSensitive: false } as const;
    expect(await world.find(places(), { pattern, fields: new Set(['sender']) })).toContain(one!.id);
    const to = one!.fields['toRecipients'] as { emailAddress: { address: string } }[];
    const recipient = { ...pattern, text: to[0]!.emailAddress.address };
    expect(await world.find(places(), { pattern: recipient, fields: new Set(['recipient']) })).toContain(one!.id);
    const at = Date.parse(String(one!.fields['receivedDateTime']));
    expect(await world.find(places(), { fromMs: at, toMs: at })).toContain(one!.id);
    const all = await world.find(places(), { kinds: new Set(['message']) });
    expect(new Set(all).size).toBe(savedIds.size);
    expect(await world.find(places(), { kinds: new Set(['message']) }, 7)).toEqual(all);
  });

  it('stays below a folder, with its subfolders or without', async () => {
    const place = { vaultId: world.vault.id, ...places()[0]!, actor: 'tester' };
    const top = await world.browse.listFolder(world.tenant, place, '', { size: 500, token: '' });
    const level = top.rows.find(({ name }) => name === 'Level 1')!.itemId;
    const below = await world.find(places(), { folderId: level }, 3);
    const here = await world.find(places(), { folderId: level, skipSubfolders: true });
    const list = await world.browse.listFolder(world.tenant, place, level, { size: 500, token: '' });
    expect(here.sort()).toEqual(list.rows.map(({ itemId }) => itemId).sort());
    expect(below.length).toBeGreaterThan(here.length);
    expect(new Set(below).size).toBe(below.length);
  });
});

describe('a restore of links to files in the cloud', () => {
  it('names each message that came back without its links to files in the cloud', async () => {
    for (let n = 0; n < 12; n += 1) await world.mutate('mail', user, { op: 'arrive', shape: 'reference' });
    const saved = await world.save('mail', user);
    const kinds = ({ fields }: { fields: Record<string, unknown> }) =>
      (fields['attachments'] as { kind: string }[]).map(({ kind }) => kind);
    const linked = (await messages()).filter((entry) => kinds(entry).includes('reference'));
    const linksOnly = linked.filter((entry) => kinds(entry).every((kind) => kind === 'reference'));
    expect(linksOnly.length).toBeGreaterThan(1);
    for (const { id } of linked) await world.mutate('mail', user, { op: 'permanent-delete', message: id });
    const plan = await world.plan({ resource, snapshot: saved, itemIds: linked.map(({ id }) => id) });
    await world.perform(plan);
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report).toMatchObject({ done: linked.length, failures: [] });
    expect(report.losses.map(({ itemId }) => itemId).sort()).toEqual(linksOnly.map(({ id }) => id).sort());
    for (const { name, cause } of report.losses) {
      expect(linked.map(({ fields }) => fields['subject'])).toContain(name);
      expect(cause).toBe('attachments[reference]');
    }
    const again = await world.plan({ resource, snapshot: saved, itemIds: linked.map(({ id }) => id) });
    expect(again.counts).toMatchObject({ create: 0, overwrite: 0, unchanged: linked.length });
  });
});

describe('a restore of saved searches', () => {
  const search = (more: object) => ({
    '@odata.type': '#microsoft.graph.mailSearchFolder',
    filterQuery: "importance eq 'high'",
    includeNestedFolders: false,
    ...more,
  });
  const make = async (fields: object) =>
    String((await world.mutate('mail', user, { op: 'create-folder', parent: 'msgfolderroot', fields }))['folder']);
  const named = async (name: string, of = user) =>
    (await searches(of)).filter(({ fields }) => fields['displayName'] === name).map(({ fields }) => fields['search']);

  it('brings them back over the folders that stand for those they looked through, here and elsewhere', async () => {
    const source = await make({ displayName: 'Plans' });
    const gone = await make(search({ displayName: 'Urgent', sourceFolderIds: [source, 'inbox'] }));
    const edited = await make(search({ displayName: 'Edited', sourceFolderIds: ['inbox'] }));
    const hidden = await make(search({ displayName: 'By Outlook', sourceFolderIds: ['inbox'], isSupported: false }));
    const saved = await world.save('mail', user);
    const [urgent] = await named('Urgent');
    for (const folder of [gone, source, hidden])
      await world.mutate('mail', user, { op: 'delete-folder', folder, isPermanent: true });
    await world.mutate('mail', user, {
      op: 'rename-folder',
      folder: edited,
      fields: { filterQuery: 'isRead eq true' },
    });
    const plan = await world.plan({ resource, snapshot: saved });
    expect(plan.counts).toMatchObject({ createFolders: 1, create: 1, overwrite: 1, skip: 1 });
    expect(plan.warnings.join()).toContain('search-not-editable');
    await world.perform(plan);
    expect(await world.show.report(world.tenant, plan.planId, 'tester')).toMatchObject({ done: 3, verified: 3 });
    expect(await named('Urgent')).toEqual([urgent]);
    expect(await named('Edited')).toMatchObject([{ filterQuery: "importance eq 'high'" }]);
    expect((await world.plan({ resource, snapshot: saved })).counts).toMatchObject({ create: 0, overwrite: 0 });
    const target = { resource, snapshot: saved, itemIds: [gone], target: resourceIdOf('mail', other) };
    const there = await world.plan(target);
    expect(there.counts).toMatchObject({ createFolders: 1, create: 1 });
    await world.perform(there);
    expect(await named('Urgent', other)).toMatchObject([{ filterQuery: "importance eq 'high'", isSupported: true }]);
    const [inOther] = await named('Urgent', other);
    const inboxOf = (await world.dump(other, 'mail')).find(({ fields }) => fields['wellKnownName'] === 'inbox')!.key;
    expect((inOther as { sources: string[] }).sources).toContain(inboxOf);
    expect((await world.plan(target)).counts).toMatchObject({ createFolders: 0, create: 0, unchanged: 1 });
  });

  it('brings those that Outlook shows back to where it shows them, here and elsewhere', async () => {
    const fields = search({ displayName: 'Shown', sourceFolderIds: ['inbox'] });
    const report = await world.mutate('mail', user, { op: 'create-folder', parent: 'searchfolders', fields });
    const folder = String(report['folder']);
    const saved = await world.save('mail', user);
    await world.mutate('mail', user, { op: 'delete-folder', folder, isPermanent: true });
    const plan = await world.plan({ resource, snapshot: saved });
    expect(plan.counts).toMatchObject({ createFolders: 0, create: 1, overwrite: 0 });
    await world.perform(plan);
    const there = await world.plan({
      resource,
      snapshot: saved,
      itemIds: [folder],
      target: resourceIdOf('mail', other),
    });
    expect(there.counts).toMatchObject({ createFolders: 0, create: 1 });
    await world.perform(there);
    for (const owner of [user, other])
      expect((await searches(owner)).filter(({ key }) => key === 'Finder/Shown')).toHaveLength(1);
  });
});
