import { GitRef, type VersionChangeResult } from '@fettle/contract';
import { inspect, parseArgs } from 'node:util';
import * as v from 'valibot';
import type { DiskLayout } from '../disk/layout.ts';
import { readMachineSpec } from '../disk/machine-files.ts';
import { applyVersions } from '../versions/apply.ts';
import { withoutUrlSecrets } from '../versions/url-secrets.ts';
import { VersionChangeError, inStep } from '../versions/version-change-error.ts';
import { readCurrentSet } from '../versions/current-set.ts';

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
  const { result, exitCode } = await apply(disk, args);
  await print(JSON.stringify(result));
  return exitCode;
}

/** `versions current`: prints the version set as JSON, `null` before the first checkout. */
export async function currentCommand(disk: DiskLayout): Promise<number> {
  const current = readCurrentSet(disk);
  const spec = readMachineSpec(disk);
  await print(JSON.stringify(current && { ...current.versions, image: spec.image }));
  return 0;
}

async function apply(
  disk: DiskLayout,
  args: string[],
): Promise<{ result: VersionChangeResult; exitCode: number }> {
  try {
    const { platform, customer, initial, fresh, action } = parseApplyOptions(args);
    const spec = await inStep('input', async () => readMachineSpec(disk));
    const request = { disk, spec, refs: { platform, customer }, initial, fresh, action: action ?? 'initial' };
    return { result: await applyVersions(request), exitCode: 0 };
  } catch (error) {
    if (!(error instanceof VersionChangeError)) throw error;
    // The whole of a defect is printed, with its causes: those may hold the arguments of a program.
    console.error(error.code === 'INTERNAL' ? withoutUrlSecrets(inspect(error)) : error.message);
    return { result: error.toResult(), exitCode: error.exitCode };
  }
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

/** Resolves when the line has left the process: an exit right after must not cut it off. */
async function print(line: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(`${line}\n`, () => resolve()));
}
