import type { Script, Step } from '../script.ts';

const arm = (inMs: number): readonly Step[] => [{ do: 'arm', inMs }];
const look: readonly Step[] = [{ do: 'look' }];

/** What is left after the process was ended with SIGKILL. Each of these has a workerd of its own. */
export const kills: readonly Script[] = [
  {
    name: 'an intent survives a kill by the receiver of the effect, and the run repeats as if it were the first',
    methods: { arm: arm(500) },
    alarms: [
      [{ do: 'look' }, { do: 'write', row: 'intent' }, { do: 'call-killer' }, { do: 'write', row: 'result' }],
    ],
    restarted: { constructors: [look], alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-death' },
      { then: 'start' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'what is written after an effect is lost when its receiver kills the process',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'call-killer' }, { do: 'write', row: 'too late' }]],
    restarted: { alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-death' },
      { then: 'start' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that was set before an effect fires after a kill, instead of the one that ran',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'write', row: 'intent' }, { do: 'arm', inMs: 12_000 }, { do: 'call-killer' }]],
    restarted: { constructors: [look], alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-death' },
      { then: 'start' },
      { then: 'call', method: 'look' },
      // Not idle for so long that it may be dropped.
      { then: 'wait', ms: 6000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 2 },
    ],
  },
  {
    name: 'what a call was told survives a kill',
    methods: { write: [{ do: 'write', row: 'kept' }, { do: 'remember' }] },
    outside: [
      { then: 'call', method: 'write' },
      { then: 'kill' },
      { then: 'start' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that came due while there was no process fires at the start',
    methods: { arm: arm(4000) },
    restarted: { constructors: [look], alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'kill' },
      { then: 'wait', ms: 6000 },
      { then: 'start' },
      { then: 'await-runs', count: 1 },
    ],
  },
  {
    name: 'an alarm that is ahead survives a kill and fires on time',
    methods: { arm: arm(12_000) },
    restarted: { alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'kill' },
      { then: 'start' },
      { then: 'call', method: 'look' },
      // Not idle for so long that it may be dropped.
      { then: 'wait', ms: 6000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
    ],
  },
  {
    name: 'a kill between retries begins the retries anew, at once',
    methods: { arm: arm(500) },
    alarms: [[{ do: 'throw' }]],
    restarted: { constructors: [look], alarms: [[{ do: 'throw' }], look] },
    outside: [
      { then: 'call', method: 'arm' },
      // The next retry would be 8 s away.
      { then: 'await-runs', count: 3 },
      { then: 'wait', ms: 500 },
      { then: 'kill' },
      { then: 'start' },
      { then: 'await-runs', count: 5 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a severed chain stays severed over a restart',
    folded: true,
    methods: { arm: arm(500), again: arm(500) },
    alarms: [arm(0)],
    restarted: { alarms: [look] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-quiet', ms: 4000 },
      { then: 'call', method: 'look' },
      { then: 'kill' },
      { then: 'start' },
      { then: 'wait', ms: 3000 },
      { then: 'call', method: 'look' },
      { then: 'call', method: 'again' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 1500 },
      { then: 'call', method: 'look' },
    ],
  },
];
