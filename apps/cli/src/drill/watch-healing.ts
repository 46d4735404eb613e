import type { Incident } from '@fettle/contract/recovery';
import { setTimeout as pause } from 'node:timers/promises';
import { oldestFirst } from '../output/oldest-first.ts';
import { clean } from '../output/table.ts';
import type { DrillFleet } from './drill-fleet.ts';
import { eventually, type Guestbook } from './guestbook.ts';

const LOOK_EVERY_MS = 250;

/** What was seen of the healing. */
export type Healing = { incident: Incident | null; pidnapNoticedAt: number | null; healthyAt: number | null };

/** What to watch, and whom to tell. */
export type Watch = {
  fleet: DrillFleet;
  slot: string;
  /** The machine that was broken. */
  machineId: string;
  injectedAt: number;
  limitMs: number;
  /** Tells one thing that happened, as it happens. */
  tell: (at: number, text: string) => void;
  signal: AbortSignal;
};

/** Watches pidnap bring a service back by itself, and then that nobody opens an incident about it. */
export async function watchPidnap(
  watch: Watch & { guestbook: Guestbook; quietMs: number },
): Promise<Healing> {
  const { fleet, machineId, injectedAt, limitMs, tell, signal, guestbook, quietMs } = watch;
  const isBack = await eventually(() => guestbook.answers(), { limitMs, everyMs: 50, signal });
  const healthyAt = isBack ? Date.now() : null;
  const lines = await fleet.client.services.logs({ machineId, name: 'web', tail: 50 });
  const notes = lines.filter(({ at, text }) => at >= injectedAt && /^run \d+: /.test(text));
  for (const { at, text } of notes) tell(at, `pidnap: ${clean(text)}`);
  if (healthyAt !== null) tell(healthyAt, 'the service answers again');
  await pause(quietMs, undefined, { signal });
  const incident = await newIncident(fleet, machineId, injectedAt);
  if (incident === null) tell(Date.now(), 'no incident was opened');
  return { incident, pidnapNoticedAt: notes[0]?.at ?? null, healthyAt };
}

/**
 * Watches an incident from its opening to its end, and a substitution to the healthy replacement. Tells every event
 * of the machine, and of the one that takes its place.
 */
export async function watchIncident(watch: Watch): Promise<Healing> {
  const { signal } = watch;
  const limit = performance.now() + watch.limitMs;
  const seen: Seen = { counts: new Map(), lines: [], incident: null };
  for (;;) {
    try {
      const healing = await look(watch, seen);
      if (healing !== null) return healing;
    } catch (error) {
      // The control plane may be busy with the very thing that is watched; the limit bounds the patience.
      signal.throwIfAborted();
      if (performance.now() >= limit) throw error;
    } finally {
      for (const { at, text } of seen.lines.splice(0).toSorted((a, b) => a.at - b.at)) watch.tell(at, text);
    }
    if (performance.now() >= limit)
      return { incident: seen.incident, pidnapNoticedAt: null, healthyAt: null };
    await pause(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** What the looks so far have seen, so that nothing is told twice. */
type Seen = {
  /** Events of each machine that were told. */
  counts: Map<string, number>;
  /** What is to be told after this look, in the order of its times. */
  lines: { at: number; text: string }[];
  incident: Incident | null;
};

/** One look. `null` as long as it goes on. */
async function look(watch: Watch, seen: Seen): Promise<Healing | null> {
  const { fleet, machineId, injectedAt } = watch;
  await collectEvents(watch, machineId, seen);
  const incident = await newIncident(fleet, machineId, injectedAt);
  seen.incident = incident;
  if (incident?.outcome === 'bricked') {
    const healthyAt = await followSubstitution(watch, seen);
    return healthyAt === null ? null : { incident, pidnapNoticedAt: null, healthyAt };
  }
  if (incident === null || incident.closedAt === null) return null;
  return { incident, pidnapNoticedAt: null, healthyAt: incident.healedAt };
}

/** When the slot was moved to a healthy replacement; `null` as long as it was not. */
async function followSubstitution(watch: Watch, seen: Seen): Promise<number | null> {
  const { fleet, slot, machineId, injectedAt } = watch;
  const view = await fleet.client.projects.get({ project: fleet.project });
  const {
    machineId: routedTo = null,
    machines = [],
    plan = null,
  } = view.slots.find((one) => one.slot === slot) ?? {};
  const replacement = routedTo ?? plan?.newMachineId ?? machines[0];
  if (replacement !== undefined && replacement !== machineId) {
    // Its object may not have been told yet; then there is nothing to tell of it.
    await collectEvents(watch, replacement, seen).catch(() => undefined);
  }
  if (routedTo === null || routedTo === machineId) return null;
  const moved = view.notices.find(
    ({ kind, at, machineId: id }) => kind === 'substituted' && at >= injectedAt && id === routedTo,
  );
  if (moved === undefined) return null;
  seen.lines.push({ at: moved.at, text: clean(moved.message) });
  return moved.at;
}

async function newIncident(fleet: DrillFleet, machineId: string, since: number): Promise<Incident | null> {
  const incidents = await fleet.client.machines.incidents({ machineId, limit: 5 });
  return incidents.find(({ openedAt }) => openedAt >= since) ?? null;
}

async function collectEvents({ fleet, injectedAt }: Watch, machineId: string, seen: Seen): Promise<void> {
  const all = await fleet.client.machines.events({ machineId, limit: 100 });
  const events = oldestFirst(all).filter(({ at }) => at >= injectedAt);
  for (const event of events.slice(seen.counts.get(machineId) ?? 0)) {
    seen.lines.push({ at: event.at, text: clean(event.message) });
  }
  seen.counts.set(machineId, events.length);
}
