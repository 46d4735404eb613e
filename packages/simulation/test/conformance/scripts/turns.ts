import type { Script } from '../script.ts';

/** What is one transaction, what interleaves, and what callers learn. */
export const turns: readonly Script[] = [
  {
    name: 'the writes of a turn are lost with it, and the alarm with them',
    methods: { crash: [{ do: 'write', row: 'lost' }, { do: 'arm', inMs: 60_000 }, { do: 'abort' }] },
    outside: [
      { then: 'call', method: 'look' },
      { then: 'call', method: 'crash' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'the writes before a wait survive what comes after it',
    methods: {
      crash: [
        { do: 'remember' },
        { do: 'write', row: 'kept' },
        { do: 'arm', inMs: 60_000 },
        { do: 'wait', ms: 500 },
        { do: 'write', row: 'lost' },
        { do: 'disarm' },
        { do: 'abort' },
      ],
    },
    outside: [
      { then: 'call', method: 'crash' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a method that throws keeps its writes and the memory, and its caller learns that it threw',
    methods: {
      fail: [{ do: 'remember' }, { do: 'write', row: 'kept' }, { do: 'arm', inMs: 60_000 }, { do: 'throw' }],
    },
    outside: [
      { then: 'call', method: 'fail' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a transaction that is rolled back takes its alarm along, and the one before is back',
    methods: {
      arm: [{ do: 'arm', inMs: 60_000 }],
      undo: [
        {
          do: 'rolled-back',
          steps: [
            { do: 'write', row: 'undone' },
            { do: 'arm', inMs: 120_000 },
          ],
        },
        { do: 'write', row: 'kept' },
      ],
    },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'call', method: 'undo' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'a handler whose transaction is rolled back with its alarm leaves the old alarm stuck',
    methods: { arm: [{ do: 'arm', inMs: 500 }], again: [{ do: 'arm', inMs: 500 }] },
    alarms: [
      [{ do: 'look' }, { do: 'rolled-back', steps: [{ do: 'arm', inMs: 5000 }] }, { do: 'look' }],
      [{ do: 'look' }],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 4000 },
      { then: 'call', method: 'look' },
      { then: 'wait', ms: 4000 },
      { then: 'call', method: 'look' },
      { then: 'call', method: 'again' },
      { then: 'await-runs', count: 2 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'other events run while a handler waits for the outside',
    methods: {
      arm: [{ do: 'arm', inMs: 500 }],
      touch: [{ do: 'remember' }, { do: 'write', row: 'between' }],
    },
    alarms: [
      [
        { do: 'write', row: 'before' },
        { do: 'look' },
        { do: 'wait', ms: 4000 },
        { do: 'write', row: 'after' },
        { do: 'look' },
      ],
    ],
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'await-runs', count: 1 },
      { then: 'wait', ms: 500 },
      { then: 'call', method: 'touch' },
      { then: 'wait', ms: 8000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'two calls interleave at their waits',
    methods: {
      slow: [{ do: 'remember' }, { do: 'wait', ms: 6000 }, { do: 'look' }],
    },
    outside: [
      { then: 'send', method: 'slow' },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'slow' },
      { then: 'wait', ms: 5000 },
    ],
  },
  {
    name: 'a call whose writes cannot be made durable fails, and the memory is lost with them',
    methods: { fail: [{ do: 'remember' }, { do: 'write', row: 'lost' }, { do: 'fail-commit' }] },
    outside: [
      { then: 'call', method: 'look' },
      { then: 'call', method: 'fail' },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that was set in vain wakes the object, and nothing else',
    methods: { fail: [{ do: 'arm', inMs: 3000 }, { do: 'fail-commit' }] },
    outside: [
      { then: 'call', method: 'look' },
      { then: 'call', method: 'fail' },
      { then: 'await-lives', count: 2 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
    ],
  },
  {
    name: 'an alarm that was set in vain for earlier wakes the object, and the one before stays',
    methods: { arm: [{ do: 'arm', inMs: 11_000 }], fail: [{ do: 'arm', inMs: 3000 }, { do: 'fail-commit' }] },
    outside: [
      { then: 'call', method: 'arm' },
      { then: 'call', method: 'fail' },
      { then: 'await-lives', count: 2 },
      { then: 'wait', ms: 1000 },
      { then: 'call', method: 'look' },
      { then: 'await-runs', count: 1 },
    ],
  },
  {
    name: 'a call that waits fails when another one resets the object',
    methods: {
      slow: [
        { do: 'write', row: 'before' },
        { do: 'wait', ms: 8000 },
        { do: 'write', row: 'after' },
      ],
      reset: [{ do: 'abort' }],
    },
    outside: [
      { then: 'send', method: 'slow' },
      { then: 'wait', ms: 4000 },
      { then: 'call', method: 'reset' },
      { then: 'wait', ms: 10_000 },
      { then: 'call', method: 'look' },
    ],
  },
];
