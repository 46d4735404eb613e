/** Makes a failing world as small as it can be while it fails in the same way. The seed stays, so that it replays. */
import { Policy } from '@fettle/contract';
import * as v from 'valibot';
import type { Fault } from '../faults/fault.ts';
import type { WorldSpec } from '../world/spec.ts';

/** Whether a world still fails in the way that is looked for. */
export type Fails = (spec: WorldSpec) => boolean;

/** More worlds than this are not tried; what has been reached by then is good enough to read. */
const MOST_RUNS = 400;

/** A time that is already this short says nothing by being shorter. */
const SHORT_MS = 1000;

/** The smallest world found that fails; `spec` itself when nothing smaller does. Deterministic. */
export function shrink(spec: WorldSpec, fails: Fails, failedAt: number): WorldSpec {
  let runs = 0;
  const still = (smaller: WorldSpec): boolean => {
    runs += 1;
    return runs <= MOST_RUNS && fails(smaller);
  };
  let best = spec;
  const take = (smaller: WorldSpec): boolean => {
    const isBetter = still(smaller);
    if (isBetter) best = smaller;
    return isBetter;
  };
  take({
    ...best,
    safetyMs: Math.min(best.safetyMs, failedAt),
    faults: best.faults.filter((fault) => fault.at <= failedAt),
  });
  take({ ...best, policy: v.parse(Policy, { mode: best.policy.mode }) });
  take({ ...best, projects: 1 });
  dropFaults(() => best, take);
  for (const part of ['slots', 'hosts'] as const)
    for (let less = Math.floor(best[part] / 2); less >= 1; less = Math.floor(less / 2))
      take({ ...best, [part]: less });
  dropFaults(() => best, take);
  shortenFaults(() => best, take);
  while (best.safetyMs > SHORT_MS && take({ ...best, safetyMs: Math.floor(best.safetyMs * 0.75) }));
  return best;
}

/** Drops faults in ever smaller groups (delta debugging). */
function dropFaults(best: () => WorldSpec, take: (smaller: WorldSpec) => boolean): void {
  for (
    let size = Math.ceil(best().faults.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < best().faults.length;) {
      const { faults } = best();
      const fewer = [...faults.slice(0, from), ...faults.slice(from + size)];
      if (!take({ ...best(), faults: fewer })) from += size;
    }
  }
}

function shortenFaults(best: () => WorldSpec, take: (smaller: WorldSpec) => boolean): void {
  for (let index = 0; index < best().faults.length; index++) {
    const halved = (fault: Fault): Fault => ({ ...fault, forMs: Math.floor(fault.forMs / 2) });
    while ((best().faults[index]?.forMs ?? 0) > SHORT_MS) {
      const faults = best().faults.map((fault, at) => (at === index ? halved(fault) : fault));
      if (!take({ ...best(), faults })) break;
    }
  }
}
