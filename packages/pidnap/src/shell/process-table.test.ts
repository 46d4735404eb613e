import { describe, expect, it } from 'vitest';
import { parseStat, toPids } from './process-table.ts';

/** As the kernel writes it, with what matters here filled in. */
const stat = ({ name = 'web', state = 'S', threads = 1 } = {}): string =>
  `41 (${name}) ${state} 7 42 43 0 -1 4194560 95 0 0 0 0 0 0 0 20 0 ${threads} 0 190552 2576384 392 18446744073709551615 1\n`;

describe('parseStat', () => {
  it('reads parent, group, session, threads and start', () => {
    expect(parseStat(41, stat())).toEqual({
      pid: 41,
      parent: 7,
      group: 42,
      session: 43,
      threads: 1,
      zombie: false,
      startTicks: 190_552,
    });
  });

  it.each(['a b', '(sd-pam)', 'x) Z 1 1 1 (', 'tmux: server', ''])('is not misled by the name %j', (name) => {
    expect(parseStat(41, stat({ name }))).toEqual(parseStat(41, stat()));
  });

  it.each([
    ['Z', 1, true],
    ['X', 1, true],
    ['Z', 3, false],
    ['T', 1, false],
    ['D', 1, false],
    ['R', 1, false],
  ])('takes state %s with %i threads for a zombie: %s', (state, threads, zombie) => {
    // The first thread of a program can end before the others do.
    expect(parseStat(41, stat({ state, threads })).zombie).toBe(zombie);
  });
});

describe('toPids', () => {
  it.each<[string | null, number[] | null]>([
    ['', []],
    ['12 ', [12]],
    ['12 345 6 ', [12, 345, 6]],
    [null, null],
  ])('reads %j', (text, expected) => {
    expect(toPids(text)).toEqual(expected);
  });
});
