/**
 * Which step of the recovery ladder comes next. Levels are entered in order and never go down within an incident;
 * a level is skipped only with a reason that is kept. Chooses; sends nothing and changes no record.
 */
import type { Level, LevelTry, LadderRung, Policy, StepReason, VersionSet } from '@fettle/contract';
import { fitsBudget } from './budget.ts';
import { notTheMachine } from './diagnose.ts';
import { shortImage, shortVersions } from './ledger.ts';
import type { Action, MachineRecord } from './record.ts';
import { isKnownGood, isQuarantined, refsOf, rollbackTarget } from './rollback-target.ts';

/** The next step, and the levels that are passed over on the way to it. */
export type LadderChoice = {
  skipped: { level: Level; reason: StepReason; message: string }[];
  next:
    | { kind: 'try'; rung: LadderRung; attempt: number; action: Action; message: string }
    | { kind: 'give-up' }
    | { kind: 'hold'; reason: StepReason; message: string };
};

type Step = { action: Action; message: string } | { skip: StepReason; message: string };

/** The next step for a machine whose incident is open and on which nothing is under way. */
export function chooseStep(input: {
  record: MachineRecord;
  tries: LevelTry[];
  policy: Policy;
  now: number;
}): LadderChoice {
  const { record, tries, policy, now } = input;
  const skipped: LadderChoice['skipped'] = [];
  const elsewhere = notTheMachine(record.diagnosis);
  if (elsewhere !== null) return { skipped, next: { kind: 'hold', ...elsewhere } };
  const counted = tries.filter((one) => stillCounts(one, record, policy) && !isReconsidered(one, input));
  for (const rung of policy.ladder) {
    if (isPassed(rung, counted)) continue;
    if (rung.level === 4) return { skipped, next: { kind: 'give-up' } };
    const step = fitsBudget({ spent: record.spent, level: rung.level, budgets: policy.budgets, now })
      ? stepFor(rung.level, record)
      : { skip: 'budget-spent' as const, message: 'The budget for this level is spent' };
    if ('skip' in step) {
      skipped.push({ level: rung.level, reason: step.skip, message: step.message });
      continue;
    }
    const attempt = counted.filter((one) => one.level === rung.level).length + 1;
    return { skipped, next: { kind: 'try', rung, attempt, ...step } };
  }
  return {
    skipped,
    next: { kind: 'hold', reason: 'ladder-exhausted', message: 'No level is left; a person must decide' },
  };
}

function stillCounts(one: LevelTry, { evidence }: MachineRecord, { mode }: Policy): boolean {
  // What was only watched changed nothing: a policy that acts begins as if it had not been.
  if (mode === 'act' && one.outcome === 'shadow') return false;
  // A machine that was said to be gone and is there can be restarted.
  return one.level !== 3 || one.reason !== 'machine-gone' || evidence.provider === 'absent';
}

/**
 * A level 2 that was skipped because the versions had worked, or nobody knew better ones, and that can be tried now that
 * they are quarantined.
 */
function isReconsidered(
  { level, attempt }: LevelTry,
  { record, policy: { budgets }, now }: { record: MachineRecord; policy: Policy; now: number },
): boolean {
  if (level !== 2 || attempt > 0 || !isQuarantined(record.fleet, record.versions)) return false;
  return 'action' in restoreVersions(record) && fitsBudget({ spent: record.spent, level, budgets, now });
}

/** A level is behind us when it was skipped, when all its attempts are used, or when a higher one was entered. */
function isPassed(rung: LadderRung, tries: LevelTry[]): boolean {
  const here = tries.filter((one) => one.level === rung.level);
  return (
    here.some((one) => one.attempt === 0) ||
    here.length >= rung.attempts ||
    tries.some((one) => one.level > rung.level)
  );
}

function stepFor(level: 1 | 2 | 3, record: MachineRecord): Step {
  if (record.evidence.provider === 'absent')
    return { skip: 'machine-gone', message: 'The machine does not exist any more' };
  if (level === 3) return restartMachine(record);
  if (level === 2) return restoreVersions(record);
  return outOfReach(record) ?? restartServices(record);
}

/** Why nobody inside the machine can be asked to do anything; `null` when somebody can. */
function outOfReach({ evidence }: MachineRecord): Step | null {
  if (evidence.provider !== 'running')
    return { skip: 'machine-not-running', message: `The machine is ${evidence.provider ?? 'not known'}` };
  if (evidence.pidnapAnswers === false)
    return { skip: 'pidnap-unreachable', message: 'pidnap does not answer' };
  return null;
}

function restartServices(record: MachineRecord): Step {
  const names = sickServices(record);
  if (names.length === 0) return { skip: 'no-sick-service', message: 'No single service is to blame' };
  return { action: { do: 'restart-services', names }, message: `restart ${names.join(', ')}` };
}

/** The services that the last verdict blames. */
export function sickServices(record: MachineRecord): string[] {
  const names = (record.verdict?.findings ?? []).flatMap((finding) =>
    finding.service === null ? [] : [finding.service],
  );
  return [...new Set(names)];
}

/** A rebuild needs nobody inside: a machine that does not start from its image is what it is for. */
function restoreVersions(record: MachineRecord): Step {
  const { versions, fleet } = record;
  if (fleet.pinned !== null) return { skip: 'pinned', message: `The slot is pinned: ${fleet.pinned}` };
  const target = isKnownGood(record) ? null : rollbackTarget(record);
  if (target?.kind === 'another-image') return rebuild(record, target.versions);
  const unreachable = outOfReach(record);
  if (unreachable !== null) return unreachable;
  switch (target?.kind) {
    case undefined:
      return {
        skip: 'already-known-good',
        message: `The present versions have worked (${describe(versions)})`,
      };
    case 'none':
      return { skip: 'no-known-good', message: 'No other versions are known to work' };
    case 'image-fixed': {
      const which = `${shortVersions(target.versions)} with image ${shortImage(target.versions.image)}`;
      const why = `a machine of type ${record.identity.type} keeps its image for life`;
      return { skip: 'image-fixed', message: `What is known to work is ${which}, and ${why}` };
    }
    case 'same-image':
      return {
        action: { do: 'apply-versions', refs: refsOf(target.versions), fresh: true },
        message: `restore ${shortVersions(target.versions)}, which worked, from ${describe(versions)}`,
      };
  }
}

function rebuild({ versions }: MachineRecord, target: VersionSet): Step {
  const from = `${shortVersions(target)} with image ${shortImage(target.image)}`;
  const present =
    versions === null
      ? 'unknown versions'
      : `${shortVersions(versions)} with image ${shortImage(versions.image)}`;
  return {
    action: { do: 'rebuild', image: target.image, refs: refsOf(target) },
    message: `restore ${from}, which worked, from ${present}`,
  };
}

function describe(versions: VersionSet | null): string {
  return versions === null ? 'unknown versions' : shortVersions(versions);
}

function restartMachine(record: MachineRecord): Step {
  return {
    action: { do: 'restart' },
    message: `restart the machine (${record.evidence.provider ?? 'not known'})`,
  };
}
