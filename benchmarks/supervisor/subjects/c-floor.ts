import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from './subject.ts';

/** programs/floor.c: fork, exec, waitpid and nothing else. `program` is undefined where nothing could compile it. */
export function cFloor(program: string | undefined): Subject {
  return {
    name: 'c-floor',
    required: false,
    missing: () => (program === undefined ? 'no C compiler (cc) on the PATH' : undefined),
    keepsOutput: false,
    throttleMs: 0,
    prepare({ folder, children }) {
      const file = join(folder, 'children');
      writeFileSync(file, children.map(({ command }) => `${command.join(' ')}\n`).join(''));
      return { command: [program ?? '', file], stopSignal: 'SIGTERM' };
    },
  };
}
