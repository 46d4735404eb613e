import type { FettleClient } from '@fettle/client';
import { Command } from 'commander';
import { setTimeout as pause } from 'node:timers/promises';
import { CliFailure, EXIT } from '../failure.ts';
import { formatClock } from '../output/age.ts';
import { oldestFirst } from '../output/oldest-first.ts';
import { clean } from '../output/table.ts';
import { count } from '../start/options.ts';
import { TARGET_HELP, withControlPlane, type CommandContext } from './context.ts';

const LOOK_EVERY_MS = 500;

type RevokeOptions = { reason: string; wait?: boolean; timeout: number };

/** The command that takes away what a machine proves with who it is; it is one of those below `machine`. */
export function revokeCommand(): Command {
  return new Command('revoke')
    .description(
      'take all credentials of a machine back, and give it new ones; the old are refused within a minute',
    )
    .argument('<target>', TARGET_HELP)
    .requiredOption('--reason <text>', 'why, for the notices and the audit log')
    .option('--wait', 'until the machine reports with new ones; exit code 9 when it does not')
    .option('--timeout <seconds>', 'how long --wait waits', count(1, 3600), 180)
    .action(withControlPlane(revokeCredentials));
}

async function revokeCredentials(
  { client, print, isJson, machineId }: CommandContext,
  target: string,
  { reason, wait, timeout }: RevokeOptions,
): Promise<void> {
  const id = await machineId(target);
  const answer = await client.machines.revokeCredentials({ machineId: id, reason });
  if (wait !== true) return print(answer, () => answer.message);
  const { now: since } = await client.machines.get({ machineId: id });
  const say = isJson ? () => undefined : (line: string) => console.log(line);
  say(answer.message);
  const view = await follow(client, { machineId: id, since, limitMs: timeout * 1000, say });
  print(view, () => `${id} reports with new credentials`);
}

/** Tells what happens to the machine until it reports again. A report with what was taken back is never accepted. */
async function follow(
  client: FettleClient,
  order: { machineId: string; since: number; limitMs: number; say: (line: string) => void },
) {
  const { machineId, since, limitMs, say } = order;
  const limit = performance.now() + limitMs;
  const told = new Set<string>();
  for (; ; await pause(LOOK_EVERY_MS)) {
    for (const { at, kind, message } of oldestFirst(await client.machines.events({ machineId, limit: 20 }))) {
      const line = `${formatClock(at)}  ${kind}: ${clean(message)}`;
      if (at >= since && !told.has(line)) say(line);
      told.add(line);
    }
    const view = await client.machines.get({ machineId });
    if (view.lastReportAt !== null && view.lastReportAt > since) return view;
    if (performance.now() < limit) continue;
    throw new CliFailure(EXIT.notHealthy, `${machineId} has not reported with new credentials`, {
      hint: '`fettle events` tells what was tried; what the machine had is refused all the same',
    });
  }
}
