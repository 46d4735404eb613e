import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WirePoint } from '../src/core/data-point.ts';
import { type Engine, type EngineOptions, startEngine } from '../src/engine.ts';

export const TOKEN = 'test-token';
export const ACCOUNT = 'a'.repeat(32);

/** A folder of its own for a test, and how to remove it. */
export async function scratchFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-analytics-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** An engine on a folder of its own, with callers. `close` ends it and removes the folder. */
export async function startTestEngine(options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  const scratch = await scratchFolder();
  const engine = await startEngine({ folder: scratch.folder, token: TOKEN, accountId: ACCOUNT, ...options });
  return {
    ...callers(engine.url),
    ...engine,
    folder: scratch.folder,
    async close() {
      await engine.close();
      await scratch.remove();
    },
  };
}

export type TestEngine = Engine & Callers & { folder: string };

export type Callers = {
  /** Sends data points. */
  write(dataset: string, points: WirePoint[]): Promise<Response>;
  /** Sends a statement. */
  ask(statement: string, init?: RequestInit): Promise<Response>;
  /** The rows of a statement in FORMAT JSON. */
  rows(statement: string): Promise<Record<string, unknown>[]>;
};

/** Callers with the right token. */
export function callers(url: string): Callers {
  const authorization = `Bearer ${TOKEN}`;
  const ask = (statement: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}/client/v4/accounts/${ACCOUNT}/analytics_engine/sql`, {
      method: 'POST',
      headers: { authorization },
      body: statement,
      ...init,
    });
  return {
    ask,
    write: (dataset, points) =>
      fetch(`${url}/ingest/${dataset}`, {
        method: 'POST',
        headers: { authorization },
        body: JSON.stringify({ points }),
      }),
    async rows(statement) {
      const response = await ask(statement);
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return (JSON.parse(text) as { data: Record<string, unknown>[] }).data;
    },
  };
}
