/** The command was used wrongly: exit code 2. The message says what is wrong and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was right and did not succeed: exit code 1. The message says what happened and what to do. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    message: string,
    /** Further lines: fields that break a rule, where to look. */
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}
