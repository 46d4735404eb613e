import type { LogLine } from '../contract/process.ts';
import { countLines, decodeLines } from '../core/lines.ts';
import { BoundedQueue } from './bounded-queue.ts';
import type { Arrival } from './log-store.ts';

/** A follower that is this many bytes behind loses the oldest half of them. */
const FOLLOWER_BYTES = 1_048_576;

export interface LineWatch {
  /** Left out: both. */
  readonly stream?: 'stdout' | 'stderr' | undefined;
  /** Regular expression, read with the `u` flag, tried on each line. */
  readonly pattern: string;
  readonly onMatch: (line: LogLine) => void;
}

/** Bytes that arrived, not yet looked at. */
export type Piece = Arrival & { readonly bytes: Buffer };

/** Who wants lines as they arrive: followers and watches. Without any of them it costs nothing. */
export class LiveLines {
  readonly #queues = new Set<BoundedQueue<Piece>>();
  readonly #watches = new Set<(piece: Piece) => void>();

  /** Hands on what arrived; the bytes are copied when somebody wants them. */
  tell(arrival: Arrival, ...bytes: readonly Buffer[]): void {
    if (this.#queues.size === 0 && this.#watches.size === 0) return;
    const piece = { ...arrival, bytes: Buffer.concat(bytes) };
    for (const queue of this.#queues) queue.push(piece);
    for (const watch of this.#watches) watch(piece);
  }

  /** Everything that arrives from now on. Whoever begins to follow ends with `unfollow`, read or not. */
  follow(): BoundedQueue<Piece> {
    const queue = new BoundedQueue<Piece>(FOLLOWER_BYTES, describeLoss, {
      weigh: ({ bytes }) => bytes.length,
      count: ({ bytes }) => countLines(bytes),
    });
    this.#queues.add(queue);
    return queue;
  }

  unfollow(queue: BoundedQueue<Piece>): void {
    this.#queues.delete(queue);
  }

  /** Calls `onMatch` once for every matching line, until the returned function is called. */
  watch({ stream: wanted, pattern, onMatch }: LineWatch): () => void {
    const expression = new RegExp(pattern, 'u');
    const look = (piece: Piece): void => {
      if (piece.stream === 'pidnap' || (wanted !== undefined && piece.stream !== wanted)) return;
      const { at, stream } = piece;
      for (const line of decodeLines(piece.bytes, piece.partial))
        if (expression.test(line.text)) onMatch({ at, stream, ...line });
    };
    this.#watches.add(look);
    return () => this.#watches.delete(look);
  }

  /** Ends every follower once it has taken what is there, and every watch. */
  close(): void {
    for (const queue of this.#queues) queue.close();
    this.#watches.clear();
  }
}

function describeLoss(lost: number): Piece {
  const bytes = Buffer.from(`${lost} lines are missing here: this reader was too slow\n`);
  return { at: Date.now(), stream: 'pidnap', partial: false, bytes };
}
