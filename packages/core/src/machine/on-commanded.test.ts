import type { Phase } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  fleet,
  healthyMachine,
  HOUR,
  incident,
  levelTry,
  machine,
  pending,
  recovering,
  sickMachine,
  T0,
  versions,
} from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import { commandRefusal } from './command-refusal.ts';
import type { Command } from './event.ts';
import type { FleetVersions } from './fleet-versions.ts';
import type { MachineRecord, MachineState } from './record.ts';

function commanded(record: MachineRecord, command: Command, now = T0) {
  return decideOn(record, { type: 'commanded', command }, { now });
}

const STATES: { [phase in Phase]: MachineState } = {
  new: { phase: 'new', since: T0 },
  provisioning: { phase: 'provisioning', since: T0, actionId: null },
  starting: { phase: 'starting', since: T0 },
  healthy: { phase: 'healthy', since: T0 },
  suspect: { phase: 'suspect', since: T0 },
  recovering: recovering(),
  settling: { phase: 'settling', since: T0, incident: incident() },
  stopping: { phase: 'stopping', since: T0, actionId: null },
  stopped: { phase: 'stopped', since: T0 },
  bricked: {
    phase: 'bricked',
    since: T0,
    incident: incident({ outcome: 'bricked' }),
    salvage: { step: 'done', actionId: null, until: T0 },
  },
  retired: { phase: 'retired', since: T0, actionId: null, settled: true },
  destroyed: { phase: 'destroyed', since: T0 },
};

/** Which error code answers a command in each phase; `-` is taken. */
const REFUSALS: {
  [phase in Phase]: Record<'start' | 'stop' | 'restart' | 'apply-versions' | 'retire', string>;
} = {
  new: {
    start: 'CONFLICT',
    stop: 'CONFLICT',
    restart: 'CONFLICT',
    'apply-versions': 'CONFLICT',
    retire: '-',
  },
  provisioning: { start: '-', stop: '-', restart: 'CONFLICT', 'apply-versions': 'CONFLICT', retire: '-' },
  starting: { start: '-', stop: '-', restart: '-', 'apply-versions': '-', retire: '-' },
  healthy: { start: '-', stop: '-', restart: '-', 'apply-versions': '-', retire: '-' },
  suspect: { start: '-', stop: '-', restart: '-', 'apply-versions': '-', retire: '-' },
  recovering: { start: '-', stop: '-', restart: '-', 'apply-versions': '-', retire: '-' },
  settling: { start: '-', stop: '-', restart: '-', 'apply-versions': '-', retire: '-' },
  stopping: { start: '-', stop: '-', restart: 'CONFLICT', 'apply-versions': 'CONFLICT', retire: '-' },
  stopped: { start: '-', stop: '-', restart: 'CONFLICT', 'apply-versions': 'CONFLICT', retire: '-' },
  bricked: {
    start: 'RETIRED',
    stop: 'RETIRED',
    restart: 'RETIRED',
    'apply-versions': 'RETIRED',
    retire: '-',
  },
  retired: {
    start: 'RETIRED',
    stop: 'RETIRED',
    restart: 'RETIRED',
    'apply-versions': 'RETIRED',
    retire: '-',
  },
  destroyed: {
    start: 'RETIRED',
    stop: 'RETIRED',
    restart: 'RETIRED',
    'apply-versions': 'RETIRED',
    retire: '-',
  },
};

describe('what can be asked of a machine', () => {
  const COMMANDS = {
    start: { kind: 'start' },
    stop: { kind: 'stop' },
    restart: { kind: 'restart' },
    'apply-versions': { kind: 'apply-versions', refs: { customer: 'main' }, order: null },
    retire: { kind: 'retire' },
  } satisfies Record<string, Command>;

  test.each(Object.entries(REFUSALS) as [Phase, (typeof REFUSALS)[Phase]][])(
    'that is %s',
    (phase, expected) => {
      const record = healthyMachine({ state: STATES[phase] });
      const answers = Object.entries(COMMANDS).map(([name, command]) => [
        name,
        commandRefusal(record, command)?.code ?? '-',
      ]);
      expect(Object.fromEntries(answers)).toEqual(expected);
    },
  );

  test('a command that is refused changes nothing, also when it arrives all the same', () => {
    const record = healthyMachine({ state: STATES.stopped, desired: 'stopped' });
    expect(commanded(record, { kind: 'restart' }).record).toEqual(record);
  });

  test('only services that exist can be restarted; the daemon is one', () => {
    expect(
      commandRefusal(healthyMachine(), { kind: 'restart-services', names: ['web', 'daemon'] }),
    ).toBeNull();
    expect(commandRefusal(healthyMachine(), { kind: 'restart-services', names: ['web', 'db'] })).toEqual({
      code: 'SERVICE_NOT_FOUND',
      message: 'There is no service db; there are daemon, web',
    });
  });

  test('not more than sixteen commands are kept waiting', () => {
    const commands = Array.from({ length: 16 }, () => ({ kind: 'restart' as const }));
    expect(commandRefusal(healthyMachine({ commands }), { kind: 'restart' })).toMatchObject({
      code: 'CONFLICT',
    });
    expect(commandRefusal(healthyMachine({ commands }), { kind: 'stop' })).toBeNull();
  });
});

