// Writes what Fettle is made of, as CycloneDX: `npm run sbom [-- --out FOLDER] [--json]`.
//
// One file for each program that we ship, with licences and hashes, and `development.cdx.json` with everything in the
// lockfile. Exit codes: 0 written, 1 pnpm could not, 2 wrong arguments.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { SHIPPED } from './shipped-packages.ts';

const SPEC_VERSION = '1.6';
const root = path.resolve(import.meta.dirname, '../..');

const { out, json } = readOptions();
mkdirSync(out, { recursive: true });
for (const [program, folder] of Object.entries(SHIPPED)) {
  const name = program.replaceAll(' ', '-');
  await write(name, ['--prod', '--filter', `./${folder}`, '--sbom-type', 'application']);
}
await write('development', ['--lockfile-only', '--sbom-type', 'application']);

async function write(name: string, options: readonly string[]): Promise<void> {
  const file = path.join(out, `${name}.cdx.json`);
  const format = ['--sbom-format', 'cyclonedx', '--sbom-spec-version', SPEC_VERSION];
  const pnpm = ['exec', '--yes', '--loglevel=error', `--package=${packageManager()}`, '--', 'pnpm'];
  const { exitCode, all } = await execa('npm', [...pnpm, 'sbom', ...format, ...options, '--out', file], {
    cwd: root,
    reject: false,
    all: true,
  });
  if (exitCode !== 0) {
    console.error(`${name}: pnpm could not write it\n${all}`);
    process.exit(1);
  }
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: unknown[] };
  if (json) console.log(JSON.stringify({ name, file, components: components.length }));
  else console.log(`${name.padEnd(16)} ${String(components.length).padStart(4)} components  ${file}`);
}

/** The pnpm that installs, so that both read the lockfile in the same way. */
function packageManager(): string {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    config: { packageManager: string };
  };
  return manifest.config.packageManager;
}

function readOptions(): { out: string; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: '.fettle/sbom' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(
        'npm run sbom -- [--out FOLDER] [--json]\n\nWrites CycloneDX files; the default folder is .fettle/sbom.',
      );
      process.exit(0);
    }
    return { out: path.resolve(root, values.out), json: values.json };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}
