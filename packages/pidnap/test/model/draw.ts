/** How lives are drawn. */
import * as fc from 'fast-check';
import { FIRST_FILE, NAMES, VARIANTS } from './catalogue.ts';
import type { Call, Edit, Fact, Operation } from './operations.ts';

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
  kind: fc.constantFrom('kill', 'exit0', 'exit1', 'sick', 'daemonize', 'fork', 'fork-stubborn'),
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
      facts: fc.array(aFact, { maxLength: 2 }),
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
      stumbles: fc.array(fc.integer({ min: 50, max: 400 }), { maxLength: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cut off' as const),
      call: aCallAmongOthers,
      facts: fc.array(aFact, { maxLength: 1 }),
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
