/** What tests inside workerd share. Imports nothing of Node: it is bundled into the worker. */
import { env as testEnv, exports } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import type { MachineRecord } from '@fettle/core';
import {
  OPERATOR_RPC_PATH,
  Policy,
  type HealthReport,
  type MachineView,
  type operatorContract,
  type Origin,
  type PolicyInput,
} from '@fettle/contract';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import * as v from 'valibot';
import type { Env } from '../src/env.ts';
import type { HostSettings } from '../src/providers/settings.ts';

export const env = testEnv as unknown as Env & HostSettings;

const ORIGIN = 'http://control-plane.test';

/** A request to the worker, as it comes from outside. */
export function ask(path: string, init?: RequestInit): Promise<Response> {
  const worker = (exports as unknown as { default: Fetcher }).default;
  return worker.fetch(new Request(`${ORIGIN}${path}`, init));
}

/** The operator's API, through the worker; with a token, or with other headers that say who asks. */
export function operator(
  shown: string | Record<string, string> = env.FETTLE_OPERATOR_TOKEN,
): ContractRouterClient<typeof operatorContract> {
  const headers = typeof shown === 'string' ? { authorization: `Bearer ${shown}` } : shown;
  const link = new RPCLink({
    url: `${ORIGIN}${OPERATOR_RPC_PATH}`,
    headers,
    fetch: (request) => (exports as unknown as { default: Fetcher }).default.fetch(request),
  });
  return createORPCClient(link);
}

/** What Cloudflare Access gives to somebody who logs in. */
export async function accessToken(who: { email: string } | { common_name: string }): Promise<string> {
  const answer = await fetch(`${env.FETTLE_ACCESS_TEAM}/login`, {
    method: 'POST',
    body: JSON.stringify(who),
  });
  if (!answer.ok) throw new Error(`Access answered ${answer.status}`);
  return (await answer.json<{ token: string }>()).token;
}

/** Whoever asks in a test that asks an object directly. */
export const BY: Origin = { actor: { kind: 'root', id: 'root' }, requestId: 'test-request' };

/** Everything as fast as it goes. */
export const FAST: PolicyInput = {
  check: { intervalMs: 500, unhealthyAfter: 2, callTimeoutMs: 2000 },
  grace: { serviceStartMs: 0, machineStartMs: 0, afterReturnMs: 0 },
  ladder: [1, 2, 3, 4].map((level) => ({ level: level as 1 | 2 | 3 | 4, attempts: 1, timeoutMs: 10_000 })),
  settleMs: 500,
  bakeMs: 0,
  copies: { everyMs: 3_600_000, oldAfterMs: 3_600_000 },
};

export const template = {
  type: 'local-docker' as const,
  services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
  versions: { platform: 'main', customer: 'main' },
};

let projects = 0;

/** Applies a project of its own with one slot, `web-1`, and gives its first machine. */
export async function newMachine(
  policy: PolicyInput = FAST,
): Promise<{ project: string; machineId: string }> {
  projects += 1;
  const project = `p${projects}-${crypto.randomUUID().slice(0, 8)}`;
  await operator().projects.apply({ organization: 'acme', project, slots: ['web-1'], template, policy });
  return { project, machineId: `${project}.web-1.1` };
}

/** The policy as it is stored. */
export function policyOf(input: PolicyInput): Policy {
  return v.parse(Policy, input);
}

/** Asks until the answer fits; rejects after `withinMs` with the last answer. */
export async function eventually<T>(
  question: () => Promise<T>,
  fits: (value: T) => boolean,
  withinMs = 25_000,
): Promise<T> {
  const limit = Date.now() + withinMs;
  for (;;) {
    const value = await question();
    if (fits(value)) return value;
    if (Date.now() > limit) throw new Error(`never came true; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until a machine is in a phase. */
export function reaches(machineId: string, phase: MachineView['phase']): Promise<MachineView> {
  return eventually(
    async () => {
      const view = await env.MACHINES.getByName(machineId).getHealth();
      return view.ok ? view.value : null;
    },
    (view) => view?.phase === phase,
  ) as Promise<MachineView>;
}

/** When a machine's object wakes next, by its storage. */
export function alarmOf(machineId: string): Promise<number | null> {
  return runInDurableObject(env.MACHINES.getByName(machineId), (_, state) => state.storage.getAlarm());
}

/** Removes a machine's alarm behind its back. */
export function loseAlarm(machineId: string): Promise<void> {
  return runInDurableObject(env.MACHINES.getByName(machineId), (_, state) => state.storage.deleteAlarm());
}

/** Ends the instance of an object, once what was written is on disk: the next one has to read it. */
export async function reset(stub: DurableObjectStub): Promise<void> {
  await runInDurableObject(stub, (_, state) => state.storage.sync());
  try {
    await runInDurableObject(stub, (_, state) => state.abort('reset by a test'));
  } catch (error) {
    if (!String(error).includes('reset by a test')) throw error;
  }
}

/** A report that finds nothing wrong. */
export function report(overrides: Partial<HealthReport> = {}): HealthReport {
  return {
    bootId: 'boot-1',
    seq: 1,
    sentAt: 1_700_000_000_000,
    versions: null,
    services: [],
    pidnapAnswers: true,
    resources: { cpuPercent: null, memoryUsedMb: null, memoryTotalMb: null, diskUsedPercent: null },
    ...overrides,
  };
}

/** The record as it is stored, which may be behind what the object remembers. */
export function recordIn({ storage }: DurableObjectState): MachineRecord {
  const { record } = storage.sql.exec<{ record: string }>('SELECT record FROM machine').one();
  return JSON.parse(record) as MachineRecord;
}

export function storedRecord(machineId: string): Promise<MachineRecord> {
  return runInDurableObject(env.MACHINES.getByName(machineId), (_, state) => recordIn(state));
}
