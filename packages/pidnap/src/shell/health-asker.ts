import type { HealthCheck } from '../contract/health-check.ts';
import { Freshness, Heartbeat } from './freshness.ts';
import type { ProcessOutput } from './process-output.ts';
import { probe, type ProbeAnswer, type ProbeContext } from './probe.ts';

/** Answers for the health of one run. */
export interface HealthAsker {
  ask(context: ProbeContext): ProbeAnswer | Promise<ProbeAnswer>;
  close(): void;
}

/** What is known of a run that was up before anybody began to look at it with this check. */
export interface RunSoFar {
  /** When it was started, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly wasHealthy: boolean;
  /** It was asked by the same check before; else the check is new. */
  readonly sameCheck: boolean;
}

interface Looking {
  readonly output: ProcessOutput;
  /** Null: the run begins now. */
  readonly soFar: RunSoFar | null;
  /** Is told at once of the first sign, so that nobody has to wait for the next time to ask. */
  readonly onSign: (answer: ProbeAnswer) => void;
}

/** Begins to look for the signs that a check is about. */
export function createHealthAsker(check: HealthCheck, looking: Looking): HealthAsker {
  switch (check.kind) {
    case 'http':
    case 'tcp':
    case 'command':
      return { ask: (context) => probe(check, context), close: () => {} };
    case 'heartbeat': {
      // Of a healthy run the newest change may be as old as the check allows: it is given that time from now on.
      const heartbeat = new Heartbeat({ ...check, trusted: looking.soFar?.wasHealthy ?? false });
      return { ask: () => heartbeat.answer(), close: () => {} };
    }
    case 'log':
      return lookForLine(check, looking);
    default:
      return check satisfies never;
  }
}

const LINE = 'a matching line';
/** How far back a new check looks for its line. */
const OLDER_LINES = 10_000;

type LogCheck = Extract<HealthCheck, { kind: 'log' }>;

function lookForLine(check: LogCheck, { output, soFar, onSign }: Looking): HealthAsker {
  const { pattern, stream, maxAgeMs } = check;
  const freshness = new Freshness(maxAgeMs);
  const wasSeen = soFar !== null && soFar.sameCheck && soFar.wasHealthy;
  if (wasSeen) freshness.seen();
  if (wasSeen && maxAgeMs === undefined) return { ask: () => freshness.answer(LINE), close: () => {} };
  let isFirst = !wasSeen;
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
  if (soFar === null || wasSeen) return { ask: () => freshness.answer(LINE), close };
  const older = findOlderLine(check, { output, since: soFar.startedAt, freshness });
  return { ask: () => older.then(() => freshness.answer(LINE)), close };
}

/** The line may have come before anybody looked for it. */
async function findOlderLine(
  { pattern, stream }: LogCheck,
  { output, since, freshness }: { output: ProcessOutput; since: number; freshness: Freshness },
): Promise<void> {
  const expression = new RegExp(pattern, 'u');
  const { lines } = await output.read({ tail: OLDER_LINES, since });
  const line = lines.findLast(
    (one) =>
      one.stream !== 'pidnap' && (stream === undefined || one.stream === stream) && expression.test(one.text),
  );
  if (line) freshness.seen(Math.max(0, Date.now() - line.at));
}
