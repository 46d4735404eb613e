import type { MachineSpec } from '@fettle/contract/machine-spec';
import type { GatewayAddress } from '../backend/machine-backend.ts';
import type { MachineRecord } from '../disk/machine-records.ts';

/**
 * The content of `fettle/machine.json`. Written anew before every start, because the gateway's address may have
 * changed since the last one.
 */
export function machineSpecText(record: MachineRecord, gateway: GatewayAddress, listenHost: string): string {
  const spec: MachineSpec = {
    identity: record.identity,
    services: record.services,
    versions: record.versions,
    versionsFrom: record.versionsFrom,
    image: record.image,
    controlUrl: gateway.controlUrl,
    repositories: gateway.repositories,
    listenHost,
    ports: record.ports,
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}
