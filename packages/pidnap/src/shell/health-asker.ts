import type { HealthCheck } from '../contract/health-check.ts';
import { Freshness, Heartbeat } from './freshness.ts';
import type { ProcessOutput } from './process-output.ts';
import { probe, type ProbeAnswer, type ProbeContext } from './probe.ts';

/** Answers for the health of one run. */
export interface HealthAsker {
  ask(context: ProbeContext): ProbeAnswer | Promise<ProbeAnswer>;
  close(): void;
}

/** Begins to look for the signs that a check is about. */
export function createHealthAsker(
  check: HealthCheck,
  {
    output,
    wasSeen,
    onSign,
  }: {
    output: ProcessOutput;
    /** The run is an older one that passed this check before. */
    wasSeen: boolean;
    /** Is told at once of the first sign, so that nobody has to wait for the next time to ask. */
    onSign: (answer: ProbeAnswer) => void;
  },
): HealthAsker {
  switch (check.kind) {
    case 'http':
    case 'tcp':
    case 'command':
      return { ask: (context) => probe(check, context), close: () => {} };
    case 'heartbeat': {
      const heartbeat = new Heartbeat(check);
      return { ask: () => heartbeat.answer(), close: () => {} };
    }
    case 'log':
      return lookForLine(check, { output, wasSeen, onSign });
    default:
      return check satisfies never;
  }
}

const LINE = 'a matching line';

function lookForLine(
  { pattern, stream, maxAgeMs }: Extract<HealthCheck, { kind: 'log' }>,
  {
    output,
    wasSeen,
    onSign,
  }: { output: ProcessOutput; wasSeen: boolean; onSign: (answer: ProbeAnswer) => void },
): HealthAsker {
  const freshness = new Freshness(maxAgeMs);
  let isFirst = !wasSeen;
  if (wasSeen) freshness.seen();
  if (wasSeen && maxAgeMs === undefined) return { ask: () => freshness.answer(LINE), close: () => {} };
  const close = output.watchLines({
    stream,
    pattern,
    onMatch() {
      freshness.seen();
      if (isFirst) onSign(freshness.answer(LINE));
      isFirst = false;
      if (maxAgeMs === undefined) close();
    },
  });
  return { ask: () => freshness.answer(LINE), close };
}
