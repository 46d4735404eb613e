import type { MachineType, RepositoryUrls } from '@fettle/contract';
import { providerSettings, type ProviderVariables } from '../providers/settings.ts';

/**
 * Clone URLs with what it takes to read them, for machines of this type; `null` where those of their spec do, because
 * they hold no password.
 */
export function privateRepositories(type: MachineType, variables: ProviderVariables): RepositoryUrls | null {
  // A host tells its machines itself where the repositories are.
  if (type === 'local-docker') return null;
  const read = providerSettings(type, variables);
  if (!read.ok) return null;
  const { FETTLE_PLATFORM_REPOSITORY: platform, FETTLE_CUSTOMER_REPOSITORY: customer } = read.settings;
  return { platform, customer };
}
