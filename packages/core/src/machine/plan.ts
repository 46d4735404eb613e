/**
 * What to do next, given what is known. At most one action is pending at a time. The order is: what the phase needs
 * (what is desired, or the next step of recovery), what a person asked for, the next look, and then copies, which rest on what it found.
 */
import { chooseStep } from './ladder.ts';
import { hold, withSkip, withTry } from './incident.ts';
import { looksBad } from './on-reported.ts';
import { finishSalvage, SALVAGE_COPY_MS } from './on-observed-given-up.ts';
import { isReportLate } from './health.ts';
import { spend } from './budget.ts';
import { isGone, type MachineRecord } from './record.ts';
import { enter, note, start, tellIncident, update, type Turn } from './turn.ts';
import { isWatched, nextCheckAt } from './wake.ts';

/** How long a bricked machine may take to stop before its data is copied all the same. */
const SALVAGE_STOP_MS = 60_000;

export function plan(turn: Turn): void {
  if (turn.record.pending !== null) return;
  planPhase(turn);
  if (turn.record.pending === null) planCommand(turn);
  if (turn.record.pending === null) planCheck(turn);
  if (turn.record.pending === null) planCopy(turn);
}

function planPhase(turn: Turn): void {
  const { state, desired } = turn.record;
  switch (state.phase) {
    case 'new':
    case 'starting':
    case 'healthy':
    case 'suspect':
    case 'settling':
    case 'stopped':
    case 'destroyed':
      return;
    case 'provisioning':
      if (state.actionId !== null) return;
      return update(turn, {
        state: {
          ...state,
          actionId: start(turn, { do: 'create', restoreCopyId: turn.record.restoreCopyId }).ref.id,
        },
      });
    case 'stopping':
      if (state.actionId !== null) return;
      return update(turn, { state: { ...state, actionId: start(turn, { do: 'stop' }).ref.id } });
    case 'retired':
      if (state.actionId !== null || (state.settled && desired !== 'destroyed')) return;
      return update(turn, {
        state: {
          ...state,
          actionId: start(turn, { do: desired === 'destroyed' ? 'destroy' : 'stop' }).ref.id,
        },
      });
    case 'recovering':
      return planRecovery(turn, state);
    case 'bricked':
      return planSalvage(turn, state);
  }
}

function planRecovery(turn: Turn, state: Extract<MachineRecord['state'], { phase: 'recovering' }>): void {
  const { record, now, policy } = turn;
  if (state.attempt !== null || isEvidenceOld(record)) return;
  const choice = chooseStep({ record, tries: state.incident.tries, policy, now });
  let { incident } = state;
  for (const skipped of choice.skipped) {
    incident = withSkip(incident, skipped, now);
    note(turn, 'level', `level ${skipped.level} skipped: ${skipped.message}`);
  }
  const { next } = choice;
  if (next.kind === 'hold') {
    if (incident.held?.reason !== next.reason) note(turn, 'level', `held: ${next.message}`);
    incident = hold(incident, next.reason, next.message, now);
  }
  if (incident !== state.incident) tellIncident(turn, incident);
  update(turn, { state: { ...state, incident } });
  if (next.kind === 'hold') return;
  const level = next.kind === 'give-up' ? 4 : next.rung.level;
  const step = `${incident.number}/${level}/${next.kind === 'give-up' ? 1 : next.attempt}`;
  if (level > 1 && !hasPermit(state, step, now)) {
    const { host } = record;
    if (now >= state.askAgainAt)
      start(turn, { do: 'request-permit', level, step, host, gone: isGone(record) });
    return;
  }
  if (next.kind === 'give-up') return brick(turn);
  const { ref } = start(turn, next.action);
  note(turn, 'level', `level ${level}, try ${next.attempt}: ${next.message}`);
  const tried = withTry(incident, {
    level,
    attempt: next.attempt,
    outcome: 'running',
    reason: null,
    message: next.message,
    startedAt: now,
    endedAt: null,
  });
  tellIncident(turn, tried);
  const attempt = {
    level,
    actionId: ref.id,
    startedAt: now,
    dispatchedAt: null,
    until: now + next.rung.timeoutMs,
    from: record.versions,
  };
  update(turn, {
    state: { ...state, incident: tried, attempt, permit: null },
    spent: spend({ spent: record.spent, level, budgets: policy.budgets, now }),
  });
}

