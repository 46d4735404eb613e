import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Metric } from '../../metric.ts';
import { cpuNanoseconds, memoryOf } from '../../processes.ts';
import { saySpread } from '../../say-spread.ts';
import type { Bench } from '../bench.ts';
import { startMachine } from '../machine.ts';

const REPORT_EVERY_MS = 30_000;
/** The start is over by then, and what it left has been collected. */
const SETTLE_MS = 45_000;
const WATCH_MS = 60_000;
const MEBIBYTE = 1024 ** 2;

/**
 * What the daemon costs a machine in which nothing happens: resident memory beside a Node process that does nothing, and
 * processor time, with a report of health and one of points every 30 s and pidnap's events open.
 */
export const daemon: Metric<Bench> = {
  name: 'daemon',
  about: 'memory, and processor time per minute, of the daemon in a quiet machine',
  rounds: 2,
  async measure(bench, rounds) {
    const empty = bench.hold(
      spawn(process.execPath, [join(import.meta.dirname, '../programs/empty.mjs')], {
        stdio: ['pipe', 'ignore', 'inherit'],
      }),
    );
    const machine = await startMachine({ reportEveryMs: REPORT_EVERY_MS });
    const subjects = { daemon: machine.daemonPid, node: empty.pid! };
    const memory = new Map<string, number[]>(Object.keys(subjects).map((name) => [name, []]));
    const cpu: number[] = [];
    try {
      bench.say(`daemon: ${rounds} minutes, after ${SETTLE_MS / 1000} s of rest`);
      await delay(SETTLE_MS);
      for (let round = 0; round < rounds; round++) {
        const before = { cpu: cpuNanoseconds(machine.daemonPid), at: performance.now(), ...machine.taken() };
        await delay(WATCH_MS);
        const minutes = (performance.now() - before.at) / 60_000;
        cpu.push((cpuNanoseconds(machine.daemonPid) - before.cpu) / 1e6 / minutes);
        const taken = machine.taken();
        if (taken.health === before.health || taken.points === before.points)
          throw new Error('the daemon did not report while it was watched');
        for (const [name, pid] of Object.entries(subjects))
          memory.get(name)?.push(memoryOf(pid).resident / MEBIBYTE);
      }
    } finally {
      empty.stdin.end();
      await machine.close();
    }
    const times = new Map([['daemon', cpu]]);
    saySpread(bench, { metric: 'daemon-memory', unit: 'MiB' }, memory);
    saySpread(bench, { metric: 'daemon-cpu', unit: 'ms/min' }, times);
    return [
      {
        metric: 'daemon-memory',
        unit: 'MiB',
        samples: memory,
        judged: 'daemon',
        floor: 'node',
        limit: { kind: 'ratio-at-most', limit: 1.3 },
      },
      {
        metric: 'daemon-cpu',
        unit: 'ms/min',
        samples: times,
        judged: 'daemon',
        limit: { kind: 'value-at-most', limit: 20 },
      },
    ];
  },
};
