/**
 * Numbered migrations of an object's SQLite. A migration never changes once it has run anywhere; the next change is
 * a new one.
 */
export type Migration = {
  number: number;
  statements: string[];
  /** What SQL alone cannot say, after the statements. */
  convert?: (sql: SqlStorage) => void;
};

/** Runs what has not run yet, each migration in one transaction. Synchronous. */
export function migrate(storage: DurableObjectStorage, migrations: readonly Migration[]): void {
  const { sql } = storage;
  sql.exec('CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, at INTEGER NOT NULL)');
  const done = Number(sql.exec('SELECT coalesce(max(number), 0) AS number FROM migrations').one().number);
  for (const migration of migrations.filter((one) => one.number > done)) {
    storage.transactionSync(() => {
      for (const statement of migration.statements) sql.exec(statement);
      migration.convert?.(sql);
      sql.exec('INSERT INTO migrations (number, at) VALUES (?, ?)', migration.number, Date.now());
    });
  }
}
