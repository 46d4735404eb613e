import type { Script } from '../script.ts';

const arm = (inMs: number) => [{ do: 'arm', inMs }] as const;

/** When an alarm fires, and what `getAlarm()` says at each place. */
export const alarmTimes: readonly Script[] = [
  {
    name: 'an alarm fires once, and there is none while its handler runs and after',
    methods: { arm: arm(5000) },
    alarms: [[{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a call sees no alarm while the handler waits',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'wait', ms: 6000 }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 9000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that the handler sets is seen at once and stays',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'look' }, { do: 'arm', inMs: 60_000 }, { do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm in the past fires at once',
    methods: { arm: arm(-5000) },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a later alarm replaces an earlier one',
    methods: { soon: arm(5000), late: arm(12_000) },
    outside: [
      { then: 'call', method: 'soon' },
      { then: 'call', method: 'late' },
      { then: 'wait', ms: 7500 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
    ],
  },
  {
    name: 'an earlier alarm replaces a later one',
    methods: { soon: arm(2000), late: arm(60_000) },
    outside: [
      { then: 'call', method: 'late' },
      { then: 'call', method: 'soon' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a deleted alarm does not fire',
    methods: { arm: arm(5000), disarm: [{ do: 'disarm' }] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'call', method: 'disarm' },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 7500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a handler does not overlap itself: an alarm that comes due in it waits for its end',
    methods: { arm: arm(500) },
    alarms: [
      [{ do: 'arm', inMs: 1000 }, { do: 'wait', ms: 4000 }, { do: 'look' }, { do: 'mark', name: 'end' }],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
    ],
  },
  {
    name: 'an alarm that a call sets while the handler waits fires after it',
    methods: { arm: arm(500), again: arm(1000) },
    alarms: [
      [
        { do: 'wait', ms: 8000 },
        { do: 'mark', name: 'end' },
      ],
      [],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'call', method: 'again' },
      { then: 'wait', ms: 1500 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 2 },
    ],
  },
  {
    name: 'an alarm that is set for the time of the one that fires severs the chain, until a call sets another',
    folded: true,
    methods: { arm: arm(500), again: arm(1000) },
    // The clock is rarely at the very time of the alarm at first; then alarms follow each other until it is.
    alarms: [[{ do: 'arm', inMs: 0 }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-quiet', ms: 4000 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
      { then: 'call', method: 'again' },
      { then: 'call', method: 'look' },
      { then: 'await-quiet', ms: 4000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm for one millisecond later goes on',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'arm', inMs: 1 }], [{ do: 'arm', inMs: 1 }], []],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 3 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
];
