import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrograms, type Subject } from './subject.ts';

/** supervisord in the foreground, its control socket open. */
export const supervisord: Subject = {
  name: 'supervisord',
  required: false,
  missing: () => missingPrograms(['supervisord'], 'apt-get install supervisor'),
  keepsOutput: true,
  throttleMs: 0,
  prepare({ folder, children, keepOutput }) {
    const file = join(folder, 'supervisord.conf');
    const logs = join(folder, 'logs');
    mkdirSync(logs);
    const programs = children.map(
      ({ name, command }) => `[program:${name}]
command=${command.join(' ')}
autorestart=true
startsecs=0
startretries=1000000
stdout_logfile=${keepOutput ? join(logs, name) : 'NONE'}
stdout_logfile_maxbytes=0
stderr_logfile=NONE
`,
    );
    writeFileSync(
      file,
      `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${join(folder, 'supervisord.pid')}
childlogdir=${folder}
[unix_http_server]
file=${join(folder, 'supervisor.sock')}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
${programs.join('')}`,
    );
    return { command: ['supervisord', '-c', file], stopSignal: 'SIGTERM', logFolder: logs };
  },
};
