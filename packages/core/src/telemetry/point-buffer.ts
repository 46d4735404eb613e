/** Points of a machine on their way to the control plane: in order, bounded, each sent or counted as dropped. */
import type { MetricPoint } from '@fettle/contract';

type WithoutPlace<Point> = Point extends unknown ? Omit<Point, 'seq' | 'ageMs' | 'droppedBefore'> : never;

/** A measurement before it has its place in the order. */
export type PointBody = WithoutPlace<MetricPoint>;

/** A measurement that is held. `mark` is the holder's own note about it. */
export type HeldPoint<Mark> = {
  seq: number;
  /** By the holder's monotonic clock, in milliseconds. */
  measuredAt: number;
  droppedBefore: number;
  body: PointBody;
  mark: Mark;
};

/** Bounds of a buffer. */
export type BufferBounds = {
  /** Points held at the most, those under way included. */
  capacity: number;
  /** Points in one call. */
  maxBatch: number;
  /** Points older than this are dropped, in milliseconds. */
  maxAgeMs: number;
};

export type PointBuffer<Mark> = {
  /** Not under way, oldest first. */
  waiting: readonly HeldPoint<Mark>[];
  /** Under way, oldest first: older than all that wait. What is here is never dropped before its answer is known. */
  underWay: readonly HeldPoint<Mark>[];
  nextSeq: number;
  /** Dropped since the newest point that is held: for the next one to tell. */
  droppedAtEnd: number;
  /** Points in the next call; halved while the control plane finds a batch unusable. */
  batchLimit: number;
};

/** An empty buffer. `seq` counts from 1. */
export function newPointBuffer<Mark>({ maxBatch }: BufferBounds): PointBuffer<Mark> {
  return { waiting: [], underWay: [], nextSeq: 1, droppedAtEnd: 0, batchLimit: maxBatch };
}

/** Holds a new measurement; a full buffer drops its oldest that is not under way. */
export function holdPoint<Mark>(
  buffer: PointBuffer<Mark>,
  { body, mark, measuredAt }: { body: PointBody; mark: Mark; measuredAt: number },
  bounds: BufferBounds,
): PointBuffer<Mark> {
  const { waiting, underWay, nextSeq, droppedAtEnd } = buffer;
  const point = { seq: nextSeq, measuredAt, droppedBefore: droppedAtEnd, body, mark };
  const held = { ...buffer, waiting: [...waiting, point], nextSeq: nextSeq + 1, droppedAtEnd: 0 };
  return waiting.length + underWay.length < bounds.capacity ? held : dropOldestWaiting(held);
}

/** Takes the oldest points for a call; none when one is under way already. What is too old to be taken is dropped. */
export function takeBatch<Mark>(
  buffer: PointBuffer<Mark>,
  now: number,
  bounds: BufferBounds,
): PointBuffer<Mark> {
  if (buffer.underWay.length > 0) return buffer;
  let kept = buffer;
  while (kept.waiting[0] !== undefined && now - kept.waiting[0].measuredAt > bounds.maxAgeMs)
    kept = dropOldestWaiting(kept);
  return {
    ...kept,
    underWay: kept.waiting.slice(0, kept.batchLimit),
    waiting: kept.waiting.slice(kept.batchLimit),
  };
}

/** How a call ended, as far as its points are concerned. */
export type BatchOutcome =
  /** Answered; `sendAgain`: numbers of points that are for the next call. The others are done with. */
  | { kind: 'answered'; sendAgain: readonly number[] }
  /** Nobody knows: the same points go again under the same numbers, and what was written already is ignored then. */
  | { kind: 'unknown' }
  /** Refused as a whole: some point in it cannot be taken. Half of it goes next; a single one is dropped. */
  | { kind: 'unusable' };

/** Ends the call that is under way. `done`: the points that the control plane has decided about. */
export function settleBatch<Mark>(
  buffer: PointBuffer<Mark>,
  outcome: BatchOutcome,
  { maxBatch }: BufferBounds,
): { buffer: PointBuffer<Mark>; done: readonly HeldPoint<Mark>[] } {
  const { underWay, waiting, batchLimit } = buffer;
  const allAgain = { ...buffer, underWay: [], waiting: [...underWay, ...waiting] };
  switch (outcome.kind) {
    case 'answered': {
      const again = underWay.filter(({ seq }) => outcome.sendAgain.includes(seq));
      return {
        buffer: {
          ...buffer,
          underWay: [],
          waiting: [...again, ...waiting],
          batchLimit: Math.min(maxBatch, batchLimit * 2),
        },
        done: underWay.filter((point) => !again.includes(point)),
      };
    }
    case 'unknown':
      return { buffer: allAgain, done: [] };
    case 'unusable':
      if (underWay.length <= 1) return { buffer: dropOldestWaiting(allAgain), done: [] };
      return { buffer: { ...allAgain, batchLimit: Math.ceil(underWay.length / 2) }, done: [] };
    default:
      return outcome satisfies never;
  }
}

/** The drop, and every drop that the dropped point had to tell, is told by the next point, or by the next to come. */
function dropOldestWaiting<Mark>(buffer: PointBuffer<Mark>): PointBuffer<Mark> {
  const [dropped, next, ...rest] = buffer.waiting;
  if (dropped === undefined) return buffer;
  const count = dropped.droppedBefore + 1;
  if (next === undefined) return { ...buffer, waiting: [], droppedAtEnd: buffer.droppedAtEnd + count };
  return { ...buffer, waiting: [{ ...next, droppedBefore: next.droppedBefore + count }, ...rest] };
}
