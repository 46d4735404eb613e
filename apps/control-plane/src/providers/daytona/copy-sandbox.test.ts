import { expect, it } from 'vitest';
import { daytonaBench, MACHINE, NOT_FOUND, SANDBOX } from '../../../test/daytona-bench.ts';
import { newMachine } from '../../../test/new-machine.ts';
import type { ScriptedApi } from '../../../test/scripted-api.ts';

/** The name of the snapshot that was ordered last. */
function ordered({ sent }: ScriptedApi): string {
  const order = sent.findLast(({ path }) => path === `${SANDBOX}/snapshot`);
  return (order?.body as { name: string } | undefined)?.name ?? '';
}

/** A bench whose snapshots are as a test says. */
async function copying() {
  let now = 1_700_000_000_000;
  const bench = daytonaBench(() => now);
  await bench.create();
  const { api, provider, action, sandbox } = bench;
  api.script({ [`POST ${SANDBOX}/snapshot`]: sandbox('snapshotting') });
  const begin = async (sequence: number) => {
    await provider.copy(action(sequence), MACHINE);
    return ordered(api);
  };
  const tell = (name: string, state: string, errorReason: string | null = null) =>
    api.script({ [`GET /snapshots/${name}`]: { json: { id: `id-${name}`, name, state, errorReason } } });
  const copy = async (sequence: number) => {
    const name = await begin(sequence);
    tell(name, 'active');
    return provider.inspect(MACHINE);
  };
  return { ...bench, begin, tell, copy, later: (ms: number) => void (now += ms) };
}

it('watches a snapshot until it can be used', async () => {
  const { provider, begin, tell } = await copying();
  const name = await begin(2);
  for (const state of ['snapshotting', 'pending']) {
    tell(name, state);
    expect(await provider.inspect(MACHINE)).toMatchObject({
      operation: { status: 'running' },
      lastCopy: null,
    });
  }
  tell(name, 'active');
  expect(await provider.inspect(MACHINE)).toMatchObject({
    operation: { status: 'done' },
    lastCopy: { copyId: name, machineId: MACHINE, takenAt: 1_700_000_000_000, bytes: null, sha256: null },
  });
});

it('asks for no snapshot any more when it has one', async () => {
  const { api, provider, copy } = await copying();
  await copy(2);
  api.take();
  await provider.inspect(MACHINE);
  expect(api.take()).toEqual([`GET ${SANDBOX}`]);
});

it('orders one snapshot although the answer was lost', async () => {
  const { api, provider, action, begin, tell } = await copying();
  api.script({ [`POST ${SANDBOX}/snapshot`]: 'lost' });
  await expect(begin(2)).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  tell(ordered(api), 'snapshotting');
  await provider.copy(action(2), MACHINE);
  expect(api.take().filter((call) => call === `POST ${SANDBOX}/snapshot`)).toHaveLength(1);
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'running' } });
});

it('fails with the reason of Daytona', async () => {
  const { provider, begin, tell } = await copying();
  tell(await begin(2), 'error', 'registry full');
  expect(await provider.inspect(MACHINE)).toMatchObject({
    operation: { status: 'failed', error: { message: 'Daytona made no snapshot: registry full' } },
  });
});

it('fails when no snapshot ever shows up', async () => {
  const { api, provider, begin, later } = await copying();
  const name = await begin(2);
  api.script({ [`GET /snapshots/${name}`]: NOT_FOUND });
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'running' } });
  later(61_000);
  expect(await provider.inspect(MACHINE)).toMatchObject({ operation: { status: 'failed' } });
});

it('keeps the newest three, and removes an older one later when it cannot now', async () => {
  const { api, copy } = await copying();
  const names: string[] = [];
  for (const sequence of [2, 3, 4]) names.push((await copy(sequence)).lastCopy?.copyId ?? '');
  api.script({ [`DELETE /snapshots/id-${names[0]}`]: 'lost' });
  await copy(5);
  const removed = () => api.take().filter((call) => call.startsWith('DELETE'));
  expect(removed()).toEqual([`DELETE /snapshots/id-${names[0]}`]);
  for (const name of names) api.script({ [`DELETE /snapshots/id-${name}`]: { json: {} } });
  await copy(6);
  expect(removed().toSorted()).toEqual(
    names
      .slice(0, 2)
      .map((name) => `DELETE /snapshots/id-${name}`)
      .toSorted(),
  );
});

it('removes the others although Daytona will not remove one', async () => {
  const { api, copy } = await copying();
  const names: string[] = [];
  for (const sequence of [2, 3]) names.push((await copy(sequence)).lastCopy?.copyId ?? '');
  const refusal = { status: 400, json: { statusCode: 400, message: 'Snapshot is in use' } };
  api.script({
    [`DELETE /snapshots/id-${names[1]}`]: refusal,
    [`DELETE /snapshots/id-${names[0]}`]: { json: {} },
  });
  for (const sequence of [4, 5, 6]) await copy(sequence);
  expect(api.take().filter((call) => call.startsWith('DELETE'))).toEqual([
    `DELETE /snapshots/id-${names[0]}`,
    `DELETE /snapshots/id-${names[1]}`,
  ]);
});

it('makes a machine from a copy, with the image that it has', async () => {
  const { api, provider, action, sandbox } = daytonaBench();
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'GET /snapshots/copy-1': { json: { id: 'c', name: 'copy-1', state: 'active' } },
    'POST /sandbox': () => sandbox('creating', { snapshot: 'copy-1' }),
  });
  await provider.create(action(1), newMachine({ restoreCopyId: 'copy-1', image: 'fettle-2' }));
  expect(api.sent.at(-1)?.body).toMatchObject({ snapshot: 'copy-1', labels: { 'fettle.image': 'fettle-2' } });
  api.script({ [`GET ${SANDBOX}`]: sandbox('started', { snapshot: 'copy-1' }) });
  expect(await provider.inspect(MACHINE)).toMatchObject({ image: 'fettle-2' });
});

it.each([
  ['error', 'COPY_CORRUPT'],
  ['build_failed', 'COPY_CORRUPT'],
])('makes nothing of a copy in state %s', async (state, code) => {
  const { api, provider, action } = daytonaBench();
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'GET /snapshots/copy-1': { json: { id: 'c', name: 'copy-1', state } },
  });
  await provider.create(action(1), newMachine({ restoreCopyId: 'copy-1' }));
  expect(await provider.inspect(MACHINE)).toMatchObject({ state: 'absent', operation: { error: { code } } });
});

it('makes a copy usable that Daytona has set aside, and is asked again', async () => {
  const { api, provider, action } = daytonaBench();
  api.script({
    [`GET ${SANDBOX}`]: NOT_FOUND,
    'GET /snapshots/copy-1': { json: { id: 'c', name: 'copy-1', state: 'inactive' } },
    'POST /snapshots/c/activate': { json: {} },
  });
  const create = provider.create(action(1), newMachine({ restoreCopyId: 'copy-1' }));
  await expect(create).rejects.toMatchObject({ code: 'PROVIDER_FAILED', retryable: true });
  expect(api.take()).toContain('POST /snapshots/c/activate');
});
