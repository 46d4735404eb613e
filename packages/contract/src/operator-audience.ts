import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { LogLine } from './daemon.ts';
import { errorMap } from './errors.ts';
import { ExecCommand, ExecResult } from './host-agent.ts';
import {
  DurationMs,
  MachineId,
  OrganizationName,
  ProjectName,
  ServiceName,
  SlotName,
  Timestamp,
} from './ids.ts';
import { MachineTemplate } from './machine-spec.ts';
import { MachineView, Snapshot, TimelineEvent } from './machine-view.ts';
import { MetricsQuery, MetricsTable } from './metrics-query.ts';
import { Policy } from './policy.ts';
import { ProjectView } from './project-view.ts';
import { Incident, LedgerEntry } from './recovery.ts';
import { ServiceStatus } from './service.ts';
import { VersionRefs } from './version-set.ts';

const operator = oc.errors(errorMap);
const machine = v.strictObject({ machineId: MachineId });
const page = {
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 50),
  /** Only what is older than this, for the next page; the newest come first. */
  before: v.optional(Timestamp),
};
const accepted = v.object({ accepted: v.literal(true), message: v.string() });

/** What operators may call, at `/api/rpc` and, as OpenAPI, at `/api`, with an operator token. */
export const operatorContract = {
  projects: {
    list: operator.output(v.array(v.object({ organization: OrganizationName, project: ProjectName }))),
    /** Creates the project or changes it to what is given; repeating it changes nothing. Slots that are left out are kept. */
    apply: operator
      .input(
        v.strictObject({
          organization: OrganizationName,
          project: ProjectName,
          template: MachineTemplate,
          slots: v.pipe(
            v.array(SlotName),
            v.minLength(1),
            v.maxLength(500),
            v.check((slots) => new Set(slots).size === slots.length, 'expected every slot name once'),
          ),
          policy: v.optional(Policy, {}),
        }),
      )
      .output(ProjectView),
    get: operator.input(v.strictObject({ project: ProjectName })).output(ProjectView),
    /** Refused with both fields named when two of its values contradict each other. */
    setPolicy: operator.input(v.strictObject({ project: ProjectName, policy: Policy })).output(ProjectView),
    /**
     * Lets recovery pass the storm guard and the brake on mass absence for a while: a person has looked, and the machines
     * really are as bad as they seem. Budgets still apply.
     */
    overrideGuard: operator
      .input(
        v.strictObject({
          project: ProjectName,
          forMs: v.pipe(DurationMs, v.minValue(1000), v.maxValue(24 * 3_600_000)),
          reason: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
        }),
      )
      .output(ProjectView),
    /** Finds machines whose alarm is lost and re-arms them; the cron does the same every minute. */
    sweep: operator
      .input(v.strictObject({ project: ProjectName }))
      .output(v.object({ rearmed: v.array(MachineId) })),
  },
  machines: {
    list: operator.input(v.strictObject({ project: ProjectName })).output(v.array(MachineView)),
    get: operator.input(machine).output(MachineView),
    start: operator.input(machine).output(accepted),
    stop: operator.input(machine).output(accepted),
    restart: operator.input(machine).output(accepted),
    /** Brings the checkouts to other commits, beside the present ones, and switches when they are verified. */
    refreshCode: operator.input(v.strictObject({ ...machine.entries, refs: VersionRefs })).output(accepted),
    exec: operator.input(v.strictObject({ ...machine.entries, ...ExecCommand.entries })).output(ExecResult),
    snapshots: operator.input(v.strictObject({ ...machine.entries, ...page })).output(v.array(Snapshot)),
    events: operator.input(v.strictObject({ ...machine.entries, ...page })).output(v.array(TimelineEvent)),
    incidents: operator.input(v.strictObject({ ...machine.entries, ...page })).output(v.array(Incident)),
    ledger: operator.input(machine).output(v.array(LedgerEntry)),
  },
  services: {
    list: operator.input(machine).output(v.array(ServiceStatus)),
    restart: operator
      .input(v.strictObject({ ...machine.entries, names: v.pipe(v.array(ServiceName), v.minLength(1)) }))
      .output(accepted),
    logs: operator
      .input(
        v.strictObject({
          ...machine.entries,
          name: v.pipe(v.string(), v.maxLength(64)),
          tail: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2000)), 100),
        }),
      )
      .output(v.array(LogLine)),
  },
  metrics: {
    /** Answers a question from what was measured, out of Analytics Engine. */
    query: operator.input(MetricsQuery).output(MetricsTable),
  },
  slots: {
    /** Which machine a slot leads to now. */
    resolve: operator
      .input(v.strictObject({ project: ProjectName, slot: SlotName }))
      .output(v.object({ machineId: v.nullable(MachineId) })),
  },
};
