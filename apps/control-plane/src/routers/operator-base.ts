import { operatorContract } from '@fettle/contract';
import { implement } from '@orpc/server';
import type { Env } from '../env.ts';
import { findMachineObject } from '../machine/machine-object.ts';
import type { Machine } from '../machine/machine.ts';
import type { Result } from '../result.ts';
import { valueOf } from './rpc-errors.ts';

/** What the routers of operators implement. */
export const operator = implement(operatorContract).$context<{ env: Env }>();

/** The object of a project. */
export const projectOf = (env: Env, project: string) => env.PROJECTS.getByName(project);

/** Asks the object of a machine; a refusal becomes an error of the catalogue. */
export async function askMachine<T>(
  env: Env,
  machineId: string,
  question: (machine: DurableObjectStub<Machine>) => Promise<Result<T>>,
): Promise<T> {
  return valueOf(await question(valueOf(await findMachineObject(env, machineId))));
}

/** The answer to a command that will be carried out. */
export const taken = (message: string) => ({ accepted: true as const, message });
