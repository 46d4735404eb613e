import type { Target } from './target.ts';

/** Modules with targets, by name: a thread loads only the one that it needs, which takes a second less. */
const MODULES = {
  'host-agent': async () => (await import('./targets/host-agent.ts')).hostAgentTargets,
  daemon: async () => (await import('./targets/daemon.ts')).daemonTargets,
  pidnap: async () => (await import('./targets/pidnap.ts')).pidnapTargets,
  sql: async () => (await import('./targets/sql.ts')).sqlTargets,
  providers: async () => (await import('./targets/providers.ts')).providerTargets,
  tokens: async () => (await import('./targets/tokens.ts')).tokenTargets,
  /** These talk to a control plane. */
  procedures: async () => (await import('./targets/procedures.ts')).procedureTargets,
};

/** Names a module with targets. */
export type TargetModule = keyof typeof MODULES;

/** The targets of a module. */
export function targetsOf(module: TargetModule): Promise<readonly Target[]> {
  return MODULES[module]();
}

/** Everything that is fuzzed, with where it is. */
export async function allTargets(): Promise<(Target & { module: TargetModule })[]> {
  const modules = Object.keys(MODULES) as TargetModule[];
  const found = await Promise.all(
    modules.map(async (module) => (await targetsOf(module)).map((one) => ({ ...one, module }))),
  );
  return found.flat();
}
