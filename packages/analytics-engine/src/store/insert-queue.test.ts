import { describe, expect, it } from 'vitest';
import { EngineError } from '../errors.ts';
import { InsertQueue } from './insert-queue.ts';

/** A disk whose writes end when the test says so. */
function slowDisk() {
  const writes: { dataset: string; lines: string; end: (error?: Error) => void }[] = [];
  const arrivals: (() => void)[] = [];
  return {
    writes,
    write: (dataset: string, lines: string) =>
      new Promise<void>((resolve, reject) => {
        writes.push({ dataset, lines, end: (error) => (error ? reject(error) : resolve()) });
        for (const arrived of arrivals.splice(0)) arrived();
      }),
    async nth(n: number) {
      while (writes.length < n) await new Promise<void>((resolve) => arrivals.push(resolve));
      return writes[n - 1]!;
    },
  };
}

const queueOn = (disk: ReturnType<typeof slowDisk>, maxBytes = 100) =>
  new InsertQueue({ write: disk.write, gatherMs: 0, maxBytes });

describe('the queue of inserts', () => {
  it('writes together what came while it was writing', async () => {
    const disk = slowDisk();
    const queue = queueOn(disk);
    const first = queue.add('d', '1\n');
    const write = await disk.nth(1);
    const others = [queue.add('d', '2\n'), queue.add('d', '3\n'), queue.add('e', '4\n')];
    write.end();
    await first;
    (await disk.nth(2)).end();
    (await disk.nth(3)).end();
    await Promise.all(others);
    expect(disk.writes.map(({ dataset, lines }) => [dataset, lines])).toEqual([
      ['d', '1\n'],
      ['d', '2\n3\n'],
      ['e', '4\n'],
    ]);
  });

  it('tells everyone in an insert that failed, and goes on', async () => {
    const disk = slowDisk();
    const queue = queueOn(disk);
    const failing = [queue.add('d', '1\n'), queue.add('d', '2\n')];
    (await disk.nth(1)).end(new Error('no'));
    for (const add of failing) await expect(add).rejects.toThrow('no');
    const next = queue.add('d', '3\n');
    (await disk.nth(2)).end();
    await next;
  });

  it('refuses what would not fit, and takes more when the disk has caught up', async () => {
    const disk = slowDisk();
    const queue = queueOn(disk, 10);
    const large = queue.add('d', 'x'.repeat(20)); // nothing waits: it may
    await expect(queue.add('d', 'x')).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    (await disk.nth(1)).end();
    await large;
    const small = queue.add('d', 'x');
    (await disk.nth(2)).end();
    await small;
  });

  it('writes what it has taken before it closes, and takes nothing then', async () => {
    const disk = slowDisk();
    const queue = queueOn(disk);
    const taken = queue.add('d', '1\n');
    const closing = queue.close();
    await expect(queue.add('d', '2\n')).rejects.toBeInstanceOf(EngineError);
    (await disk.nth(1)).end();
    await Promise.all([taken, closing]);
  });
});
