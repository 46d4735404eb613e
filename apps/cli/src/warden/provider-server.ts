import type { hostAgentContract } from '@fettle/contract/host-agent';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import type { FleetFolder, FleetState } from '../connection/fleet-state.ts';
import type { Cloud } from '../connection/provider.ts';

const DEADLINE_MS = 10_000;
/** App that has the machines of a local Fly: it is made by the server, and by nobody else. */
const FLY_APP = 'fettle';

/** The line that a contract server prints when it answers. */
export const ProviderServerReady = v.object({ ready: v.literal(true), url: v.string() });

/** Address of the fleet's contract server, without the path that its API is below. */
export function providerServerUrl({ providerPort }: Pick<FleetState, 'providerPort'>): string {
  return `http://127.0.0.1:${providerPort}`;
}

/** The command line of a contract server over the machines of this fleet's host. */
export function providerServerCommand(folder: FleetFolder, state: FleetState, cloud: Cloud): string[] {
  return [
    process.execPath,
    'packages/provider-servers/src/main.ts',
    cloud,
    '--state',
    folder.provider,
    '--port',
    String(state.providerPort),
    '--host-url',
    `http://127.0.0.1:${state.hostPort}`,
    '--host-token-file',
    folder.hostTokenFile,
    '--key-file',
    folder.providerKeyFile,
    '--exit-with-stdin',
  ];
}

/** What the control plane has to know of its provider, as its variables. `image`: what new machines are made from. */
export function providerEnvironment(
  folder: FleetFolder,
  state: FleetState,
  image: string,
): NodeJS.ProcessEnv {
  const url = providerServerUrl(state);
  const inACloud = {
    FETTLE_PUBLIC_URL: state.url,
    FETTLE_PLATFORM_REPOSITORY: repositoryUrl(folder, 'platform'),
    FETTLE_CUSTOMER_REPOSITORY: repositoryUrl(folder, 'customer'),
  };
  switch (state.provider) {
    case 'local':
      return {
        FETTLE_HOST_TOKEN: state.hostToken,
        FETTLE_HOST_URL: `http://127.0.0.1:${state.hostPort}`,
      };
    case 'daytona':
      return {
        FETTLE_DAYTONA_URL: `${url}/api`,
        FETTLE_DAYTONA_KEY: state.providerKey,
        FETTLE_DAYTONA_SNAPSHOT: image,
        ...inACloud,
      };
    case 'fly':
      return {
        FETTLE_FLY_URL: `${url}/v1`,
        FETTLE_FLY_TOKEN: state.providerKey,
        FETTLE_FLY_APP: FLY_APP,
        FETTLE_FLY_IMAGE: image,
        FETTLE_FLY_EDGE_URL: `${url}/edge/${FLY_APP}/{port}`,
        ...inACloud,
      };
    default:
      return state.provider satisfies never;
  }
}

/**
 * An environment without what it says of providers, keys and who is let in: a person's settings for a deployment are
 * none of this fleet's.
 */
export function withoutDeployment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOfDeployment =
    /^FETTLE_((HOST|DAYTONA|FLY|PUBLIC|PLATFORM|CUSTOMER|ACCESS|CORS)_|(MACHINE|COMMAND|TOKEN)_KEY)/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfDeployment.test(name)));
}

/** The image that the host has for new machines. */
export async function askHostImage(state: Pick<FleetState, 'hostPort' | 'hostToken'>): Promise<string> {
  const host: ContractRouterClient<typeof hostAgentContract> = createORPCClient(
    new RPCLink({
      url: `http://127.0.0.1:${state.hostPort}/rpc`,
      headers: { authorization: `Bearer ${state.hostToken}` },
    }),
  );
  const { image } = await host.host.info(undefined, { signal: AbortSignal.timeout(DEADLINE_MS) });
  return image;
}

function repositoryUrl(folder: FleetFolder, name: string): string {
  return pathToFileURL(path.join(folder.repos, `${name}.git`)).href;
}
