import { describe, expect, it } from '@jest/globals';
import { matchesFilter, parseFilter } from './odata-filter.js';
import { parseQuery, project, sortEntities } from './odata.js';

const all = new Set(['$select', '$filter', '$top', '$skip', '$orderby', '$expand', '$count']);
const entity = {
  id: '7',
  displayName: "Ann O'Neil",
  size: 12,
  isRead: false,
  gone: null,
  at: '2026-01-02T03:04:05Z',
  from: { emailAddress: { address: 'a@b' } },
};

describe('$filter', () => {
  it.each([
    ["displayName eq 'ann o''neil'", true],
    ['size ge 12 and size lt 13', true],
    ['size gt 12 or isRead eq true', false],
    ['not (isRead eq true)', true],
    ["startswith(displayName,'Ann') and endswith(displayName,'Neil')", true],
    ["contains(displayName,'nn')", true],
    ["id in ('1','7')", true],
    ['at ge 2026-01-02T03:04:05.000Z', true],
    ['at gt 2026-01-02T03:04:05Z', false],
    ['gone eq null', true],
    ['size ne null', true],
    ["from/emailAddress/address eq 'A@B'", true],
    ["id eq '1' or id eq '7' and size eq 12", true],
  ])('%s is %s', (text, expected) => {
    expect(matchesFilter(parseFilter(text), entity)).toBe(expected);
  });

  it.each(['', 'size', 'size eq', 'size like 5', 'size eq 5 )', "resourceProvisioningOptions/Any(x:x eq 'Team')"])(
    'refuses "%s"',
    (text) => {
      expect(() => parseFilter(text)).toThrow('Invalid filter clause');
    },
  );
});

describe('parseQuery', () => {
  it('reads nested options of $expand', () => {
    const text = `$expand=${encodeURIComponent("singleValueExtendedProperties($filter=id eq 'Long 0x0E08'),attachments($select=id,name;$top=3)")}`;
    const { expand } = parseQuery(text, all);
    expect(expand.map(({ name }) => name)).toEqual(['singleValueExtendedProperties', 'attachments']);
    expect(expand[0]?.options.filter).toEqual({ kind: 'compare', path: 'id', operator: 'eq', value: 'Long 0x0E08' });
    expect(expand[1]?.options).toMatchObject({ select: ['id', 'name'], top: 3 });
  });

  it.each([
    '$search=x',
    '$top=-1',
    '$top=a',
    '$orderby=a+sideways',
    '$select=a&$select=b',
    '$expand=a($secret=1)',
    '$filter=%',
  ])('refuses %s', (text) => {
    expect(() => parseQuery(text, all)).toThrow();
  });

  it('keeps options that are not OData as they came', () => {
    expect(parseQuery('includeHiddenFolders=true&token=a%2Bb', all).raw).toEqual(
      new Map([
        ['includeHiddenFolders', 'true'],
        ['token', 'a+b'],
      ]),
    );
  });
});

describe('project and sortEntities', () => {
  it('keeps the selected properties and annotations', () => {
    expect(project({ '@odata.etag': 'e', id: '7', size: 1 }, ['size'])).toEqual({ '@odata.etag': 'e', size: 1 });
  });

  it('orders by several paths', () => {
    const rows = [
      { a: 1, b: 'x' },
      { a: 2, b: 'Y' },
      { a: 1, b: 'W' },
    ];
    const ordered = sortEntities(rows, [
      { path: 'a', descending: true },
      { path: 'b', descending: false },
    ]);
    expect(ordered.map(({ b }) => b)).toEqual(['Y', 'W', 'x']);
  });
});
