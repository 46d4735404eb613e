import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrograms, type Subject } from './subject.ts';

/** pm2 as it runs in containers: `pm2-runtime`, which keeps its daemon in the foreground. */
export const pm2: Subject = {
  name: 'pm2',
  required: false,
  missing: () => missingPrograms(['pm2-runtime'], 'npm install --global pm2'),
  keepsOutput: true,
  throttleMs: 0,
  prepare({ folder, children, keepOutput }) {
    const file = join(folder, 'ecosystem.config.json');
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const apps = children.map(({ name, command: [script, ...args] }) => ({
      name,
      script,
      args,
      cwd: folder,
      interpreter: 'none',
      exec_mode: 'fork',
      autorestart: true,
      min_uptime: 0,
      max_restarts: 1_000_000,
      restart_delay: 0,
      kill_timeout: 5000,
      out_file: keepOutput ? join(logs, name) : '/dev/null',
      error_file: '/dev/null',
      vizion: false,
      pmx: false,
    }));
    writeFileSync(file, JSON.stringify({ apps }));
    return {
      command: ['pm2-runtime', 'start', file, '--no-auto-exit'],
      env: { PM2_HOME: join(folder, 'pm2') },
      stopSignal: 'SIGTERM',
      logFolder: logs,
    };
  },
};
