// Every Cloudflare resource and binding of Fettle.
//
//   node alchemy.run.ts --stage NAME   deploys that stage; scripts/deploy.ts checks everything first and is what to run
//   node alchemy.run.ts --dev          runs the same in workerd on this machine, offline, as stage `dev`
//
// Everything has the stage in its name, so that stages of one account have nothing in common but the dataset.
// `--dev` is what `alchemy dev` runs, without the three processes that it puts in front. In development:
// - the Worker answers at http://127.0.0.1:$FETTLE_PORT; a taken port is an error, not the next one;
// - state and storage of the objects are under $FETTLE_STATE_DIR/.alchemy and survive restarts; the bundle is in .alchemy;
// - crons are not fired: GET /cdn-cgi/handler/scheduled?cron=* * * * * does it;
// - data points are kept by the local engine at $FETTLE_ANALYTICS_ENGINE_URL, or by nobody when that is not set;
// - buckets know no lifecycle and no lock, and static files are answered before the Worker is asked: Miniflare has neither;
// - no binding counts calls: alchemy does not tell Miniflare which counter is meant; isolates count machines by themselves;
// - SIGTERM ends workerd with this process, so does SIGKILL (scripts/dev/workerd.sh);
// - a workerd that dies alone is not restarted: every request then answers 500 and this process has to be restarted.
import { isDev } from './scripts/dev/prepare.ts'; // first: it sets what alchemy reads when it is loaded
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import alchemy from 'alchemy';
import { DATASET } from '@fettle/metrics/layout';
import {
  AnalyticsEngineDataset,
  Assets,
  DurableObjectNamespace,
  R2Bucket,
  RateLimit,
  Worker,
} from 'alchemy/cloudflare';
import { metricsSettings } from './apps/control-plane/src/metrics/settings.ts';
import { assertWholeProviders } from './apps/control-plane/src/providers/settings.ts';
import { RELEASE_BINDING } from './scripts/deploy/release-mark.ts';
import { StageMark } from './scripts/deploy/stage-mark.ts';
import { stateStore } from './scripts/deploy/state-store.ts';
import { WORKER_VARIABLES } from './scripts/deploy/variables.ts';

const CRON_EVERY_MINUTE = '* * * * *';
/** Ends the process when the wanted port is taken (alchemy itself would move on to the next one). */
const EXIT_PORT_TAKEN = 7;
const DAY_S = 24 * 60 * 60;
/** Evidence is kept as long as copies of machines' data. */
const EVIDENCE_DAYS = 30;
/** What was exported of an audit log can be neither changed nor removed for so long. */
const AUDIT_LOCK_DAYS = 365;
/** A machine that is well calls about once in 30 s; no object is woken more than twice a second by one that is not. */
const MACHINE_LIMIT = { limit: 20, period: 10 } as const;
/** Ten calls a second, all day: more than a dashboard and a CLI that watches ask for together. */
const OPERATOR_LIMIT = { limit: 600, period: 60 } as const;

const stateDir = path.resolve(process.env.FETTLE_STATE_DIR ?? '.fettle/control-plane');
const port = Number(process.env.FETTLE_PORT ?? 8787);
const stage = isDev ? 'dev' : stageFromArguments();
const domain = isDev ? '' : (process.env.FETTLE_DOMAIN ?? '');

// What the control plane would refuse later, with every report or machine, is refused before anything is deployed.
const variables = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
metricsSettings(variables);
assertWholeProviders(variables);

const app = await alchemy('fettle', {
  noTrack: true,
  stage,
  ...(isDev
    ? { rootDir: ownStateDir(), password: required('FETTLE_MACHINE_KEY') }
    : { stateStore: stateStore(process.env) }),
});

if (!isDev) await StageMark('stage', { stage, accountId: required('CLOUDFLARE_ACCOUNT_ID') });

const evidence = await R2Bucket('evidence', {
  name: `fettle-evidence-${stage}`,
  // Whoever destroys a stage was asked twice whether its data may go.
  empty: true,
  lifecycle: [
    {
      id: 'forget-old-evidence',
      deleteObjectsTransition: { condition: { type: 'Age', maxAge: EVIDENCE_DAYS * DAY_S } },
    },
  ],
});

