import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { MACHINE_CREDENTIALS_PATH, RENEWAL_ROTATES_AFTER_MS, type FreshCredentials } from '@fettle/contract';
import { bootstrapToken, machineToken, newClaim, renewalToken } from '../../test/credentials.ts';
import { ask, BY, env, eventually, newMachine, operator, reaches, report } from '../../test/in-workerd.ts';
import { tellHost } from '../../test/fake-host/script.ts';
import { commandPublicKeys } from '../auth/command-signature.ts';
import { verifyMachineToken } from '../auth/machine-token.ts';

/** A machine that is healthy, with the bootstrap token that its host was given. */
async function bornMachine(): Promise<{ machineId: string; project: string; bootstrap: string }> {
  const { machineId, project } = await newMachine();
  await reaches(machineId, 'healthy');
  return { machineId, project, bootstrap: await bootstrapOf(machineId) };
}

const bootstrapOf = async (machineId: string) =>
  (await tellHost(env.FETTLE_HOST_URL, { do: 'look', machineId })).bootstrap ?? '';

function post(path: string, token: string, input: unknown): Promise<Response> {
  return ask(path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
}

const exchange = (token: string, claim: string) =>
  post(`${MACHINE_CREDENTIALS_PATH}/bootstrap`, token, { claim });
const renew = (token: string, rotate = false) => post(`${MACHINE_CREDENTIALS_PATH}/renew`, token, { rotate });
const sendReport = (token: string) => post('/machine/v1/rpc/report', token, report());

const answerOf = async (response: Response) => ((await response.json()) as { json: FreshCredentials }).json;
const codeOf = async (response: Response) =>
  ((await response.json()) as { json: { code: string } }).json.code;

/** Calls that wake the object are two within a second. */
const aSecond = () => new Promise((resolve) => setTimeout(resolve, 1050));

describe.concurrent('credentials', () => {
  test('are fetched once for a bootstrap token, and then renewed and shown', async () => {
    const { machineId, bootstrap } = await bornMachine();
    const first = await answerOf(await exchange(bootstrap, newClaim()));
    expect(first).toMatchObject({
      expiresInMs: 60_000,
      commandKeys: await commandPublicKeys(env),
      repositories: null,
    });
    expect((await sendReport(first.token)).status).toBe(200);
    await aSecond();
    const next = await answerOf(await renew(first.renewal ?? '', true));
    expect(next.renewal).toBeNull();
    const shown = { use: 'machine', now: Date.now() } as const;
    expect(await verifyMachineToken(env, next.token, shown)).toMatchObject({ machineId, epoch: 1 });
  });

  test('come again to the same claim, and not to another, of which people are told', async () => {
    const { machineId, project, bootstrap } = await bornMachine();
    const claim = newClaim();
    const first = await answerOf(await exchange(bootstrap, claim));
    const again = await answerOf(await exchange(bootstrap, claim));
    expect(again.renewal).toBe(first.renewal);
    await aSecond();
    const thief = await exchange(bootstrap, newClaim());
    expect([thief.status, await codeOf(thief)]).toEqual([409, 'CONFLICT']);
    const { notices } = await eventually(
      () => operator().projects.get({ project }),
      (view) => view.notices.some(({ kind }) => kind === 'credentials'),
    );
    expect(notices.find(({ kind }) => kind === 'credentials')).toMatchObject({ machineId });
    // The machine that came first keeps what it has.
    await aSecond();
    expect((await renew(first.renewal ?? '')).status).toBe(200);
  });

  test('of a renewal token that is a day old are replaced, and the one before is taken for a while', async () => {
    const { machineId, bootstrap } = await bornMachine();
    const { renewal } = await answerOf(await exchange(bootstrap, newClaim()));
    await runInDurableObject(env.MACHINES.getByName(machineId), async (machine) => {
      const kept = machine['keeper'].get();
      const present = kept?.record.credentials.renewal;
      if (!kept || !present) throw new Error('There is no renewal token');
      const issuedAt = present.issuedAt - RENEWAL_ROTATES_AFTER_MS - 1;
      const credentials = { ...kept.record.credentials, renewal: { ...present, issuedAt } };
      await machine['keeper'].replace({ ...kept, record: { ...kept.record, credentials } });
    });
    await aSecond();
    const rotated = await answerOf(await renew(renewal ?? '', true));
    expect(rotated.renewal).not.toBeNull();
    expect(rotated.renewal).not.toBe(renewal);
    // The answer was lost: the machine comes with the one before, and is given the same as then.
    const lost = await answerOf(await renew(renewal ?? '', true));
    expect(lost.renewal).toBe(rotated.renewal);
  });

  test('that are revoked are refused at once, and the machine is handed new ones by a signed command', async () => {
    const { machineId, bootstrap } = await bornMachine();
    const old = await answerOf(await exchange(bootstrap, newClaim()));
    await operator().machines.revokeCredentials({ machineId, reason: 'a test' });
    await aSecond();
    expect((await sendReport(old.token)).status).toBe(401);
    expect((await renew(old.renewal ?? '')).status).toBe(401);
    const fresh = await eventually(
      () => bootstrapOf(machineId),
      (token) => token !== bootstrap,
    );
    await aSecond();
    expect((await exchange(bootstrap, newClaim())).status).toBe(401);
    const next = await answerOf(await exchange(fresh, newClaim()));
    await aSecond();
    expect((await sendReport(next.token)).status).toBe(200);
  });

  test('of a machine that was replaced are worth nothing', async () => {
    const { machineId, bootstrap } = await bornMachine();
    const { token, renewal } = await answerOf(await exchange(bootstrap, newClaim()));
    await env.MACHINES.getByName(machineId).command({ kind: 'retire' }, BY);
    await aSecond();
    const refused = [await sendReport(token), await renew(renewal ?? '')];
    await aSecond();
    refused.push(await exchange(bootstrap, newClaim()));
    expect(refused.map(({ status }) => status)).toEqual([410, 410, 410]);
  });
});

describe('a token', () => {
  const place = 'demo.web-77.1';
  test.each<[string, () => Promise<string>, string]>([
    ['a machine token', () => machineToken(place), `${MACHINE_CREDENTIALS_PATH}/renew`],
    ['a machine token', () => machineToken(place), `${MACHINE_CREDENTIALS_PATH}/bootstrap`],
    ['a renewal token', () => renewalToken(place), `${MACHINE_CREDENTIALS_PATH}/bootstrap`],
    ['a renewal token', () => renewalToken(place), '/machine/v1/rpc/report'],
    ['a renewal token', () => renewalToken(place), '/machine/v1/rpc/reportMetrics'],
    ['a renewal token', () => renewalToken(place), '/machine/v1/evidence/1/logs.txt'],
    ['a bootstrap token', () => bootstrapToken(place), `${MACHINE_CREDENTIALS_PATH}/renew`],
    ['a bootstrap token', () => bootstrapToken(place), '/machine/v1/rpc/report'],
    ['the root token of operators', async () => env.FETTLE_OPERATOR_TOKEN, '/machine/v1/rpc/report'],
  ])('is good for one thing: %s opens nothing else', async (_, make, path) => {
    expect((await post(path, await make(), {})).status).toBe(401);
  });

  test('with a claim that is none is a bad request, of which nothing comes back', async () => {
    const secret = 'a-claim-that-must-not-come-back';
    const answer = await exchange(await bootstrapToken('demo.web-78.1'), secret);
    const text = await answer.text();
    expect(answer.status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ json: { code: 'BAD_REQUEST', data: { field: 'claim' } } });
    expect(text).not.toContain(secret);
  });

  test('of a machine that nobody has made finds no machine', async () => {
    const answer = await exchange(await bootstrapToken('demo.web-79.1'), newClaim());
    expect(await codeOf(answer)).toBe('MACHINE_NOT_FOUND');
  });
});
