import type { MachineType } from '@fettle/contract';
import type { CloudSurroundings } from './cloud/boot-variables.ts';
import type { CloudMeans } from './cloud/cloud-means.ts';
import { createDaytonaProvider } from './daytona/daytona-provider.ts';
import { createFlyProvider } from './fly/fly-provider.ts';
import { LocalProvider } from './local-provider.ts';
import type { MachineProvider } from './machine-provider.ts';
import { providerSettings, type ProviderSettings, type ProviderVariables } from './settings.ts';
import { UnconfiguredProvider } from './unconfigured-provider.ts';

/** The provider for machines of a type. Never throws: one that is not configured refuses everything, with the reason. */
export function providerOf<Type extends MachineType>(
  type: Type,
  variables: ProviderVariables,
  means: CloudMeans,
): MachineProvider {
  const read = providerSettings(type, variables);
  return read.ok
    ? PROVIDERS[type](read.settings, means)
    : new UnconfiguredProvider(type, `Machines of type ${type} cannot be reached: ${read.wrong.join('; ')}`);
}

const PROVIDERS: {
  [Type in MachineType]: (settings: ProviderSettings[Type], means: CloudMeans) => MachineProvider;
} = {
  'local-docker': ({ FETTLE_HOST_URL: url, FETTLE_HOST_TOKEN: token }, { timeoutMs }) =>
    new LocalProvider({ url, token, timeoutMs }),
  daytona: (settings, means) =>
    createDaytonaProvider(
      {
        url: settings.FETTLE_DAYTONA_URL,
        key: settings.FETTLE_DAYTONA_KEY,
        organization: settings.FETTLE_DAYTONA_ORGANIZATION ?? null,
        previewHosts: settings.FETTLE_DAYTONA_PREVIEW_HOSTS,
        snapshot: settings.FETTLE_DAYTONA_SNAPSHOT,
        surroundings: surroundingsOf(settings),
      },
      means,
    ),
  fly: (settings, means) =>
    createFlyProvider(
      {
        url: settings.FETTLE_FLY_URL,
        token: settings.FETTLE_FLY_TOKEN,
        app: settings.FETTLE_FLY_APP,
        image: settings.FETTLE_FLY_IMAGE,
        edgeUrl: settings.FETTLE_FLY_EDGE_URL ?? `https://${settings.FETTLE_FLY_APP}.fly.dev:{port}`,
        surroundings: surroundingsOf(settings),
      },
      means,
    ),
};

function surroundingsOf(settings: ProviderSettings['daytona' | 'fly']): CloudSurroundings {
  const { FETTLE_PLATFORM_REPOSITORY: platform, FETTLE_CUSTOMER_REPOSITORY: customer } = settings;
  return { controlUrl: settings.FETTLE_PUBLIC_URL, repositories: { platform, customer } };
}
