import { CloudflareStateStore, type CloudflareStateStoreOptions } from 'alchemy/state';

type StateStoreType = (scope: ConstructorParameters<typeof CloudflareStateStore>[0]) => CloudflareStateStore;

/**
 * Where the deployment state is kept: at Cloudflare when there is a token for it, so that a team and CI see the same;
 * otherwise (`undefined`) in files under `.alchemy/`, for one person on one computer.
 */
export function stateStore(
  env: NodeJS.ProcessEnv,
  options: CloudflareStateStoreOptions = {},
): StateStoreType | undefined {
  if ((env.ALCHEMY_STATE_TOKEN ?? '') === '') return undefined;
  return (scope) => new CloudflareStateStore(scope, options);
}
