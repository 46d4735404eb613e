import { HealthReport } from '@fettle/contract';
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestControlPlane, type TestControlPlane } from '../../test/test-control-plane.ts';
import { daemonClient, makeTestMachine, type TestMachine } from '../../test/test-machine.ts';
import { makeTestWorld, type TestRepositories, type TestWorld } from '../../test/test-repositories.ts';
import { waitFor } from '../../test/wait-for.ts';

/** Longer than a test waits: a report that comes meanwhile comes because of a change. */
const NEVER_MS = 600_000;

let world: TestWorld;
let repositories: TestRepositories;
let controlPlane: TestControlPlane;
let machine: TestMachine;

beforeAll(async () => {
  world = await makeTestWorld();
  repositories = await world.repositories();
  controlPlane = await startTestControlPlane({ reportEveryMs: NEVER_MS });
  machine = await makeTestMachine(world, repositories, { controlUrl: controlPlane.url });
  await machine.boot();
});

afterAll(async () => {
  await machine?.shutDown();
  await controlPlane?.goAway();
  await world?.remove();
});

function web(report: HealthReport) {
  return report.services.find(({ name }) => name === 'web');
}

/** Asks the daemon to restart the service and waits until it runs anew, healthy. Returns the number of that run. */
async function restartWeb(sequence: number): Promise<number> {
  const before = (await machine.pidnap.get({ name: 'web' })).runs;
  await machine.daemon.services.restart({
    action: { id: `demo.web-1.1/${sequence}`, sequence },
    names: ['web'],
  });
  return waitFor('the service runs anew', async () => {
    const { runs, state, health } = await machine.pidnap.get({ name: 'web' });
    return runs > before && state === 'running' && health.status === 'healthy' && runs;
  });
}

describe('reports', () => {
  test('tell versions, services and resources, with the machine token', async () => {
    const report = await waitFor('a report tells a healthy service', () =>
      controlPlane.reports.find((one) => web(one)?.health === 'healthy'),
    );
    expect(v.is(HealthReport, report)).toBe(true);
    expect(report).toMatchObject({
      pidnapAnswers: true,
      versions: { image: 'image-1', ...repositories.heads },
    });
    expect(report.services.map(({ name }) => name).toSorted()).toEqual(['daemon', 'web']);
    expect(report.resources.memoryTotalMb).toBeGreaterThan(0);
    expect(controlPlane.refused).toEqual([]);
  });

  test('come at once when a service changes, though the next one is due much later', async () => {
    const { pid, restarts } = await machine.pidnap.get({ name: 'web' });
    // A report is a state: the moment between two runs may fall between two reports, the new count may not.
    const crashed = controlPlane.nextReport(
      'a report tells the restart',
      (one) => (web(one)?.restarts ?? 0) > restarts,
    );
    process.kill(pid ?? 0, 'SIGKILL');
    await crashed;
    await controlPlane.nextReport('a report tells the recovery', (one) => web(one)?.health === 'healthy');
  });

  test('are counted within one start of the daemon', () => {
    const [first] = controlPlane.reports;
    expect(controlPlane.reports.map(({ seq }) => seq)).toEqual(
      controlPlane.reports.map((_, index) => index + 1),
    );
    expect(new Set(controlPlane.reports.map(({ bootId }) => bootId))).toEqual(new Set([first?.bootId]));
  });

  test('go on after a time without a control plane, with the newest state only', async () => {
    await controlPlane.goAway();
    await restartWeb(100);
    await waitFor('a report failed', async () =>
      (await machine.daemon.services.logs({ name: 'daemon' })).some(({ text }) =>
        text.includes('did not take a report'),
      ),
    );
    const last = controlPlane.reports.at(-1)?.seq ?? 0;
    await controlPlane.comeBack();
    const report = await controlPlane.nextReport('reports come again');
    expect(web(report)?.health).toBe('healthy');
    // What failed meanwhile is not sent again: its numbers are missing.
    expect(report.seq).toBeGreaterThan(last + 1);
  });

  test('are cut off when the control plane hangs, and come again when it does not', async () => {
    controlPlane.mode = 'hang';
    const before = controlPlane.requests;
    await restartWeb(101);
    await waitFor('a second attempt follows the one that hangs', () => controlPlane.requests >= before + 2);
    controlPlane.mode = 'take';
    await controlPlane.nextReport('a report is taken', (one) => web(one)?.health === 'healthy');
  });
});

describe('the daemon answers', () => {
  test('health, computed now, to whoever signs for it', async () => {
    const health = await machine.daemon.health({ nonce: 'n-1' });
    expect(health).toMatchObject({ nonce: 'n-1', pidnapAnswers: true, versions: repositories.heads });
    expect(health.bootId).toBe(controlPlane.reports.at(-1)?.bootId);
    expect(health.lastReportAcceptedMsAgo).toBeGreaterThanOrEqual(0);
  });

  test('nobody who signs for another machine, and its liveness to everybody', async () => {
    const stranger = daemonClient(machine.ports.daemon, { audience: 'demo.web-2.1/daemon' });
    await expect(stranger.health({ nonce: 'n-2' })).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      status: 401,
    });
    expect((await fetch(`http://127.0.0.1:${machine.ports.daemon}/healthz`)).status).toBe(200);
  });

  test('which version of itself it is', async () => {
    expect(await machine.daemon.version()).toMatchObject({ commit: repositories.heads.platform });
  });

  test('with the lines of a service, those of pidnap marked', async () => {
    const lines = (await machine.daemon.services.logs({ name: 'web', tail: 50 })).map(({ text }) => text);
    expect(lines.some((text) => text.startsWith('Guestbook 1.4.0 listens'))).toBe(true);
    expect(lines.some((text) => text.startsWith('[pidnap] '))).toBe(true);
  });

  test('in the contract’s words when there is no such service', async () => {
    const action = { id: 'demo.web-1.1/102', sequence: 102 };
    const answer = machine.daemon.services.restart({ action, names: ['nobody'] });
    await expect(answer).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND', status: 404 });
  });

  test('a repeated restart without a second one', async () => {
    const runs = await restartWeb(103);
    const action = { id: 'demo.web-1.1/103', sequence: 103 };
    await machine.daemon.services.restart({ action, names: ['web'] });
    expect((await machine.pidnap.get({ name: 'web' })).runs).toBe(runs);
  });
});

