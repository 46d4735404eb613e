import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findInvocation, type Invocation } from './invocation.ts';

const ENGINE = { dataset: 'd', token: 't', engine: { fetch: async () => new Response() } };

/** What runs now, and how many marks of others it has looked at. */
let here = '';
let looks = 0;

/** A mark as workerd has it: whoever looks at it from elsewhere gets an error. */
class Mark {
  readonly #owner = here;

  get readyState(): number {
    looks += 1;
    if (this.#owner !== here) throw new Error('Cannot perform I/O on behalf of a different request.');
    return 1;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
  vi.stubGlobal('WebSocket', { OPEN: 1 });
  vi.stubGlobal(
    'WebSocketPair',
    class extends Array<Mark> {
      constructor() {
        super(new Mark(), new Mark());
      }
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** One data point of an invocation, not sent yet. */
function write(name: string): Invocation {
  here = name;
  const invocation = findInvocation();
  invocation.count();
  invocation.gathered.set(ENGINE, [{}]);
  return invocation;
}

it('finds an invocation again, however many others write at the same time', () => {
  const first = write('first');
  for (let i = 0; i < 50; i += 1) write(`other ${i}`);
  expect(write('first')).toBe(first);
});

it('forgets invocations that ended before they could send', () => {
  for (let i = 0; i < 50; i += 1) write(`ended ${i}`);
  vi.advanceTimersByTime(2000);
  write('next');
  looks = 0;
  write('last');
  expect(looks).toBeLessThan(10);
});
