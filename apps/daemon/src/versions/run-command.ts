import { redact } from '@fettle/core/redaction';
import type { VersionChangeCode, VersionChangeStep } from '@fettle/contract';
import { execa, type Result } from 'execa';
import { basename, delimiter, dirname } from 'node:path';
import type { DiskLayout } from '../disk/layout.ts';
import { VersionChangeError } from './version-change-error.ts';

const OUTPUT_TAIL = 1500;

/** For what a killed program has written already to be read. */
const DRAIN_MS = 500;

/** One run of git, a package manager or node. */
export type Command = {
  step: VersionChangeStep;
  program: string;
  args: readonly string[];
  cwd: string;
  env: Record<string, string>;
  timeoutMs: number;
};

/**
 * Runs a program and returns its stdout without the blanks at its end. Its stderr goes to ours, so that the log tells what happened.
 * Throws a `VersionChangeError` of the step with the end of the output when it fails. A program has ended when nobody holds
 * its output any more; with its time this is over, whoever it left behind.
 *
 * The program stays in our process group: whoever ends us through pidnap ends it too.
 */
export async function runCommand({ step, program, args, cwd, env, timeoutMs }: Command): Promise<string> {
  const running = execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: 'ignore',
    stderr: [redactedByLine, 'pipe', 'inherit'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    reject: false,
    maxBuffer: 10_000_000,
  });
  // Only the program is killed: what it has started keeps the pipes open for as long as it likes.
  const late = setTimeout(() => {
    running.stdout.destroy();
    running.stderr.destroy();
  }, timeoutMs + DRAIN_MS);
  const result = await running;
  clearTimeout(late);
  if (!result.failed) return result.stdout.trimEnd();
  const name = [basename(program), args.find((arg) => SUBCOMMAND.test(arg))].filter(Boolean).join(' ');
  throw new VersionChangeError(
    { step, ...describeFailure(result, { name, step, timeoutMs }) },
    { cause: result.cause },
  );
}

/** Tools print the URLs that they are given, and our log is read by whoever may see the machine. */
function* redactedByLine(line: unknown): Generator<string> {
  yield redact(String(line));
}

/** The argument that names what git or npm does, such as `fetch`; options and their values do not look like it. */
const SUBCOMMAND = /^[a-z][a-z-]*$/;

/** The end of a failed run, and the end of its output: there the tools say what went wrong. */
function describeFailure(
  { timedOut, exitCode, signal, stdout, stderr, originalMessage }: Result,
  { name, step, timeoutMs }: { name: string; step: VersionChangeStep; timeoutMs: number },
): { code: VersionChangeCode; message: string } {
  if (timedOut) return { code: 'DEADLINE_EXCEEDED', message: `${name} took longer than ${timeoutMs} ms` };
  if (exitCode === undefined && signal === undefined) {
    // The command of a repository may name what is not there; our own programs are part of the image.
    const code = step === 'install' ? 'VERSION_UNUSABLE' : 'INTERNAL';
    return { code, message: `${name} could not be run: ${originalMessage}` };
  }
  const output = redact(`${String(stderr)}\n${String(stdout)}`)
    .trim()
    .slice(-OUTPUT_TAIL);
  const code = /no space left on device|ENOSPC|Disk quota exceeded/i.test(output)
    ? 'DISK_FULL'
    : 'COMMAND_FAILED';
  return { code, message: `${name} ended with ${signal ?? `code ${exitCode}`}: ${output}` };
}

/**
 * The whole environment of a program that works on the disk. Nothing of the caller's configuration reaches it: a
 * developer's `.gitconfig` or `.npmrc` must not decide what a machine runs. `node` is the one that runs us.
 */
export function commandEnv(disk: DiskLayout): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = process.env;
  return {
    PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
    HOME: disk.home,
    LANG: 'C.UTF-8',
    ...(SSL_CERT_FILE !== undefined && { SSL_CERT_FILE }),
    ...(NODE_EXTRA_CA_CERTS !== undefined && { NODE_EXTRA_CA_CERTS }),
  };
}
