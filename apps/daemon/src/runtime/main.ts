import { isAbsolute, resolve } from 'node:path';
import { diskLayout } from '../disk/layout.ts';
import { boot } from './boot.ts';
import { credentialsCommand } from './credentials-command.ts';
import { collectCommand } from './evidence-command.ts';
import { applyCommand, currentCommand } from './versions-command.ts';
import { restoreCommand } from './work-command.ts';

const USAGE = `Usage:
  runtime boot --root DIR
  runtime credentials --root DIR
  runtime versions apply --root DIR [--initial] [--fresh] [--platform REF] [--customer REF] --action ID
  runtime versions current --root DIR
  runtime evidence collect --root DIR --id ID [--deadline MS]
  runtime work restore --root DIR --from MACHINE --evidence ID
`;
const USAGE_EXIT_CODE = 2;

/** Runs one command and returns its exit code. */
async function run(args: string[]): Promise<number> {
  const command = args.slice(0, args.indexOf('--root') < 0 ? args.length : args.indexOf('--root')).join(' ');
  const [root, rest] = takeRoot(args);
  if (root === null) return usage();
  const disk = diskLayout(root);
  switch (command) {
    case 'boot':
      await boot(disk);
      return 0;
    case 'credentials':
      return credentialsCommand(disk);
    case 'versions apply':
      return applyCommand(disk, rest);
    case 'versions current':
      return currentCommand(disk);
    case 'evidence collect':
      return collectCommand(disk, rest);
    case 'work restore':
      return restoreCommand(disk, rest);
    default:
      return usage();
  }
}

/** The value of `--root` and what follows it. The command comes before it. */
function takeRoot(args: string[]): [string | null, string[]] {
  const at = args.indexOf('--root');
  const root = at < 0 ? undefined : args[at + 1];
  if (root === undefined) return [null, []];
  return [isAbsolute(root) ? root : resolve(root), args.slice(at + 2)];
}

function usage(): number {
  process.stderr.write(USAGE);
  return USAGE_EXIT_CODE;
}

run(process.argv.slice(2)).then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
