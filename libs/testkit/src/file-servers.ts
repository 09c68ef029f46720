import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A server of files for tests, with an account that may write below a folder. */
export interface FileServerForTests {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Absolute; it exists. */
  readonly path: string;
}

export interface SftpServerForTests extends FileServerForTests {
  /** SHA-256 fingerprint, as `ssh-keygen -l` prints it. */
  readonly hostKey: string;
  /** Opens the account as well as the password does; OpenSSH's form. */
  readonly privateKey: string;
}

/** The version of the program rclone on this machine; undefined where there is none. */
export function rcloneProgram(): string | undefined {
  try {
    return execFileSync('rclone', ['version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0];
  } catch {
    return undefined;
  }
}

/** Why tests with rclone cannot run here, for {@link describeWithServer}. */
export const NO_RCLONE =
  'no program rclone; install the package, or start `eval "$(.ci/servers start DIR rclone)"`, which does';

function serverAt(url: string | undefined): FileServerForTests | undefined {
  if (url === undefined) return undefined;
  const { hostname: host, port, username, password, pathname } = new URL(url);
  return { host, port: Number(port), user: username, password, path: pathname };
}

export interface FtpServerForTests extends FileServerForTests {
  /** Its certificate, for the host name, as PEM. */
  readonly ca: string;
}

/** The FTP server that the environment names (`.ci/servers` starts one); undefined where it names none. */
export function ftpServer(): FtpServerForTests | undefined {
  const server = serverAt(process.env['HOLDFAST_TEST_FTP']);
  const file = process.env['HOLDFAST_TEST_FTP_CA'];
  return server && file !== undefined ? { ...server, ca: readFileSync(file, 'utf8') } : undefined;
}

/** Why tests with a real FTP server cannot run here, for {@link describeWithServer}. */
export const NO_FTP =
  'no FTP server; start one with `eval "$(.ci/servers start DIR ftp)"`, which sets HOLDFAST_TEST_FTP*';

/** The SFTP server that the environment names (`.ci/servers` starts one); undefined where it names none. */
export function sftpServer(): SftpServerForTests | undefined {
  const server = serverAt(process.env['HOLDFAST_TEST_SFTP']);
  const hostKey = process.env['HOLDFAST_TEST_SFTP_HOST_KEY'];
  const keyFile = process.env['HOLDFAST_TEST_SFTP_KEY'];
  if (!server || hostKey === undefined || keyFile === undefined) return undefined;
  return { ...server, hostKey, privateKey: readFileSync(keyFile, 'utf8') };
}

/** Why tests with a real SFTP server cannot run here, for {@link describeWithServer}. */
export const NO_SFTP =
  'no SFTP server; start one with `eval "$(.ci/servers start DIR sftp)"`, which sets HOLDFAST_TEST_SFTP*';
