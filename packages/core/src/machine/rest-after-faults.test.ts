/** However many faults a machine has seen: once they stop, it comes to rest. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINUTE, policy } from '../testing/builders.ts';
import { anyCommand } from '../testing/random-happenings.ts';
import { Scenario } from '../testing/scenario.ts';
import type { Command } from './event.ts';

/** The same runs every time; fast-check prints the seed and the path of a run that fails. */
const SEED = 20_260_107;

const VERBS = [
  'create',
  'stop',
  'restart',
  'copy',
  'apply-versions',
  'rebuild',
  'collect-evidence',
  'restore-work',
] as const;

type Fault =
  | { kind: 'wait'; ms: number }
  | { kind: 'away'; ms: number }
  | { kind: 'crashes'; count: number }
  | { kind: 'hang' | 'stick' | 'fail'; name: 'web' | 'daemon' | 'pidnap' }
  | { kind: 'vanish'; withDisk: boolean }
  | { kind: 'ruin' | 'halt' | 'host' | 'network' | 'project' | 'lie' | 'mute' | 'storm' | 'watch' }
  | { kind: 'clock'; byMs: number }
  | { kind: 'refuse' | 'break' | 'lose'; verb: (typeof VERBS)[number] }
  | { kind: 'command'; command: Command };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(8 * MINUTE) }) },
  fc.record({ kind: fc.constant('away' as const), ms: fc.nat(30 * MINUTE) }),
  fc.record({ kind: fc.constant('crashes' as const), count: fc.nat(10) }),
  fc.record({
    kind: fc.constantFrom('hang' as const, 'stick' as const, 'fail' as const),
    name: fc.constantFrom('web' as const, 'daemon' as const, 'pidnap' as const),
  }),
  fc.record({ kind: fc.constant('vanish' as const), withDisk: fc.boolean() }),
  fc.record({
    kind: fc.constantFrom(
      'ruin' as const,
      'halt' as const,
      'host' as const,
      'network' as const,
      'watch' as const,
      'project' as const,
      'lie' as const,
      'mute' as const,
      'storm' as const,
    ),
  }),
  fc.record({
    kind: fc.constantFrom('refuse' as const, 'break' as const, 'lose' as const),
    verb: fc.constantFrom(...VERBS),
  }),
  fc.record({
    kind: fc.constant('clock' as const),
    byMs: fc.integer({ min: -30 * MINUTE, max: 30 * MINUTE }),
  }),
  fc.record({ kind: fc.constant('command' as const), command: anyCommand }),
);

function strike(s: Scenario, what: Fault): void {
  const { machine } = s;
  switch (what.kind) {
    case 'wait':
      return s.runFor(what.ms);
    case 'away':
      return s.away(what.ms);
    case 'crashes':
      s.crashes += what.count;
      return;
    case 'hang':
      return void machine.hung.add(what.name);
    case 'stick':
      machine.hung.add(what.name);
      return void machine.stubborn.add(what.name);
    case 'fail':
      return machine.provider === 'running' && what.name !== 'pidnap' ? machine.fail(what.name) : undefined;
    case 'vanish':
      return machine.vanish(what);
    case 'ruin':
      machine.ruined = true;
      return;
    case 'halt':
      if (machine.provider === 'running') machine.provider = 'stopped';
      return;
    case 'host':
      machine.hostReachable = !machine.hostReachable;
      return;
    case 'network':
      machine.unreachable = !machine.unreachable;
      return;
    case 'watch':
      s.policy = policy({ mode: s.policy.mode === 'act' ? 'shadow' : 'act' });
      return;
    case 'clock':
      return s.stepClock(what.byMs);
    case 'project':
      s.projectReachable = !s.projectReachable;
      return;
    case 'lie':
      machine.lies = !machine.lies;
      return;
    case 'mute':
      machine.muted = !machine.muted;
      return;
    case 'storm':
      s.permit = () => ({ ok: true, permit: { granted: false, reason: 'storm-guard', message: 'a storm' } });
      return;
    case 'refuse':
      return void machine.refuses.add(what.verb);
    case 'break':
      return void machine.fails.add(what.verb);
    case 'lose':
      return void machine.loses.add(what.verb);
    case 'command':
      return s.command(what.command);
  }
}

/** Everything around the machine works again; what broke on the machine itself stays broken until it is healed. */
function faultsStop(s: Scenario): void {
  const { machine } = s;
  machine.hostReachable = true;
  machine.unreachable = false;
  s.policy = policy();
  machine.ruined = false;
  machine.muted = false;
  machine.lies = false;
  for (const verbs of [machine.refuses, machine.fails, machine.loses]) verbs.clear();
  s.projectReachable = true;
  s.crashes = 0;
  s.permit = () => ({ ok: true, permit: { granted: true, expiresAt: s.clock + 10 * MINUTE } });
}

/** Where a machine may come to rest. */
function isAtRest(s: Scenario): boolean {
  const { state, desired } = s.record;
  switch (state.phase) {
    case 'healthy':
      return desired === 'running' && s.machine.provider === 'running';
    case 'stopped':
      return desired === 'stopped';
    case 'bricked':
      return state.salvage.step === 'done' && s.told.some((message) => message.kind === 'bricked');
    case 'retired':
      return state.settled && desired === 'retired';
    case 'destroyed':
      return !s.machine.diskPresent;
    default:
      return false;
  }
}

describe('once faults stop', () => {
  test('every machine comes to rest: healthy, stopped as asked, or given up with the project told', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.boolean(), fc.array(fault, { minLength: 1, maxLength: 20 }), (wasHealthy, faults) => {
        const s = wasHealthy ? Scenario.healthy() : new Scenario();
        if (!wasHealthy) s.command({ kind: 'provision' });
        for (const what of faults) strike(s, what);
        faultsStop(s);
        s.runFor(90 * MINUTE);
        if (!isAtRest(s))
          throw new Error(`${s.phase} ${JSON.stringify(s.record.state)}\n${s.story.slice(-15).join('\n')}`);
        expect(s.record.outbox).toEqual([]);
        ends.add(s.phase);
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect([...ends]).toEqual(expect.arrayContaining(['healthy', 'stopped', 'bricked', 'destroyed']));
  });
});
