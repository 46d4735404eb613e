import type { Target } from './target.ts';
import { daemonTargets } from './targets/daemon.ts';
import { hostAgentTargets } from './targets/host-agent.ts';
import { pidnapTargets } from './targets/pidnap.ts';
import { procedureTargets } from './targets/procedures.ts';
import { providerTargets } from './targets/providers.ts';
import { sqlTargets } from './targets/sql.ts';
import { tokenTargets } from './targets/tokens.ts';

/** Everything that is fuzzed. */
export const TARGETS: readonly Target[] = [
  ...hostAgentTargets,
  ...daemonTargets,
  ...pidnapTargets,
  ...sqlTargets,
  ...providerTargets,
  ...tokenTargets,
  ...procedureTargets,
];
