import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from './subject.ts';

const PROGRAM = join(import.meta.dirname, '../programs/bare-node.mjs');

/** The floor of everything that is written in Node: spawn, and spawn again on exit. */
export const bareNode: Subject = subject('node', false);

/** The same with the output of the children going through Node into a file each, as pidnap's does. */
export const bareNodePiped: Subject = subject('node-piped', true);

function subject(name: string, piped: boolean): Subject {
  return {
    name,
    required: true,
    missing: () => undefined,
    keepsOutput: piped,
    throttleMs: 0,
    prepare({ folder, children }) {
      const file = join(folder, 'children.json');
      const logFolder = join(folder, 'logs');
      mkdirSync(logFolder);
      writeFileSync(file, JSON.stringify({ children, logFolder: piped ? logFolder : null }));
      return { command: [process.execPath, PROGRAM, file], stopSignal: 'SIGTERM', logFolder };
    },
  };
}
