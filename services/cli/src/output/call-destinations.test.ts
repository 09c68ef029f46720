import { expect, it } from '@jest/globals';
import { callDestinations, namesDestinations } from './call-destinations.js';

const ID = '11111111-0000-4000-8000-000000000000';
const OTHER = '22222222-0000-4000-8000-000000000000';
const names = new Map([[ID, 'NAS $1']]);

it('calls destinations by their names, and leaves all other ids', () => {
  const text = `Destination ${ID}: it is off. Pack ${OTHER} at destination ${ID}, destination ${OTHER} and ${ID}.`;
  expect(callDestinations(text, names)).toBe(
    `Destination “NAS $1”: it is off. Pack ${OTHER} at destination “NAS $1”, destination ${OTHER} and ${ID}.`,
  );
});

it.each([
  [`lies only at destination ${ID}, which`, true],
  [`lies only at ${ID}`, false],
  ['The destination folder is off.', false],
])('sees whether there is one to call: %s', (text, is) => {
  for (let times = 0; times < 2; times += 1) expect(namesDestinations(text)).toBe(is);
});
