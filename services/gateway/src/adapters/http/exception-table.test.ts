import { describe, expect, it } from '@jest/globals';
import type { ExceptionView } from '@holdfast/contracts/api';
import { buffer } from 'node:stream/consumers';
import { exceptionTable } from './exception-table.js';

const row = (path: readonly string[]): ExceptionView => ({
  workload: 'mail',
  resourceId: 'mail.a',
  outcome: 'unexplained',
  severity: 'error',
  path: [...path],
  code: 'COUNT_DIFFERS',
  reason: 'Because.',
  atMs: 0,
  atSource: 3,
  inSnapshot: 2,
});
async function* rows(...paths: readonly (readonly string[])[]) {
  for (const path of paths) yield row(path);
}

/** With the mark in front, which decoders swallow. */
async function written(...paths: readonly (readonly string[])[]): Promise<string> {
  return (await buffer(exceptionTable(rows(...paths)))).toString();
}

describe('exceptionTable', () => {
  it('writes one line for each row below the titles', async () => {
    const lines = (await written(['Inbox', 'A, "B"'])).split('\r\n');
    expect(lines).toEqual([
      '\uFEFFworkload,resource,outcome,severity,kind,path,item,code,reason,at,attempts,at source,in snapshot',
      'mail,mail.a,unexplained,error,,"Inbox/A, ""B""",,COUNT_DIFFERS,Because.,1970-01-01T00:00:00.000Z,,3,2',
      '',
    ]);
  });

  it('writes the titles where there is no exception', async () => {
    expect(await written()).toMatch(/^\uFEFFworkload,.*in snapshot\r\n$/);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r\n=1', '  =1', '\uFF1D1', '\u0000=1'])(
    'lets no spreadsheet take %j for a formula',
    async (name) => {
      const [, line = ''] = (await written([name])).split('\r\n');
      expect(line.split(',')[5]).toMatch(/^'/);
    },
  );
});
