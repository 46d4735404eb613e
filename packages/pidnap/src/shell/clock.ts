/**
 * Milliseconds on a clock that never jumps: the kernel's monotonic clock, which counts from the machine's boot. Two
 * pidnaps that follow each other within one boot read the same clock.
 */
export function steadyNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}

/** What is added to a steady time to show it as milliseconds since 1970, by the machine's clock as it is set now. */
export function wallOffset(): number {
  return Date.now() - steadyNow();
}
