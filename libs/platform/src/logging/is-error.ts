/// <reference lib="esnext.error" />

/** Whether a thrown thing is an error, also one of another realm (`instanceof` fails there: worker threads, jest). */
export function isError(thrown: unknown): thrown is Error {
  return Error.isError(thrown);
}
