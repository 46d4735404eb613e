/**
 * Milliseconds on a clock that never jumps: the kernel's monotonic clock, which counts from the machine's boot. Two
 * pidnaps that follow each other within one boot read the same clock.
 */
export function steadyNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}

let shown = 0;

/**
 * What is added to a steady time to show it as milliseconds since 1970, by the machine's clock as it is set now. A
 * moment is shown as the same time again and again for as long as nobody sets that clock.
 */
export function wallOffset(): number {
  const offset = Date.now() - steadyNow();
  // Both clocks are cut to whole milliseconds, so their difference is one more or less from call to call.
  if (Math.abs(offset - shown) > 1) shown = offset;
  return shown;
}
