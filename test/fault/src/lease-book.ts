import pg from 'pg';

/** One time that a task was leased. */
export interface LeaseNote {
  readonly jobId: string;
  readonly resourceId: string;
  readonly epoch: number;
  /** Times that the task had begun anew by then. */
  readonly freshStarts: number;
}

const NOTE_LEASES = `
  create schema if not exists faults;
  create table if not exists faults.leases (job_id text, resource_id text, epoch bigint, fresh_starts int);
  create or replace function faults.note() returns trigger language plpgsql security definer as $$
    begin
      insert into faults.leases values (new.job_id, new.resource_id, new.epoch, new.fresh_starts);
      return null;
    end $$;
  create trigger faults_note after update of epoch on scheduler.tasks
    for each row when (old.epoch is distinct from new.epoch) execute function faults.note();`;

/** Looks into the control plane's tables as an administrator does: who leased what, and what is left undone. */
export class LeaseBook {
  private constructor(private readonly url: string) {}

  /** Has every lease noted from here on. */
  static async open(url: string): Promise<LeaseBook> {
    const book = new LeaseBook(url);
    await book.run(NOTE_LEASES);
    return book;
  }

  async leasesOf(jobId: string): Promise<LeaseNote[]> {
    const rows = await this.run('select * from faults.leases where job_id = $1 order by epoch', [jobId]);
    return rows.map((row) => ({
      jobId: String(row['job_id']),
      resourceId: String(row['resource_id']),
      epoch: Number(row['epoch']),
      freshStarts: Number(row['fresh_starts']),
    }));
  }

  /** What nobody has done yet: tasks that have not ended, and messages in outboxes. */
  async leftUndone(tenantId: string): Promise<string[]> {
    const tasks = await this.run(
      `select resource_id || ' is ' || state as text from scheduler.tasks where tenant_id = $1 and state in ('ready', 'leased')`,
      [tenantId],
    );
    const jobs = await this.run(
      `select 'job ' || job_id || ' is ' || state as text from scheduler.jobs where tenant_id = $1 and finished_at is null`,
      [tenantId],
    );
    const outboxes = await this.run(`select table_schema from information_schema.tables where table_name = 'outbox'`);
    const messages = [];
    for (const { table_schema: schema } of outboxes)
      messages.push(
        ...(await this.run(`select '${String(schema)} has not sent ' || event as text from ${String(schema)}.outbox`)),
      );
    return [...tasks, ...jobs, ...messages].map((row) => String(row['text']));
  }

  /** A connection of its own each time: the server comes and goes. */
  async run(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
      return rows;
    } finally {
      await client.end();
    }
  }
}
