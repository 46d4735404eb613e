// Every Cloudflare resource and binding of Fettle.
//
//   node alchemy.run.ts          deploys (CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, ALCHEMY_PASSWORD; see scripts/deploy.ts)
//   node alchemy.run.ts --dev    runs the same in workerd on this machine, offline
//
// `--dev` is what `alchemy dev` runs, without the three processes that it puts in front. In development:
// - the Worker answers at http://127.0.0.1:$FETTLE_PORT; a taken port is an error, not the next one;
// - state and storage of the objects are under $FETTLE_STATE_DIR/.alchemy and survive restarts; the bundle is in .alchemy;
// - crons are not fired: GET /cdn-cgi/handler/scheduled?cron=* * * * * does it;
// - data points are kept by the local engine at $FETTLE_ANALYTICS_ENGINE_URL, or by nobody when that is not set;
// - SIGTERM ends workerd with this process, so does SIGKILL (scripts/dev/workerd.sh);
// - a workerd that dies alone is not restarted: every request then answers 500 and this process has to be restarted.
import { isDev } from './scripts/dev/prepare.ts'; // first: it sets what alchemy reads when it is loaded
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import alchemy from 'alchemy';
import { DATASET } from '@fettle/metrics/layout';
import { AnalyticsEngineDataset, DurableObjectNamespace, R2Bucket, Worker } from 'alchemy/cloudflare';
import { metricsSettings } from './apps/control-plane/src/metrics/settings.ts';
import { assertWholeProviders } from './apps/control-plane/src/providers/settings.ts';

const CRON_EVERY_MINUTE = '* * * * *';
/** Ends the process when the wanted port is taken (alchemy itself would move on to the next one). */
const EXIT_PORT_TAKEN = 7;

const stateDir = path.resolve(process.env.FETTLE_STATE_DIR ?? '.fettle/control-plane');
const port = Number(process.env.FETTLE_PORT ?? 8787);

// What the control plane would refuse later, with every report or machine, is refused before anything is deployed.
const variables = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
metricsSettings(variables);
assertWholeProviders(variables);

const app = await alchemy('fettle', {
  noTrack: true,
  ...(isDev ? { stage: 'dev', rootDir: ownStateDir(), password: required('FETTLE_MACHINE_KEY') } : {}),
});

/** Evidence is kept as long as copies of machines' data. */
const EVIDENCE_DAYS = 30;

const evidence = await R2Bucket('evidence', {
  name: 'fettle-evidence',
  lifecycle: [
    {
      id: 'forget-old-evidence',
      deleteObjectsTransition: { condition: { type: 'Age', maxAge: EVIDENCE_DAYS * 24 * 60 * 60 } },
    },
  ],
});

export const controlPlane = await Worker('control-plane', {
  name: 'fettle-control-plane',
  entrypoint: 'apps/control-plane/src/worker.ts',
  compatibilityDate: '2026-07-01', // not after the date of the workerd that alchemy brings (1.20260708)
  compatibilityFlags: ['nodejs_compat'],
  crons: [CRON_EVERY_MINUTE],
  bindings: {
    MACHINES: DurableObjectNamespace('machines', { className: 'LocalDockerMachine', sqlite: true }),
    DAYTONA_MACHINES: DurableObjectNamespace('daytona-machines', {
      className: 'DaytonaMachine',
      sqlite: true,
    }),
    FLY_MACHINES: DurableObjectNamespace('fly-machines', { className: 'FlyMachine', sqlite: true }),
    PROJECTS: DurableObjectNamespace('projects', { className: 'Project', sqlite: true }),
    DIRECTORY: DurableObjectNamespace('directory', { className: 'Directory', sqlite: true }),
    FETTLE_MACHINE_KEY: alchemy.secret(required('FETTLE_MACHINE_KEY')),
    FETTLE_OPERATOR_TOKEN: alchemy.secret(required('FETTLE_OPERATOR_TOKEN')),
    ...secret('FETTLE_HOST_TOKEN'),
    ...secret('FETTLE_HOST_URL'),
    ...variable('FETTLE_DAYTONA_URL'),
    ...secret('FETTLE_DAYTONA_KEY'),
    ...variable('FETTLE_DAYTONA_ORGANIZATION'),
    ...variable('FETTLE_DAYTONA_SNAPSHOT'),
    ...variable('FETTLE_FLY_URL'),
    ...secret('FETTLE_FLY_TOKEN'),
    ...variable('FETTLE_FLY_APP'),
    ...variable('FETTLE_FLY_IMAGE'),
    ...variable('FETTLE_FLY_EDGE_URL'),
    ...variable('FETTLE_PUBLIC_URL'),
    // The address of a repository may hold a password.
    ...secret('FETTLE_PLATFORM_REPOSITORY'),
    ...secret('FETTLE_CUSTOMER_REPOSITORY'),
    EVIDENCE: evidence,
    METRICS: AnalyticsEngineDataset('metrics', { dataset: DATASET }),
    ...variable('FETTLE_ANALYTICS_URL'),
    ...secret('FETTLE_ANALYTICS_TOKEN'),
    ...variable('FETTLE_METRICS_EVERY_MS'),
    ...variable('FETTLE_PROMETHEUS'),
    ...variable('FETTLE_OTLP_URL'),
    ...secret('FETTLE_OTLP_HEADERS'),
  },
  // Below the sources: workerd refuses a source map that leads out of the bundle's file system.
  ...(isDev ? { bundle: { outdir: path.resolve('.alchemy/bundle', String(port)) } } : {}),
  dev: { port },
});

await app.finalize();
if (isDev) assertPort(controlPlane.url);
console.log(`control plane: ${controlPlane.url ?? 'deployed'}`);

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set`);
  return value;
}

/** A binding that is there only when it is set. */
function variable(name: string): Record<string, string> {
  const value = process.env[name];
  return value === undefined || value === '' ? {} : { [name]: value };
}

/** The same for what nobody may read. */
function secret(name: string): Record<string, ReturnType<typeof alchemy.secret>> {
  const value = process.env[name];
  return value === undefined || value === '' ? {} : { [name]: alchemy.secret(value) };
}

/** Alchemy keeps storage at the nearest workspace root: an (empty) lockfile makes the state folder one. */
function ownStateDir(): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(stateDir, 'package-lock.json'), '{}\n');
  return stateDir;
}

function assertPort(url: string | undefined): void {
  if (url !== undefined && Number(new URL(url).port) === port) return;
  console.error(`control plane: port ${port} is taken`);
  process.exit(EXIT_PORT_TAKEN);
}
