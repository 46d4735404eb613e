import type { Directory } from './directory/directory.ts';
import type { DaytonaMachine } from './machine/daytona-machine.ts';
import type { FlyMachine } from './machine/fly-machine.ts';
import type { LocalDockerMachine } from './machine/local-docker-machine.ts';
import type { MetricsVariables } from './metrics/settings.ts';
import type { Operators } from './operators/operators.ts';
import type { Project } from './project/project.ts';
import type { ProviderVariables } from './providers/settings.ts';

/** Bindings of the worker and its objects, as `alchemy.run.ts` makes them. */
export type Env = {
  MACHINES: DurableObjectNamespace<LocalDockerMachine>;
  DAYTONA_MACHINES: DurableObjectNamespace<DaytonaMachine>;
  FLY_MACHINES: DurableObjectNamespace<FlyMachine>;
  PROJECTS: DurableObjectNamespace<Project>;
  DIRECTORY: DurableObjectNamespace<Directory>;
  /** Tokens and members of all projects; one object. */
  OPERATORS: DurableObjectNamespace<Operators>;
  /** Which deployment this is, such as `prod`: tokens of machines are for one of them. */
  FETTLE_STAGE: string;
  /** Signs tokens of machines. */
  FETTLE_MACHINE_KEY: string;
  /** What it was before: its tokens are still taken, and no new ones are signed with it. */
  FETTLE_MACHINE_KEY_PREVIOUS?: string;
  /** Commands to machines are signed with a key that is made from it. */
  FETTLE_COMMAND_KEY: string;
  /** What it was before: machines go on taking commands that were signed with it. */
  FETTLE_COMMAND_KEY_PREVIOUS?: string;
  /** Marks tokens of operators, so that made-up ones are refused without storage. */
  FETTLE_TOKEN_KEY: string;
  /** The token that may do everything everywhere. */
  FETTLE_OPERATOR_TOKEN: string;
  /** `https://<team>.cloudflareaccess.com`: whom it lets in may be a member here. */
  FETTLE_ACCESS_TEAM?: string;
  /** Audience of the application that Cloudflare Access protects; needed with a team. */
  FETTLE_ACCESS_AUDIENCE?: string;
  /** Origins of pages that may call the API, separated by commas. */
  FETTLE_CORS_ORIGINS?: string;
  /** Host that slots are served at, and nothing else; without it they are at our own, each page in a sandbox. */
  FETTLE_SLOTS_HOST?: string;
  /** Takes what machines measured: dataset `machine_metrics`. */
  METRICS: AnalyticsEngineDataset;
  /** Keeps evidence. Without it none is kept, and machines are repaired all the same. */
  EVIDENCE?: R2Bucket;
  /** A second place for the audit chains, where the objects that make them cannot change them. */
  AUDIT?: R2Bucket;
  /** Counts the calls of each machine over all isolates of a place. */
  MACHINE_RATE?: RateLimit;
  /** The same for tokens of operators. */
  OPERATOR_RATE?: RateLimit;
  /** Pages that are files. */
  ASSETS?: Fetcher;
} & MetricsVariables &
  ProviderVariables;
