import type { Directory } from './directory/directory.ts';
import type { LocalDockerMachine } from './machine/local-docker-machine.ts';
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

/** Variables about metrics; all may be left out. What each means, and which values it takes: `metrics/settings.ts`. */
export type MetricsVariables = {
  FETTLE_ANALYTICS_URL?: string;
  FETTLE_ANALYTICS_TOKEN?: string;
  FETTLE_METRICS_EVERY_MS?: string;
  FETTLE_PROMETHEUS?: string;
  FETTLE_OTLP_URL?: string;
  FETTLE_OTLP_HEADERS?: string;
};
