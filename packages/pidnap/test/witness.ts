import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ProcessDefinitionInput, ProcessView } from '../src/contract.ts';
import { eventually, scratchPath, type TestPidnap } from './pidnap-process.ts';

/** A process that tells of every start, and of every start that came while an earlier copy or a child of it was alive. */
export interface Witness {
  /** Numbers of the runs that got going, in order. */
  starts(): number[];
  /** Numbers of the runs that found another copy alive. */
  copies(): number[];
  definition(script: string, more?: Partial<ProcessDefinitionInput>): ProcessDefinitionInput;
}

/** A witness whose files are removed after the tests of the file. */
export function witness(name: string): Witness {
  const path = scratchPath(name);
  const read = (kind: string): number[] => {
    const file = `${path}.${kind}`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  };
  return {
    starts: () => read('starts'),
    copies: () => read('copies'),
    definition: (script, more = {}) => ({
      // The lock is held for as long as anything of the tree has the file open.
      command: `exec 9> ${path}.lock
        flock -n 9 || { echo $PIDNAP_RUN >> ${path}.copies; exit 9; }
        echo $PIDNAP_RUN >> ${path}.starts
        ${script}`,
      cwd: '/',
      backoff: { initialMs: 20, maxMs: 40 },
      budget: null,
      ...more,
    }),
  };
}

/** These runs got going, no other did, and none while an older copy or a child of it was alive. */
export async function expectRuns(runs: Record<string, [Witness, number[]]>): Promise<void> {
  for (const [name, [one, expected]] of Object.entries(runs)) {
    await eventually(
      () => one.starts().length >= expected.length,
      () => `${name} began its runs ${one.starts().join()}`,
    );
    expect({ name, starts: one.starts(), copies: one.copies() }).toEqual({
      name,
      starts: expected,
      copies: [],
    });
  }
}

/** Waits until this run or a later one is up and has said so itself. */
export async function up(pidnap: TestPidnap, name: string, one: Witness, minRun = 1): Promise<ProcessView> {
  const { reached, process: view } = await pidnap.client.wait({ name, until: 'running', minRun });
  expect(reached, `${name} runs: ${view.state}, ${view.message}`).toBe(true);
  await eventually(() => one.starts().includes(view.runs));
  return view;
}

/** SIGKILL to pidnap alone; what it runs lives on. */
export async function killPidnap(pidnap: TestPidnap): Promise<void> {
  pidnap.child.kill('SIGKILL');
  await pidnap.exited();
}
