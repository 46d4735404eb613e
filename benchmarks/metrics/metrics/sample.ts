import type { Metric } from '../../metric.ts';
import { saySpread } from '../../say-spread.ts';
import { interleave } from '../../statistics.ts';
import type { Bench } from '../bench.ts';
import { startLineProgram } from '../line-program.ts';

const SAMPLES = 2000;
const WARM_UP_ROUNDS = 3;
const SUBJECTS = ['collectors', 'bare-node'] as const;

/** Time of one look of all collectors, beside reading and parsing the very files that they hold open. */
export const sample: Metric<Bench> = {
  name: 'sample',
  about: 'time of one look of all collectors of a machine',
  rounds: 15,
  async measure(bench, rounds) {
    const collectors = startLineProgram(bench, 'sample-collectors.ts', []);
    const files = JSON.parse(await collectors.read()) as string[];
    const programs = { collectors, 'bare-node': startLineProgram(bench, 'sample-floor.ts', files) };
    bench.say(`sample: ${rounds} rounds of ${SAMPLES} samples; the files are ${files.join(' ')}`);
    const samples = new Map<string, number[]>(SUBJECTS.map((name) => [name, []]));
    for (const [index, name] of interleave(SUBJECTS, WARM_UP_ROUNDS + rounds).entries()) {
      const us = Number(await programs[name].ask(String(SAMPLES)));
      if (index >= WARM_UP_ROUNDS * SUBJECTS.length) samples.get(name)?.push(us);
    }
    await Promise.all(Object.values(programs).map((program) => program.stop()));
    saySpread(bench, { metric: 'sample', unit: 'us' }, samples);
    const limit = { kind: 'ratio-at-most', limit: 3 } as const;
    return [{ metric: 'sample', unit: 'us', samples, judged: 'collectors', floor: 'bare-node', limit }];
  },
};
