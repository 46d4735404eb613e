import { expect, it } from 'vitest';
import { createMachineQueue } from './machine-queue.ts';

it('does the work of one machine in order, also after a failure, and of two machines side by side', async () => {
  const queue = createMachineQueue();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = queue.run('a', async () => {
    await first.promise;
    done.push('a1');
    throw new Error('no');
  });
  const second = queue.run('a', async () => done.push('a2'));
  await queue.run('b', async () => done.push('b1'));
  expect(done).toEqual(['b1']);
  first.resolve();
  await expect(failing).rejects.toThrow('no');
  await second;
  expect(done).toEqual(['b1', 'a1', 'a2']);
});

it('is drained when everything queued has ended', async () => {
  const queue = createMachineQueue();
  const work = Promise.withResolvers<void>();
  let drained = false;
  const ran = queue.run('a', () => work.promise);
  const waiting = queue.drained().then(() => (drained = true));
  await Promise.resolve();
  expect(drained).toBe(false);
  work.resolve();
  await Promise.all([ran, waiting]);
  expect(drained).toBe(true);
});
