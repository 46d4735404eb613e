import { GitRef, type VersionChangeResult } from '@fettle/contract';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { readKept } from '../credentials/kept-credentials.ts';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { applyVersions } from '../versions/apply.ts';
import { VersionChangeError, inStep } from '../versions/version-change-error.ts';
import { readCurrentSet } from '../versions/current-set.ts';
import { print } from './print.ts';
import { tellFailure } from './tell-failure.ts';

const ApplyOptions = v.pipe(
  v.strictObject({
    initial: v.optional(v.boolean(), false),
    fresh: v.optional(v.boolean(), false),
    platform: v.optional(GitRef),
    customer: v.optional(GitRef),
    action: v.optional(v.pipe(v.string(), v.regex(/^[\w./-]{1,128}$/, 'expected an action id'))),
  }),
  v.check(({ initial, action }) => initial || action !== undefined, 'expected --action or --initial'),
  v.check(
    ({ initial, platform, customer }) => initial || platform !== undefined || customer !== undefined,
    'expected --platform, --customer or both',
  ),
);

/** `versions apply`: prints the result as the last line of stdout and returns the exit code. */
export async function applyCommand(disk: DiskLayout, args: string[]): Promise<number> {
  try {
    await print(JSON.stringify(await apply(disk, args)));
    return 0;
  } catch (error) {
    return tellFailure(error);
  }
}

/** `versions current`: prints the version set as JSON, `null` before the first checkout. */
export async function currentCommand(disk: DiskLayout): Promise<number> {
  const current = readCurrentSet(disk);
  const spec = readMachineSpec(disk);
  await print(JSON.stringify(current && { ...current.versions, image: spec.image }));
  return 0;
}

async function apply(disk: DiskLayout, args: string[]): Promise<VersionChangeResult> {
  const { platform, customer, initial, fresh, action } = parseApplyOptions(args);
  const spec = await inStep('input', async () => readMachineSpec(disk));
  const refs = { platform, customer };
  const repositories = readKept(disk, spec.identity.machineId)?.repositories ?? spec.repositories;
  return applyVersions({ disk, spec, repositories, refs, initial, fresh, action: action ?? 'initial' });
}

function parseApplyOptions(args: string[]): v.InferOutput<typeof ApplyOptions> {
  try {
    const { values } = parseArgs({
      args,
      options: {
        initial: { type: 'boolean' },
        fresh: { type: 'boolean' },
        platform: { type: 'string' },
        customer: { type: 'string' },
        action: { type: 'string' },
      },
    });
    return v.parse(ApplyOptions, { ...values });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new VersionChangeError({ step: 'input', code: 'BAD_REQUEST', message }, { cause: error });
  }
}
