import type { BootstrapFile } from '@fettle/contract/credentials';
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
    commandKeys: record.commandKeys,
    controlUrl: gateway.controlUrl,
    repositories: gateway.repositories,
    listenHost,
    ports: record.ports,
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

/** The content of `fettle/bootstrap.json`. Written once, before the first start: the machine removes it. */
export function bootstrapText({ identity }: MachineRecord, token: string): string {
  const file: BootstrapFile = { machineId: identity.machineId, token };
  return `${JSON.stringify(file)}\n`;
}
