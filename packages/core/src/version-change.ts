/**
 * How a version change, and the restoring of saved work, is asked of pidnap. The control plane and the daemon both start
 * changes; one definition keeps them the same.
 */
import type { ActionRef, VersionRefs } from '@fettle/contract';

/** Name of the task that makes the first checkout of a machine; its definition is the pattern for later changes. */
export const CHECKOUT_PROCESS = 'checkout';

/** Name of the task that gives a machine its credentials, before anything else. */
export const CREDENTIALS_PROCESS = 'credentials';

const APPLY_PREFIX = 'apply-';
const RESTORE_PREFIX = 'restore-';
const INITIAL_FLAG = '--initial';

/** The part of a pidnap process definition that a version change is made of. */
export type TaskDefinition = {
  command: string[];
  cwd: string;
  inheritEnv: string[];
  restart: 'never';
};

/** What a version change is to do. */
export type VersionChangeRequest = {
  action: ActionRef;
  refs: VersionRefs;
  /** Make a new checkout and install again also where the version is current already, as a rollback does. */
  fresh: boolean;
};

/** Name of the one-shot pidnap process that carries this action out. */
export function applyProcessName(action: Pick<ActionRef, 'sequence'>): string {
  return `${APPLY_PREFIX}${action.sequence}`;
}

/** Sequence of the action that a process carries out; `null` for any other process. */
export function applySequence(processName: string): number | null {
  const digits = /^apply-([1-9][0-9]*)$/.exec(processName)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Name of the one-shot pidnap process that brings saved work back. */
export function restoreProcessName(action: Pick<ActionRef, 'sequence'>): string {
  return `${RESTORE_PREFIX}${action.sequence}`;
}

/** Sequence of the action that a one-shot process carries out, be it a change or a restore; `null` for any other. */
export function oneShotSequence(processName: string): number | null {
  const digits = /^(?:apply|restore)-([1-9][0-9]*)$/.exec(processName)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The processes of a machine that are tasks of Fettle, not services. */
export function isVersionTask(processName: string): boolean {
  return (
    processName === CHECKOUT_PROCESS ||
    processName === CREDENTIALS_PROCESS ||
    [APPLY_PREFIX, RESTORE_PREFIX].some((prefix) => processName.startsWith(prefix))
  );
}

/**
 * Definition of the one-shot process for a version change. `checkout` is the definition that the machine's own
 * `checkout` task has under pidnap: it knows where Node, the runtime and the disk are, so the caller need not. Its
 * environment is not taken over: pidnap hides the values, and the program needs only what every process gets.
 * Throws when it is not the definition of a checkout task.
 */
export function applyProcessDefinition(
  checkout: Pick<TaskDefinition, 'command' | 'cwd' | 'inheritEnv'>,
  { action, refs, fresh }: VersionChangeRequest,
): TaskDefinition {
  const { node, runtime, root } = programsOf(checkout.command);
  const command = [node, runtime, 'versions', 'apply', '--root', root];
  if (refs.platform !== undefined) command.push('--platform', refs.platform);
  if (refs.customer !== undefined) command.push('--customer', refs.customer);
  if (fresh) command.push('--fresh');
  command.push('--action', action.id);
  return { command, cwd: checkout.cwd, inheritEnv: checkout.inheritEnv, restart: 'never' };
}

/** Definition of the one-shot process that brings work back which was saved as evidence of a machine of the same slot. */
export function restoreProcessDefinition(
  checkout: Pick<TaskDefinition, 'command' | 'cwd' | 'inheritEnv'>,
  saved: { from: string; evidence: string },
): TaskDefinition {
  const { node, runtime, root } = programsOf(checkout.command);
  const command = [node, runtime, 'work', 'restore', '--root', root];
  command.push('--from', saved.from, '--evidence', saved.evidence);
  return { command, cwd: checkout.cwd, inheritEnv: checkout.inheritEnv, restart: 'never' };
}

/** Command of the checkout task; the counterpart of `applyProcessDefinition`. */
export function checkoutCommand({ node, runtime, root }: MachinePrograms): string[] {
  return [node, runtime, 'versions', 'apply', '--root', root, INITIAL_FLAG];
}

/** The Node and the runtime of a machine, and where its disk is. */
type MachinePrograms = { node: string; runtime: string; root: string };

function programsOf(command: readonly string[]): MachinePrograms {
  const [node, runtime, , , , root] = command;
  if (node === undefined || runtime === undefined || root === undefined || command.at(-1) !== INITIAL_FLAG)
    throw new Error(`Not the command of a checkout task: ${command.join(' ')}`);
  return { node, runtime, root };
}
