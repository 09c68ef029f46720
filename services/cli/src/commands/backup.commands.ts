import { jobView } from '@holdfast/contracts/api';
import { path } from '../api/path.js';
import type { CommandGroup } from './command-group.js';
import { fieldsOfJob, showReport } from './job.commands.js';
import { failUnlessWell, watchJob } from '../watch-job.js';
import { followJob } from './follow-job.js';

/** `holdfast backup …`. */
export const backupCommands: CommandGroup = (program, act) => {
  const backup = program.command('backup').description('run, stop and watch backups');
  backup
    .command('run')
    .description('start a backup; with --watch, show it live and fail unless it ends well')
    .argument('[set]', 'name or id of the backup set')
    .option('--full-check', 'enumerate everything and compare, whatever the cursors say')
    .option('--watch', 'show it live until it has ended, then its report')
    .action(
      act(async (session, text: string | undefined, options: { fullCheck?: boolean; watch?: boolean }) => {
        const set = await session.backupSet(text);
        const at = await session.below(path`backup-sets/${set}/jobs`);
        const job = await session.api.post(at, jobView, { fullCheck: options.fullCheck === true });
        await followJob(session, job, {
          watch: options.watch,
          later: `Watch it: holdfast backup watch ${job.jobId}`,
          show: showReport,
        });
      }),
    );
  backup
    .command('stop')
    .description('ask a job to stop; it ends at its next checkpoint')
    .argument('<job>', 'id of the job')
    .action(
      act(async (session, jobId: string) => {
        const job = await session.api.post(await session.below(path`jobs/${jobId}/stop`), jobView);
        session.print.fields(job, fieldsOfJob(job));
      }),
    );
  backup
    .command('watch')
    .description('show a job live until it has ended, then its report; fails unless it ends well')
    .argument('<job>', 'id of the job')
    .action(
      act(async (session, jobId: string) => {
        const ended = await watchJob(session, jobId);
        await showReport(session, jobId);
        failUnlessWell(ended);
      }),
    );
};
