import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clouds } from './clouds.js';

const cloud = { name: 'ours', loginBaseUrl: 'https://login.example', graphBaseUrl: 'https://graph.example' };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hf-clouds-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function fileOf(content: string): Promise<string> {
  const file = join(folder, 'clouds.json');
  await writeFile(file, content);
  return file;
}

describe('Clouds', () => {
  it('adds those of a file to Microsoft’s own', async () => {
    const clouds = new Clouds(await fileOf(JSON.stringify([cloud])));
    expect(clouds.byName('ours').settings.graphBaseUrl).toContain('https://graph.example');
    expect(clouds.byName('ours').limitsShare).toBe(1);
    expect(new Clouds(undefined).byName('global').limitsTimeScale).toBe(1);
  });

  it.each([
    ['{"secret": hunter2', 'It is not JSON.'],
    [JSON.stringify([{ ...cloud, graphBaseUrl: 'http://graph.example' }]), 'graphBaseUrl'],
  ])('names a file that it cannot use, and what is wrong with it: %s', async (content, rule) => {
    const file = await fileOf(content);
    const refused = () => new Clouds(file);
    expect(refused).toThrow(`The file ${file} of further clouds (CLOUDS_FILE) cannot be used.`);
    expect(refused).toThrow(rule);
    expect(refused).not.toThrow('hunter2');
  });

  it('names a file that is not there, and one that is none', () => {
    expect(() => new Clouds(join(folder, 'none.json'))).toThrow('There is no such file.');
    expect(() => new Clouds(folder)).toThrow('It cannot be read (EISDIR).');
  });
});
