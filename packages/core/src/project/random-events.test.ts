/** The invariants of a project under events that come twice, late, from strangers, or not at all. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commit, copy, HOUR, MINUTE, policy, T0 } from '../testing/builders.ts';
import { changed, config, decideOn, gaveUp, permitAsked } from '../testing/project-builders.ts';
import type { ProjectEvent } from './decide-project.ts';
import { newProjectRecord, type ProjectRecord } from './record.ts';

const SEED = 20_260_107;
const SLOTS = ['web-1', 'web-2', 'web-3'];

/** A machine, told by its slot and by how many generations it is older than the newest; or one that nobody knows. */
type Who = { slot: number; back: number | 'stranger' };

type Happening =
  | { kind: 'wake'; lateMs: number }
  | { kind: 'acknowledge'; which: number; ok: boolean }
  | {
      kind: 'changed';
      who: Who;
      phase: 'healthy' | 'suspect' | 'recovering' | 'bricked' | 'retired' | 'destroyed';
      host: string | null;
      gone: boolean;
    }
  | { kind: 'bricked'; who: Who; hasCopy: boolean; times: number }
  | { kind: 'permit'; who: Who; step: number; host: string | null; gone: boolean }
  | { kind: 'override' }
  | { kind: 'clock'; byMs: number }
  | { kind: 'policy'; max: number }
  | { kind: 'apply' };

const who: fc.Arbitrary<Who> = fc.record({
  slot: fc.nat(SLOTS.length - 1),
  back: fc.constantFrom<Who['back'][]>(0, 0, 0, 0, 1, 2, 'stranger'),
});

const host = fc.constantFrom('host-1', 'host-1', 'host-2', null);

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('wake' as const),
      lateMs: fc.oneof(fc.nat(MINUTE), fc.nat(30 * HOUR)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(5), ok: fc.boolean() }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('changed' as const),
      who,
      phase: fc.constantFrom(
        'healthy' as const,
        'healthy' as const,
        'suspect' as const,
        'recovering' as const,
        'bricked' as const,
        'retired' as const,
        'destroyed' as const,
      ),
      host,
      gone: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('bricked' as const),
      who,
      hasCopy: fc.boolean(),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('permit' as const),
      who,
      step: fc.nat(9),
      host,
      gone: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('override' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock' as const),
      byMs: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('policy' as const), max: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('apply' as const) }) },
);

class Fleet {
  now = T0;
  record: ProjectRecord = newProjectRecord(config());
  wakeAt: number | null = null;
  /** Machines of which anybody has said that they were given up. */
  readonly givenUp = new Set<string>();
  /** Every machine that was ever asked for, once for each time. */
  readonly provisioned: string[] = [];

  constructor() {
    this.decide({ type: 'applied', config: config({ slots: SLOTS }) });
  }

  decide(event: ProjectEvent): void {
    const known = new Set(this.record.pending.map((action) => action.id));
    const decision = decideOn(this.record, event, this.now);
    this.record = decision.record;
    this.wakeAt = decision.wakeAt;
    for (const action of this.record.pending)
      if (action.do === 'provision' && !known.has(action.id))
        this.provisioned.push(action.identity.machineId);
    const lost = this.record.slots.find(
      (slot) => slot.machineId !== null && this.givenUp.has(slot.machineId),
    );
    if (lost) throw new Error(`${lost.slot} leads to ${lost.machineId}, which was given up`);
  }

