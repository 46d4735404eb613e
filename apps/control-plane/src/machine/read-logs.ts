import type { LogLine } from '@fettle/contract';
import { redact } from '@fettle/core/redaction';
import type { MachineClients } from './machine-clients.ts';

/** The newest lines that a service wrote, as its supervisor kept them, without what has the form of a secret. */
export async function readLogs(
  clients: MachineClients,
  name: string,
  tail: number,
  signal: AbortSignal,
): Promise<LogLine[]> {
  const { lines } = await clients.pidnap.logs({ name, tail }, { signal });
  return lines.map(({ at, stream, text }) => ({
    at,
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    text: redact(text),
  }));
}
