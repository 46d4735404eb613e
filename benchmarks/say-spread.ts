import { spread } from './statistics.ts';

/** Tells people how much the samples of each subject differ. */
export function saySpread(
  { say }: { say: (line: string) => void },
  { metric, unit }: { metric: string; unit: string },
  samples: ReadonlyMap<string, readonly number[]>,
): void {
  for (const [name, list] of samples) {
    if (list.length === 0) continue;
    const { count, ...values } = spread(list);
    const told = Object.entries(values).map(([key, value]) => `${key} ${value.toPrecision(4)}`);
    say(`  ${metric} ${name.padEnd(12)} ${told.join('  ')} ${unit}, ${count} samples`);
  }
}
