/**
 * 64 bits of a state, the same for all states that behave alike. Times count from now, in ticks, and only as far as
 * anything looks at them; action ids count in order; what is only told to people is left out. What is left out is a
 * list: a field that is new to a record counts until somebody says that it does not matter.
 */
import { isWatched } from '@fettle/core';
import { TICK_MS, type MachineSide, type ProjectSide, type World } from './small-world.ts';

export type Digest = { high: number; low: number };

/** Told to people, or counted for people. */
const LEFT_OUT = new Set([
  'bytes',
  'cause',
  'closedAt',
  'copyAgeMs',
  'createdAt',
  'failedChecks',
  'finishedAt',
  'firstFailedAt',
  'firstSeenAt',
  'healedAt',
  'healthyChecks',
  'number',
  'provenAt',
  'retiredAt',
  'sha256',
  'takenAt',
]);

/**
 * Of a record itself: what is the same in all states of a search, and the last number that was given away, because
 * the next is greater than all others whatever it is.
 */
const LEFT_OUT_OF_RECORDS = new Set([
  'identity',
  'incidents',
  'initialVersions',
  'lag',
  'limits',
  'observedServices',
  'rollouts',
  'organization',
  'policy',
  'project',
  'sequence',
  'services',
  'span',
  'template',
  'version',
  'watch',
]);

/** Times that only say until when something holds: once over, it does not matter for how long. */
const DEADLINES = new Set([
  'askAgainAt',
  'cleanUpAt',
  'copy.dueAt',
  'decidedAt',
  'expiresAt',
  'returnGraceUntil',
  'startGraceUntil',
]);

/**
 * The age in ticks from which nothing tells older times apart, by the name of the field, or with that of what it is
 * in. It follows from what the core asks and from the policies here: an absence is told by more than three intervals
 * and given back in full, a version change is forgotten after fifteen minutes, a rollout waits for eight ticks, versions
 * are blamed whenever they came, or never, and budgets never free up.
 */
const OLDEST: Record<string, number> = {
  at: 0,
  'back.endedAt': 8,
  'back.startedAt': 8,
  'change.startedAt': 16,
  'check.startedAt': 1,
  dueAt: 12,
  healthySince: 2,
  incidentAt: 0,
  lastFailedAt: 1,
  lastSeenAt: 1,
  nextSendAt: 12,
  'observation.startedAt': 3,
  openedAt: 0,
  receivedAt: 3,
  'rollout.endedAt': 0,
  'rollout.startedAt': 8,
  since: 0,
  startedAt: 0,
  'state.since': 5,
  versionsSince: 2,
  versionsToldAt: 3,
  'waves.endedAt': 8,
  'waves.startedAt': 8,
};
const OLDEST_OTHERS = 5;

/** Counts that only have to reach what a policy says, which is less in every configuration. */
const ENOUGH: Record<string, number> = { failed: 4, gone: 4 };

/** How often something was sent matters only where it is given up at last: for a machine's own actions. */
const isCountForPeople = (key: string, parent: string, { heard }: View): boolean =>
  key === 'sends' && (parent !== 'pending' || heard === Infinity);

/** A time further ahead is never reached: a configuration uses such a one for "never". */
const FURTHEST = 24;

/** Numbers above are times. */
const LEAST_TIME = 1e12;

const TAGS = { object: 1, array: 2, end: 3, null: 4, true: 5, false: 6, number: 7, time: 8, id: 9, text: 10 };

/** From where a value is looked at. */
type View = {
  now: number;
  /** What the action ids of the object begin with. */
  idPrefix: string;
  /** The number of the newest word that the project has heard of a machine: older ones change nothing any more. */
  heard: number;
  /** The newest word of the project about versions: machines know it, or an older one. */
  fleetWord: number;
  /** Whether anything is still to come of it by itself. Of what nobody watches no age matters. */
  watched: boolean;
};

/** Writes values as numbers, with the ids of one object renamed to their ranks. */
class Tokens {
  private readonly tokens = new Int32Array(1 << 16);
  private readonly texts = new Map<string, number>();
  private length = 0;
  private readonly ids: { at: number; sequence: number }[] = [];

  digest(value: object, view: View): Digest {
    this.length = 0;
    this.ids.length = 0;
    this.write(value, '', '', view);
    this.rename();
    return mix(this.tokens, this.length);
  }

  private rename(): void {
    const sequences = [...new Set(this.ids.map((one) => one.sequence))].toSorted((a, b) => a - b);
    for (const { at, sequence } of this.ids) this.tokens[at] = sequences.indexOf(sequence);
  }

  private put(tag: number, value: number): void {
    this.tokens[this.length] = tag;
    this.tokens[this.length + 1] = value;
    this.length += 2;
  }

