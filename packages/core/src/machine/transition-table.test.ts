/** Executes every cell of the transition table, and proves that an incomplete one does not compile. */
import type { Phase } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  changed,
  fleet,
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
import { TABLE, type Cell, type Expected, type Row } from '../testing/transition-table.ts';
import { decide, type Decision } from './decide.ts';
import type { Command, MachineEvent } from './event.ts';
import type { Action, MachineRecord, PendingAction } from './record.ts';

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
  'commanded apply-versions': () =>
    commanded({ kind: 'apply-versions', refs: { customer: 'main' }, order: null }),
  'commanded rebuild': () => commanded({ kind: 'rebuild', image: 'image-2', refs: null, order: null }),
  'commanded restore-work': () => commanded({ kind: 'restore-work', from: MACHINE_ID, evidence: '17' }),
  'commanded adopt-fleet': () => commanded({ kind: 'adopt-fleet', fleet: fleet() }),
  'commanded revoke-credentials': () =>
    commanded({ kind: 'revoke-credentials', reason: 'a laptop was stolen' }),
  'commanded retire': () => commanded({ kind: 'retire' }),
  'commanded destroy': () => commanded({ kind: 'destroy' }),
  bootstrapped: () => ({
    event: { type: 'bootstrapped', id: `${MACHINE_ID}/2`, claimHash: 'claim', renewalId: 'renewal-1' },
    pending: null,
  }),
  'renewal-rotated': () => ({ event: { type: 'renewal-rotated', renewalId: 'renewal-2' }, pending: null }),
  audited: () => ({
    event: {
      type: 'audited',
      entry: {
        at: NOW,
        actor: { kind: 'root', id: 'root' },
        action: 'machines.exec',
        subject: MACHINE_ID,
        before: null,
        after: null,
        requestId: null,
      },
    },
    pending: null,
  }),
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
  return { event: { type: 'commanded', by: null, command } as const, pending: null };
}

function decideCell(
  phase: Phase,
  cell: Cell,
): { before: MachineRecord; event: MachineEvent; decision: Decision } {
  const { record, waitsFor } = PHASES[phase];
  const { event, pending } = CELLS[cell](waitsFor);
  const message = changed('healthy');
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
