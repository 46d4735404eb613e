import { isLive } from '../core/record.ts';
import { sweepOlderRuns } from './process-tree.ts';
import type { Supervised } from './supervised.ts';

/** How long after a restart the machine is looked at. */
const LATER_MS = 1000;

/**
 * Some time after a process started anew, looks for anything that carries the mark of one of its older runs, and ends
 * it. The check for survivors before a restart is quick and reads lists that the kernel may change meanwhile; this one
 * reads everything, and only when something was restarted.
 */
export class OldRunSweep {
  readonly #instanceId: string;
  readonly #processes: () => Iterable<Supervised>;
  #timer: NodeJS.Timeout | undefined;

  constructor(instanceId: string, processes: () => Iterable<Supervised>) {
    this.#instanceId = instanceId;
    this.#processes = processes;
  }

  /** Once for all restarts until then. */
  soon(): void {
    this.#timer ??= setTimeout(() => this.#sweep(), LATER_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #sweep(): void {
    this.#timer = undefined;
    const runs = [...this.#processes()].map(
      ({ record }) => [record.name, isLive(record) ? record.runs : null] as const,
    );
    const ended = sweepOlderRuns(this.#instanceId, new Map(runs));
    if (ended > 0) console.error(`pidnap: ended ${ended} processes that older runs had left behind`);
  }
}
