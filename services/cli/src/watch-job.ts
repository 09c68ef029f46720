import { jobActivityView, jobView, type JobActivityView, type JobView } from '@holdfast/contracts/api';
import { SingleBar } from 'cli-progress';
import { path } from './api/path.js';
import { CommandFailed } from './failure.js';
import { bytesInWords, countInWords } from './output/words.js';
import type { Session } from './session.js';

/** A watch that broke off before it showed anything is taken up again so often, one after the other. */
const ATTEMPTS = 10;
const AGAIN_MS = 1_000;
/** Without a terminal a line is written this often at most. */
const LINE_EVERY_MS = 5_000;

/** Shows a job live until it has ended, whatever becomes of the connection; answers how it ended. */
export async function watchJob(session: Session, jobId: string): Promise<JobView> {
  const at = await session.below(path`jobs/${jobId}`);
  const view = viewFor(session);
  const warned = new Set<string>();
  try {
    let failures = 0;
    for (;;) {
      const { isOver, hasShown } = await follow(session, `${at}/activity`, { view, warned });
      if (isOver) break;
      if (hasShown) failures = 0;
      if (failures === ATTEMPTS)
        throw new CommandFailed('The watch broke off again and again. The job itself goes on: holdfast job show');
      failures += 1;
      await session.around.sleep(AGAIN_MS);
    }
  } finally {
    view.end();
  }
  return session.api.get(at, jobView);
}

/** Whether the job ended as it should; a sentence for exit code 1 when not. */
export function failUnlessWell(job: JobView): void {
  if (job.state === 'completed' || job.state === 'completed-with-warnings') return;
  throw new CommandFailed(`The job ended: ${job.state}. See: holdfast job report ${job.jobId}`);
}

interface View {
  show(activity: JobActivityView): void;
  end(): void;
}

/** Whether the server said that this is the end, and whether it said anything before. */
async function follow(
  session: Session,
  at: string,
  { view, warned }: { readonly view: View; readonly warned: Set<string> },
) {
  let hasShown = false;
  try {
    for await (const { event, data } of session.api.events(at)) {
      if (event === 'end') return { isOver: true, hasShown };
      if (event !== 'activity') continue;
      const activity = jobActivityView.parse(JSON.parse(data));
      view.show(activity);
      const fresh = activity.warnings.filter((warning) => !warned.has(warning));
      for (const warning of fresh) warned.add(warning);
      await session.noteAll(fresh);
      hasShown = true;
    }
  } catch (error) {
    // What the server refuses, it refuses again; only a broken connection is worth another try.
    if (error instanceof CommandFailed) throw error;
  }
  return { isOver: false, hasShown };
}

function viewFor(session: Session): View {
  if (session.print.isJson)
    return { show: (activity) => session.print.event(activity, () => undefined), end: () => undefined };
  return session.around.stderr.isTTY === true ? barView(session) : lineView(session);
}

function barView({ around }: Session): View {
  const bar = new SingleBar({
    format: '{bar} {done}/{all} resources · {items} items · {read} · {state}',
    stream: around.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: false,
  });
  let leaveOff: (() => void) | undefined;
  return {
    show: (activity) => {
      const { done, total } = progressOf(activity);
      const words = wordsOf(activity);
      if (leaveOff) bar.setTotal(total);
      else bar.start(total, done, words);
      // The bar hides the cursor until it is stopped.
      leaveOff ??= around.beforeSignals(() => bar.stop());
      bar.update(done, words);
    },
    end: () => {
      leaveOff?.();
      bar.stop();
    },
  };
}

function lineView({ around, print }: Session): View {
  let writtenAt = 0;
  let state = '';
  return {
    show: (activity) => {
      if (activity.state === state && around.now() - writtenAt < LINE_EVERY_MS) return;
      const { done, all, items, read, state: now } = wordsOf(activity);
      print.line(`${done}/${all} resources, ${items} items, ${read}, ${now}`);
      writtenAt = around.now();
      state = activity.state;
    },
    end: () => undefined,
  };
}

/** By items where their number is known, else by resources. */
function progressOf({ itemsDone, itemsExpected, tasksFinished, tasksTotal }: JobActivityView) {
  return itemsExpected === undefined
    ? { done: tasksFinished, total: Math.max(1, tasksTotal) }
    : { done: itemsDone, total: Math.max(itemsDone, itemsExpected) };
}

function wordsOf(activity: JobActivityView) {
  return {
    done: activity.tasksFinished,
    all: activity.tasksTotal,
    items: countInWords(activity.itemsDone),
    read: bytesInWords(activity.bytesDone),
    state: activity.throttled > 0 ? `${activity.state}, throttled ${activity.throttled} times` : activity.state,
  };
}
