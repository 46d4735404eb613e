import type { ProviderJournal } from '../journal.ts';

/** What a provider of a cloud needs besides its settings. */
export type CloudMeans = {
  journal: ProviderJournal<unknown>;
  /** Deadline of one call, in milliseconds. */
  timeoutMs: number;
  now?: () => number;
};
