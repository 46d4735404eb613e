import { redact } from '@fettle/core/redaction';

/** Writes one line of JSON to stdout, without secrets; pidnap keeps it. An error is told with its code and its causes. */
export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown> = {},
): void {
  const told = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? describe(value) : value,
  ]);
  const line = JSON.stringify({ at: new Date().toISOString(), level, message, ...Object.fromEntries(told) });
  process.stdout.write(`${redact(line)}\n`);
}

function describe(error: Error): string {
  const code = (error as { code?: unknown }).code;
  const own =
    typeof code === 'string' && !error.message.startsWith(code) ? `${code}: ${error.message}` : error.message;
  return error.cause instanceof Error ? `${own} (${describe(error.cause)})` : own;
}
