import { implement } from '@orpc/server';
import type * as v from 'valibot';
import {
  contract,
  type PidnapInfo,
  type ReloadOutcome,
  type ProcessView,
  type WaitCondition,
} from '../contract.ts';
import type { ActionLog } from '../shell/action-log.ts';
import type { Supervisor } from '../shell/supervisor.ts';

/** What the procedures work on. */
export interface RouterParts {
  readonly supervisor: Supervisor;
  readonly actions: ActionLog;
  readonly info: () => v.InferOutput<typeof PidnapInfo>;
  readonly reload: (options: { dryRun: boolean }) => Promise<ReloadOutcome>;
}

/** Implements the contract on a supervisor. */
export function createRouter({ supervisor, actions, info, reload }: RouterParts) {
  const os = implement(contract);

  /** Carries a command out, once per action id when it has one. */
  async function act<I extends { actionId?: string | undefined }, T>(
    command: string,
    input: I,
    carryOut: () => T | Promise<T>,
  ): Promise<T> {
    const { actionId, ...rest } = input;
    return actionId === undefined ? carryOut() : actions.once({ actionId, command, input: rest }, carryOut);
  }

  return os.router({
    info: os.info.handler(() => info()),
    list: os.list.handler(() => supervisor.list()),
    get: os.get.handler(({ input }) => supervisor.find(input.name).view()),

    start: os.start.handler(({ input }) =>
      act('start', input, () => supervisor.command(input.name, { type: 'start' })),
    ),
    stop: os.stop.handler(({ input }) =>
      act('stop', input, () => supervisor.command(input.name, { type: 'stop', reason: 'stop-requested' })),
    ),
    restart: os.restart.handler(({ input }) =>
      act('restart', input, () =>
        supervisor.command(input.name, { type: 'restart', reason: 'restart-requested' }),
      ),
    ),
    signal: os.signal.handler(({ input }) =>
      act('signal', input, () => supervisor.signal(input.name, input.signal, input.group)),
    ),

    add: os.add.handler(({ input }) => act('add', input, () => supervisor.add(input.name, input.definition))),
    update: os.update.handler(({ input }) =>
      act('update', input, () => supervisor.update(input.name, input.definition)),
    ),
    remove: os.remove.handler(({ input }) =>
      act('remove', input, async () => ({ name: input.name, removed: await supervisor.remove(input.name) })),
    ),

    reload: os.reload.handler(({ input }) => reload(input)),
    history: os.history.handler(({ input }) => supervisor.find(input.name).history(input.limit)),

    wait: os.wait.handler(async ({ input, signal }) => {
      const process = supervisor.find(input.name);
      const deadline = AbortSignal.timeout(input.timeoutMs);
      const reached = await supervisor.events.until(
        () => process.record.runs >= input.minRun && satisfies(process.view(), input.until),
        signal ? AbortSignal.any([signal, deadline]) : deadline,
      );
      return { reached, process: process.view() };
    }),
    logs: os.logs.handler(({ input }) => supervisor.find(input.name).output.read(input)),
    followLogs: os.followLogs.handler(({ input, signal }) =>
      supervisor.find(input.name).output.follow({ tail: input.tail, since: input.since, signal }),
    ),
    events: os.events.handler(async function* ({ input, signal }) {
      for await (const event of supervisor.events.subscribe(signal)) {
        if (input.name === undefined) yield event;
        else if (event.type === 'snapshot') {
          yield { ...event, processes: event.processes.filter(({ name }) => name === input.name) };
        } else if (event.name === input.name) yield event;
      }
    }),
  });
}

function satisfies(view: ProcessView, condition: v.InferOutput<typeof WaitCondition>): boolean {
  switch (condition) {
    case 'ended':
      return view.state === 'stopped' || view.state === 'completed' || view.state === 'failed';
    case 'healthy':
      return view.state === 'running' && (!view.definition.health || view.health.status === 'healthy');
    default:
      return view.state === condition;
  }
}
