import type { GatewayAnswer } from '../core/gateway.ts';

/** A whole answer; `headers` has its content type. */
export type Answer = { status: number; headers: Record<string, string>; body: string | Uint8Array };

export const JSON_TYPE = { 'content-type': 'application/json' };

/** A refusal of the gateway's. */
export function gatewayAnswer({ status, body }: GatewayAnswer, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}

/** A text, as the SQL API sends its errors. */
export function textAnswer(status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers }, body: text };
}