  happens(what: Happening): void {
    switch (what.kind) {
      case 'wake':
        this.now = Math.max(this.now, this.wakeAt ?? 0) + what.lateMs;
        return this.decide({ type: 'woke' });
      case 'acknowledge': {
        const action = this.record.pending[what.which];
        return action && this.decide({ type: 'finished', actionId: action.id, ok: what.ok });
      }
      case 'changed': {
        const machineId = this.idOf(what.who);
        const isOver = ['bricked', 'retired', 'destroyed'].includes(what.phase);
        if (isOver) this.givenUp.add(machineId);
        return this.decide(changed(machineId, what.phase, { host: what.host, gone: what.gone }));
      }
      case 'bricked': {
        const machineId = this.idOf(what.who);
        this.givenUp.add(machineId);
        const given = what.hasCopy ? copy({ machineId }) : null;
        for (let time = 0; time < what.times; time++)
          this.decide(gaveUp(machineId, { copy: given, versions: { customer: commit('b') } }));
        return;
      }
      case 'permit':
        return this.decide(
          permitAsked(this.idOf(what.who), { step: `1/3/${what.step}`, host: what.host, gone: what.gone }),
        );
      case 'override':
        return this.decide({ type: 'guard-overridden', forMs: 10 * MINUTE, reason: 'looked' });
      case 'clock':
        this.now += what.byMs;
        return this.decide({ type: 'woke' });
      case 'policy':
        return this.decide({
          type: 'policy-set',
          policy: policy({
            budgets: {
              substitutions: { max: what.max, withinMs: HOUR },
              projectActions: { max: 2 * what.max, withinMs: HOUR },
              hostActions: { max: what.max, withinMs: 2 * HOUR },
              cost: { max: 5 * what.max, withinMs: HOUR },
            },
            costs: { machineHour: 1 },
          }),
        });
      case 'apply':
        return this.decide({
          type: 'applied',
          config: config({ slots: SLOTS, policy: this.record.policy }),
        });
    }
  }

  /** Machines do as they are told from here on: what is sent is taken, and what is created becomes healthy. */
  settle(): void {
    for (let rounds = 0; rounds < 200 && this.wakeAt !== null; rounds++) {
      this.now = Math.max(this.now, this.wakeAt);
      this.decide({ type: 'woke' });
      for (const action of this.record.pending) {
        this.decide({ type: 'finished', actionId: action.id, ok: true });
        const machineId = action.do === 'provision' ? action.identity.machineId : action.machineId;
        if (action.do === 'provision' && !this.givenUp.has(machineId))
          this.decide(changed(machineId, 'healthy'));
        if (action.do === 'provision' && this.givenUp.has(machineId))
          this.decide(gaveUp(machineId, { copy: null }));
      }
      for (const { machineId } of this.record.retired.filter((machine) => machine.destroying))
        this.decide(changed(machineId, 'destroyed'));
    }
  }

  private idOf({ slot, back }: Who): string {
    if (back === 'stranger') return 'demo.nobody.1';
    const name = SLOTS[slot] ?? '';
    const generation = this.record.slots.find((one) => one.slot === name)?.generation ?? 1;
    return `demo.${name}.${Math.max(1, generation - back)}`;
  }
}

describe('whatever happens to a project', () => {
  test('a slot leads to at most one machine, never to one that was given up, and each is asked for once', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 120 }), (happenings) => {
        const fleet = new Fleet();
        for (const what of happenings) fleet.happens(what);
        expect(new Set(fleet.provisioned).size).toBe(fleet.provisioned.length);
        expect(fleet.provisioned.length - SLOTS.length).toBeLessThanOrEqual(fleet.givenUp.size);
      }),
      { seed: SEED, numRuns: 400 },
    );
  });

  test('substitutions of one slot stay within their budget', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 20, maxLength: 120 }), (happenings) => {
        const fleet = new Fleet();
        for (const what of happenings.filter((one) => one.kind !== 'policy')) {
          fleet.happens(what);
          const { max, withinMs } = fleet.record.policy.budgets.substitutions;
          for (const name of SLOTS) {
            const recent = fleet.record.substitutions.filter(
              (one) => one.slot === name && fleet.now - one.at < withinMs,
            );
            expect(recent.length).toBeLessThanOrEqual(max);
          }
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('once machines do as they are told, every slot that anybody knows to be empty is filled, and every plan ends', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 5, maxLength: 80 }), (happenings) => {
        const fleet = new Fleet();
        for (const what of happenings) fleet.happens(what);
        fleet.decide({ type: 'policy-set', policy: policy() });
        for (const { slot, machines } of fleet.record.slots) {
          const newest = machines[0] ?? '';
          const plan = fleet.record.plans.find((one) => one.slot === slot);
          if (fleet.givenUp.has(newest)) fleet.decide(gaveUp(newest, { copy: null }));
          else if (plan?.newMachineId === newest) fleet.decide(changed(newest, 'healthy'));
        }
        fleet.settle();
        expect(fleet.record.plans).toEqual([]);
        expect(fleet.record.pending).toEqual([]);
        expect(fleet.record.retired).toEqual([]);
        expect(fleet.record.slots.every((slot) => slot.machineId !== null)).toBe(true);
        expect(fleet.wakeAt).toBeNull();
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
