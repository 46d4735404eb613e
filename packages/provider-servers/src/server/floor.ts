import type { Faults } from './faults.ts';
import type { RequestLog } from './request-log.ts';

/** What everything that a server serves stands on. */
export type Floor = {
  faults: Faults;
  requests: RequestLog;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: (message: string) => void;
  /** Told when an answer of ours does not fit the published specification. */
  onBadAnswer: (message: string) => void;
};
