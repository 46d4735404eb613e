import type { Script } from '../script.ts';

/** workerd drops an object that was idle for 10 to 20 s. */
const COLD_MS = 21_000;

/** When constructors run, and what they can do to an alarm that is due. */
export const constructors: readonly Script[] = [
  {
    name: 'an idle object loses its memory, and is constructed again at the next call',
    methods: { remember: [{ do: 'remember' }, { do: 'write', row: 'kept' }] },
    outside: [
      { then: 'call', method: 'remember' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: COLD_MS },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an object is not dropped while its handler waits',
    methods: { arm: [{ do: 'arm', inMs: 500 }, { do: 'remember' }] },
    alarms: [[{ do: 'wait', ms: COLD_MS }, { do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: COLD_MS + 4500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a constructor sees the due alarm; one that arms only if there is none does no harm',
    constructors: [[{ do: 'look' }, { do: 'arm-if-none', inMs: COLD_MS }]],
    outside: [
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a constructor that always arms for later starves the alarm',
    constructors: [[{ do: 'look' }, { do: 'arm', inMs: COLD_MS }]],
    outside: [
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 2 * COLD_MS + 6000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a constructor that arms for later without waiting for that starves the alarm as well',
    constructors: [[{ do: 'arm', inMs: COLD_MS }]],
    outside: [
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 2 * COLD_MS + 6000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a constructor that throws at an alarm is tried again, and does not count as a failure',
    constructors: [[], [{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'look' }]],
    methods: { arm: [{ do: 'arm', inMs: COLD_MS }] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'after a constructor that threw at alarms, an alarm that a call sets waits for the next retry as well',
    constructors: [[], [{ do: 'throw' }], [{ do: 'throw' }], [{ do: 'throw' }], []],
    methods: { arm: [{ do: 'arm', inMs: COLD_MS }], soon: [{ do: 'arm', inMs: 500 }] },
    alarms: [[{ do: 'look' }]],
    outside: [
      { then: 'call', method: 'arm' },
      // The next retry is 8 to 10 s away.
      { then: 'await-lives', count: 4 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'soon' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a constructor that throws loses what it wrote, and the call fails',
    constructors: [[{ do: 'write', row: 'lost' }, { do: 'arm', inMs: 60_000 }, { do: 'throw' }], []],
    outside: [
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
];
