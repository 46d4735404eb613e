import { VersionSet } from '@fettle/contract';
import * as v from 'valibot';
import type { MachineProvider } from '../providers/machine-provider.ts';

/** `versions/current/set.json` on a machine's disk; written by every version change. */
const SetFile = v.pipe(v.string(), v.parseJson(), VersionSet);

/**
 * The versions on a machine's disk, without its daemon's help: the daemon may be what the versions broke. The image is
 * the one that the provider runs now, whatever was current when the file was written.
 * `null` when the disk cannot be read or holds none yet.
 */
export async function readVersions(
  input: { provider: MachineProvider; machineId: string; timeoutMs: number },
  image: string,
): Promise<VersionSet | null> {
  try {
    const command = ['cat', 'versions/current/set.json'];
    const { exitCode, stdout } = await input.provider.exec(input.machineId, {
      command,
      timeoutMs: input.timeoutMs,
    });
    if (exitCode !== 0) return null;
    const parsed = v.safeParse(SetFile, stdout);
    return parsed.success ? { ...parsed.output, image } : null;
  } catch {
    // Not known is an answer here; that the provider failed is told by the inspection.
    return null;
  }
}
