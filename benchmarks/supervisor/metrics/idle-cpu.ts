import { setTimeout as delay } from 'node:timers/promises';
import { cpuNanoseconds } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import type { Session } from '../session.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

const CHILDREN = 20;
/** Compilers and collectors of the runtimes have ended their work by then. */
const SETTLE_MS = 15_000;
const WATCH_MS = 60_000;

/**
 * Processor time of all processes of a supervisor in a minute in which nothing happens, from the scheduler's own
 * account in nanoseconds; all supervisors in the same minute.
 */
export const idleCpu: Metric<Bench> = {
  name: 'idle-cpu',
  about: `processor time per minute with ${CHILDREN} idle children`,
  rounds: 1,
  async measure(bench, rounds) {
    const samples = new Map<string, number[]>();
    bench.say(`idle-cpu: ${rounds} times a minute of rest with all supervisors side by side`);
    await sideBySide(bench, CHILDREN, async (sessions) => {
      await delay(SETTLE_MS);
      for (let round = 0; round < rounds; round++) {
        const before = sessions.map(cpuOf);
        const from = process.hrtime.bigint();
        await delay(WATCH_MS);
        const minutes = Number(process.hrtime.bigint() - from) / 60e9;
        for (const [index, session] of sessions.entries()) {
          const spent = (cpuOf(session) - (before[index] ?? 0)) / 1e6 / minutes;
          samples.set(session.subject.name, [...(samples.get(session.subject.name) ?? []), spent]);
        }
      }
    });
    const unit = 'ms/min';
    saySpread(bench, { metric: 'idle-cpu', unit }, samples);
    const limit = { kind: 'value-at-most', limit: 1 } as const;
    return [{ metric: 'idle-cpu', unit, samples, judged: 'pidnap', floor: 'node', limit }];
  },
};

function cpuOf(session: Session): number {
  return session.supervisorPids().reduce((sum, pid) => sum + cpuNanoseconds(pid), 0);
}
