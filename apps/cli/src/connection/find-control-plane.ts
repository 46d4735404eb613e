import { createFettleClient, type FettleClient } from '@fettle/client';
import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { CliFailure, EXIT } from '../failure.ts';
import { notRunning } from './explain-error.ts';
import { fleetFolder, readFleetState, type FleetState } from './fleet-state.ts';

/** Where a command is told to look. A token has no option of its own: every process of a computer can read the others'. */
export type ConnectionOptions = { url?: string; tokenFile?: string; state: string; project?: string };

/** A control plane that a command talks to. */
export type Connection = { client: FettleClient; url: string; token: string; project: string };

type Environment = Record<string, string | undefined>;

const DEFAULT_PROJECT = 'demo';
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The control plane to talk to: `--url`, else FETTLE_URL, else the fleet of the state folder. Throws `notRunning` where
 * none is known, and a usage failure where its token is not known or would go over a network that others can read;
 * whether it answers shows at the first call.
 */
export async function findControlPlane(
  options: ConnectionOptions,
  environment: Environment,
): Promise<Connection> {
  const state = await readFleetState(fleetFolder(options.state).stateFile);
  const url = options.url ?? environment.FETTLE_URL ?? state?.url;
  if (url === undefined) throw notRunning(null);
  assertPrivateWay(url);
  const token = await findToken(url, options, environment, state);
  const project = options.project ?? environment.FETTLE_PROJECT ?? state?.project ?? DEFAULT_PROJECT;
  return { client: createFettleClient({ url, token }), url, token, project };
}

/** The token of the state folder is shown to its own fleet alone: another control plane must not get hold of it. */
async function findToken(
  url: string,
  { tokenFile }: ConnectionOptions,
  { FETTLE_TOKEN }: Environment,
  state: FleetState | null,
): Promise<string> {
  if (tokenFile !== undefined) return readToken(tokenFile);
  if (FETTLE_TOKEN !== undefined && FETTLE_TOKEN !== '') return FETTLE_TOKEN;
  if (state !== null && new URL(state.url).origin === new URL(url).origin) return state.operatorToken;
  throw new CliFailure(EXIT.usage, `no token is known for ${url}`, {
    hint: 'set FETTLE_TOKEN, or name the file that holds it with --token-file',
  });
}

async function readToken(file: string): Promise<string> {
  try {
    const token = (file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8')).trim();
    if (token !== '') return token;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `the token in ${file} cannot be read: ${reason}`, { cause: error });
  }
  throw new CliFailure(EXIT.usage, `there is no token in ${file}`);
}

function assertPrivateWay(url: string): void {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'https:') return;
  if (parsed?.protocol === 'http:' && LOOPBACK.has(parsed.hostname)) return;
  throw new CliFailure(EXIT.usage, `"${url}" is no address that a token can be sent to`, {
    hint: 'expected https://..., or http:// at this computer itself (127.0.0.1, localhost)',
  });
}
