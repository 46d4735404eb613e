import type { Rollout, Wave } from '@fettle/contract/rollout';
import { formatAge, formatDuration } from './age.ts';
import { formatVersions, shortImage } from './fleet-rows.ts';
import { clean } from './table.ts';

/** A rollout on a screen: what it brings, each wave with what came of it, and who is left. */
export function describeRollout(rollout: Rollout, now: number): string {
  const { startedAt, endedAt, message, waves, back, waiting, skipped, versions } = rollout;
  const time = endedAt === null ? `for ${formatAge(startedAt, now)}` : `${formatAge(endedAt, now)} ago`;
  return [
    `${titleOf(rollout)}, ${rollout.state} ${time}`,
    `  ${clean(message)}`,
    `  to ${describeTarget(rollout.target)}${versions === null ? '' : `, which is ${formatVersions(versions)}`}`,
    ...waves.map((wave, index) => `  wave ${index + 1} ${describeWave(wave, now)}`),
    ...back.map((wave, index) => `  back, wave ${index + 1} ${describeWave(wave, now)}`),
    ...(waiting.length === 0 ? [] : [`  waiting: ${waiting.join(', ')}`]),
    ...skipped.map(({ slot, reason }) => `  left out: ${slot}, ${clean(reason)}`),
  ].join('\n');
}

/** The same on one line. */
export function summarizeRollout(rollout: Rollout): string {
  const { state, waves, waiting, message } = rollout;
  const good = waves.filter(({ outcome }) => outcome === 'good').length;
  const left = waiting.length === 0 ? '' : `, ${waiting.length} waiting`;
  return `${titleOf(rollout)}, ${state}: ${good} of ${waves.length} waves good${left}; ${clean(message)}`;
}

/** What has changed of a rollout between two looks, a line for each; `before`: `null` at the first look. */
export function rolloutProgress(before: Rollout | null, present: Rollout): string[] {
  const begun = before === null ? [`${titleOf(present)} to ${describeTarget(present.target)}`] : [];
  const state =
    present.state === (before?.state ?? 'running') ? [] : [`${present.state}: ${clean(present.message)}`];
  const isOver = present.endedAt !== null;
  return [
    ...begun,
    ...wavesProgress('wave', before?.waves ?? [], present.waves),
    ...(isOver ? [] : state),
    ...wavesProgress('back, wave', before?.back ?? [], present.back),
    ...(isOver ? state : []),
  ];
}

function wavesProgress(name: string, before: readonly Wave[], present: readonly Wave[]): string[] {
  return present.flatMap((wave, index) => {
    const known = before[index];
    const begun = known === undefined ? [`${name} ${index + 1}: ${wave.slots.join(', ')}`] : [];
    if (wave.outcome === 'running' || known?.outcome === wave.outcome) return begun;
    const took = wave.endedAt === null ? '' : ` after ${formatDuration(wave.endedAt - wave.startedAt)}`;
    return [...begun, `${name} ${index + 1} ${wave.outcome}${took}`];
  });
}

/** What machines are brought to. */
export function describeTarget({ refs, image }: Rollout['target']): string {
  const parts = [
    ...(refs?.customer === undefined ? [] : [`customer ${refs.customer.slice(0, 12)}`]),
    ...(refs?.platform === undefined ? [] : [`platform ${refs.platform.slice(0, 12)}`]),
    ...(image === null ? [] : [`image ${shortImage(image)}`]),
  ];
  return parts.length === 0 ? 'what each of them last ran well' : parts.join(', ');
}

function describeWave({ slots, startedAt, endedAt, outcome }: Wave, now: number): string {
  return `${outcome}, ${formatDuration((endedAt ?? now) - startedAt)}: ${slots.join(', ')}`;
}

function titleOf({ number, kind }: Rollout): string {
  return `rollout ${number} (${kind})`;
}
