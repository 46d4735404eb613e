import type {
  ActionRef,
  ErrorCode,
  ExecCommand,
  ExecResult,
  Inspection,
  MachineIdentity,
  MachineLimits,
  MachineType,
  Policy,
  ProviderCapabilities,
  ServiceSpec,
  VersionRefs,
} from '@fettle/contract';
import { errorCatalogue } from '@fettle/contract';

/** What a new machine is made from. */
export type NewMachine = {
  identity: MachineIdentity;
  services: ServiceSpec[];
  limits: MachineLimits;
  versions: VersionRefs;
  /** `null`: the image that the provider has for new machines. */
  image: string | null;
  /** Where it may run, the preferred first; none: where the provider puts it. */
  regions: string[];
  /** What to do where there is no room for it. */
  onNoCapacity: Policy['capacity']['onNone'];
  /** Exchanged once, by the machine itself, for credentials of its own. */
  bootstrap: string;
  /** Public keys of the commands that it takes, the present one first. */
  commandKeys: string[];
  restoreCopyId: string | null;
};

/**
 * What creates and controls machines of one type. Every verb that changes something only starts it, is executed at
 * most once for an action id, and resolves when the provider has taken it; `inspect` shows what became of it.
 * Every failure is a `ProviderError`; what a type of machine cannot do is UNSUPPORTED.
 */
export interface MachineProvider {
  readonly type: MachineType;
  readonly capabilities: ProviderCapabilities;
  create(action: ActionRef, machine: NewMachine): Promise<void>;
  start(action: ActionRef, machineId: string): Promise<void>;
  stop(action: ActionRef, machineId: string): Promise<void>;
  restart(action: ActionRef, machineId: string): Promise<void>;
  /** Removes the machine and its disk; copies of its data stay. */
  destroy(action: ActionRef, machineId: string): Promise<void>;
  /** Takes a verified copy of the machine's data, kept outside the machine. */
  copy(action: ActionRef, machineId: string): Promise<void>;
  /** Runs the machine from another image over the same disk, and brings it to `versions` at its start. */
  rebuild(
    action: ActionRef,
    machineId: string,
    order: { image: string; versions: VersionRefs },
  ): Promise<void>;
  /** A machine that the provider does not know is `absent`; a provider that does not know is an error. */
  inspect(machineId: string): Promise<Inspection>;
  exec(machineId: string, command: ExecCommand): Promise<ExecResult>;
  /** A way to a port of the machine by its name. `sign`: the listener there takes signed requests only. */
  connect(machineId: string, port: string, sign?: RequestSigner): MachineConnection;
}

/**
 * Signs a request to one port of a machine, and gives the value of its `authorization` header. `path` is what the
 * listener sees: path and query, without what the way there puts in front. A request that is sent again is signed again.
 */
export type RequestSigner = (request: { method: string; path: string; body: Uint8Array }) => Promise<string>;

/**
 * Where to send requests for one port of a machine, and how. `fetch` gives only answers that come from the machine; it
 * rejects with a `ProviderError`, whose code is MACHINE_UNREACHABLE or DEADLINE_EXCEEDED when the machine is silent.
 */
export type MachineConnection = { url: string; fetch: (request: Request) => Promise<Response> };

/** Why a provider did not do what it was asked. */
export class ProviderError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ProviderError';
    this.code = code;
    this.retryable = options.retryable ?? errorCatalogue[code].retryable;
  }
}
