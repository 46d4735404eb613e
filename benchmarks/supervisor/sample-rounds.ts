import { saySpread } from '../say-spread.ts';
import { interleave } from '../statistics.ts';
import type { Bench } from './bench.ts';
import type { Subject } from './subjects/subject.ts';

/** One measurement of one subject; undefined when it gives none this time. */
export type Sample = (subject: Subject) => Promise<number | undefined>;

/**
 * Samples subjects round by round, and says how much the samples differ. A peer that fails is left out from then on,
 * loudly; a failure of a required subject is thrown.
 */
export async function sampleRounds(
  bench: Bench,
  plan: { metric: string; unit: string; subjects: readonly Subject[]; rounds: number; sample: Sample },
): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>(plan.subjects.map(({ name }) => [name, []]));
  bench.say(`${plan.metric}: ${plan.rounds} rounds of ${plan.subjects.map(({ name }) => name).join(', ')}`);
  for (const subject of interleave(plan.subjects, plan.rounds)) {
    const list = samples.get(subject.name);
    if (list === undefined) continue;
    try {
      const value = await plan.sample(subject);
      if (value !== undefined) list.push(value);
    } catch (error) {
      if (subject.required) throw error;
      bench.say(`!! ${plan.metric}: ${subject.name} IS LEFT OUT: ${String(error)} !!`);
      samples.delete(subject.name);
    }
  }
  saySpread(bench, plan, samples);
  return samples;
}
