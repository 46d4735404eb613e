/** Fly's limits: so many a second, and a burst. Pure. */

/** How full it was when it was looked at last. */
export type Bucket = { tokens: number; at: number };

/** One request out of a bucket: the bucket after it, and whether it had room. */
export function takeToken(
  bucket: Bucket | undefined,
  { perSecond, burst }: { perSecond: number; burst: number },
  now: number,
): { bucket: Bucket; taken: boolean } {
  const before = bucket ?? { tokens: burst, at: now };
  const refilled = Math.min(burst, before.tokens + ((now - before.at) / 1000) * perSecond);
  const taken = refilled >= 1;
  return { bucket: { tokens: taken ? refilled - 1 : refilled, at: now }, taken };
}
