import type { Bundle } from './bundle.ts';
import { KEYS } from './deployment.ts';
import { OPERATOR_PATH, operatorOf, type Project, until } from './operator.ts';
import type { HeldPort } from './held-port.ts';
import { type RealHost, startRealHost } from './real-host.ts';
import { startWorkers } from './workers.ts';

/** What the smoke test and the one fault measured. */
export type SmokeResult = { firstHealthyMs: number; healMs: number };

const POLICY = {
  check: { intervalMs: 1000, unhealthyAfter: 2 },
  grace: { serviceStartMs: 5000 },
  settleMs: 2000,
  bakeMs: 0,
  evidence: { mode: 'off' },
};

/** Boots the bundle with a host-agent of plain processes, waits for a first machine, and lets one fault heal. */
export async function smokeTest(
  bundle: Bundle,
  options: { folder: string; hostPort: HeldPort },
): Promise<SmokeResult> {
  const workers = await startWorkers([{ name: 'control-plane', bundle }], {
    folder: options.folder,
    texts: {},
  });
  const host = await startHost(options, workers.url).catch(async (error: unknown) => {
    await workers.close();
    throw error;
  });
  try {
    const refused = await fetch(`${workers.url}${OPERATOR_PATH}/projects/list`, {
      method: 'POST',
      body: '{}',
    });
    if (refused.status !== 401) throw new Error(`without a token an operator gets ${refused.status}`);
    const operator = operatorOf(workers.url, OPERATOR_PATH, KEYS.FETTLE_OPERATOR_TOKEN);
    const began = performance.now();
    await operator('projects/apply', {
      organization: 'acme',
      project: 'demo',
      slots: ['web-1'],
      policy: POLICY,
      template: {
        type: 'local-docker',
        services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080, healthPath: '/healthz' }],
        versions: { platform: 'main', customer: 'main' },
      },
    });
    const healthy = await until(
      'the first machine is healthy',
      async () => (await operator('projects/get', { project: 'demo' })) as Project,
      ({ slots }) => slots[0]?.phase === 'healthy',
    );
    const firstHealthyMs = Math.round(performance.now() - began);
    const machineId = healthy.slots[0]?.machineId ?? '';
    await workers.fireCron('* * * * *');

    const broken = performance.now();
    const services = (await operator('services/list', { machineId })) as {
      name: string;
      pid: number | null;
    }[];
    const pid = services.find(({ name }) => name === 'web')?.pid ?? null;
    if (pid === null) throw new Error('the first machine does not say which process its service is');
    // A plain process is one of this computer: it freezes, which its supervisor cannot see.
    process.kill(pid, 'SIGSTOP');
    await until(
      'the incident of a frozen service is healed',
      async () => (await operator('machines/incidents', { machineId })) as { outcome: string | null }[],
      ([newest]) => newest?.outcome === 'healed',
    );
    return { firstHealthyMs, healMs: Math.round(performance.now() - broken) };
  } finally {
    await host.close();
    await workers.close();
  }
}

async function startHost(
  { folder, hostPort }: { folder: string; hostPort: HeldPort },
  controlUrl: string,
): Promise<RealHost> {
  await hostPort.release();
  return startRealHost({ folder, port: hostPort.port, controlUrl });
}
