import type { HeldPoint, PointBody } from '@fettle/core/telemetry/point-buffer';
import {
  changeToTell,
  changesSince,
  withTold,
  withoutGone,
  type KnownProcess,
  type KnownProcesses,
  type ToldChange,
} from '@fettle/core/telemetry/process-changes';
import { startupPoint } from '@fettle/core/telemetry/startup';
import type { PidnapClient } from '@fettle/pidnap/client';
import { log } from '../daemon/log.ts';
import type { PidnapEvent } from '../daemon/pidnap-watch.ts';
import { monotonicMs } from '../daemon/monotonic.ts';
import { withDeadline } from '../rpc/with-deadline.ts';
import { writeTold, type Told } from './told-file.ts';

/** The daemon's own name under pidnap. */
const DAEMON_PROCESS = 'daemon';
const CALL_DEADLINE_MS = 2000;

/** What a point is about; `null` for those that need no note once they were told. */
export type PointMark =
  | { about: 'process'; pidnapBoot: string; name: string; known: KnownProcess }
  | { about: 'startup'; pidnapBoot: string }
  | null;

/** What points about processes and about the start are made of. */
export type PidnapPointsParts = {
  pidnap: PidnapClient;
  /** Where the note about what was told is kept. */
  toldFile: string;
  /** What an earlier daemon told. */
  told: Told | null;
  /** When this daemon began to answer, by `monotonicMs()`. */
  readyAt: number;
  hold: (body: PointBody, mark: PointMark) => void;
};

/** Makes points of what happens under pidnap. */
export type PidnapPoints = {
  /** To be called with every event of pidnap's stream, in order. */
  onEvent(event: PidnapEvent): void;
  /** To be called with points that the control plane has decided about. */
  onDone(points: readonly HeldPoint<PointMark>[]): void;
  /** Looks whether the start is over, as long as that was not told. Never fails. */
  lookAtStart(): Promise<void>;
};

/**
 * Compares each list of processes with what is known, so that changes which no stream has told are told once. What an
 * earlier daemon had measured and not brought to the control plane is such a change, too.
 */
export function createPidnapPoints({
  pidnap,
  toldFile,
  told: before,
  readyAt,
  hold,
}: PidnapPointsParts): PidnapPoints {
  let told: Told | null = before;
  let known: KnownProcesses = {};
  let pidnapBoot: string | null = null;
  let start: 'open' | 'held' = 'open';
  let looking = false;
  let lookAgain = false;

  function tell(changes: readonly ToldChange[]): void {
    if (pidnapBoot === null) return;
    known = withTold(known, changes);
    for (const { body, name, known: one } of changes)
      hold(body, { about: 'process', pidnapBoot, name, known: one });
  }

  function beginBoot(bootId: string): void {
    pidnapBoot = bootId;
    if (told?.pidnapBoot !== bootId) told = { pidnapBoot: bootId, startup: false, processes: {} };
    known = told.processes;
    start = told.startup ? 'held' : 'open';
  }

  async function lookAtStart(): Promise<void> {
    // What happened while pidnap was asked may not be in its answer.
    lookAgain = looking;
    if (looking || start !== 'open' || pidnapBoot === null) return;
    looking = true;
    const boot = pidnapBoot;
    const point = await withDeadline(CALL_DEADLINE_MS, readStart).catch((error: unknown) => {
      log('warn', 'pidnap does not tell how the start went', { error });
      return null;
    });
    looking = false;
    if (point !== null && boot === pidnapBoot) {
      start = 'held';
      hold(point, { about: 'startup', pidnapBoot: boot });
    } else if (lookAgain) await lookAtStart();
  }

  async function readStart(signal: AbortSignal): Promise<PointBody | null> {
    const { boot, now } = await pidnap.info(undefined, { signal });
    if (boot.allHealthyAt === null) return null;
    const ownReadyAt = now - (monotonicMs() - readyAt);
    // An earlier daemon of this start may have answered before.
    const runs = await pidnap.history({ name: DAEMON_PROCESS }, { signal });
    const answeredAt = runs.flatMap(({ healthyAt }) => (healthyAt === null ? [] : [healthyAt]));
    return startupPoint(boot, Math.min(ownReadyAt, ...answeredAt));
  }

  return {
    onEvent(event) {
      if (event.type === 'snapshot') {
        if (event.bootId !== pidnapBoot) beginBoot(event.bootId);
        tell(changesSince(known, event.processes));
        const names = event.processes.map(({ name }) => name);
        known = withoutGone(known, names);
      } else if (event.type === 'state') {
        const change = changeToTell(event);
        if (change !== null) tell([change]);
        else
          known = withoutGone(
            known,
            Object.keys(known).filter((name) => name !== event.name),
          );
      }
      void lookAtStart();
    },
    onDone(points) {
      if (told === null) return;
      let next = told;
      for (const { mark } of points) {
        if (mark === null || mark.pidnapBoot !== next.pidnapBoot) continue;
        if (mark.about === 'startup') next = { ...next, startup: true };
        else next = { ...next, processes: { ...next.processes, [mark.name]: mark.known } };
      }
      if (next === told) return;
      told = { ...next, processes: withoutGone(next.processes, Object.keys(known)) };
      writeTold(toldFile, told);
    },
    lookAtStart,
  };
}
