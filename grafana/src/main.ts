// `npm run grafana`: writes the dashboards and the provisioning files, formatted as the repository's formatter has them.
// With `--local` it writes grafana/.env instead, which leads Grafana to the local engine of the running fleet.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedFiles } from './files.ts';
import { localEnvironment } from './local-environment.ts';

const root = path.resolve(import.meta.dirname, '..');
const repository = path.dirname(root);

if (process.argv.includes('--local')) writeEnvironment();
else writeFiles();

function writeEnvironment(): void {
  const stateFile = path.join(repository, '.fettle/state.json');
  if (!existsSync(stateFile)) {
    console.error(`no ${path.relative(repository, stateFile)}: start the fleet first, with npm start`);
    process.exitCode = 1;
    return;
  }
  const file = path.join(root, '.env');
  writeFileSync(file, localEnvironment(JSON.parse(readFileSync(stateFile, 'utf8'))), { mode: 0o600 });
  console.log(`wrote ${path.relative(repository, file)}`);
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
