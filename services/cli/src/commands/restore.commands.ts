import { performedPlan, planStepView, planView, restoreReportView, type PlanView } from '@holdfast/contracts/api';
import { path } from '../api/path.js';
import { CommandFailed, UsageError } from '../failure.js';
import type { Printer } from '../output/printer.js';
import { expectedTimeInWords } from '../output/expected-time.js';
import { bytesInWords, countInWords, instantInWords } from '../output/words.js';
import { fromOptions, withTime, type TimeOptions } from '../point-in-time.js';
import type { Session } from '../session.js';
import { collect, countFrom } from '../settings/parse-options.js';
import { failUnlessWell, watchJob } from '../watch-job.js';
import type { CommandGroup } from './command-group.js';
import { take } from './take.js';

interface PlanOptions extends TimeOptions {
  readonly resource?: readonly string[];
  readonly item?: readonly string[];
  readonly all?: boolean;
  readonly to?: string;
  readonly policy: string;
  readonly into?: string;
}

/** `holdfast restore …`. */
export const restoreCommands: CommandGroup = (program, act) => {
  const restore = program.command('restore').description('restores: plan, show, perform, watch');
  withTime(restore.command('plan'))
    .description('compute what a restore would do; nothing is written at Microsoft')
    .option('--resource <resource>', 'mail:ADDRESS, drive:ADDRESS or a resource id; may be given often', collect)
    .option('--item <id>', 'with one --resource: this item or folder only; may be given often', collect)
    .option('--all', 'every resource of the set')
    .option('--to <account>', 'another account; where it was when absent')
    .option('--policy <what>', 'for what exists: overwrite, skip or keep-both', 'overwrite')
    .option('--into <folder>', 'folder that all is put below, made when missing')
    .action(act(plan));
  restore
    .command('show')
    .description('show a plan; with --steps, each step')
    .argument('<plan>', 'id of the plan')
    .option('--steps', 'each step')
    .option('--limit <count>', 'steps at most', countFrom, 500)
    .action(act(show));
  restore
    .command('perform')
    .description('perform a plan; a repeat shows its job, or goes on with what is left where that did not end well')
    .argument('<plan>', 'id of the plan')
    .option('--watch', 'show it live until it has ended, then its report')
    .action(
      act(async (session, planId: string, options: { watch?: boolean }) => {
        const at = await session.below(path`restore-plans/${planId}/perform`);
        const performed = await session.api.post(at, performedPlan);
        if (options.watch === true) return watch(session, planId, performed.jobId);
        session.print.fields(performed, [
          ['Plan', performed.planId],
          ['Job', performed.jobId],
        ]);
        session.print.line(`Watch it: holdfast restore watch ${planId}`);
      }),
    );
  restore
    .command('watch')
    .description('show a restore live until it has ended, then its report; fails unless it ends well')
    .argument('<plan>', 'id of the plan')
    .action(
      act(async (session, planId: string) => {
        const { jobId } = await session.api.get(await session.below(path`restore-plans/${planId}`), planView);
        if (jobId === undefined)
          throw new CommandFailed(`The plan is not performed yet. Do it: holdfast restore perform ${planId}`);
        return watch(session, planId, jobId);
      }),
    );
  restore
    .command('report')
    .description('show what a restore did, and each failure')
    .argument('<plan>', 'id of the plan')
    .action(act(showReport));
};

async function plan(session: Session, options: PlanOptions): Promise<void> {
  const { resource = [], item, all, into, policy } = options;
  if ((all === true) === resource.length > 0)
    throw new UsageError('What to restore? Give --resource once or more, or --all.');
  if (item && resource.length !== 1) throw new UsageError('--item goes with one --resource.');
  if (all === true && options.to !== undefined) throw new UsageError('--to goes with --resource.');
  const targetAccountId = options.to === undefined ? undefined : await session.account(options.to);
  const sources: object[] = [];
  for (const text of resource)
    sources.push({ resourceId: await session.resource(text), itemIds: item ?? [], targetAccountId });
  const body = {
    from: await fromOptions(session, options),
    sources: sources.length === 0 ? undefined : sources,
    policy,
    targetFolder: into,
  };
  const made = await session.api.post(await session.below('restore-plans'), planView, body);
  showPlan(session.print, made);
  session.print.line(`Perform it: holdfast restore perform ${made.planId} --watch`);
}

async function show(session: Session, planId: string, options: { steps?: boolean; limit: number }): Promise<void> {
  const at = await session.below(path`restore-plans/${planId}`);
  if (options.steps !== true) {
    showPlan(session.print, await session.api.get(at, planView));
    return;
  }
  const { rows, isMore } = await take(session.api.rows(`${at}/steps?pageSize=500`, planStepView), options.limit);
  session.print.table(
    rows,
    [
      ['#', (row) => row.number],
      ['DOES', (row) => row.action],
      ['NAME', (row) => row.name],
      ['WHERE', (row) => row.path],
      ['STATE', (row) => row.state],
      ['FAILURE', (row) => row.errorMessage],
    ],
    'The plan has no steps.',
  );
  if (isMore) session.print.note(`There are more than ${options.limit}: raise --limit.`);
}

async function watch(session: Session, planId: string, jobId: string): Promise<void> {
  const ended = await watchJob(session, jobId);
  await showReport(session, planId);
  failUnlessWell(ended);
}

async function showReport(session: Session, planId: string): Promise<void> {
  const report = await session.api.get(await session.below(path`restore-plans/${planId}/report`), restoreReportView);
  const { print } = session;
  print.event(report, () => {
    print.fields(report, [
      ['Done', countInWords(report.done)],
      ['Verified', countInWords(report.verified)],
      ['Failed', countInWords(report.failed)],
      ['Requests', countInWords(report.requests)],
    ]);
    for (const failure of report.failures)
      print.line(
        `FAILED ${failure.action} ${failure.path}/${failure.name}: ${failure.errorMessage ?? failure.errorCode ?? ''}`,
      );
    for (const loss of report.losses) print.line(`WITHOUT ${loss.errorCode ?? ''} ${loss.path}/${loss.name}`);
  });
}

function showPlan(print: Printer, found: PlanView): void {
  const { counts } = found;
  print.result(found, () => {
    print.fields(found, [
      ['Plan', found.planId],
      ['Made', instantInWords(found.createdAtMs)],
      ['Policy', found.policy],
      ['Create folders', countInWords(counts.createFolders)],
      ['Create', countInWords(counts.create)],
      ['Overwrite', countInWords(counts.overwrite)],
      ['Keep both', countInWords(counts.keepBoth)],
      ['Skip', countInWords(counts.skip)],
      ['Unchanged', countInWords(counts.unchanged)],
      ['Writes', bytesInWords(counts.bytes)],
      ['Requests', countInWords(counts.requests)],
      ['Resource units', countInWords(counts.units)],
      ['Uploads', bytesInWords(counts.uploadBytes)],
      ['Expected time', expectedTimeInWords(counts)],
      ['Job', found.jobId ?? 'not performed'],
    ]);
    for (const warning of found.warnings) print.line(`! ${warning}`);
  });
}
