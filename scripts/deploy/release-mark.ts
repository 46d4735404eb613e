/** What a deployed Worker says about itself, in its binding `FETTLE_RELEASE`: which commit it is, and of what exactly. */
import { createHash, createHmac } from 'node:crypto';
import * as v from 'valibot';

export const RELEASE_BINDING = 'FETTLE_RELEASE';

export const ReleaseMark = v.object({
  /** As package.json has it. */
  version: v.string(),
  /** 40 hexadecimal digits; `-dirty` behind them when the tree had changes of its own. */
  commit: v.string(),
  /** Digest of everything that the deployment is made of. */
  fingerprint: v.string(),
});
export type ReleaseMark = v.InferOutput<typeof ReleaseMark>;

/**
 * The same for the same sources and variables. Keyed, because variables are secrets and the digest can be read by
 * whoever may look at the Worker.
 */
export function fingerprintOf(parts: {
  key: string;
  sources: readonly Uint8Array[];
  variables: Record<string, string>;
}): string {
  const hmac = createHmac('sha256', parts.key);
  for (const source of parts.sources) hmac.update(createHash('sha256').update(source).digest());
  hmac.update(JSON.stringify(Object.entries(parts.variables).toSorted(([a], [b]) => (a < b ? -1 : 1))));
  return hmac.digest('base64url');
}
