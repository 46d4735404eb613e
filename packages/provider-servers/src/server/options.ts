import type { FaultOrder, RecordedRequest } from '../contract/test-controls.ts';

/** What every provider's server is opened with. */
export type ServerOptions = {
  /** Folder for what it remembers; one server at a time may have it. */
  state: string;
  /** 0 or left out: a free one. */
  port?: number;
  hostUrl: string;
  hostToken: string;
  /** The key that callers show. */
  key: string;
  /** Where machines can be made, the one for those who name none first. */
  regions?: readonly string[];
  /** How long a new machine is missing from lists; 2 s unasked. */
  listDelayMs?: number;
  /** Milliseconds since the epoch; the computer's clock unasked. */
  now?: () => number;
  /** How often what is due by the clock is done, in milliseconds; 1 s unasked, `null`: only by `tick()`. */
  tickEveryMs?: number | null;
  log?: (message: string) => void;
  /** Told when an answer does not fit the published specification; unasked it is logged. */
  onBadAnswer?: (message: string) => void;
};

/** A server that runs, and how a test leads it astray. */
export type ProviderServer = {
  /** Base URL of the API. */
  url: string;
  port: number;
  faults: {
    /** Adds a fault and gives the way to take it back. */
    add(fault: FaultOrder): () => void;
    clear(): void;
  };
  /** What it was asked, the oldest first. */
  requests(): RecordedRequest[];
  /** Does what is due by the clock, such as stopping idle machines. */
  tick(): Promise<void>;
  /** Stops serving. The machines stay as they are. */
  close(): Promise<void>;
};
