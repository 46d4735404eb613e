import { readFileSync } from 'node:fs';
import { countKills, memoryCounters } from '../core/cgroup.ts';

/**
 * How long a kill that was seen may still be claimed. One full memory often ends several processes at once; a kill that
 * nobody claims by then hit a child, and must not explain the next SIGKILL of somebody else.
 */
const CLAIM_MS = 1000;

/** Counts the processes that the kernel ended for want of memory, in pidnap's control group or else on the machine. */
export class MemoryKills {
  readonly #read: () => number | null;
  readonly #now: () => number;
  #counted: number;
  /** When the kills were seen that nobody claimed yet. */
  #unclaimed: number[] = [];

  /** `read` gives the kernel's count, null when it has none; `now` a clock in milliseconds that never jumps. */
  constructor({
    read = openKernelCount(),
    now = () => performance.now(),
  }: { read?: () => number | null; now?: () => number } = {}) {
    this.#read = read;
    this.#now = now;
    this.#counted = read() ?? 0;
  }

  /** Kills since the count began (the start of the control group or of the machine); null: not known. */
  total(): number | null {
    return this.#read();
  }

  /** True when a kill was counted that nobody claimed yet. To be asked when a process was ended by a SIGKILL not ours. */
  takeOne(): boolean {
    const now = this.#now();
    const count = this.#read() ?? this.#counted;
    const fresh = Math.min(Math.max(count - this.#counted, 0), 1000);
    this.#counted = count;
    this.#unclaimed = this.#unclaimed.filter((seenAt) => now - seenAt < CLAIM_MS);
    for (let kill = 0; kill < fresh; kill++) this.#unclaimed.push(now);
    return this.#unclaimed.shift() !== undefined;
  }
}

/** Finds where the kernel counts; the file is looked for once. */
function openKernelCount(): () => number | null {
  const counters = memoryCounters({
    cgroup: readText('/proc/self/cgroup') ?? '',
    mountinfo: readText('/proc/self/mountinfo') ?? '',
  });
  const counter = counters.find(({ path }) => countKills(readText(path)) !== null);
  return () => (counter ? countKills(readText(counter.path)) : null);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not there: another system, another version of the control groups.
    return null;
  }
}
