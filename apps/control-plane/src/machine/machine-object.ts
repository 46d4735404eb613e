import type { MachineType } from '@fettle/contract';
import { rememberIn } from '../bounded-memory.ts';
import type { Env } from '../env.ts';
import { refusal, success, type Result } from '../result.ts';
import type { Machine } from './machine.ts';

/** Which binding has the objects of machines of a type. */
const NAMESPACES = {
  'local-docker': 'MACHINES',
  daytona: 'DAYTONA_MACHINES',
  fly: 'FLY_MACHINES',
} as const satisfies Record<MachineType, keyof Env>;

/** Types that one isolate remembers, by project. */
const MAX_PROJECTS = 10_000;

/** A project has one type for life, so that it is asked once. */
const types = new Map<string, MachineType>();

/** The object of a machine. */
export function machineObject(
  env: Env,
  { machineId, type }: { machineId: string; type: MachineType },
): DurableObjectStub<Machine> {
  // Each namespace has its own subclass; what is called is declared by `Machine`.
  return env[NAMESPACES[type]].getByName(machineId) as unknown as DurableObjectStub<Machine>;
}

/** The object of a machine of which only the id is known: its project is asked for the type. */
export async function findMachineObject(
  env: Env,
  machineId: string,
): Promise<Result<DurableObjectStub<Machine>>> {
  const project = machineId.slice(0, machineId.indexOf('.'));
  let type = types.get(project);
  if (type === undefined) {
    const told = await env.PROJECTS.getByName(project).machineType();
    if (told === null) return refusal('MACHINE_NOT_FOUND', 'There is no such machine');
    type = told;
    rememberIn(types, project, type, MAX_PROJECTS);
  }
  return success(machineObject(env, { machineId, type }));
}
