import { describe, expect, it } from '@jest/globals';
import { cloudByName, customCloud } from './cloud.js';

describe('cloudByName', () => {
  it('knows the four clouds', () => {
    expect(
      ['global', 'us-gov-l4', 'us-gov-l5', 'china'].map((name) => new URL(cloudByName(name).graphBaseUrl).host),
    ).toEqual([
      'graph.microsoft.com',
      'graph.microsoft.us',
      'dod-graph.microsoft.us',
      'microsoftgraph.chinacloudapi.cn',
    ]);
  });

  it('names the ones there are when asked for another', () => {
    expect(() => cloudByName('germany')).toThrow('one of global, us-gov-l4, us-gov-l5, china');
    expect(() => cloudByName('constructor')).toThrow('one of');
  });
});

describe('customCloud', () => {
  it('takes origins only, over TLS only', () => {
    const cloud = customCloud({ name: 'x', loginBaseUrl: 'https://a:1/', graphBaseUrl: 'https://b:2' });
    expect([cloud.loginBaseUrl, cloud.graphBaseUrl]).toEqual(['https://a:1', 'https://b:2']);
    for (const graphBaseUrl of ['http://b:2', 'https://b/v1.0', 'b', 'https://u:p@b']) {
      expect(() => customCloud({ name: 'x', loginBaseUrl: 'https://a', graphBaseUrl })).toThrow('graphBaseUrl');
    }
  });
});
