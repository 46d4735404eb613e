import { HostBackend } from '@fettle/contract/host-agent';
import { ProjectName } from '@fettle/contract/ids';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CliFailure, EXIT, systemCode } from '../failure.ts';
import { Provider } from './provider.ts';

const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535));

const FORMAT = 3;

/** What a fleet on this computer must find again at its next start. Holds secrets: mode 0600. */
export const FleetState = v.object({
  format: v.literal(FORMAT),
  /** Base URL of the control plane. */
  url: v.pipe(v.string(), v.url()),
  operatorToken: v.string(),
  /** The control plane shows it to the host-agent. */
  hostToken: v.string(),
  /** Signs machine tokens: with another one, no machine of before could report any more. */
  machineKey: v.string(),
  /** Makes the key pair that signs commands to machines. A state of before this key gets one at the next start. */
  commandKey: v.optional(v.string(), newSecret),
  /** Marks tokens of operators as ours; the same. */
  tokenKey: v.optional(v.string(), newSecret),
  /** The host-agent's port at loopback. */
  hostPort: Port,
  /** The analytics engine's port at loopback: its SQL API, which Grafana and people have the address of. */
  analyticsPort: Port,
  /** Opens the analytics engine, for writing and for asking. */
  analyticsToken: v.string(),
  project: ProjectName,
  /** Who makes the machines. */
  provider: Provider,
  /** The contract server's port at loopback, where machines are those of a cloud. */
  providerPort: Port,
  /** Opens the contract server. */
  providerKey: v.string(),
  /** How machines run; `null` before the first host-agent has said so. */
  backend: v.nullable(HostBackend),
});
export type FleetState = v.InferOutput<typeof FleetState>;

/** Where everything of a fleet is, below its state folder. */
export function fleetFolder(root: string) {
  const base = path.resolve(root);
  return {
    root: base,
    stateFile: path.join(base, 'state.json'),
    hostTokenFile: path.join(base, 'host-token'),
    analyticsTokenFile: path.join(base, 'analytics-token'),
    providerKeyFile: path.join(base, 'provider-key'),
    lockFile: path.join(base, 'lock.db'),
    /** Who holds the lock; only meaningful while it is held. */
    holderFile: path.join(base, 'holder.json'),
    /** What the warden has started. */
    runFile: path.join(base, 'run.json'),
    controlPlane: path.join(base, 'control-plane'),
    host: path.join(base, 'host'),
    /** What the contract server of a cloud keeps. */
    provider: path.join(base, 'provider'),
    /** What was measured. */
    analytics: path.join(base, 'analytics'),
    repos: path.join(base, 'repos'),
    image: path.join(base, 'image-files'),
    logs: path.join(base, 'logs'),
  };
}
export type FleetFolder = ReturnType<typeof fleetFolder>;

const OfFormat = v.object({ format: v.literal(FORMAT) });

/** Reads the state; `null` where there is none. Throws when it is there and cannot be understood. */
export async function readFleetState(file: string): Promise<FleetState | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    return v.parse(FleetState, JSON.parse(text));
  } catch (error) {
    throw unreadable(file, error, isOfFormat(text));
  }
}

function isOfFormat(text: string): boolean {
  return v.is(v.pipe(v.string(), v.parseJson(), OfFormat), text);
}

function unreadable(file: string, cause: unknown, isOfFormat: boolean): CliFailure {
  const message = isOfFormat ? `${file} cannot be read` : `${file} was written by another version of Fettle`;
  return new CliFailure(EXIT.failed, message, { hint: '`npm run reset` forgets this fleet', cause });
}

/** Replaces the state in one step. */
export async function writeFleetState(file: string, state: FleetState): Promise<void> {
  await writePrivately(file, `${JSON.stringify(state, null, 2)}\n`);
}

/** Writes a file that only its owner may read, beside it first, so that nobody ever sees half of it. */
export async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}.new`;
  await writeFile(beside, text, { mode: 0o600 });
  await rename(beside, file);
}

/** A secret that nobody can guess: 256 bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
