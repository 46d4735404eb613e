import { setTimeout as delay } from 'node:timers/promises';
import { sampleRounds } from '../sample-rounds.ts';
import type { Session } from '../session.ts';
import type { Metric } from '../../metric.ts';
import type { Bench } from '../bench.ts';

/** Between two samples: the machine has come to rest, and a round of all subjects stays short. */
const REST_MS = 30;
/** Some peers take a second for each sample: they get one in this many rounds. */
const PEER_EVERY = 5;
/** Beyond the second in which runit and s6 would wait. */
const THROTTLE_MARGIN_MS = 100;

/**
 * From SIGKILL to a child until its successor runs, by the successor's own clock reading. The floor keeps the output of
 * its child, as pidnap does. Supervisors that slow down on young children are sampled only in rounds in which their
 * child is old enough: it is their speed that is compared, not their policy.
 */
export const restart: Metric<Bench> = {
  name: 'restart',
  about: 'from the death of a child to the start of its successor',
  rounds: 200,
  async measure(bench, rounds) {
    const sessions = new Map<string, Session>();
    const turns = new Map<string, number>();
    try {
      for (const subject of bench.subjects) {
        sessions.set(subject.name, bench.open({ subject, count: 1 }));
      }
      const samples = await sampleRounds(bench, {
        metric: 'restart',
        unit: 'ms',
        subjects: bench.subjects,
        rounds,
        async sample(subject) {
          const session = sessions.get(subject.name);
          if (session === undefined) return undefined;
          const turn = turns.get(subject.name) ?? 0;
          turns.set(subject.name, turn + 1);
          if (!subject.required && turn % PEER_EVERY > 0) return undefined;
          if (session.reports.starts.length === 0) await session.started(1);
          await delay(REST_MS);
          return killOnce(session);
        },
      });
      return [
        {
          metric: 'restart',
          unit: 'ms',
          samples,
          judged: 'pidnap',
          floor: 'node-piped',
          limit: { kind: 'ratio-at-most', limit: 1.5 },
        },
      ];
    } finally {
      for (const session of sessions.values()) await bench.close(session);
    }
  },
};

/** Milliseconds until the successor ran; undefined when the child is too young to be killed. */
async function killOnce(session: Session): Promise<number | undefined> {
  const { starts } = session.reports;
  const current = starts.at(-1);
  if (current === undefined) throw new Error(`${session.subject.name} has no child`);
  const { throttleMs } = session.subject;
  const ageMs = Number(process.hrtime.bigint() - current.at) / 1e6;
  if (throttleMs > 0 && ageMs < throttleMs + THROTTLE_MARGIN_MS) return undefined;
  const next = starts.length + 1;
  const killedAt = process.hrtime.bigint();
  process.kill(current.pid, 'SIGKILL');
  const { at } = await session.started(next, 10_000);
  return Number(at - killedAt) / 1e6;
}
