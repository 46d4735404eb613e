import { createFettleClient } from '@fettle/client';
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fleetFolder, readFleetState, type FleetState } from '../apps/cli/src/connection/fleet-state.ts';
import { handsOf, readHost } from '../apps/cli/src/drill/drill-fleet.ts';
import { DRILL_POLICY } from '../apps/cli/src/drill/drill-policy.ts';
import { findRole } from '../apps/cli/src/drill/machine-hand.ts';
import { readProcesses, signalProcess } from '../apps/cli/src/processes/process-table.ts';
import type { AuditRow } from '../packages/contract/src/audit.ts';
import { MACHINE_TOKEN_LIFE_MS } from '../packages/contract/src/credentials.ts';
import { lookForEvidence, renew, report, stealTokens, type StolenTokens } from './as-machine.ts';
import { findInEnvironments, findInFiles, MACHINE_TOKENS, type Secret } from './find-secrets.ts';
import { npmRun, npmStart, until, type NpmStart } from './npm-start.ts';

/** Where tokens of machines may be: what a machine keeps for itself. */
const KEPT_BY_MACHINES = ['web-1', 'web-2'].map(
  (slot) => `host/machines/demo.${slot}.1/disk/fettle/credentials.json`,
);
/** Where secrets of the fleet may be: files for their owner alone. */
const OWN_FILES = ['state.json', 'host-token', 'provider-key', 'analytics-token'];

