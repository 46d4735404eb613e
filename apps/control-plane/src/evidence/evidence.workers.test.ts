import { MAX_EVIDENCE_PART_BYTES, type EvidenceBundle } from '@fettle/contract';
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { machineToken } from '../../test/credentials.ts';
import { MachineStore } from '../machine/store.ts';
import { ask, env, eventually, FAST, newMachine, operator, reaches, reset } from '../../test/in-workerd.ts';
import { tellHost } from '../../test/fake-host/script.ts';

const host = env.FETTLE_HOST_URL;

/** Machines are restarted and nothing else: one level, for which evidence is kept. */
const RESTARTS = {
  ...FAST,
  ladder: [{ level: 3 as const, attempts: 1, timeoutMs: 60_000 }],
  budgets: { substitutions: { max: 0 } },
};

/** A machine whose service is sick until the machine is restarted. */
async function sickMachine(policy: Parameters<typeof newMachine>[0] = RESTARTS) {
  const { machineId } = await newMachine(policy);
  await reaches(machineId, 'healthy');
  return {
    machineId,
    sicken: () => tellHost(host, { do: 'ail', machineId, ailment: { service: 'web', curedBy: 'restart' } }),
  };
}

/** Has collecting take so long that it can be looked at, also where other tests run beside this one. */
const slowly = (machineId: string) =>
  tellHost(host, { do: 'fault', machineId, point: 'exec', fault: { kind: 'slow', ms: 4000 }, times: 1 });

async function collecting(machineId: string): Promise<string> {
  const sequence = await eventually(
    () =>
      runInDurableObject(env.MACHINES.getByName(machineId), (machine) => {
        const pending = machine['keeper'].get()?.record.pending;
        return pending?.do === 'collect-evidence' ? pending.ref.sequence : null;
      }),
    (found) => found !== null,
  );
  return String(sequence);
}

