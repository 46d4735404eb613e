import { expect, it } from 'vitest';
import type { MachineProvider } from '../machine-provider.ts';
import { ProviderError } from '../machine-provider.ts';
import { failureOf, type SuiteBench } from './bench.ts';

/** The ways into a machine. */
export function insideChecks(bench: () => SuiteBench): void {
  it('runs commands, with their exit code and a deadline', async () => {
    const machineId = await bench().created();
    const exec = (command: string[], timeoutMs?: number) => bench().exec(machineId, command, timeoutMs);
    expect(await exec(['true'])).toMatchObject({ exitCode: 0, timedOut: false });
    expect(await exec(['sh', '-c', 'exit 3'])).toMatchObject({ exitCode: 3, timedOut: false });
    expect(await exec(['sleep', '30'], 300)).toMatchObject({ exitCode: null, timedOut: true });
    await bench().act('stop', machineId, 2);
    expect((await failureOf(exec(['true']))).code).toBe('CONFLICT');
    expect((await failureOf(bench().exec('demo.never-made.1', ['true'], 500))).code).toBe(
      'MACHINE_NOT_FOUND',
    );
  });

  it('leads to a port while the machine runs, and says that the machine is silent when it does not', async () => {
    const { provider, test } = bench();
    const machineId = await bench().created();
    const ask = (id = machineId, by = provider) => answerOf(by, id, test.service);
    const limit = Date.now() + test.patienceMs;
    while ((await ask()) !== 200) {
      if (Date.now() > limit) throw new Error(`never answered; last: ${await ask()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await bench().act('stop', machineId, 2);
    expect(await ask()).toBe('MACHINE_UNREACHABLE');
    expect(await ask('demo.never-made.1')).toBe('MACHINE_NOT_FOUND');
    expect(await ask(machineId, test.outOfReach)).toBe('HOST_UNREACHABLE');
  });
}

async function answerOf(
  provider: MachineProvider,
  machineId: string,
  { name, path }: { name: string; path: string },
): Promise<number | string> {
  const connection = provider.connect(machineId, name);
  try {
    const response = await connection.fetch(new Request(`${connection.url}${path}`));
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return (error as ProviderError).code;
  }
}
