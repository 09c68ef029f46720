import { describe, expect, it } from '@jest/globals';
import { routeOf } from './route-of.js';

describe('routeOf', () => {
  it.each([
    ['/v1.0/$batch', '/v1.0/$batch'],
    ['/v1.0/users/anna%40contoso.com/messages/AAMk=/$value', '/v1.0/users/{id}/messages/{id}/$value'],
    [
      '/v1.0/users/8d/mailFolders/AQ/messages/delta?$deltatoken=hunter2',
      '/v1.0/users/{id}/mailFolders/{id}/messages/delta',
    ],
    ['/v1.0/users/8d/drive/items/01X:/Budget%20of%20Anna.xlsx:/content', '/v1.0/users/{id}/drive/items/{id}/content'],
    ['/personal/anna/_layouts/15/download.aspx?UniqueId=1&tempauth=hunter2', '/{id}'],
  ])('of %s is %s', (path, route) => {
    expect(routeOf(path)).toBe(route);
  });
});
