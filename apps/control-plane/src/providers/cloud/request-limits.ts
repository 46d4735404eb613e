import { ProviderError } from '../machine-provider.ts';
import { rememberIn } from '../../bounded-memory.ts';
import { freshBucket, learn, spend, waitMs, type Bucket, type Rate, type Told } from './token-bucket.ts';

/** More buckets than an isolate has machines to ask about. */
const MOST_BUCKETS = 10_000;

/** Every object of this isolate that uses the same key shares what the provider takes from it. */
const buckets = new Map<string, Bucket>();

/** One limit that a request counts against. `header`: the suffix of the headers that tell of it, `null` for plain ones. */
export type Limit = { name: string; rate: Rate; header: string | null };

/** What one key may still ask. */
export class RequestLimits {
  private readonly owner: string;

  /** `owner`: whose limits these are, for example the provider and the organization's key, hashed. */
  constructor(owner: string) {
    this.owner = owner;
  }

  /** Waits for its turn, and throws RATE_LIMITED at once when that would not come before `deadline`. */
  async take(limits: readonly Limit[], deadline: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = Date.now();
      const wait = Math.max(...limits.map((limit) => waitMs(this.bucket(limit, now), now)));
      if (wait === 0) break;
      if (now + wait >= deadline) throw tooMany(wait);
      await sleep(wait, signal);
    }
    const now = Date.now();
    for (const limit of limits) this.put(limit, spend(this.bucket(limit, now), now));
  }

  learn(limit: Limit, told: Told): void {
    const now = Date.now();
    this.put(limit, learn(this.bucket(limit, now), told, now));
  }

  private bucket(limit: Limit, now: number): Bucket {
    return buckets.get(`${this.owner} ${limit.name}`) ?? freshBucket(limit.rate, now);
  }

  private put(limit: Limit, bucket: Bucket): void {
    rememberIn(buckets, `${this.owner} ${limit.name}`, bucket, MOST_BUCKETS);
  }
}

/** Tells keys apart in memory without keeping one (FNV-1a, 32 bits); not for anything that must be hard to guess. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(36);
}

function tooMany(waitMs: number): ProviderError {
  const seconds = Math.ceil(waitMs / 1000);
  return new ProviderError('RATE_LIMITED', `The provider asks for fewer requests: again in ${seconds} s`);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}
