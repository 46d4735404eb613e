import { readFileSync } from 'node:fs';
import { readProcessRow } from './process-table.ts';
import { randomId } from './random-id.ts';

/**
 * Equal for two pidnaps only when nothing that runs beside them can have ended in between: the same start of the kernel
 * and of the container, whose process 1 takes every other one with it. Where that cannot be told it never equals an
 * older one.
 */
export function bootKey(): string {
  const first = readProcessRow(1);
  const kernel = readKernelBootId();
  return first && kernel ? `${kernel}:${first.startTicks}` : randomId();
}

function readKernelBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No Linux, or a sandbox that hides it: what is not known is new.
    return null;
  }
}
