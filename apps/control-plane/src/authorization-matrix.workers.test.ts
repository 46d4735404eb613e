/**
 * Every procedure and route x everything that somebody can show x everything that a call can be aimed at, through the
 * worker as it is called from outside. What is expected comes from a table of its own (test/matrix/access-table.ts).
 */
import {
  credentialContract,
  MACHINE_CREDENTIALS_PATH,
  MACHINE_EVIDENCE_PATH,
  MACHINE_RPC_PATH,
  machineContract,
  OPERATOR_EVIDENCE_PATH,
  type MachineIdentity,
} from '@fettle/contract';
import type { Command } from '@fettle/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, env, eventually, FAST, operator, reaches, report, template } from '../test/in-workerd.ts';
import { isLetIn, OPERATOR_TABLE, type Power, type Target } from '../test/matrix/access-table.ts';
import { call, get, isThere, outcomeOf, overRest, patiently, type Outcome } from '../test/matrix/asking.ts';
import { inputFor } from '../test/matrix/operator-inputs.ts';
import { procedureNames } from '../test/matrix/procedure-names.ts';
import { badOnes, machineOnes, operatorOnes, type Shown } from '../test/matrix/shown.ts';
import { EvidenceStore } from './evidence/evidence-store.ts';
import { operatorRouter } from './routers/operator-router.ts';

const tag = crypto.randomUUID().slice(0, 8);
const [OWN, COUSIN, FOREIGN] = [`own-${tag}`, `cousin-${tag}`, `foreign-${tag}`];
const target = (
  name: string,
  owner: string | null,
  project: string,
  slot = 'web-1',
  claims = owner,
): Target => ({
  name,
  owner,
  project,
  machineId: `${project}.${slot}.1`,
  claims: claims ?? 'acme',
});
const TARGETS = [
  target('own', 'acme', OWN),
  target('sibling', 'acme', OWN, 'web-2'),
  target('no machine of an own project', 'acme', OWN, 'web-9'),
  target('another project of the organization', 'acme', COUSIN),
  target('another organization', 'globex', FOREIGN),
  target('an own project that is said to be of another organization', 'acme', OWN, 'web-1', 'globex'),
  target('a project of another organization that is said to be of ours', 'globex', FOREIGN, 'web-1', 'acme'),
  target('nothing that there is', null, `unknown-${tag}`),
];
const PLACE = { id: '1', part: 'inside.json' } as const;

/** It takes about 10 s where nothing else runs. */
const SLOW_BOX_MS = 600_000;
const CLAIM = JSON.stringify({ json: { claim: 'c'.repeat(43) } });
const POINT = {
  kind: 'startup',
  seq: 1,
  ageMs: 0,
  droppedBefore: 0,
  timeToReadyMs: 1,
  entrypointStartedAt: 1,
  tasksCompleteMs: null,
  daemonReadyMs: 1,
};

const everyone: Shown[] = [];
const among = (name: string) => everyone.find((one) => one.name === name) as Shown;

const identityOf = (project: string, slot: string): MachineIdentity => ({
  machineId: `${project}.${slot}.1`,
  organization: project === FOREIGN ? 'globex' : 'acme',
  project,
  slot,
  generation: 1,
  type: 'local-docker',
});

