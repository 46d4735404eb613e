import type { Work } from '../cloud/work.ts';
import { ProviderError } from '../machine-provider.ts';
import type { FlyApi } from './fly-api.ts';
import type { FlyFacts } from './fly-facts.ts';

/** Longer than a call takes, also the few of an update; a lease that we lose ends by itself. */
const LEASE_S = 30;

/**
 * Has the machine's lease for the operation, and gives its nonce. While we have it nobody else changes the machine. One
 * of ours whose nonce never reached the journal is known by its description, and taken up again where Fly shows its
 * nonce; where Fly does not, it ends soon.
 */
export async function takeLease(api: FlyApi, work: Work<FlyFacts>, flyId: string): Promise<string> {
  const order = { ttl: LEASE_S, description: `fettle ${work.facts.mark}` };
  const { nonce: known } = work.facts;
  try {
    return keep(work, await api.lease(flyId, order, known));
  } catch (error) {
    if (!isConflict(error)) throw error;
    const present = await api.presentLease(flyId);
    // It ended between the two calls.
    if (present === null) return keep(work, await api.lease(flyId, order, null));
    if (present.description !== order.description || present.nonce === null) throw heldBy(present, error);
    return keep(work, await api.lease(flyId, order, present.nonce));
  }
}

/** Gives the lease back. One that cannot be given back ends by itself. */
export async function releaseLease(api: FlyApi, work: Work<FlyFacts>): Promise<void> {
  const { nonce, flyId } = work.facts;
  if (nonce === null) return;
  work.note({ nonce: null });
  if (flyId === null) return;
  try {
    await api.release(flyId, nonce);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
  }
}

function keep(work: Work<FlyFacts>, { nonce }: { nonce: string | null }): string {
  if (nonce === null) throw new ProviderError('PROVIDER_FAILED', 'Fly gave a lease without its nonce');
  work.note({ nonce });
  return nonce;
}

function isConflict(error: unknown): boolean {
  return error instanceof ProviderError && (error.code === 'CONFLICT' || error.code === 'BAD_REQUEST');
}

function heldBy({ owner, expires_at }: { owner: string | null; expires_at: number | null }, cause: unknown) {
  const until = expires_at === null ? '' : ` until ${new Date(expires_at * 1000).toISOString()}`;
  const message = `Somebody else changes the machine at the moment: its lease belongs to ${owner ?? 'an unknown owner'}${until}`;
  return new ProviderError('CONFLICT', message, { retryable: true, cause });
}