async function asMachine(machineId: string, path: string, init: RequestInit = {}): Promise<Response> {
  const token = await machineToken(machineId);
  return ask(`/machine/v1/evidence/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
}

function asOperator(path: string, token = env.FETTLE_OPERATOR_TOKEN): Promise<Response> {
  return ask(`/api/v1/evidence/${path}`, { headers: { authorization: `Bearer ${token}` } });
}

/** Operators are told of errors as by REST, machines as by RPC. */
async function refusalOf(answer: Response): Promise<unknown> {
  return [answer.status, await answer.json()];
}

const notThere = [
  404,
  {
    code: 'EVIDENCE_NOT_FOUND',
    status: 404,
    message: 'There is no such evidence',
    data: { retryable: false },
  },
];

async function codeOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { json: { code: string } }).json.code;
}

describe.concurrent('evidence', () => {
  test('is kept before a machine is restarted, and its incident links to it', async () => {
    const { machineId, sicken } = await sickMachine();
    await sicken();
    const [incident] = await eventually(
      () => operator().machines.incidents({ machineId }),
      ([one]) => one?.outcome === 'healed',
    );
    const [bundle, ...others] = await operator().machines.evidence({ machineId });
    expect(others).toEqual([]);
    expect(incident?.evidence).toEqual([bundle?.id]);
    expect(bundle).toMatchObject({
      machineId,
      incident: 1,
      level: 3,
      missing: [{ part: 'logs.txt', why: 'a simulated machine has no logs' }],
      copyAgeMs: expect.any(Number),
    });
    expect(bundle?.parts.map(({ part }) => part).toSorted()).toEqual([
      'events.json',
      'inside.json',
      'provider.json',
      'snapshots.json',
    ]);
    const read = async (part: string) => (await asOperator(`${machineId}/${bundle?.id}/${part}`)).json();
    expect(await read('provider.json')).toMatchObject({ machineId, state: 'running' });
    expect(await read('events.json')).toContainEqual(expect.objectContaining({ kind: 'incident' }));
    expect(await read('snapshots.json')).toContainEqual(expect.objectContaining({ healthy: false }));
    expect(await read('inside.json')).toMatchObject({ processes: expect.any(Array) });
    expect(await operator().machines.events({ machineId })).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/^evidence \d+: 4 parts; missing: logs.txt/),
      }),
    );
  });

  test('that cannot be had from inside keeps nobody from being repaired', async () => {
    const { machineId, sicken } = await sickMachine();
    const fault = { kind: 'refuses', code: 'CONFLICT', message: 'no command can be run' } as const;
    await tellHost(host, { do: 'fault', machineId, point: 'exec', fault, times: 9 });
    await sicken();
    await eventually(
      () => operator().machines.incidents({ machineId }),
      ([one]) => one?.outcome === 'healed',
    );
    const [bundle] = await operator().machines.evidence({ machineId });
    expect(bundle?.missing).toContainEqual({ part: 'inside.json', why: 'no command can be run' });
    expect(bundle?.parts).toHaveLength(3);
  });

  test('is collected again under the same number when its object ends in the middle', async () => {
    const { machineId, sicken } = await sickMachine();
    await slowly(machineId);
    await sicken();
    const id = await collecting(machineId);
    await reset(env.MACHINES.getByName(machineId));
    await eventually(
      () => operator().machines.incidents({ machineId }),
      ([one]) => one?.outcome === 'healed',
    );
    const bundles = await operator().machines.evidence({ machineId });
    expect(bundles.map((bundle) => bundle.id)).toEqual([id]);
    const { operations } = await tellHost(host, { do: 'look', machineId });
    expect(operations.filter(({ kind }) => kind === 'restart')).toHaveLength(1);
  });

  test('is none where the policy wants none', async () => {
    const { machineId, sicken } = await sickMachine({ ...RESTARTS, evidence: { mode: 'off' } });
    await sicken();
    const [incident] = await eventually(
      () => operator().machines.incidents({ machineId }),
      ([one]) => one?.outcome === 'healed',
    );
    expect(incident?.evidence).toEqual([]);
    expect(await operator().machines.evidence({ machineId })).toEqual([]);
  });

  test('of one machine is bounded: the oldest bundles are given back to be removed', async () => {
    await runInDurableObject(env.MACHINES.getByName('kept.web-1.1'), (_, state) => {
      const store = new MachineStore(state.storage);
      const bundle = (id: number): EvidenceBundle => ({
        id: String(id),
        machineId: 'kept.web-1.1',
        incident: 1,
        level: 3,
        takenAt: id,
        parts: [],
        missing: [],
        work: [],
        copyAgeMs: null,
      });
      expect([3, 9, 12].flatMap((id) => store.saveEvidence(bundle(id), 2)).map(({ id }) => id)).toEqual([
        '3',
      ]);
      expect(store.saveEvidence(bundle(12), 2)).toEqual([]);
      expect(store.evidence().map(({ id }) => id)).toEqual(['12', '9']);
    });
  });
});

describe.concurrent('parts that a machine stores', () => {
  test('are taken while its evidence is collected, and listed in the bundle', async () => {
    const { machineId, sicken } = await sickMachine();
    await slowly(machineId);
    await sicken();
    const id = await collecting(machineId);
    const put = (part: string, body: RequestInit['body']) =>
      asMachine(machineId, `${id}/${part}`, { method: 'PUT', body: body ?? null });
    expect((await put('logs.txt', 'the last words')).status).toBe(204);
    // Without a length.
    expect((await put('changes.diff', new Response('+one\n').body)).status).toBe(204);
    const tooLong = { 'content-length': String(MAX_EVIDENCE_PART_BYTES + 1) };
    const long = await asMachine(machineId, `${id}/logs.txt`, { method: 'PUT', body: 'x', headers: tooLong });
    expect([long.status, await codeOf(long)]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    for (const [who, path] of [
      [machineId, `${id}/provider.json`],
      [machineId, `${id}/passwd`],
      [machineId, `${Number(id) + 1}/logs.txt`],
      [machineId, `../${id}/logs.txt`],
      [`${machineId}1`, `${id}/logs.txt`],
    ] as const) {
      const answer = await asMachine(who, path, { method: 'PUT', body: 'x' });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    await eventually(
      () => operator().machines.incidents({ machineId }),
      ([one]) => one?.outcome === 'healed',
    );
    const [bundle] = await operator().machines.evidence({ machineId });
    expect(bundle?.parts).toContainEqual({ part: 'logs.txt', bytes: 'the last words'.length });
    expect(bundle?.parts).toContainEqual({ part: 'changes.diff', bytes: 5 });
    expect(bundle?.missing).toEqual([]);
    const late = await put('logs.txt', 'later');
    expect([late.status, await codeOf(late)]).toEqual([404, 'EVIDENCE_NOT_FOUND']);

    const ofSlot = (who: string) => asMachine(who, `${machineId}/${id}/logs.txt`);
    expect(await (await ofSlot(machineId)).text()).toBe('the last words');
    expect(await (await ofSlot(machineId.replace(/1$/, '2'))).text()).toBe('the last words');
    expect(await codeOf(await ofSlot('other.web-1.1'))).toBe('EVIDENCE_NOT_FOUND');
    expect(await codeOf(await ofSlot(machineId.replace('web-1', 'web-2')))).toBe('EVIDENCE_NOT_FOUND');
  });

  test.each([
    ['PUT', '7/logs.txt'],
    ['GET', 'demo.web-1.1/7/logs.txt'],
  ])('are for machines with a token: %s', async (method, path) => {
    const answer = await ask(`/machine/v1/evidence/${path}`, {
      method,
      headers: { authorization: 'Bearer no' },
    });
    expect([answer.status, await codeOf(answer)]).toEqual([401, 'UNAUTHORIZED']);
  });

  test.each([
    ['DELETE', '7/logs.txt'],
    ['POST', '7/logs.txt'],
    ['PUT', 'demo.web-1.1/7/logs.txt'],
    ['GET', '7/logs.txt'],
    ['GET', ''],
  ])('are reached in no other way: %s %s', async (method, path) => {
    expect(await codeOf(await asMachine('demo.web-1.1', path, { method }))).toBe('NOT_FOUND');
  });
});

describe('evidence for operators', () => {
  test.each([
    'demo.web-1.1/7/logs.txt',
    'demo.web-1.1/0/logs.txt',
    'demo.web-1.1/7/passwd',
    'demo.web-1.1/7/logs.txt/more',
    'nobody/7/logs.txt',
    '',
  ])('is not there: %s', async (path) => {
    expect(await refusalOf(await asOperator(path))).toEqual(notThere);
  });

  test('needs their token', async () => {
    expect((await asOperator('demo.web-1.1/7/logs.txt', 'wrong')).status).toBe(401);
    const token = await machineToken('demo.web-1.1');
    expect((await asOperator('demo.web-1.1/7/logs.txt', token)).status).toBe(401);
  });

  test('of a machine that does not exist is not there', async () => {
    await expect(operator().machines.evidence({ machineId: 'nobody.web-1.1' })).rejects.toMatchObject({
      code: 'MACHINE_NOT_FOUND',
    });
  });
});
