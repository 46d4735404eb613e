import { setTimeout as delay } from 'node:timers/promises';
import { memoryOf } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

const CHILDREN = 20;
const SETTLE_MS = 5000;
const MEBIBYTE = 1024 ** 2;

/**
 * Memory of all processes of a supervisor. Resident memory is judged, because a machine that is alone in its container
 * shares Node's own pages with nobody; the proportional size is what families such as runit's should be compared by.
 */
export const memory: Metric<Bench> = {
  name: 'memory',
  about: `resident and proportional memory with ${CHILDREN} idle children`,
  rounds: 3,
  async measure(bench, rounds) {
    const resident = new Map<string, number[]>();
    const proportional = new Map<string, number[]>();
    bench.say(`memory: ${rounds} rounds, all supervisors side by side`);
    for (let round = 0; round < rounds; round++) {
      await sideBySide(bench, CHILDREN, async (sessions) => {
        await delay(SETTLE_MS);
        for (const session of sessions) {
          const { name } = session.subject;
          const sizes = session.supervisorPids().map(memoryOf);
          resident.set(name, [...(resident.get(name) ?? []), sum(sizes.map((size) => size.resident))]);
          proportional.set(name, [
            ...(proportional.get(name) ?? []),
            sum(sizes.map((size) => size.proportional)),
          ]);
        }
      });
    }
    const common = { unit: 'MiB', judged: 'pidnap', floor: 'node' };
    saySpread(bench, { ...common, metric: 'memory' }, resident);
    saySpread(bench, { ...common, metric: 'memory-pss' }, proportional);
    return [
      { ...common, metric: 'memory', samples: resident, limit: { kind: 'ratio-at-most', limit: 1.3 } },
      { ...common, metric: 'memory-pss', samples: proportional },
    ];
  },
};

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, size) => total + size, 0) / MEBIBYTE;
}
