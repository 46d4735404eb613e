import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  eventually,
  isAlive,
  pidFrom,
  scratchPath,
  startTestPidnap,
  type TestPidnap,
} from './pidnap-process.ts';
import { expectRuns, killPidnap, up, witness } from './witness.ts';

let pidnap: TestPidnap;
afterEach(() => pidnap.end());

const get = (name: string) => pidnap.client.get({ name });
const leftovers = async () => (await pidnap.client.info()).leftovers;

describe('after a SIGKILL to pidnap', () => {
  it('services go on under the next one, and nothing that they write meanwhile is lost', async () => {
    const web = witness('web');
    const [at, quiet] = [scratchPath('at'), scratchPath('quiet')];
    const talk = `i=0; while :; do [ -e ${quiet} ] || { i=$((i + 1)); echo line $i; echo $i > ${at}; }; sleep 0.05; done`;
    pidnap = await startTestPidnap({ web: web.definition(talk) });
    const before = await up(pidnap, 'web', web);
    const reached = (line: number): Promise<number> =>
      eventually(() => Number(readFileSync(at, 'utf8')) > line && Number(readFileSync(at, 'utf8')));
    await eventually(() => existsSync(at));
    await reached(3);
    // What pidnap has read and not yet written dies with it: at the kill nothing is on its way.
    writeFileSync(quiet, '');
    await eventually(async () =>
      (await pidnap.linesOf('web')).includes(`line ${readFileSync(at, 'utf8').trim()}`),
    );
    await killPidnap(pidnap);
    rmSync(quiet);
    const meanwhile = await reached(await reached((await reached(0)) + 5));
    await pidnap.startAgain();
    expect(await leftovers()).toEqual({ adopted: ['web'], ended: 0 });
    expect(await get('web')).toMatchObject({
      state: 'running',
      reason: 'adopted',
      pid: before.pid,
      runs: 1,
      restarts: 0,
    });
    const last = await reached(meanwhile + 3);
    const lines = await eventually(async () => {
      const written = await pidnap.linesOf('web');
      return written.includes(`line ${last}`) && written;
    });
    expect(lines).toEqual(lines.map((_line, index) => `line ${index + 1}`));
    await expectRuns({ web: [web, [1]] });
    // Within what the two clocks are read apart.
    expect(Math.abs(((await get('web')).startedAt ?? 0) - (before.startedAt ?? 0))).toBeLessThan(100);
  });

  it('a task that completed stays completed, one that runs goes on, one that ended meanwhile is not run again', async () => {
    const [done, long, lost] = [witness('done'), witness('long'), witness('lost')];
    const [lostPid, added] = [scratchPath('lost-pid'), witness('added')];
    pidnap = await startTestPidnap({
      done: done.definition('exit 0', { restart: 'never' }),
      long: long.definition('exec sleep 1000', { restart: 'never' }),
      lost: lost.definition(`echo $$ > ${lostPid}; exec sleep 1000`, { restart: 'never' }),
    });
    await pidnap.client.add({
      name: 'added',
      definition: added.definition('exit 0', { restart: 'never' }),
      actionId: 'add',
    });
    for (const name of ['done', 'added'])
      expect((await pidnap.client.wait({ name, until: 'completed' })).reached).toBe(true);
    const before = await up(pidnap, 'long', long);
    await up(pidnap, 'lost', lost);
    await killPidnap(pidnap);
    process.kill(await pidFrom(lostPid), 'SIGKILL');
    await pidnap.startAgain();
    expect(await get('long')).toMatchObject({ state: 'running', reason: 'adopted', pid: before.pid });
    for (const name of ['done', 'added'])
      expect(await get(name)).toMatchObject({ state: 'completed', exitCode: 0, runs: 1 });
    expect(await get('lost')).toMatchObject({
      state: 'failed',
      reason: 'interrupted-by-supervisor-restart',
      runs: 1,
    });
    await expectRuns({ done: [done, [1]], long: [long, [1]], lost: [lost, [1]], added: [added, [1]] });
    expect((await pidnap.client.history({ name: 'lost' })).map(({ run }) => run)).toEqual([1]);
  });

  it('a service that ended meanwhile is started again, as after any other failure', async () => {
    const web = witness('web');
    pidnap = await startTestPidnap({ web: web.definition('exec sleep 1000') });
    const before = await up(pidnap, 'web', web);
    await killPidnap(pidnap);
    process.kill(before.pid ?? 0, 'SIGKILL');
    await pidnap.startAgain();
    expect(await up(pidnap, 'web', web, 2)).toMatchObject({ runs: 2, restarts: 1 });
    expect(await leftovers()).toMatchObject({ adopted: [] });
    const [, lost] = await pidnap.client.history({ name: 'web' });
    expect(lost).toMatchObject({ run: 1, pid: before.pid, exitCode: null, signal: null });
    await expectRuns({ web: [web, [1, 2]] });
  });

  it('children that outlived their process are ended before it starts again', async () => {
    const web = witness('web');
    const childPid = scratchPath('child');
    const script = `test $PIDNAP_RUN = 1 && { sleep 1000 & echo $! > ${childPid}; }; exec sleep 1000`;
    pidnap = await startTestPidnap({ web: web.definition(script) });
    const before = await up(pidnap, 'web', web);
    const child = await pidFrom(childPid);
    await killPidnap(pidnap);
    process.kill(before.pid ?? 0, 'SIGKILL');
    await pidnap.startAgain();
    await up(pidnap, 'web', web, 2);
    expect(isAlive(child)).toBe(false);
    expect((await leftovers()).ended).toBeGreaterThan(0);
    await expectRuns({ web: [web, [1, 2]] });
  });

  it('a process that backs off starts when it would have started', async () => {
    const [soon, late] = [witness('soon'), witness('late')];
    const backoff = (initialMs: number) => ({ initialMs, maxMs: initialMs, jitter: 0 });
    pidnap = await startTestPidnap({
      soon: soon.definition('test $PIDNAP_RUN = 1 && exit 3; exec sleep 1000', { backoff: backoff(2000) }),
      late: late.definition('exit 3', { backoff: backoff(3_600_000) }),
    });
    for (const name of ['soon', 'late'])
      expect((await pidnap.client.wait({ name, until: 'backing-off' })).reached).toBe(true);
    const before = await get('late');
    await killPidnap(pidnap);
    await pidnap.startAgain();
    const after = await get('late');
    expect(after).toMatchObject({ state: 'backing-off', runs: 1, restarts: before.restarts, exitCode: 3 });
    expect(Math.abs((after.nextStartAt ?? 0) - (before.nextStartAt ?? 0))).toBeLessThan(100);
    await up(pidnap, 'soon', soon, 2);
    const [second, first] = await pidnap.client.history({ name: 'soon' });
    expect((second?.startedAt ?? 0) - (first?.stoppedAt ?? Infinity)).toBeGreaterThanOrEqual(1900);
    await expectRuns({ soon: [soon, [1, 2]], late: [late, [1]] });
  });

  it('a process that is being stopped is stopped by the next one, and what was stopped stays so', async () => {
    const [stubborn, idle, deaf] = [witness('stubborn'), witness('idle'), scratchPath('deaf')];
    pidnap = await startTestPidnap({
      stubborn: stubborn.definition(`trap '' TERM; echo $$ > ${deaf}; while :; do sleep 0.1; done`, {
        stop: { graceMs: 1500 },
      }),
      idle: idle.definition('exec sleep 1000'),
    });
    const { pid } = await up(pidnap, 'stubborn', stubborn);
    expect(await pidFrom(deaf)).toBe(pid);
    await up(pidnap, 'idle', idle);
    await pidnap.client.stop({ name: 'idle' });
    expect((await pidnap.client.wait({ name: 'idle', until: 'stopped' })).reached).toBe(true);
    expect((await pidnap.client.stop({ name: 'stubborn' })).state).toBe('stopping');
    await killPidnap(pidnap);
    await pidnap.startAgain();
    expect((await pidnap.client.wait({ name: 'stubborn', until: 'stopped' })).reached).toBe(true);
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(await get('idle')).toMatchObject({ state: 'stopped', reason: 'stop-requested', runs: 1 });
    await expectRuns({ stubborn: [stubborn, [1]], idle: [idle, [1]] });
  });

  it('a process whose definition changed meanwhile is ended and started anew, the others go on', async () => {
    const [web, db] = [witness('web'), witness('db')];
    const processes = (level: string) => ({
      web: web.definition('sleep 1000 & exec sleep 1000', { env: { LEVEL: level } }),
      db: db.definition('exec sleep 1000'),
    });
    pidnap = await startTestPidnap(processes('info'));
    const before = [await up(pidnap, 'web', web), await up(pidnap, 'db', db)];
    await killPidnap(pidnap);
    pidnap.writeConfig({ processes: processes('debug') });
    await pidnap.startAgain();
    const after = [await up(pidnap, 'web', web, 2), await up(pidnap, 'db', db)];
    expect(isAlive(before[0]?.pid ?? 0)).toBe(false);
    expect(after[1]?.pid).toBe(before[1]?.pid);
    expect(await leftovers()).toEqual({ adopted: ['db'], ended: 2 });
    await expectRuns({ web: [web, [1, 2]], db: [db, [1]] });
  });

  it('a process that the config file does not name any more is ended', async () => {
    const [web, gone] = [witness('web'), witness('gone')];
    const rest = { web: web.definition('exec sleep 1000') };
    pidnap = await startTestPidnap({ ...rest, gone: gone.definition('exec sleep 1000') });
    const { pid } = await up(pidnap, 'gone', gone);
    await up(pidnap, 'web', web);
    await killPidnap(pidnap);
    pidnap.writeConfig({ processes: rest });
    await pidnap.startAgain();
    expect(isAlive(pid ?? 0)).toBe(false);
    expect((await pidnap.client.list()).map(({ name }) => name)).toEqual(['web']);
    expect(await leftovers()).toEqual({ adopted: ['web'], ended: 1 });
  });

  it('everything is ended and started anew where the config says so', async () => {
    const web = witness('web');
    const config = { leftovers: 'end' as const };
    pidnap = await startTestPidnap({ web: web.definition('exec sleep 1000') }, { config });
    const before = await up(pidnap, 'web', web);
    await killPidnap(pidnap);
    await pidnap.startAgain();
    await up(pidnap, 'web', web, 2);
    expect(isAlive(before.pid ?? 0)).toBe(false);
    expect(await leftovers()).toEqual({ adopted: [], ended: 1 });
    await expectRuns({ web: [web, [1, 2]] });
  });

  it('an adopted process that ends is noticed, and one that is to stop is ended with its children', async () => {
    const [web, db] = [witness('web'), witness('db')];
    const childPid = scratchPath('child');
    pidnap = await startTestPidnap({
      web: web.definition('exec sleep 1000'),
      db: db.definition(`sleep 1000 & echo $! > ${childPid}; exec sleep 1000`),
    });
    const before = await up(pidnap, 'web', web);
    const { pid } = await up(pidnap, 'db', db);
    const child = await pidFrom(childPid);
    await killPidnap(pidnap);
    await pidnap.startAgain();
    expect((await leftovers()).adopted.toSorted()).toEqual(['db', 'web']);
    process.kill(before.pid ?? 0, 'SIGKILL');
    expect(await up(pidnap, 'web', web, 2)).toMatchObject({ runs: 2, restarts: 1 });
    await pidnap.client.stop({ name: 'db' });
    expect((await pidnap.client.wait({ name: 'db', until: 'stopped' })).reached).toBe(true);
    expect([isAlive(pid ?? 0), isAlive(child)]).toEqual([false, false]);
    await expectRuns({ web: [web, [1, 2]], db: [db, [1]] });
  });

  it('a command that is repeated does nothing a second time', async () => {
    const web = witness('web');
    pidnap = await startTestPidnap({ web: web.definition('exec sleep 1000') });
    await up(pidnap, 'web', web);
    const restart = { name: 'web', actionId: 'restart-once' };
    const answer = await pidnap.client.restart(restart);
    const before = await up(pidnap, 'web', web, 2);
    await killPidnap(pidnap);
    await pidnap.startAgain();
    expect(await pidnap.client.restart(restart)).toEqual(answer);
    expect(await get('web')).toMatchObject({ state: 'running', pid: before.pid, runs: 2 });
    await expectRuns({ web: [web, [1, 2]] });
  });
});

