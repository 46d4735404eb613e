// What must hold for every answer of a server of ours.
import { errorCatalogue } from '@fettle/contract';
import { CANARY, CANARY_VALUE } from './arbitraries/hostile.ts';

/** A server that takes longer than this hangs. */
const DEADLINE_MS = 25_000;
/** No answer is anywhere near this. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Codes of oRPC itself, for what never reaches a procedure. */
const CODES = new Set([...Object.keys(errorCatalogue), 'METHOD_NOT_SUPPORTED']);

/** One request, as it is sent. */
export type Sent = {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** `null`: none. */
  body: string | Uint8Array | null;
};

/** How an error looks: within `json` over RPC, by itself over REST, either on evidence's paths, or as a line of text on a slot. */
export type ErrorShape = 'rpc' | 'rest' | 'either' | 'text';

/** Sends it, and throws when the answer is none that we may give. */
export async function expectGoodAnswer(base: string, sent: Sent, shape: ErrorShape): Promise<void> {
  const { status, text } = await ask(base, sent);
  const say = (what: string): Error =>
    new Error(`${what}: ${status} ${text.slice(0, 500)} to ${sent.method} ${sent.path}`);
  if (status === 500) throw say('something is broken');
  if (text.length > MOST_BYTES) throw say('the answer has no bound');
  if (status < 400) return;
  // What was taken before, such as the reason of a pin, may be told in a conflict.
  const echoed = [CANARY, CANARY_VALUE].some((one) => text.includes(one));
  if (echoed && status !== 409) throw say('what was sent is echoed');
  if ((shape === 'text' && !text.startsWith('{')) || sent.method === 'HEAD') return;
  const code = codeIn(text, shape);
  if (!CODES.has(code)) throw say(`${code} is no code of ours`);
}

async function ask(
  base: string,
  { method, path, headers, body }: Sent,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers,
    ...(body === null || method === 'GET' || method === 'HEAD' ? {} : { body: body as string }),
    redirect: 'manual',
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  return { status: answer.status, text: await answer.text() };
}

function codeIn(text: string, shape: ErrorShape): string {
  try {
    const body = JSON.parse(text) as { code?: string; json?: { code?: string } };
    const error = shape === 'rpc' ? body.json : shape === 'rest' ? body : (body.json ?? body);
    return error?.code ?? 'an answer without a code';
  } catch {
    return 'an answer that is no JSON';
  }
}
