import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import daytona from '../../spec/daytona.json' with { type: 'json' };
import toolboxExtract from '../../spec/daytona-toolbox.json' with { type: 'json' };
import { Refusal, type Call } from '../server/call.ts';
import { openServer } from '../server/open-server.ts';
import type { ProviderServer, ServerOptions } from '../server/options.ts';
import { serveApi, type Api } from '../server/serve-api.ts';
import { SpecificationExtract } from '../spec/extract.ts';
import { openSpecification } from '../spec/specification.ts';
import { openStateFile } from '../state/state-file.ts';
import { createSandbox } from './create.ts';
import { dueStep } from './due.ts';
import { apiErrorBody, toolboxErrorBody } from './error-body.ts';
import { fileHandlers } from './files.ts';
import { archiveSandbox, destroySandbox, lifecycleHandlers, stopSandbox } from './lifecycle.ts';
import { listSandboxes } from './list.ts';
import type { DaytonaParts } from './parts.ts';
import { previewHandlers, servePreviews } from './preview.ts';
import { createRates } from './rates.ts';
import { DaytonaState } from './record.ts';
import { createSandboxes, type Sandboxes } from './sandboxes.ts';
import { settingHandlers } from './settings.ts';
import { snapshotHandlers } from './snapshots.ts';
import { createToolbox, processHandlers, TOOLBOX_OF } from './toolbox.ts';

/** Where Daytona runs machines, by its own names. */
const REGIONS = ['us', 'eu'];
/** How long a new sandbox is missing from lists. */
const LIST_DELAY_MS = 2000;

/** Daytona's API over real machines of a host: the API below `/api`, toolboxes, and previews of ports. */
export function openDaytonaServer(options: ServerOptions): Promise<ProviderServer> {
  const file = openStateFile(options.state, DaytonaState, {
    format: 1,
    organizationId: randomUUID(),
    sandboxes: [],
    snapshots: [],
    sequences: {},
  });
  return openServer(options, {
    base: '/api',
    build(floor, { app, host, url, admits }) {
      const parts: DaytonaParts = {
        ...floor,
        file,
        host,
        urls: { toolbox: `${url}/toolbox`, preview: `${url}/preview` },
        regions: options.regions ?? REGIONS,
        listDelayMs: options.listDelayMs ?? LIST_DELAY_MS,
      };
      const sandboxes = createSandboxes(parts);
      const toolbox = createToolbox(parts, sandboxes);
      const rate = createRates(parts.faults);
      const admit: Api['admit'] = (call) => {
        if (!call.operation.startsWith('HealthController') && !admits(call.request))
          throw new Refusal(401, 'Invalid credentials');
        return rate(call);
      };
      serveApi(
        app,
        {
          specification: openSpecification(v.parse(SpecificationExtract, daytona)),
          base: '/api',
          admit,
          errorBody: apiErrorBody,
          handlers: {
            createSandbox: (call: Call) => createSandbox(parts, sandboxes, call),
            listSandboxes: (call: Call) => listSandboxes(parts, sandboxes, call),
            ...settingHandlers(sandboxes),
            ...lifecycleHandlers(parts, sandboxes),
            ...snapshotHandlers(parts, sandboxes),
            ...previewHandlers(parts, sandboxes),
          },
        },
        floor,
      );
      serveApi(
        app,
        {
          specification: openSpecification(v.parse(SpecificationExtract, toolboxExtract)),
          base: `/toolbox/:${TOOLBOX_OF}`,
          admit,
          errorBody: toolboxErrorBody,
          handlers: { ...processHandlers(toolbox), ...fileHandlers(toolbox) },
        },
        floor,
      );
      servePreviews(app, parts, sandboxes);
      app.notFound((context) => {
        const at = { path: context.req.path, method: context.req.method, now: floor.now() };
        return context.json(
          apiErrorBody(new Refusal(404, `Cannot ${at.method} ${at.path}`), at) as object,
          404,
        );
      });
      return () => doWhatIsDue(parts, sandboxes);
    },
  });
}

async function doWhatIsDue(parts: DaytonaParts, sandboxes: Sandboxes): Promise<void> {
  const steps = { stop: stopSandbox, archive: archiveSandbox, destroy: destroySandbox };
  for (const record of parts.file.state.sandboxes) {
    // The host is asked only where something is due by what is remembered.
    if (dueStep(record, parts.now()) === null) continue;
    const { record: present, state } = await sandboxes.find(record.id);
    const step = state === 'unknown' ? null : dueStep(present, parts.now());
    if (step !== null) await steps[step](parts, sandboxes, present);
  }
}
