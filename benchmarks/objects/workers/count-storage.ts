import type { Counted } from '../counted.ts';

/** Counted by every object of this worker: they share one isolate. */
export const counted: Counted = {
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  pointsWritten: 0,
  requests: { alarms: 0, reports: 0, sweeps: 0, projectSweeps: 0, projectAlarms: 0 },
  activeMs: 0,
};

const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];

/** Has everything counted that this object asks of its storage. */
export function countStorage(storage: DurableObjectStorage): void {
  const { sql } = storage;
  const exec = sql.exec.bind(sql);
  Object.defineProperty(sql, 'exec', {
    value: (query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    },
  });
  for (const name of ['setAlarm', 'deleteAlarm'] as const) {
    const method = storage[name].bind(storage) as (...args: unknown[]) => Promise<void>;
    Object.defineProperty(storage, name, {
      value: (...args: unknown[]) => {
        counted.alarmsSet += 1;
        return method(...args);
      },
    });
  }
}

/** Adds up what the statements since the last time have cost: a cursor knows it once it was read. */
export function addRows(): void {
  for (const { rowsRead, rowsWritten } of cursors.splice(0)) {
    counted.rowsRead += rowsRead;
    counted.rowsWritten += rowsWritten;
  }
}
