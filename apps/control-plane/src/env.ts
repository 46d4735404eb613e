import type { Directory } from './directory/directory.ts';
import type { LocalDockerMachine } from './machine/local-docker-machine.ts';
import type { MetricsVariables } from './metrics/settings.ts';
import type { Project } from './project/project.ts';

/** Bindings of the worker and its objects, as `alchemy.run.ts` makes them. */
export type Env = {
  MACHINES: DurableObjectNamespace<LocalDockerMachine>;
  PROJECTS: DurableObjectNamespace<Project>;
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** Signs machine tokens and derives command tokens. */
  FETTLE_MACHINE_KEY: string;
  /** What operators show. */
  FETTLE_OPERATOR_TOKEN: string;
  /** What the control plane shows to the host-agent. */
  FETTLE_HOST_TOKEN: string;
  /** Base URL of the host-agent. */
  FETTLE_HOST_URL: string;
  /** Takes what machines measured: dataset `machine_metrics`. */
  METRICS: AnalyticsEngineDataset;
} & MetricsVariables;
