import type { PidnapClient } from '../../src/client.ts';
import type { PidnapEvent, ProcessView } from '../../src/contract/process.ts';

type Known = Pick<ProcessView, 'state' | 'runs'> & { readonly health: string };

/** From a state to those that may follow it. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  nothing: ['pending', 'scheduled', 'stopped'],
  pending: ['blocked', 'starting', 'stopped', 'failed'],
  blocked: ['starting', 'stopped', 'failed'],
  starting: ['running', 'stopping', 'backing-off', 'completed', 'failed', 'scheduled'],
  running: ['stopping', 'backing-off', 'completed', 'failed', 'scheduled'],
  stopping: ['pending', 'backing-off', 'scheduled', 'stopped', 'completed', 'failed'],
  'backing-off': ['pending', 'stopped'],
  scheduled: ['pending', 'stopped'],
  stopped: ['pending', 'nothing'],
  completed: ['pending', 'nothing'],
  failed: ['pending', 'nothing'],
};

/** Follows the events of one boot of pidnap: without a gap, each one where the one before left off. */
export class EventWitness {
  /** Settles with the first snapshot. */
  readonly ready: Promise<void>;
  /** What was wrong. */
  readonly problems: string[] = [];
  readonly known = new Map<string, Known>();
  readonly #stop = new AbortController();
  #seq = -1;

  constructor(client: PidnapClient) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    void this.#follow(client, resolve);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #follow(client: PidnapClient, ready: () => void): Promise<void> {
    try {
      for await (const event of await client.events({}, { signal: this.#stop.signal })) {
        this.#take(event);
        ready();
      }
    } catch {
      // pidnap was killed, or the witness was stopped: whoever waits for it to be complete would notice.
      ready();
    }
  }

  #take(event: PidnapEvent): void {
    const isNext = event.seq === this.#seq + 1;
    if (!isNext && event.type !== 'snapshot') this.#complain(event, `follows seq ${this.#seq}`);
    this.#seq = event.seq;
    if (event.type === 'snapshot') {
      this.known.clear();
      for (const process of event.processes) this.known.set(process.name, brief(process));
      return;
    }
    const before = this.known.get(event.name);
    if (event.type === 'health') {
      if (before?.health !== event.from) this.#complain(event, `was ${before?.health}`);
      this.known.set(event.name, brief(event.process));
      return;
    }
    const [from, to] = [event.from ?? 'nothing', event.to ?? 'nothing'];
    if ((before?.state ?? 'nothing') !== from) this.#complain(event, `was ${before?.state}`);
    if (!WAYS[from]?.includes(to)) this.#complain(event, 'is no way to go');
    if (event.durationMs < 0) this.#complain(event, `lasted ${event.durationMs} ms`);
    if (event.to !== null && event.process.state !== event.to)
      this.#complain(event, `shows ${event.process.state}`);
    const runs = (before?.runs ?? 0) + (to === 'starting' ? 1 : 0);
    if (event.process.runs !== runs)
      this.#complain(event, `has ${event.process.runs} runs instead of ${runs}`);
    if (event.to === null) this.known.delete(event.name);
    else this.known.set(event.name, brief(event.process));
  }

  #complain(event: Exclude<PidnapEvent, { type: 'snapshot' }>, why: string): void {
    this.problems.push(`event ${event.seq}: ${event.name} from ${event.from} to ${event.to}: ${why}`);
  }
}

function brief({ state, runs, health }: ProcessView): Known {
  return { state, runs, health: health.status };
}
