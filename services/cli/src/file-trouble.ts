const WORDS: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: () => 'There is no room left on the disk that was written to.',
  EDQUOT: () => 'You have used up what you may have of the disk that was written to.',
  EFBIG: () => 'The disk that was written to holds no file of that size.',
  EROFS: (path) => `Nothing can be written to the disk of ${path}.`,
  EACCES: (path) => `You may not use ${path}.`,
  EPERM: (path) => `You may not use ${path}.`,
  ENOENT: (path) => `There is no ${path}.`,
  ENOTDIR: (path) => `A part of ${path} is no folder.`,
  EEXIST: (path) => `${path} is there already.`,
  EISDIR: (path) => `${path} is a folder.`,
  ENAMETOOLONG: (path) => `The system takes no name as long as ${path}.`,
  EIO: () => 'The disk fails to read or write.',
  EMFILE: () => 'The system lets this command open no more files.',
};

/** What is wrong with a file or disk of this machine, in words; undefined where the error is of another kind. */
export function fileTrouble(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  // Of a connection otherwise.
  if (code === undefined || syscall === undefined || 'address' in error || 'hostname' in error) return undefined;
  return WORDS[code]?.(path ?? 'the file');
}
