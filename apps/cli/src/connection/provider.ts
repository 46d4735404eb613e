import * as v from 'valibot';
import type { MachineType } from '@fettle/contract/ids';

/** Clouds whose API a contract server of ours speaks, over the machines of this computer. */
const CLOUDS = ['daytona', 'fly'] as const;
export type Cloud = (typeof CLOUDS)[number];

/** Who makes the machines of a fleet: the host-agent itself, or a cloud whose contract server has them made by it. */
export const Provider = v.picklist(['local', ...CLOUDS]);
export type Provider = v.InferOutput<typeof Provider>;

/** Whether a contract server stands between the control plane and the host-agent. */
export function isCloud(provider: Provider): provider is Cloud {
  return provider !== 'local';
}

/** The type of the machines that a provider makes. */
export function machineTypeOf(provider: Provider): MachineType {
  return provider === 'local' ? 'local-docker' : provider;
}
