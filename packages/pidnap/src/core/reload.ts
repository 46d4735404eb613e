/** Decides what a changed config file means for the processes that are known. */
import type { PidnapConfig } from '../contract/config.ts';
import type { ReloadOutcome } from '../contract.ts';
import { graphProblems } from './dependency-graph.ts';
import { isEqual } from './equal.ts';
import type { EffectiveDefinition } from './overlay.ts';
import { needsNewRun } from './redefinition.ts';

/** What a reload is to do. Names are those of the new file in its order, then added ones, then those to remove. */
export interface ReloadPlan {
  /** Why it must not be carried out: what came through the API does not fit the new file. */
  readonly problems: readonly string[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** `restart`: the process was started with something that changed. */
  readonly update: readonly { readonly name: string; readonly restart: boolean }[];
  readonly unchanged: readonly string[];
  /** Fields outside of `processes` that changed. */
  readonly needsRestart: readonly string[];
}

type Definitions = Readonly<Record<string, EffectiveDefinition>>;

/**
 * Compares the definitions that hold with those that are to hold. `next` is `effectiveDefinitions` of the new file and
 * the overrides that still stand, so what somebody said through the API stays as long as the file says what it said.
 */
export function planReload({
  running,
  next,
  oldConfig,
  newConfig,
  resting = new Set(),
}: {
  running: Definitions;
  next: Definitions;
  /** Names of those of which no run is wanted now: another command holds from their next start on. */
  resting?: ReadonlySet<string>;
  oldConfig: PidnapConfig;
  newConfig: PidnapConfig;
}): ReloadPlan {
  const plan = {
    add: [] as string[],
    update: [] as { name: string; restart: boolean }[],
    unchanged: [] as string[],
  };
  for (const [name, { definition }] of Object.entries(next)) {
    const known = Object.hasOwn(running, name) ? running[name] : undefined;
    if (!known) plan.add.push(name);
    else if (isEqual(known.definition, definition)) plan.unchanged.push(name);
    else plan.update.push({ name, restart: !resting.has(name) && needsNewRun(known.definition, definition) });
  }
  return {
    ...plan,
    problems: graphProblems(definitionsOf(next)),
    remove: Object.keys(running).filter((name) => !Object.hasOwn(next, name)),
    needsRestart: changedFields(oldConfig, newConfig),
  };
}

/** The plan as the API tells it. */
export function toReloadOutcome(plan: ReloadPlan): ReloadOutcome {
  const updated = (restart: boolean): string[] =>
    plan.update.filter((one) => one.restart === restart).map(({ name }) => name);
  return {
    added: [...plan.add],
    removed: [...plan.remove],
    restarted: updated(true),
    adjusted: updated(false),
    unchanged: [...plan.unchanged],
    needsRestart: [...plan.needsRestart],
  };
}

/** Fields that are read once, when pidnap starts. */
function changedFields(old: PidnapConfig, next: PidnapConfig): string[] {
  const fields = {
    stateDir: (config: PidnapConfig) => config.stateDir,
    'listen.socket': (config: PidnapConfig) => config.listen.socket,
    'listen.tcp': (config: PidnapConfig) => config.listen.tcp,
    leftovers: (config: PidnapConfig) => config.leftovers,
    exitWith: (config: PidnapConfig) => config.exitWith,
    markerEnv: (config: PidnapConfig) => config.markerEnv,
  };
  return Object.entries(fields)
    .filter(([, read]) => !isEqual(read(old), read(next)))
    .map(([name]) => name);
}

function definitionsOf(definitions: Definitions): Record<string, EffectiveDefinition['definition']> {
  return Object.fromEntries(Object.entries(definitions).map(([name, { definition }]) => [name, definition]));
}
