import { describe, expect, it } from 'vitest';
import { answering, ended, eventually, facts } from '../../test/host-process.ts';
import { action, BOOTSTRAP_TOKEN, COMMAND_KEY, order } from '../../test/orders.ts';
import { imageSuite } from './image-suite.ts';
import { setUpBench, type BackendHands, type Bench } from './suite-bench.ts';
import { copySuite, survivalSuite } from './survival-suite.ts';

/** What every backend promises, tried on a real host-agent with real machines. */
export function backendSuite(hands: BackendHands): void {
  describe(`the ${hands.backend} backend`, { timeout: 180_000 }, () => {
    const bench = setUpBench(hands);
    machineSuite(hands, bench);
    copySuite(bench);
    imageSuite(bench);
    survivalSuite(bench);
  });
}

function machineSuite({ backend, lose, freeze, kill }: BackendHands, bench: Bench): void {
  it('tells what it is', async () => {
    const info = await bench.host.client.host.info();
    expect(info).toMatchObject({ hostId: bench.place.hostId, backend, pid: bench.host.child.pid });
    expect(info.image).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('gives machines that are created at the same time ways of their own', async () => {
    const ids = await Promise.all([bench.running(), bench.running(), bench.running()]);
    const answers = await Promise.all(
      ids.map((machineId) => bench.host.fetchMachine(machineId, 'web', '/facts')),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('creates, stops, starts, restarts and destroys a machine', async () => {
    const machineId = await bench.running();
    const first = await bench.host.client.machines.inspect({ machineId });
    expect(first).toMatchObject({
      state: 'running',
      diskPresent: true,
      memoryKilled: false,
      exitCode: null,
      host: bench.place.hostId,
    });
    expect(first.image).toBe((await bench.host.client.host.info()).image);

    expect(await bench.act('stop', machineId, 2)).toMatchObject({ state: 'stopped', diskPresent: true });
    expect((await bench.host.fetchMachine(machineId, 'web', '/facts')).status).toBe(502);

    expect(await bench.act('start', machineId, 3)).toMatchObject({ state: 'running' });
    await answering(bench.host, machineId);

    const before = await bench.host.client.machines.inspect({ machineId });
    const after = await bench.act('restart', machineId, 4);
    expect(after).toMatchObject({ state: 'running', operation: { status: 'done' } });
    expect(after.startedAt).toBeGreaterThan(before.startedAt!);

    expect(await bench.act('destroy', machineId, 5)).toMatchObject({
      state: 'absent',
      diskPresent: false,
      instanceId: null,
    });
    expect((await bench.host.client.machines.list()).map((machine) => machine.machineId)).not.toContain(
      machineId,
    );
  });

  it('finds a machine that nobody created absent', async () => {
    expect(await bench.host.client.machines.inspect({ machineId: 'demo.nobody.1' })).toMatchObject({
      state: 'absent',
      operation: null,
      diskPresent: false,
      host: bench.place.hostId,
    });
    const failed = await bench.act('start', 'demo.nobody.1', 1);
    expect(failed.operation).toMatchObject({ status: 'failed', error: { code: 'MACHINE_NOT_FOUND' } });
  });

  it('gives a machine its specification and its secrets, which are in no environment', async () => {
    const machineId = await bench.running();
    const { secret, env, spec } = await facts(bench.host, machineId);
    expect(secret).toEqual({
      mode: 0o400,
      content: { machineId, token: BOOTSTRAP_TOKEN },
    });
    expect(JSON.stringify(env)).not.toContain(BOOTSTRAP_TOKEN);
    expect(spec.commandKeys).toEqual([COMMAND_KEY]);
    expect(Object.keys(spec.ports).toSorted()).toEqual(['daemon', 'pidnap', 'web']);
    expect(spec.controlUrl).toBe(`${bench.host.ready.gatewayUrl}/control`);
  });

  it('does a repeated action once and answers with what became of it', async () => {
    const machineId = await bench.running();
    const again = { machineId, action: action(machineId, 2) };
    const [one, two] = await Promise.all([
      bench.host.client.machines.restart(again),
      bench.host.client.machines.restart(again),
    ]);
    expect(one.action).toEqual(two.action);
    await ended(bench.host, machineId, one);
    await answering(bench.host, machineId);
    const third = await bench.host.client.machines.restart(again);
    expect(third.status).toBe('done');
    const boots = await bench.host.client.machines.exec({
      machineId,
      command: ['cat', 'data/boots.txt'],
      timeoutMs: 5_000,
    });
    expect(boots.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('refuses an action that is older than one it has accepted', async () => {
    const machineId = await bench.running();
    await bench.act('stop', machineId, 7);
    const stale = bench.host.client.machines.start({ machineId, action: action(machineId, 6) });
    await expect(stale).rejects.toMatchObject({ code: 'STALE_ACTION', status: 409, defined: true });
    expect(await bench.host.client.machines.inspect({ machineId })).toMatchObject({ state: 'stopped' });
  });

  it('refuses to create what is there already, and leaves it alone', async () => {
    const machineId = await bench.running({ slot: 'twice' });
    const pid = (await facts(bench.host, machineId)).pid;
    const second = await bench.host.client.machines.create(order({ slot: 'twice', sequence: 2 }));
    const { operation } = await ended(bench.host, machineId, second);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'CONFLICT' } });
    expect((await facts(bench.host, machineId)).pid).toBe(pid);
  });

  it('runs a command, with its output, its exit code and a deadline', async () => {
    const machineId = await bench.running();
    const exec = (command: string[], timeoutMs = 10_000) =>
      bench.host.client.machines.exec({ machineId, command, timeoutMs });
    expect(await exec(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
    });
    expect(await exec(['sh', '-c', 'head -c 200000 /dev/zero'])).toMatchObject({ exitCode: 0 });
    expect((await exec(['sh', '-c', 'head -c 200000 /dev/zero'])).stdout).toHaveLength(65_536);
    const slow = await exec(['sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], 700);
    expect(slow).toMatchObject({ timedOut: true, exitCode: null });
    await bench.act('stop', machineId, 2);
    await expect(exec(['true'])).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it("shows the machine's own output", async () => {
    const machineId = await bench.running();
    expect(await bench.host.client.machines.logs({ machineId, tail: 1 })).toEqual([`booted ${machineId}`]);
  });

  it('sees a machine that ended by itself as stopped, with its exit code', async () => {
    const machineId = await bench.running();
    await bench.host.fetchMachine(machineId, 'web', '/exit?code=42');
    const inspection = await eventually(
      () => bench.host.client.machines.inspect({ machineId }),
      ({ state, exitCode }) => state === 'stopped' && exitCode !== null,
    );
    expect(inspection).toMatchObject({ exitCode: 42, diskPresent: true, memoryKilled: false });
  });

  it('restarts a machine whose main process is frozen or deaf', async () => {
    const machineId = await bench.running();
    await bench.host.fetchMachine(machineId, 'web', '/deaf');
    await freeze(bench.place, machineId);
    const inspection = await bench.act('restart', machineId, 2);
    expect(inspection).toMatchObject({ state: 'running', operation: { status: 'done' } });
    await answering(bench.host, machineId);
  });

  it('sees a machine that was removed behind its back as absent', async () => {
    const machineId = await bench.running();
    await lose(bench.place, machineId);
    expect(await bench.host.client.machines.inspect({ machineId })).toMatchObject({
      state: 'absent',
      instanceId: null,
    });
    const { operation } = await bench.act('restart', machineId, 2);
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'MACHINE_NOT_FOUND' } });
  });

  it('keeps a machine that was killed by a signal stopped, for the control plane to decide', async () => {
    const machineId = await bench.running();
    await kill(bench.place, machineId);
    const inspection = await eventually(
      () => bench.host.client.machines.inspect({ machineId }),
      ({ state, exitCode }) => state === 'stopped' && exitCode !== null,
    );
    expect(inspection.exitCode).toBe(137);
  });
}
