/**
 * Every phase and every event: where the machine goes, and what it waits for afterwards. The table is total: a missing
 * phase, event or command does not compile. A cell reads `phase`, `phase > action that is pending then`, or
 * `phase + command that waits for its turn`.
 */
import type { Phase } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  healthyMachine,
  incident,
  levelTry,
  machine,
  MACHINE_ID,
  MINUTE,
  observation,
  pending,
  policy,
  providerSays,
  providerSilent,
  recovering,
  report,
  SECOND,
  T0,
  verdict,
  webDown,
} from '../testing/builders.ts';
import { deepFreeze } from '../testing/deep-freeze.ts';
import { checkInvariants } from '../testing/invariants.ts';
import { decide, type Decision } from './decide.ts';
import type { Command, MachineEvent, MachineEventType } from './event.ts';
import type { Action, MachineRecord, PendingAction } from './record.ts';

/** Events that mean different things are cells of their own. */
type Cells = {
  woke: 'woke';
  reported: 'reported';
  observed:
    | 'observed healthy'
    | 'observed unhealthy'
    | 'observed unknown'
    | 'observed gone'
    | 'observed late';
  finished: 'finished ok' | 'finished refused' | 'finished later' | 'finished late';
  delivered: 'delivered';
  commanded: `commanded ${Command['kind']}`;
};

/** Every event type has its cells: one that is added to the union and not here does not compile. */
type Cell = { [type in MachineEventType]: Cells[type] }[MachineEventType];

type Expected = Phase | `${Phase} > ${Action['do']}` | `${Phase} + ${Command['kind']}`;

type Row = Record<Cell, Expected>;

const NOW = T0 + 30 * SECOND;
const ID = `${MACHINE_ID}/40`;
const LATE = `${MACHINE_ID}/39`;

/** A record in each phase, with the action that this phase typically waits for. */
const PHASES: { [phase in Phase]: { record: MachineRecord; waitsFor: Action } } = {
  new: { record: machine({ sequence: 40 }), waitsFor: { do: 'stop' } },
  provisioning: {
    record: machine({ sequence: 40, state: { phase: 'provisioning', since: T0, actionId: ID } }),
    waitsFor: { do: 'create', restoreCopyId: null },
  },
  starting: {
    record: healthyMachine({ state: { phase: 'starting', since: T0 }, verdict: null }),
    waitsFor: { do: 'start' },
  },
  healthy: { record: healthyMachine(), waitsFor: { do: 'copy' } },
  suspect: {
    record: healthyMachine({
      state: { phase: 'suspect', since: T0 - MINUTE },
      verdict: verdict('unhealthy', 'service-down'),
      check: { ...healthyMachine().check, failed: 2, firstFailedAt: T0 - MINUTE, lastFailedAt: T0 - SECOND },
    }),
    waitsFor: { do: 'restart-services', names: ['web'] },
  },
  recovering: {
    record: healthyMachine({
      state: recovering({
        incident: incident({ tries: [levelTry({ outcome: 'running', reason: null, endedAt: null })] }),
        attempt: attempt({ dispatchedAt: T0 }),
      }),
      verdict: verdict('unhealthy', 'service-down'),
      check: { ...healthyMachine().check, failed: 3, firstFailedAt: T0 - MINUTE, lastFailedAt: T0 },
    }),
    waitsFor: { do: 'restart-services', names: ['web'] },
  },
  settling: {
    record: healthyMachine({
      state: { phase: 'settling', since: T0 - 2 * MINUTE, incident: incident({ healedAt: T0, healedBy: 1 }) },
      check: { ...healthyMachine().check, failed: 2, firstFailedAt: T0 - MINUTE, lastFailedAt: T0 - SECOND },
    }),
    waitsFor: { do: 'restart-services', names: ['web'] },
  },
  stopping: {
    record: healthyMachine({ desired: 'stopped', state: { phase: 'stopping', since: T0, actionId: ID } }),
    waitsFor: { do: 'stop' },
  },
  stopped: {
    record: healthyMachine({ desired: 'stopped', state: { phase: 'stopped', since: T0 } }),
    waitsFor: { do: 'stop' },
  },
  bricked: {
    record: healthyMachine({
      state: {
        phase: 'bricked',
        since: T0,
        incident: incident({ outcome: 'bricked' }),
        salvage: { step: 'stop', actionId: ID, until: T0 + MINUTE },
      },
    }),
    waitsFor: { do: 'stop' },
  },
  retired: {
    record: healthyMachine({
      desired: 'retired',
      state: { phase: 'retired', since: T0, actionId: ID, settled: false },
    }),
    waitsFor: { do: 'stop' },
  },
  destroyed: {
    record: healthyMachine({ desired: 'destroyed', state: { phase: 'destroyed', since: T0 } }),
    waitsFor: { do: 'destroy' },
  },
};

