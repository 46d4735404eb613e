import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { configFilesOf } from '../../shell/config-file.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { proposeProcesses, type PackageFacts } from './proposal.ts';
import { configText, type Format } from './templates.ts';

/** The parts of a package.json that are looked at. */
const PackageJson = v.object({
  packageManager: v.optional(v.string()),
  scripts: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** Files by which a folder shows what installs its packages. */
const LOCK_FILES = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
] as const;

/** Writes a first config file into a folder. Gives back what to tell: what was written and what to do next. */
export async function writeFirstConfig(
  folder: string,
  { format, force }: { format: Format; force: boolean },
): Promise<string> {
  const path = join(folder, `pidnap.config.${format}`);
  // With a second one beside it, nobody could tell which holds.
  const inTheWay = configFilesOf(folder).filter((found) => !force || found !== path);
  if (inTheWay.length > 0)
    throw new CliFailure(EXIT.usage, `${inTheWay.join(', ')} is there already`, {
      hint: inTheWay.includes(path) ? 'write over it with --force' : 'remove it first',
    });
  const proposals = proposeProcesses(await readPackage(folder));
  await writeFile(path, configText(format, proposals), { flag: force ? 'w' : 'wx' });
  return [
    `wrote ${basename(path)} with ${proposals.map(({ name }) => name).join(', ')}`,
    '',
    'Next:',
    '  pidnap check    is it right?',
    '  pidnap run      start it and keep it running',
    '  pidnap status   in another terminal: how is it doing?',
    '  pidnap logs -f  and what does it say?',
    ...(existsSync(join(folder, '.git'))
      ? ['', 'Add .pidnap to .gitignore: state and logs are kept there.']
      : []),
  ].join('\n');
}

async function readPackage(folder: string): Promise<PackageFacts | null> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    // None, or none for us: then nothing is proposed from it.
    return null;
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), PackageJson), text);
  if (!parsed.success) return null;
  const { packageManager, scripts } = parsed.output;
  const lockFile = LOCK_FILES.find(([name]) => existsSync(join(folder, name)));
  const tool = packageManager?.split('@')[0] ?? lockFile?.[1] ?? 'npm';
  return { scripts: Object.keys(scripts), tool };
}
