import { EvidencePart, type EvidenceBundle } from '@fettle/contract/evidence';
import { Command, Option } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fetchEvidence } from '../connection/evidence-store.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { describeEvidence, EVIDENCE_COLUMNS, evidenceRow } from '../output/describe-evidence.ts';
import { renderTable } from '../output/table.ts';
import { TARGET_HELP, withControlPlane, type CommandContext } from './context.ts';
import { bundleName, findBundles, pickBundle } from './find-bundles.ts';

const ID_HELP = 'number of the bundle, or its whole name (demo.web-1.1/12); default: the newest';

/** Commands about what was kept of a machine before something destructive was done to it. */
export function evidenceCommand(): Command {
  return new Command('evidence')
    .description(
      'what was kept of a machine before its versions were restored, or it was restarted or given up',
    )
    .addCommand(list())
    .addCommand(show())
    .addCommand(get());
}

function list(): Command {
  return new Command('list')
    .description('the bundles of a machine, or of all machines of a slot; the newest first')
    .argument('<target>', TARGET_HELP)
    .action(
      withControlPlane(async ({ client, project, print }, target: string) => {
        const bundles = await findBundles(client, target, project);
        print(bundles, () =>
          bundles.length === 0
            ? `nothing was kept of ${target} so far`
            : renderTable(EVIDENCE_COLUMNS, bundles.map(evidenceRow)),
        );
      }),
    );
}

function show(): Command {
  return new Command('show')
    .description('what a bundle holds, and what it lacks and why')
    .argument('<target>', TARGET_HELP)
    .argument('[id]', ID_HELP)
    .action(
      withControlPlane(async ({ client, project, print }, target: string, id: string | undefined) => {
        const bundle = pickBundle(await findBundles(client, target, project), id);
        print(bundle, () => describeEvidence(bundle));
      }),
    );
}

type GetOptions = { part?: EvidencePart; out?: string };

function get(): Command {
  return new Command('get')
    .description('read a bundle: one part to stdout, or all of it into a folder')
    .argument('<target>', TARGET_HELP)
    .argument('[id]', ID_HELP)
    .addOption(new Option('--part <part>', 'only this one').choices(EvidencePart.options))
    .option('--out <folder>', 'where to write; default: stdout for one part, else ./evidence-MACHINE-ID')
    .action(
      withControlPlane(async (context, target: string, id: string | undefined, options: GetOptions) => {
        const bundle = pickBundle(await findBundles(context.client, target, context.project), id);
        const part = options.part;
        if (part !== undefined && options.out === undefined) {
          process.stdout.write(await fetchEvidence(context, bundle, partOf(bundle, part)));
          return;
        }
        const parts = part === undefined ? bundle.parts.map((one) => one.part) : [partOf(bundle, part)];
        await save(context, bundle, parts, options.out ?? `evidence-${bundle.machineId}-${bundle.id}`);
      }),
    );
}

async function save(
  context: CommandContext,
  bundle: EvidenceBundle,
  parts: readonly EvidencePart[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files: { part: EvidencePart; file: string; bytes: number }[] = [];
  for (const part of parts) {
    const content = await fetchEvidence(context, bundle, part);
    const file = path.join(folder, part);
    await writeFile(file, content, { mode: 0o600 });
    files.push({ part, file, bytes: content.byteLength });
  }
  context.print(files, () => files.map(({ file, bytes }) => `${file}  ${bytes} bytes`).join('\n'));
}

/** The part, when the bundle holds it. Throws with why it does not. */
function partOf(bundle: EvidenceBundle, part: EvidencePart): EvidencePart {
  if (bundle.parts.some((one) => one.part === part)) return part;
  const why = bundle.missing.find((one) => one.part === part)?.why;
  throw new CliFailure(
    EXIT.failed,
    `${bundleName(bundle)} holds no ${part}${why === undefined ? '' : `: ${why}`}`,
    { hint: `it holds ${bundle.parts.map((one) => one.part).join(', ') || 'nothing'}` },
  );
}
