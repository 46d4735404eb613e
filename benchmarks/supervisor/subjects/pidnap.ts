import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PidnapConfigInput } from '../../../packages/pidnap/src/contract/config.ts';
import type { Subject } from './subject.ts';

/** Where the API of a session's pidnap answers. */
export function pidnapSocket(folder: string): string {
  return join(folder, 'state', 'pidnap.sock');
}

/** The bundled pidnap with both listeners open, told to start children again without delay or end. */
export function pidnap(bundle: string): Subject {
  return {
    name: 'pidnap',
    required: true,
    missing: () => undefined,
    keepsOutput: true,
    throttleMs: 0,
    prepare({ folder, children, keepOutput }) {
      const file = join(folder, 'pidnap.config.json');
      const tokenFile = join(folder, 'token');
      const stateDir = join(folder, 'state');
      writeFileSync(tokenFile, 'a-token-of-the-benchmarks\n', { mode: 0o600 });
      const config: PidnapConfigInput = {
        stateDir,
        listen: { tcp: { port: 0, tokenFile } },
        processes: Object.fromEntries(
          children.map(({ name, command }) => [
            name,
            {
              command: [...command],
              cwd: folder,
              restart: 'always',
              backoff: { initialMs: 0, maxMs: 0 },
              budget: null,
              // Everything a child writes is looked for afterwards. Otherwise the bound is the default.
              ...(keepOutput ? { logs: { maxBytes: 1_073_741_824, files: 3 } } : {}),
            },
          ]),
        ),
      };
      writeFileSync(file, JSON.stringify(config));
      return {
        command: [process.execPath, bundle, 'run', '--config', file],
        // As machines run it: Node keeps what it compiled, and the first start of all pays for the others.
        env: { NODE_COMPILE_CACHE: join(dirname(bundle), 'compile-cache') },
        stopSignal: 'SIGTERM',
        logFolder: stateDir,
      };
    },
  };
}
