/** Lets a test that runs somewhere else (inside workerd) command a fake host over HTTP. */
import type { Operation } from '@fettle/contract';
import type { Ailment } from '../../src/providers/fake/fake-machine.ts';
import type { Fault, FaultPoint } from '../../src/providers/fake/faults.ts';
import type { FakeHost } from './fake-host.ts';

export type ScriptCommand =
  | { do: 'ail'; machineId: string; ailment: Ailment }
  | { do: 'lose'; machineId: string }
  | { do: 'fault'; machineId: string; point: FaultPoint; fault: Fault; times: number }
  | { do: 'refuse-work'; machineId: string; why: string }
  | { do: 'look'; machineId: string };

/** What a host did to a machine so far. */
export type Look = {
  operations: Operation[];
  commands: string[];
  /** The newest bootstrap token that the machine was given. */
  bootstrap: string | null;
  commandKeys: string[];
  data: Record<string, string>;
};

const PATH = '/script';

/** Answers commands to the host; `null` for every other request. */
export async function answerScript(request: Request, host: FakeHost): Promise<Response | null> {
  if (new URL(request.url).pathname !== PATH) return null;
  const command = (await request.json()) as ScriptCommand;
  const { provider } = host;
  const machine = provider.machine(command.machineId);
  switch (command.do) {
    case 'ail':
      machine?.ail(command.ailment);
      break;
    case 'lose':
      provider.lose(command.machineId);
      break;
    case 'fault':
      provider.faults.add(command);
      break;
    case 'refuse-work':
      if (machine !== null) machine.refusesWork = command.why;
      break;
    case 'look':
      break;
  }
  return Response.json({
    operations: provider.operations(command.machineId),
    commands: [...(machine?.commands.values() ?? [])],
    bootstrap: machine?.bootstrap ?? null,
    commandKeys: machine?.order.commandKeys ?? [],
    data: Object.fromEntries(machine?.data ?? []),
  } satisfies Look);
}

/** Commands the fake host at `url`. */
export async function tellHost(url: string, command: ScriptCommand): Promise<Look> {
  const response = await fetch(`${url}${PATH}`, { method: 'POST', body: JSON.stringify(command) });
  if (!response.ok) throw new Error(`The fake host answered ${response.status}`);
  return response.json();
}
