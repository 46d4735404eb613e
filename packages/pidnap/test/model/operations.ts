/** What the test may do, and how it is drawn. */
import * as fc from 'fast-check';
import { FIRST_FILE, NAMES, VARIANTS } from './catalogue.ts';
import type { Ending } from './boots.ts';

export interface Call {
  readonly kind: 'start' | 'stop' | 'restart' | 'signal' | 'add' | 'update' | 'remove';
  readonly name: string;
  /** For `add` and `update`. */
  readonly variant: number;
  /** For `signal`. */
  readonly signal: 'SIGKILL' | 'SIGHUP' | 'SIGUSR1' | 'SIGSTOP' | 'SIGCONT';
  /** `fresh`: under a new action id. */
  readonly id: 'none' | 'fresh';
}

/** Something that happens to a child, or that it is told to do. */
export interface Fact {
  readonly kind: 'kill' | 'exit0' | 'exit1' | 'fork' | 'fork-stubborn';
  readonly name: string;
}

/** Processes whose definition in the file is to be another one; null: is to be missing. */
export type Edit = Readonly<Record<string, number | null>>;

export type Operation =
  | { readonly do: 'call'; readonly call: Call }
  | { readonly do: 'fact'; readonly fact: Fact }
  /** Several at once, none of them waits for another. */
  | {
      readonly do: 'at once';
      readonly calls: readonly Call[];
      readonly facts: readonly Fact[];
      /** A reload as well. */
      readonly edit: Edit | null;
    }
  /** An earlier command again, under its id; with another input when `misuse`. */
  | { readonly do: 'repeat'; readonly back: number; readonly misuse: boolean }
  | { readonly do: 'reload'; readonly edit: Edit; readonly dryRun: boolean }
  /** pidnap ends and is started again; meanwhile the file is changed and children are killed. */
  | { readonly do: 'boot'; readonly ending: Ending; readonly edit: Edit; readonly kill: readonly string[] }
  /** A command that pidnap ends in the middle of, while things happen; asked again under its id by the next one. */
  | {
      readonly do: 'cut off';
      readonly call: Call;
      readonly facts: readonly Fact[];
      readonly ending: Ending;
      readonly afterMs: number;
    };

const aName = fc.constantFrom(...NAMES);
const aVariant = fc.nat({ max: VARIANTS - 1 });

function aCallOf(kinds: readonly Call['kind'][], signals: readonly Call['signal'][]): fc.Arbitrary<Call> {
  return fc.record({
    kind: fc.constantFrom(...kinds),
    name: aName,
    variant: aVariant,
    signal: fc.constantFrom(...signals),
    id: fc.constantFrom('none', 'fresh'),
  });
}

const COMMANDS = ['start', 'stop', 'restart', 'start', 'restart', 'update', 'add', 'remove'] as const;
const aCall = aCallOf([...COMMANDS, 'signal'], ['SIGKILL', 'SIGHUP', 'SIGUSR1', 'SIGSTOP', 'SIGCONT']);
/** What a signal that does not kill does to a child that just began, or that is told something, is nobody's promise. */
const aCallAmongOthers = aCallOf([...COMMANDS, 'signal'], ['SIGKILL', 'SIGHUP']);
const aFact: fc.Arbitrary<Fact> = fc.record({
  kind: fc.constantFrom('kill', 'exit0', 'exit1', 'fork', 'fork-stubborn'),
  name: aName,
});
const aQuickFact: fc.Arbitrary<Fact> = fc.record({
  kind: fc.constantFrom('kill', 'exit0', 'exit1'),
  name: aName,
});
const inFile = fc.constantFrom(...Object.keys(FIRST_FILE));
const anEdit: fc.Arbitrary<Edit> = fc.dictionary(inFile, fc.option(aVariant, { freq: 4 }), { maxKeys: 2 });
const anEnding = fc.constantFrom('killed', 'killed', 'orderly', 'power' as const);

const anOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: aCall.map((call) => ({ do: 'call' as const, call })) },
  { weight: 6, arbitrary: aFact.map((fact) => ({ do: 'fact' as const, fact })) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('at once' as const),
      calls: fc.array(aCallAmongOthers, { minLength: 1, maxLength: 3 }),
      facts: fc.array(aQuickFact, { maxLength: 2 }),
      edit: fc.option(anEdit, { freq: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('repeat' as const),
      back: fc.nat({ max: 5 }),
      misuse: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('reload' as const), edit: anEdit, dryRun: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('boot' as const),
      ending: anEnding,
      edit: anEdit,
      kill: fc.uniqueArray(aName, { maxLength: 2 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut off' as const),
      call: aCallAmongOthers,
      facts: fc.array(aQuickFact, { maxLength: 1 }),
      ending: anEnding,
      afterMs: fc.integer({ min: 0, max: 12 }),
    }),
  },
);

export const aLife: fc.Arbitrary<Operation[]> = fc.array(anOperation, {
  minLength: 1,
  maxLength: 16,
  size: 'max',
});

/** An operation in a line, as it stands in a counterexample. */
export function describe(operation: Operation): string {
  switch (operation.do) {
    case 'call':
      return describeCall(operation.call);
    case 'fact':
      return describeFact(operation.fact);
    case 'at once':
      return `at once: ${together(operation)}${operation.edit ? ` | reload ${JSON.stringify(operation.edit)}` : ''}`;
    case 'cut off':
      return `${together({ ...operation, calls: [operation.call] })}, cut off after ${operation.afterMs} ms (${operation.ending})`;
    case 'repeat':
      return `repeat the command ${operation.back + 1} before${operation.misuse ? ' with another input' : ''}`;
    case 'reload':
      return `reload ${JSON.stringify(operation.edit)}${operation.dryRun ? ' (dry run)' : ''}`;
    case 'boot':
      return `pidnap ends (${operation.ending}), edit ${JSON.stringify(operation.edit)}, kill [${operation.kill.join(' ')}]`;
    default:
      return operation satisfies never;
  }
}

function together({ calls, facts }: { calls: readonly Call[]; facts: readonly Fact[] }): string {
  return [...calls.map(describeCall), ...facts.map(describeFact)].join(' | ');
}

function describeCall({ kind, name, variant, signal, id }: Call): string {
  const what = kind === 'signal' ? ` ${signal}` : kind === 'add' || kind === 'update' ? ` as ${variant}` : '';
  return `${kind} ${name}${what}${id === 'fresh' ? ' (id)' : ''}`;
}

function describeFact({ kind, name }: Fact): string {
  return kind === 'kill' ? `kill -9 ${name}` : `${name} is told ${kind}`;
}
