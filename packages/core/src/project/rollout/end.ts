/** Ends a rollout, and says so. */
import type { MachineTemplate, Rollout } from '@fettle/contract';
import { auditText } from '../../audit.ts';
import type { RolloutRecord } from '../record.ts';
import { notify, tellAudit, update, type ProjectTurn } from '../turn.ts';
import { orderOf } from './target.ts';
import { withWaveEnded, withoutChanges } from './state.ts';

/** Replaces fields of the rollout that goes on. */
export function updateRollout(turn: ProjectTurn, changes: Partial<RolloutRecord>): void {
  const { rollout } = turn.record;
  if (rollout !== null) update(turn, { rollout: { ...rollout, ...changes } });
}

export function tellRollout(turn: ProjectTurn, message: string): void {
  const { rollout } = turn.record;
  notify(turn, {
    kind: 'rollout',
    slot: null,
    machineId: null,
    message: `Rollout ${rollout?.number}: ${message}`,
  });
}

/** Tells the audit log where a rollout went by itself, or because a person asked it to. */
export function auditRollout(turn: ProjectTurn, state: Rollout['state'], message: string): void {
  const { rollout, project } = turn.record;
  if (rollout === null) return;
  const before = auditText({ rollout: rollout.number, state: rollout.state });
  const after = auditText({ rollout: rollout.number, state, message });
  tellAudit(turn, { action: `rollout.${state}`, subject: project, before, after });
}

/** No machine of it is waited for any more, and nothing of it is sent any more. */
export function endRollout(
  turn: ProjectTurn,
  state: Extract<Rollout['state'], 'done' | 'reverted' | 'stopped'>,
  message: string,
): void {
  const { rollout, template } = turn.record;
  if (rollout === null) return;
  update(turn, {
    pending: withoutChanges(
      turn.record,
      rollout.before.map(({ machineId }) => machineId),
    ),
  });
  auditRollout(turn, state, message);
  updateRollout(turn, {
    state,
    message,
    waiting: [],
    waves: withWaveEnded(rollout.waves, 'stopped', turn.now),
    back: withWaveEnded(rollout.back, 'stopped', turn.now),
    endedAt: turn.now,
  });
  tellRollout(turn, message);
  if (state === 'done' && rollout.isForAll) update(turn, { template: templateAfter(template, rollout) });
}

/** New machines start with exactly what the others came to. */
function templateAfter(template: MachineTemplate, rollout: RolloutRecord): MachineTemplate {
  const { refs, image } = orderOf(rollout);
  return { ...template, versions: { ...template.versions, ...refs }, image: image ?? template.image };
}
