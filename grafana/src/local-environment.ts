/** Account of the local engine: it has one only, of zeros. */
const LOCAL_ACCOUNT = '0'.repeat(32);

/**
 * Variables that lead Grafana to the local engine, as a file for `docker compose`. `state` is what the running fleet
 * wrote of itself; throws an error that names what is missing from it.
 */
export function localEnvironment(state: unknown): string {
  const { analyticsPort, analyticsToken } = Object(state) as Record<string, unknown>;
  if (!Number.isInteger(analyticsPort))
    throw new Error(`expected a port in analyticsPort, got ${JSON.stringify(analyticsPort)}`);
  if (typeof analyticsToken !== 'string' || !/^[\w.-]+$/.test(analyticsToken))
    throw new Error('expected a token of letters, digits, dots and dashes in analyticsToken');
  return [
    `FETTLE_ANALYTICS_URL=http://127.0.0.1:${analyticsPort}/client/v4/accounts/${LOCAL_ACCOUNT}/analytics_engine/sql`,
    `FETTLE_ANALYTICS_TOKEN=${analyticsToken}`,
    '',
  ].join('\n');
}
