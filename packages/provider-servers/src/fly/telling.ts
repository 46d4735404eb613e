import { Refusal, numberParameter, textParameter, type Handlers } from '../server/call.ts';
import { machineAnswer } from './answers.ts';
import { assertApp } from './apps.ts';
import { findMachine } from './find-machine.ts';
import { isNamed, type Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';

/** The most events that are told, which is also how many are told unasked. */
const MOST_EVENTS = 50;

/** What is told of machines, and the metadata that is kept with them. Metadata needs no lease. */
export function tellingHandlers(parts: FlyParts, machines: Machines): Handlers {
  const { file, faults, listDelayMs } = parts;

  const metadataOf = (record: Parameters<typeof machineAnswer>[0]) => record.config.metadata ?? {};
  const setMetadata = (record: Parameters<typeof machineAnswer>[0], metadata: Record<string, string>) =>
    machines.change(record.id, { config: { ...record.config, metadata } });

  return {
    /** As other lists of its kind, it lags: a new machine is missing from it for a while. */
    async Machines_list(call) {
      const app = assertApp(file.state, textParameter(call, 'app_name'));
      const { region, state, summary, include_deleted: deleted } = call.parameters;
      const wanted = [...new URL(call.request.url).searchParams]
        .filter(([name]) => name.startsWith('metadata.'))
        .map(([name, value]): [string, string] => [name.slice('metadata.'.length), value]);
      const all = (await machines.all())
        .filter(({ record }) => record.app === app && call.now - record.createdAt >= listDelayMs)
        .filter(({ record }) => faults.take('hide', ({ machine }) => isNamed(record, machine)) === null)
        .filter(({ record }) => deleted === true || record.rests !== 'destroyed')
        .filter(({ record }) => typeof region !== 'string' || record.region === region)
        .filter(({ told }) => typeof state !== 'string' || state.split(',').includes(told.state))
        .filter(({ record }) => wanted.every(([name, value]) => metadataOf(record)[name] === value));
      const body = all.map(({ record, told }) => machineAnswer(record, told, { summary: summary === true }));
      return { status: 200, body };
    },

    async Machines_show(call) {
      const { record, told } = await findMachine(machines, call);
      return { status: 200, body: machineAnswer(record, told) };
    },

    async Machines_list_events(call) {
      const { record } = await findMachine(machines, call);
      const limit = numberParameter(call, 'limit') ?? MOST_EVENTS;
      return { status: 200, body: record.events.slice(0, Math.min(limit, MOST_EVENTS)) };
    },

    async Machines_show_metadata(call) {
      return { status: 200, body: metadataOf((await findMachine(machines, call)).record) };
    },

    async Machines_get_metadata_key(call) {
      const { record } = await findMachine(machines, call);
      const key = textParameter(call, 'key') ?? '';
      const value = metadataOf(record)[key];
      if (value === undefined) throw new Refusal(404, `metadata not found: ${key}`);
      return { status: 200, body: { value } };
    },

    async Machines_upsert_metadata(call) {
      const { record } = await findMachine(machines, call);
      const { value = '' } = (call.body ?? {}) as { value?: string };
      setMetadata(record, { ...metadataOf(record), [textParameter(call, 'key') ?? '']: value });
      return { status: 204 };
    },

    async Machines_delete_metadata(call) {
      const { record } = await findMachine(machines, call);
      const { [textParameter(call, 'key') ?? '']: _gone, ...kept } = metadataOf(record);
      setMetadata(record, kept);
      return { status: 204 };
    },
  };
}
