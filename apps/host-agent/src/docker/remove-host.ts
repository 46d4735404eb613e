import { HOST_LABEL, ROLE_LABEL } from '../core/container-spec.ts';
import { accepting, connectEngine, dockerAnswers, type Engine } from './engine.ts';

interface RemoveOptions {
  hostId: string;
  /** Whether the host used Docker, so that an engine that does not answer is an error. */
  required: boolean;
  log: (message: string) => void;
}

/** Removes all containers, volumes and networks that carry a host's label, and nothing else. */
export async function removeDockerHost({ hostId, required, log }: RemoveOptions): Promise<void> {
  if (!required && !(await dockerAnswers())) return;
  const { quick, steady } = await connectEngine();
  const filters = { label: [`${HOST_LABEL}=${hostId}`] };
  for (const { Id, Names } of await quick.listContainers({ all: true, filters })) {
    log(`removing container ${Names[0] ?? Id}`);
    await accepting([404, 409], steady.getContainer(Id).remove({ force: true }));
    await accepting([404], steady.getContainer(Id).wait({ condition: 'removed' }));
  }
  for (const { Name } of (await quick.listVolumes({ filters })).Volumes) {
    log(`removing volume ${Name}`);
    await accepting([404], steady.getVolume(Name).remove());
  }
  for (const { Id, Name } of await quick.listNetworks({ filters })) {
    log(`removing network ${Name}`);
    await accepting([404], steady.getNetwork(Id).remove());
  }
}

/** Removes the readers that a crash left behind. They were never started and hold nothing. */
export async function removeReaders({ quick, steady }: Engine, hostId: string): Promise<void> {
  const filters = { label: [`${HOST_LABEL}=${hostId}`, `${ROLE_LABEL}=reader`] };
  for (const { Id } of await quick.listContainers({ all: true, filters })) {
    await accepting([404, 409], steady.getContainer(Id).remove({ force: true }));
  }
}
