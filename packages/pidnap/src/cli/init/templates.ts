import type { Proposal } from './proposal.ts';

export type Format = 'ts' | 'json' | 'yaml';

/** Text of a first config file: what is proposed, and in comments an example of what else there is. */
export function configText(format: Format, proposals: readonly Proposal[]): string {
  switch (format) {
    case 'ts':
      return typescript(proposals);
    case 'yaml':
      return yaml(proposals);
    case 'json':
      return `${JSON.stringify({ processes: Object.fromEntries(proposals.map(entry)) }, null, 2)}\n`;
    default:
      return format satisfies never;
  }
}

function entry({ name, command, autostart }: Proposal): [string, object] {
  return [name, { command, ...(autostart ? {} : { autostart }) }];
}

function typescript(proposals: readonly Proposal[]): string {
  const processes = proposals.map(
    ({ name, command, remark, autostart }) => `    // ${remark}
    ${name}: {
      command: ${tsValue(command)},${autostart ? '' : '\n      // Only when asked: `pidnap start`.\n      autostart: false,'}
    },`,
  );
  const first = proposals[0]?.name ?? 'app';
  return `// What pidnap keeps running. \`pidnap check\` says what is wrong with this file, \`pidnap run\` starts it.
// Paths are relative to this folder. State, logs and the socket are in .pidnap, which is not for version control.
import { defineConfig } from '@fettle/pidnap/config';

export default defineConfig({
  processes: {
${processes.join('\n')}

    // A task runs once; what depends on it starts when it has completed.
    // migrate: { command: 'npm run migrate', restart: 'never' },

    // web: {
    //   command: ['node', 'server.js'],
    //   env: { PORT: '3000' },
    //   envFiles: [{ path: '.env', required: false }],
    //   dependsOn: [{ process: 'migrate' }],
    //   health: { kind: 'http', url: 'http://127.0.0.1:3000/' },
    //   budget: { maxRestarts: 5, withinMs: 60_000 },
    //   stop: { signal: 'SIGTERM', graceMs: 10_000 },
    // },

    // At fixed times.
    // cleanup: { command: 'find tmp -mtime +1 -delete', schedule: { cron: '0 3 * * *' } },
  },
  // pidnap ends with the exit code of this process when it has ended for good.
  // exitWith: '${first}',
});
`;
}

function tsValue(command: Proposal['command']): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return typeof command === 'string' ? quoted(command) : `[${command.map(quoted).join(', ')}]`;
}

function yaml(proposals: readonly Proposal[]): string {
  const processes = proposals.map(
    ({ name, command, remark, autostart }) => `  # ${remark}
  ${name}:
    command: ${JSON.stringify(command)}${autostart ? '' : '\n    # Only when asked: `pidnap start`.\n    autostart: false'}`,
  );
  const first = proposals[0]?.name ?? 'app';
  return `# What pidnap keeps running. \`pidnap check\` says what is wrong with this file, \`pidnap run\` starts it.
# Paths are relative to this folder. State, logs and the socket are in .pidnap, which is not for version control.
processes:
${processes.join('\n')}

  # A task runs once; what depends on it starts when it has completed.
  # migrate: { command: npm run migrate, restart: never }

  # web:
  #   command: [node, server.js]
  #   env: { PORT: "3000" }
  #   envFiles: [{ path: .env, required: false }]
  #   dependsOn: [{ process: migrate }]
  #   health: { kind: http, url: "http://127.0.0.1:3000/" }
  #   budget: { maxRestarts: 5, withinMs: 60000 }
  #   stop: { signal: SIGTERM, graceMs: 10000 }

  # At fixed times.
  # cleanup: { command: find tmp -mtime +1 -delete, schedule: { cron: "0 3 * * *" } }

# pidnap ends with the exit code of this process when it has ended for good.
# exitWith: ${first}
`;
}