  private write(value: unknown, key: string, parent: string, view: View): void {
    switch (typeof value) {
      case 'string':
        return this.writeText(value, view.idPrefix);
      case 'number':
        return this.writeNumber(value, key, parent, view);
      case 'boolean':
        return this.put(value ? TAGS.true : TAGS.false, 0);
      case 'object':
        break;
      default:
        return this.put(TAGS.null, 1);
    }
    if (value === null) return this.put(TAGS.null, 0);
    if (Array.isArray(value)) {
      this.put(TAGS.array, value.length);
      for (const entry of value) this.write(entry, key, parent, view);
      return;
    }
    this.put(TAGS.object, 0);
    for (const [name, field] of Object.entries(value)) {
      if (isLeftOut(name, field, value)) continue;
      this.writeText(name, '\0');
      this.write(field, name, key, view);
    }
    this.put(TAGS.end, 0);
  }

  private writeText(text: string, idPrefix: string): void {
    if (text.startsWith(idPrefix)) return this.writeId(Number(text.slice(idPrefix.length)));
    const known = this.texts.get(text);
    const number = known ?? this.texts.size;
    if (known === undefined) this.texts.set(text, number);
    this.put(TAGS.text, number);
  }

  private writeId(sequence: number): void {
    this.put(TAGS.id, 0);
    this.ids.push({ at: this.length - 1, sequence });
  }

  private writeNumber(value: number, key: string, parent: string, view: View): void {
    if (key === 'fleetWord') return;
    if (key === 'word' && parent === 'fleet')
      return this.put(TAGS.number, Math.max(-FURTHEST, value - view.fleetWord));
    if (key === 'word') return this.put(TAGS.number, value < view.heard ? 0 : 1);
    if (key === 'sequence' || key === 'highest') return this.writeId(value);
    const name = `${parent}.${key}`;
    const isDeadline = DEADLINES.has(key) || DEADLINES.has(name);
    if (value < LEAST_TIME && !isDeadline)
      return this.put(
        TAGS.number,
        isCountForPeople(key, parent, view) ? 0 : Math.min(value, ENOUGH[key] ?? value),
      );
    const oldest = isDeadline || !view.watched ? 0 : (OLDEST[name] ?? OLDEST[key] ?? OLDEST_OTHERS);
    const ticks = value === 0 ? -oldest : Math.ceil((value - view.now) / TICK_MS);
    this.put(TAGS.time, Math.min(FURTHEST, Math.max(-oldest, ticks)));
  }
}

function isLeftOut(name: string, field: unknown, owner: object): boolean {
  if (name === 'message') return typeof field === 'string';
  return LEFT_OUT.has(name) || ('version' in owner && LEFT_OUT_OF_RECORDS.has(name));
}

/** Two lanes of multiply and rotate, as in MurmurHash3, with different constants. */
function mix(tokens: Int32Array, length: number): Digest {
  let [high, low] = [0x9747b28c | 0, 0x3c6ef372 | 0];
  for (let index = 0; index < length; index++) {
    const token = tokens[index] ?? 0;
    high ^= Math.imul(token ^ 0x2545f491, 0xcc9e2d51 | 0);
    high = Math.imul((high << 15) | (high >>> 17), 0x1b873593);
    low ^= Math.imul(token + 0x61c88647, 0x85ebca6b | 0);
    low = Math.imul((low << 13) | (low >>> 19), 0xc2b2ae35 | 0);
    high = (high + (low << 3)) | 0;
  }
  return { high: finish(high), low: finish(low) };
}

function finish(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b | 0);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35 | 0);
  return (value ^ (value >>> 16)) >>> 0;
}

const tokens = new Tokens();
const known = new WeakMap<object, View & { digest: Digest }>();

/** The digest of one side; kept, because a step changes few of them. */
function digestOf(side: MachineSide | ProjectSide, view: View): Digest {
  const kept = known.get(side);
  if (kept?.now === view.now && kept.heard === view.heard && kept.fleetWord === view.fleetWord)
    return kept.digest;
  const digest = tokens.digest(side, view);
  known.set(side, { ...view, digest });
  return digest;
}

/** The digest of a whole world, without what is left of its budgets. */
export function digestWorld({ now, project, machines }: World): Digest {
  const { fleetWord } = project.record;
  const heard = new Map(project.record.told.map((one) => [one.machineId, one.word]));
  const parts = [
    digestOf(project, {
      now,
      idPrefix: `${project.record.project}/`,
      heard: Infinity,
      fleetWord,
      watched: true,
    }),
    ...machines
      .toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))
      .map((side) => {
        const { machineId } = side;
        return digestOf(side, {
          now,
          idPrefix: `${machineId}/`,
          heard: heard.get(machineId) ?? 0,
          fleetWord,
          watched: isWatched(side.record),
        });
      }),
  ];
  const words = new Int32Array(parts.length * 2);
  for (const [index, { high, low }] of parts.entries()) words.set([high | 0, low | 0], index * 2);
  return mix(words, words.length);
}
