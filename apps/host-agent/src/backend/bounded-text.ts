/** Output of one stream of a command is cut here, as the contract says: 64 KiB. */
const MAX_BYTES = 64 * 1024;

/** Collects output and forgets what is beyond 64 KiB, so that a talkative command cannot fill the memory. */
export function boundedText(): { add(chunk: Buffer): void; text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      if (bytes >= MAX_BYTES) return;
      const part = chunk.subarray(0, MAX_BYTES - bytes);
      chunks.push(part);
      bytes += part.length;
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
