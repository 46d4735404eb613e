import { setTimeout as pause } from 'node:timers/promises';
import { HostProblem } from '../host/host-machines.ts';
import { lineWithInput, shellCommand } from '../host/shell-command.ts';
import { Refusal, numberParameter, textParameter, type Call, type Handlers } from '../server/call.ts';
import { assertSettled, assertState, findMachine } from './find-machine.ts';
import { launch } from './launch.ts';
import { assertLease } from './leases.ts';
import type { Machine, Machines } from './machines.ts';
import type { FlyParts } from './parts.ts';
import { processes } from './processes.ts';

/** The longest that a host lets a command run, and how long it may run unasked. */
const LONGEST_MS = 20_000;
const UNASKED_SECONDS = 20;
/** The longest that `wait` waits, which is also how long it waits unasked. */
const LONGEST_WAIT_SECONDS = 60;
const LOOK_EVERY_MS = 200;

const RESTING = new Set(['created', 'started', 'stopped', 'suspended', 'failed', 'destroyed']);

/** Start, stop, restart, delete, exec, and waiting for what comes of them. */
export function lifecycleHandlers(parts: FlyParts, machines: Machines): Handlers {
  const { host } = parts;
  const act = (machine: Machine, kind: 'stop' | 'restart') =>
    machines.begin(machine.record.id, kind, (action) => host.act(kind, machine.record.machineId, action));

  /** The machine of a call that wants to change it. */
  async function leased(call: Call, what: string): Promise<Machine> {
    const machine = await findMachine(machines, call);
    assertLease(machine.record, call);
    assertSettled(machine, what);
    return machine;
  }

  async function exec(machine: Machine, command: string[], seconds: number) {
    assertState(machine, ['started'], 'exec in');
    try {
      return await host.exec(machine.record.machineId, {
        command,
        timeoutMs: Math.min(Math.max(1, seconds) * 1000, LONGEST_MS),
      });
    } catch (error) {
      if (error instanceof HostProblem)
        throw new Refusal(500, 'unavailable: the machine does not answer', { cause: error });
      throw error;
    }
  }

  return {
    async Machines_start(call) {
      const machine = await leased(call, 'start');
      assertState(machine, ['created', 'started', 'stopped'], 'start');
      if (machine.told.state !== 'started') await launch(parts, machines, machine.record);
      return { status: 200, body: { previous_state: machine.told.state } };
    },

    async Machines_stop(call) {
      const machine = await leased(call, 'stop');
      assertState(machine, ['started', 'stopped'], 'stop');
      if (machine.told.state === 'started') await act(machine, 'stop');
      return { status: 200, body: { ok: true } };
    },

    async Machines_restart(call) {
      const machine = await leased(call, 'restart');
      assertState(machine, ['started'], 'restart');
      await act(machine, 'restart');
      return { status: 200, body: { ok: true } };
    },

    async Machines_suspend(call) {
      await leased(call, 'suspend');
      throw new Refusal(422, 'unimplemented: machines of this server cannot be suspended');
    },

    async Machines_delete(call) {
      const machine = await findMachine(machines, call);
      const { record } = machine;
      assertLease(record, call);
      if (record.rests === 'destroyed') throw new Refusal(404, `machine not found: ${record.id}`);
      const forced = call.parameters['force'] === true;
      if (!forced) {
        assertSettled(machine, 'destroy');
        assertState(machine, ['created', 'stopped', 'failed'], 'destroy');
      }
      await destroy(machine);
      return { status: 200, body: { ok: true } };
    },

    async Machines_exec(call) {
      const machine = await findMachine(machines, call);
      assertLease(machine.record, call);
      const { command, cmd, stdin, timeout } = call.body as ExecRequest;
      const line = commandLine(command, cmd, stdin);
      if (line === null || line.length === 0) throw new Refusal(400, 'invalid_argument: command is required');
      const result = await exec(machine, line, timeout ?? UNASKED_SECONDS);
      if (result.timedOut) throw new Refusal(408, 'deadline_exceeded: the command took too long');
      const code = result.exitCode ?? -1;
      return {
        status: 200,
        body: { exit_code: code, exit_signal: 0, stdout: result.stdout, stderr: result.stderr },
      };
    },

    async Machines_list_processes(call) {
      const machine = await findMachine(machines, call);
      const { stdout } = await exec(machine, processes.command, UNASKED_SECONDS);
      return { status: 200, body: processes.read(stdout) };
    },

    async Machines_wait(call) {
      const wanted = (textParameter(call, 'state') ?? 'started').split(',');
      const seconds = numberParameter(call, 'timeout') ?? LONGEST_WAIT_SECONDS;
      if (seconds < 1 || seconds > LONGEST_WAIT_SECONDS)
        throw new Refusal(400, `invalid_argument: timeout must be between 1 and ${LONGEST_WAIT_SECONDS}`);
      const deadline = parts.now() + seconds * 1000;
      for (;;) {
        const { record, told } = await findMachine(machines, call);
        if (
          wanted.some((state) => state === told.state || (state === 'settled' && RESTING.has(told.state)))
        ) {
          const body = {
            ok: true,
            state: told.state,
            version: record.instanceId,
            event_id: record.events[0]?.id,
          };
          return { status: 200, body };
        }
        if (parts.now() >= deadline || call.request.signal.aborted) {
          const reason = `machine failed to reach desired state, ${wanted.join(',')}, currently ${told.state}`;
          throw new Refusal(408, `deadline_exceeded: ${reason}`);
        }
        await pause(LOOK_EVERY_MS);
      }
    },
  };

  /** A machine with a volume leaves its disk behind: its processes end, and the host keeps the rest. */
  async function destroy({ record }: Machine): Promise<void> {
    if (record.rests === 'failed' || (record.rests === 'created' && record.change === null)) {
      parts.file.change((state) => {
        for (const volume of state.volumes) if (volume.attachedTo === record.id) volume.attachedTo = null;
      });
      machines.change(record.id, { rests: 'destroyed' });
      return;
    }
    const kind = record.volumeId === null ? 'destroy' : 'stop';
    await machines.begin(record.id, 'destroy', (action) => host.act(kind, record.machineId, action));
  }
}

type ExecRequest = { command?: string[]; cmd?: string; stdin?: string; timeout?: number };

function commandLine(
  command: string[] | undefined,
  cmd: string | undefined,
  stdin: string | undefined,
): string[] | null {
  const program = command ?? (cmd === undefined ? [] : ['/bin/sh', '-c', cmd]);
  if (stdin === undefined || stdin === '' || program.length === 0) return program;
  return shellCommand({
    command: lineWithInput(program, stdin),
    cwd: null,
    environment: {},
    together: false,
  });
}
