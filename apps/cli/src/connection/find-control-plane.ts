import { connectControlPlane, type ControlPlane } from './control-plane-client.ts';
import { notRunning } from './explain-error.ts';
import { fleetFolder, readFleetState } from './fleet-state.ts';

/** Where a command is told to look. */
export type ConnectionOptions = { url?: string; token?: string; state: string; project?: string };

/** A control plane that a command talks to. */
export type Connection = { client: ControlPlane; url: string; token: string; project: string };

const DEFAULT_PROJECT = 'demo';

/**
 * The control plane to talk to: `--url` and `--token`, else FETTLE_URL and FETTLE_TOKEN, else the fleet of the state
 * folder. Throws `notRunning` where none is known; whether it answers shows at the first call.
 */
export async function findControlPlane(
  options: ConnectionOptions,
  environment: Record<string, string | undefined>,
): Promise<Connection> {
  const state = await readFleetState(fleetFolder(options.state).stateFile);
  const url = options.url ?? environment.FETTLE_URL ?? state?.url;
  const token = options.token ?? environment.FETTLE_TOKEN ?? state?.operatorToken;
  if (url === undefined || token === undefined) throw notRunning(url ?? null);
  const project = options.project ?? environment.FETTLE_PROJECT ?? state?.project ?? DEFAULT_PROJECT;
  return { client: connectControlPlane({ url, token }), url, token, project };
}
