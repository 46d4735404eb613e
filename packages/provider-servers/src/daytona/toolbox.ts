import { randomUUID } from 'node:crypto';
import { HostProblem } from '../host/host-machines.ts';
import { shellCommand } from '../host/shell-command.ts';
import { Refusal, type Call, type Handlers } from '../server/call.ts';
import { DAEMON_VERSION } from './answers.ts';
import type { DaytonaParts } from './parts.ts';
import type { SandboxRecord } from './record.ts';
import type { Sandboxes } from './sandboxes.ts';

/** The published time that a command has unasked. */
const UNASKED_SECONDS = 10;
/** Names the sandbox in the path that a toolbox is below. */
export const TOOLBOX_OF = 'toolboxOf';
/** The longest that a host lets a command run. */
const LONGEST_MS = 20_000;

/** What a command left behind. */
type Outcome = { exitCode: number; stdout: string; stderr: string };

/** Runs commands in a sandbox; every one of them counts as use. */
export interface Toolbox {
  /** The sandbox of a call, which must be running. */
  sandboxOf(call: Call): Promise<SandboxRecord>;
  run(
    record: SandboxRecord,
    line: {
      command: string;
      cwd?: string;
      environment?: Record<string, string>;
      together?: boolean;
      seconds?: number;
    },
  ): Promise<Outcome>;
}

/** The way into sandboxes. */
export function createToolbox({ host }: DaytonaParts, sandboxes: Sandboxes): Toolbox {
  return {
    async sandboxOf(call) {
      const { record, told } = await sandboxes.find(call.path[TOOLBOX_OF] ?? '');
      if (told.state !== 'started')
        throw new Refusal(400, 'The sandbox is not running', { code: 'BAD_REQUEST' });
      sandboxes.touch(record.id);
      return record;
    },

    async run(record, { command, cwd, environment = {}, together = false, seconds = UNASKED_SECONDS }) {
      const bad = Object.keys(environment).find((name) => !/^[A-Za-z_]\w*$/.test(name));
      if (bad !== undefined) throw new Refusal(400, `envs.${bad} must be the name of a variable`);
      const program = shellCommand({ command, cwd: cwd ?? null, environment, together });
      if (program === null)
        throw new Refusal(400, 'command must be shorter than 350 kB', { code: 'BAD_REQUEST' });
      // 0 stands for no limit; the host has one.
      const timeoutMs = Math.min(seconds > 0 ? seconds * 1000 : LONGEST_MS, LONGEST_MS);
      let result;
      try {
        result = await host.exec(record.machineId, { command: program, timeoutMs });
      } catch (error) {
        if (!(error instanceof HostProblem)) throw error;
        throw new Refusal(502, 'The sandbox does not answer', { cause: error });
      }
      if (result.timedOut)
        throw new Refusal(408, 'The command took too long', { code: 'PROCESS_EXECUTION_TIMEOUT' });
      return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
    },
  };
}

/** Commands and sessions. A session is a list of commands; each runs in a shell of its own. */
export function processHandlers(toolbox: Toolbox): Handlers {
  type Command = { id: string; command: string; exitCode?: number; stdout: string; stderr: string };
  const sessions = new Map<string, Command[]>();
  const keyOf = (record: SandboxRecord, sessionId: string) => `${record.id}/${sessionId}`;

  async function session(call: Call): Promise<{ record: SandboxRecord; id: string; commands: Command[] }> {
    const record = await toolbox.sandboxOf(call);
    const id = String(call.parameters['sessionId']);
    const commands = sessions.get(keyOf(record, id));
    if (commands === undefined)
      throw new Refusal(404, `session ${id} not found`, { code: 'PROCESS_NOT_FOUND' });
    return { record, id, commands };
  }

  async function commandOf(call: Call): Promise<Command> {
    const { commands } = await session(call);
    const id = call.parameters['commandId'];
    const command = commands.find((each) => each.id === id);
    if (command === undefined)
      throw new Refusal(404, `command ${String(id)} not found`, { code: 'PROCESS_NOT_FOUND' });
    return command;
  }

  const told = ({ id, command, exitCode }: Command) => ({ id, command, exitCode });

  return {
    async ExecuteCommand(call) {
      const { command, cwd, envs, timeout } = call.body as ExecuteRequest;
      const record = await toolbox.sandboxOf(call);
      const outcome = await toolbox.run(record, {
        command,
        cwd,
        environment: envs,
        together: true,
        seconds: timeout,
      });
      return { status: 200, body: { exitCode: outcome.exitCode, result: outcome.stdout } };
    },

    async CreateSession(call) {
      const record = await toolbox.sandboxOf(call);
      const { sessionId } = call.body as { sessionId: string };
      const key = keyOf(record, sessionId);
      if (sessions.has(key)) throw new Refusal(409, 'session already exists', { code: 'CONFLICT' });
      sessions.set(key, []);
      return { status: 201 };
    },

    async ListSessions(call) {
      const record = await toolbox.sandboxOf(call);
      const own = [...sessions].filter(([key]) => key.startsWith(`${record.id}/`));
      return {
        status: 200,
        body: own.map(([key, commands]) => ({
          sessionId: key.slice(record.id.length + 1),
          commands: commands.map(told),
        })),
      };
    },

    async GetSession(call) {
      const { id, commands } = await session(call);
      return { status: 200, body: { sessionId: id, commands: commands.map(told) } };
    },

    async DeleteSession(call) {
      const { record, id } = await session(call);
      sessions.delete(keyOf(record, id));
      return { status: 204 };
    },

    async SessionExecuteCommand(call) {
      const { command: text, runAsync, async: alsoAsync } = call.body as SessionExecuteRequest;
      const { record, commands } = await session(call);
      const command: Command = { id: randomUUID(), command: text, stdout: '', stderr: '' };
      commands.push(command);
      const running = toolbox.run(record, { command: text, seconds: 0 }).then(
        (outcome) => Object.assign(command, outcome),
        (error: unknown) => Object.assign(command, { exitCode: -1, stderr: String(error) }),
      );
      if (runAsync === true || alsoAsync === true) return { status: 202, body: { cmdId: command.id } };
      const { exitCode, stdout, stderr } = await running;
      return { status: 200, body: { cmdId: command.id, exitCode, stdout, stderr, output: stdout + stderr } };
    },

    async GetSessionCommand(call) {
      return { status: 200, body: told(await commandOf(call)) };
    },

    async GetSessionCommandLogs(call) {
      const { stdout, stderr } = await commandOf(call);
      return { status: 200, body: { stdout, stderr, output: stdout + stderr } };
    },

    async GetWorkDir(call) {
      return { status: 200, body: { dir: await printed(call, 'pwd') } };
    },

    async GetUserHomeDir(call) {
      return { status: 200, body: { dir: await printed(call, 'printf %s "$HOME"') } };
    },

    async GetVersion(call) {
      await toolbox.sandboxOf(call);
      return { status: 200, body: { version: DAEMON_VERSION } };
    },
  };

  async function printed(call: Call, command: string): Promise<string> {
    const { stdout } = await toolbox.run(await toolbox.sandboxOf(call), { command });
    return stdout.trim();
  }
}

type ExecuteRequest = { command: string; cwd?: string; envs?: Record<string, string>; timeout?: number };
type SessionExecuteRequest = { command: string; runAsync?: boolean; async?: boolean };