beforeAll(async () => {
  const slots = ['web-1', 'web-2', 'old-1', 'gone-1'];
  for (const [organization, project] of [
    ['acme', OWN],
    ['acme', COUSIN],
    ['globex', FOREIGN],
  ] as const)
    await operator().projects.apply({ organization, project, slots, template, policy: FAST });
  const machine = (slot: string) => env.MACHINES.getByName(`${OWN}.${slot}.1`);
  for (const slot of slots) await isThere(`${OWN}.${slot}.1`);
  const take = (slot: string, command: Command) =>
    eventually(
      async () => (await machine(slot).command(command, null)).ok,
      (ok) => ok,
    );
  const old = await machineOnes('', identityOf(OWN, 'old-1'), 'present');
  for (const { machine: said, headers } of old)
    if (said?.use === 'bootstrap')
      await patiently(`${MACHINE_CREDENTIALS_PATH}/bootstrap`, { headers }, CLAIM);
  await take('old-1', { kind: 'revoke-credentials', reason: 'a test' });
  await take('gone-1', { kind: 'retire' });
  const store = new EvidenceStore(env.EVIDENCE as R2Bucket);
  for (const { machineId } of TARGETS.slice(0, 5)) await store.put({ machineId, ...PLACE }, '{}');
  everyone.push(
    ...(await operatorOnes(['*', 'acme', `acme/${OWN}`, 'globex', `acme/${COUSIN}`])),
    ...(await badOnes(identityOf(OWN, 'web-1'))),
    ...(await machineOnes('a machine', identityOf(OWN, 'web-1'), 'present')),
    ...(await machineOnes('a sibling', identityOf(OWN, 'web-2'), 'present')),
    ...(await machineOnes('a machine of another organization', identityOf(FOREIGN, 'web-1'), 'present')),
    ...(await machineOnes('a machine whose credentials were revoked', identityOf(OWN, 'old-1'), 'revoked')),
    ...(await machineOnes('a retired machine', identityOf(OWN, 'gone-1'), 'retired')),
  );
  // Everybody who is let in below is refused by the quota: the fleet stays as it is.
  for (const project of [OWN, COUSIN, FOREIGN]) {
    await operator().projects.setQuota({ project, quota: { commandsPerHour: 1 } });
    await operator()
      .projects.unpin({ project, slot: 'nowhere' })
      .catch(() => undefined);
  }
}, 60_000);

