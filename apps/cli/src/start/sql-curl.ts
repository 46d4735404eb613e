import path from 'node:path';

/** Mean cpu of each machine, over all that is kept. What the columns mean is in docs/metrics.md. */
const QUERY = `SELECT index1 AS machine, SUM(_sample_interval * double1) / SUM(_sample_interval) AS cpu_percent
  FROM machine_metrics WHERE blob4 = 'resource' AND double1 >= 0 GROUP BY machine ORDER BY machine`;

/**
 * A command to paste into a shell in the project's folder, which asks the SQL API. The token comes out of the state
 * folder, so that neither the screen nor the shell's history shows it.
 */
export function sqlCurl({ sqlUrl, state }: { sqlUrl: string; state: string }): string {
  const stateFile = path.join(path.resolve(state), 'state.json');
  const nearby = path.relative('', stateFile);
  const file = nearby.startsWith('..') ? stateFile : `./${nearby}`;
  return `curl ${sqlUrl} \\
  -H "Authorization: Bearer $(node -p "require('${file}').analyticsToken")" \\
  -d "${QUERY}"`;
}
