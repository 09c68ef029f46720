import { describe, expect, it } from '@jest/globals';
import { sharePointSeats, type Licence } from './licences.js';

const licence = (name: string, unitsBought: number, servicePlans: readonly string[], isActive = true): Licence => ({
  skuId: name,
  name,
  isActive,
  unitsBought,
  unitsUsed: 0,
  servicePlans,
});

describe('sharePointSeats', () => {
  it('counts the seats of active licences that bring SharePoint', () => {
    const licences = [
      licence('ENTERPRISEPACK', 250, ['EXCHANGE_S_ENTERPRISE', 'SHAREPOINTENTERPRISE']),
      licence('DESKLESSPACK', 40, ['SHAREPOINTDESKLESS', 'SHAREPOINTWAC']),
      licence('FLOW_FREE', 10_000, ['FLOW_P2_VIRAL']),
      licence('OFFICE_ONLINE', 500, ['SHAREPOINTWAC']),
      licence('STANDARDPACK', 300, ['SHAREPOINTSTANDARD'], false),
    ];
    expect(sharePointSeats(licences)).toBe(290);
  });
});
