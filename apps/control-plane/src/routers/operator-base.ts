import { operatorContract } from '@fettle/contract';
import type { Command } from '@fettle/core';
import { implement } from '@orpc/server';
import { mayDo, type Named } from '../auth/operator-access.ts';
import { originOf, type Caller } from '../auth/operator-caller.ts';
import type { Env } from '../env.ts';
import { findMachineObject } from '../machine/machine-object.ts';
import type { Machine } from '../machine/machine.ts';
import type { Result } from '../result.ts';
import { valueOf, wireError } from './rpc-errors.ts';

/** What every procedure of operators knows besides its input. */
export type OperatorContext = { env: Env; caller: Caller };

const implementer = implement(operatorContract)
  .$context<OperatorContext>()
  // The input is validated before the middleware below: it reads from it where something is done.
  .$config({ initialInputValidationIndex: Number.NEGATIVE_INFINITY });

/**
 * What the routers of operators implement. Who may call is in the contract of each procedure, and is decided here, once,
 * before its handler runs: a procedure of which nothing is written lets nobody in.
 */
export const operator = implementer.use(async ({ context, procedure, next }, input) => {
  const { env, caller } = context;
  const named = typeof input === 'object' && input !== null ? (input as Named) : {};
  if (!(await mayDo(env, caller, procedure['~orpc'].meta, named))) throw wireError('FORBIDDEN');
  return next();
});

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

/** Asks a machine for something that counts against its project's quota: commands, and what reaches into the machine. */
export async function askWithinQuota<T>(
  env: Env,
  machineId: string,
  question: (machine: DurableObjectStub<Machine>) => Promise<Result<T>>,
): Promise<T> {
  valueOf(await projectOf(env, machineId.slice(0, machineId.indexOf('.'))).admitCommand());
  return askMachine(env, machineId, question);
}

/** Has a machine take a command, and answers that it will be carried out. */
export async function commandMachine(
  { env, caller }: OperatorContext,
  machineId: string,
  command: Command,
): Promise<{ accepted: true; message: string }> {
  const message = await askWithinQuota(env, machineId, (machine) =>
    machine.command(command, originOf(caller)),
  );
  return { accepted: true, message };
}
