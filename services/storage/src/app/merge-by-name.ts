interface Named {
  readonly name: string;
}

/** What two lists say of one name; at least one of them has it. */
export interface SameName<Left, Right> {
  readonly left: Left | undefined;
  readonly right: Right | undefined;
}

/** Goes through two lists in the order of their names' bytes, side by side; holds one entry of each. */
export async function* mergeByName<Left extends Named, Right extends Named>(
  lefts: AsyncIterable<Left>,
  rights: AsyncIterable<Right>,
): AsyncGenerator<SameName<Left, Right>, void, undefined> {
  const leftOnes = lefts[Symbol.asyncIterator]();
  const rightOnes = rights[Symbol.asyncIterator]();
  try {
    let left = await next(leftOnes);
    let right = await next(rightOnes);
    while (left ?? right) {
      const order = orderOf(left, right);
      yield { left: order <= 0 ? left : undefined, right: order >= 0 ? right : undefined };
      if (order <= 0) left = await next(leftOnes);
      if (order >= 0) right = await next(rightOnes);
    }
  } finally {
    await Promise.all([leftOnes.return?.(), rightOnes.return?.()]);
  }
}

async function next<One>(ones: AsyncIterator<One>): Promise<One | undefined> {
  const step = await ones.next();
  return step.done === true ? undefined : step.value;
}

/** Below zero where the left one comes first or alone. */
function orderOf(left: Named | undefined, right: Named | undefined): number {
  if (!left) return 1;
  if (!right) return -1;
  return Buffer.compare(Buffer.from(left.name), Buffer.from(right.name));
}
