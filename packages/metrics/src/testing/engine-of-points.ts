import { openStore, startEngine, type Row } from '@fettle/analytics-engine';
import type { MetricsColumn } from '@fettle/contract';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodePoint, type DataPoint } from '../encode.ts';
import { DATASET } from '../layout.ts';
import type { WrittenPoint } from './fleet-day.ts';

/** What the SQL API answers to a statement in JSON. */
export type SqlAnswer = {
  meta: { name: string; type: string }[];
  data: Record<string, string | number | null>[];
};

/** The local Analytics Engine with points of the past in it. One for each process: its storage can be opened once. */
export type EngineOfPoints = {
  /** Posts a statement as it is. Throws an error with the engine's text when it is refused. */
  ask(sql: string): Promise<SqlAnswer>;
  close(): Promise<void>;
};

const ACCOUNT = '0'.repeat(32);
const TOKEN = 'test-token';

/**
 * Starts an engine on a new folder. The points go into its storage directly, because the time at which a point is
 * written and what it stands for are the engine's own to say; questions go over its HTTP API.
 */
export async function engineOfPoints(
  points: WrittenPoint[],
  watchers: readonly { point: DataPoint; writtenAt: number }[] = [],
): Promise<EngineOfPoints> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fettle-engine-'));
  const limits = { deadlineMs: 30_000, maxMemoryBytes: 1e9, maxAnswerBytes: 1e8 };
  const store = await openStore({
    folder,
    retentionDays: 90,
    gatherMs: 0,
    maxWaitingBytes: 1e9,
    query: limits,
  });
  const rows = watchers.map(({ point, writtenAt }) => ({
    timestamp: Math.floor(writtenAt / 1000),
    sampleInterval: 1,
    point,
  }));
  await store.insert(DATASET, [...points.map(rowOf), ...rows]);
  await store.close();
  const engine = await startEngine({ folder, token: TOKEN, accountId: ACCOUNT });
  return {
    async ask(sql) {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const response = await fetch(engine.sqlUrl, { method: 'POST', headers, body: sql });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}\n${sql}`);
      return JSON.parse(text) as SqlAnswer;
    },
    async close() {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Rows with their figures as numbers, and `null` for what is below 0, as the control plane gives them on. */
export function figures(answer: SqlAnswer, columns: readonly MetricsColumn[]): SqlAnswer['data'] {
  const isText = new Set(columns.filter(({ unit }) => unit === 'text').map(({ name }) => name));
  return answer.data.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        if (isText.has(name)) return [name, value];
        return [name, Number(value) < 0 ? null : Number(value)];
      }),
    ),
  );
}

function rowOf({ identity, bootId, versions, point, writtenAt, weight }: WrittenPoint): Row {
  return {
    timestamp: Math.floor(writtenAt / 1000),
    sampleInterval: weight,
    point: encodePoint({ identity, bootId, versions }, point, writtenAt),
  };
}