/** Each cell's event, and what the machine waits for when it comes. */
const CELLS: {
  [cell in Cell]: (waitsFor: Action) => { event: MachineEvent; pending: PendingAction | null };
} = {
  woke: () => ({ event: { type: 'woke' }, pending: null }),
  reported: () => ({
    event: { type: 'reported', report: report({ seq: 9, pidnapAnswers: false }) },
    pending: null,
  }),
  'observed healthy': () => observed(observation({ startedAt: NOW - SECOND })),
  'observed unhealthy': () => observed(webDown({ startedAt: NOW - SECOND })),
  'observed unknown': () => observed(providerSilent(NOW - SECOND)),
  'observed gone': () => observed(providerSays({ state: 'absent', diskPresent: false }, NOW - SECOND)),
  'observed late': () => observed(webDown({ startedAt: NOW - SECOND }), { actionId: LATE }),
  'finished ok': (waitsFor) => finished(waitsFor, { ok: true }),
  'finished refused': (waitsFor) =>
    finished(waitsFor, { ok: false, code: 'CONFLICT', message: 'refused', retryable: false }),
  'finished later': (waitsFor) =>
    finished(waitsFor, { ok: false, code: 'HOST_UNREACHABLE', message: 'not now', retryable: true }),
  'finished late': (waitsFor) => ({
    event: { type: 'finished', actionId: LATE, outcome: { ok: true } },
    pending: pending(waitsFor, { nextSendAt: NOW + SECOND }),
  }),
  delivered: () => ({ event: { type: 'delivered', entryId: 'message', ok: true }, pending: null }),
  'commanded provision': () => commanded({ kind: 'provision' }),
  'commanded start': () => commanded({ kind: 'start' }),
  'commanded stop': () => commanded({ kind: 'stop' }),
  'commanded restart': () => commanded({ kind: 'restart' }),
  'commanded restart-services': () => commanded({ kind: 'restart-services', names: ['web'] }),
  'commanded apply-versions': () => commanded({ kind: 'apply-versions', refs: { customer: 'main' } }),
  'commanded retire': () => commanded({ kind: 'retire' }),
  'commanded destroy': () => commanded({ kind: 'destroy' }),
};

function observed(
  observation: Extract<MachineEvent, { type: 'observed' }>['observation'],
  { actionId = ID } = {},
) {
  const event = { type: 'observed', actionId, observation } as const;
  return { event, pending: pending({ do: 'observe', depth: 'deep' }, { nextSendAt: NOW + SECOND }) };
}

function finished(waitsFor: Action, outcome: Extract<MachineEvent, { type: 'finished' }>['outcome']) {
  return {
    event: { type: 'finished', actionId: ID, outcome } as const,
    pending: pending(waitsFor, { nextSendAt: NOW + SECOND }),
  };
}

function commanded(command: Command) {
  return { event: { type: 'commanded', command } as const, pending: null };
}

