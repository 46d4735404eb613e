import { BOOTSTRAP_PATH } from '@fettle/contract';
import { bootstrapText } from '../cloud/boot-variables.ts';
import type { Work } from '../cloud/work.ts';
import type { DaytonaApi } from './daytona-api.ts';
import type { DaytonaFacts } from './daytona-facts.ts';
import type { Sandbox } from './sandbox.ts';

/**
 * Puts the bootstrap token of a new machine into its sandbox, which must run, and forgets it. Daytona takes no files with
 * a create. After a crash in between it is put there again: a machine that has credentials makes nothing of it.
 */
export async function deliverBootstrap(
  api: DaytonaApi,
  work: Work<DaytonaFacts>,
  sandbox: Sandbox,
): Promise<void> {
  const { machineId } = work;
  const { bootstrap: token } = work.facts;
  if (token === null) return;
  await api.upload(sandbox, {
    path: BOOTSTRAP_PATH,
    content: bootstrapText({ machineId, token }),
    secrets: [token],
  });
  work.note({ bootstrap: null });
}
