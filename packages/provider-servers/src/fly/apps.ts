import { randomBytes } from 'node:crypto';
import { Refusal, textParameter, type Handlers } from '../server/call.ts';
import type { FlyParts } from './parts.ts';
import type { AppRecord, FlyState } from './record.ts';

/** Apps, which machines and volumes belong to. Regions beside them. */
export function appHandlers({ file, regions }: FlyParts): Handlers {
  const told = ({ id, name, organization }: AppRecord) => ({
    id,
    name,
    status: 'deployed',
    organization: { slug: organization, name: organization },
    machine_count: file.state.machines.filter(({ app, rests }) => app === name && rests !== 'destroyed')
      .length,
    volume_count: file.state.volumes.filter(({ app }) => app === name).length,
  });

  return {
    Apps_list(call) {
      const organization = textParameter(call, 'org_slug');
      const apps = file.state.apps.filter((app) => app.organization === organization).map(told);
      return { status: 200, body: { total_apps: apps.length, apps } };
    },

    Apps_create(call) {
      // The published field is `name`; Fly's own client says `app_name`.
      const asked = call.body as { name?: string; app_name?: string; org_slug?: string };
      const name = asked.name ?? asked.app_name ?? '';
      if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name))
        throw new Refusal(400, 'Validation failed: name may hold lower-case letters, digits and dashes');
      const app = newApp(name, asked.org_slug ?? 'personal', call.now);
      file.change((state) => {
        if (state.apps.some((other) => other.name === name))
          throw new Refusal(422, 'Validation failed: Name has already been taken', { code: 'name_taken' });
        state.apps.push(app);
      });
      return { status: 201, body: { id: app.id, created_at: call.now } };
    },

    Apps_show(call) {
      const name = assertApp(file.state, textParameter(call, 'app_name'));
      return { status: 200, body: told(file.state.apps.find((app) => app.name === name)!) };
    },

    Apps_delete(call) {
      const name = assertApp(file.state, textParameter(call, 'app_name'));
      file.change((state) => {
        if (state.machines.some(({ app, rests }) => app === name && rests !== 'destroyed'))
          throw new Refusal(412, 'failed_precondition: the app still has machines');
        if (state.volumes.some(({ app }) => app === name))
          throw new Refusal(412, 'failed_precondition: the app still has volumes');
        state.apps = state.apps.filter((app) => app.name !== name);
        state.machines = state.machines.filter(({ app }) => app !== name);
      });
      return { status: 202 };
    },

    Platform_regions_get: () => ({
      status: 200,
      body: {
        nearest: regions[0],
        regions: regions.map((code) => ({ code, name: code, gateway_available: true })),
      },
    }),
  };
}

/** An app without machines. */
export function newApp(name: string, organization: string, createdAt: number): AppRecord {
  return { id: randomBytes(8).toString('hex'), name, organization, createdAt };
}

/** The name of an app that there is. */
export function assertApp({ apps }: FlyState, name: string | undefined): string {
  if (name === undefined || !apps.some((app) => app.name === name))
    throw new Refusal(404, `App not found: ${name ?? ''}`);
  return name;
}