/** A step is chosen on what was seen in this incident, never on an older look. */
function isEvidenceOld(record: MachineRecord): boolean {
  const { state, check } = record;
  if (state.phase !== 'recovering') return false;
  const lastTry = state.incident.tries.findLast((one) => one.outcome !== 'skipped');
  return (check.completedAt ?? 0) < (lastTry?.endedAt ?? state.incident.openedAt);
}

function hasPermit(
  { permit }: Extract<MachineRecord['state'], { phase: 'recovering' }>,
  step: string,
  now: number,
): boolean {
  return permit !== null && permit.step === step && permit.expiresAt > now;
}

/** Gives the machine up. From here no report, check or command brings it back. */
function brick(turn: Turn): void {
  const { state } = turn.record;
  if (state.phase !== 'recovering') return;
  const incident = {
    ...withTry(state.incident, {
      level: 4,
      attempt: 1,
      outcome: 'running',
      reason: null,
      message: 'give the machine up and have it substituted',
      startedAt: turn.now,
      endedAt: null,
    }),
    outcome: 'bricked' as const,
  };
  note(turn, 'level', 'level 4: the machine is given up and will be substituted');
  tellIncident(turn, incident);
  const salvage = { step: 'stop', actionId: null, until: turn.now + SALVAGE_STOP_MS } as const;
  update(turn, { commands: [], change: null });
  enter(
    turn,
    { phase: 'bricked', since: turn.now, incident, salvage },
    'every lower level was tried or had to be skipped',
  );
  const bricked = turn.record.state;
  if (bricked.phase === 'bricked') planSalvage(turn, bricked);
}

/** First the old machine must not write any more, then what is on its disk is copied. */
function planSalvage(turn: Turn, state: Extract<MachineRecord['state'], { phase: 'bricked' }>): void {
  const { salvage } = state;
  if (salvage.step === 'done' || salvage.actionId !== null) return;
  const { provider, diskPresent } = turn.record.evidence;
  if (salvage.step === 'stop') {
    if (provider === 'absent' || provider === 'stopped') {
      const copy = {
        ...state,
        salvage: { step: 'copy', actionId: null, until: turn.now + SALVAGE_COPY_MS } as const,
      };
      update(turn, { state: copy });
      return planSalvage(turn, copy);
    }
    return update(turn, {
      state: { ...state, salvage: { ...salvage, actionId: start(turn, { do: 'stop' }).ref.id } },
    });
  }
  if (!diskPresent) {
    note(turn, 'copy', 'nothing is left on the disk; the newest older copy has to do');
    return finishSalvage(turn);
  }
  update(turn, {
    state: { ...state, salvage: { ...salvage, actionId: start(turn, { do: 'copy' }).ref.id } },
  });
}

function planCommand(turn: Turn): void {
  const [command, ...rest] = turn.record.commands;
  if (command === undefined) return;
  update(turn, { commands: rest });
  switch (command.kind) {
    case 'restart-services':
      return void start(turn, { do: 'restart-services', names: command.names });
    case 'apply-versions':
      return void start(turn, { do: 'apply-versions', refs: command.refs, fresh: false });
    case 'start':
    case 'restart':
      return void start(turn, { do: command.kind });
  }
}

function planCopy(turn: Turn): void {
  const { record, now, policy } = turn;
  if (record.state.phase !== 'healthy' || now < record.copy.dueAt || record.verdict?.health !== 'healthy')
    return;
  // The host works on something: as likely as not, on the copy before this one.
  if (record.inspection?.operation?.status === 'running') return;
  update(turn, { copy: { ...record.copy, dueAt: now + policy.copies.everyMs } });
  start(turn, { do: 'copy' });
}

function planCheck(turn: Turn): void {
  const { record, now, policy } = turn;
  if (!isWatched(record) || now < record.check.dueAt) return;
  update(turn, { check: { ...record.check, startedAt: now, dueAt: nextCheckAt(record, policy, now) } });
  start(turn, { do: 'observe', depth: isAllWell(turn) ? 'light' : 'deep' });
}

/** As long as all is well, nobody inside the machine is asked: its reports say enough. */
function isAllWell(turn: Turn): boolean {
  const { record, now, policy } = turn;
  return (
    record.state.phase === 'healthy' &&
    record.change === null &&
    record.verdict?.health === 'healthy' &&
    record.report !== null &&
    !isReportLate({ report: record.report, now, policy }) &&
    !looksBad(record.report.report)
  );
}
