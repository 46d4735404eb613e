import type { PidnapConfig } from '../contract/config.ts';
import type { ReloadOutcome } from '../contract.ts';
import { isWanted } from '../core/command.ts';
import type { EffectiveDefinition } from '../core/overlay.ts';
import { planReload, toReloadOutcome, type ReloadPlan } from '../core/reload.ts';
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
    const newConfig = await readAgain(configFile);
    const next = supervisor.definitions.effectiveUnder(newConfig);
    const plan = planReload({
      running: Object.fromEntries(supervisor.processes),
      next,
      oldConfig: supervisor.definitions.config,
      newConfig,
      resting: new Set(
        [...supervisor.processes].flatMap(([name, { record }]) => (isWanted(record) ? [] : [name])),
      ),
    });
    if (plan.problems.length > 0)
      throw new RefusedError({ code: 'INVALID_CONFIG', problems: [...plan.problems] });
    if (!dryRun) await apply(supervisor, { newConfig, next, plan });
    return toReloadOutcome(plan);
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

async function apply(
  supervisor: Supervisor,
  {
    newConfig,
    next,
    plan: { add, remove, update },
  }: { newConfig: PidnapConfig; next: Record<string, EffectiveDefinition>; plan: ReloadPlan },
): Promise<void> {
  await supervisor.preparePipes(add);
  supervisor.refuseWhenShuttingDown();
  supervisor.definitions.rebase(newConfig);
  for (const name of add) {
    const found = next[name];
    if (found && !supervisor.processes.has(name)) supervisor.know(name, found);
  }
  for (const { name } of update) {
    const [process, found] = [supervisor.processes.get(name), next[name]];
    if (process && found) supervisor.redefine(process, found.definition, found.source);
  }
  const gone = remove.filter((name) => supervisor.processes.has(name)).map((name) => supervisor.forget(name));
  supervisor.graphChanged();
  await Promise.all(gone);
}
