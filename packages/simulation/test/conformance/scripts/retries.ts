import type { Script } from '../script.ts';

const arm = (inMs: number) => [{ do: 'arm', inMs }] as const;

/** What follows a handler that fails. */
export const retries: readonly Script[] = [
  {
    name: 'a handler that throws is tried again, and the old time is there until then',
    methods: { arm: arm(500) },
    alarms: [
      [{ do: 'write', row: 'first' }, { do: 'look' }, { do: 'throw' }],
      [{ do: 'throw' }],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 300 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 3 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm is dropped after seven failures, and nothing is left of it',
    livesVary: true,
    methods: { arm: arm(500) },
    alarms: [[{ do: 'throw' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 7 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that a failing handler set replaces the retries, and counts from 0',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'throw' }], [{ do: 'arm', inMs: 9000 }, { do: 'throw' }], [{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 1500 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 3 },
    ],
  },
  {
    name: 'an alarm that a call sets between retries waits for the next of them, and counts as one',
    methods: { arm: arm(500), soon: arm(500) },
    alarms: [[{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      // The next retry is 8 to 10 s away.
      { then: 'await-runs', count: 3 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'soon' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 4 },
    ],
  },
  {
    name: 'an alarm that is deleted and then set between retries fires at its time',
    methods: { arm: arm(500), soon: arm(500), disarm: [{ do: 'disarm' }] },
    alarms: [[{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 3 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'disarm' },
      { then: 'call', method: 'soon' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that a call sets for after the next retry takes its place, and counts from 0',
    methods: { arm: arm(500), later: arm(12_000) },
    alarms: [[{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'later' },
      { then: 'wait', ms: 5000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 3 },
    ],
  },
  {
    name: 'a handler that throws keeps what it wrote before, in the storage and in memory',
    methods: { arm: arm(500) },
    alarms: [
      [
        { do: 'write', row: 'first turn' },
        { do: 'remember' },
        { do: 'wait', ms: 500 },
        { do: 'write', row: 'second turn' },
        { do: 'throw' },
      ],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
    ],
  },
  {
    name: 'an alarm that is deleted between retries stays away',
    methods: { arm: arm(500), disarm: [{ do: 'disarm' }] },
    alarms: [[{ do: 'throw' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 300 },
      { then: 'call', method: 'disarm' },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 6000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that is deleted while its handler waits is not tried again',
    methods: { arm: arm(500), disarm: [{ do: 'disarm' }] },
    alarms: [[{ do: 'wait', ms: 5000 }, { do: 'throw' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'call', method: 'disarm' },
      { then: 'wait', ms: 12_000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a handler that resets its object counts as a failure',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'write', row: 'lost' }, { do: 'abort' }], [{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a handler whose writes cannot be made durable loses them, and is tried again',
    methods: { arm: arm(500) },
    alarms: [
      [{ do: 'write', row: 'kept' }, { do: 'wait', ms: 500 }, { do: 'fail-commit' }, { do: 'wait', ms: 500 }],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that a handler set in vain, because its writes could not be made durable, leaves the retry in place',
    methods: { arm: arm(500) },
    alarms: [
      [
        { do: 'write', row: 'kept' },
        { do: 'wait', ms: 500 },
        { do: 'arm', inMs: 6000 },
        { do: 'fail-commit' },
        { do: 'wait', ms: 500 },
      ],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 8000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a call that resets the object ends the handler, which counts as a failure',
    methods: { arm: arm(500), reset: [{ do: 'abort' }] },
    alarms: [
      [
        { do: 'write', row: 'before' },
        { do: 'wait', ms: 4000 },
        { do: 'write', row: 'after' },
      ],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'reset' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 4500 },
      { then: 'call', method: 'look' },
    ],
  },
];
