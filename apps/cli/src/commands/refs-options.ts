import { ImageRef } from '@fettle/contract/ids';
import { VersionRefs } from '@fettle/contract/version-set';
import type { Command } from 'commander';
import * as v from 'valibot';
import { CliFailure, EXIT } from '../failure.ts';

/** What a command line says of the commits to run. */
export type RefsOptions = { customer?: string; platform?: string };

/** Adds the options that name commits. */
export function withRefsOptions(command: Command): Command {
  return command
    .option('--customer <ref>', "branch, tag or commit of the customer's repository")
    .option('--platform <ref>', "branch, tag or commit of the platform's repository");
}

/** The refs that were named; `null` when none was. Throws a usage failure for what cannot be a ref. */
export function refsOf({ customer, platform }: RefsOptions): VersionRefs | null {
  if (customer === undefined && platform === undefined) return null;
  const result = v.safeParse(VersionRefs, {
    ...(customer === undefined ? {} : { customer }),
    ...(platform === undefined ? {} : { platform }),
  });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new CliFailure(EXIT.usage, `--${v.getDotPath(issue) ?? 'customer'}: ${issue.message}`);
}

/** Understands the name of an image. Throws a usage failure for what cannot be one. */
export function imageRef(text: string): string {
  const result = v.safeParse(ImageRef, text);
  if (result.success) return result.output;
  throw new CliFailure(EXIT.usage, `--image: ${result.issues[0].message}`);
}
