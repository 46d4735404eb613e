// Entry of every npm script: needs nothing but Node 20, npm and git. It installs the dependencies when the
// lockfile changed, then runs the given script with the Node 24 binary that the dependencies bring.
// Plain JavaScript, because Node 20 cannot run TypeScript.
//
// Usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Exit codes of this file, apart from those of the scripts (apps/cli/src/failure.ts), which pass through unchanged. */
const EXIT = { usage: 2, missingTool: 3, diskFull: 5, installFailed: 10, wrongNode: 11 };
const MINIMUM_NODE = 20;
const SCRIPT_NODE = 24;
const LOCK_WAIT_MS = 10 * 60_000;
/** Below this a failed install is put down to the disk: npm and pnpm do not always say so themselves. */
const NEEDED_BYTES = 100 * 1024 * 1024;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** Exact, like every other version. Not in the field `packageManager`: pnpm would want itself in the lockfile. */
const PNPM = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).config.packageManager;
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.fettle-install');
const lockFile = path.join(modules, '.fettle-install.lock');

const [script, ...scriptArguments] = process.argv.slice(2);
if (script === undefined) fail('usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT...]', EXIT.usage);

checkTools();
if (installStamp() !== wantedStamp()) await installOnce();
run(nodeBinary(), [path.resolve(root, script), ...scriptArguments]);

function fail(message, code) {
  console.error(`fettle: ${message}`);
  process.exit(code);
}

function checkTools() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MINIMUM_NODE) {
    fail(`Node ${MINIMUM_NODE} or newer is needed, this is ${process.version}`, EXIT.wrongNode);
  }
  if (spawnSync('git', ['--version'], { stdio: 'ignore' }).status !== 0) {
    fail('git is needed and was not found on the PATH; install git and run this again', EXIT.missingTool);
  }
}

/** What the installed dependencies were made from. A manual `pnpm install` may leave it old: then one quick check follows. */
function wantedStamp() {
  const hash = createHash('sha256');
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(readFileSync(path.join(root, name)));
  return `${process.platform}-${process.arch} ${hash.digest('hex')}`;
}

function installStamp() {
  try {
    return readFileSync(stampFile, 'utf8').trim();
  } catch {
    return undefined; // never installed, or an install that did not end
  }
}