describe('provision', () => {
  test('begins once', () => {
    const first = commanded(machine(), { kind: 'provision' });
    expect(first.record.state).toEqual({ phase: 'provisioning', since: T0, actionId: null });
    expect(first.wakeAt).toBe(T0 + 1);
    expect(commanded(first.record, { kind: 'provision' }, T0 + 5).record).toEqual(first.record);
  });
});

describe('stop', () => {
  test('drops what was under way and what was waiting', () => {
    const record = healthyMachine({
      pending: pending({ do: 'copy' }),
      commands: [{ kind: 'restart' }],
      change: { actionId: 'x', startedAt: T0 },
    });
    const { record: after } = commanded(record, { kind: 'stop' });
    expect(after).toMatchObject({ desired: 'stopped', pending: null, commands: [], change: null });
    expect(after.state.phase).toBe('stopping');
  });

  test('beats recovery: the try that ran is over, and the incident is cancelled', () => {
    const tries = [levelTry({ outcome: 'running', reason: null, endedAt: null })];
    const record = sickMachine({ state: recovering({ incident: incident({ tries }), attempt: attempt() }) });
    const decision = commanded(record, { kind: 'stop' });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: incident({
        tries: [levelTry({ reason: null, message: 'restart web: stopped by an operator' })],
        outcome: 'cancelled',
        closedAt: T0,
      }),
    });
    expect(story(decision)).toContain('incident 1 ended: stopped by an operator');
  });

  test('twice is once', () => {
    const { record } = commanded(healthyMachine(), { kind: 'stop' });
    expect(commanded(record, { kind: 'stop' }, T0 + 5).record).toEqual(record);
  });
});

describe('start', () => {
  const stopped = healthyMachine({
    desired: 'stopped',
    state: STATES.stopped,
    check: {
      ...machine().check,
      failed: 9,
      gone: 4,
      firstFailedAt: T0 - HOUR,
      lastFailedAt: T0,
      dueAt: T0 + HOUR,
    },
  });

  test('begins without the failed checks of the time when it was meant to be down', () => {
    const { record } = commanded(stopped, { kind: 'start' });
    expect(record.check).toMatchObject({ failed: 0, gone: 0, firstFailedAt: null, lastFailedAt: null });
  });

  test('waits for its turn and looks at once', () => {
    const decision = commanded(stopped, { kind: 'start' });
    expect(decision.record).toMatchObject({ desired: 'running', commands: [{ kind: 'start' }] });
    expect(decision.record.state.phase).toBe('starting');
    expect(decision.wakeAt).toBe(T0 + 1);
  });

  test('of a machine that is meant to run changes nothing', () => {
    expect(commanded(healthyMachine(), { kind: 'start' }).record).toEqual(healthyMachine());
  });
});

describe('what the project knows of versions', () => {
  const told = (fleet: FleetVersions): Command => ({ kind: 'adopt-fleet', fleet });
  const known = healthyMachine({ fleet: fleet({ word: 7, pinned: 'a demo' }) });

  test('is kept, and wakes nobody', () => {
    const newer = fleet({ word: 8, slot: [{ versions: versions(), lastSeenAt: T0 }] });
    const { record, wakeAt } = commanded(known, told(newer));
    expect(record).toEqual({ ...known, fleet: newer });
    expect(wakeAt).toBe(known.check.dueAt);
  });

  test.each([7, 6])('is not kept when the last word was newer, or this one (word %i)', (word) => {
    expect(commanded(known, told(fleet({ word }))).record).toEqual(known);
  });

  test('is of no more interest once nothing is left of the machine', () => {
    const gone = healthyMachine({ state: STATES.destroyed, desired: 'destroyed' });
    expect(commanded(gone, told(fleet({ word: 8 }))).record).toEqual(gone);
  });

  test.each<[string, FleetVersions, FleetVersions, string[]]>([
    [
      'that its slot was pinned',
      fleet(),
      fleet({ word: 2, pinned: 'a demo' }),
      ['its slot was pinned: a demo'],
    ],
    [
      'that it is no longer',
      fleet({ pinned: 'a demo' }),
      fleet({ word: 2 }),
      ['its slot is pinned no longer'],
    ],
    [
      'that what it runs was quarantined',
      fleet(),
      fleet({ word: 2, quarantined: [versions()] }),
      ['what it runs was quarantined'],
    ],
    ['nothing of what others run', fleet(), fleet({ word: 2, quarantined: [versions({ image: 'x' })] }), []],
    [
      'nothing that was told before',
      fleet({ quarantined: [versions()], pinned: 'a demo' }),
      fleet({ word: 2, quarantined: [versions()], pinned: 'a demo' }),
      [],
    ],
  ])('puts on the timeline %s', (_name, before, after, lines) => {
    expect(story(commanded(healthyMachine({ fleet: before }), told(after)))).toEqual(lines);
  });
});

