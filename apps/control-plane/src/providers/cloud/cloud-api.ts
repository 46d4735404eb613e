import type * as v from 'valibot';
import { allowTarget, type Allowed } from '../../outgoing/allow-target.ts';
import { withTimeLimit } from '../../time-limit.ts';
import { MOST_ANSWER_BYTES } from '../answer-limits.ts';
import type { SendRequest } from './cloud-means.ts';
import { ProviderError } from '../machine-provider.ts';
import { asProviderError } from '../provider-failure.ts';
import { readAnswer, type Answer, type ReadWords } from './read-answer.ts';
import { readLimits } from './read-limits.ts';
import { RequestLimits, shortHash, type Limit } from './request-limits.ts';

/** How long a provider is left alone that asks for fewer requests and does not say for how long. */
const REST_MS = 1000;

/** One call of a provider's API. */
export type ApiCall<Schema extends v.GenericSchema> = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API's base URL, or a whole URL that the API itself has told. */
  path: string;
  /** Sent as JSON, or as the form that it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** What it counts against. */
  limits: readonly Limit[];
  answer: Schema;
  /** What the body holds that must not come back in any message. */
  secrets?: readonly string[];
  timeoutMs?: number;
};

/** A provider's HTTP API with one key. Every failure is a `ProviderError` without the key in it. */
export class CloudApi {
  private readonly options: {
    /** The provider's name for people. */
    name: string;
    url: string;
    /** Where requests with the key may go. */
    allow: Allowed;
    key: string;
    headers?: Record<string, string>;
    timeoutMs: number;
    words: ReadWords;
    send: SendRequest;
  };
  private readonly limits: RequestLimits;

  constructor(options: CloudApi['options']) {
    this.options = { ...options, url: options.url.replace(/\/+$/, '') };
    this.limits = new RequestLimits(`${this.options.url} ${shortHash(options.key)}`);
  }

  /** Where the API is. */
  get url(): string {
    return this.options.url;
  }

  /** Sends it once its turn has come, and again when the provider refused it for there being too many. */
  async call<Schema extends v.GenericSchema>(call: ApiCall<Schema>): Promise<v.InferOutput<Schema>> {
    const { name, key, words } = this.options;
    const timeoutMs = call.timeoutMs ?? this.options.timeoutMs;
    const deadline = Date.now() + timeoutMs;
    const answer = await withTimeLimit(timeoutMs, (signal) => this.send(call, { deadline, signal })).catch(
      (error: unknown) => {
        throw asProviderError(error);
      },
    );
    return readAnswer(name, answer, { schema: call.answer, words, secrets: [key, ...(call.secrets ?? [])] });
  }

  /** The same, and `null` when the provider does not know what is asked for. */
  async find<Schema extends v.GenericSchema>(call: ApiCall<Schema>): Promise<v.InferOutput<Schema> | null> {
    try {
      return await this.call(call);
    } catch (error) {
      if (error instanceof ProviderError && error.code === 'NOT_FOUND') return null;
      throw error;
    }
  }

  /** An answer may name an address of the API, and may lie. */
  assertOwn(target: string): void {
    const verdict = allowTarget(target, this.options.allow);
    if (verdict.ok) return;
    const message = `${this.options.name} told an address that is not used: ${verdict.why}`;
    throw new ProviderError('PROVIDER_FAILED', message, { retryable: true });
  }

  private async send(
    call: ApiCall<v.GenericSchema>,
    { deadline, signal }: { deadline: number; signal: AbortSignal },
  ): Promise<Answer> {
    const { url, allow, timeoutMs, key, headers, send } = this.options;
    const target = call.path.startsWith('/') ? `${url}${call.path}` : call.path;
    this.assertOwn(target);
    for (;;) {
      await this.limits.take(call.limits, deadline, signal);
      const request = new Request(target, {
        method: call.method,
        headers: {
          authorization: `Bearer ${key}`,
          accept: 'application/json',
          ...(call.body === undefined || call.body instanceof FormData
            ? {}
            : { 'content-type': 'application/json' }),
          ...headers,
          ...call.headers,
        },
        ...(call.body === undefined
          ? {}
          : { body: call.body instanceof FormData ? call.body : JSON.stringify(call.body) }),
        // Whoever redirects us is not the API, and must not get the key.
        redirect: 'manual',
        signal,
      });
      const answerWithinMs = call.timeoutMs ?? timeoutMs;
      const limits = { allow, timeoutMs: answerWithinMs, maxBytes: MOST_ANSWER_BYTES };
      const response = await send(request, limits);
      this.heed(call.limits, response);
      const text = await response.text();
      if (response.status !== 429) return { status: response.status, text };
    }
  }

  private heed(limits: readonly Limit[], { headers, status }: Response): void {
    const now = Date.now();
    const told = limits.map((limit) => ({ limit, told: readLimits(headers, limit.header, now) }));
    for (const one of told) this.limits.learn(one.limit, one.told);
    if (status !== 429 || told.some((one) => isClosed(one.told))) return;
    const { retryMs } = readLimits(headers, null, now);
    for (const { limit } of told)
      this.limits.learn(limit, { limit: null, remaining: null, resetMs: null, retryMs: retryMs ?? REST_MS });
  }
}

function isClosed({ retryMs, remaining, resetMs }: ReturnType<typeof readLimits>): boolean {
  return (retryMs ?? 0) > 0 || (remaining === 0 && (resetMs ?? 0) > 0);
}
