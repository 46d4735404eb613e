import { oc } from '@orpc/contract';
import * as v from 'valibot';
import { LogLine } from './daemon.ts';
import { errorMap } from './errors.ts';
import { ExecCommand, ExecResult } from './host-agent.ts';
import {
  DurationMs,
  ImageRef,
  MachineId,
  OrganizationName,
  ProjectName,
  ServiceName,
  SlotName,
  Timestamp,
} from './ids.ts';
import { EvidenceBundle, EvidenceId } from './evidence.ts';
import { MachineTemplate } from './machine-spec.ts';
import { MachineView, Snapshot, TimelineEvent } from './machine-view.ts';
import { MetricsQuery, MetricsTable } from './metrics-query.ts';
import { Policy } from './policy.ts';
import { ProjectView } from './project-view.ts';
import { Incident, LedgerEntry } from './recovery.ts';
import { ServiceStatus } from './service.ts';
import { VersionRefs, VersionSet } from './version-set.ts';

const operator = oc.errors(errorMap);
const machine = v.strictObject({ machineId: MachineId });
const page = {
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 50),
  /** Only what is older than this, for the next page; the newest come first. */
  before: v.optional(Timestamp),
};
const reason = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
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
    /**
     * Brings the machines of a project, or of some of its slots, to other commits or another image, wave by wave. A wave
     * that hurts stops it, and what was changed goes back. Refused while another one goes on, and for versions that are
     * quarantined. Answers at once; `get` shows how far it is.
     */
    refreshCode: operator
      .input(
        v.pipe(
          v.strictObject({
            project: ProjectName,
            refs: v.optional(VersionRefs),
            image: v.optional(ImageRef),
            slots: v.optional(v.pipe(v.array(SlotName), v.minLength(1), v.maxLength(500))),
          }),
          v.check(
            ({ refs, image }) => refs !== undefined || image !== undefined,
            'expected refs, an image or both',
          ),
        ),
      )
      .output(ProjectView),
    /** Ends the rollout that goes on. What was changed goes back, or stays. */
    stopRollout: operator
      .input(v.strictObject({ project: ProjectName, revert: v.boolean(), reason }))
      .output(ProjectView),
    /** Keeps a slot on what it runs: no rollout, revert or rollback changes it. */
    pin: operator.input(v.strictObject({ project: ProjectName, slot: SlotName, reason })).output(ProjectView),
    unpin: operator.input(v.strictObject({ project: ProjectName, slot: SlotName })).output(ProjectView),
    /** Brings no machine to these versions any more, and every machine that runs them away from them, in waves. */
    quarantine: operator
      .input(v.strictObject({ project: ProjectName, versions: VersionSet, reason }))
      .output(ProjectView),
    /** A person has looked: the versions may be used again. Machines that were reverted stay where they are. */
    liftQuarantine: operator
      .input(v.strictObject({ project: ProjectName, versions: VersionSet, reason }))
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
    /** Runs the machine from another image over the same disk. */
    rebuild: operator.input(v.strictObject({ ...machine.entries, image: ImageRef })).output(accepted),
    /** The bundles that were collected before something destructive was done to the machine, the newest first. */
    evidence: operator.input(machine).output(v.array(EvidenceBundle)),
    /**
     * Brings work that was saved in a bundle of evidence, also one of an earlier machine of the same slot, back into the
     * present checkouts as uncommitted changes. Refused, with nothing changed, where it does not fit or where the
     * checkout has changes of its own.
     */
    restoreWork: operator
      .input(v.strictObject({ ...machine.entries, from: MachineId, evidence: EvidenceId }))
      .output(accepted),
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
