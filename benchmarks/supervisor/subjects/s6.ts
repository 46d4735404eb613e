import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrograms, type Subject } from './subject.ts';
import { writeScript } from './write-script.ts';

/** s6: `s6-svscan` with an `s6-supervise` per child, and an `s6-log` each where output is kept. */
export const s6: Subject = {
  name: 's6',
  required: false,
  missing: () => missingPrograms(['s6-svscan', 's6-supervise', 's6-log'], 'apt-get install s6'),
  keepsOutput: true,
  throttleMs: 1000,
  prepare({ folder, children, keepOutput }) {
    const services = join(folder, 'services');
    for (const { name, command } of children) {
      writeScript(join(services, name, 'run'), `exec ${command.join(' ')}`);
      if (!keepOutput) continue;
      const logs = join(folder, 'logs', name);
      mkdirSync(logs, { recursive: true });
      // The largest file it knows, and enough of them.
      writeScript(join(services, name, 'log', 'run'), `exec s6-log n20 s268435455 ${logs}`);
    }
    return { command: ['s6-svscan', services], stopSignal: 'SIGTERM', logFolder: join(folder, 'logs') };
  },
};
