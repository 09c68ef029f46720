import { describe, expect, it } from '@jest/globals';
import { parseFlags } from './flags.js';

describe('parseFlags', () => {
  it('reads what the command documents', () => {
    const argv = ['--port', '8443', '--seed', '7', '--users', '25', '--messages', '400', '--files', '120', '--json'];
    expect(parseFlags(argv)).toMatchObject({
      do: 'serve',
      isJson: true,
      options: { port: 8443, seed: 7, users: 25, messages: 400, files: 120, tenants: 1 },
    });
  });

  it.each(['fixed-window', 'sliding-window', 'token-bucket', 'off'])('takes --limits %s', (limits) => {
    expect(parseFlags(['--limits', limits])).toMatchObject({ do: 'serve', options: { limits } });
  });

  it.each([
    [['--port', '70000'], /--port has to be a whole number from 0 to 65533/],
    [['--users', '-3'], /--users/],
    [['--users', 'many'], /--users has to be a whole number .* 'many'/],
    [
      ['--limits', 'leaky'],
      /--limits has to be one of fixed-window, sliding-window, token-bucket, off, but is 'leaky'/,
    ],
    [['--start', 'yesterday'], /--start has to be a time/],
    [['--colour'], /--colour/],
    [['stray'], /stray/],
  ])('refuses %j with its name and rule', (argv, words) => {
    const command = parseFlags(argv);
    expect(command).toMatchObject({ do: 'refuse', text: expect.stringMatching(words) as unknown });
  });
});
