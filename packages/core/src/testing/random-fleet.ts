/** A project to which random things happen, and what the test knows of it besides its record. */
import type { VersionSet } from '@fettle/contract';
import { newProjectRecord, type PendingProjectAction, type ProjectRecord } from '../project/record.ts';
import { commit, copy, HOUR, MINUTE, policy, T0 } from './builders.ts';
import { changed, config, decideOn, gaveUp, permitAsked, type Asked } from './project-builders.ts';
import { SETS, SLOTS, type Happening, type Who } from './random-project.ts';

type Change = Extract<PendingProjectAction, { do: 'change' }>;

export function setOf(number: number): VersionSet {
  return {
    image: number === SETS - 1 ? 'image-2' : 'image-1',
    platform: commit('f'),
    customer: commit(String(number)),
  };
}

export class RandomFleet {
  now = T0;
  record: ProjectRecord = newProjectRecord(config());
  wakeAt: number | null = null;
  /** Machines of which anybody has said that they were given up. */
  readonly givenUp = new Set<string>();
  /** Every machine that was ever asked for, once for each time. */
  readonly provisioned: string[] = [];
  /** The newest change that each machine was sent. */
  private readonly ordered = new Map<string, Change>();
  private words = 0;

  constructor() {
    this.decide({ type: 'applied', config: config({ slots: SLOTS }) });
  }

