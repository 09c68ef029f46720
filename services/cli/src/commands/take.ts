/** The first `limit` rows, and whether there are more. */
export async function take<Row>(rows: AsyncIterable<Row>, limit: number): Promise<{ rows: Row[]; isMore: boolean }> {
  const taken: Row[] = [];
  for await (const row of rows) {
    if (taken.length === limit) return { rows: taken, isMore: true };
    taken.push(row);
  }
  return { rows: taken, isMore: false };
}
