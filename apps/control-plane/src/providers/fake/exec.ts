/** The few commands that a simulated machine understands. Not a shell: what it does not know has no file to run. */
import type { ExecCommand, ExecResult, InsideEvidence } from '@fettle/contract';
import { COLLECT_EVIDENCE_SCRIPT } from '../../evidence/collect-inside.ts';
import { ASK_PIDNAP_SCRIPT } from '../../machine/ask-inside.ts';
import type { FakeMachine } from './fake-machine.ts';

/**
 * Runs a command: `true`, `cat FILE`, `sleep SECONDS`, of `sh -c` only `exit N` and `printf %s TEXT > FILE`, and of
 * `node` only the question for pidnap and the collecting of evidence.
 */
export async function execute(
  machine: FakeMachine,
  { command, timeoutMs }: ExecCommand,
  sleep: (ms: number) => Promise<void>,
): Promise<ExecResult> {
  const [program, first = '', second = ''] = command;
  switch (program) {
    case 'true':
      return ended(0);
    case 'cat':
      return cat(machine, first);
    case 'sleep':
      return Number(first) * 1000 > timeoutMs ? outOfTime(timeoutMs, sleep) : ended(0);
    case 'sh':
      return first === '-c' ? script(machine, second) : ended(2);
    case 'node':
      return node(machine, second);
    default:
      return { ...ended(127), stderr: `${program}: not found\n` };
  }
}

function node(machine: FakeMachine, text: string): ExecResult {
  if (text === ASK_PIDNAP_SCRIPT) return ended(machine.silent.has('pidnap') ? 3 : 0);
  if (text === COLLECT_EVIDENCE_SCRIPT) return ended(0, `${JSON.stringify(insideEvidence(machine))}\n`);
  return ended(2);
}

/** A simulated machine tells what it finds, and stores nothing itself. */
function insideEvidence(machine: FakeMachine): InsideEvidence {
  return {
    collectedAt: machine.bootedAt,
    processes: machine
      .statuses()
      .flatMap(({ name, pid }) =>
        pid === null ? [] : [{ pid, parent: 1, command: name, state: 'S', memoryMb: 1 }],
      ),
    memoryKills: 0,
    disk: { totalMb: 1024, freeMb: 512 },
    repositories: [{ repository: 'customer', commit: machine.versions.customer, status: [' M server.mjs'] }],
    work: [],
    stored: [],
    missing: [{ part: 'logs.txt', why: 'a simulated machine has no logs' }],
  };
}

async function outOfTime(timeoutMs: number, sleep: (ms: number) => Promise<void>): Promise<ExecResult> {
  await sleep(timeoutMs);
  return { ...ended(null), timedOut: true };
}

function cat(machine: FakeMachine, path: string): ExecResult {
  if (path === 'versions/current/set.json') return ended(0, JSON.stringify(machine.versions));
  const content = filesOf(machine, path).get(path.replace(DATA, ''));
  return content === undefined
    ? { ...ended(1), stderr: `cat: ${path}: No such file or directory\n` }
    : ended(0, content);
}

function script(machine: FakeMachine, text: string): ExecResult {
  const exit = /^exit (\d+)$/.exec(text);
  if (exit) return ended(Number(exit[1]));
  const write = /^printf %s (\S+) > (\S+)$/.exec(text);
  if (!write?.[1] || !write[2]) return ended(2);
  filesOf(machine, write[2]).set(write[2].replace(DATA, ''), write[1]);
  return ended(0);
}

const DATA = /^data\//;

function filesOf(machine: FakeMachine, path: string): Map<string, string> {
  return DATA.test(path) ? machine.data : machine.otherFiles;
}

function ended(exitCode: number | null, stdout = ''): ExecResult {
  return { exitCode, stdout, stderr: '', timedOut: false };
}
