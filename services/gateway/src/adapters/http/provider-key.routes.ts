import { rewrapPage, rewrapQuery, type RewrapPageView } from '@holdfast/contracts/api';
import type { RewrappedSecrets } from '@holdfast/contracts/auth/v1';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { Peers } from '../../app/peers.port.js';
import { Route, type Asked } from './route.js';

/** A page ends after half a minute, behind the vault that it is at, and a destination may be slow with that one. */
const DEADLINE = { deadlineMs: 150_000 };

/** The key of the installation that closes credentials and vaults' keys at rest. */
@Controller()
export class ProviderKeyRoutes {
  constructor(private readonly peers: Peers) {}

  @Route({
    method: 'GET',
    path: 'provider-key/secrets',
    permission: 'provider:rewrap-secrets',
    summary:
      'Count what is closed with the present provider key, with a further one, or with none that is given; page by page',
    query: rewrapQuery,
    response: rewrapPage,
  })
  async count({ query, caller }: Asked<never, z.output<typeof rewrapQuery>>): Promise<RewrapPageView> {
    const asked = { after: query.after ?? '', countOnly: true, actor: caller.keyId };
    return pageView(await this.peers.keys.rewrapSecrets(asked, DEADLINE));
  }

  @Route({
    method: 'POST',
    path: 'provider-key/rewraps',
    permission: 'provider:rewrap-secrets',
    summary:
      'Close with the present provider key what a further one has closed, at destinations too; page by page, safe to repeat',
    body: rewrapQuery,
    response: rewrapPage,
    audit: { action: 'provider-key.rewrap', is: 'change' },
  })
  async rewrap({ body, caller }: Asked<never, undefined, z.output<typeof rewrapQuery>>): Promise<RewrapPageView> {
    const asked = { after: body.after ?? '', countOnly: false, actor: caller.keyId };
    return pageView(await this.peers.keys.rewrapSecrets(asked, DEADLINE));
  }
}

function pageView({ present, rewrapped, remaining, lost, failures, next }: RewrappedSecrets): RewrapPageView {
  return {
    present,
    rewrapped,
    remaining,
    lost,
    failures: failures.map(({ tenantId, vaultId, message }) => ({
      tenantId,
      ...(vaultId !== '' && { vaultId }),
      message,
    })),
    ...(next !== '' && { next }),
  };
}
