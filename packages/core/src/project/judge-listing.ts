/** What a listing of machines lets us believe. It can only ever say that some are gone, never that all are. */
import type { Policy } from '@fettle/contract';
import { massAbsence } from './mass-absence.ts';

/** A listing as it came, or did not. */
export type Listing =
  | { ok: false; message: string }
  | {
      ok: true;
      /** Our clock when it was asked for. */
      askedAt: number;
      /** Nothing was cut off. */
      complete: boolean;
      machineIds: string[];
    };

/** The machines that may be believed absent; or why nothing is believed of any. */
export type ListingJudgement = { believed: true; absent: string[] } | { believed: false; why: string };

/** A listing that is older than this says nothing of now. */
const MOST_AGE_MS = 60_000;

/** Judges one listing of a host or a provider against the machines that should be on it. */
export function judgeListing(input: {
  /** Machines that should be there, each with when something was last done about it. */
  known: { machineId: string; changedAt: number }[];
  listing: Listing;
  guard: Pick<Policy['stormGuard'], 'maxGoneShare'>;
  now: number;
}): ListingJudgement {
  const { known, listing, guard, now } = input;
  if (!listing.ok) return doubt(`The listing failed: ${listing.message}`);
  if (!listing.complete) return doubt('The listing was cut off');
  if (now - listing.askedAt > MOST_AGE_MS || listing.askedAt > now) return doubt('The listing is not of now');
  if (listing.machineIds.length === 0 && known.length > 0) return doubt('The listing is empty');
  const listed = new Set(listing.machineIds);
  // What was done after the question may not be in the answer.
  const absent = known.filter((one) => !listed.has(one.machineId) && one.changedAt < listing.askedAt);
  const mass = massAbsence({ gone: absent.length, total: known.length, guard });
  return mass === null ? { believed: true, absent: absent.map((one) => one.machineId) } : doubt(mass);
}

function doubt(why: string): ListingJudgement {
  return { believed: false, why };
}
