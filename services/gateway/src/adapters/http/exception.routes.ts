import { exceptionFilter, exceptionQuery, exceptionView, page } from '@holdfast/contracts/api';
import { Controller } from '@nestjs/common';
import type { Response } from 'express';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { ListExceptions } from '../../app/list-exceptions.js';
import { exceptionTable } from './exception-table.js';
import { Route, type Asked } from './route.js';
import { pageView } from './words.js';

type OfJob = 'tenantId' | 'jobId';

/** What a job could not protect as it should, over all its resources. */
@Controller()
export class ExceptionRoutes {
  constructor(private readonly exceptions: ListExceptions) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/exceptions',
    permission: 'content:read',
    summary: 'List every exception of a backup job, by resource, and what no interface covers',
    query: exceptionQuery,
    response: page(exceptionView),
    audit: { action: 'content.exceptions', is: 'content' },
  })
  async list({ params, query, caller }: Asked<OfJob, z.output<typeof exceptionQuery>>) {
    const { pageSize, pageToken, ...filter } = query;
    const asked = { ...params, ...filter, actor: caller.keyId };
    const { rows, next = '' } = await this.exceptions.page(asked, pageSize, pageToken);
    return pageView(rows, next);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/exceptions.csv',
    permission: 'content:read',
    summary: 'Download every exception of a backup job as a table for spreadsheets; no cell is taken for a formula',
    query: exceptionFilter,
    streams: 'text/csv',
    audit: { action: 'content.exceptions', is: 'content' },
  })
  async table({ params, query, caller }: Asked<OfJob, z.output<typeof exceptionFilter>>, response: Response) {
    const rows = this.exceptions.all({ ...params, ...query, actor: caller.keyId });
    // What is refused is refused with the first row, before the answer has begun.
    const first = await rows.next();
    response.setHeader('content-type', 'text/csv; charset=utf-8');
    response.setHeader('content-disposition', `attachment; filename="exceptions-${params.jobId}.csv"`);
    try {
      await pipeline(exceptionTable(goOn(first, rows)), response);
    } catch (error) {
      // A reader who went away is no failure; rows that fail are, and the answer is cut off unfinished.
      if (!response.destroyed || response.errored) throw error;
    }
  }
}

async function* goOn<Row>(first: IteratorResult<Row>, rows: AsyncGenerator<Row>): AsyncGenerator<Row> {
  if (first.done === true) return;
  yield first.value;
  yield* rows;
}
