/**
 * What is wrong in a project, counted in slots. While a machine is being replaced its slot has two of them, and what
 * ails both is one trouble: counted twice, a slot whose replacement is sick too could hold itself for ever.
 */
import type { ProjectRecord, ToldMachine } from './record.ts';

/** One machine for each slot that has told anything: the one that asks, or else the worst off of the slot. */
export function toldBySlot(
  { slots, told }: Pick<ProjectRecord, 'slots' | 'told'>,
  asking: string | null,
): ToldMachine[] {
  return slots.flatMap(({ machines }) => {
    const own = told.filter((one) => machines.includes(one.machineId));
    const [first] = own;
    if (first === undefined) return [];
    if (asking !== null && machines.includes(asking)) return own.filter((one) => one.machineId === asking);
    const worst = own.find((one) => one.sick) ?? first;
    return [{ ...worst, gone: own.some((one) => one.gone) }];
  });
}
