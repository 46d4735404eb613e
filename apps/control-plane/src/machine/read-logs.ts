import type { LogLine } from '@fettle/contract';
import { redactLines } from '@fettle/core/redaction';
import type { MachineClients } from './machine-clients.ts';

/** The newest lines that a service wrote, as its supervisor kept them, without what has the form of a secret. */
export async function readLogs(
  clients: MachineClients,
  name: string,
  tail: number,
  signal: AbortSignal,
): Promise<LogLine[]> {
  const { lines } = await clients.pidnap.logs({ name, tail }, { signal });
  const texts = redactLines(lines.map(({ text }) => text));
  return lines.map(({ at, stream }, index) => ({
    at,
    stream: stream === 'stderr' ? 'stderr' : 'stdout',
    text: texts[index] ?? '',
  }));
}