test('a daemon whose pidnap hangs answers all the same, and says so', async () => {
  const { pid } = await machine.pidnap.info();
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await machine.daemon.health({ nonce: 'n-4' })).toMatchObject({
      pidnapAnswers: false,
      services: [],
    });
    await expect(machine.daemon.services.list()).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      status: 504,
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await machine.daemon.health({ nonce: 'n-5' })).toMatchObject({ pidnapAnswers: true });
});

test('a refresh changes the versions, restarts the service, and is reported', async () => {
  const commit = await repositories.pushGoodCustomer();
  const action = { id: 'demo.web-1.1/200', sequence: 200 };
  expect(await machine.daemon.refresh({ action, refs: { customer: 'main' } })).toEqual({
    process: 'apply-200',
  });
  const report = await controlPlane.nextReport(
    'a report tells the new version, healthy',
    (one) => one.versions?.customer === commit && web(one)?.health === 'healthy',
  );
  expect(report.services.map(({ name }) => name)).not.toContain('apply-200');
  expect(await machine.webRelease()).toBe('1.5.0');
});

test('a daemon that cannot start keeps failing, and a restore brings a good one back', async () => {
  const bad = await repositories.pushBadPlatform();
  const good = repositories.heads.platform;
  const change = await machine.apply('--platform', bad, '--action', 'demo.web-1.1/300');
  expect(change.result).toMatchObject({ ok: true, changed: ['platform'] });
  // 78 is the bad daemon's own exit code; the good one before it ended on request, by itself.
  await waitFor('pidnap sees the new one end', async () =>
    (await pidnapNotes()).includes('exited with code 78'),
  );
  expect(await pidnapNotes()).toContain('exited with code 0');
  const restore = await machine.apply('--platform', good, '--fresh', '--action', 'demo.web-1.1/301');
  expect(restore.result).toMatchObject({ ok: true });
  await waitFor('the daemon answers', async () => (await machine.daemon.version()).commit === good);
});

async function pidnapNotes(): Promise<string> {
  const { lines } = await machine.pidnap.logs({ name: 'daemon' });
  return lines
    .filter(({ stream }) => stream === 'pidnap')
    .map(({ text }) => text)
    .join('\n');
}

describe('credentials', () => {
  test('that come with the answer to a report are shown from then on', async () => {
    const { asked } = controlPlane.credentials;
    const before = asked.length;
    controlPlane.fresh = 'fmt2.test.fresh-of-a-report.signature';
    await restartWeb(350);
    await controlPlane.nextReport('a report is taken', (one) => web(one)?.health === 'healthy');
    await restartWeb(351);
    await controlPlane.nextReport('the next one is taken', (one) => web(one)?.health === 'healthy');
    controlPlane.fresh = null;
    expect(asked).toHaveLength(before);
  });

  test('that were taken back stop the reports, until a signed command brings others', async () => {
    controlPlane.credentials.machineToken = 'fmt2.test.of-the-next-epoch.signature';
    controlPlane.credentials.renewal = 'fmt2.test.renewal-of-the-next-epoch.signature';
    await restartWeb(352);
    await waitFor('the daemon knows', async () =>
      (await daemonLog()).includes('does not accept the credentials of this machine'),
    );
    const token = 'fmt2.test.bootstrap-of-the-next-epoch.signature';
    await expect(machine.daemon.bootstrap({ token })).rejects.toMatchObject({ code: 'CONFLICT' });
    controlPlane.credentials.bootstraps.set(token, null);
    const reported = controlPlane.nextReport('a report is taken again');
    expect((await machine.daemon.bootstrap({ token })).renewedAt).toBeGreaterThan(0);
    await reported;
    expect(await daemonLog()).not.toContain('fmt2.');
    expect(JSON.parse(await readFile(machine.disk.credentialsFile, 'utf8'))).toMatchObject({
      renewal: controlPlane.credentials.renewal,
    });
  });
});

async function daemonLog(): Promise<string> {
  const lines = await machine.daemon.services.logs({ name: 'daemon', tail: 500 });
  return lines.map(({ text }) => text).join('\n');
}

test('a machine that was replaced stops its reports and goes on answering', async () => {
  await waitFor('a report was taken', async () => {
    return (await machine.daemon.health({ nonce: 'n' })).lastReportAcceptedMsAgo !== null;
  });
  controlPlane.mode = 'retired';
  const taken = controlPlane.reports.length;
  await restartWeb(400);
  await waitFor('the daemon knows', async () =>
    (await machine.daemon.services.logs({ name: 'daemon' })).some(({ text }) =>
      text.includes('was replaced'),
    ),
  );
  controlPlane.mode = 'take';
  await restartWeb(401);
  expect((await machine.daemon.health({ nonce: 'n-3' })).nonce).toBe('n-3');
  expect(controlPlane.reports).toHaveLength(taken);
});