const audit = await R2Bucket('audit', {
  name: `fettle-audit-${stage}`,
  // Outlives its stage: it tells who destroyed it.
  delete: false,
  lock: [{ id: 'audit-stays', condition: { type: 'Age', maxAgeSeconds: AUDIT_LOCK_DAYS * DAY_S } }],
});

const assetsFolder = path.join(import.meta.dirname, 'apps/control-plane/assets');

export const controlPlane = await Worker('control-plane', {
  name: `fettle-${stage}`,
  entrypoint: 'apps/control-plane/src/worker.ts',
  compatibilityDate: '2026-07-01', // not after the date of the workerd that alchemy brings (1.20260708)
  compatibilityFlags: ['nodejs_compat'],
  crons: [CRON_EVERY_MINUTE],
  observability: { enabled: true },
  bindings: {
    MACHINES: DurableObjectNamespace('machines', { className: 'LocalDockerMachine', sqlite: true }),
    DAYTONA_MACHINES: DurableObjectNamespace('daytona-machines', {
      className: 'DaytonaMachine',
      sqlite: true,
    }),
    FLY_MACHINES: DurableObjectNamespace('fly-machines', { className: 'FlyMachine', sqlite: true }),
    PROJECTS: DurableObjectNamespace('projects', { className: 'Project', sqlite: true }),
    DIRECTORY: DurableObjectNamespace('directory', { className: 'Directory', sqlite: true }),
    OPERATORS: DurableObjectNamespace('operators', { className: 'Operators', sqlite: true }),
    FETTLE_STAGE: stage,
    ...workerVariables(),
    [RELEASE_BINDING]: process.env.FETTLE_RELEASE ?? '{}',
    EVIDENCE: evidence,
    AUDIT: audit,
    METRICS: AnalyticsEngineDataset('metrics', { dataset: DATASET }),
    ...(isDev ? {} : rateLimits()),
    ...(hasFiles(assetsFolder) ? { ASSETS: await Assets({ path: assetsFolder }) } : {}),
  },
  // The Worker answers first: headers, and what is shown to whom, are decided in one place.
  assets: { run_worker_first: true },
  url: domain === '',
  ...(domain === '' ? {} : { domains: [domain] }),
  bundle: { outdir: bundleFolder() },
  dev: { port },
});

await app.finalize();
if (isDev) assertPort(controlPlane.url);
console.log(`control plane: ${controlPlane.url ?? `https://${domain}`}`);

/** The stage is said each time: deploying to one that nobody meant must not happen by leaving something out. */
function stageFromArguments(): string {
  const given = process.argv[process.argv.indexOf('--stage') + 1];
  if (!process.argv.includes('--stage') || !/^[a-z][a-z0-9-]{0,30}$/.test(given ?? '') || given === 'dev')
    throw new Error('expected --stage and its name: prod, staging, … (`dev` is this machine)');
  return given ?? '';
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} must be set`);
  return value;
}

/** Bindings that are there only when they are set; what nobody may read goes as a secret. */
function workerVariables(): Record<string, string | ReturnType<typeof alchemy.secret>> {
  return Object.fromEntries(
    WORKER_VARIABLES.flatMap(({ name, kind, needed }) => {
      const value = needed ? required(name) : (process.env[name] ?? '');
      return value === '' ? [] : [[name, kind === 'secret' ? alchemy.secret(value) : value]];
    }),
  );
}

function rateLimits() {
  return {
    MACHINE_RATE: RateLimit({ namespace_id: rateNamespace('machine'), simple: MACHINE_LIMIT }),
    OPERATOR_RATE: RateLimit({ namespace_id: rateNamespace('operator'), simple: OPERATOR_LIMIT }),
  };
}

/** Counters with the same number are one counter, in the whole account. */
function rateNamespace(what: string): number {
  return 1 + (createHash('sha256').update(`fettle ${stage} ${what}`).digest().readUInt32BE() >>> 1);
}

/** In development below the sources: workerd refuses a source map that leads out of the bundle's file system. */
function bundleFolder(): string {
  if (isDev) return path.resolve('.alchemy/bundle', String(port));
  return path.resolve(process.env.FETTLE_DEPLOY_STATE_DIR ?? '.', '.alchemy/out', stage);
}

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => !name.startsWith('.'));
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