/** Two commands started at once on a fresh clone must not install into the same folder at the same time. */
async function installOnce() {
  mkdirSync(modules, { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (let told = false; !takeLock(); told = true) {
    if (!told) console.log('fettle: another command is installing the dependencies, waiting for it');
    if (Date.now() > deadline)
      fail(`gave up waiting; if nothing is installing, remove ${lockFile}`, EXIT.installFailed);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const release = () => rmSync(lockFile, { force: true });
  process.on('exit', release); // also when the install ends this process
  if (installStamp() !== wantedStamp()) await install();
  release();
  process.removeListener('exit', release);
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'ENOSPC') fail('the disk is full: free some space and run this again', EXIT.diskFull);
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(Number(readIfThere(lockFile)))) rmSync(lockFile, { force: true });
  return false;
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  const started = Date.now();
  const manual = `npx -y -p ${PNPM} pnpm install --frozen-lockfile`;
  console.log(`fettle: installing dependencies (first run or changed lockfile); same as: ${manual}`);
  rmSync(stampFile, { force: true });
  const result = await runInstall();
  if (result.diskFull || (result.code !== 0 && isDiskFull())) {
    fail(
      'the disk is full: free about 2 GB and run this again; nothing else needs to be undone',
      EXIT.diskFull,
    );
  }
  if (result.missing)
    fail('npm is needed and was not found on the PATH; install npm and run this again', EXIT.missingTool);
  if (result.code !== 0) {
    fail(
      `the dependencies could not be installed (see above); to see more run: ${manual}`,
      EXIT.installFailed,
    );
  }
  writeFileSync(stampFile, `${wantedStamp()}\n`);
  installHook();
  console.log(`fettle: dependencies installed in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

function isDiskFull() {
  return [root, os.homedir(), os.tmpdir()].some((folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < NEEDED_BYTES;
  });
}

/** Streams pnpm's lines and remembers whether one of them says that the disk is full. */
function runInstall() {
  const npmArguments = ['exec', '--yes', '--loglevel=error', `--package=${PNPM}`, '--'];
  const pnpmArguments = ['pnpm', 'install', '--frozen-lockfile', '--reporter=append-only'];
  const child = spawn('npm', [...npmArguments, ...pnpmArguments], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CI: process.env.CI ?? 'true' }, // without a terminal pnpm must not ask
  });
  const stop = forwardSignals(child);
  let diskFull = false;
  const watch = (stream) => (chunk) => {
    if (/ENOSPC|no space left on device|os error 28/i.test(String(chunk))) diskFull = true;
    stream.write(chunk);
  };
  child.stdout.on('data', watch(process.stdout));
  child.stderr.on('data', watch(process.stderr));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, diskFull, missing: error.code === 'ENOENT' }));
    child.on('close', (code, signal) => {
      stop();
      if (signal) process.kill(process.pid, signal);
      resolve({ code: code ?? 1, diskFull, missing: false });
    });
  });
}

/** Points git at .githooks, in a person's clone only. A clone that has hooks of its own keeps them. */
function installHook() {
  if (process.env.CI || !existsSync(path.join(root, '.git'))) return;
  const hooks = path.join(root, '.git/hooks');
  if (existsSync(hooks) && readdirSync(hooks).some((name) => !name.endsWith('.sample'))) return;
  const configured = spawnSync('git', ['config', '--get', 'core.hooksPath'], { cwd: root, encoding: 'utf8' });
  if (configured.stdout?.trim()) return;
  spawnSync('git', ['config', 'core.hooksPath', '.githooks'], { cwd: root, stdio: 'ignore' });
}

/** The Node 24 of the dependencies; the running Node where no package brings one for this platform. */
function nodeBinary() {
  const require = createRequire(path.join(root, 'package.json'));
  const arch = `${process.platform}-${process.arch}`;
  for (const name of [`node-${arch}`, `node-bin-${arch}`]) {
    const manifest = resolveIfThere(require, `${name}/package.json`);
    if (manifest === undefined) continue;
    const binary = path.join(path.dirname(manifest), 'bin/node');
    if (spawnSync(binary, ['--version'], { stdio: 'ignore' }).status === 0) return binary;
  }
  if (Number(process.versions.node.split('.')[0]) >= SCRIPT_NODE) return process.execPath;
  return fail(
    `no Node ${SCRIPT_NODE} package runs on ${arch}; install Node ${SCRIPT_NODE} yourself`,
    EXIT.wrongNode,
  );
}

function resolveIfThere(require, id) {
  try {
    return require.resolve(id);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** Runs the script in this terminal and ends as it ended: same exit code, or the same signal. */
function run(binary, args) {
  const bin = path.join(modules, '.bin');
  const child = spawn(binary, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  const stop = forwardSignals(child);
  endWithNpm(child);
  child.on('error', (error) => fail(`could not run ${binary}: ${error.message}`, EXIT.wrongNode));
  child.on('exit', (code, signal) => {
    stop();
    if (signal === null) process.exit(code ?? 1);
    process.kill(process.pid, signal);
    process.exit(128 + (os.constants.signals[signal] ?? 0)); // where the signal is ignored
  });
}

/** An npm that was killed outright cannot pass that on: its absence is taken for a request to stop. */
function endWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, 1000);
  timer.unref();
}

/** Passes signals on instead of dying of them, so that the child can clean up and this process reports its end. */
function forwardSignals(child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  const listeners = signals.map((signal) => {
    // Ctrl-C reaches the whole foreground group already; a second SIGINT would read as "at once" to the child.
    const listener = () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
    process.on(signal, listener);
    return [signal, listener];
  });
  return () => listeners.forEach(([signal, listener]) => process.removeListener(signal, listener));
}
