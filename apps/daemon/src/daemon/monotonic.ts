/**
 * Milliseconds on a clock that never jumps. The same as `performance.now()`, whose module takes a megabyte that nothing
 * else here needs.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
