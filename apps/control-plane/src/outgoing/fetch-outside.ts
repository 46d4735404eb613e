import { allowTarget, type Allowed } from './allow-target.ts';

/** How far one request may go. */
export type OutgoingLimits = {
  allow: Allowed;
  /** Deadline of the whole answer, in milliseconds; of its beginning where `maxBytes` is `null`. */
  timeoutMs: number;
  /** The longest answer; `null`: it is handed on as it comes, and whoever asks says with a signal when it must end. */
  maxBytes: number | null;
};

/** Why a request was not sent, or its answer not taken. Says nothing of what was in either. */
export class OutgoingRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OutgoingRefused';
  }
}

/**
 * Sends a request to the outside; nothing else in the control plane does. Rejects with an `OutgoingRefused` where the
 * target is not allowed or the answer is too long, with a `TimeoutError` where it comes too late, else with what `fetch`
 * rejects with. A redirect is an answer like any other: whoever redirects us is not who we were allowed to ask.
 */
export async function fetchOutside(
  target: Request | string,
  init: RequestInit,
  { allow, timeoutMs, maxBytes }: OutgoingLimits,
): Promise<Response> {
  const url = typeof target === 'string' ? target : target.url;
  const verdict = allowTarget(url, allow);
  if (!verdict.ok) throw new OutgoingRefused(verdict.why);
  const deadline = openDeadline(timeoutMs);
  const theirs = init.signal ?? (typeof target === 'string' ? null : target.signal);
  const signal = theirs === null ? deadline.signal : AbortSignal.any([theirs, deadline.signal]);
  try {
    const response = await fetch(target, { ...init, redirect: 'manual', signal });
    if (maxBytes !== null && response.body !== null) return await bounded(response, maxBytes, deadline.close);
    deadline.close();
    return response;
  } catch (error) {
    deadline.close();
    throw error;
  }
}

/** A deadline that is over when it is closed: an object with a timer is kept in memory, and billed. */
function openDeadline(timeoutMs: number): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController();
  const late = () =>
    controller.abort(new DOMException(`There was no answer within ${timeoutMs} ms`, 'TimeoutError'));
  const timer = setTimeout(late, timeoutMs);
  return { signal: controller.signal, close: () => clearTimeout(timer) };
}

/** The same answer, which breaks off when it is longer than it may be. `ended` is called once it is over in any way. */
async function bounded(response: Response, maxBytes: number, ended: () => void): Promise<Response> {
  const { body, headers, status, statusText } = response;
  if (body === null) return response;
  if (Number(headers.get('content-length')) > maxBytes) {
    await body.cancel();
    throw new OutgoingRefused('The answer is longer than it may be');
  }
  const reader = body.getReader();
  let left = maxBytes;
  const passed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          ended();
          return controller.close();
        }
        left -= value.byteLength;
        if (left < 0) throw new OutgoingRefused('The answer is longer than it may be');
        controller.enqueue(value);
      } catch (error) {
        ended();
        controller.error(error);
        // What comes still is not waited for; that it cannot be called off changes nothing.
        await reader.cancel(error).catch(() => undefined);
      }
    },
    async cancel(reason) {
      ended();
      await reader.cancel(reason);
    },
  });
  return new Response(passed, { status, statusText, headers });
}
