// Every test project in turn, then one line with the totals.
//
//   npm test                                  everything
//   npm test -- --project unit [FILTER...]    one project (repeatable), and what vitest itself understands
//
// Tests that need a Docker Engine read FETTLE_DOCKER (1 or 0), set here after asking the engine. With
// FETTLE_REQUIRE_DOCKER=1 a missing engine is a failure instead of skipped tests.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { dockerAnswers } from './docker-engine.ts';
import { addTotals, countRun, type Report, type Totals, totalsLine } from './test-totals.ts';

/** In order of what they cost: the cheap ones fail first. Names are those of vitest.workspace.ts. */
const PROJECTS = ['unit', 'workers', 'process', 'workerd', 'e2e'];
const root = path.resolve(import.meta.dirname, '..');

const { projects, vitestArguments } = readArguments(process.argv.slice(2));
const docker = await dockerAnswers();
let totals: Totals = { passed: 0, failed: 0, skipped: 0 };

if (!docker && process.env.FETTLE_REQUIRE_DOCKER === '1') {
  console.error(
    'No Docker Engine answers (DOCKER_HOST or /var/run/docker.sock), and FETTLE_REQUIRE_DOCKER is set.',
  );
  totals.failed = 1;
} else {
  if (!docker) {
    console.log(
      '!! NO DOCKER ENGINE ANSWERS (DOCKER_HOST or /var/run/docker.sock): TESTS THAT NEED ONE ARE SKIPPED !!',
    );
  }
  for (const project of projects) totals = addTotals(totals, await runProject(project));
}

console.log(totalsLine(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;

async function runProject(project: string): Promise<Totals> {
  const folder = mkdtempSync(path.join(tmpdir(), 'fettle-test-'));
  const file = path.join(folder, 'report.json');
  console.log(`\n== ${project}`);
  try {
    const { exitCode } = await execa({
      cwd: root,
      stdio: 'inherit',
      reject: false,
      node: true,
      env: { FETTLE_DOCKER: docker ? '1' : '0' },
    })`node_modules/vitest/vitest.mjs run --project ${project} --reporter=default --reporter=json --outputFile.json=${file} ${vitestArguments}`;
    return countRun(readReport(file), exitCode ?? 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined; // a project without test files, or one that crashed: the exit code tells which
  }
}

function readArguments(args: string[]): { projects: string[]; vitestArguments: string[] } {
  const { tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: { project: { type: 'string', multiple: true } },
  });
  const wanted = tokens.flatMap((token) =>
    token.kind === 'option' && token.name === 'project' ? [token] : [],
  );
  const unknown = wanted.find((token) => !PROJECTS.includes(token.value ?? ''));
  if (unknown !== undefined) {
    console.error(`unknown project ${unknown.value}; there are: ${PROJECTS.join(', ')}`);
    process.exit(2);
  }
  const used = new Set(
    wanted.flatMap(({ index, inlineValue }) => (inlineValue ? [index] : [index, index + 1])),
  );
  return {
    projects: wanted.length === 0 ? PROJECTS : wanted.map((token) => token.value ?? ''),
    vitestArguments: args.filter((_, index) => !used.has(index)),
  };
}
