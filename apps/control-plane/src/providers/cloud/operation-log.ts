import type { ActionRef, ErrorCode, OperationKind } from '@fettle/contract';
import type { ProviderJournal } from '../journal.ts';
import { ProviderError } from '../machine-provider.ts';
import { asProviderError } from '../provider-failure.ts';
import { judgeAction, type CloudEntry } from './cloud-entry.ts';
import { Work } from './work.ts';

/** An operation that has not ended by then has failed: Fly calls its own stuck after ten minutes at the latest. */
const LONGEST_OPERATION_MS = 15 * 60_000;

/** Refusals after which nothing of what was asked can have happened. */
const NOTHING_DONE: ReadonlySet<ErrorCode> = new Set(['NO_CAPACITY', 'RATE_LIMITED']);

/** Keeps the promises of a provider for an API that knows no action ids: what is asked twice is done once. */
export class OperationLog<Facts extends object> {
  private readonly journal: ProviderJournal<unknown>;
  private readonly noFacts: Facts;
  private readonly now: () => number;
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(options: { journal: ProviderJournal<unknown>; noFacts: Facts; now: () => number }) {
    this.journal = options.journal;
    this.noFacts = options.noFacts;
    this.now = options.now;
  }

  /** What is known of a machine; `null` when nothing was ever asked of it. */
  entry(machineId: string): CloudEntry<Facts> | null {
    return this.journal.read(machineId) as CloudEntry<Facts> | null;
  }

  /**
   * Carries an action out as far as `begin` goes; `inspect` carries on from there. What the provider refuses for good is
   * the operation's outcome. What may pass is thrown, and the action is to be asked again under the same id. A refused
   * key is both: no operation can go on with it, and whoever asked has to know.
   */
  act(
    kind: OperationKind,
    machineId: string,
    action: ActionRef,
    begin: (work: Work<Facts>) => Promise<void>,
  ): Promise<void> {
    return this.exclusively(machineId, async () => {
      const known = this.entry(machineId) ?? this.emptyEntry();
      const verdict = judgeAction(known, kind, machineId, action);
      if (verdict === 'repeat' && known.doing?.taken === true) return;
      const work = this.work(
        machineId,
        verdict === 'repeat' ? known : this.open(machineId, known, { kind, action }),
      );
      try {
        await begin(work);
        work.accepted();
      } catch (thrown) {
        const error = asProviderError(thrown);
        if (error.retryable) {
          // Nothing came of it for certain: an action that was never taken leaves no trace.
          if (verdict === 'new' && NOTHING_DONE.has(error.code))
            this.journal.write(machineId, { ...known, facts: work.facts });
          throw error;
        }
        work.fail(error.code, error.message);
        if (error.code === 'PROVIDER_KEY_REFUSED') throw error;
      }
    });
  }

  /** One look at a machine, which may carry its operation on; `null` when nothing was ever asked of it. */
  look<T>(machineId: string, look: (work: Work<Facts> | null) => Promise<T>): Promise<T> {
    return this.exclusively(machineId, async () => {
      const entry = this.entry(machineId);
      if (entry === null) return look(null);
      const work = this.work(machineId, entry);
      if (work.running !== null && work.ageMs > LONGEST_OPERATION_MS)
        work.fail('DEADLINE_EXCEEDED', `${work.doing.operation.kind} did not end within 15 minutes`);
      return look(work);
    });
  }

  /**
   * Carries on what is under way. What was seen of the machine is true whatever comes of it: what may pass is tried again
   * at the next look.
   */
  async carryOn(work: Work<Facts>, step: () => Promise<void>): Promise<void> {
    if (work.running === null) return;
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (!error.retryable) work.fail(error.code, error.message);
    }
  }

  private emptyEntry(): CloudEntry<Facts> {
    return { highest: 0, doing: null, facts: this.noFacts, copies: [] };
  }

  private open(
    machineId: string,
    entry: CloudEntry<Facts>,
    { kind, action }: { kind: OperationKind; action: ActionRef },
  ): CloudEntry<Facts> {
    const opened: CloudEntry<Facts> = {
      ...entry,
      highest: action.sequence,
      doing: {
        operation: { action, kind, status: 'running', startedAt: this.now(), finishedAt: null, error: null },
        taken: false,
        step: '',
        sends: 0,
      },
    };
    this.journal.write(machineId, opened);
    return opened;
  }

  private work(machineId: string, entry: CloudEntry<Facts>): Work<Facts> {
    const store = (changed: CloudEntry<Facts>) => this.journal.write(machineId, changed);
    return new Work({ machineId, entry, store, now: this.now });
  }

  /** One at a time for each machine. */
  private async exclusively<T>(machineId: string, work: () => Promise<T>): Promise<T> {
    const before = this.turns.get(machineId) ?? Promise.resolve();
    const result = before.then(work);
    // Whoever asked gets the rejection; the next one in line is not stopped by it.
    const turn = result.catch(() => undefined);
    this.turns.set(machineId, turn);
    try {
      return await result;
    } finally {
      if (this.turns.get(machineId) === turn) this.turns.delete(machineId);
    }
  }
}

/** Thrown when an operation cannot be: what it says becomes the operation's outcome. */
export function refused(code: ErrorCode, message: string): ProviderError {
  return new ProviderError(code, message, { retryable: false });
}
