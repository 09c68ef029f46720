import { Secret } from '../config/secret.js';
import type { ServiceUrls } from './prepare-database.js';

/** Addresses for a service's two roles on the server and database that `adminUrl` names, with `password` for both. */
export function serviceUrls(adminUrl: Secret, schema: string, password: Secret): ServiceUrls {
  const as = (role: string) => {
    const url = new URL(adminUrl.reveal());
    url.username = role;
    url.password = password.reveal();
    return new Secret(url.href);
  };
  return { url: as(`holdfast_${schema}`), sweepUrl: as(`holdfast_${schema}_sweeper`) };
}
