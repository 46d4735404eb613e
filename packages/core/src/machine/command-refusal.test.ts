import type { Phase, VersionRefs, VersionSet } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { commit, fleet, healthyMachine, machine, origin, T0, versions } from '../testing/builders.ts';
import { STATES } from '../testing/states.ts';
import { changeRefusal, commandRefusal } from './command-refusal.ts';
import type { Command } from './event.ts';
import type { MachineRecord } from './record.ts';

const BAD = versions({ customer: 'c0ffee0'.padEnd(40, '1') });

const refresh = (refs: VersionRefs, order: string | null = null): Command => ({
  kind: 'apply-versions',
  refs,
  order,
});

const rebuild = (image: string, refs: VersionRefs | null = null): Command => ({
  kind: 'rebuild',
  image,
  refs,
  order: null,
});

function quarantining(...quarantined: VersionSet[]): MachineRecord {
  return healthyMachine({ fleet: fleet({ quarantined }) });
}

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

describe('versions that are quarantined', () => {
  test.each<[string, MachineRecord, Command, string | null]>([
    ['by their commit', quarantining(BAD), refresh({ customer: BAD.customer }), 'QUARANTINED'],
    ['by a short form of it', quarantining(BAD), refresh({ customer: 'c0ffee0' }), 'QUARANTINED'],
    [
      'with every commit named',
      quarantining(BAD),
      refresh({ platform: BAD.platform, customer: BAD.customer }),
      'QUARANTINED',
    ],
    [
      'by an image that makes them whole',
      quarantining(versions({ image: 'image-2' })),
      rebuild('image-2'),
      'QUARANTINED',
    ],
    [
      'by an image and a commit',
      quarantining({ ...BAD, image: 'image-2' }),
      rebuild('image-2', { customer: BAD.customer }),
      'QUARANTINED',
    ],
    ['another commit is none of them', quarantining(BAD), refresh({ customer: commit('d') }), null],
    [
      'nor is a branch, for only the machine knows where it leads',
      quarantining(BAD),
      refresh({ customer: 'main' }),
      null,
    ],
    [
      'nor the same commit beside another one',
      quarantining(BAD),
      refresh({ customer: BAD.customer, platform: commit('d') }),
      null,
    ],
    [
      'nor the same commits on another image',
      quarantining({ ...BAD, image: 'image-2' }),
      refresh({ customer: BAD.customer }),
      null,
    ],
    ['nor another image', quarantining(versions({ image: 'image-3' })), rebuild('image-2'), null],
  ])('%s', (_name, record, command, code) => {
    expect(commandRefusal(record, command)?.code ?? null).toBe(code);
  });

  test('are named', () => {
    expect(commandRefusal(quarantining(BAD), refresh({ customer: BAD.customer }))).toEqual({
      code: 'QUARANTINED',
      message: 'These versions are quarantined: platform a000000, customer c0ffee0',
    });
  });
});

describe('a pinned slot', () => {
  const pinned = healthyMachine({ fleet: fleet({ pinned: 'a customer presents it' }) });

  test.each<[string, Command]>([
    ['a refresh', refresh({ customer: 'main' })],
    ['a rebuild', rebuild('image-2')],
  ])('refuses %s, and names the reason of the pin', (_name, command) => {
    expect(commandRefusal(pinned, command)).toEqual({
      code: 'CONFLICT',
      message: 'The slot is pinned: a customer presents it',
    });
  });

  test.each<Command>([{ kind: 'restart' }, { kind: 'restart-services', names: ['web'] }, { kind: 'stop' }])(
    'does not refuse %j',
    (command) => {
      expect(commandRefusal(pinned, command)).toBeNull();
    },
  );
});

test('a machine whose type keeps its image cannot be rebuilt, in whatever phase', () => {
  const identity = { ...origin().identity, type: 'daytona' as const };
  const unsupported = { code: 'UNSUPPORTED', message: 'A machine of type daytona keeps its image for life' };
  expect(commandRefusal(healthyMachine({ identity }), rebuild('image-2'))).toEqual(unsupported);
  const stopped = healthyMachine({ identity, desired: 'stopped', state: { phase: 'stopped', since: T0 } });
  expect(commandRefusal(stopped, rebuild('image-2'))).toEqual(unsupported);
  for (const type of ['fly', 'local-docker'] as const)
    expect(
      commandRefusal(healthyMachine({ identity: { ...identity, type } }), rebuild('image-2')),
    ).toBeNull();
});

test('what the project orders is always taken: what came of it is told to it', () => {
  const pinned = healthyMachine({ fleet: fleet({ pinned: 'a demo' }) });
  expect(commandRefusal(pinned, refresh({ customer: 'main' }, 'order-1'))).toBeNull();
  expect(commandRefusal(machine(), refresh({ customer: 'main' }, 'order-1'))).toBeNull();
});

test.each<Command>([{ kind: 'restart' }, { kind: 'restore-work', from: 'demo.web-1.1', evidence: '17' }])(
  '%j brings the machine to nothing that could be refused',
  (command) => {
    expect(changeRefusal(quarantining(versions()), command)).toBeNull();
  },
);

test('what the project knows of versions is taken in every phase', () => {
  const states: MachineRecord['state'][] = [
    { phase: 'new', since: T0 },
    { phase: 'stopped', since: T0 },
    { phase: 'destroyed', since: T0 },
  ];
  for (const state of states)
    expect(commandRefusal(healthyMachine({ state }), { kind: 'adopt-fleet', fleet: fleet() })).toBeNull();
});
