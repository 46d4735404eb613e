import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrograms, type Subject } from './subject.ts';
import { writeScript } from './write-script.ts';

/** runit without its init: `runsvdir` with a `runsv` per child, and an `svlogd` each where output is kept. */
export const runit: Subject = {
  name: 'runit',
  required: false,
  missing: () => missingPrograms(['runsvdir', 'runsv', 'svlogd'], 'apt-get install runit'),
  keepsOutput: true,
  throttleMs: 1000,
  prepare({ folder, children, keepOutput }) {
    const services = join(folder, 'services');
    for (const { name, command } of children) {
      writeScript(join(services, name, 'run'), `exec ${command.join(' ')}`);
      if (!keepOutput) continue;
      const logs = join(folder, 'logs', name);
      mkdirSync(logs, { recursive: true });
      writeFileSync(join(logs, 'config'), 's0\n'); // never rotate
      writeScript(join(services, name, 'log', 'run'), `exec svlogd -b 65536 ${logs}`);
    }
    // SIGTERM would end runsvdir and leave its services.
    return { command: ['runsvdir', services], stopSignal: 'SIGHUP', logFolder: join(folder, 'logs') };
  },
};