describe('operators', () => {
  test('are asked for a role at every procedure that there is', () => {
    expect(procedureNames(operatorRouter).toSorted()).toEqual(Object.keys(OPERATOR_TABLE).toSorted());
  });

  test(
    'get what the table says, of every procedure, whoever they are and whatever they aim at',
    async () => {
      const wrong: string[] = [];
      const refusals = new Set<string>();
      let cases = 0;
      for (const procedure of procedureNames(operatorRouter))
        for (const aim of aimsOf(procedure))
          for (const shown of everyone) {
            cases += 1;
            const answer = await call(procedure, shown, inputFor(procedure, aim));
            const text = await answer.text();
            if (answer.status === 403) refusals.add(text);
            const expected = expectedOf(shown.powers, OPERATOR_TABLE[procedure] ?? null, aim);
            if (outcomeOf(answer.status) !== expected || !answer.headers.has('x-request-id'))
              wrong.push(
                `${procedure}, ${shown.name}, at ${aim.name}: ${answer.status}, expected ${expected}`,
              );
          }
      expect(wrong).toEqual([]);
      // What is forbidden reads the same whether or not it is there.
      expect(refusals.size).toBe(1);
      expect(cases).toBeGreaterThan(8000);
    },
    SLOW_BOX_MS,
  );

  test(
    'get the same by REST',
    async () => {
      const wrong: string[] = [];
      for (const procedure of procedureNames(operatorRouter))
        for (const aim of aimsOf(procedure).filter(
          ({ name }) => name === 'own' || name === 'another organization',
        ))
          for (const shown of everyone) {
            const { status } = await overRest(procedure, shown, inputFor(procedure, aim));
            const expected = expectedOf(shown.powers, OPERATOR_TABLE[procedure] ?? null, aim);
            if (outcomeOf(status) !== expected)
              wrong.push(`${procedure}, ${shown.name}, at ${aim.name}: ${status}, expected ${expected}`);
          }
      expect(wrong).toEqual([]);
    },
    SLOW_BOX_MS,
  );

  test('get files of evidence as they get the list of them, and figures where they may see everything', async () => {
    const wrong: string[] = [];
    for (const shown of everyone) {
      for (const aim of TARGETS) {
        const path = `${OPERATOR_EVIDENCE_PATH}/${aim.machineId}/${PLACE.id}/${PLACE.part}`;
        const { status } = await get(path, shown);
        const expected = expectedOf(shown.powers, ['operator', 'project'], aim);
        if (outcomeOf(status) !== expected)
          wrong.push(`evidence, ${shown.name}, at ${aim.name}: ${status}, expected ${expected}`);
      }
      const { status } = await get('/metrics', shown);
      const expected = expectedOf(shown.powers, ['viewer', 'everywhere'], TARGETS[0] as Target);
      if (outcomeOf(status) !== expected)
        wrong.push(`metrics, ${shown.name}: ${status}, expected ${expected}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('machines', () => {
  test('have no procedure that the matrix does not know', () => {
    expect(procedureNames(machineContract)).toEqual(['report', 'reportMetrics']);
    expect(procedureNames(credentialContract)).toEqual(['bootstrap', 'renew']);
  });

  test.each<[string, 'machine' | 'renewal' | 'bootstrap', () => Promise<unknown>, boolean]>([
    ['report', 'machine', async () => ({ json: report() }), true],
    // Nobody asks an object: a machine that was revoked or replaced is believed until its token of a minute is over.
    [
      'reportMetrics',
      'machine',
      async () => ({ json: { bootId: 'boot-1', sentAt: 1, versions: null, points: [POINT] } }),
      false,
    ],
    ['bootstrap', 'bootstrap', async () => JSON.parse(CLAIM), true],
    ['renew', 'renewal', async () => ({ json: { rotate: false } }), true],
  ])('%s is for %s tokens, of machines whose credentials hold', async (procedure, use, body, asksObject) => {
    const base = use === 'machine' ? MACHINE_RPC_PATH : MACHINE_CREDENTIALS_PATH;
    const wrong: string[] = [];
    for (const shown of everyone) {
      const status = await patiently(`${base}/${procedure}`, shown, JSON.stringify(await body()));
      const isFor = shown.machine?.use === use;
      const state = asksObject ? shown.machine?.state : 'present';
      // A renewal token that was never given is signed all the same: only the object tells.
      const expected =
        !isFor || state === 'revoked'
          ? [401]
          : state === 'retired'
            ? [410]
            : use === 'renewal'
              ? [401]
              : [200];
      if (!expected.includes(status)) wrong.push(`${shown.name}: ${status}, expected ${expected.join()}`);
    }
    expect(wrong).toEqual([]);
  });

  test('read evidence of their own slot, and are told of no other', async () => {
    const wrong: string[] = [];
    const ids = new Set(TARGETS.map(({ machineId }) => machineId));
    // Side by side: each machine may ask so often only.
    await Promise.all(
      everyone.map(async (shown) => {
        for (const machineId of ids) {
          const path = `${MACHINE_EVIDENCE_PATH}/${machineId}/${PLACE.id}/${PLACE.part}`;
          const status = await patiently(path, shown, null);
          const isTheirs = shown.machine?.use === 'machine' && shown.machine.machineId === machineId;
          const expected = shown.machine?.use !== 'machine' ? 401 : isTheirs ? 200 : 404;
          if (status !== expected) wrong.push(`${shown.name}, ${machineId}: ${status}, expected ${expected}`);
        }
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('store no evidence that nobody asked for', async () => {
    const wrong: string[] = [];
    for (const shown of everyone) {
      const path = `${MACHINE_EVIDENCE_PATH}/${PLACE.id}/logs.txt`;
      const { status } = await ask(path, { method: 'PUT', body: 'x', headers: shown.headers });
      const expected = shown.machine?.use === 'machine' ? 404 : 401;
      if (status !== expected) wrong.push(`${shown.name}: ${status}, expected ${expected}`);
    }
    expect(wrong).toEqual([]);
  });
});

test('the way to a slot is for everybody, and nothing that is shown makes it another', async () => {
  const wrong: string[] = [];
  const one = target('another project', 'acme', COUSIN);
  await reaches(`${COUSIN}.web-1.1`, 'healthy');
  await eventually(
    async () => (await get(`/s/${COUSIN}/web-1/`, among('nothing'))).status,
    (status) => status === 200,
  );
  for (const aim of [one, ...TARGETS.slice(4)])
    for (const shown of everyone) {
      const { status } = await get(`/s/${aim.project}/nowhere/`, shown);
      if (status !== 404) wrong.push(`${shown.name}, ${aim.name}: ${status}`);
    }
  for (const shown of everyone) {
    const { status } = await get(`/s/${COUSIN}/web-1/`, shown);
    if (status !== 200) wrong.push(`${shown.name}: ${status}`);
  }
  expect(wrong).toEqual([]);
});

/** Aims that are the same for a procedure count once. */
function aimsOf(procedure: string): Target[] {
  const seen = new Set<string | undefined>();
  return TARGETS.filter((aim) => {
    const input = JSON.stringify(inputFor(procedure, aim));
    return !seen.has(input) && seen.add(input);
  });
}

function expectedOf(
  powers: readonly Power[] | null,
  row: Parameters<typeof isLetIn>[1] | null,
  aim: Target,
): Outcome {
  if (powers === null) return 'unknown';
  return row !== null && isLetIn(powers, row, aim) ? 'let in' : 'forbidden';
}
