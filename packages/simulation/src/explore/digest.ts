/**
 * 64 bits of a state, the same for all states that behave alike. Times count from now, in ticks, and only as far as
 * anything looks at them; action ids count in order; what is only told to people is left out. What is left out is a
 * list: a field that is new to a record counts until somebody says that it does not matter.
 */
import { TICK_MS, type MachineSide, type ProjectSide, type World } from './small-world.ts';

export type Digest = { high: number; low: number };

/** Told to people, or counted for people. */
const LEFT_OUT = new Set([
  'bytes',
  'cause',
  'createdAt',
  'failedChecks',
  'finishedAt',
  'firstFailedAt',
  'firstSeenAt',
  'healthyChecks',
  'number',
  'provenAt',
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
const DEADLINES = new Set(['expiresAt', 'startGraceUntil', 'returnGraceUntil', 'askAgainAt', 'cleanUpAt']);

/** The age in ticks from which nothing that looks at such a time tells older ones apart. */
const OLDEST: Record<string, number> = {
  dueAt: 12,
  nextSendAt: 12,
  lastTickAt: 12,
  healthySince: 3,
  lastSeenAt: 3,
};
const OLDEST_OTHERS = 5;

/** Counts that only have to reach what a policy says, which is less in every configuration. */
const ENOUGH: Record<string, number> = { failed: 4, gone: 4 };

/** A time further ahead is never reached: a configuration uses such a one for "never". */
const FURTHEST = 24;

/** Numbers above are times. */
const LEAST_TIME = 1e12;

const TAGS = { object: 1, array: 2, end: 3, null: 4, true: 5, false: 6, number: 7, time: 8, id: 9, text: 10 };

/** Writes values as numbers, with the ids of one object renamed to their ranks. */
class Tokens {
  private readonly tokens = new Int32Array(1 << 16);
  private readonly texts = new Map<string, number>();
  private length = 0;
  private readonly ids: { at: number; sequence: number }[] = [];

  /** The digest of a value, as seen at `now`. */
  digest(value: object, now: number, idPrefix: string): Digest {
    this.length = 0;
    this.ids.length = 0;
    this.write(value, '', '', now, idPrefix);
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

  private write(value: unknown, key: string, parent: string, now: number, idPrefix: string): void {
    switch (typeof value) {
      case 'string':
        return this.writeText(value, idPrefix);
      case 'number':
        return this.writeNumber(value, key, parent, now);
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
      for (const entry of value) this.write(entry, key, parent, now, idPrefix);
      return;
    }
    this.put(TAGS.object, 0);
    for (const [name, field] of Object.entries(value)) {
      if (isLeftOut(name, field, value)) continue;
      this.writeText(name, '\0');
      this.write(field, name, key, now, idPrefix);
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

  private writeNumber(value: number, key: string, parent: string, now: number): void {
    if (key === 'sequence' || key === 'highest') return this.writeId(value);
    if (value < LEAST_TIME && !DEADLINES.has(key)) return this.put(TAGS.number, Math.min(value, ENOUGH[key] ?? value));
    const ticks = value === 0 ? -Infinity : Math.ceil((value - now) / TICK_MS);
    this.put(TAGS.time, Math.min(FURTHEST, Math.max(leastTicks(key, parent), ticks)));
  }
}

/** A version change is forgotten after 15 minutes; no other start is asked for its age that late. */
function leastTicks(key: string, parent: string): number {
  if (DEADLINES.has(key)) return 0;
  if (key === 'startedAt' && parent === 'change') return -16;
  if (key === 'startedAt' && parent === 'tries') return 0;
  return -(OLDEST[key] ?? OLDEST_OTHERS);
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
const known = new WeakMap<object, { now: number; digest: Digest }>();

/** The digest of one side; kept, because a step changes few of them. */
function digestOf(side: MachineSide | ProjectSide, now: number, idPrefix: string): Digest {
  const kept = known.get(side);
  if (kept?.now === now) return kept.digest;
  const digest = tokens.digest(side, now, idPrefix);
  known.set(side, { now, digest });
  return digest;
}

/** The digest of a whole world, without what is left of its budgets. */
export function digestWorld(world: World): Digest {
  const { now, project, machines } = world;
  const parts = [
    digestOf(project, now, `${project.record.project}/`),
    ...machines
      .toSorted((a, b) => (a.machineId < b.machineId ? -1 : 1))
      .map((side) => digestOf(side, now, `${side.machineId}/`)),
  ];
  const words = new Int32Array(parts.length * 2);
  for (const [index, { high, low }] of parts.entries()) words.set([high | 0, low | 0], index * 2);
  return mix(words, words.length);
}
