import { OPERATOR_RPC_PATH, type MachineView, type PolicyInput } from '@fettle/contract';
import { startFakeHost } from '../../../apps/control-plane/test/fake-host/fake-host.ts';
import type { Metric } from '../../metric.ts';
import type { Measured } from '../../row.ts';
import { startWorkerd } from '../../workerd.ts';
import { countedOf, postJson } from '../ask-worker.ts';
import { TEXTS, type Bench } from '../bench.ts';
import type { Counted } from '../counted.ts';
import { difference, monthlyCost, rowsWritten } from '../prices.ts';
import { startReporters, type Reporting } from '../reporters.ts';

const PROJECT = 'bench';
const MINUTE = 60_000;
/** Rows are told per machine and this long: the interval of the default policy. */
const UNIT_MS = 30_000;
/** A host is not next door: objects are billed while they wait for it. */
const HOST_ANSWERS_IN_MS = 50;

/** How a fleet is watched while it is counted. */
export type FleetOptions = {
  machines: number;
  policy: PolicyInput;
  sweepEveryMs: number;
  /** Until reports have found their rhythm, and versions are proven, which is told to every machine once. */
  settleMs: number;
  /** Length of one round. */
  roundMs: number;
};

/** The default policy. A copy is due every 5 minutes, and a span of equal looks is a quarter of an hour. */
export const DEFAULT_FLEET: FleetOptions = {
  machines: 60,
  policy: {},
  sweepEveryMs: MINUTE,
  settleMs: 7 * MINUTE,
  roundMs: 15 * MINUTE,
};

/**
 * What it costs to watch machines that are well: the control plane as it ships, with checks, reports, periodic copies
 * and sweeps, in real time. Rows and requests are counted where the objects make them.
 */
export function fleet(options: FleetOptions = DEFAULT_FLEET): Metric<Bench> {
  return {
    name: 'fleet',
    about: 'rows written for a healthy machine in 30 s, and what it costs in a month',
    rounds: 1,
    async measure(bench, rounds) {
      const host = await startFakeHost({
        repositories: { platform: { main: 'a'.repeat(40) }, customer: { main: 'c'.repeat(40) }, broken: [] },
      });
      try {
        const { url } = await startWorkerd(bench.workerd(['machines'], host.url));
        const origin = url('machines');
        const views = await startFleet(origin, options);
        host.gate = {
          before: async () => {
            await passed(HOST_ANSWERS_IN_MS);
            return true;
          },
        };
        const reporters = startReporters(origin, reporting(views, host.provider));
        const sweeping = setInterval(() => void sweep(origin, bench), options.sweepEveryMs);
        try {
          await passed(options.settleMs);
          const counts: Counted[] = [];
          for (let round = 0; round < rounds; round++) {
            bench.say(`fleet: ${options.machines} machines for ${options.roundMs / MINUTE} minutes`);
            const before = await countedOf(origin);
            await passed(options.roundMs);
            counts.push(difference(await countedOf(origin), before));
          }
          return measuredOf(bench, counts, options);
        } finally {
          clearInterval(sweeping);
          reporters.stop();
        }
      } finally {
        await bench.kill();
        await host.close();
      }
    },
  };
}

/** Has a project filled with machines, and waits until all of them are healthy. */
async function startFleet(origin: string, { machines, policy }: FleetOptions): Promise<MachineView[]> {
  await askOperator(origin, 'projects/apply', {
    organization: 'acme',
    project: PROJECT,
    slots: Array.from({ length: machines }, (_, number) => `web-${number}`),
    policy,
    template: {
      type: 'local-docker',
      services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
      versions: { platform: 'main', customer: 'main' },
    },
  });
  for (let tries = 0; tries < 120; tries++) {
    const views = (await askOperator(origin, 'machines/list', { project: PROJECT })) as MachineView[];
    if (views.length === machines && views.every(({ phase }) => phase === 'healthy')) return views;
    await passed(1000);
  }
  throw new Error('not every machine became healthy');
}

async function askOperator(origin: string, path: string, input: unknown): Promise<unknown> {
  const response = await fetch(`${origin}${OPERATOR_RPC_PATH}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEXTS.FETTLE_OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  const { json } = (await response.json()) as { json: unknown };
  if (!response.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
  return json;
}

function reporting(
  views: readonly MachineView[],
  provider: Awaited<ReturnType<typeof startFakeHost>>['provider'],
): Reporting[] {
  return views.map((view) => {
    const bootstrap = provider.machine(view.identity.machineId)?.order.bootstrap;
    if (!bootstrap) throw new Error(`${view.identity.machineId} is not on the host`);
    return { view, bootstrap };
  });
}

async function sweep(origin: string, { say }: Bench): Promise<void> {
  try {
    await postJson(`${origin}/sweep`, {});
  } catch (error) {
    say(`!! A SWEEP FAILED: ${String(error)} !!`);
  }
}

function measuredOf(
  { say }: Bench,
  counts: readonly Counted[],
  { machines, roundMs }: FleetOptions,
): Measured[] {
  const units = (machines * roundMs) / UNIT_MS;
  const bills = counts.map((counted) => monthlyCost(counted, machines, roundMs));
  for (const [index, counted] of counts.entries()) {
    const { alarms, reports, sweeps, projectSweeps, projectAlarms } = counted.requests;
    const each = (amount: number) => (amount / units).toFixed(3);
    say(
      `  in 30 s of a machine: ${each(alarms)} alarms, ${each(reports)} reports, ${each(sweeps)} sweeps, ` +
        `${each(projectSweeps + projectAlarms)} of its project's; rows written ${each(counted.rowsWritten)}, ` +
        `alarms set ${each(counted.alarmsSet)}, rows read ${each(counted.rowsRead)}, ` +
        `${each(counted.activeMs)} ms at work, ${each(counted.pointsWritten)} points`,
    );
    for (const { name, perMonth, dollars } of bills[index] ?? [])
      say(
        `  ${name.padEnd(16)} ${Math.round(perMonth).toLocaleString('en').padStart(9)} a month  $${dollars.toFixed(4)}`,
      );
  }
  const rows = counts.map((counted) => rowsWritten(counted) / units);
  const dollars = bills.map((bill) => bill.reduce((sum, part) => sum + part.dollars, 0));
  return [
    {
      metric: 'rows',
      unit: 'rows/30s',
      samples: new Map([['machines', rows]]),
      judged: 'machines',
      limit: { kind: 'value-at-most', limit: 2.2 },
    },
    {
      metric: 'cost',
      unit: '$/month',
      samples: new Map([['machines', dollars]]),
      judged: 'machines',
      limit: { kind: 'value-at-most', limit: 0.25 },
    },
  ];
}

async function passed(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
