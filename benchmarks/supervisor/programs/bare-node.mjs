// The least a supervisor in Node can do: spawn, spawn again on exit, pass SIGTERM on and end with the last child.
//
//   node bare-node.mjs FILE
//
// FILE is JSON: { children: [{ name, command }], logFolder: string | null }. With a folder the output of the children
// goes through this process into a file per child; without one it goes nowhere.
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';

const { children, logFolder } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const running = new Set();
let stopping = false;

for (const { name, command } of children) {
  const log = logFolder === null ? null : createWriteStream(`${logFolder}/${name}.log`, { flags: 'a' });
  start(command, log);
}

process.on('SIGTERM', () => {
  stopping = true;
  for (const child of running) child.kill('SIGTERM');
  if (running.size === 0) process.exit(0);
});

function start([file, ...args], log) {
  const child = spawn(file, args, { stdio: log === null ? 'ignore' : ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  if (log !== null) {
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
  }
  child.once('exit', () => {
    running.delete(child);
    if (!stopping) start([file, ...args], log);
    else if (running.size === 0) process.exit(0);
  });
}
