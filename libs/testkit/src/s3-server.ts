/** An S3 service for tests, and an account that may create buckets there. */
export interface S3Server {
  readonly host: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The S3 service that the environment names (`.ci/servers` starts one); undefined where it names none. */
export function s3Server(): S3Server | undefined {
  const endpoint = process.env['HOLDFAST_TEST_S3_ENDPOINT'];
  const accessKey = process.env['HOLDFAST_TEST_S3_ACCESS_KEY'];
  const secretKey = process.env['HOLDFAST_TEST_S3_SECRET_KEY'];
  if (endpoint === undefined || accessKey === undefined || secretKey === undefined) return undefined;
  const { hostname, port } = new URL(endpoint);
  return { host: hostname, port: Number(port === '' ? 80 : port), accessKey, secretKey };
}

/** Why tests with a real S3 cannot run here, for {@link describeWithServer}. */
export const NO_S3 = 'no S3 service; start one with `eval "$(.ci/servers start)"`, which sets HOLDFAST_TEST_S3_*';
