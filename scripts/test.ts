// Every part of the tests, then one line with the totals.
//
//   npm test                                  everything
//   npm test -- --project unit [FILTER...]    one part (repeatable), and what vitest itself understands
//
// Parts that run side by side print when they have ended. Tests that need a Docker Engine read FETTLE_DOCKER (1 or 0),
// set here after asking the engine. With FETTLE_REQUIRE_DOCKER=1 a missing engine is a failure instead of skipped tests.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { dockerAnswers } from './docker-engine.ts';
import { chooseParts, LANES, type TestPart } from './test-parts.ts';
import { addTotals, countRun, type Report, type Totals, totalsLine } from './test-totals.ts';

/** Nice value of what computes all the time: 0 is everybody else, 19 the last of all. */
const YIELDING = 10;
const root = path.resolve(import.meta.dirname, '..');

const { lanes, unknown, vitestArguments } = chooseParts(process.argv.slice(2));
if (unknown.length > 0) {
  const names = LANES.flat().map(({ name }) => name);
  console.error(`unknown project ${unknown.join(', ')}; there are: ${names.join(', ')}`);
  process.exit(2);
}
const isAlone = lanes.flat().length === 1;
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
  await Promise.all(lanes.map(runLane));
}

console.log(totalsLine(totals));
process.exitCode = totals.failed === 0 ? 0 : 1;

async function runLane(lane: readonly TestPart[]): Promise<void> {
  for (const part of lane) {
    const started = performance.now();
    const counted = part.program === undefined ? await runProject(part) : await runProgram(part);
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(`-- ${part.name}: ${totalsLine(counted)} in ${seconds} s`);
    totals = addTotals(totals, counted);
  }
}

async function runProject(part: TestPart): Promise<Totals> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fettle-test-'));
  const file = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const args = ['run', '--project', part.name, ...reporters, ...vitestArguments];
  try {
    const exitCode = await run(part, ['node_modules/vitest/vitest.mjs', ...args]);
    return countRun(readReport(file), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program counts as one test. */
async function runProgram(part: TestPart): Promise<Totals> {
  const options = isAlone ? [] : (part.beside ?? []);
  const failed = (await run(part, [part.program ?? '', ...options])) === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: 0 };
}

/** Runs a script, and gives its exit code; 1 when a signal ended it. */
async function run(part: TestPart, script: string[]): Promise<number> {
  const options = { cwd: root, reject: false, env: { FETTLE_DOCKER: docker ? '1' : '0' } } as const;
  const started = isAlone
    ? execa(process.execPath, script, { ...options, stdio: 'inherit' })
    : execa(process.execPath, script, { ...options, stdin: 'ignore', all: true, maxBuffer: Infinity });
  if (part.yields && started.pid !== undefined) os.setPriority(started.pid, YIELDING);
  const { exitCode, all } = await started;
  console.log(all === undefined ? '' : `\n== ${part.name}\n${all}`);
  return exitCode ?? 1;
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined; // a project without test files, or one that crashed: the exit code tells which
  }
}
