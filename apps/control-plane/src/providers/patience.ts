/**
 * A provider that answers 429 says that it has too much to do, and for how long it wants to be left alone. It says so
 * to all of us: every object of this isolate asks it nothing until then.
 */
import { ProviderError } from './machine-provider.ts';

/** Whatever a provider asks for, after this long it is asked again: a machine must not be left alone for hours. */
const LONGEST_MS = 5 * 60_000;

/** When each provider, by its address, may be asked again. */
const mayAskAt = new Map<string, number>();

/** Throws, without anything being sent, while a provider wants to be left alone. */
export function assertMayAsk(url: string, now: number): void {
  const restMs = (mayAskAt.get(url) ?? 0) - now;
  if (restMs > 0) throw tooMany(`it wants to be left alone for ${Math.ceil(restMs / 1000)} s more`);
  mayAskAt.delete(url);
}

/** Throws when an answer of the provider itself is a 429, and remembers what it asks for. */
export function heed(url: string, { status, headers }: Response, now: number): void {
  if (status !== 429) return;
  const restMs = Math.min(readRetryAfter(headers.get('retry-after'), now), LONGEST_MS);
  mayAskAt.set(url, Math.max(mayAskAt.get(url) ?? 0, now + restMs));
  throw tooMany(restMs === 0 ? 'try again later' : `try again in ${Math.ceil(restMs / 1000)} s`);
}

/** Milliseconds from now on: the header holds seconds or a date (RFC 9110, 10.2.3). 0: it says nothing that can be kept. */
function readRetryAfter(header: string | null, now: number): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}

function tooMany(words: string): ProviderError {
  return new ProviderError('PROVIDER_FAILED', `The provider has too many requests: ${words}`, {
    retryable: true,
  });
}