describe('commands that wait for their turn', () => {
  test('do so in the order in which they came, and are said', () => {
    let record = healthyMachine();
    const told: string[] = [];
    for (const command of [
      { kind: 'restart' },
      { kind: 'restart-services', names: ['web', 'daemon'] },
      { kind: 'apply-versions', refs: { customer: 'v2', platform: 'main' }, order: null },
      { kind: 'rebuild', image: 'image-2', refs: null, order: null },
      { kind: 'rebuild', image: 'image-3', refs: { customer: 'v2' }, order: null },
      { kind: 'restore-work', from: 'demo.web-1.1', evidence: '17' },
    ] satisfies Command[]) {
      const decision = commanded(record, command);
      record = decision.record;
      told.push(...story(decision));
    }
    expect(record.commands.map((command) => command.kind)).toEqual([
      'restart',
      'restart-services',
      'apply-versions',
      'rebuild',
      'rebuild',
      'restore-work',
    ]);
    expect(told).toEqual([
      'restart asked for',
      'restart of web, daemon asked for',
      'refresh asked for: customer to v2, platform to main',
      'rebuild from image-2 asked for',
      'rebuild from image-3 asked for: customer to v2',
      'work of evidence 17 of demo.web-1.1 asked for',
    ]);
  });
});

describe('retire', () => {
  test('ends an incident of a machine that another one replaces', () => {
    const decision = commanded(sickMachine(), { kind: 'retire' });
    expect(decision.record).toMatchObject({
      desired: 'retired',
      state: { phase: 'retired', settled: false },
    });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: incident({ outcome: 'cancelled', closedAt: T0 }),
    });
  });

  test('ends the last level of a machine that was given up, as having done its work', () => {
    const tries = [
      levelTry({ level: 4, outcome: 'running', reason: null, endedAt: null, message: 'give up' }),
    ];
    const open = incident({ tries, outcome: 'bricked' });
    const state = { ...STATES.bricked, incident: open } as MachineState;
    const decision = commanded(healthyMachine({ state }), { kind: 'retire' });
    expect(decision.facts).toContainEqual({
      kind: 'incident',
      incident: {
        ...open,
        tries: [{ ...tries[0], outcome: 'healed', message: 'give up: replaced', endedAt: T0 }],
        closedAt: T0,
      },
    });
  });

  test.each(['retired', 'destroyed'] as const)('changes nothing in a machine that is %s', (phase) => {
    const record = healthyMachine({ state: STATES[phase], desired: phase });
    expect(commanded(record, { kind: 'retire' }).record.state).toEqual(record.state);
  });
});

describe('destroy', () => {
  test('of a retired machine begins anew, also when its stop had been settled', () => {
    const record = healthyMachine({ state: STATES.retired, desired: 'retired' });
    const decision = commanded(record, { kind: 'destroy' }, T0 + HOUR);
    expect(decision.record).toMatchObject({
      desired: 'destroyed',
      state: { phase: 'retired', actionId: null, settled: false },
    });
    expect(decision.wakeAt).toBe(T0 + HOUR + 1);
  });

  test('of a machine that slept until then is not taken for an absence', () => {
    const record = healthyMachine({ state: STATES.retired, desired: 'retired' });
    const { record: after } = commanded(record, { kind: 'destroy' }, T0 + 4 * HOUR);
    const woken = decideOn(after, { type: 'woke' }, { now: T0 + 4 * HOUR + 1 });
    expect(story(woken).filter((line) => line.includes('away'))).toEqual([]);
    expect(woken.actions).toMatchObject([{ do: 'destroy' }]);
  });

  test('twice is once', () => {
    const { record } = commanded(healthyMachine(), { kind: 'destroy' });
    expect(commanded(record, { kind: 'destroy' }, T0 + 5).record).toEqual(record);
  });
});
