/** A provider for Daytona over a scripted API, with one machine. */
import { BOOTSTRAP_PATH } from '@fettle/contract';
import { createDaytonaProvider } from '../src/providers/daytona/daytona-provider.ts';
import { memoryJournal, type ProviderJournal } from '../src/providers/journal.ts';
import type { MachineProvider, NewMachine } from '../src/providers/machine-provider.ts';
import { newMachine } from './new-machine.ts';
import { scriptedApi, type ScriptedApi } from './scripted-api.ts';

export const MACHINE = 'demo.web-1.1';
export const KEY = 'dtn_key-of-the-organization';
export const SANDBOX = `/sandbox/${MACHINE}`;
/** Puts the bootstrap file into the sandbox. */
export const UPLOAD = `POST /toolbox/sb-1/files/upload-v2?path=${encodeURIComponent(BOOTSTRAP_PATH)}`;

let benches = 0;

export type DaytonaBench = {
  api: ScriptedApi;
  provider: MachineProvider;
  journal: ProviderJournal<unknown>;
  /** Another instance on the same journal, as after a crash. */
  reopened(): MachineProvider;
  action(sequence: number): { id: string; sequence: number };
  /** The sandbox as Daytona tells it, with the labels that it was made with. */
  sandbox(state: string, overrides?: Record<string, unknown>): { json: Record<string, unknown> };
  /** Makes the machine and sees it run; forgets what was asked. */
  create(overrides?: Partial<NewMachine>): Promise<void>;
  /** How often the journal was written since this was last asked. */
  writes(): number;
};

export function daytonaBench(now: () => number = () => 1_700_000_000_000): DaytonaBench {
  // Limits are shared by all who ask the same address with the same key.
  const url = `https://daytona-${(benches += 1)}.test/api`;
  const api = scriptedApi(url);
  const memory = memoryJournal<unknown>();
  let written = 0;
  const journal: ProviderJournal<unknown> = {
    read: memory.read,
    write: (machineId, entry) => {
      written += 1;
      memory.write(machineId, entry);
    },
  };
  const surroundings = {
    controlUrl: 'https://fettle.example',
    repositories: { platform: 'https://git.example/platform', customer: 'https://git.example/customer' },
  };
  const options = {
    url,
    key: KEY,
    organization: null,
    previewHosts: ['proxy.test'],
    snapshot: 'fettle-1',
    surroundings,
  };
  const open = () => createDaytonaProvider(options, { journal, timeoutMs: 10_000, now, send: api.send });
  const provider = open();
  const action = (sequence: number) => ({ id: `${MACHINE}/${sequence}`, sequence });
  let labels: unknown = {};
  const sandbox = (state: string, overrides: Record<string, unknown> = {}) => {
    const created = api.sent.findLast(({ method, path }) => method === 'POST' && path === '/sandbox');
    labels = (created?.body as { labels?: unknown } | undefined)?.labels ?? labels;
    const json = { id: 'sb-1', name: MACHINE, labels, state, runnerId: 'runner-7', ...overrides };
    return { json: { ...json, toolboxProxyUrl: `${url}/toolbox` } };
  };
  return {
    api,
    provider,
    journal,
    reopened: open,
    action,
    sandbox,
    async create(overrides = {}) {
      api.script({
        [`GET ${SANDBOX}`]: [{ status: 404, json: { statusCode: 404, message: 'not found' } }],
        'POST /sandbox': () => sandbox('creating'),
      });
      await provider.create(action(1), newMachine(overrides));
      api.script({
        [`GET ${SANDBOX}`]: sandbox('started', { desiredState: 'started' }),
        [UPLOAD]: { json: { name: 'bootstrap.json', path: BOOTSTRAP_PATH, type: 'file' } },
      });
      await provider.inspect(MACHINE);
      api.take();
      written = 0;
    },
    writes() {
      const times = written;
      written = 0;
      return times;
    },
  };
}

/** What Daytona says when there is no such thing. */
export const NOT_FOUND = { status: 404, json: { statusCode: 404, message: 'Sandbox not found' } };
