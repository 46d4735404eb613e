/** What an operation of a cloud's machine needs next. Pure; each provider decides it from the machine's state. */
import type { ErrorCode } from '@fettle/contract';

/** `Call`: the provider's calls that change a machine. `wait`: the provider is at it. */
export type NextOf<Call extends string> =
  | { do: Call }
  | { do: 'wait' }
  | { do: 'done' }
  | { do: 'fail'; code: ErrorCode; message: string };

/** A call that is taken and changes nothing is not sent more often. */
export const MOST_SENDS = 3;

export const WAIT = { do: 'wait' } as const;
export const DONE = { do: 'done' } as const;
