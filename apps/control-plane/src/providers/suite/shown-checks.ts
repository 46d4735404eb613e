import { appendFile } from 'node:fs/promises';
import { afterAll, afterEach } from 'vitest';

/** What the suite has shown of one provider. */
export type ShownChecks = {
  provider: string;
  checks: { name: string; outcome: 'pass' | 'fail' }[];
};

/**
 * Has every test of the surrounding `describe` noted. When FETTLE_CAPABILITIES_FILE names a file, one line of JSON is
 * appended to it for each provider, a `ShownChecks`.
 */
export function noteChecks(provider: string): void {
  const checks: ShownChecks['checks'] = [];
  afterEach(({ task }) => {
    checks.push({ name: task.name, outcome: task.result?.state === 'pass' ? 'pass' : 'fail' });
  });
  afterAll(async () => {
    const file = process.env.FETTLE_CAPABILITIES_FILE;
    if (file !== undefined && file !== '')
      await appendFile(file, `${JSON.stringify({ provider, checks } satisfies ShownChecks)}\n`);
  });
}
