import { ORPCError, isORPCErrorJson } from '@orpc/client';
import type { IncomingMessage } from 'node:http';

const EVENT_END = '\n\n';

/** The result in an answer. Throws when it is too long, no JSON, or not in the RPC format. */
export async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<unknown> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes`);
  }
  return unwrap(text);
}

/** The values of a stream of events, until the other side says that it is done. Leaving the loop ends the request. */
export async function* readEvents(
  answer: IncomingMessage,
  maxBytes: number,
): AsyncGenerator<unknown, void, undefined> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    text += String(chunk);
    for (let end = text.indexOf(EVENT_END); end >= 0; end = text.indexOf(EVENT_END)) {
      const { event, data } = parseEvent(text.slice(0, end));
      text = text.slice(end + EVENT_END.length);
      if (event === 'done') return;
      if (event === 'error') throw errorOf(unwrap(data));
      if (event === 'message') yield unwrap(data);
    }
    if (text.length > maxBytes) throw new Error(`An event is longer than ${maxBytes} bytes`);
  }
  throw new Error('The stream of events ended in the middle');
}

/** One event of a stream; a comment, which keeps the connection open, has none. */
function parseEvent(block: string): { event: string | null; data: string } {
  let event: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    else if (line.startsWith('data: ')) data.push(line.slice('data: '.length));
  }
  return { event, data: data.join('\n') };
}

/** `meta` names places that hold something other than JSON; none of our contracts has any. */
function unwrap(text: string): unknown {
  const wrapped: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof wrapped !== 'object' || wrapped === null || Array.isArray(wrapped))
    throw new Error('The answer is not in the RPC format');
  const { json, meta } = wrapped as { json?: unknown; meta?: unknown };
  if (Array.isArray(meta) && meta.length > 0)
    throw new Error('The answer holds types that JSON does not have');
  return json;
}

function errorOf(value: unknown): Error {
  return isORPCErrorJson(value) ? new ORPCError(value.code, value) : new Error('The stream of events failed');
}
