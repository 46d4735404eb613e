/** Order in which ports are tried for machines. Pure. */

/** Below the range that Linux and macOS give to outgoing connections, above what common servers take. */
export const FIRST_PORT = 20_000;
export const LAST_PORT = 31_999;

/**
 * All ports of the range that no machine has, each once. Every host begins at its own place, so that two host-agents
 * on one computer do not race for the same port.
 */
export function* portCandidates(hostId: string, taken: ReadonlySet<number>): Generator<number, undefined> {
  const size = LAST_PORT - FIRST_PORT + 1;
  const offset = hash(hostId) % size;
  for (let step = 0; step < size; step += 1) {
    const port = FIRST_PORT + ((offset + step) % size);
    if (!taken.has(port)) yield port;
  }
  return undefined;
}

/** FNV-1a, 32 bits: spreads ids evenly and needs no library. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0)!, 0x01000193) >>> 0;
  return value;
}
