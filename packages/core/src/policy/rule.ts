/**
 * What a rule about two settings of a policy is. A rule refuses only what cannot mean what it says: a value that merely
 * has no effect, or that is unwise, is the owner's affair.
 */
import type { Policy } from '@fettle/contract';

/** Two settings of one policy that cannot both be meant. */
export type Contradiction = {
  /** Both settings as paths, such as `check.goneAfter` or `ladder.2.timeoutMs`. */
  fields: readonly [string, string];
  /** For people: names both settings with their values, and why they cannot both be meant. */
  message: string;
  /** What would be right, for the first of the two. */
  expected: string;
};

/** Where a policy breaks a rule: the values as people read them, and the exact fields where the rule is about many. */
export type Breach = {
  values: readonly [string, string];
  expected: string;
  fields?: readonly [string, string];
};

/** A rule about two settings, as the linter applies it and as the documentation tells it. */
export type Rule = {
  fields: readonly [string, string];
  /** When they contradict each other. */
  when: string;
  /** Why that cannot be meant; a part of a sentence. */
  why: string;
  breaches(policy: Policy): Breach[];
};

/** A breach as whoever set the policy is told of it. */
export function contradiction(rule: Rule, breach: Breach): Contradiction {
  const fields = breach.fields ?? rule.fields;
  const [first, second] = breach.values;
  return {
    fields,
    message: `${fields[0]} is ${first} and ${fields[1]} is ${second}: ${rule.why}; expected ${breach.expected}`,
    expected: breach.expected,
  };
}

/** The breach, where there is one. */
export function breachIf(isBroken: boolean, breach: Breach): Breach[] {
  return isBroken ? [breach] : [];
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const;

/** A length of time in the largest unit that it is a whole number of: `90 s`, `5 min`, `250 ms`. */
export function timeText(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms'];
  return `${ms / size} ${unit}`;
}
