/** How much of what is known leaves the machine in a line. Pure. */
import type { InsideEvidence } from '@fettle/contract';

/** The output of a command inside a machine is cut at 64 KiB by whoever ran it. */
const MAX_LINE_BYTES = 60_000;
const BRIEF = { processes: 40, command: 160, status: 40, missing: 20, why: 200 };

/** The same in one line that is not cut: of long lists the part that tells most. */
export function briefLine(inside: InsideEvidence): string {
  const whole = JSON.stringify(inside);
  if (Buffer.byteLength(whole) <= MAX_LINE_BYTES) return whole;
  const largest = inside.processes.toSorted((a, b) => b.memoryMb - a.memoryMb).slice(0, BRIEF.processes);
  return JSON.stringify({
    ...inside,
    processes: largest.map((one) => ({ ...one, command: one.command.slice(0, BRIEF.command) })),
    repositories: inside.repositories.map((one) => ({
      ...one,
      status: one.status.slice(0, BRIEF.status).map((line) => line.slice(0, BRIEF.command)),
    })),
    missing: inside.missing
      .slice(0, BRIEF.missing)
      .map(({ part, why }) => ({ part, why: why.slice(0, BRIEF.why) })),
  } satisfies InsideEvidence);
}
