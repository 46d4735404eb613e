import type { Answer } from '@fettle/core';
import { ProviderError, type MachineProvider } from '../providers/machine-provider.ts';
import { asProviderError } from '../providers/provider-failure.ts';

/** Exit code of the script when pidnap does not answer. Node's own failures end with other codes. */
const SILENT = 3;

/**
 * Runs inside the machine, on its disk: asks pidnap for its sign of life where it listens, by loopback, so that no
 * network is between them. It may take the milliseconds of its first argument.
 */
export const ASK_PIDNAP_SCRIPT = `
const { listenHost, ports } = JSON.parse(require('node:fs').readFileSync('fettle/machine.json', 'utf8'));
const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[listenHost] ?? listenHost;
const silent = () => process.exit(${SILENT});
setTimeout(silent, Number(process.argv[1]));
require('node:http')
  .get({ host, port: ports.pidnap, path: '/healthz' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : ${SILENT}))
  .on('error', silent);
`;

/**
 * Asks the witness inside whether pidnap answers there. The provider carries the question, so that it arrives when the
 * machine's network is cut. Takes as long as one call may; half of that is for the command's own start. A command that
 * does not end, or ends in another way than it should, says nothing of pidnap: that is a failure of the question.
 */
export async function askInside(input: {
  provider: MachineProvider;
  machineId: string;
  timeoutMs: number;
}): Promise<Answer<{ pidnapAnswers: boolean }>> {
  const { provider, machineId, timeoutMs } = input;
  try {
    const command = ['node', '-e', ASK_PIDNAP_SCRIPT, String(Math.ceil(timeoutMs / 2))];
    const { exitCode, timedOut, stderr } = await provider.exec(machineId, { command, timeoutMs });
    if (timedOut) throw new ProviderError('DEADLINE_EXCEEDED', 'The command inside did not end in time');
    if (exitCode === 0 || exitCode === SILENT) return { ok: true, value: { pidnapAnswers: exitCode === 0 } };
    const why = `The command inside ended with exit code ${exitCode}: ${stderr.trim().slice(-200)}`;
    throw new ProviderError('PROVIDER_FAILED', why);
  } catch (error) {
    const { code, message } = asProviderError(error);
    return { ok: false, code, message };
  }
}
