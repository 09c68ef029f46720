import { readFileSync } from 'node:fs';

/** A blob service for tests, and the account that owns it. */
export interface AzureServer {
  readonly host: string;
  readonly port: number;
  readonly account: string;
  readonly accountKey: string;
  /** The same service with TLS. */
  readonly tls: {
    readonly host: string;
    readonly port: number;
    /** Its certificate, for the host name, as PEM. */
    readonly ca: string;
  };
}

/** The blob service that the environment names (`.ci/servers` starts one); undefined where it names none. */
export function azureServer(): AzureServer | undefined {
  const [url, tlsUrl, caFile, account, accountKey] = ['', '_TLS', '_CA', '_ACCOUNT', '_KEY'].map(
    (part) => process.env[`HOLDFAST_TEST_AZURE${part}`],
  );
  if (!url || !tlsUrl || !caFile || !account || !accountKey) return undefined;
  return { ...at(url), account, accountKey, tls: { ...at(tlsUrl), ca: readFileSync(caFile, 'utf8') } };
}

function at(url: string): { readonly host: string; readonly port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

/** Why tests with a real blob service cannot run here, for {@link describeWithServer}. */
export const NO_AZURE =
  'no Azure blob service; start one with `eval "$(.ci/servers start DIR azure)"`, which sets HOLDFAST_TEST_AZURE*';
