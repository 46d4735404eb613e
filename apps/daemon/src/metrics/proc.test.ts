import { describe, expect, test } from 'vitest';
import { parseFileNr, parseLoad1, parseMeminfo, parseNetDev, parsePressure, parseProcStat } from './proc.ts';

/** As Linux 6.18 writes them. */
const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 105671024   91834    0    0    0     0          0         0 105671024   91834    0    0    0     0       0          0
  eth0: 1181451919   29565    0    0    0     0          0         0  1700865   17558    0    0    0     0       0          0
  eth1:      81       1    0    0    0     0          0         0       35       1    0    0    0     0       0          0
`;
const PRESSURE = `some avg10=6.16 avg60=1.84 avg300=2.30 total=52190165
full avg10=0.00 avg60=0.00 avg300=0.00 total=17
`;

test('memory in use is what is not available', () => {
  const text =
    'MemTotal:       16384000 kB\nMemFree:          100000 kB\nMemAvailable:   12288000 kB\nBuffers: 1 kB\n';
  expect(parseMeminfo(text)).toEqual({ totalBytes: 16_384_000 * 1024, usedBytes: 4_096_000 * 1024 });
});

describe('processor time', () => {
  test('waiting for a disk is idle time, and guest time is not counted twice', () => {
    const text = 'cpu  100 20 30 800 50 1 2 3 40 5\ncpu0 50 10 15 400 25 0 1 1 20 2\nintr 1\n';
    expect(parseProcStat(text)).toEqual({ busyTicks: 156, totalTicks: 1006 });
  });

  test.each(['cpu  1 2 3\n', 'cpu0 1 2 3 4 5\n', 'cpu  a b c d e\n'])('is not in %j', (text) => {
    expect(parseProcStat(text)).toBeNull();
  });
});

describe('network', () => {
  test('is the sum over all interfaces but the loopback', () => {
    expect(parseNetDev(NET_DEV)).toEqual({ receivedBytes: 1_181_452_000, sentBytes: 1_700_900 });
  });

  test('is nothing where there is only the loopback', () => {
    expect(parseNetDev(NET_DEV.split('\n').slice(0, 3).join('\n'))).toEqual({
      receivedBytes: 0,
      sentBytes: 0,
    });
  });

  test('leaves out a line that was cut off', () => {
    expect(parseNetDev(NET_DEV.slice(0, NET_DEV.indexOf('1700865')))).toEqual({
      receivedBytes: 0,
      sentBytes: 0,
    });
  });

  test('reads counters that stick to the name, as old kernels write them', () => {
    const text = NET_DEV.replace('eth0: 1181451919', 'eth0:1181451919');
    expect(parseNetDev(text)).toEqual(parseNetDev(NET_DEV));
  });
});

test('pressure is the time in which something waited, not that in which everything did', () => {
  expect(parsePressure(PRESSURE)).toBe(52_190_165);
  expect(parsePressure('full avg10=0.00 avg60=0.00 avg300=0.00 total=17\n')).toBeNull();
});

test('the load is that of the last minute', () => {
  expect(parseLoad1('0.13 0.16 0.17 6/145 22578\n')).toBe(0.13);
  expect(parseLoad1('nan\n')).toBeNull();
});

test('open files are those in use', () => {
  expect(parseFileNr('652\t0\t2466170\n')).toBe(652);
  expect(parseFileNr('652\t52\t2466170\n')).toBe(600);
  expect(parseFileNr('x')).toBeNull();
});

test.each([
  ['meminfo', parseMeminfo],
  ['stat', parseProcStat],
  ['net/dev', parseNetDev],
  ['pressure', parsePressure],
  ['loadavg', parseLoad1],
  ['file-nr', parseFileNr],
])('a system without %s tells nothing', (_, parse) => {
  expect(parse(null)).toBeNull();
  expect(parse('')).toBeNull();
  expect(parse('something else entirely\n')).toBeNull();
});
