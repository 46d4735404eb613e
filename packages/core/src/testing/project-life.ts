/** A project whose machines are played by the test: they tell what they run, and do as they are ordered when they are let. */
import type { Notice, Phase, PolicyInput, RolloutTarget, VersionSet } from '@fettle/contract';
import type { ProjectDecision } from '../project/decide-project.ts';
import type { PendingProjectAction, ProjectRecord, RolloutRecord, ToldMachine } from '../project/record.ts';
import { commit, T0 } from './builders.ts';
import { changed, decideOn, running, toldMachine, type Asked } from './project-builders.ts';

type Change = Extract<PendingProjectAction, { do: 'change' }>;

/** Versions that differ from each other by their customer's commit alone, unless said otherwise. */
export function versionSet(customer: string, overrides: Partial<VersionSet> = {}): VersionSet {
  return { image: 'image-1', platform: commit('f'), customer: commit(customer), ...overrides };
}

/** What the machines of a life run when it begins; proven long ago. */
export const GOOD = versionSet('a');

export function customerTarget(customer: string): RolloutTarget {
  return { refs: { customer }, image: null };
}

export class ProjectLife {
  now = T0;
  record: ProjectRecord;
  readonly notices: Notice[] = [];
  /** Every change that was sent, in order. */
  readonly changes: Change[] = [];
  /** What branches lead to. */
  readonly branches: Record<string, string> = { main: commit('b') };
  private readonly words = new Map<string, ToldMachine & { phase: Phase }>();
  private wakeAt: number | null = null;

  constructor(slots: string[], rules: PolicyInput = {}) {
    this.record = running(slots, rules);
    for (const slot of slots)
      this.tell(slot, {
        versions: GOOD,
        versionsSince: this.now - 3_600_000,
        healthySince: this.now - 3_600_000,
        proven: true,
      });
    this.wake();
  }

  do(asked: Asked): ProjectDecision {
    const decision = decideOn(this.record, asked, this.now);
    this.record = decision.record;
    this.wakeAt = decision.wakeAt;
    this.notices.push(...decision.notices);
    return decision;
  }

  /** The alarm fires, and every object takes what is sent to it. */
  wake(): PendingProjectAction[] {
    const { actions } = this.do({ type: 'woke' });
    for (const action of actions) {
      if (action.do === 'change') this.changes.push(action);
      this.do({ type: 'finished', actionId: action.id, ok: true });
    }
    return actions;
  }

  /** Time passes; the alarm fires whenever it is due. */
  pass(ms: number): void {
    const end = this.now + ms;
    while (this.wakeAt !== null && this.wakeAt <= end) {
      this.now = this.wakeAt;
      this.wake();
    }
    this.now = end;
  }

  /** What the newest machine of a slot says of itself from now on. */
  tell(slot: string, changes: Partial<ToldMachine & { phase: Phase }>): ProjectDecision {
    const machineId = this.machineOf(slot);
    const before = this.words.get(machineId) ?? { ...toldMachine(machineId), phase: 'healthy' as const };
    const word = { ...before, ...changes, word: before.word + 1 };
    this.words.set(machineId, word);
    const { phase, ...told } = word;
    return this.do(changed(machineId, phase, told));
  }

  fallsSick(slot: string): ProjectDecision {
    return this.tell(slot, { phase: 'recovering', sick: true, incidentAt: this.now, healthySince: null });
  }

  getsWell(slot: string): ProjectDecision {
    return this.tell(slot, { phase: 'healthy', sick: false, incidentAt: null, healthySince: this.now });
  }

  /** The machine comes to other versions without an order of the project. */
  comesTo(slot: string, versions: VersionSet): ProjectDecision {
    return this.tell(slot, { versions, versionsSince: this.now, proven: false });
  }

  /** The machine has done its last order. What it ran before it had proven; the new versions it has not. */
  obeys(slot: string): ProjectDecision {
    const change = this.changes.findLast((one) => one.machineId === this.machineOf(slot));
    const word = this.words.get(this.machineOf(slot));
    if (change === undefined || word === undefined || word.versions === null)
      throw new Error(`${slot} was ordered nothing`);
    const { refs, image, order: id } = change;
    const resolved = (ref: string | undefined, present: string) =>
      ref === undefined ? present : (this.branches[ref] ?? ref);
    const versions = {
      image: image ?? word.versions.image,
      platform: resolved(refs?.platform, word.versions.platform),
      customer: resolved(refs?.customer, word.versions.customer),
    };
    return this.tell(slot, {
      versions,
      versionsSince: this.now,
      proven: false,
      order: { id, status: 'done', message: 'applied' },
    });
  }

  refuses(slot: string, message: string): ProjectDecision {
    const id = this.changes.findLast((one) => one.machineId === this.machineOf(slot))?.order ?? '';
    return this.tell(slot, { order: { id, status: 'failed', message } });
  }

  ask(target: RolloutTarget, slots: string[] | null = null): ProjectDecision {
    const decision = this.do({ type: 'refresh-asked', target, slots });
    this.wake();
    return decision;
  }

  /** Every machine does what it is ordered, wave by wave, until the rollout no longer goes forth. */
  carryOut(): this {
    let seen = 0;
    while (this.rollout.state === 'running') {
      const fresh = this.changedSlots().slice(seen);
      seen += fresh.length;
      for (const slot of fresh) this.obeys(slot);
      this.pass(this.record.policy.rollout.bakeMs);
    }
    return this;
  }

  get rollout(): RolloutRecord {
    if (this.record.rollout === null) throw new Error('no rollout was begun');
    return this.record.rollout;
  }

  machineOf(slot: string): string {
    return this.record.slots.find((one) => one.slot === slot)?.machines[0] ?? '';
  }

  /** The slots that were ordered to change so far, in order. */
  changedSlots(order?: string): string[] {
    return this.changes
      .filter((one) => order === undefined || one.order === order)
      .map((one) => one.machineId.split('.')[1] ?? '');
  }

  kinds(): string[] {
    return this.notices.map(({ kind }) => kind);
  }
}
