import { Command } from 'commander';
import type { ProcessView } from '../../contract.ts';
import { duration, signalName } from '../arguments.ts';
import { explainError } from '../explain-error.ts';
import { CliFailure, EXIT, formatFailure } from '../failure.ts';
import { asksPidnap, withPidnap, type Session } from '../session.ts';
import { lastRunBefore, standsDown, standsUp, waitFor } from '../wait-for.ts';

/** Commands that start, stop and signal processes. */
export function controlCommands(): Command[] {
  return [...VERBS.map(verbCommand), signal()];
}

type Verb = 'start' | 'stop' | 'restart';

const UP = 'until it is up: healthy where health is checked, completed where it is a task';
const VERBS: readonly { verb: Verb; description: string; until: string }[] = [
  { verb: 'start', description: 'start processes that have ended, or run scheduled ones now', until: UP },
  { verb: 'stop', description: 'end processes and everything they started', until: 'until it has ended' },
  { verb: 'restart', description: 'end processes and start them anew, with a full budget', until: UP },
];

interface VerbOptions {
  all?: boolean;
  wait?: boolean;
  timeout: number;
}

function verbCommand({ verb, description, until }: (typeof VERBS)[number]): Command {
  return asksPidnap(
    new Command(verb)
      .description(description)
      .argument('[names...]', 'names of processes')
      .option('--all', 'all processes')
      .option('-w, --wait', `answer only when each is there: ${until}; fail when it is not within --timeout`)
      .option('--timeout <duration>', 'longest wait', duration, 60_000),
  ).action(
    withPidnap(async (session, names: string[], options: VerbOptions) => {
      const chosen = await choose(session, names, options.all === true, verb);
      const outcomes = await Promise.allSettled(
        chosen.map((name) => carryOut(session, { verb, name, options })),
      );
      const views = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' && outcome.value !== null ? [outcome.value] : [],
      );
      const { formatStatus } = await import('../output/status.ts');
      if (views.length > 0 || session.isJson)
        session.print(views, () => formatStatus(views, Date.now(), session.terminal));
      throwFirst(outcomes, session.isJson);
    }),
  );
}

async function choose({ client }: Session, names: string[], all: boolean, verb: Verb): Promise<string[]> {
  if (all === names.length > 0)
    throw new CliFailure(EXIT.usage, `${verb} takes names of processes, or --all`, {
      hint: '`pidnap status` shows the names',
    });
  return all ? (await client.list()).map(({ name }) => name) : names;
}

async function carryOut(
  { client }: Session,
  { verb, name, options }: { verb: Verb; name: string; options: VerbOptions },
): Promise<ProcessView | null> {
  const accepted = await client[verb]({ name });
  if (!options.wait) return accepted;
  const afterRun = lastRunBefore(accepted);
  const stands = verb === 'stop' ? standsDown : (view: ProcessView) => standsUp(view, afterRun);
  const { reached, view } = await waitFor(client, { name, timeoutMs: options.timeout, stands });
  if (!reached) process.exitCode = EXIT.failed;
  return view;
}

/** What went wrong with some does not keep the others from being shown. */
function throwFirst(outcomes: readonly PromiseSettledResult<unknown>[], isJson: boolean): void {
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  for (const error of errors.slice(1)) console.error(formatFailure(explainError(error), isJson));
  if (errors.length > 0) throw errors[0];
}

function signal(): Command {
  return asksPidnap(
    new Command('signal')
      .description('send a signal to a process')
      .argument('<name>', 'name of a process')
      .argument('<signal>', 'SIGHUP, HUP or hup', signalName)
      .option('--group', 'to its whole process group'),
  ).action(
    withPidnap(
      async ({ client, print }, name: string, signalText: string, { group }: { group?: boolean }) => {
        const signal = signalText as Parameters<typeof client.signal>[0]['signal'];
        const view = await client.signal({ name, signal, group: group === true });
        print(view, () => `sent ${signal} to ${name}, pid ${view.pid ?? 'unknown'}`);
      },
    ),
  );
}
