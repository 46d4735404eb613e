import { EvidenceId, MachineId, type WorkRestoreResult } from '@fettle/contract';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import type { DiskLayout } from '../disk/layout.ts';
import { restoreWork, type SavedWorkRef } from '../evidence/restore-work.ts';
import { VersionChangeError } from '../versions/version-change-error.ts';
import { print } from './print.ts';
import { tellFailure } from './tell-failure.ts';

const Options = v.strictObject({ from: MachineId, evidence: EvidenceId });

/** `work restore`: prints a `WorkRestoreResult` as the last line of stdout and returns the exit code. */
export async function restoreCommand(disk: DiskLayout, args: string[]): Promise<number> {
  try {
    const restored = await restoreWork(disk, parseOptions(args));
    await print(JSON.stringify({ ok: true, restored } satisfies WorkRestoreResult));
    return 0;
  } catch (error) {
    return tellFailure(error);
  }
}

function parseOptions(args: string[]): SavedWorkRef {
  try {
    const { values } = parseArgs({
      args,
      options: { from: { type: 'string' }, evidence: { type: 'string' } },
    });
    const { from, evidence: id } = v.parse(Options, { ...values });
    return { from, id };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new VersionChangeError({ step: 'input', code: 'BAD_REQUEST', message }, { cause: error });
  }
}
