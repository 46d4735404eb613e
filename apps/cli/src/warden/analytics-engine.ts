import * as v from 'valibot';
import type { FleetFolder, FleetState } from '../connection/fleet-state.ts';

/** Account of the local analytics engine. Cloudflare's are 32 hexadecimal digits; this one is nobody's. */
const ACCOUNT_ID = '0'.repeat(32);

/** Exit code by which the analytics engine says that it cannot run on this computer at all. */
export const ENGINE_CANNOT_RUN = 3;

/** The line that an analytics engine prints when it answers. */
export const AnalyticsEngineReady = v.object({ ready: v.literal(true), url: v.string(), sqlUrl: v.string() });

/** Base URL of the fleet's own analytics engine. */
export function analyticsEngineUrl({ analyticsPort }: Pick<FleetState, 'analyticsPort'>): string {
  return `http://127.0.0.1:${analyticsPort}`;
}

/** Where it is asked in SQL: the path that Cloudflare's own API has. */
export function sqlUrl(state: Pick<FleetState, 'analyticsPort'>): string {
  return `${analyticsEngineUrl(state)}/client/v4/accounts/${ACCOUNT_ID}/analytics_engine/sql`;
}

/** The command line of an analytics engine for this fleet. */
export function analyticsEngineCommand(folder: FleetFolder, state: FleetState): string[] {
  return [
    process.execPath,
    'packages/analytics-engine/src/main.ts',
    '--port',
    String(state.analyticsPort),
    '--folder',
    folder.analytics,
    '--account-id',
    ACCOUNT_ID,
    '--token-file',
    folder.analyticsTokenFile,
    '--exit-with-stdin',
  ];
}
