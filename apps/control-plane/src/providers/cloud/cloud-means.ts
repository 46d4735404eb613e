import { fetchOutside, type OutgoingLimits } from '../../outgoing/fetch-outside.ts';
import type { ProviderJournal } from '../journal.ts';

/** How requests are sent; a test answers them itself. */
export type SendRequest = (request: Request, limits: OutgoingLimits) => Promise<Response>;

/** Over the network, to where the limits allow. */
export const sendOutside: SendRequest = (request, limits) => fetchOutside(request, {}, limits);

/** What a provider of a cloud needs besides its settings. */
export type CloudMeans = {
  journal: ProviderJournal<unknown>;
  /** Deadline of one call, in milliseconds. */
  timeoutMs: number;
  now?: () => number;
  send?: SendRequest;
};
