import { expect, it } from 'vitest';
import { actionOf, type SuiteBench } from './bench.ts';

/** What is kept of a machine's data outside the machine. */
export function copyChecks(bench: () => SuiteBench): void {
  it('brings the data of a copy of a stopped machine into another machine', async () => {
    const machineId = await bench().created({ slot: 'heir' });
    const read = (id: string) => bench().exec(id, ['cat', 'data/note.txt']);
    await bench().write(machineId, 'data/note.txt', 'precious');
    await bench().write(machineId, 'left.txt', 'behind');
    await bench().act('stop', machineId, 2);
    const { lastCopy } = await bench().act('copy', machineId, 3);
    await bench().act('start', machineId, 4);
    await bench().write(machineId, 'data/note.txt', 'later');

    const heir = await bench().created({
      slot: 'heir',
      generation: 2,
      restoreCopyId: lastCopy?.copyId ?? null,
    });
    expect(await read(heir)).toMatchObject({ exitCode: 0, stdout: 'precious' });
    expect(await read(machineId)).toMatchObject({ exitCode: 0, stdout: 'later' });
    if (bench().provider.capabilities.copyHolds === 'data')
      expect((await bench().exec(heir, ['cat', 'left.txt'])).exitCode).not.toBe(0);
  });

  it('tells by what a copy is verified', async () => {
    const machineId = await bench().created();
    const { lastCopy } = await bench().act('copy', machineId, 2);
    if (bench().provider.capabilities.copyVerifiedBy === 'checksum')
      expect(lastCopy?.sha256).toMatch(/^[0-9a-f]{64}$/);
    else expect(lastCopy).toMatchObject({ machineId, sha256: null });
  });

  it('makes nothing of a copy that is unknown', async () => {
    expect(await restoring(bench(), 'demo.nobody.1.99')).toEqual({
      code: 'COPY_NOT_FOUND',
      state: 'absent',
    });
  });

  it('makes no machine that runs of a copy that is damaged', async () => {
    const { provider, test } = bench();
    const machineId = await bench().created();
    const { lastCopy } = await bench().act('copy', machineId, 2);
    await test.corruptCopies(machineId);
    // Who vouches for a copy itself finds out in words of its own.
    const isOurs = provider.capabilities.copyVerifiedBy === 'checksum';
    expect(await restoring(bench(), lastCopy?.copyId ?? '')).toEqual(
      isOurs ? { code: 'COPY_CORRUPT', state: 'absent' } : { code: 'PROVIDER_FAILED', state: 'stopped' },
    );
  });
}

/** Why no machine came of a copy, and what there is of it. */
async function restoring(bench: SuiteBench, copyId: string) {
  const machine = bench.order({ restoreCopyId: copyId });
  const { machineId } = machine.identity;
  const create = bench.provider.create(actionOf(machineId, 1), machine);
  const code = await bench.reasonOf(create, machineId, 1);
  const { state } = await bench.provider.inspect(machineId);
  return { code, state };
}