const TABLE: Record<Phase, Row> = {
  new: {
    woke: 'new',
    reported: 'new',
    'observed healthy': 'new',
    'observed unhealthy': 'new',
    'observed unknown': 'new',
    'observed gone': 'new',
    'observed late': 'new > observe',
    'finished ok': 'new',
    'finished refused': 'new',
    'finished later': 'new > stop',
    'finished late': 'new > stop',
    delivered: 'new',
    'commanded provision': 'provisioning',
    'commanded start': 'new',
    'commanded stop': 'new',
    'commanded restart': 'new',
    'commanded restart-services': 'new',
    'commanded apply-versions': 'new',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  provisioning: {
    woke: 'provisioning > observe',
    reported: 'provisioning',
    'observed healthy': 'starting',
    'observed unhealthy': 'starting',
    'observed unknown': 'provisioning',
    'observed gone': 'provisioning > create',
    'observed late': 'provisioning > observe',
    'finished ok': 'provisioning',
    'finished refused': 'recovering',
    'finished later': 'provisioning > create',
    'finished late': 'provisioning > create',
    delivered: 'provisioning',
    'commanded provision': 'provisioning',
    'commanded start': 'provisioning',
    'commanded stop': 'stopping',
    'commanded restart': 'provisioning',
    'commanded restart-services': 'provisioning',
    'commanded apply-versions': 'provisioning',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  starting: {
    woke: 'starting > observe',
    reported: 'starting',
    'observed healthy': 'healthy',
    'observed unhealthy': 'starting',
    'observed unknown': 'starting',
    'observed gone': 'starting',
    'observed late': 'starting > observe',
    'finished ok': 'starting',
    'finished refused': 'starting',
    'finished later': 'starting > start',
    'finished late': 'starting > start',
    delivered: 'starting',
    'commanded provision': 'starting',
    'commanded start': 'starting',
    'commanded stop': 'stopping',
    'commanded restart': 'starting + restart',
    'commanded restart-services': 'starting + restart-services',
    'commanded apply-versions': 'starting + apply-versions',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  healthy: {
    woke: 'healthy > observe',
    reported: 'healthy',
    'observed healthy': 'healthy',
    'observed unhealthy': 'suspect',
    'observed unknown': 'healthy',
    'observed gone': 'suspect',
    'observed late': 'healthy > observe',
    'finished ok': 'healthy',
    'finished refused': 'healthy',
    'finished later': 'healthy',
    'finished late': 'healthy > copy',
    delivered: 'healthy',
    'commanded provision': 'healthy',
    'commanded start': 'healthy',
    'commanded stop': 'stopping',
    'commanded restart': 'healthy + restart',
    'commanded restart-services': 'healthy + restart-services',
    'commanded apply-versions': 'healthy + apply-versions',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  suspect: {
    woke: 'suspect > observe',
    reported: 'suspect',
    'observed healthy': 'healthy',
    'observed unhealthy': 'recovering > restart-services',
    'observed unknown': 'suspect',
    'observed gone': 'recovering > request-permit',
    'observed late': 'suspect > observe',
    'finished ok': 'suspect',
    'finished refused': 'suspect',
    'finished later': 'suspect > restart-services',
    'finished late': 'suspect > restart-services',
    delivered: 'suspect',
    'commanded provision': 'suspect',
    'commanded start': 'suspect',
    'commanded stop': 'stopping',
    'commanded restart': 'suspect + restart',
    'commanded restart-services': 'suspect + restart-services',
    'commanded apply-versions': 'suspect + apply-versions',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  recovering: {
    woke: 'recovering > observe',
    reported: 'recovering',
    'observed healthy': 'settling',
    'observed unhealthy': 'recovering > restart-services',
    'observed unknown': 'recovering',
    'observed gone': 'recovering',
    'observed late': 'recovering > observe',
    'finished ok': 'recovering',
    'finished refused': 'recovering',
    'finished later': 'recovering > restart-services',
    'finished late': 'recovering > restart-services',
    delivered: 'recovering',
    'commanded provision': 'recovering',
    'commanded start': 'recovering',
    'commanded stop': 'stopping',
    'commanded restart': 'recovering + restart',
    'commanded restart-services': 'recovering + restart-services',
    'commanded apply-versions': 'recovering + apply-versions',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  settling: {
    woke: 'settling > observe',
    reported: 'settling',
    'observed healthy': 'healthy',
    'observed unhealthy': 'recovering > restart-services',
    'observed unknown': 'settling',
    'observed gone': 'recovering > request-permit',
    'observed late': 'settling > observe',
    'finished ok': 'settling',
    'finished refused': 'settling',
    'finished later': 'settling > restart-services',
    'finished late': 'settling > restart-services',
    delivered: 'settling',
    'commanded provision': 'settling',
    'commanded start': 'settling',
    'commanded stop': 'stopping',
    'commanded restart': 'settling + restart',
    'commanded restart-services': 'settling + restart-services',
    'commanded apply-versions': 'settling + apply-versions',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  stopping: {
    woke: 'stopping > observe',
    reported: 'stopping',
    'observed healthy': 'stopping > stop',
    'observed unhealthy': 'stopping > stop',
    'observed unknown': 'stopping',
    'observed gone': 'stopped',
    'observed late': 'stopping > observe',
    'finished ok': 'stopping',
    'finished refused': 'stopping',
    'finished later': 'stopping > stop',
    'finished late': 'stopping > stop',
    delivered: 'stopping',
    'commanded provision': 'stopping',
    'commanded start': 'starting + start',
    'commanded stop': 'stopping',
    'commanded restart': 'stopping',
    'commanded restart-services': 'stopping',
    'commanded apply-versions': 'stopping',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  stopped: {
    woke: 'stopped > observe',
    reported: 'stopped',
    'observed healthy': 'stopping > stop',
    'observed unhealthy': 'stopping > stop',
    'observed unknown': 'stopped',
    'observed gone': 'stopped',
    'observed late': 'stopped > observe',
    'finished ok': 'stopped',
    'finished refused': 'stopped',
    'finished later': 'stopped > stop',
    'finished late': 'stopped > stop',
    delivered: 'stopped',
    'commanded provision': 'stopped',
    'commanded start': 'starting + start',
    'commanded stop': 'stopped',
    'commanded restart': 'stopped',
    'commanded restart-services': 'stopped',
    'commanded apply-versions': 'stopped',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  bricked: {
    woke: 'bricked > observe',
    reported: 'bricked',
    'observed healthy': 'bricked',
    'observed unhealthy': 'bricked',
    'observed unknown': 'bricked',
    'observed gone': 'bricked',
    'observed late': 'bricked > observe',
    'finished ok': 'bricked',
    'finished refused': 'bricked > copy',
    'finished later': 'bricked > stop',
    'finished late': 'bricked > stop',
    delivered: 'bricked',
    'commanded provision': 'bricked',
    'commanded start': 'bricked',
    'commanded stop': 'bricked',
    'commanded restart': 'bricked',
    'commanded restart-services': 'bricked',
    'commanded apply-versions': 'bricked',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  retired: {
    woke: 'retired > observe',
    reported: 'retired',
    'observed healthy': 'retired > stop',
    'observed unhealthy': 'retired > stop',
    'observed unknown': 'retired',
    'observed gone': 'retired',
    'observed late': 'retired > observe',
    'finished ok': 'retired',
    'finished refused': 'retired',
    'finished later': 'retired > stop',
    'finished late': 'retired > stop',
    delivered: 'retired',
    'commanded provision': 'retired',
    'commanded start': 'retired',
    'commanded stop': 'retired',
    'commanded restart': 'retired',
    'commanded restart-services': 'retired',
    'commanded apply-versions': 'retired',
    'commanded retire': 'retired',
    'commanded destroy': 'retired',
  },
  destroyed: {
    woke: 'destroyed',
    reported: 'destroyed',
    'observed healthy': 'destroyed',
    'observed unhealthy': 'destroyed',
    'observed unknown': 'destroyed',
    'observed gone': 'destroyed',
    'observed late': 'destroyed > observe',
    'finished ok': 'destroyed',
    'finished refused': 'destroyed',
    'finished later': 'destroyed > destroy',
    'finished late': 'destroyed > destroy',
    delivered: 'destroyed',
    'commanded provision': 'destroyed',
    'commanded start': 'destroyed',
    'commanded stop': 'destroyed',
    'commanded restart': 'destroyed',
    'commanded restart-services': 'destroyed',
    'commanded apply-versions': 'destroyed',
    'commanded retire': 'destroyed',
    'commanded destroy': 'destroyed',
  },
};

function decideCell(
  phase: Phase,
  cell: Cell,
): { before: MachineRecord; event: MachineEvent; decision: Decision } {
  const { record, waitsFor } = PHASES[phase];
  const { event, pending } = CELLS[cell](waitsFor);
  const message = { kind: 'changed', phase: 'healthy', sick: false } as const;
  const before = deepFreeze({
    ...record,
    pending,
    report: cell === 'observed unknown' ? null : record.report,
    check: { ...record.check, dueAt: cell === 'woke' ? NOW : NOW + 30 * SECOND },
    outbox: cell === 'delivered' ? [{ id: 'message', sends: 1, nextSendAt: NOW + SECOND, message }] : [],
  });
  return { before, event, decision: decide({ record: before, event, now: NOW, policy: policy() }) };
}

function read({ record }: Decision): string {
  const [command] = record.commands;
  if (record.pending !== null) return `${record.state.phase} > ${record.pending.do}`;
  return command === undefined ? record.state.phase : `${record.state.phase} + ${command.kind}`;
}

const rows = Object.entries(TABLE) as [Phase, Row][];

describe.each(rows)('a machine that is %s', (phase, row) => {
  const cells = Object.entries(row) as [Cell, Expected][];

  test.each(cells)('when %s: %s', (cell, expected) => {
    const { before, event, decision } = decideCell(phase, cell);
    expect(read(decision)).toBe(expected);
    checkInvariants({ before, event, now: NOW, policy: policy(), decision });
  });
});

describe('the table', () => {
  test('has a cell for every phase and every event', () => {
    expect(rows).toHaveLength(12);
    for (const [, row] of rows) expect(Object.keys(row).toSorted()).toEqual(Object.keys(CELLS).toSorted());
  });

  test('does not compile without a phase', () => {
    const { destroyed, ...others } = TABLE;
    // @ts-expect-error a phase is missing
    const incomplete: Record<Phase, Row> = others;
    expect(incomplete).not.toHaveProperty('destroyed');
    expect(destroyed).toBeDefined();
  });

  test('does not compile without a cell', () => {
    const { 'observed gone': gone, ...others } = TABLE.healthy;
    // @ts-expect-error a cell is missing
    const incomplete: Row = others;
    expect(incomplete).not.toHaveProperty('observed gone');
    expect(gone).toBe('suspect');
  });

  test('does not compile with a phase or an action that does not exist', () => {
    // @ts-expect-error there is no such phase
    const phase: Expected = 'dead';
    // @ts-expect-error there is no such action
    const action: Expected = 'healthy > reboot';
    expect([phase, action]).toHaveLength(2);
  });
});
