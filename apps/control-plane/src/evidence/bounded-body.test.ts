import { expect, test } from 'vitest';
import { boundedBody, MOST_WITHOUT_LENGTH } from './bounded-body.ts';

/** A body in chunks of 10 bytes, which says when it is given up. */
function chunked(chunks: number) {
  const told = { cancelled: false, pulled: 0 };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (told.pulled === chunks) return controller.close();
        told.pulled += 1;
        controller.enqueue(new Uint8Array(10).fill(told.pulled));
      },
      cancel: () => void (told.cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { body, told };
}

test('a body that says its length goes on as it is, unread', async () => {
  const { body, told } = chunked(3);
  expect(await boundedBody({ headers: new Headers({ 'content-length': '30' }), body }, 30)).toBe(body);
  expect(told.pulled).toBe(0);
});

test('a body that says that it is too long is refused unread', async () => {
  const { body, told } = chunked(3);
  expect(await boundedBody({ headers: new Headers({ 'content-length': '31' }), body }, 30)).toBeNull();
  expect(told.pulled).toBe(0);
});

test('a body without a length is read to its end', async () => {
  const { body } = chunked(3);
  const whole = (await boundedBody({ headers: new Headers(), body }, 30)) as Uint8Array;
  expect([...whole]).toEqual([1, 2, 3].flatMap((value) => Array.from({ length: 10 }, () => value)));
});

test('a body without a length is given up as soon as too much has come', async () => {
  const { body, told } = chunked(1000);
  expect(await boundedBody({ headers: new Headers(), body }, 30)).toBeNull();
  expect(told).toEqual({ cancelled: true, pulled: 4 });
});

test('a body without a length is never more than an isolate can hold for many', async () => {
  const chunks = MOST_WITHOUT_LENGTH / 10 + 5;
  const { body, told } = chunked(chunks);
  expect(await boundedBody({ headers: new Headers(), body }, 32 * MOST_WITHOUT_LENGTH)).toBeNull();
  expect(told.cancelled).toBe(true);
});

test('a request without a body is an empty part', async () => {
  expect(await boundedBody({ headers: new Headers(), body: null }, 30)).toEqual(new Uint8Array());
});
