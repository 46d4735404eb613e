import type { FettleClient } from '@fettle/client';
import { MachineId, ProjectName, SlotName } from '@fettle/contract/ids';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';

/** What a person can mean by a target: a machine, or whatever a slot leads to. */
export type Target = { kind: 'machine'; machineId: string } | { kind: 'slot'; project: string; slot: string };

/** Understands `web-1`, `demo/web-1` and `demo.web-1.1`. Throws a usage failure that names the three forms. */
export function parseTarget(text: string, defaultProject: string): Target {
  const machineId = v.safeParse(MachineId, text);
  if (machineId.success) return { kind: 'machine', machineId: machineId.output };
  const [first = '', second, ...rest] = text.split('/');
  const [project, slot] = second === undefined ? [defaultProject, first] : [first, second];
  if (rest.length > 0 || !v.is(ProjectName, project) || !v.is(SlotName, slot)) {
    throw new CliFailure(EXIT.usage, `"${text}" is no target`, {
      hint: 'expected a slot (web-1), project/slot (demo/web-1) or a machine id (demo.web-1.1)',
    });
  }
  return { kind: 'slot', project, slot };
}

/** The machine that a target leads to now. Throws when its slot leads to none at the moment. */
export async function resolveTarget(client: FettleClient, target: Target): Promise<string> {
  if (target.kind === 'machine') return target.machineId;
  const { machineId } = await client.slots.resolve({ project: target.project, slot: target.slot });
  if (machineId !== null) return machineId;
  throw new CliFailure(EXIT.failed, `${target.slot} leads to no machine at the moment`, {
    hint: `\`fettle project\` shows how far its replacement is`,
  });
}

/** The slot that is meant, named by itself or by a machine that it has or had. */
export function slotOfTarget(text: string, defaultProject: string): { project: string; slot: string } {
  const target = parseTarget(text, defaultProject);
  const { project, slot } = target.kind === 'slot' ? target : slotOf(target.machineId);
  return { project, slot };
}

/** Project and slot of a machine id. */
export function slotOf(machineId: string): { project: string; slot: string; generation: number } {
  const [project = '', slot = '', generation = '1'] = machineId.split('.');
  return { project, slot, generation: Number(generation) };
}
