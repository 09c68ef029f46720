import { expect, it } from '@jest/globals';
import { Destination } from './destination.port.js';
import { ForwardingDestination } from './forwarding-destination.js';

it('forwards all that a destination has an answer of its own for, but for what goes by another method', () => {
  const own = (of: object) => new Set(Object.getOwnPropertyNames(of));
  const answered = own(Destination.prototype);
  expect(answered).toContain('extendLock');
  expect(answered.difference(own(ForwardingDestination.prototype))).toEqual(new Set(['read', 'digest']));
});
