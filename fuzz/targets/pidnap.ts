import * as fc from 'fast-check';
import * as v from 'valibot';
import { PidnapConfig } from '../../packages/pidnap/src/contract/config.ts';
import { parseMounts, ownPath } from '../../packages/pidnap/src/core/control-groups.ts';
import { graphProblems } from '../../packages/pidnap/src/core/dependency-graph.ts';
import { describeJsonProblem, findJsonProblem } from '../../packages/pidnap/src/core/json-problem.ts';
import { cutChunk, decodeLines } from '../../packages/pidnap/src/core/lines.ts';
import { describeIssues } from '../../packages/pidnap/src/core/problems.ts';
import { readMarksFromText } from '../../packages/pidnap/src/core/run-mark.ts';
import { scheduleProblems } from '../../packages/pidnap/src/core/schedule.ts';
import { parseYaml } from '../../packages/pidnap/src/shell/config-file-yaml.ts';
import { resolveConfigPaths } from '../../packages/pidnap/src/shell/config-paths.ts';
import { formatSignature, parseSignature } from '../../packages/pidnap/src/signature.ts';
import { damaged, hostileText } from '../arbitraries/hostile.ts';
import { mutated } from '../arbitraries/mutate.ts';
import { isMeant, parser, type Target } from '../target.ts';

const CONFIG = {
  stateDir: '/var/lib/pidnap',
  listen: { socket: '/run/pidnap.sock', tcp: { port: 9876, tokenFile: '/run/token' } },
  leftovers: 'adopt',
  processes: {
    web: {
      command: ['node', 'server.mjs'],
      cwd: '/srv',
      env: { PORT: '8080' },
      dependsOn: { migrate: 'completed' },
      healthCheck: { http: { port: 8080, path: '/healthz' }, intervalMs: 1000 },
      restart: { policy: 'always', maxAttempts: 5 },
    },
    migrate: {
      command: ['node', 'migrate.mjs'],
      schedule: { cron: '*/5 * * * *', timezone: 'Europe/Berlin' },
    },
  },
};
const YAML = `stateDir: /var/lib/pidnap
defaults: &defaults { cwd: /srv, restart: { policy: always } }
processes:
  web: { <<: *defaults, command: [node, server.mjs] }
  other: { <<: *defaults, command: ["sh", "-c", "echo 'x'"] }
`;

/** What pidnap reads: configuration in every form, output of processes, marks, schedules, signatures. */
export const pidnapTargets: readonly Target[] = [
  parser('pidnap-config', {
    about: 'the fields of a configuration',
    inputs: 12_000,
    arbitrary: mutated(fc.constant(CONFIG)),
    parse(content) {
      const parsed = v.safeParse(PidnapConfig, resolveConfigPaths(content, '/etc'));
      if (!parsed.success) describeIssues(parsed.issues, PidnapConfig);
      else graphProblems(parsed.output.processes);
    },
  }),
  parser('pidnap-yaml', {
    about: 'a configuration as YAML',
    inputs: 6000,
    arbitrary: damaged(fc.constant(YAML)),
    parse: (text) => parseYaml('pidnap.yaml', text),
    mayThrow: isMeant,
  }),
  parser('pidnap-json', {
    about: 'where a text is no JSON',
    inputs: 10_000,
    arbitrary: damaged(fc.constant(JSON.stringify(CONFIG))),
    parse(text) {
      describeJsonProblem(text);
      const ours = findJsonProblem(text) === null;
      if (ours !== isJson(text))
        throw new Error(`it is ${ours ? '' : 'not '}JSON to us, and to JSON.parse it is otherwise`);
    },
  }),
  parser('pidnap-lines', {
    about: 'output of processes, in any pieces',
    inputs: 10_000,
    arbitrary: fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }),
    parse(chunks) {
      let rest: Buffer = Buffer.alloc(0);
      for (const chunk of chunks) {
        const cut = cutChunk(rest, Buffer.from(chunk));
        rest = cut.rest;
        decodeLines(Buffer.from(chunk), false);
      }
    },
  }),
  parser('pidnap-small-texts', {
    about: 'marks in environments, mounts, schedules',
    inputs: 10_000,
    arbitrary: fc.tuple(hostileText, damaged(fc.constantFrom('*/5 * * * *', '@daily', '0 0 31 2 *'))),
    parse([text, cron]) {
      readMarksFromText(text);
      parseMounts(text);
      ownPath(text, 'memory');
      scheduleProblems({ cron, timezone: text, overlap: 'skip' });
    },
  }),
  parser('pidnap-signatures', {
    about: 'authorization headers of signed commands',
    inputs: 10_000,
    arbitrary: damaged(
      fc.constant(
        formatSignature({
          key: 'k'.repeat(11),
          issuedAt: 1_790_000_000_000,
          id: 'i'.repeat(22),
          signature: 's'.repeat(86),
        }),
      ),
    ),
    parse(header) {
      const read = parseSignature(header);
      if (read !== null && formatSignature(read).length !== header.length && !/\.0\d/.test(header))
        throw new Error('it is read as something else than it says');
    },
  }),
];

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The only thing that it throws.
    return false;
  }
}
