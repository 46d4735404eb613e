import type { ActionRef } from '@fettle/contract/ids';
import { Refusal } from '../server/call.ts';
import { HostProblem } from './host-machines.ts';

/** Orders that a host has not answered yet: it cannot be asked what became of them. */
export interface OrdersOnTheirWay {
  has(action: ActionRef): boolean;
  /** Sends one. What the host refuses is a 400; where it does not answer, a 500, and what exists shows whether it was taken. */
  send(action: ActionRef, work: () => Promise<void>): Promise<void>;
}

/** None yet. */
export function createOrdersOnTheirWay(): OrdersOnTheirWay {
  const sending = new Set<string>();
  return {
    has: ({ id }) => sending.has(id),
    async send(action, work) {
      sending.add(action.id);
      try {
        await work();
      } catch (error) {
        if (!(error instanceof HostProblem)) throw error;
        throw new Refusal(error.reachable ? 400 : 500, error.message, { cause: error });
      } finally {
        sending.delete(action.id);
      }
    },
  };
}
