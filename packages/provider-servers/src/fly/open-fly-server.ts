import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import fly from '../../spec/fly.json' with { type: 'json' };
import { Refusal, type Call } from '../server/call.ts';
import { openServer } from '../server/open-server.ts';
import type { ProviderServer, ServerOptions } from '../server/options.ts';
import { serveApi } from '../server/serve-api.ts';
import { SpecificationExtract } from '../spec/extract.ts';
import { openSpecification } from '../spec/specification.ts';
import { openStateFile } from '../state/state-file.ts';
import { appHandlers, newApp } from './apps.ts';
import { createMachine, updateMachine } from './create.ts';
import { serveEdge } from './edge.ts';
import { flyErrorBody } from './error-body.ts';
import { leaseHandlers } from './leases.ts';
import { lifecycleHandlers } from './lifecycle.ts';
import { createMachines, eventOf, type Machines } from './machines.ts';
import type { FlyParts, LeaseForm } from './parts.ts';
import { createRates } from './rates.ts';
import { FlyState } from './record.ts';
import { restartDue } from './restart-policy.ts';
import { tellingHandlers } from './telling.ts';
import { volumeHandlers } from './volumes.ts';

/** Some of the places where Fly runs machines. */
const REGIONS = ['fra', 'ams', 'iad'];
/** How long a new machine is missing from lists. */
const LIST_DELAY_MS = 2000;

/** What a Fly server is opened with. */
export type FlyServerOptions = ServerOptions & {
  leaseForm?: LeaseForm;
  /** An app that is there from the start; others are made through the API. */
  app?: string;
};

/** Fly's Machines API over real machines of a host: the API below `/v1`, and services of apps at the edge. */
export function openFlyServer(options: FlyServerOptions): Promise<ProviderServer> {
  const file = openStateFile(options.state, FlyState, {
    format: 1,
    apps: [],
    machines: [],
    volumes: [],
    snapshots: [],
    sequences: {},
  });
  const { app: name } = options;
  if (name !== undefined && !file.state.apps.some((app) => app.name === name))
    file.change((state) => void state.apps.push(newApp(name, 'personal', Date.now())));
  return openServer(options, {
    base: '/v1',
    build(floor, { app, host, admits }) {
      const parts: FlyParts = {
        ...floor,
        file,
        host,
        regions: options.regions ?? REGIONS,
        listDelayMs: options.listDelayMs ?? LIST_DELAY_MS,
        leaseForm: options.leaseForm ?? 'published',
      };
      const machines = createMachines(parts);
      const rate = createRates(parts.faults);
      app.use('/v1/*', async (context, next) => {
        await next();
        context.res.headers.set('fly-request-id', `${randomBytes(13).toString('hex').toUpperCase()}-local`);
      });
      serveApi(
        app,
        {
          specification: openSpecification(v.parse(SpecificationExtract, fly)),
          base: '/v1',
          admit(call) {
            if (!admits(call.request)) throw new Refusal(401, 'Authenticate: token validation error');
            rate(call);
            return {};
          },
          errorBody: flyErrorBody,
          handlers: {
            ...appHandlers(parts),
            Machines_create: (call: Call) => createMachine(parts, machines, call),
            Machines_update: (call: Call) => updateMachine(parts, machines, call),
            ...tellingHandlers(parts, machines),
            ...lifecycleHandlers(parts, machines),
            ...leaseHandlers(parts, machines),
            ...volumeHandlers(parts, machines),
          },
        },
        floor,
      );
      serveEdge(app, parts, machines);
      app.notFound((context) => context.json(flyErrorBody(new Refusal(404, 'not found')), 404));
      return () => restartEnded(parts, machines);
    },
  });
}

/** Starts machines again that ended by themselves, as far as their restart policy has it. */
async function restartEnded({ file, host, now }: FlyParts, machines: Machines): Promise<void> {
  const kept = file.state.machines.filter(
    ({ rests, config }) => (rests === 'started' || rests === 'stopped') && config.restart?.policy !== 'no',
  );
  for (const { app, id } of kept) {
    const { record } = await machines.find(app, id);
    const restarts = restartDue(record, now());
    if (restarts === null) continue;
    await machines.begin(record.id, 'start', (action) => host.act('start', record.machineId, action), {
      changes: { restarts },
      event: eventOf('restart', 'flyd', 'starting', now()),
    });
  }
}
