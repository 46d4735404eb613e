/** A person has looked, and lets recovery pass the storm guard and the brake on mass absence for a while. */
import { clockTime } from './clock-time.ts';
import type { ProjectRecord } from './record.ts';
import { notify, update, type ProjectTurn } from './turn.ts';

/** Whether a person's word still stands. */
export function isGuardOverridden(record: ProjectRecord, now: number): boolean {
  return record.guardOverride !== null && record.guardOverride.until > now;
}

export function onGuardOverridden(
  turn: ProjectTurn,
  { forMs, reason }: { forMs: number; reason: string },
): void {
  const until = turn.now + forMs;
  update(turn, { guardOverride: { until, reason } });
  const message = `Recovery may pass the storm guard and the brake on mass absence until ${clockTime(until)}: ${reason}`;
  notify(turn, { kind: 'guard-overridden', slot: null, machineId: null, message });
}
