import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, policy, SECOND, T0 } from '../testing/builders.ts';
import { judgeListing, type Listing } from './judge-listing.ts';

const { stormGuard: guard } = policy();
const IDS = Array.from({ length: 8 }, (_, index) => `demo.web-${index}.1`);
const known = IDS.map((machineId) => ({ machineId, changedAt: T0 - HOUR }));

function judge(overrides: Partial<Extract<Listing, { ok: true }>>, machines = known) {
  const listing = { ok: true as const, askedAt: T0, complete: true, machineIds: IDS, ...overrides };
  return judgeListing({ known: machines, listing, guard, now: T0 + SECOND });
}

describe('a listing', () => {
  test('of all machines says that none is absent', () => {
    expect(judge({})).toEqual({ believed: true, absent: [] });
  });

  test('without one of them is believed', () => {
    expect(judge({ machineIds: IDS.slice(1) })).toEqual({ believed: true, absent: ['demo.web-0.1'] });
  });

  test('without one that was created after it was asked for says nothing of that one', () => {
    const fresh = known.map((one, index) => (index === 0 ? { ...one, changedAt: T0 } : one));
    expect(judge({ machineIds: IDS.slice(1) }, fresh)).toEqual({ believed: true, absent: [] });
  });

  test('of strangers only is one in which all are missing', () => {
    expect(judge({ machineIds: ['another.web-1.1'] })).toMatchObject({ believed: false });
  });

  test.each<[string, Parameters<typeof judge>[0], string]>([
    ['empty', { machineIds: [] }, 'The listing is empty'],
    ['cut off', { complete: false, machineIds: IDS.slice(1) }, 'The listing was cut off'],
    ['old', { askedAt: T0 - MINUTE, machineIds: IDS.slice(1) }, 'The listing is not of now'],
    ['from the future', { askedAt: T0 + MINUTE, machineIds: IDS.slice(1) }, 'The listing is not of now'],
    ['much too short', { machineIds: IDS.slice(3) }, '3 of 8 machines are said to be gone at once'],
  ])('that is %s says nothing of any machine', (_name, overrides, why) => {
    expect(judge(overrides)).toEqual({ believed: false, why: expect.stringContaining(why) as string });
  });

  test('that failed says nothing of any machine', () => {
    const listing = { ok: false as const, message: 'connection refused' };
    expect(judgeListing({ known, listing, guard, now: T0 })).toEqual({
      believed: false,
      why: 'The listing failed: connection refused',
    });
  });

  test('of a host on which nothing should be may be empty', () => {
    expect(judge({ machineIds: [] }, [])).toEqual({ believed: true, absent: [] });
  });
});
