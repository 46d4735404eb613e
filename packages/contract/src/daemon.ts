import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { BootstrapToken } from './credentials.ts';
import { errorMap } from './errors.ts';
import { ActionRef, ServiceName, Timestamp } from './ids.ts';
import { DaemonHealth } from './report.ts';
import { ServiceStatus } from './service.ts';
import { VersionRefs, VersionSet } from './version-set.ts';

/** Path under which a daemon serves its RPC; a wire-incompatible change gets a new one. */
export const DAEMON_RPC_PREFIX = '/rpc/v1';

/** A line of a service's output. */
export const LogLine = v.object({
  at: Timestamp,
  stream: v.picklist(['stdout', 'stderr']),
  text: v.string(),
});
export type LogLine = v.InferOutput<typeof LogLine>;

const daemon = oc.errors(errorMap);

/** What the daemon of a machine answers. */
export const daemonContract = {
  /** Computed on request by a live process; echoes the nonce. */
  health: daemon.input(v.strictObject({ nonce: v.pipe(v.string(), v.maxLength(64)) })).output(DaemonHealth),
  version: daemon.output(v.object({ commit: v.string(), node: v.string(), startedAt: Timestamp })),
  versions: daemon.output(v.nullable(VersionSet)),
  /** Starts a version change through pidnap and answers at once with the name of the process that does it. */
  refresh: daemon
    .input(v.strictObject({ action: ActionRef, refs: VersionRefs }))
    .output(v.object({ process: v.string() })),
  /** New credentials, because those that the machine has were taken back. Answers when they were exchanged and kept. */
  bootstrap: daemon
    .input(v.strictObject({ token: BootstrapToken }))
    .output(v.object({ renewedAt: Timestamp })),
  services: {
    list: daemon.output(v.array(ServiceStatus)),
    restart: daemon
      .input(v.strictObject({ action: ActionRef, names: v.array(ServiceName) }))
      .output(v.array(ServiceStatus)),
    logs: daemon
      .input(
        v.strictObject({
          name: v.pipe(v.string(), v.maxLength(64)),
          tail: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)), 100),
        }),
      )
      .output(v.array(LogLine)),
  },
};
