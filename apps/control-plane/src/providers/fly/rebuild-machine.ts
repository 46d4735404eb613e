import { BOOTSTRAP_PATH, type ActionRef, type VersionRefs } from '@fettle/contract';
import { rebootVariables, versionsFromIn } from '../cloud/boot-variables.ts';
import { refused } from '../cloud/operation-log.ts';
import type { Work } from '../cloud/work.ts';
import { ProviderError } from '../machine-provider.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';
import { takeLease } from './lease.ts';
import type { FlyConfig, FlyMachine } from './machine.ts';

/**
 * Has a machine run from another image over the same volume. An update replaces the whole config: what was read is
 * changed and written back, under the version that was read.
 */
export async function rebuildMachine(
  api: FlyApi,
  work: Work<FlyFacts>,
  order: { action: ActionRef; image: string; versions: VersionRefs },
): Promise<void> {
  const { flyId } = work.facts;
  if (flyId === null) throw refused('MACHINE_NOT_FOUND', 'There is no such machine at Fly');
  const nonce = await takeLease(api, work, flyId);
  const machine = await api.machine(flyId);
  if (machine === null) throw refused('MACHINE_NOT_FOUND', 'There is no such machine at Fly');
  if (isRebuilt(machine, order.action.id)) return;
  const { config, instance_id } = machine;
  if (config === null) {
    const message = 'Fly does not tell what the machine is made from at the moment';
    throw new ProviderError('CONFLICT', message, { retryable: true });
  }
  const { image, versions } = order;
  const env = rebootVariables(config.env, { image, versions, actionId: order.action.id });
  if (env === null) throw refused('CONFLICT', "The machine's environment does not say who it is");
  work.sending('update');
  await api.update(
    flyId,
    {
      config: { ...withoutBootstrap(config), image, env },
      ...(instance_id === null ? {} : { current_version: instance_id }),
    },
    nonce,
  );
}

/** A machine that is rebuilt has exchanged its token long ago: what is left of it is not carried on. */
function withoutBootstrap({
  files,
  ...config
}: FlyConfig): Omit<FlyConfig, 'files'> & Pick<FlyConfig, 'files'> {
  if (files === undefined) return config;
  return { ...config, files: files.filter(({ guest_path: path }) => path !== BOOTSTRAP_PATH) };
}

/** Whether the update of this action has happened. */
export function isRebuilt({ config }: FlyMachine, actionId: string): boolean {
  return config !== null && versionsFromIn(config.env) === actionId;
}
