import { CAPABILITIES, type MachineTemplate } from '@fettle/contract';
import { providerSettings, type ProviderVariables } from '../providers/settings.ts';
import { wireError } from './rpc-errors.ts';

/** Refuses a template whose machines nobody here could make, before anything is done with it. */
export function refuseTemplate({ type, regions }: MachineTemplate, variables: ProviderVariables): void {
  const read = providerSettings(type, variables);
  if (!read.ok) {
    const expected = `expected a type of machine that is configured here; for ${type}, ${read.wrong.join('; ')}`;
    throw wireError('BAD_REQUEST', `template.type: ${expected}`, { field: 'template.type', expected });
  }
  if (regions.length > 0 && !CAPABILITIES[type].regions) {
    const expected = `expected none, machines of type ${type} have no regions`;
    throw wireError('BAD_REQUEST', `template.regions: ${expected}`, { field: 'template.regions', expected });
  }
}
