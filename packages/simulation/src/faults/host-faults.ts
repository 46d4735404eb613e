/** Faults of providers and hosts. */
import { NO_TROUBLE, type HostTrouble } from '../world/host-request.ts';
import type { Begin } from './begin.ts';
import type { Fault } from './fault.ts';
import { hostOf } from './path-faults.ts';

/** The oldest answer of an eventually consistent provider. */
const STALEST_MS = 60_000;

/** Of the operations that a host loses, this share leaves no trace. */
const FORGOTTEN = 0.5;

/** A host has one trouble of each kind at a time; the newest counts. */
function troubled(part: keyof HostTrouble, amount: (fault: Fault) => number = ({ share }) => share): Begin {
  return (world, fault) => {
    const host = hostOf(world, fault);
    host.trouble = { ...host.trouble, [part]: amount(fault) };
    return () => {
      const left = { ...host.trouble, [part]: 0 };
      host.trouble = Object.values(left).some((value) => value > 0) ? left : NO_TROUBLE;
    };
  };
}

export const HOST_FAULTS = {
  'provider-fails': troubled('failing'),
  'provider-busy': troubled('busy'),
  'listing-stale': troubled('staleMs', ({ share }) => Math.round(share * STALEST_MS)),
  'operations-fail': troubled('operationsFail'),
  'operations-lost': (world, fault, state) => {
    const ends = [
      troubled('operationsLost')(world, fault, state),
      troubled('operationsForgotten', () => FORGOTTEN)(world, fault, state),
    ];
    return () => {
      for (const end of ends) end?.();
    };
  },
  'operations-slow': troubled('operationsSlow'),
  'operations-refused': troubled('refusing'),
  'copies-corrupt': troubled('copiesCorrupt'),
  'foreign-host': (world, fault) => {
    const host = hostOf(world, fault);
    host.foreignHostId = `${host.hostId}-stranger`;
    return () => {
      host.foreignHostId = null;
    };
  },
  'listing-empty': (world, fault) => {
    const host = hostOf(world, fault);
    host.hideMachines(true);
    return () => host.hideMachines(false);
  },
  'host-without-power': (world, fault) => {
    const host = hostOf(world, fault);
    host.losePower();
    return () => {
      host.hasPower = true;
    };
  },
} satisfies Record<string, Begin>;
