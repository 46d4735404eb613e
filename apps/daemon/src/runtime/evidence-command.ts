import { EvidenceId } from '@fettle/contract';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import type { DiskLayout } from '../disk/layout.ts';
import { collectEvidence } from '../evidence/collect.ts';
import { briefLine } from '../evidence/texts.ts';
import { print } from './print.ts';

const INPUT_EXIT_CODE = 2;

const Options = v.strictObject({
  id: EvidenceId,
  deadline: v.optional(
    v.pipe(v.string(), v.regex(/^[1-9][0-9]{2,5}$/, 'expected milliseconds'), v.transform(Number)),
    '15000',
  ),
});

/** `evidence collect`: prints an `InsideEvidence` as the last line of stdout and returns the exit code. */
export async function collectCommand(disk: DiskLayout, args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    strict: false,
    options: { id: { type: 'string' }, deadline: { type: 'string' } },
  });
  const options = v.safeParse(Options, { ...values });
  if (!options.success) {
    const problems = options.issues.map((issue) => `--${v.getDotPath(issue) ?? ''}: ${issue.message}`);
    console.error(problems.join('\n'));
    return INPUT_EXIT_CODE;
  }
  const { id, deadline: deadlineMs } = options.output;
  await print(briefLine(await collectEvidence({ disk, id, deadlineMs })));
  return 0;
}
