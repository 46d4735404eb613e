import { HostBackend } from '@fettle/contract/host-agent';
import * as v from 'valibot';
import { HostFailure } from '../host-failure.ts';
import { readIfPresent, writeDurably } from './durable-file.ts';

/** What a host-agent must remember of itself. */
export const HostRecord = v.object({
  format: v.literal(1),
  hostId: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,40}$/)),
  /** Chosen at the first start and kept: machines of one backend are invisible to the other. */
  backend: HostBackend,
  /** Machines have this port in their machine.json, so the next start takes the same one when it can. */
  gatewayPort: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535))),
});
export type HostRecord = v.InferOutput<typeof HostRecord>;

/** Reads the host's record; `null` at the first start. */
export async function readHostRecord(path: string): Promise<HostRecord | null> {
  const text = await readIfPresent(path);
  if (text === null) return null;
  try {
    return v.parse(HostRecord, JSON.parse(text));
  } catch (error) {
    throw new HostFailure('INTERNAL', `${path} cannot be read`, { cause: error });
  }
}

/** Writes the host's record durably. */
export async function writeHostRecord(path: string, record: HostRecord): Promise<void> {
  await writeDurably(path, `${JSON.stringify(record, null, 2)}\n`);
}
