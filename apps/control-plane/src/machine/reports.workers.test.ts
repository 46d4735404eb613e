import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import {
  ask,
  env,
  eventually,
  FAST,
  newMachine,
  operator,
  policyOf,
  reaches,
  recordIn,
  report,
  storedRecord,
} from '../../test/in-workerd.ts';
import { machineToken } from '../../test/credentials.ts';

function sendReport(token: string, body: unknown): Promise<Response> {
  return ask('/machine/v1/rpc/report', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: body }),
  });
}

test('a report is taken for the machine of its token, whatever it says', async () => {
  const [one, other] = [await newMachine(), await newMachine()];
  await Promise.all([reaches(one.machineId, 'healthy'), reaches(other.machineId, 'healthy')]);
  const token = await machineToken(one.machineId);
  const answer = await sendReport(token, report({ seq: 7 }));
  expect(answer.status).toBe(200);
  const { everyMs } = policyOf(FAST).report;
  expect(await answer.json()).toEqual({
    json: {
      reportEveryMs: everyMs,
      nextReportInMs: expect.any(Number),
      fresh: { token: expect.stringMatching(/^fmt2\./), expiresInMs: 60_000 },
    },
  });
  expect((await operator().machines.get({ machineId: one.machineId })).lastReportAt).not.toBeNull();

  const foreign = await sendReport(token, {
    ...report(),
    machineId: other.machineId,
  });
  expect(foreign.status).toBe(400);
  expect((await operator().machines.get({ machineId: other.machineId })).lastReportAt).toBeNull();
});

test('a report that says nothing new is remembered, and stored with the look that follows', async () => {
  const { machineId } = await newMachine({ ...FAST, check: { ...FAST.check, intervalMs: 3000 } });
  const { versions, services } = await reaches(machineId, 'healthy');
  const stub = env.MACHINES.getByName(machineId);
  const before = await eventually(
    () => storedRecord(machineId),
    ({ pending, outbox, check }) =>
      pending === null && outbox.length === 0 && check.dueAt > Date.now() + 1000,
  );
  // In one turn, so that no check comes in between.
  const { stored, view } = await runInDurableObject(stub, async (instance, state) => {
    await instance.report(report({ versions, services }), 1);
    return { view: await instance.getHealth(), stored: recordIn(state) };
  });
  expect(view).toMatchObject({ ok: true, value: { lastReportAt: expect.any(Number) } });
  expect(stored.report).toBeNull();
  const after = await eventually(
    () => storedRecord(machineId),
    ({ check }) => (check.completedAt ?? 0) > (before.check.completedAt ?? 0),
  );
  expect(after.report).toMatchObject({ report: { seq: 1 } });
});

test('a report of something bad is stored at once', async () => {
  const { machineId } = await newMachine({ ...FAST, check: { ...FAST.check, intervalMs: 3000 } });
  await reaches(machineId, 'healthy');
  await env.MACHINES.getByName(machineId).report(report({ pidnapAnswers: false }), 1);
  expect((await storedRecord(machineId)).report).toMatchObject({ report: { pidnapAnswers: false } });
});

test('a machine that was given up is told that it is retired, and nothing it says counts', async () => {
  const { machineId } = await newMachine();
  await reaches(machineId, 'healthy');
  const token = await machineToken(machineId);
  await env.MACHINES.getByName(machineId).command({ kind: 'retire' }, null);
  const answer = await sendReport(token, report());
  expect(answer.status).toBe(410);
  expect(await answer.json()).toMatchObject({ json: { code: 'RETIRED', data: { retryable: false } } });
  expect((await reaches(machineId, 'retired')).lastReportAt).toBeNull();
});

test('a token made with another key opens nothing', async () => {
  const { machineId } = await newMachine();
  const { identity } = await reaches(machineId, 'healthy');
  const forged = await machineToken(machineId, identity, { FETTLE_MACHINE_KEY: 'another-key' });
  expect((await sendReport(forged, report())).status).toBe(401);
  expect((await operator().machines.get({ machineId })).lastReportAt).toBeNull();
});
