import type { PidnapConfig } from '../contract/config.ts';
import type { ReloadOutcome } from '../contract.ts';
import { isWanted } from '../core/command.ts';
import { isEqual } from '../core/equal.ts';
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
    const { plan: told } = plan(supervisor, newConfig);
    if (dryRun) return toReloadOutcome(told);
    await makeRoom(supervisor, newConfig);
    return toReloadOutcome(await apply(supervisor, newConfig));
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

/** What a file means as of now. Refuses one that does not fit what came through the API. */
function plan(
  supervisor: Supervisor,
  newConfig: PidnapConfig,
): { next: Record<string, EffectiveDefinition>; plan: ReloadPlan } {
  const next = supervisor.definitions.effectiveUnder(newConfig);
  // What is being removed is gone as far as this is concerned.
  const known = [...supervisor.processes].filter(([, { removal }]) => !removal);
  const plan = planReload({
    running: Object.fromEntries(known),
    next,
    oldConfig: supervisor.definitions.config,
    newConfig,
    resting: new Set(known.flatMap(([name, { record }]) => (isWanted(record) ? [] : [name]))),
  });
  if (plan.problems.length > 0)
    throw new RefusedError({ code: 'INVALID_CONFIG', problems: [...plan.problems] });
  return { next, plan };
}

/** Waits until every process of a file can be made known: an older one of its name is gone, and its pipes are there. */
async function makeRoom(supervisor: Supervisor, newConfig: PidnapConfig): Promise<void> {
  for (let made: readonly string[] = []; ;) {
    const names = Object.keys(supervisor.definitions.effectiveUnder(newConfig));
    const leaving = names.flatMap((name) => supervisor.processes.get(name)?.removal ?? []);
    const missing = names.filter((name) => !supervisor.processes.has(name) && !made.includes(name));
    if (leaving.length === 0 && missing.length === 0) return;
    await Promise.allSettled(leaving);
    await supervisor.preparePipes(missing);
    // A removal takes the pipes with it: those of its name are made once it is over.
    made = leaving.length === 0 ? [...made, ...missing] : [];
  }
}

/** Applies a file in one turn, by what is known by now; settles when all that is removed is gone. */
async function apply(supervisor: Supervisor, newConfig: PidnapConfig): Promise<ReloadPlan> {
  supervisor.refuseWhenShuttingDown();
  const { next, plan: now } = plan(supervisor, newConfig);
  const found = (name: string): EffectiveDefinition[] => (next[name] ? [next[name]] : []);
  const fallen = supervisor.definitions.rebase(newConfig);
  supervisor.know(
    now.add.flatMap((name) => found(name).map((one) => ({ name, ...one }))),
    fallen,
  );
  // Also what is unchanged may come from somewhere else now: from the file, and no longer through the API.
  const changed = [...now.update.map(({ name }) => name), ...now.unchanged].flatMap((name) => {
    const process = supervisor.processes.get(name);
    return process ? found(name).map((one) => ({ process, ...one })) : [];
  });
  supervisor.redefine(changed.filter(({ process, ...one }) => isOther(process, one)));
  const gone = now.remove.map((name) => supervisor.forget(name));
  supervisor.graphChanged();
  await Promise.all(gone);
  return now;
}

function isOther(known: EffectiveDefinition, next: EffectiveDefinition): boolean {
  return known.source !== next.source || !isEqual(known.definition, next.definition);
}
