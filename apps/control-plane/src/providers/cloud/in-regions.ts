import { ProviderError, type NewMachine } from '../machine-provider.ts';

/**
 * Asks for room in one region after the other, as the policy wants it: the first that has some gets the machine. When
 * none has, NO_CAPACITY is thrown, which is for trying again later. `region` is `null` where the provider may choose.
 */
export async function inRegions(
  { regions, onNoCapacity }: Pick<NewMachine, 'regions' | 'onNoCapacity'>,
  ask: (region: string | null, index: number) => Promise<void>,
): Promise<void> {
  const tried = regions.length === 0 ? [null] : onNoCapacity === 'wait' ? regions.slice(0, 1) : regions;
  let full: ProviderError | null = null;
  for (const [index, region] of tried.entries()) {
    try {
      return await ask(region, index);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.code !== 'NO_CAPACITY') throw error;
      full = error;
    }
  }
  const where = regions.length === 0 ? '' : ` in ${tried.join(', ')}`;
  throw new ProviderError('NO_CAPACITY', `There is no room${where}. ${full?.message ?? ''}`.trim(), {
    cause: full,
  });
}

/** Why a region that was asked for is none: names the field, and the regions that there are. */
export function unknownRegion(region: string, index: number, known: readonly string[]): ProviderError {
  return new ProviderError(
    'REGION_NOT_FOUND',
    `regions.${index}: there is no region ${region}; expected one of ${known.join(', ')}`,
  );
}
