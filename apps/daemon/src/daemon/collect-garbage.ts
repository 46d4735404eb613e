/** What is collected in between is about half a megabyte; one collection takes a few milliseconds. */
const EVERY_MS = 600_000;

/**
 * Has garbage collected now and then. V8 does it by itself only after the heap has grown by several megabytes; at the
 * daemon's pace that takes hours, and the memory is missing meanwhile. Needs Node's `--expose-gc`, and is left without.
 */
export function collectGarbageNowAndThen(): void {
  const { gc } = globalThis;
  if (gc !== undefined) setInterval(() => void gc(), EVERY_MS).unref();
}
