/** The record that a replay begins with: what the machine's own must have been before the first look. */
import type { LedgerEntry, Snapshot } from '@fettle/contract';
import { newMachineRecord, type MachineRecord, type MachineState } from '../machine/record.ts';
import type { Recording } from './recording.ts';

/**
 * Index of the first look that a replay can begin at: before it nothing was under way that only the record knew.
 * -1 when there is none.
 */
export function firstLook({ snapshots }: Recording): number {
  return snapshots.findIndex(({ phase }) => CALM.has(phase));
}

const CALM = new Set(['provisioning', 'starting', 'healthy', 'stopping', 'stopped']);

/** The record just before a look that `firstLook` found. */
export function beginningAt(recording: Recording, snapshot: Snapshot): MachineRecord {
  const { identity, services, ledger, incidents } = recording;
  const { at, versions, services: observed } = snapshot;
  const blank = newMachineRecord(
    {
      identity,
      services: services.map((name) => ({
        name,
        command: [],
        port: 0,
        healthPath: '/',
        restartBudget: { maxRestarts: 0, withinMs: 0 },
      })),
      // Nothing is ever created from these.
      limits: { memoryMb: 0, cpus: 0, pids: 0 },
      initialVersions: {},
      initialImage: null,
      regions: [],
      restoreCopyId: null,
    },
    at,
  );
  const before = incidents.filter((incident) => incident.openedAt < at);
  return {
    ...blank,
    state: stateOf(snapshot, phaseSince(recording, snapshot)),
    desired: snapshot.phase === 'stopping' || snapshot.phase === 'stopped' ? 'stopped' : 'running',
    lastTickAt: at,
    startGraceUntil:
      snapshot.phase === 'starting'
        ? phaseSince(recording, snapshot) + recording.policy.grace.machineStartMs
        : 0,
    versions,
    observedServices: observed,
    ledger: ledgerAt(ledger, at),
    spent: before.flatMap(({ tries }) =>
      tries
        .filter(({ attempt, startedAt }) => startedAt < at && attempt > 0)
        .map(({ level, startedAt }) => ({ at: startedAt, level })),
    ),
    incidents: Math.max(0, ...before.map(({ number }) => number)),
    // Copies are no part of a replay.
    copy: { last: null, dueAt: Infinity },
  };
}

function stateOf({ phase }: Snapshot, since: number): MachineState {
  switch (phase) {
    case 'provisioning':
    case 'stopping':
      return { phase, since, actionId: null };
    case 'starting':
    case 'healthy':
    case 'stopped':
      return { phase, since };
    default:
      return { phase: 'healthy', since };
  }
}

function phaseSince({ events }: Recording, { at, phase }: Snapshot): number {
  const entered = events.findLast((event) => event.at <= at && event.message.includes(` -> ${phase}: `));
  return entered?.at ?? at;
}

/** The ledger as far as it tells what was known then: what was first seen or proven later was not. */
function ledgerAt(ledger: LedgerEntry[], at: number): LedgerEntry[] {
  return ledger
    .filter((entry) => entry.firstSeenAt < at)
    .map((entry) => {
      if (entry.lastSeenAt < at) return entry;
      const wasProven = entry.provenAt !== null && entry.provenAt < at;
      return { ...entry, state: wasProven ? 'works' : 'unproven', healthySince: null };
    });
}
