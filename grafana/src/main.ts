// `npm run grafana`: writes the dashboards and the provisioning files, formatted as the repository's formatter has them,
// or what leads Grafana to the local engine.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { generatedFiles } from './files.ts';
import { localEnvironment } from './local-environment.ts';

const HELP = `Usage: npm run grafana -- [OPTION...]

Writes the dashboards and the provisioning files below grafana/ anew.

  --local          write grafana/.env instead, which leads Grafana to the local engine of the fleet
  --state FOLDER   with --local: state folder of the fleet (default: .fettle)
  --help           this text

Exit codes: 0 written, 1 there is no such fleet or its state cannot be read, 2 wrong command line`;

const root = path.resolve(import.meta.dirname, '..');
const repository = path.dirname(root);

process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`grafana: ${messageOf(error)}\n\n${HELP}`);
    return 2;
  }
  try {
    if (options.help) console.log(HELP);
    else if (options.local) writeEnvironment(path.resolve(repository, options.state ?? '.fettle'));
    else writeFiles();
    return 0;
  } catch (error) {
    console.error(`grafana: ${messageOf(error)}`);
    return 1;
  }
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      local: { type: 'boolean', default: false },
      state: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.state !== undefined && !values.local) throw new Error('--state goes with --local');
  return values;
}

function writeEnvironment(stateFolder: string): void {
  const stateFile = path.join(stateFolder, 'state.json');
  if (!existsSync(stateFile)) throw new Error(`no ${stateFile}: start the fleet first, with npm start`);
  const file = path.join(root, '.env');
  writeFileSync(file, environmentOf(stateFile), { mode: 0o600 });
  console.log(`wrote ${path.relative(repository, file)}`);
}

/** What is wrong with the state is said without repeating it: it holds secrets. */
function environmentOf(stateFile: string): string {
  let state: unknown;
  try {
    state = JSON.parse(readFileSync(stateFile, 'utf8'));
  } catch (cause) {
    throw new Error(`${stateFile}: expected JSON`, { cause });
  }
  try {
    return localEnvironment(state);
  } catch (cause) {
    throw new Error(`${stateFile}: ${messageOf(cause)}`, { cause });
  }
}

function writeFiles(): void {
  const written = [...generatedFiles()].map(([name, text]) => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  });
  execFileSync(process.execPath, [path.join(repository, 'node_modules/oxfmt/bin/oxfmt'), ...written]);
  console.log(`wrote ${written.length} files below ${path.relative(repository, root)}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
