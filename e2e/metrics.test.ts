import { createFettleClient } from '@fettle/client';
import { execFile as execFileCallback, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fleetFolder, readFleetState, type FleetState } from '../apps/cli/src/connection/fleet-state.ts';
import { readProcesses, signalProcess } from '../apps/cli/src/processes/process-table.ts';
import { MetricsQueryName, type MetricsTable } from '../packages/contract/src/metrics-query.ts';
import { npmRun, npmStart, ROOT, until, type NpmStart } from './npm-start.ts';
import { identify, whatIsLeft } from './what-is-left.ts';

const execFile = promisify(execFileCallback);
const MACHINES = ['demo.web-1.1', 'demo.web-2.1', 'demo.web-3.1'];
/** What has happened in every fleet that runs for some seconds. The others tell of trouble. */
const ANSWERED: MetricsQueryName[] = [
  'latest',
  'machine-history',
  'cpu-by-machine',
  'memory-by-machine',
  'disk-by-machine',
  'top-cpu',
  'top-memory',
  'fleet-percentiles',
  'hourly',
  'daily',
  'process-changes',
  'slowest-starts',
];

const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasCurl) console.warn('!! NO curl ON THIS MACHINE: THE DOCUMENTED COMMAND IS NOT RUN !!');

describe('metrics, from the machines to the SQL API', () => {
  let state = '';
  let running: NpmStart;
  let fleet: FleetState;
  let sqlApi: { url: string; curl: string };

  beforeAll(async () => {
    state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-metrics-'));
    running = await start('--port', '0');
    sqlApi = (await running.fact('running')).sqlApi as typeof sqlApi;
  });

  afterAll(async () => {
    running.npm.kill('SIGTERM');
    await running.ended;
    await npmRun('reset', ['--state', state]);
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  async function start(...args: string[]): Promise<NpmStart> {
    const started = npmStart(['--state', state, '--backend', 'process', ...args]);
    await started.fact('step', ({ step }) => step === 'healthy');
    fleet = (await readFleetState(fleetFolder(state).stateFile))!;
    return started;
  }

  async function sql<Row>(query: string): Promise<Row[]> {
    const response = await fetch(sqlApi.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${fleet.analyticsToken}` },
      body: query,
    });
    if (!response.ok) throw new Error(await response.text());
    return ((await response.json()) as { data: Row[] }).data;
  }

  const pointCount = async () =>
    Number((await sql<{ points: string }>('SELECT count() AS points FROM machine_metrics'))[0]!.points);

  async function fettle(...args: string[]) {
    const main = path.join(ROOT, 'apps/cli/src/main.ts');
    const { stdout } = await execFile(process.execPath, [main, '--state', state, 'metrics', ...args]);
    return stdout;
  }

  const ask = async (...args: string[]) => JSON.parse(await fettle(...args, '--json')) as MetricsTable;

  test('what all machines measure is kept soon after the start', async () => {
    const machines = await until('cpu of all machines', async () => {
      const found = await sql<{ machine: string }>(
        "SELECT index1 AS machine FROM machine_metrics WHERE blob4 = 'resource' AND double1 >= 0 GROUP BY machine ORDER BY machine",
      );
      return found.length === MACHINES.length && found.map(({ machine }) => machine);
    });
    expect(machines).toEqual(MACHINES);
  });

  test.runIf(hasCurl)(
    'the curl that the start prints, which is that of the README, works as it is',
    async () => {
      const { stdout } = await execFile('sh', ['-c', sqlApi.curl], { cwd: ROOT });
      const { data } = JSON.parse(stdout) as { data: { machine: string }[] };
      expect(data.map(({ machine }) => machine)).toEqual(MACHINES);
    },
  );

  test.each(MetricsQueryName.options)('fettle metrics %s is answered', async (name) => {
    const { columns, rows } = await ask(name);
    expect(columns.length).toBeGreaterThan(1);
    if (ANSWERED.includes(name)) expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(Object.keys(row)).toEqual(columns.map((column) => column.name));
  });

  test('for people there are charts, an overview, and the SQL to go on with', async () => {
    expect(await fettle('cpu-by-machine', '--last', '5m', '--step', '5s')).toMatch(
      /demo\.web-1\.1 +cpu percent/,
    );
    expect(await fettle()).toMatch(/^demo\.web-1\.1 +[\d.]+ % +[▁-█]+ +[\d.]+ [MG]B of/m);
    const found = await sql<Record<string, unknown>>(await fettle('latest', '--sql', '--machine', 'web-2'));
    expect(found).toHaveLength(1);
  });

  test('a service that is killed leaves its trace', async () => {
    const { url, operatorToken: token } = fleet;
    const client = createFettleClient({ url, token });
    const services = await client.services.list({ machineId: 'demo.web-1.1' });
    signalProcess(services.find(({ name }) => name === 'web')!.pid!, 'SIGKILL');
    const change = await until('the change of its process', async () => {
      const { rows } = await ask('process-changes', '--machine', 'web-1');
      return rows.find((row) => row.process === 'web' && row.signal === 'SIGKILL');
    });
    expect(change).toMatchObject({ machine: 'demo.web-1.1' });
    // On a busy computer an orphan of somebody else cannot be told from a leftover of this run, for a moment.
    expect(change.previousState).toMatch(/^(running|stopping)$/);
    const restarts = await ask('restarts-per-hour', '--machine', 'web-1');
    expect(restarts.rows).toMatchObject([{ process: 'web', restarts: 1 }]);
  });

  test('an engine that is killed comes back with its data, and no machine has noticed', async () => {
    const { url, operatorToken: token, project } = fleet;
    const client = createFettleClient({ url, token });
    const healthy = () =>
      until('a healthy fleet', async () =>
        (await client.machines.list({ project })).every(({ phase }) => phase === 'healthy'),
      );
    const incidents = () =>
      Promise.all(MACHINES.map((machineId) => client.machines.incidents({ machineId })));
    // The service of the test before was sick for a moment.
    await healthy();
    const incidentsBefore = await incidents();
    const before = await pointCount();
    const engine = (await readProcesses()).find(
      ({ command, environment }) =>
        command.includes('analytics-engine') && environment.includes(`FETTLE_FLEET=${state}`),
    );
    signalProcess(engine!.pid, 'SIGKILL');
    await running.fact('trouble', ({ message }) => message === 'the analytics engine answers again');
    expect(await pointCount()).toBeGreaterThanOrEqual(before);
    await until('new points', async () => (await pointCount()) > before + MACHINES.length);
    await healthy();
    expect(await incidents()).toEqual(incidentsBefore);
  });

  test('SIGTERM ends the engine with everything else', async () => {
    const host = await identify(state);
    running.npm.kill('SIGTERM');
    await running.ended;
    expect(await whatIsLeft({ state, backend: 'process', ...host })).toEqual([]);
  });

  test('a fleet whose engine cannot start heals machines and says what is missing; the data waits for it', async () => {
    const folder = fleetFolder(state).analytics;
    renameSync(folder, `${folder}.aside`);
    writeFileSync(folder, 'a file where the data should be');
    running = await start();
    const trouble = await running.fact('trouble', ({ part }) => part === 'analytics-engine');
    expect(trouble.message).toContain('what machines measure is not kept');
    await expect(fettle('latest')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('METRICS_UNAVAILABLE') as string,
    });

    rmSync(folder);
    renameSync(`${folder}.aside`, folder);
    await running.fact('trouble', ({ message }) => message === 'the analytics engine answers again');
    const kept = await ask('process-changes', '--machine', 'web-1');
    expect(kept.rows.filter((row) => row.signal === 'SIGKILL')).toHaveLength(1);
  });
});
