import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

const queueOf = (limit: number) => new BoundedQueue<string>(limit, (lost) => `${lost} lost`);
async function collect(queue: BoundedQueue<string>, signal?: AbortSignal): Promise<string[]> {
  const items: string[] = [];
  for await (const item of queue.drain(signal, () => {})) items.push(item);
  return items;
}

describe('BoundedQueue', () => {
  it('gives everything in order until it is closed', async () => {
    const queue = queueOf(10);
    for (const item of ['a', 'b']) queue.push(item);
    const collected = collect(queue);
    queue.push('c');
    queue.close();
    queue.push('too late');
    expect(await collected).toEqual(['a', 'b', 'c']);
  });

  it('wakes a consumer that waits', async () => {
    const queue = queueOf(10);
    const first = queue.drain(undefined, () => {}).next();
    queue.push('a');
    expect(await first).toEqual({ done: false, value: 'a' });
  });

  it('drops the oldest half when it overflows, and says how many', async () => {
    const queue = queueOf(4);
    for (const item of ['a', 'b', 'c', 'd', 'e']) queue.push(item);
    queue.close();
    expect(await collect(queue)).toEqual(['2 lost', 'c', 'd', 'e']);
  });

  it('never holds more than its limit', async () => {
    const queue = queueOf(100);
    for (let i = 0; i < 10_000; i++) queue.push(String(i));
    queue.close();
    const [loss = '', ...items] = await collect(queue);
    expect(items.length).toBeLessThanOrEqual(100);
    expect(Number.parseInt(loss)).toBe(10_000 - items.length);
    expect(items.at(-1)).toBe('9999');
  });

  it('ends with its signal, also while it waits', async () => {
    const abort = new AbortController();
    const collected = collect(queueOf(10), abort.signal);
    abort.abort();
    expect(await collected).toEqual([]);
  });

  it('tells its owner when the consumer leaves', async () => {
    const queue = queueOf(10);
    queue.push('a');
    let ended = false;
    for await (const item of queue.drain(undefined, () => (ended = true))) {
      expect(item).toBe('a');
      break;
    }
    expect(ended).toBe(true);
  });

  it('drops by weight, and counts what is lost, where items differ in size', async () => {
    const queue = new BoundedQueue<string>(10, (lost) => `${lost} lost`, {
      weigh: (item) => item.length,
      count: (item) => item.split(' ').length,
    });
    for (const item of ['a b c', 'dd', 'eee', 'f']) queue.push(item);
    queue.close();
    expect(await collect(queue)).toEqual(['3 lost', 'dd', 'eee', 'f']);
  });

  it('keeps the newest item, however heavy', async () => {
    const queue = new BoundedQueue<string>(10, (lost) => `${lost} lost`, { weigh: (item) => item.length });
    for (const item of ['a', 'x'.repeat(100)]) queue.push(item);
    queue.close();
    expect(await collect(queue)).toEqual(['1 lost', 'x'.repeat(100)]);
  });
});
