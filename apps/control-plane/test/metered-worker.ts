/** The worker with a dataset that can be read, and with objects that tell when somebody asks for one. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { MACHINE_RPC_PATH, type MachineIdentity, type MetricsReport } from '@fettle/contract';
import type { DataPoint } from '@fettle/metrics';
import type { Env } from '../src/env.ts';
import worker from '../src/worker.ts';
import { identityOf, machineToken } from './credentials.ts';
import { env } from './in-workerd.ts';

export type Metered = {
  /** What was written, in order. */
  written: DataPoint[];
  /** Namespaces of objects that were touched. */
  touched: string[];
  /** A request to the worker; resolves when everything after its answer is done as well. */
  ask(path: string, init: RequestInit): Promise<Response>;
  /** Reports with the token of the machine; a text is sent as it is. */
  report(report: MetricsReport | string, machine?: MachineIdentity): Promise<Response>;
};

/** A worker with variables of its own. `take` may throw, as the dataset of a platform in trouble does. */
export function meteredWorker(
  over: Partial<Env> = {},
  take: (point: DataPoint, written: number) => void = () => {},
): Metered {
  const written: DataPoint[] = [];
  const touched: string[] = [];
  const untouchable = (name: string): never =>
    new Proxy({}, { get: (_, method) => (touched.push(`${name}.${String(method)}`), undefined) }) as never;
  const bound: Env = {
    ...env,
    MACHINES: untouchable('MACHINES'),
    DAYTONA_MACHINES: untouchable('DAYTONA_MACHINES'),
    FLY_MACHINES: untouchable('FLY_MACHINES'),
    PROJECTS: untouchable('PROJECTS'),
    DIRECTORY: untouchable('DIRECTORY'),
    OPERATORS: untouchable('OPERATORS'),
    METRICS: {
      writeDataPoint(point) {
        take(point as DataPoint, written.length);
        written.push(point as DataPoint);
      },
    },
    ...over,
  };
  const ask: Metered['ask'] = async (path, init) => {
    const execution = createExecutionContext();
    const request = new Request(`http://control-plane.test${path}`, init);
    const answer = await worker.fetch(request as never, bound, execution);
    await waitOnExecutionContext(execution);
    return answer;
  };
  return {
    written,
    touched,
    ask,
    async report(report, machine = newIdentity()) {
      const token = await machineToken(machine.machineId, machine);
      return ask(`${MACHINE_RPC_PATH}/reportMetrics`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: typeof report === 'string' ? report : JSON.stringify({ json: report }),
      });
    },
  };
}

let machines = 0;

/** A machine that nobody has heard of: what an isolate remembers of others does not matter. */
export function newIdentity(): MachineIdentity {
  machines += 1;
  return identityOf(`demo.web-${machines}.1`);
}

/** The answer to a report, out of its envelope. */
export async function answerOf<T>(response: Response): Promise<T> {
  return ((await response.json()) as { json: T }).json;
}
