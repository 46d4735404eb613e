import type { MachineSpec, RepositoryName } from '@fettle/contract';

/** The daemon's program in the platform repository. */
export const DAEMON_ENTRY = 'daemon.cjs';

const NODE = /^(.*\/)?node(\.exe)?$/;
const SOURCE = /\.(mjs|cjs|js)$/;

/**
 * The JavaScript files, relative to the checkout, that the machine's processes start with. A service that is started in
 * another way has none: it is up to its health check.
 */
export function entryFiles(repository: RepositoryName, services: MachineSpec['services']): string[] {
  if (repository === 'platform') return [DAEMON_ENTRY];
  const files = services.map(({ command }) => entryFile(command)).filter((file) => file !== null);
  return [...new Set(files)];
}

function entryFile([program, ...args]: readonly string[]): string | null {
  if (program === undefined || !NODE.test(program)) return null;
  const file = args.find((arg) => SOURCE.test(arg) && !arg.startsWith('-'));
  return file === undefined || file.startsWith('/') ? null : file;
}
