import { expect, it } from 'vitest';
import { ProviderError } from '../machine-provider.ts';
import { inRegions, unknownRegion } from './in-regions.ts';

function asking(full: (string | null)[]) {
  const asked: [string | null, number][] = [];
  const ask = async (region: string | null, index: number) => {
    asked.push([region, index]);
    if (full.includes(region)) throw new ProviderError('NO_CAPACITY', `${region} is full`);
  };
  return { asked, ask };
}

it('takes the next region when the one before has no room', async () => {
  const { asked, ask } = asking(['us']);
  await inRegions({ regions: ['us', 'eu', 'ap'], onNoCapacity: 'next-region' }, ask);
  expect(asked).toEqual([
    ['us', 0],
    ['eu', 1],
  ]);
});

it('stays with the first where the policy wants to wait', async () => {
  const { asked, ask } = asking(['us']);
  const waiting = inRegions({ regions: ['us', 'eu'], onNoCapacity: 'wait' }, ask);
  await expect(waiting).rejects.toMatchObject({ code: 'NO_CAPACITY', retryable: true });
  expect(asked).toEqual([['us', 0]]);
});

it('says where there was no room when there was none', async () => {
  const { ask } = asking(['us', 'eu']);
  const none = inRegions({ regions: ['us', 'eu'], onNoCapacity: 'next-region' }, ask);
  await expect(none).rejects.toMatchObject({ message: 'There is no room in us, eu. eu is full' });
});

it('leaves the choice to the provider when there is none', async () => {
  const { asked, ask } = asking([]);
  await inRegions({ regions: [], onNoCapacity: 'wait' }, ask);
  expect(asked).toEqual([[null, 0]]);
});

it('does not go on for any other reason', async () => {
  const asked: (string | null)[] = [];
  const refusing = inRegions({ regions: ['us', 'eu'], onNoCapacity: 'next-region' }, async (region) => {
    asked.push(region);
    throw new ProviderError('HOST_UNREACHABLE', 'The answer was lost');
  });
  await expect(refusing).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  expect(asked).toEqual(['us']);
});

it('names the field of a region that is none, and those that there are', () => {
  expect(unknownRegion('mars', 1, ['us', 'eu'])).toMatchObject({
    code: 'REGION_NOT_FOUND',
    retryable: false,
    message: 'regions.1: there is no region mars; expected one of us, eu',
  });
});
