import type { MachineView, operatorContract, PolicyInput } from '@fettle/contract';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { TEST_KEYS } from '../credentials.ts';
import { HOST_TOKEN, startFakeHost, type FakeHost } from '../fake-host/fake-host.ts';
import type { WitnessedPoint } from './watched-worker.ts';
import { answerBucket, WITNESS_BUCKET } from './witness-bucket.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

export const OPERATOR_TOKEN = TEST_KEYS.FETTLE_OPERATOR_TOKEN;

/** What the watched worker told of one alarm. */
export type AlarmSeen = {
  object: string;
  instance: string;
  scheduledTime: number;
  firedAt: number;
  next: number | null;
};

/** A control plane in workerd, with a host of simulated machines in this process. */
export type ControlPlane = {
  workerd: Workerd;
  host: FakeHost;
  /** What the bucket of the watched worker holds, by key. */
  bucket: Map<string, string>;
  /** Every alarm that ran to its end, oldest first. */
  alarms: AlarmSeen[];
  /** Called at every crash point inside workerd; `false` breaks the connection, because whoever asked is dead. */
  onCrashPoint: (point: WitnessedPoint) => Promise<boolean> | boolean;
  /** Ends workerd by SIGKILL, and starts it again on the same storage. */
  crash(): Promise<void>;
  operator(): ContractRouterClient<typeof operatorContract>;
  close(): Promise<void>;
};

/** Bad versions: a commit whose service gives up at once. */
export const BROKEN = 'b'.repeat(40);
export const GOOD = 'c'.repeat(40);

/** Everything as fast as it goes, so that a whole recovery takes seconds. */
export const FAST: PolicyInput = {
  check: { intervalMs: 500, unhealthyAfter: 2, callTimeoutMs: 5000 },
  grace: { serviceStartMs: 0, machineStartMs: 0, afterReturnMs: 0 },
  ladder: [1, 2, 3, 4].map((level) => ({ level: level as 1 | 2 | 3 | 4, attempts: 1, timeoutMs: 60_000 })),
  settleMs: 500,
  bakeMs: 0,
  rollout: { bakeMs: 0, waveTimeoutMs: 600_000 },
  copies: { everyMs: 3_600_000, oldAfterMs: 3_600_000 },
  // Only who asks for it keeps any.
  evidence: { mode: 'off' },
};

/** Starts a host and a control plane, with variables besides those that every control plane has. */
export async function startControlPlane(
  source: 'shipped' | 'watched' | 'recorded' | 'tampered',
  variables: Record<string, string> = {},
): Promise<ControlPlane> {
  const host = await startFakeHost({
    repositories: {
      platform: { main: 'a'.repeat(40) },
      customer: { main: GOOD, broken: BROKEN },
      broken: [BROKEN],
    },
    extra: (request) => witness(request),
  });
  const workerd = await startWorkerd({
    source,
    hostUrl: host.url,
    bindings: {
      ...TEST_KEYS,
      FETTLE_HOST_TOKEN: HOST_TOKEN,
      ...variables,
    },
  });
  let crashing: Promise<void> | null = null;
  let closed = false;
  const self: ControlPlane = {
    workerd,
    host,
    bucket: new Map(),
    alarms: [],
    onCrashPoint: () => true,
    crash() {
      // Several requests may ask for it at the same moment; workerd dies once.
      crashing ??= workerd
        .kill()
        .then(() => (closed ? undefined : workerd.start()))
        .finally(() => {
          crashing = null;
        });
      return crashing;
    },
    operator: () =>
      createORPCClient(
        new RPCLink({
          url: `${workerd.url}/api/v1/rpc`,
          headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
        }),
      ),
    async close() {
      closed = true;
      await crashing;
      await workerd.close();
      await host.close();
    },
  };

  async function witness(request: Request): Promise<Response | 'break' | null> {
    const { pathname } = new URL(request.url);
    if (pathname === WITNESS_BUCKET) return answerBucket(request, self.bucket);
    if (pathname === '/witness/alarm') self.alarms.push((await request.json()) as AlarmSeen);
    else if (pathname !== '/witness/crash-point') return null;
    else if (!(await self.onCrashPoint((await request.json()) as WitnessedPoint))) return 'break';
    return new Response(null, { status: 204 });
  }
  return self;
}

/** Applies a project with one slot, `web-1`, and the given policy. */
export async function applyProject(controlPlane: ControlPlane, policy: PolicyInput): Promise<void> {
  await controlPlane.operator().projects.apply({
    organization: 'acme',
    project: 'demo',
    slots: ['web-1'],
    policy,
    template: {
      type: 'local-docker',
      services: [{ name: 'web', command: ['node', 'server.mjs'], port: 8080 }],
      versions: { platform: 'main', customer: 'main' },
    },
  });
}

/** Asks until the answer fits, through crashes and restarts; rejects after `withinMs` with the last answer. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  fits: (value: T) => boolean,
  withinMs = 60_000,
  everyMs = 50,
): Promise<T> {
  const limit = Date.now() + withinMs;
  let last: unknown = null;
  while (Date.now() < limit) {
    try {
      const value = await ask();
      if (fits(value)) return value;
      last = value;
    } catch (error) {
      // workerd may be down at the moment; the deadline decides.
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`never came true; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

/** Waits for a phase of a machine. */
export function reaches(
  controlPlane: ControlPlane,
  machineId: string,
  phase: MachineView['phase'],
): Promise<MachineView> {
  return eventually(
    () => controlPlane.operator().machines.get({ machineId }),
    (view) => view.phase === phase,
  );
}
