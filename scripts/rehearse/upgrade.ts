import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Bundle, Release } from './bundle.ts';
import { KEYS } from './deployment.ts';
import { type HostOfBoth, startHostOfBoth } from './host-of-both.ts';
import { OPERATOR_PATH, operatorOf, operatorPathOf, type Project, until } from './operator.ts';
import { type RunningPart, startWorkers } from './workers.ts';

/** Which code answers requests, and which code objects have, after the old release ran alone. */
export type Order = 'new' | 'front-new' | 'front-old' | 'rollback';

/** What came of an upgrade. */
export type UpgradeResult = {
  /** Machines before and after, by slot. */
  before: Record<string, string>;
  after: Record<string, string>;
  healMs: number;
};

/** Everything as fast as it goes; what it is for takes the same way as it does slowly. */
const POLICY = {
  check: { intervalMs: 500, unhealthyAfter: 2, callTimeoutMs: 3000 },
  grace: { serviceStartMs: 0, machineStartMs: 0, afterReturnMs: 0 },
  ladder: [1, 2, 3, 4].map((level) => ({ level, attempts: 1, timeoutMs: 60_000 })),
  settleMs: 500,
  bakeMs: 0,
  rollout: { bakeMs: 0, waveTimeoutMs: 600_000 },
  evidence: { mode: 'off' },
};
const SLOTS = ['web-1', 'web-2'];
const FRONT = 'front';
const OBJECTS = 'objects';

/**
 * Runs a project on the old release, makes a machine sick there, and goes on over the same storage with other code while
 * its recovery is pending. Throws when a slot, a machine or the project is lost, or a slot does not become healthy.
 */
export async function rehearseUpgrade(
  order: Order,
  bundles: { old: Release; now: Bundle },
  options: { folder: string },
): Promise<UpgradeResult> {
  const folder = path.join(options.folder, `upgrade-${order}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const host = await startHostOfBoth(KEYS);
  const start = (parts: RunningPart[]) =>
    startWorkers(parts, {
      folder,
      texts: { ...KEYS, FETTLE_HOST_URL: host.url, FETTLE_HOST_TOKEN: host.token },
    });
  const operatorAt = (url: string, front: 'old' | 'now') =>
    operatorOf(
      url,
      front === 'old' ? operatorPathOf(bundles.old.version) : OPERATOR_PATH,
      KEYS.FETTLE_OPERATOR_TOKEN,
    );

  let workers = await start([{ name: FRONT, bundle: bundles.old }]);
  try {
    const first = operatorAt(workers.url, 'old');
    await first('projects/apply', {
      organization: 'acme',
      project: 'demo',
      slots: SLOTS,
      policy: POLICY,
      template: {
        type: 'local-docker',
        services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
        versions: { platform: 'main', customer: 'main' },
      },
    });
    const before = machinesOf(await settled('machines of the old release', first));
    const sick = before['web-1'] ?? '';
    await becomesSick(first, host, sick);
    await workers.close();

    const began = performance.now();
    workers = await start(partsOf(order, bundles));
    const operator = operatorAt(workers.url, order === 'front-old' ? 'old' : 'now');
    const listed = (await operator('projects/list')) as { project: string }[];
    if (!listed.some(({ project }) => project === 'demo')) throw new Error('the project is lost');
    await workers.fireCron('* * * * *');
    // The machines themselves are asked: an older project does not say what a newer front must answer with.
    await machinesSettled(operator, Object.values(before));
    const healMs = Math.round(performance.now() - began);
    if (order === 'front-new') {
      await workers.close();
      workers = await start([{ name: FRONT, bundle: bundles.now }]);
    }
    const front = order === 'front-old' ? 'old' : 'now';
    const healed = await settled('every slot is healthy', operatorAt(workers.url, front));
    for (const { slot, machines } of healed.slots)
      if (!machines.includes(before[slot] ?? ''))
        throw new Error(`${slot} does not know its machine any more`);
    if (order === 'rollback') {
      await workers.close();
      workers = await start([{ name: FRONT, bundle: bundles.old }]);
      const older = operatorAt(workers.url, 'old');
      const next = before['web-2'] ?? '';
      await becomesSick(older, host, next);
      await settled('the old release heals over records of the new one', older);
    }
    return { before, after: machinesOf(healed), healMs };
  } finally {
    await workers.close();
    await host.close();
  }
}

/** Makes a machine sick, until the control plane is seen at a recovery that has not cured it yet. */
async function becomesSick(
  operator: ReturnType<typeof operatorOf>,
  { host }: HostOfBoth,
  machineId: string,
): Promise<void> {
  const machine = host.provider.machine(machineId);
  if (machine === null) throw new Error(`${machineId} is not there`);
  await until(
    'a recovery is pending',
    async () => {
      // Whoever came too late to see it makes it sick again.
      if (machine.ailments.length === 0) machine.ail({ service: 'web', curedBy: 'restart' });
      return (await operator('machines/get', { machineId })) as { phase: string };
    },
    ({ phase }) => phase !== 'healthy' && machine.ailments.length > 0,
  );
}

function partsOf(order: Order, { old, now }: { old: Bundle; now: Bundle }): RunningPart[] {
  if (order === 'new' || order === 'rollback') return [{ name: FRONT, bundle: now }];
  const [front, objects] = order === 'front-new' ? [now, old] : [old, now];
  return [
    { name: FRONT, bundle: front, objectsOf: { worker: OBJECTS, has: objects } },
    { name: OBJECTS, bundle: objects },
  ];
}

function settled(what: string, operator: ReturnType<typeof operatorOf>): Promise<Project> {
  return until(
    what,
    async () => (await operator('projects/get', { project: 'demo' })) as Project,
    ({ slots }) => slots.length === SLOTS.length && slots.every(({ phase }) => phase === 'healthy'),
  );
}

function machinesSettled(
  operator: ReturnType<typeof operatorOf>,
  machineIds: string[],
): Promise<{ phase: string }[]> {
  return until(
    'every machine is healthy',
    () =>
      Promise.all(
        machineIds.map(
          async (machineId) => (await operator('machines/get', { machineId })) as { phase: string },
        ),
      ),
    (views) => views.every(({ phase }) => phase === 'healthy'),
  );
}

function machinesOf({ slots }: Project): Record<string, string> {
  return Object.fromEntries(slots.map(({ slot, machineId }) => [slot, machineId ?? '']));
}
