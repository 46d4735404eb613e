/** Reads the engine's multiplexed output. Pure. */

const HEADER_BYTES = 8;

/**
 * The text of all frames in order. A frame is a header (stream, three zeros, length as a big-endian 32-bit number) and
 * its content. A cut last frame gives what is there of it.
 */
export function textOfFrames(buffer: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + HEADER_BYTES <= buffer.length;) {
    const length = buffer.readUInt32BE(at + 4);
    parts.push(buffer.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    at += HEADER_BYTES + length;
  }
  return Buffer.concat(parts).toString('utf8');
}
