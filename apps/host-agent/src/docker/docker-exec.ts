import { PassThrough, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ExecCommand, ExecResult } from '@fettle/contract/host-agent';
import type { Container } from 'dockerode';
import { boundedText } from '../backend/bounded-text.ts';
import { DISK_PATH, MACHINE_USER } from '../core/container-spec.ts';

/** After TERM at the deadline, before KILL. */
const KILL_AFTER_S = 1;
/** What the engine gets beyond that before the answer is given without it. */
const ENGINE_SLACK_MS = 3_000;
/** Exit codes of timeout(1) when it ended the command, by TERM and by KILL. */
const TIMED_OUT = [124, 137];

/** Runs a program in a container as the machine's user. The engine cannot end an exec, so timeout(1) does it inside. */
export async function execInside(
  container: Container,
  { command, timeoutMs }: ExecCommand,
): Promise<ExecResult> {
  const exec = await container.exec({
    Cmd: ['timeout', `--kill-after=${KILL_AFTER_S}`, `${timeoutMs / 1000}`, ...command],
    User: `${MACHINE_USER}:${MACHINE_USER}`,
    WorkingDir: DISK_PATH,
    AttachStdout: true,
    AttachStderr: true,
  });
  const begun = Date.now();
  const stream: Duplex = await exec.start({ hijack: true, stdin: false });
  const stdout = boundedText();
  const stderr = boundedText();
  container.modem.demuxStream(stream, sink(stdout.add), sink(stderr.add));
  const limit = setTimeout(() => stream.destroy(), timeoutMs + KILL_AFTER_S * 1000 + ENGINE_SLACK_MS);
  try {
    await finished(stream, { writable: false });
  } catch {
    // Destroyed above, or broken by the engine: the exec's own state tells which.
  } finally {
    clearTimeout(limit);
    stream.destroy();
  }
  const { ExitCode, Running } = await exec.inspect();
  const output = { stdout: stdout.text(), stderr: stderr.text() };
  const timedOut = Running || (TIMED_OUT.includes(ExitCode ?? 0) && Date.now() - begun >= timeoutMs);
  return { ...output, timedOut, exitCode: timedOut ? null : ExitCode };
}

function sink(add: (chunk: Buffer) => void): PassThrough {
  const through = new PassThrough();
  through.on('data', add);
  return through;
}
