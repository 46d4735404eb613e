import type { MachineType } from '@fettle/contract';
import type { ProviderJournal } from './journal.ts';
import { LocalProvider } from './local-provider.ts';
import type { MachineProvider } from './machine-provider.ts';
import { providerSettings, type ProviderSettings, type ProviderVariables } from './settings.ts';
import { UnconfiguredProvider } from './unconfigured-provider.ts';

/** What a provider needs besides its settings. */
export type ProviderMeans = {
  /** Where it keeps what it did, when it is one that has to. */
  journal: ProviderJournal<unknown>;
  /** Deadline of one call, in milliseconds. */
  timeoutMs: number;
};

/** The provider for machines of a type. Never throws: one that is not configured refuses everything, with the reason. */
export function providerOf<Type extends MachineType>(
  type: Type,
  variables: ProviderVariables,
  means: ProviderMeans,
): MachineProvider {
  const read = providerSettings(type, variables);
  return read.ok
    ? PROVIDERS[type](read.settings, means)
    : new UnconfiguredProvider(type, `Machines of type ${type} cannot be reached: ${read.wrong.join('; ')}`);
}

const PROVIDERS: {
  [Type in MachineType]: (settings: ProviderSettings[Type], means: ProviderMeans) => MachineProvider;
} = {
  'local-docker': ({ FETTLE_HOST_URL: url, FETTLE_HOST_TOKEN: token }, { timeoutMs }) =>
    new LocalProvider({ url, token, timeoutMs }),
  daytona: () => new UnconfiguredProvider('daytona', 'There is no provider for daytona yet'),
  fly: () => new UnconfiguredProvider('fly', 'There is no provider for fly yet'),
};
