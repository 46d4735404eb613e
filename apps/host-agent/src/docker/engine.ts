import type { IncomingMessage } from 'node:http';
import Docker from 'dockerode';
import { HostFailure } from '../host-failure.ts';
import { agreeOnApiVersion } from '../core/api-version.ts';

/** Longest silence of the engine while it tells what it knows. */
const QUICK_MS = 5_000;
/** Longest silence while it creates, starts, stops or removes; a stop is silent for its whole grace. */
const STEADY_MS = 60_000;
/** Longest silence while it builds, pulls, or moves archives. */
const PATIENT_MS = 10 * 60_000;
const PING_MS = 3_000;

/** The Docker Engine, by how long its silence is borne: a hung engine must not hang its callers. */
export interface Engine {
  quick: Docker;
  steady: Docker;
  patient: Docker;
  /** For people, for example `Docker Engine 20.10.24 (API 1.41)`. */
  description: string;
}

/** Connects to the engine that DOCKER_HOST names, or to the default socket, and agrees on an API version with it. */
export async function connectEngine(): Promise<Engine> {
  try {
    const version = agreeOnApiVersion(await offeredVersion());
    const client = (timeout: number) => new Docker({ timeout, version: `v${version}` });
    const quick = client(QUICK_MS);
    const { Version } = await quick.version();
    const description = `Docker Engine ${Version} (API ${version})`;
    return { quick, steady: client(STEADY_MS), patient: client(PATIENT_MS), description };
  } catch (error) {
    throw new HostFailure('PROVIDER_FAILED', `The Docker Engine does not answer: ${String(error)}`, {
      cause: error,
    });
  }
}

/** Whether an engine answers where machines could run. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await offeredVersion();
    return true;
  } catch {
    // Not installed, not running, or not for this user: for the choice of a backend it is all the same.
    return false;
  }
}

/** The engine's newest API version, from the header of an unversioned ping: no version can be refused there. */
async function offeredVersion(): Promise<string | undefined> {
  const { modem } = new Docker({ timeout: PING_MS });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const ping = { path: '/_ping', method: 'GET', isStream: true, statusCodes: { 200: true } };
    modem.dial(ping, (error: unknown, answer: unknown) => {
      if (error) reject(error);
      else resolve(answer as IncomingMessage);
    });
  });
  response.resume();
  const header = response.headers['api-version'];
  return Array.isArray(header) ? header[0] : header;
}

/** The HTTP status of an engine's refusal, `undefined` when it did not answer at all. */
export function refusalStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** Waits for an engine call and takes refusals with one of these statuses as "it is so already". */
export async function accepting(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    const status = refusalStatus(error);
    if (status === undefined || !statuses.includes(status)) throw error;
  }
}
