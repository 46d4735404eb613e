import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { ExecCommand, ExecResult } from '@fettle/contract/host-agent';
import { boundedText } from '../backend/bounded-text.ts';
import { systemCode } from '../host-failure.ts';
import { signal } from './terminate.ts';

interface ExecPlace {
  disk: string;
  environment: Record<string, string>;
}

/** Runs a program beside a machine's processes, on its disk and with its environment. Kills it at the deadline. */
export function execBeside(
  { command, timeoutMs }: ExecCommand,
  { disk, environment }: ExecPlace,
): Promise<ExecResult> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: disk,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout = boundedText();
    const stderr = boundedText();
    let timedOut = false;
    collect(child.stdout, stdout.add);
    collect(child.stderr, stderr.add);
    const endGroup = () => {
      // The whole group: a child that keeps the pipes open would keep this call waiting.
      if (child.pid !== undefined) signal(-child.pid, 'SIGKILL');
    };
    const deadline = setTimeout(() => {
      timedOut = true;
      endGroup();
      // A descendant that left the group may hold the pipes; the answer does not wait for it.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(deadline);
      // As a shell would say it, and as an exec in a container does.
      if (systemCode(error) === 'ENOENT')
        resolve({ exitCode: 127, stdout: '', stderr: 'no such program', timedOut: false });
      else if (systemCode(error) === 'EACCES')
        resolve({ exitCode: 126, stdout: '', stderr: 'not a program', timedOut: false });
      else reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(deadline);
      resolve({ exitCode: timedOut ? null : code, stdout: stdout.text(), stderr: stderr.text(), timedOut });
    });
  });
}

function collect(stream: Readable, add: (chunk: Buffer) => void): void {
  stream.on('data', add);
}
