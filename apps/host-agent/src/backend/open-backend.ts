import type { HostBackend } from '@fettle/contract/host-agent';
import type { MachineRecords } from '../disk/machine-records.ts';
import type { StateFolder } from '../disk/state-folder.ts';
import { dockerAnswers } from '../docker/engine.ts';
import { openDockerBackend } from '../docker/open-docker-backend.ts';
import type { GatewayOptions } from '../gateway/machine-gateway.ts';
import { openGateway, type OpenGateway } from '../gateway/open-gateway.ts';
import { HostFailure } from '../host-failure.ts';
import { createProcessBackend } from '../process/process-backend.ts';
import { importImage, pruneImages } from '../process/process-image.ts';
import type { MachineBackend } from './machine-backend.ts';

/**
 * Which backend to run. A state folder keeps the one of its first start: with another, its machines would look gone
 * although they run. Throws CONFLICT when another is asked for.
 */
export async function chooseBackend(
  asked: HostBackend | 'auto',
  remembered: HostBackend | null,
  log: (message: string) => void,
): Promise<HostBackend> {
  if (remembered !== null && asked !== 'auto' && asked !== remembered) {
    throw new HostFailure(
      'CONFLICT',
      `This state folder belongs to the ${remembered} backend; reset it first`,
    );
  }
  const settled = remembered ?? (asked === 'auto' ? null : asked);
  if (settled !== null) return settled;
  if (await dockerAnswers()) return 'docker';
  log('no Docker Engine answers: machines are plain processes');
  return 'process';
}

/** What a backend is opened with. */
export interface OpenBackendOptions {
  kind: HostBackend;
  hostId: string;
  state: StateFolder;
  records: MachineRecords;
  imageDir: string;
  gatewayPort: number | null;
  gateway: GatewayOptions;
  log: (message: string) => void;
}

/** Opens a backend together with the gateway that its machines reach. */
export async function openBackend(
  options: OpenBackendOptions,
): Promise<{ backend: MachineBackend; gateway: OpenGateway }> {
  if (options.kind === 'docker') return openDockerBackend(options);
  const { hostId, state, records, imageDir } = options;
  const image = await importImage(imageDir, state.images);
  const created = await Promise.all((await records.list()).map((machineId) => records.read(machineId)));
  await pruneImages(state.images, new Set([image.hash, ...created.flatMap((record) => record?.image ?? [])]));
  const gateway = await openGateway({
    places: [{ bind: '127.0.0.1', name: '127.0.0.1' }],
    lastPort: options.gatewayPort,
    gateway: options.gateway,
  });
  return {
    gateway,
    backend: createProcessBackend({
      hostId,
      state,
      records,
      image,
      gateway: gateway.address,
      log: options.log,
    }),
  };
}
