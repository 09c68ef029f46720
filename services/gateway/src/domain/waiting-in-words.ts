/** What waits at a destination to be deleted, for one thing. */
export interface Waiting {
  /** As the API's report of a space freeing names it. */
  readonly waitsFor: string;
  readonly objects: number;
  /** In milliseconds since the epoch; 0 where it is not known. */
  readonly untilMs: number;
}

type InWords = (objects: string, until: string) => string;

const WORDS = {
  lock: (objects) => `Locked, or behind snapshots that are: ${objects}.`,
  unfinished: (objects, until) =>
    `What a space freeing was putting there, which goes when that ends, or broke off and goes by ${until}: ${objects}.`,
  rest: (objects, until) => `For readers, until ${until}: ${objects}.`,
  copies: (objects) =>
    `For a destination that lacks copies of what came before, is behind or does not answer: ${objects}.`,
  snapshots: (objects) => `For snapshots that go first: ${objects}.`,
  'another-try': (objects, until) =>
    `For another try, by ${until}, of a destination where one did not succeed: ${objects}.`,
  turn: (objects) => `For storage to come to it: ${objects}.`,
} satisfies Record<string, InWords>;

const isKnown = (waitsFor: string): waitsFor is keyof typeof WORDS => Object.hasOwn(WORDS, waitsFor);

/** A sentence for each thing that is waited for, of all destinations together. */
export function waitingInWords(waiting: readonly Waiting[]): string {
  const sentences = [...Map.groupBy(waiting, ({ waitsFor }) => waitsFor)].map(([waitsFor, shares]) => {
    const objects = shares.reduce((sum, share) => sum + share.objects, 0);
    const until = new Date(Math.max(...shares.map(({ untilMs }) => untilMs))).toISOString();
    const counted = objects === 1 ? '1 object' : `${objects} objects`;
    return isKnown(waitsFor)
      ? WORDS[waitsFor](counted, until)
      : `For what a newer storage calls ${waitsFor}: ${counted}.`;
  });
  return sentences.map((sentence) => ` ${sentence}`).join('');
}
