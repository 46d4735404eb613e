import { createFettleClient, type FettleClient } from '@fettle/client';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fleetFolder, type FleetState } from '../apps/cli/src/connection/fleet-state.ts';
import { DRILL_POLICY } from '../apps/cli/src/drill/drill-policy.ts';
import { demoTemplate } from '../apps/cli/src/start/demo-policy.ts';
import { openBoundedLog, type BoundedLog } from '../apps/cli/src/warden/bounded-log.ts';
import { controlPlanePart, hostAgentPart, providerServerPart } from '../apps/cli/src/warden/fleet-parts.ts';
import { startPart, type Part } from '../apps/cli/src/warden/part.ts';
import { prepareState } from '../apps/cli/src/warden/prepare-state.ts';
import { askHostImage, providerEnvironment } from '../apps/cli/src/warden/provider-server.ts';
import { resetFleet } from '../apps/cli/src/warden/reset-fleet.ts';
import { openRunLog, type PartName } from '../apps/cli/src/warden/run-record.ts';
import { Policy } from '../packages/contract/src/policy.ts';
import * as v from 'valibot';
import { prepareFiles } from './fleet-files.ts';
import type { Secret } from './find-secrets.ts';
import { servePrivately, type PrivateGit } from './private-git.ts';

/** A fleet with one machine of Fly, whose secrets are known to the test. */
export type PlantedFleet = {
  state: FleetState;
  folder: string;
  client: FettleClient;
  project: string;
  /** Of the fleet itself: keys, tokens, the password in the clone URLs. */
  own: Secret[];
  /** What the machine's service writes into its log, in forms that secrets have. */
  logged: Secret[];
  end(): Promise<void>;
};

const PROJECT = 'planted';

const plant = (): string => randomBytes(24).toString('hex');

/** Starts one: machines as processes, behind the local server of Fly's API, repositories behind a password. */
export async function openPlantedFleet(): Promise<PlantedFleet> {
  const root = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-planted-'));
  const folder = fleetFolder(root);
  const parts: Part[] = [];
  const logs: BoundedLog[] = [];
  let repositories: PrivateGit | null = null;

  async function end(): Promise<void> {
    for (const part of parts.toReversed()) await part.stop();
    repositories?.close();
    for (const log of logs) log.close();
    await resetFleet(root, AbortSignal.timeout(120_000));
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    const state = await prepareState(folder, {
      state: root,
      port: 0,
      backend: 'process',
      provider: 'fly',
      project: PROJECT,
      metrics: null,
    });
    const runLog = openRunLog(folder);
    const heads = await prepareFiles(folder);
    const password = plant();
    repositories = await servePrivately(folder.repos, ['platform', 'customer'], password);
    const common = (name: PartName) => {
      const log = openBoundedLog(path.join(folder.logs, `${name}.log`));
      logs.push(log);
      return { folder, state, runLog, log, onTrouble: (message: string) => log.write(message) };
    };
    parts.push(
      await startPart(
        hostAgentPart({ ...common('host-agent'), backend: 'process', onReady: () => undefined }),
      ),
      await startPart(providerServerPart({ ...common('provider-server'), cloud: 'fly' })),
    );
    const provider = {
      ...providerEnvironment(folder, state, await askHostImage(state)),
      FETTLE_PLATFORM_REPOSITORY: repositories.url('platform'),
      FETTLE_CUSTOMER_REPOSITORY: repositories.url('customer'),
    };
    parts.push(await startPart(controlPlanePart({ ...common('control-plane'), metrics: null, provider })));

    const client = createFettleClient({ url: state.url, token: state.operatorToken });
    const logged = plantedLines();
    const template = demoTemplate(heads, 'fly');
    await client.projects.apply({
      organization: 'local',
      project: PROJECT,
      slots: ['web-1'],
      template: {
        ...template,
        services: template.services.map((service) => ({ ...service, command: talkative(logged) })),
      },
      // A machine that is sick is restarted at once, after its evidence was collected.
      policy: v.parse(Policy, {
        ...DRILL_POLICY,
        ladder: [
          { level: 3, attempts: 1, timeoutMs: 120_000 },
          { level: 4, attempts: 1, timeoutMs: 300_000 },
        ],
      }),
    });
    const { machineKey, commandKey, tokenKey, operatorToken, hostToken, providerKey } = state;
    const keys = { machineKey, commandKey, tokenKey, operatorToken, hostToken, providerKey, password };
    return {
      state,
      folder: root,
      client,
      project: PROJECT,
      own: Object.entries(keys).map(([name, is]) => ({ name, is })),
      logged: logged.map(({ name, is }) => ({ name, is })),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

type PlantedLine = Secret & { line: string };

function plantedLines(): PlantedLine[] {
  const line = (name: string, write: (secret: string) => string): PlantedLine => {
    const is = plant();
    return { name, is, line: write(is) };
  };
  return [
    line('a header', (secret) => `GET / authorization: Bearer ${secret}`),
    line('a URL', (secret) => `connecting to postgres://web:${secret}@db.example/web`),
    line('a variable', (secret) => `DATABASE_PASSWORD=${secret}`),
    line('a field', (secret) => `{"user":"web","apiKey":"${secret}"}`),
  ];
}

/**
 * The example's service, which writes lines with secrets into its log, and its own machine's credentials as well. They are
 * encoded: what a service is started with is shown to operators, and is no place for secrets.
 */
function talkative(lines: readonly PlantedLine[]): string[] {
  const encoded = Buffer.from(JSON.stringify(lines.map(({ line }) => line))).toString('base64');
  const script = `
    for (const line of JSON.parse(Buffer.from('${encoded}', 'base64'))) console.log(line);
    console.log(require('fs').readFileSync(process.env.DATA_DIR + '/../fettle/credentials.json', 'utf8'));
    import('./server.mjs');`;
  // As a contract bounds a single argument at 1000 characters.
  return ['node', '-e', script.replaceAll(/\n\s+/g, ' ').trim()];
}
