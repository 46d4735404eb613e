/** What an answer of a provider's API means. Pure. */
import type { ErrorCode } from '@fettle/contract';
import { redact } from '@fettle/core/redaction';
import * as v from 'valibot';
import { ProviderError } from '../machine-provider.ts';

/** What the provider says when it refuses. */
export type Problem = {
  status: number;
  /** Its own word for the kind of refusal, where it has one. */
  code: string | null;
  message: string;
};

/** An answer, read to its end. */
export type Answer = { status: number; text: string };

/** What a provider's words mean where its status alone does not tell; `null`: nothing in particular. */
export type ReadWords = (problem: Problem) => ErrorCode | null;

/** Daytona says `{statusCode, message, error, code}` with a list for a message now and then; Fly says `{error, status}`. */
const Words = v.object({
  message: v.fallback(v.optional(v.union([v.string(), v.array(v.string())])), undefined),
  error: v.fallback(v.optional(v.string()), undefined),
  status: v.fallback(v.optional(v.string()), undefined),
  code: v.fallback(v.optional(v.string()), undefined),
});

const LONGEST_WORDS = 300;

/** The JSON that a good answer holds, as `schema` reads it; an empty body is `undefined`. Else throws a `ProviderError`. */
export function readAnswer<Schema extends v.GenericSchema>(
  provider: string,
  { status, text }: Answer,
  { schema, words, secrets }: { schema: Schema; words: ReadWords; secrets: readonly string[] },
): v.InferOutput<Schema> {
  const json = jsonIn(text);
  if (status < 200 || status > 299) throw refusal(provider, status, json, words, secrets);
  if (json === null) throw notItsOwn(provider, status, json);
  const parsed = v.safeParse(schema, json.value);
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]) ?? 'the answer';
  throw new ProviderError(
    'PROVIDER_FAILED',
    `${provider} answered ${status}, and ${where} is not what it publishes`,
  );
}

function refusal(
  provider: string,
  status: number,
  json: { value: unknown } | null,
  readWords: ReadWords,
  secrets: readonly string[],
): ProviderError {
  const words = v.safeParse(Words, json?.value);
  const { message, error, status: code, code: word } = words.success ? words.output : {};
  const said = [message ?? error ?? ''].flat().join('; ');
  // An answer without words of the API is of something between us: it says nothing, not even that nothing is there.
  if (json === null || said === '') return notItsOwn(provider, status, json);
  const problem = { status, code: code ?? word ?? null, message: said };
  // A provider may repeat what it was sent.
  const told = redact(said, secrets).slice(0, LONGEST_WORDS);
  const meant = readWords(problem) ?? codeOf(status);
  return new ProviderError(meant, `${provider} ${PHRASES[meant] ?? `answered ${status}`}: ${told}`, {
    retryable: retryableOf(meant, status),
  });
}

const PHRASES: Partial<Record<ErrorCode, string>> = {
  PROVIDER_KEY_REFUSED: 'does not accept our key',
  BAD_REQUEST: 'does not take what we ask for',
  NOT_FOUND: 'does not know that',
  CONFLICT: 'cannot do that now',
  NO_CAPACITY: 'has no room for it',
};

function codeOf(status: number): ErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'PROVIDER_KEY_REFUSED';
    case 404:
    case 410:
      return 'NOT_FOUND';
    case 400:
    case 413:
    case 422:
      return 'BAD_REQUEST';
    case 409:
    case 412:
    case 423:
      return 'CONFLICT';
    case 408:
      return 'DEADLINE_EXCEEDED';
    case 429:
      return 'RATE_LIMITED';
    default:
      return 'PROVIDER_FAILED';
  }
}

/** A conflict passes: it is about a change that is under way. */
function retryableOf(code: ErrorCode, status: number): boolean | undefined {
  if (code === 'CONFLICT') return true;
  return code === 'PROVIDER_FAILED' ? status >= 500 : undefined;
}

function notItsOwn(provider: string, status: number, json: unknown): ProviderError {
  const what = json === null ? 'something that is no JSON' : 'JSON that is not what it publishes';
  const message = `${provider} answered ${status} with ${what}`;
  return new ProviderError('PROVIDER_FAILED', message, { retryable: true });
}

function jsonIn(text: string): { value: unknown } | null {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // What it is instead is of no interest, and may be long.
    return null;
  }
}