describe('credentials of a fleet of two, on plain processes', () => {
  let state = '';
  let fleet: FleetState;
  let start: NpmStart;
  let stolen: StolenTokens[] = [];

  const fettle = (...args: string[]) => npmRun('fettle', ['--state', state, ...args]);
  const client = () => createFettleClient({ url: fleet.url, token: fleet.operatorToken });
  const hand = async (machineId: string) => handsOf(await readHost(state), fleetFolder(state))(machineId);

  async function startFleet(...more: string[]): Promise<void> {
    start = npmStart(['--state', state, '--backend', 'process', '--slots', '2', ...more]);
    await start.fact('step', ({ step }) => step === 'healthy');
    fleet = (await readFleetState(fleetFolder(state).stateFile))!;
  }

  beforeAll(async () => {
    state = mkdtempSync(path.join(realpathSync(tmpdir()), 'fettle-credentials-'));
    await startFleet('--port', '0');
    const policy = path.join(state, 'policy.json');
    writeFileSync(policy, JSON.stringify(DRILL_POLICY));
    const { code, stderr } = await fettle('policy', 'set', policy);
    if (code !== 0) throw new Error(stderr);
  });

  afterAll(async () => {
    start.npm.kill('SIGTERM');
    await start.ended;
    await npmRun('reset', ['--state', state]);
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  test('a machine has exchanged its bootstrap token, and keeps what it got for itself', async () => {
    for (const slot of ['web-1', 'web-2']) {
      const folder = path.join(state, 'host', 'machines', `demo.${slot}.1`, 'disk', 'fettle');
      expect(existsSync(path.join(folder, 'bootstrap.json'))).toBe(false);
      expect(existsSync(path.join(folder, 'exchange.json'))).toBe(false);
      expect(statSync(path.join(folder, 'credentials.json')).mode & 0o777).toBe(0o600);
    }
  });

  test('who has read the disk of a machine is taken for that machine', async () => {
    stolen = [
      await stealTokens(fleet.url, state, 'demo.web-1.1'),
      await stealTokens(fleet.url, state, 'demo.web-2.1'),
    ];
    for (const one of stolen) expect(await lookForEvidence(fleet.url, one)).toBe(404);
  });

  test('no secret is in an environment, in the record of a machine, in a log or in storage', async () => {
    const { machineKey, commandKey, tokenKey, operatorToken, hostToken, analyticsToken } = fleet;
    const own: Secret[] = Object.entries({
      machineKey,
      commandKey,
      tokenKey,
      operatorToken,
      hostToken,
      analyticsToken,
    }).map(([name, is]) => ({ name, is }));
    const { hostId } = await readHost(state);
    expect(await findInEnvironments(`FETTLE_HOST_ID=${hostId}`, [...own, MACHINE_TOKENS])).toEqual([]);
    expect(findInFiles(state, [MACHINE_TOKENS], KEPT_BY_MACHINES)).toEqual([]);
    expect(findInFiles(state, own, OWN_FILES)).toEqual([]);
  });

  test('a control plane and a daemon that are killed at once find each other again', async () => {
    const daemon = findRole(await (await hand('demo.web-1.1')).processes(), 'daemon');
    const workerd = (await readProcesses()).find(
      ({ command, environment }) =>
        /workerd\S* serve/.test(command) && environment.includes(`FETTLE_FLEET=${state}`),
    );
    signalProcess(workerd!.pid, 'SIGKILL');
    signalProcess(daemon!.pid, 'SIGKILL');
    await start.fact('trouble', ({ message }) => message === 'the control plane answers again');
    const { now } = await until('the API', () => client().machines.get({ machineId: 'demo.web-1.1' }));
    await until('reports of both', async () => {
      const machines = await client().machines.list({ project: 'demo' });
      return machines.every(({ lastReportAt, phase }) => (lastReportAt ?? 0) > now && phase === 'healthy');
    });
  });

  test('revoked credentials are refused, and the machine goes on with new ones', async () => {
    const [{ renewal, machine } = stolen[0]!] = stolen;
    const revoke = ['machine', 'revoke', 'web-1', '--reason', 'its disk was read', '--wait'];
    const { code, stdout, stderr } = await fettle(...revoke);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('demo.web-1.1 reports with new credentials');
    expect((await renew(fleet.url, renewal)).status).toBe(401);
    expect((await report(fleet.url, machine)).status).toBe(401);
    expect((await stealTokens(fleet.url, state, 'demo.web-1.1')).renewal).not.toBe(renewal);
  });

  test('who did it and why is on record, with what the CLI did before', async () => {
    const rows = await until('the row', async () => {
      const { stdout } = await fettle('audit', 'list', 'demo', '--json');
      const all = JSON.parse(stdout) as AuditRow[];
      return all.some(({ action }) => action === 'machines.revokeCredentials') && all;
    });
    const row = rows.find(({ action }) => action === 'machines.revokeCredentials')!;
    expect(row).toMatchObject({ actor: { kind: 'root' }, subject: 'demo.web-1.1' });
    expect(row.after).toContain('its disk was read');
    expect(row.requestId).not.toBeNull();
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['projects.apply', 'projects.setPolicy']),
    );
  });

  test('a machine that was replaced is not believed any more', async () => {
    await (await hand('demo.web-2.1')).wipeOut();
    await until('the replacement', async () => {
      const { machineId } = await client().slots.resolve({ project: 'demo', slot: 'web-2' });
      return machineId === 'demo.web-2.2';
    });
    expect((await renew(fleet.url, stolen[1]!.renewal)).status).toBe(410);
  });

  test('a token of operators may do what it was given, and where', async () => {
    const grant = ['--grant', 'viewer@local/demo'];
    const { stdout } = await fettle('token', 'create', 'somebody who looks', ...grant);
    const file = path.join(state, 'viewer-token');
    writeFileSync(file, stdout.split('\n')[0]!, { mode: 0o600 });
    const viewer = (...args: string[]) => fettle('--token-file', file, ...args);
    expect((await viewer('whoami')).stdout).toContain('viewer@local/demo');
    expect((await viewer('machines')).stdout).toContain('demo.web-1.1');
    const refused = await viewer('stop', 'web-1');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('FORBIDDEN') as string });
  });

  test('an audit log is verified, and a row that was edited in the storage is found', async () => {
    const good = await fettle('audit', 'verify');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^demo: \d+ rows, unbroken/m);
    expect(good.stdout).toMatch(/^access: [1-9]\d* rows?, unbroken/m);
    start.npm.kill('SIGTERM');
    await start.ended;
    editRow(state, 2);
    await startFleet();
    const bad = await fettle('audit', 'verify', 'demo');
    expect(bad).toMatchObject({ code: 12, stderr: expect.stringContaining('row 2 ') as string });
  });

  test('a minute after they were given, nobody takes the stolen tokens anywhere', async () => {
    for (const one of stolen) {
      const { issuedAt, expiresAt } = claimsOf(one.machine);
      expect(expiresAt - issuedAt).toBe(MACHINE_TOKEN_LIFE_MS);
      // One computer, one clock: what the control plane takes for the end is the end.
      await setTimeout(Math.max(0, expiresAt + 1 - Date.now()));
      expect(await lookForEvidence(fleet.url, one)).toBe(401);
    }
  });
});

/** What a token says of its time; whoever has it can read that. */
function claimsOf(token: string): { issuedAt: number; expiresAt: number } {
  const claims = Buffer.from(token.split('.')[2] ?? '', 'base64url').toString('utf8');
  return JSON.parse(claims) as { issuedAt: number; expiresAt: number };
}

/** Changes who did what a row of the project's chain tells, as somebody could who has the storage. */
function editRow(state: string, seq: number): void {
  const folder = path.join(state, 'control-plane/.alchemy/miniflare/v3/do/fettle-dev-Project');
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  using database = new DatabaseSync(path.join(folder, file!));
  const changed = database
    .prepare(`UPDATE audit SET entry = json_set(entry, '$.actor.id', 'nobody') WHERE seq = ?`)
    .run(seq);
  expect(changed.changes).toBe(1);
}
