import type { Arrival } from '../../fake-host/fake-host.ts';
import type { WitnessedPoint } from '../watched-worker.ts';

/** A place in a life where something can end. Its label is the same in every life of a scenario. */
export type Point = {
  label: string;
  /** The object that is there. */
  object: string;
  /** `effect`: before or after something is done. `look`: before a machine is looked at. */
  kind: 'effect' | 'look' | WitnessedPoint['kind'];
};

/** Where a life is struck. */
export type Plan = {
  /** Whether to strike at a point, after the points of `struck`. */
  strikes(point: Point, struck: readonly string[]): boolean;
  isDone(struck: readonly string[]): boolean;
};

/** Once at each of these, one after the other. */
export function oneAfterTheOther(labels: readonly string[]): Plan {
  return {
    strikes: ({ label }, struck) => labels[struck.length] === label,
    isDone: (struck) => struck.length === labels.length,
  };
}

/** At every point of these kinds once, all in one life. */
export function everywhere(kinds: readonly Point['kind'][]): Plan {
  return {
    strikes: ({ label, kind }, struck) => kinds.includes(kind) && !struck.includes(label),
    isDone: () => true,
  };
}

const EFFECTS: Record<string, string> = {
  create: 'create',
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  copy: 'copy',
  destroy: 'destroy',
  rebuild: 'rebuild',
  exec: 'collect evidence',
  'pidnap POST /rpc/v1/restart': 'restart web',
  'pidnap POST /rpc/v1/add': 'add apply',
};

/**
 * Names the points that a life comes past, and says at which of them it is struck. What happens again and again is named
 * by the last effect or hand-over before it.
 */
export class CrashPlan {
  /** Every point that was passed, each once, in order. */
  readonly seen: Point[] = [];
  readonly struck: string[] = [];
  private readonly plan: Plan;
  /** Per object, what was done to it: an effect that is asked for again is still the same one. */
  private readonly effects = new Map<string, { actionId: string; kind: string; name: string }[]>();
  /** What was last handed over between two objects. */
  private handover = 'nothing';

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get isDone(): boolean {
    return this.plan.isDone(this.struck);
  }

  /** Whether to strike where the witness inside workerd stands. */
  atWitness({ object, kind, what }: WitnessedPoint): boolean {
    if (kind === 'handover') this.handover = what;
    if (kind !== 'alarm') return this.pass({ object, kind, label: what });
    const isMachine = object.includes('.');
    const last = isMachine ? this.lastEffect(object) : this.handover;
    return this.pass({ object, kind, label: `${what} after ${last}` });
  }

  /** Whether to strike before the host does what was asked. */
  before(arrival: Arrival): boolean {
    const { machineId: object, what } = arrival;
    const effect = this.effectOf(arrival);
    if (effect !== null) return this.pass({ object, kind: 'effect', label: `before ${object} ${effect}` });
    // The first question of a look; the others belong to the same action.
    if (what !== 'inspect') return false;
    return this.pass({ object, kind: 'look', label: `${object} look after ${this.lastEffect(object)}` });
  }

  /** Whether to strike after the host has done it, and before it answers. */
  after(arrival: Arrival): boolean {
    const { machineId: object } = arrival;
    const effect = this.effectOf(arrival);
    return effect !== null && this.pass({ object, kind: 'effect', label: `after ${object} ${effect}` });
  }

  private pass(point: Point): boolean {
    if (!this.seen.some(({ label }) => label === point.label)) this.seen.push(point);
    if (!this.plan.strikes(point, this.struck)) return false;
    this.struck.push(point.label);
    return true;
  }

  private lastEffect(object: string): string {
    return this.effects.get(object)?.at(-1)?.name ?? 'nothing';
  }

  /** The kind of the effect, and the how manieth of its kind it is on this machine; `null` for a mere question. */
  private effectOf({ what, machineId, actionId }: Arrival): string | null {
    const kind = EFFECTS[what];
    if (kind === undefined || actionId === null) return null;
    const effects = this.effects.get(machineId) ?? [];
    this.effects.set(machineId, effects);
    const known = effects.find((effect) => effect.actionId === actionId);
    if (known !== undefined) return known.name;
    const name = `${kind} ${effects.filter((effect) => effect.kind === kind).length + 1}`;
    effects.push({ actionId, kind, name });
    return name;
  }
}
