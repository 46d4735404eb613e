/** Reports carry no authority: what they measure is shown, and changes nothing that is decided (T1). */
import { decide, type Decision } from '@fettle/core';
import type { MachineStep } from '../world/surroundings.ts';

/** Nothing that a machine can really have. */
const ABSURD = { cpuPercent: 9999, memoryUsedMb: 1e9, memoryTotalMb: 1, diskUsedPercent: 100 };

/** Whether the same report with absurd resources is decided alike. */
export function changesNothing({ before, event, now, policy, decision }: MachineStep): boolean {
  if (event.type !== 'reported') return true;
  const report = { ...event.report, resources: ABSURD };
  const other = decide({ record: before, event: { type: 'reported', report }, now, policy });
  return told(other) === told(decision);
}

/** Everything but the report itself. */
function told({ record, actions, messages, facts, wakeAt }: Decision): string {
  const { report: _report, ...rest } = record;
  return JSON.stringify({ rest, actions, messages, facts, wakeAt });
}
