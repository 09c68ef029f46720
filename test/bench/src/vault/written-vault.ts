import { z } from 'zod';

export const writtenVault = z.object({
  items: z.number(),
  bytes: z.number(),
  storedBytes: z.number(),
  packs: z.number(),
  peakRssMib: z.number(),
});
/** What {@link file://./write-vault.ts} prints. */
export type WrittenVault = z.infer<typeof writtenVault>;
