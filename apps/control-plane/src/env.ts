import type { Directory } from './directory/directory.ts';
import type { DaytonaMachine } from './machine/daytona-machine.ts';
import type { FlyMachine } from './machine/fly-machine.ts';
import type { LocalDockerMachine } from './machine/local-docker-machine.ts';
import type { MetricsVariables } from './metrics/settings.ts';
import type { Project } from './project/project.ts';
import type { ProviderVariables } from './providers/settings.ts';

/** Bindings of the worker and its objects, as `alchemy.run.ts` makes them. */
export type Env = {
  MACHINES: DurableObjectNamespace<LocalDockerMachine>;
  DAYTONA_MACHINES: DurableObjectNamespace<DaytonaMachine>;
  FLY_MACHINES: DurableObjectNamespace<FlyMachine>;
  PROJECTS: DurableObjectNamespace<Project>;
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** Signs machine tokens and derives command tokens. */
  FETTLE_MACHINE_KEY: string;
  /** What operators show. */
  FETTLE_OPERATOR_TOKEN: string;
  /** Takes what machines measured: dataset `machine_metrics`. */
  METRICS: AnalyticsEngineDataset;
  /** Keeps evidence. Without it none is kept, and machines are repaired all the same. */
  EVIDENCE?: R2Bucket;
} & MetricsVariables &
  ProviderVariables;
