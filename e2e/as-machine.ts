import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FreshCredentials } from '../packages/contract/src/credentials.ts';
import { MACHINE_CREDENTIALS_PATH, MACHINE_RPC_PATH } from '../packages/contract/src/machine-audience.ts';
import { MACHINE_EVIDENCE_PATH } from '../packages/contract/src/evidence.ts';

/** What whoever has read a machine's disk can show for it. */
export type StolenTokens = { machineId: string; renewal: string; machine: string };

/** The renewal token that a machine of plain processes keeps on its disk. */
export function renewalTokenOf(state: string, machineId: string): string {
  const file = path.join(state, 'host', 'machines', machineId, 'disk', 'fettle', 'credentials.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { renewal: string }).renewal;
}

/** Steals the renewal token of a machine and has a machine token given for it. */
export async function stealTokens(url: string, state: string, machineId: string): Promise<StolenTokens> {
  const renewal = renewalTokenOf(state, machineId);
  const { status, json } = await renew(url, renewal);
  if (status !== 200) throw new Error(`the renewal token of ${machineId} is not taken: ${status}`);
  return { machineId, renewal, machine: (json as FreshCredentials).token };
}

/** Asks for a machine token. */
export function renew(url: string, renewal: string) {
  return ask(`${url}${MACHINE_CREDENTIALS_PATH}/renew`, renewal, { rotate: false });
}

/** Reports, as a daemon does; the machine's object decides about it. */
export function report(url: string, machineToken: string) {
  return ask(`${url}${MACHINE_RPC_PATH}/report`, machineToken, {
    bootId: 'somebody else',
    seq: 1,
    sentAt: 0,
    versions: null,
    services: [],
    pidnapAnswers: true,
    resources: { cpuPercent: null, memoryUsedMb: null, memoryTotalMb: null, diskUsedPercent: null },
  });
}

/** Looks for evidence that is not there, which no object decides about: 404 for whoever is believed. */
export async function lookForEvidence(url: string, { machineId, machine }: StolenTokens): Promise<number> {
  const { status } = await fetch(`${url}${MACHINE_EVIDENCE_PATH}/${machineId}/999999/logs.txt`, {
    headers: { authorization: `Bearer ${machine}` },
  });
  return status;
}

/** Comes again when the machine itself has just used up what it may ask within a second. */
async function ask(url: string, token: string, input: unknown): Promise<{ status: number; json: unknown }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (;;) {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ json: input }) });
    const { json } = (await response.json()) as { json: unknown };
    if (response.status !== 429) return { status: response.status, json };
    await pause(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
}
