import { keyWrapObjectName, newRootKey, wrapRootKey } from '@holdfast/vault';
import { expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mergeCopies } from './merge-copies.js';

const wrap = (passphrase: string) => {
  const content = wrapRootKey(newRootKey(randomBytes), 0, { kind: 'passphrase', passphrase }, randomBytes);
  return { name: keyWrapObjectName(content), content };
};
const note = (number: number, words: string) => ({ name: `generations/${number}`, content: Buffer.from(words) });
const isWhole = ({ content }: { readonly content: Uint8Array }) => Buffer.from(content).toString() !== 'damaged';

it('has what any copy has, once, in the order of names', () => {
  const [one, other] = [wrap('one'), wrap('other')];
  const merged = mergeCopies(
    [
      { keys: [one], generations: [note(2, 'two')] },
      { keys: [other, one], generations: [note(2, 'two'), note(3, 'three')] },
    ],
    isWhole,
  );
  expect(merged.keys.map(({ name }) => name)).toEqual([one.name, other.name].sort());
  expect(merged.generations).toEqual([note(2, 'two'), note(3, 'three')]);
});

it('takes whatever is whole before what is damaged, in whichever copy it lies', () => {
  const good = wrap('one');
  const bad = { ...good, content: Buffer.from(good.content) };
  bad.content[139]! ^= 1;
  const [damaged, whole] = [
    { keys: [bad], generations: [note(2, 'damaged')] },
    { keys: [good], generations: [note(2, 'two')] },
  ];
  for (const copies of [
    [damaged, whole],
    [whole, damaged],
  ])
    expect(mergeCopies(copies, isWhole)).toEqual(whole);
  expect(mergeCopies([damaged], isWhole)).toEqual(damaged);
});
