import type { ErrorCode } from '@fettle/contract';
import type { CloudEntry, Doing, KeptCopy } from './cloud-entry.ts';

/** One machine's entry while somebody works on it; each change is in the journal when the method returns. */
export class Work<Facts extends object> {
  readonly machineId: string;
  private current: CloudEntry<Facts>;
  private readonly store: (entry: CloudEntry<Facts>) => void;
  private readonly clock: () => number;

  constructor(options: {
    machineId: string;
    entry: CloudEntry<Facts>;
    store: (entry: CloudEntry<Facts>) => void;
    now: () => number;
  }) {
    this.machineId = options.machineId;
    this.current = options.entry;
    this.store = options.store;
    this.clock = options.now;
  }

  get entry(): CloudEntry<Facts> {
    return this.current;
  }

  get facts(): Facts {
    return this.current.facts;
  }

  /** What is under way; `null` when the latest operation is over, or the provider has not accepted it. */
  get running(): Doing | null {
    const { doing } = this.current;
    return doing?.taken === true && doing.operation.status === 'running' ? doing : null;
  }

  /** The operation that this work is for. */
  get doing(): Doing {
    if (this.current.doing === null) throw new Error('Nothing was asked of this machine yet');
    return this.current.doing;
  }

  /** Milliseconds since the operation was asked for. */
  get ageMs(): number {
    return this.clock() - this.doing.operation.startedAt;
  }

  now(): number {
    return this.clock();
  }

  /** Remembers facts; writes nothing when they are known. */
  note(facts: Partial<Facts>): void {
    const known = Object.entries(facts).every(
      ([name, value]) => JSON.stringify(this.facts[name as keyof Facts]) === JSON.stringify(value),
    );
    if (!known) this.save({ facts: { ...this.facts, ...facts } });
  }

  /** A call is about to be sent. */
  sending(step: string): void {
    const { doing } = this;
    if (doing.step !== step) this.save({ doing: { ...doing, step, sends: 0 } });
  }

  /** The provider has taken the call that was sent last. */
  sent(): void {
    const { doing } = this;
    this.save({ doing: { ...doing, sends: doing.sends + 1 } });
  }

  /** The provider has accepted the operation; from now on `inspect` carries it on. */
  accepted(): void {
    if (!this.doing.taken) this.save({ doing: { ...this.doing, taken: true } });
  }

  done(): void {
    this.end('done', null);
  }

  fail(code: ErrorCode, message: string): void {
    this.end('failed', { code, message });
  }

  /** Replaces the list of copies. */
  keepCopies(copies: KeptCopy[]): void {
    this.save({ copies });
  }

  private end(status: 'done' | 'failed', error: { code: string; message: string } | null): void {
    const { doing } = this;
    const operation = { ...doing.operation, status, error, finishedAt: this.clock() };
    this.save({ doing: { ...doing, taken: true, operation } });
  }

  private save(changed: Partial<CloudEntry<Facts>>): void {
    const entry = { ...this.current, ...changed };
    this.store(entry);
    this.current = entry;
  }
}
