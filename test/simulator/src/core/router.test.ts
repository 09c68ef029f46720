import { describe, expect, it } from '@jest/globals';
import type { Method, Route } from './route.js';
import { Router } from './router.js';

const route = (method: Method, pattern: string): Route => ({
  method,
  pattern,
  permissions: [],
  bucket: 'none',
  handle: async () => ({ status: 200 }),
});

const router = new Router([
  route('GET', '/users'),
  route('GET', '/users/delta'),
  route('GET', '/users/{user}'),
  route('GET', '/users/{user}/mailFolders/{folder}/messages/delta'),
  route('GET', '/users/{user}/mailFolders/{folder}/messages/{message}/$value'),
  route('GET', '/drives/{drive}/root/delta'),
  route('PUT', '/drives/{drive}/root:/{path}:/content'),
  route('GET', '/drives/{drive}/root:/{path}'),
  route('POST', '/drives/{drive}/items/{item}:/{path}:/createUploadSession'),
]);

describe('Router', () => {
  it.each([
    ['GET', '/users', '/users', {}],
    ['GET', '/Users/Delta()', '/users/delta', {}],
    ['GET', "/users('4 2')", '/users/{user}', { user: '4 2' }],
    ['GET', '/users/a%40b', '/users/{user}', { user: 'a@b' }],
    [
      'GET',
      "/users/x/mailfolders('inbox')/messages/microsoft.graph.delta",
      '/users/{user}/mailFolders/{folder}/messages/delta',
      { user: 'x', folder: 'inbox' },
    ],
    [
      'GET',
      '/users/x/mailFolders/f/messages/m=/$value',
      '/users/{user}/mailFolders/{folder}/messages/{message}/$value',
      { user: 'x', folder: 'f', message: 'm=' },
    ],
    ['GET', "/drives/d/root/delta(token='a''b')", '/drives/{drive}/root/delta', { drive: 'd', token: "a'b" }],
    [
      'PUT',
      '/drives/d/root:/a/b%20c/d.txt:/content',
      '/drives/{drive}/root:/{path}:/content',
      { drive: 'd', path: 'a/b c/d.txt' },
    ],
    ['GET', '/drives/d/root:/a/b', '/drives/{drive}/root:/{path}', { drive: 'd', path: 'a/b' }],
    [
      'POST',
      '/drives/d/items/i:/n.bin:/createUploadSession',
      '/drives/{drive}/items/{item}:/{path}:/createUploadSession',
      { drive: 'd', item: 'i', path: 'n.bin' },
    ],
  ])('%s %s is answered by %s', (method, path, pattern, params) => {
    expect(router.match(method, path)).toMatchObject({ found: 'route', route: { pattern }, params });
  });

  it('tells a wrong method from an unknown path and names the segment that leads nowhere', () => {
    expect(router.match('DELETE', '/users')).toEqual({ found: 'path' });
    expect(router.match('GET', '/users/x/calendar')).toEqual({ found: 'nothing', segment: 'calendar' });
  });

  it('refuses two routes for one call', () => {
    expect(() => new Router([route('GET', '/a/{b}'), route('GET', '/A/{c}')])).toThrow('Two routes');
  });
});
