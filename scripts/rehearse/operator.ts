import { setTimeout as pause } from 'node:timers/promises';
import { stopping } from './stopping.ts';

/** Where this tree answers operators. */
export const OPERATOR_PATH = '/api/v1/rpc';

/** Where a release answers operators. */
export function operatorPathOf(version: string): string {
  return version === '0.1.0' ? '/api/rpc' : OPERATOR_PATH;
}

/** Of one call, and of everything that is waited for: only what hangs takes so long, on however busy a computer. */
const CALL_LIMIT_MS = 60_000;
const WAIT_LIMIT_MS = 180_000;

/** Calls procedures by their name, of whichever release: their types are not the same. */
export type Operator = (procedure: string, input?: unknown) => Promise<unknown>;

export function operatorOf(url: string, prefix: string, token: string): Operator {
  return async (procedure, input) => {
    const response = await fetch(`${url}${prefix}/${procedure}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input === undefined ? {} : { json: input }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    });
    const body = (await response.json()) as { json?: unknown };
    if (!response.ok)
      throw new Error(`${procedure} answers ${response.status}: ${JSON.stringify(body.json)}`);
    return body.json;
  };
}

/** The part of a project's view that a rehearsal looks at. */
export type Project = {
  slots: { slot: string; machineId: string | null; phase: string | null; machines: string[] }[];
};

/** Asks until it fits; throws with the last answer after the limit. */
export async function until<T>(what: string, ask: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  const limit = performance.now() + WAIT_LIMIT_MS;
  for (let last: unknown = 'nothing'; ; await pause(150, undefined, { signal: stopping })) {
    try {
      const value = await ask();
      if (fits(value)) return value;
      last = JSON.stringify(value).slice(0, 2000);
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > limit)
      throw new Error(`${what}: not within ${WAIT_LIMIT_MS / 1000} s; last: ${String(last)}`);
  }
}
