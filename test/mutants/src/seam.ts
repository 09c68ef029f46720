import { AppError } from '@holdfast/kernel';
import type { Traits } from './mutation.js';

/** Passes elements of the stage on: as they are, or as the mutant at work leaves them. */
export interface Passage {
  pass<Element>(element: Element, traits: Traits<Element>): Element[];
  rest<Element>(): Element[];
}

/** Where a stage's elements can be taken in hand from outside: one method of a class of the product. */
export type Method = (this: object, ...args: unknown[]) => unknown;

/** Puts `around` in place of a method; the product's own files know nothing of it. Answers how to take it away. */
export function wrapMethod(owner: object, name: string, around: (original: Method) => Method): () => void {
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function')
    throw new AppError('INTERNAL', `The stage's seam has no method ${name}: the registry is behind the product.`);
  Reflect.set(owner, name, around(original as Method));
  return () => void Reflect.set(owner, name, original);
}

/** The method answers a stream; what `isElement` knows is the stage's, the rest goes by. */
export function streamAnswer<Element>(
  passage: Passage,
  traits: (self: object, args: readonly unknown[]) => Traits<Element> | undefined,
  isElement: (value: unknown) => value is Element,
): (original: Method) => Method {
  return (original) =>
    function (this: object, ...args) {
      const stream = original.apply(this, args) as AsyncGenerator;
      const known = traits(this, args);
      return known ? struckStream(stream, passage, known, isElement) : stream;
    };
}

/** The method takes a stream as its argument `at`. */
export function streamArgument<Element>(
  passage: Passage,
  at: number,
  traits: (self: object, args: readonly unknown[]) => Traits<Element> | undefined,
  isElement: (value: unknown) => value is Element,
): (original: Method) => Method {
  return (original) =>
    function (this: object, ...args) {
      const known = traits(this, args);
      if (known) args[at] = struckStream(streamOf(args[at]), passage, known, isElement);
      return original.apply(this, args);
    };
}

/** The method takes a stream of lists as its argument `at`; the elements are in these. */
export function pagesArgument<Element>(
  passage: Passage,
  at: number,
  traits: (self: object) => Traits<Element> | undefined,
  isElement: (value: unknown) => value is Element,
): (original: Method) => Method {
  return (original) =>
    function (this: object, ...args) {
      const known = traits(this);
      if (known) args[at] = inPages(struckStream(elementsIn(args[at]), passage, known, isElement));
      return original.apply(this, args);
    };
}

/** The method takes a list as its argument `at`, or in it. */
export function listArgument<Element>(
  passage: Passage,
  at: number,
  traits: Traits<Element>,
  list: {
    readonly in: (argument: unknown) => readonly Element[];
    readonly with: (argument: unknown, elements: readonly Element[]) => unknown;
  },
): (original: Method) => Method {
  return (original) =>
    function (this: object, ...args) {
      args[at] = list.with(args[at], struckList(list.in(args[at]), passage, traits));
      return original.apply(this, args);
    };
}

/** The method promises a list, or an answer with one in it; undefined for answers that are none of the stage's. */
export function listAnswer<Element>(
  passage: Passage,
  traits: Traits<Element>,
  list: {
    readonly in: (answer: unknown, args: readonly unknown[]) => readonly Element[] | undefined;
    readonly with: (answer: unknown, elements: readonly Element[]) => unknown;
  },
): (original: Method) => Method {
  return (original) =>
    async function (this: object, ...args) {
      const answer = await original.apply(this, args);
      const elements = list.in(answer, args);
      return elements ? list.with(answer, struckList(elements, passage, traits)) : answer;
    };
}

/** Each call carries one element, its arguments. A call that is lost or held back is answered with `instead`, or as the call before it. */
export function eachCall(
  passage: Passage,
  traits: (self: object, args: readonly unknown[]) => Traits<readonly unknown[]> | undefined,
  instead: (args: readonly unknown[], last: unknown) => unknown = (_, last) => last,
): (original: Method) => Method {
  let last: unknown;
  return (original) =>
    async function (this: object, ...args) {
      const known = traits(this, args);
      if (!known) return original.apply(this, args);
      let answer: unknown;
      const calls = passage.pass<readonly unknown[]>(args, known);
      for (const call of calls) answer = await original.apply(this, [...call]);
      if (calls.length === 0) return instead(args, last);
      last = answer;
      return answer;
    };
}

function struckList<Element>(elements: readonly Element[], passage: Passage, traits: Traits<Element>): Element[] {
  return [...elements.flatMap((element) => passage.pass(element, traits)), ...passage.rest<Element>()];
}

/** Keeps the stream's own last word. */
async function* struckStream<Element>(
  stream: AsyncIterator<unknown, unknown>,
  passage: Passage,
  traits: Traits<Element>,
  isElement: (value: unknown) => value is Element,
): AsyncGenerator<unknown, unknown> {
  try {
    for (;;) {
      const { done, value } = await stream.next();
      if (done === true || !isElement(value)) yield* passage.rest();
      if (done === true) return value;
      if (isElement(value)) yield* passage.pass(value, traits);
      else yield value;
    }
  } finally {
    await stream.return?.();
  }
}

async function* streamOf(source: unknown): AsyncGenerator {
  yield* source as AsyncIterable<unknown> | Iterable<unknown>;
}

async function* elementsIn(pages: unknown): AsyncGenerator {
  for await (const page of pages as AsyncIterable<Iterable<unknown>>) yield* page;
}

async function* inPages(elements: AsyncIterable<unknown>): AsyncGenerator<readonly unknown[]> {
  for await (const element of elements) yield [element];
}