describe('in a new boot', () => {
  it('what is left is ended, and the whole start-up begins again, tasks included', async () => {
    const [web, migrate] = [witness('web'), witness('migrate')];
    const env = { PIDNAP_BOOT_ID: 'first' };
    const processes = {
      migrate: migrate.definition('exit 0', { restart: 'never' }),
      web: web.definition('exec sleep 1000', { dependsOn: [{ process: 'migrate' }] }),
    };
    pidnap = await startTestPidnap(processes, { env });
    const before = await up(pidnap, 'web', web);
    await killPidnap(pidnap);
    env.PIDNAP_BOOT_ID = 'second';
    await pidnap.startAgain();
    await up(pidnap, 'web', web, 2);
    expect(isAlive(before.pid ?? 0)).toBe(false);
    expect(await leftovers()).toEqual({ adopted: [], ended: 1 });
    await expectRuns({ web: [web, [1, 2]], migrate: [migrate, [1, 2]] });
  });

  it('begins with every orderly end', async () => {
    const migrate = witness('migrate');
    pidnap = await startTestPidnap({ migrate: migrate.definition('exit 0', { restart: 'never' }) });
    await pidnap.client.wait({ name: 'migrate', until: 'completed' });
    pidnap.child.kill('SIGTERM');
    expect(await pidnap.exited()).toEqual([0, null]);
    await pidnap.startAgain();
    expect((await pidnap.client.wait({ name: 'migrate', until: 'completed', minRun: 2 })).reached).toBe(true);
    await expectRuns({ migrate: [migrate, [1, 2]] });
  });
});
