/** Begins a rollout that somebody asks for, or says why not. */
import { CAPABILITIES, type RolloutTarget } from '@fettle/contract';
import type { ProjectRecord, RolloutRecord } from '../record.ts';
import { pinOf, slotNamed, toldOf } from '../slot-state.ts';
import { refuse, update, type ProjectRefusal, type ProjectTurn } from '../turn.ts';
import { tellRollout } from './end.ts';
import { activeRollout } from './state.ts';
import { endsQuarantined } from './target.ts';

type Asked = { target: RolloutTarget; slots: string[] | null };

export function onRefreshAsked(turn: ProjectTurn, asked: Asked): void {
  const { record } = turn;
  const refusal = refusalOf(record, asked);
  if (refusal !== null) return refuse(turn, refusal.code, refusal.message);
  const wanted = slotsOf(record, asked);
  beginRollout(turn, {
    kind: 'refresh',
    target: asked.target,
    versions: null,
    isForAll: asked.slots === null,
    awayFrom: null,
    waiting: wanted.filter((slot) => pinOf(record, slot) === null),
    skipped: wanted.flatMap((slot) => skippedForPin(record, slot)),
  });
}

type New = Pick<
  RolloutRecord,
  'kind' | 'target' | 'versions' | 'isForAll' | 'awayFrom' | 'waiting' | 'skipped'
>;

/** Its first wave follows with the next look at it. */
export function beginRollout(turn: ProjectTurn, rollout: New): void {
  const number = turn.record.rollouts + 1;
  const message = `${rollout.waiting.length} ${rollout.waiting.length === 1 ? 'slot' : 'slots'} to change`;
  update(turn, {
    rollouts: number,
    rollout: {
      ...rollout,
      number,
      state: 'running',
      waves: [],
      back: [],
      message,
      startedAt: turn.now,
      endedAt: null,
      before: [],
      turnedAt: null,
    },
  });
  tellRollout(turn, `${rollout.kind} to ${nameOf(rollout.target)} begins: ${message}`);
}

export function skippedForPin(record: ProjectRecord, slot: string): RolloutRecord['skipped'] {
  const reason = pinOf(record, slot);
  return reason === null ? [] : [{ slot, reason: `it is pinned: ${reason}` }];
}

function slotsOf({ slots }: ProjectRecord, asked: Asked): string[] {
  const all = slots.map(({ slot }) => slot);
  return asked.slots === null ? all : all.filter((slot) => asked.slots?.includes(slot));
}

function refusalOf(record: ProjectRecord, asked: Asked): ProjectRefusal | null {
  const { target } = asked;
  const { type } = record.template;
  const unknown = asked.slots?.find((slot) => slotNamed(record, slot) === undefined);
  if (unknown !== undefined) return { code: 'SLOT_NOT_FOUND', message: `There is no slot ${unknown}` };
  if (target.image !== null && !CAPABILITIES[type].rebuild)
    return { code: 'UNSUPPORTED', message: `A machine of type ${type} keeps its image for life` };
  const active = activeRollout(record);
  if (active !== null)
    return { code: 'CONFLICT', message: `Rollout ${active.number} goes on: ${active.message}` };
  const wanted = slotsOf(record, asked);
  const ends = wanted.find((slot) => {
    const present = toldOf(record, slot)?.versions ?? null;
    return present !== null && endsQuarantined(record, present, target);
  });
  if (ends !== undefined)
    return { code: 'QUARANTINED', message: `${nameOf(target)} is quarantined: ${ends} would come to it` };
  if (wanted.every((slot) => pinOf(record, slot) !== null))
    return {
      code: 'CONFLICT',
      message: `No slot is left: ${wanted.join(', ')} ${wanted.length === 1 ? 'is' : 'are'} pinned`,
    };
  return null;
}

/** A target for people. Hashes are cut to what people recognize. */
export function nameOf({ refs, image }: RolloutTarget): string {
  const parts = [
    ['image', image],
    ['platform', refs?.platform],
    ['customer', refs?.customer],
  ] as const;
  return parts
    .flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [`${name} ${shortened(value)}`],
    )
    .join(', ');
}

function shortened(ref: string): string {
  return /^[0-9a-f]{40,64}$/.test(ref) ? ref.slice(0, 7) : ref;
}
