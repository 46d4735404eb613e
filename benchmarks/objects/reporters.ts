import type { MachineView, ReportAnswer } from '@fettle/contract';
import { healthyReport } from './healthy-kept.ts';

/** A daemon obeys the wait that it was told to the second. */
const JITTER_MS = 1000;

/** A machine that reports. */
export type Reporting = { view: MachineView; token: string };

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
  for (const { view, token } of machines) {
    let seq = 0;
    const report = async (): Promise<void> => {
      seq += 1;
      const { versions, services } = view;
      const body = JSON.stringify({ json: { ...healthyReport(seq), versions, services } });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const response = await fetch(`${url}/machine/rpc/report`, { method: 'POST', headers, body });
      const answer = (await response.json()) as { json: ReportAnswer };
      if (!response.ok) throw new Error(JSON.stringify(answer));
      const { nextReportInMs, reportEveryMs } = answer.json;
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
