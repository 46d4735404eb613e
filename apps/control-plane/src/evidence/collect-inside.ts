import { InsideEvidence } from '@fettle/contract';
import * as v from 'valibot';
import { ProviderError, type MachineProvider } from '../providers/machine-provider.ts';
import { withDeadline } from '../with-deadline.ts';

/**
 * Runs inside the machine, on its disk: has the machine's own runtime collect evidence. Where Node and the runtime are is
 * read from the checkout task in pidnap's configuration, which each boot writes: the file is there when pidnap is dead,
 * and is the same in a container, in a process tree and in a cloud. Arguments: the bundle's id, and the milliseconds that
 * it may take.
 */
export const COLLECT_EVIDENCE_SCRIPT = `
const config = JSON.parse(require('node:fs').readFileSync('pidnap/pidnap.config.json', 'utf8'));
const [node, runtime] = config.processes.checkout.command;
const [id, deadline] = process.argv.slice(1);
const args = ['evidence', 'collect', '--root', process.cwd(), '--id', id, '--deadline', deadline];
const { status, error } = require('node:child_process').spawnSync(node, [runtime, ...args], { stdio: 'inherit' });
if (error) throw error;
process.exit(status ?? 1);
`;

/** Of the time that collecting may take, what the machine has for itself: the rest is for the command's own way. */
const SHARE_INSIDE = 0.7;

const InsideLine = v.pipe(v.string(), v.parseJson(), InsideEvidence);

/**
 * Has the machine collect what is known inside it, and store its parts itself. Takes `timeoutMs` at most. Rejects with a
 * `ProviderError` when the machine told nothing; parts may be stored all the same.
 */
export async function collectInside(options: {
  provider: MachineProvider;
  machineId: string;
  id: string;
  timeoutMs: number;
}): Promise<InsideEvidence> {
  const { provider, machineId, id, timeoutMs } = options;
  const insideMs = Math.ceil(timeoutMs * SHARE_INSIDE);
  const command = ['node', '-e', COLLECT_EVIDENCE_SCRIPT, id, String(insideMs)];
  const { stdout, stderr, exitCode, timedOut } = await withDeadline(
    provider.exec(machineId, { command, timeoutMs }),
    timeoutMs,
  );
  const told = v.safeParse(InsideLine, stdout.trim().split('\n').at(-1));
  if (told.success) return told.output;
  if (timedOut)
    throw new ProviderError('DEADLINE_EXCEEDED', `The machine was not done within ${timeoutMs} ms`);
  const why = stderr.trim().slice(-200);
  throw new ProviderError('PROVIDER_FAILED', `The command inside ended with exit code ${exitCode}: ${why}`);
}