  decide(event: Asked): void {
    const known = new Set(this.record.pending.map((action) => action.id));
    const decision = decideOn(this.record, event, this.now);
    this.record = decision.record;
    this.wakeAt = decision.wakeAt;
    for (const action of decision.actions)
      if (action.do === 'change') this.ordered.set(action.machineId, action);
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
      case 'changed':
        return this.tells(what);
      case 'bricked': {
        const machineId = this.idOf(what.who);
        this.givenUp.add(machineId);
        const { platform, customer, image } = setOf(what.versions);
        const given = what.hasCopy ? copy({ machineId }) : null;
        for (let time = 0; time < what.times; time++)
          this.decide(gaveUp(machineId, { copy: given, versions: { platform, customer }, image }));
        return;
      }
      case 'permit': {
        const machineId = this.idOf(what.who);
        const { level, host, gone } = what;
        const versions = this.versionsOf(machineId);
        return this.decide(
          permitAsked(machineId, { level, step: `1/${level}/${what.step}`, host, gone, versions }),
        );
      }
      case 'refresh':
        return this.decide({
          type: 'refresh-asked',
          target: {
            refs: { customer: what.by === 'branch' ? 'main' : setOf(what.versions).customer },
            image: what.by === 'image' ? setOf(what.versions).image : null,
          },
          slots: what.slots === null ? null : [...new Set(what.slots.map((slot) => SLOTS[slot] ?? ''))],
        });
      case 'stop':
        return this.decide({ type: 'rollout-stopped', revert: what.revert, reason: 'enough' });
      case 'pin':
        return this.decide({ type: 'pinned', slot: SLOTS[what.slot] ?? '', reason: 'look' });
      case 'unpin':
        return this.decide({ type: 'unpinned', slot: SLOTS[what.slot] ?? '' });
      case 'quarantine':
        return this.decide({ type: 'quarantined', versions: setOf(what.versions), reason: 'bad' });
      case 'lift':
        return this.decide({ type: 'quarantine-lifted', versions: setOf(what.versions), reason: 'good' });
      case 'override':
        return this.decide({ type: 'guard-overridden', forMs: 10 * MINUTE, reason: 'looked' });
      case 'clock':
        this.now += what.byMs;
        return this.decide({ type: 'woke' });
      case 'policy':
        return this.decide({ type: 'policy-set', policy: policyOf(what.max) });
      case 'apply':
        return this.decide({
          type: 'applied',
          config: config({ slots: SLOTS, policy: this.record.policy }),
        });
    }
  }

  /** Machines do as they are told from here on: what is sent is taken, and whoever is sick gets well. */
  settle(): void {
    for (let rounds = 0; rounds < 300 && this.wakeAt !== null; rounds++) {
      this.now = Math.max(this.now, this.wakeAt);
      this.decide({ type: 'woke' });
      for (const action of this.record.pending) this.takes(action);
      for (const { machineId } of this.record.retired.filter((machine) => machine.destroying))
        this.decide(changed(machineId, 'destroyed', { word: this.nextWord() }));
      for (const { machineId } of this.record.slots) if (machineId !== null) this.getsWell(machineId);
    }
  }

  private takes(action: PendingProjectAction): void {
    this.decide({ type: 'finished', actionId: action.id, ok: true });
    if (action.do === 'change') return this.obeys(action);
    if (action.do !== 'provision') return;
    const { machineId } = action.identity;
    if (this.givenUp.has(machineId)) return this.decide(gaveUp(machineId, { copy: null }));
    const versions = {
      ...setOf(0),
      customer: commitOf(action.versions.customer),
      image: action.image ?? 'image-1',
    };
    this.decide(
      changed(machineId, 'healthy', {
        word: this.nextWord(),
        versions,
        versionsSince: this.now,
        healthySince: this.now,
      }),
    );
  }

  private obeys({ machineId, refs, image, order: id }: Change): void {
    const present = this.versionsOf(machineId) ?? setOf(0);
    const versions = {
      image: image ?? present.image,
      platform: refs?.platform ?? present.platform,
      customer: refs?.customer === undefined ? present.customer : commitOf(refs.customer),
    };
    this.decide(
      changed(machineId, 'healthy', {
        word: this.nextWord(),
        versions,
        versionsSince: this.now,
        healthySince: this.now,
        order: { id, status: 'done', message: '' },
      }),
    );
  }

  private getsWell(machineId: string): void {
    const told = this.record.told.find((one) => one.machineId === machineId);
    if (told !== undefined && !told.sick && told.healthySince !== null && told.versions !== null) return;
    this.decide(
      changed(machineId, 'healthy', {
        word: this.nextWord(),
        versions: told?.versions ?? setOf(0),
        versionsSince: told?.versionsSince ?? this.now,
        order: told?.order ?? null,
        healthySince: this.now,
      }),
    );
  }

  private tells(what: Extract<Happening, { kind: 'changed' }>): void {
    const machineId = this.idOf(what.who);
    const { phase, host, gone, proven } = what;
    if (['bricked', 'retired', 'destroyed'].includes(phase)) this.givenUp.add(machineId);
    const before = this.record.told.find((one) => one.machineId === machineId);
    const at = this.now - what.agoMs;
    const versions = what.versions === 'same' ? (before?.versions ?? null) : setOf(what.versions);
    const ordered = this.ordered.get(machineId);
    const order =
      ordered === undefined || what.order === 'silent'
        ? (before?.order ?? null)
        : { id: ordered.order, status: what.order, message: what.order };
    this.decide(
      changed(machineId, phase, {
        word: this.nextWord(),
        host,
        gone,
        proven,
        versions,
        versionsSince: what.versions === 'same' ? (before?.versionsSince ?? null) : at,
        healthySince: phase === 'healthy' ? at : null,
        incidentAt: phase === 'recovering' || phase === 'bricked' ? at : null,
        order,
      }),
    );
  }

  private versionsOf(machineId: string): VersionSet | null {
    return this.record.told.find((one) => one.machineId === machineId)?.versions ?? null;
  }

  private nextWord(): number {
    this.words += 1;
    return this.words;
  }

  private idOf({ slot, back }: Who): string {
    if (back === 'stranger') return 'demo.nobody.1';
    const name = SLOTS[slot] ?? '';
    const generation = this.record.slots.find((one) => one.slot === name)?.generation ?? 1;
    return `demo.${name}.${Math.max(1, generation - back)}`;
  }
}

/** What a branch leads to. */
function commitOf(ref: string | undefined): string {
  return ref === undefined || ref === 'main' ? setOf(1).customer : ref;
}

function policyOf(max: number) {
  return policy({
    budgets: {
      substitutions: { max, withinMs: HOUR },
      projectActions: { max: 2 * max, withinMs: HOUR },
      hostActions: { max, withinMs: 2 * HOUR },
      cost: { max: 5 * max, withinMs: HOUR },
    },
    costs: { machineHour: 1 },
  });
}
