import path from 'node:path';
import { type CloudflareServer, startCloudflareServer } from '@fettle/cloudflare-server';
import { execa } from 'execa';
import { stopping } from './stopping.ts';

export const STAGE = 'rehearsal';
export const SCRIPT = `fettle-${STAGE}`;
const ROOT = path.resolve(import.meta.dirname, '../..');
const ACCOUNT_ID = 'a0'.repeat(16);
/** Only what hangs takes so long. */
const LIMIT_MS = 180_000;
const API_TOKEN = 'token-of-the-rehearsal';
const made = (what: string) => `rehearsal-${what}-0123456789abcdefghij`;

/** Keys of the rehearsal; nothing but the rehearsal knows them. */
export const KEYS = {
  FETTLE_MACHINE_KEY: made('machine-key'),
  FETTLE_COMMAND_KEY: made('command-key'),
  FETTLE_TOKEN_KEY: made('token-key'),
  FETTLE_OPERATOR_TOKEN: made('operator-token'),
  FETTLE_HOST_TOKEN: made('host-token'),
};

export type DeployRun = {
  exitCode: number;
  events: Record<string, unknown>[];
  output: string;
  calls: number;
};

/** A local Cloudflare, and what deploys to it. */
export type Deployment = {
  server: CloudflareServer;
  /** Runs `scripts/deploy.ts` as a person does; `calls` is where its calls begin. */
  deploy(args: readonly string[], more?: Record<string, string>): Promise<DeployRun>;
  close(): Promise<void>;
};

/** Variables of a deployment to the server, with a host-agent at `hostUrl`. */
export async function openDeployment(folder: string, hostUrl: string): Promise<Deployment> {
  const server = await startCloudflareServer({
    folder: path.join(folder, 'cloudflare'),
    accountId: ACCOUNT_ID,
    token: API_TOKEN,
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    CLOUDFLARE_BASE_URL: server.baseUrl,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
    CLOUDFLARE_API_TOKEN: API_TOKEN,
    ALCHEMY_PASSWORD: made('password'),
    FETTLE_DEPLOY_STATE_DIR: path.join(folder, 'state'),
    FETTLE_HOST_URL: hostUrl,
    ...KEYS,
  };
  return {
    server,
    async deploy(args, more = {}) {
      const calls = server.calls.length;
      const { exitCode, stdout, all } = await execa(
        process.execPath,
        ['scripts/deploy.ts', '--stage', STAGE, '--json', ...args],
        {
          cwd: ROOT,
          env: { ...env, ...more },
          extendEnv: false,
          reject: false,
          all: true,
          timeout: LIMIT_MS,
          cancelSignal: stopping,
        },
      );
      const events = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      return { exitCode: exitCode ?? 1, events, output: all, calls };
    },
    close: () => server.close(),
  };
}
