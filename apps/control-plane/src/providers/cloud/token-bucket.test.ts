import { describe, expect, it } from 'vitest';
import { freshBucket, learn, spend, waitMs, type Told } from './token-bucket.ts';

const NOW = 1_700_000_000_000;
const NOTHING: Told = { limit: null, remaining: null, resetMs: null, retryMs: null };
const SLOW = { perSecond: 1, burst: 3 };

function spent(times: number) {
  let bucket = freshBucket(SLOW, NOW);
  for (let n = 0; n < times; n++) bucket = spend(bucket, NOW);
  return bucket;
}

describe('a bucket', () => {
  it('gives out its burst at once, and then one after the other', () => {
    expect(waitMs(spent(2), NOW)).toBe(0);
    expect(waitMs(spent(3), NOW)).toBe(1000);
    expect(waitMs(spent(3), NOW + 400)).toBe(600);
    expect(waitMs(spent(3), NOW + 1000)).toBe(0);
  });

  it('holds no more than its burst, however long nobody asked', () => {
    const rested = spend(spend(spend(freshBucket(SLOW, NOW - 3_600_000), NOW), NOW), NOW);
    expect(waitMs(rested, NOW)).toBe(1000);
  });

  it('never fills by a clock that went back', () => {
    expect(waitMs(spent(3), NOW - 60_000)).toBe(1000);
  });
});

describe('what the provider tells', () => {
  it('closes the bucket for as long as the provider wants to be left alone', () => {
    const bucket = learn(freshBucket(SLOW, NOW), { ...NOTHING, retryMs: 20_000 }, NOW);
    expect(waitMs(bucket, NOW)).toBe(20_000);
    expect(waitMs(bucket, NOW + 20_000)).toBe(0);
  });

  it('closes it until the window begins anew when nothing remains of this one', () => {
    const told = { limit: 60, remaining: 0, resetMs: 7000, retryMs: null };
    expect(waitMs(learn(freshBucket(SLOW, NOW), told, NOW), NOW)).toBe(7000);
  });

  it('lowers the count when others use the same key, and never raises it', () => {
    const low = learn(freshBucket({ perSecond: 10, burst: 600 }, NOW), { ...NOTHING, remaining: 1 }, NOW);
    expect(waitMs(spend(low, NOW), NOW)).toBeGreaterThan(0);
    expect(waitMs(learn(spent(3), { ...NOTHING, remaining: 500 }, NOW), NOW)).toBe(1000);
  });

  it('replaces the rate by the limit of the organization', () => {
    const bucket = learn(spent(3), { ...NOTHING, limit: 600 }, NOW);
    expect(waitMs(bucket, NOW)).toBe(100);
  });

  it('never keeps a machine alone for hours', () => {
    const bucket = learn(freshBucket(SLOW, NOW), { ...NOTHING, retryMs: 86_400_000 }, NOW);
    expect(waitMs(bucket, NOW)).toBe(300_000);
  });
});
