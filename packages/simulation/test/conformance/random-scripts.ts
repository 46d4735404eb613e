import { Random } from '../../src/world/random.ts';
import type { Script, Step } from './script.ts';
import { isSteady } from './steady.ts';

/**
 * Scripts that nobody thought of, the same for the same seed. Only those are kept whose outcome is the same however long
 * retries and alarms take within their limits: what is left does not depend on how busy the computer is.
 */
export function randomScripts(seed: number, count: number): Script[] {
  const random = new Random(seed, 'conformance');
  const scripts: Script[] = [];
  for (let number = 1; scripts.length < count; number++) {
    const script = randomScript(random, `random script ${seed}.${number}`);
    if (isSteady(script)) scripts.push(script);
  }
  return scripts;
}

type Place = 'constructor' | 'alarm' | 'method';

/** Alarms of one place never come at the times of another's, as calls come every 5 s. */
const ARM_MS = {
  constructor: [7000, 12_000],
  alarm: [1000, 5000, 10_000],
  method: [-1000, 1250, 6250, 11_250],
};
const WAIT_MS = { alarm: 3000, method: 4000 };
const EVERY_MS = 5000;

function randomScript(random: Random, name: string): Script {
  const steps = (place: Place) => randomSteps(random, place);
  const calls = Array.from({ length: 5 }, () => random.pick(['first', 'second', 'arm', 'look']));
  return {
    name,
    constructors: [random.chance(0.5) ? [] : steps('constructor'), steps('constructor')],
    // The last one repeats, so it must not fail for ever.
    alarms: [steps('alarm'), steps('alarm'), [{ do: 'look' }]],
    methods: {
      first: steps('method'),
      second: steps('method'),
      arm: [{ do: 'arm', inMs: random.pick(ARM_MS.method) }],
    },
    outside: [
      { then: 'call', method: 'look' },
      ...calls.flatMap((method) => [
        { then: 'send', method } as const,
        { then: 'wait', ms: EVERY_MS } as const,
      ]),
      { then: 'call', method: 'look' },
    ],
  };
}

function randomSteps(random: Random, place: Place): Step[] {
  const steps = Array.from({ length: random.between(0, 4) }, () => randomStep(random, place));
  const ends: readonly Step[] =
    place === 'constructor' ? [{ do: 'throw' }] : [{ do: 'throw' }, { do: 'abort' }, { do: 'fail-commit' }];
  return random.chance(0.3) ? [...steps, random.pick(ends)] : steps;
}

function randomStep(random: Random, place: Place): Step {
  const writes: Step[] = [
    { do: 'write', row: `row-${random.between(1, 999)}` },
    { do: 'arm', inMs: random.pick(ARM_MS[place]) },
    { do: 'disarm' },
  ];
  const step = random.pick<Step>([
    ...writes,
    { do: 'remember' },
    { do: 'look' },
    { do: 'arm-if-none', inMs: 7000 },
  ]);
  if (place === 'constructor') return step;
  const undone = { do: 'rolled-back', steps: [random.pick(writes), random.pick(writes)] } as const;
  return random.pick<Step>([step, step, step, undone, { do: 'wait', ms: WAIT_MS[place] }]);
}
