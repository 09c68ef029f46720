import { type AppError } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { FTPError } from 'basic-ftp';
import { azureError } from './azure/azure-errors.js';
import { folderError } from './folder/folder-errors.js';
import { ftpError } from './ftp/ftp-errors.js';
import { notKept, objectNotFound, rangeOutside } from './object-errors.js';
import { rcloneAnswerError, rcloneError } from './rclone/rclone-errors.js';
import { s3AnswerError, s3Error } from './s3/s3-errors.js';
import { serverFull, sftpError } from './sftp/sftp-errors.js';

const coded = (code: string | number) => Object.assign(new Error('word of a library'), { code });

/** One failure of every kind that each driver tells apart by what answered. */
const FAILURES: Readonly<Record<string, readonly AppError[]>> = {
  folder: ['ENOSPC', 'EACCES', 'EROFS', 'ENOTDIR', 'EIO'].map((code) => folderError(coded(code))),
  s3: [
    ...['QuotaExceeded', 'InsufficientStorage', 'BadDigest', 'SlowDown', 'ConditionalRequestConflict', 'NoSuchKey'].map(
      (code) => s3AnswerError(400, code),
    ),
    s3AnswerError(502, undefined),
    s3Error(coded('EPIPE')),
  ],
  azure: [
    ...['ServerBusy', 'Md5Mismatch', 'InvalidBlockList', 'AccountLimitExceeded', 'BlobNotFound'].map((code) =>
      azureError(Object.assign(coded(code), { statusCode: 500 }), 'read'),
    ),
    azureError(coded('EPIPE'), 'read'),
  ],
  sftp: [
    ...[2, 3, 4, 6, 7, 8].map((status) => sftpError(coded(status))),
    sftpError(coded('EPIPE')),
    serverFull(undefined),
  ],
  ftp: [
    ...[421, 425, 426, 452, 499, 552, 599].map((code) => ftpError(new FTPError({ code, message: '' }))),
    ftpError(coded('EPIPE')),
  ],
  rclone: [
    ...['no space left', 'no such host', 'what nobody knows'].map((words) => rcloneAnswerError(500, words)),
    rcloneError(new Error('gone')),
  ],
  every: [notKept(), objectNotFound(), rangeOutside()],
};

describe.each(Object.entries(FAILURES))('what a %s destination says when it fails', (_kind, failures) => {
  it.each(failures.map((failure) => [failure.message]))(
    'is true for whoever restores or checks as well: %s',
    (message) => {
      expect(message).not.toMatch(/\b(the|a) backup\b/);
    },
  );

  it('says what a full or failing place means for what is asked of it', () => {
    for (const { code, message } of failures)
      if (code === 'STORE_FULL') expect(message).toContain('what is there can be read');
  });
});
