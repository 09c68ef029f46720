import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { dumpDatabase, type OpenInstallation } from './planted-installation.suite.js';
import { runPlanted, type PlantedRun } from './planted-run.suite.js';
import { plantedIn } from './planted-words.js';

const SEED = 23;

/** What is planted in a tenant, and the installation's own secrets, lie nowhere where nobody may see them. */
export function itKeepsWhatIsPlanted(start: (seed: number) => Promise<OpenInstallation>): void {
  let installation: OpenInstallation;
  let database: pg.Client;
  let run: PlantedRun;
  let dump: ReadonlyMap<string, string>;
  let log = '';
  beforeAll(async () => {
    installation = await start(SEED);
    run = await runPlanted(installation);
    database = installation.database();
    await database.connect();
    dump = await dumpDatabase(database);
    log = await installation.readLog();
  }, 240_000);
  afterAll(async () => {
    await database.end();
    await installation.close();
  }, 60_000);

  const found = (text: string) => plantedIn(Buffer.from(text), run.planted);

  it('are there for who may see them, amid troubles', () => {
    const { browsed, found: search, mail, files, restored } = run.shown;
    const names = ['subject', 'mail-folder', 'folder-name', 'file-name'];
    expect(found(browsed)).toEqual(expect.arrayContaining([...names, 'sender-name']));
    expect(found(search)).toContain('subject');
    const letter = ['subject', 'body', 'sender-name', 'sender-address', 'attachment-name', 'attachment-bytes'];
    expect(found(mail)).toEqual(expect.arrayContaining(letter));
    expect(found(files)).toEqual(expect.arrayContaining(['folder-name', 'file-name']));
    expect(found(restored)).toEqual(expect.arrayContaining([...names, 'target-folder']));
    expect(run.struck).toBeGreaterThan(4);
    expect(run.states).toEqual([
      'completed-with-errors',
      'completed',
      expect.stringMatching(/^completed/),
      expect.stringMatching(/^completed/),
    ]);
  });

  it('are in no line of the log at its most talkative', () => {
    expect(log).toContain('"level":"debug"');
    const lines = log.split('\n');
    expect(lines.filter((line) => found(line).length > 0).map((line) => [found(line), line])).toEqual([]);
  });

  it('are in no message on the bus', async () => {
    const events = (await installation.events()).split('\n');
    expect(events.length).toBeGreaterThan(5);
    expect(events.filter((line) => found(line).length > 0)).toEqual([]);
  });

  it('are in no span and no metric', () => {
    const lines = installation.telemetry().split('\n');
    expect(lines.length).toBeGreaterThan(200);
    expect(lines.filter((line) => found(line).length > 0).map((line) => [found(line), line])).toEqual([]);
  });

  it('are in no row of the database', () => {
    expect(dump.size).toBeGreaterThan(20);
    const rows = [...dump].flatMap(([table, text]) => text.split('\n').map((row) => [table, found(row), row] as const));
    expect(rows.filter(([, words]) => words.length > 0)).toEqual([]);
  });

  it('are in no answer to a wrong request', () => {
    expect(run.wrong.filter(({ status }) => status >= 400).length).toBeGreaterThan(12);
    expect(run.wrong.filter(({ text }) => found(text).length > 0)).toEqual([]);
  });

  it('are in no file: of the vault, of the database, of its log, or put down for a while', async () => {
    await database.query('checkpoint');
    const wrong = [];
    const seen: string[] = [];
    for await (const { path, bytes } of installation.files()) {
      seen.push(path);
      const words = plantedIn(bytes, run.planted);
      if (words.length > 0) wrong.push([path, words]);
    }
    expect(seen).toEqual(expect.arrayContaining([installation.databaseLog]));
    expect(seen.filter((path) => path.startsWith('backups/')).length).toBeGreaterThan(5);
    expect(wrong).toEqual([]);
  }, 120_000);

  it('would be found: the same search finds what is there, and what is put there', async () => {
    const known = [{ what: 'tenant', text: run.tenantId }];
    const finds = (text: string) => plantedIn(Buffer.from(text), known).length > 0;
    const places = [log, await installation.events(), installation.telemetry(), [...dump.values()].join('\n')];
    expect(places.map(finds)).toEqual([true, true, true, true]);
    const [first] = run.planted;
    const text = String(first?.text);
    await database.query('begin');
    await database.query('create table public.planted as select convert_to($1::text, $2) as bytes', [text, 'UTF8']);
    const withRow = await dumpDatabase(database);
    await database.query('rollback');
    expect(found(withRow.get('public.planted') ?? '')).toEqual([first?.what]);
    await writeFile(join(installation.backups, 'planted'), `x${Buffer.from(`x${text}`).toString('base64url')}`);
    const files = [];
    for await (const { path, bytes } of installation.files())
      if (path === 'backups/planted') files.push(plantedIn(bytes, run.planted));
    expect(files).toEqual([[first?.what]]);
  });
}
