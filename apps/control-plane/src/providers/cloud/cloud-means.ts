import type { ProviderJournal } from '../journal.ts';

/** How requests are sent; a test answers them itself. */
export type SendRequest = (request: Request) => Promise<Response>;

/** As the platform does: nothing of it may be called as a method of something else. */
export const sendByFetch: SendRequest = (request) => fetch(request);

/** What a provider of a cloud needs besides its settings. */
export type CloudMeans = {
  journal: ProviderJournal<unknown>;
  /** Deadline of one call, in milliseconds. */
  timeoutMs: number;
  now?: () => number;
  send?: SendRequest;
};
