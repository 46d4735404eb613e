import {
  MACHINE_CREDENTIALS_PATH,
  MACHINE_RPC_PATH,
  type FreshCredentials,
  type MachineView,
  type ReportAnswer,
} from '@fettle/contract';
import { randomBytes } from 'node:crypto';
import { healthyReport } from './healthy-kept.ts';

/** A daemon obeys the wait that it was told to the second. */
const JITTER_MS = 1000;

/** A machine that reports. */
export type Reporting = { view: MachineView; bootstrap: string };

/** Has every machine report as its daemon would, until it is stopped. */
export function startReporters(url: string, machines: readonly Reporting[]): { stop: () => void } {
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;
  const after = (ms: number, work: () => Promise<void>) => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work().catch((error: unknown) => {
        if (!stopped) console.error('a report failed', error);
      });
    }, ms);
    timers.add(timer);
  };
  for (const { view, bootstrap } of machines) {
    let seq = 0;
    let token: string | null = null;
    const report = async (): Promise<void> => {
      token ??= await exchange(url, bootstrap);
      seq += 1;
      const { versions, services } = view;
      const answer = await ask<ReportAnswer>(`${url}${MACHINE_RPC_PATH}/report`, token, {
        ...healthyReport(seq),
        versions,
        services,
      });
      const { nextReportInMs, reportEveryMs, fresh } = answer;
      token = fresh?.token ?? token;
      const wait = nextReportInMs ?? reportEveryMs;
      after(wait + Math.min(JITTER_MS, wait / 10) * (2 * Math.random() - 1), report);
    };
    after(Math.random() * 1000, report);
  }
  return {
    stop() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

/** The first machine token, for the bootstrap token of the create. */
async function exchange(url: string, bootstrap: string): Promise<string> {
  const claim = randomBytes(32).toString('base64url');
  const fresh = await ask<FreshCredentials>(`${url}${MACHINE_CREDENTIALS_PATH}/bootstrap`, bootstrap, {
    claim,
  });
  return fresh.token;
}

async function ask<Answer>(url: string, token: string, input: unknown): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  const { json } = (await response.json()) as { json: Answer };
  if (!response.ok) throw new Error(JSON.stringify(json));
  return json;
}
