/** A provider for Fly over a scripted API, with one machine. */
import { createFlyProvider } from '../src/providers/fly/fly-provider.ts';
import { memoryJournal, type ProviderJournal } from '../src/providers/journal.ts';
import type { MachineProvider, NewMachine } from '../src/providers/machine-provider.ts';
import { newMachine } from './new-machine.ts';
import { scriptedApi, type ScriptedApi } from './scripted-api.ts';

export const MACHINE = 'demo.web-1.1';
export const NAME = 'demo--web-1--1';
export const TOKEN = 'fm2_token-of-the-organization';
const APP = '/apps/fleet';
export const MACHINES = `${APP}/machines`;
export const VOLUMES = `${APP}/volumes`;
/** The machine that is made. */
export const ONE = `${MACHINES}/m1`;
export const NOW = 1_700_000_000_000;

let benches = 0;

export type FlyBench = {
  api: ScriptedApi;
  provider: MachineProvider;
  journal: ProviderJournal<unknown>;
  /** Another instance on the same journal, as after a crash. */
  reopened(): MachineProvider;
  action(sequence: number): { id: string; sequence: number };
  /** The machine as Fly tells it, with the config that it was last given. */
  machine(state: string, overrides?: Record<string, unknown>): { json: Record<string, unknown> };
  /** Bodies of the requests to one path, the oldest first. */
  bodies(call: string): Record<string, unknown>[];
  /** Makes the machine and sees it run; forgets what was asked. */
  create(overrides?: Partial<NewMachine>): Promise<void>;
};

export function flyBench(now: () => number = () => NOW): FlyBench {
  // Limits are shared by all who ask the same address with the same key.
  const url = `https://fly-${(benches += 1)}.test/v1`;
  const api = scriptedApi(url);
  const journal = memoryJournal<unknown>();
  const surroundings = {
    controlUrl: 'https://fettle.example',
    repositories: { platform: 'https://git.example/platform', customer: 'https://git.example/customer' },
  };
  const options = { url, token: TOKEN, app: 'fleet', image: 'registry.fly.io/fettle:1', surroundings };
  const open = () =>
    createFlyProvider(
      { ...options, edgeUrl: 'https://fleet.fly.test:{port}' },
      { journal, timeoutMs: 10_000, now, send: api.send },
    );
  const provider = open();
  const action = (sequence: number) => ({ id: `${MACHINE}/${sequence}`, sequence });
  let config: unknown = {};
  const machine = (state: string, overrides: Record<string, unknown> = {}) => {
    const given = api.sent.findLast(
      ({ method, path }) => method === 'POST' && (path === MACHINES || path === ONE),
    );
    config = (given?.body as { config?: unknown } | undefined)?.config ?? config;
    const json = { id: 'm1', name: NAME, state, region: 'fra', instance_id: 'v1', config, host_status: 'ok' };
    return { json: { ...json, events: [startedAt(NOW)], ...overrides } };
  };
  return {
    api,
    provider,
    journal,
    reopened: open,
    action,
    machine,
    bodies: (call) =>
      api.sent
        .filter(({ method, path }) => `${method} ${path}` === call)
        .map(({ body }) => body as Record<string, unknown>),
    async create(overrides = {}) {
      api.script({
        [`POST ${VOLUMES}`]: { json: { id: 'vol1', name: 'fettle', region: 'fra', size_gb: 3 } },
        [`POST ${MACHINES}`]: () => machine('created'),
        [`POST ${ONE}/lease`]: { status: 201, json: { nonce: 'n1' } },
        [`DELETE ${ONE}/lease`]: { json: {} },
      });
      await provider.create(action(1), newMachine(overrides));
      api.script({ [`GET ${ONE}`]: machine('started') });
      await provider.inspect(MACHINE);
      api.take();
    },
  };
}

/** An event of a run that began. */
export function startedAt(timestamp: number) {
  return { id: `start-${timestamp}`, type: 'start', status: 'started', source: 'flyd', timestamp };
}

/** What Fly says when there is no such thing. */
export const NOT_FOUND = { status: 404, json: { error: 'not found', status: 'unknown' } };
