import type { PidnapConfig } from '../contract/config.ts';
import type { ReloadOutcome } from '../contract.ts';
import { planReload, type ReloadPlan } from '../core/reload.ts';
import { ConfigError, loadConfig } from './load-config.ts';
import { RefusedError } from './refused-error.ts';
import type { Supervisor } from './supervisor.ts';

/** Reloads come one after the other: each compares with what the one before left. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Reads the config file again and applies what changed, and nothing else. A file that cannot be used changes nothing:
 * `INVALID_CONFIG`. With `dryRun` it only tells.
 */
export function reloadConfig(
  supervisor: Supervisor,
  configFile: string | undefined,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<ReloadOutcome> {
  const outcome = last.then(async () => {
    supervisor.refuseWhenShuttingDown();
    const next = await readAgain(configFile);
    const plan = planFor(supervisor, next);
    if (!dryRun) await apply(supervisor, next, plan);
    return outcomeOf(plan);
  });
  last = outcome.catch(() => {});
  return outcome;
}

async function readAgain(configFile: string | undefined): Promise<PidnapConfig> {
  if (configFile === undefined)
    throw new RefusedError({
      code: 'INVALID_CONFIG',
      problems: ['pidnap was started without a config file'],
    });
  try {
    return (await loadConfig(configFile)).config;
  } catch (error) {
    if (error instanceof ConfigError)
      throw new RefusedError({ code: 'INVALID_CONFIG', problems: [...error.problems] });
    throw error;
  }
}

function planFor(supervisor: Supervisor, next: PidnapConfig): ReloadPlan {
  return planReload({
    before: supervisor.definitions.config,
    after: next,
    running: Object.fromEntries(
      [...supervisor.processes].map(([name, { definition, source }]) => [name, { definition, source }]),
    ),
    effective: supervisor.definitions.effectiveUnder(next),
  });
}

async function apply(supervisor: Supervisor, next: PidnapConfig, plan: ReloadPlan): Promise<void> {
  const { effective, add, remove, update } = plan;
  await supervisor.preparePipes(add);
  supervisor.refuseWhenShuttingDown();
  supervisor.definitions.rebase(next);
  for (const name of add) {
    const found = effective[name];
    if (found && !supervisor.processes.has(name)) supervisor.know(name, found);
  }
  for (const { name } of update) {
    const [process, found] = [supervisor.processes.get(name), effective[name]];
    if (process && found) supervisor.redefine(process, found.definition, found.source);
  }
  const gone = remove.filter((name) => supervisor.processes.has(name)).map((name) => supervisor.forget(name));
  supervisor.graphChanged();
  await Promise.all(gone);
}

function outcomeOf({ add, remove, update, unchanged, needsRestart }: ReloadPlan): ReloadOutcome {
  const names = (restart: boolean): string[] =>
    update.filter((one) => one.restart === restart).map(({ name }) => name);
  return {
    added: [...add],
    removed: [...remove],
    restarted: names(true),
    adjusted: names(false),
    unchanged: [...unchanged],
    needsRestart: [...needsRestart],
  };
}
