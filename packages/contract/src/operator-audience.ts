import { oc, type Route } from '@orpc/contract';
import * as v from 'valibot';
import { Actor, AuditHead, AuditRow } from './audit.ts';
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
import {
  Grant,
  Grants,
  Member,
  MemberName,
  NewOperatorToken,
  OperatorTokenId,
  OperatorTokenView,
  type Access,
} from './operator-access.ts';
import { operatorRoutes as routes } from './operator-routes.ts';
import { Policy } from './policy.ts';
import { ProjectView } from './project-view.ts';
import { Quota } from './quota.ts';
import { Incident, LedgerEntry } from './recovery.ts';
import { ServiceStatus } from './service.ts';
import { VersionRefs, VersionSet } from './version-set.ts';

/** What was forgotten is refused: only an access that is written down lets somebody in. */
const base = oc.$meta<Access>({ role: 'nobody', at: 'everywhere' }).errors(errorMap);
const allow = (role: Access['role'], at: Access['at'], route: Route) => base.meta({ role, at }).route(route);
const machine = v.strictObject({ machineId: MachineId });
const page = {
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 50),
  /** Only what is older than this, for the next page; the newest come first. */
  before: v.optional(Timestamp),
};
const rows = {
  /** Only what comes after this row. */
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)), 200),
};
const reason = v.pipe(v.string(), v.minLength(1), v.maxLength(500));
const accepted = v.object({ accepted: v.literal(true), message: v.string() });

/** Base of everything an operator calls. */
export const OPERATOR_API = '/api/v1';
/** Where `operatorContract` is served as RPC; as OpenAPI it is at `OPERATOR_API`. */
export const OPERATOR_RPC_PATH = `${OPERATOR_API}/rpc`;

/** What operators may call, with a token of operators or as members whom Cloudflare Access lets in. */
export const operatorContract = {
  projects: {
    list: allow('viewer', 'own', routes.projects.list).output(
      v.array(v.object({ organization: OrganizationName, project: ProjectName })),
    ),
    /** Creates the project or changes it to what is given; repeating it changes nothing. Slots that are left out are kept. */
    apply: allow('admin', 'organization', routes.projects.apply)
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
    get: allow('viewer', 'project', routes.projects.get)
      .input(v.strictObject({ project: ProjectName }))
      .output(ProjectView),
    /** Refused with both fields named when two of its values contradict each other. */
    setPolicy: allow('admin', 'project', routes.projects.setPolicy)
      .input(v.strictObject({ project: ProjectName, policy: Policy }))
      .output(ProjectView),
    /** What the project may use at the most. */
    setQuota: allow('admin', 'everywhere', routes.projects.setQuota)
      .input(v.strictObject({ project: ProjectName, quota: Quota }))
      .output(ProjectView),
    /**
     * Lets recovery pass the storm guard and the brake on mass absence for a while: a person has looked, and the machines
     * really are as bad as they seem. Budgets still apply.
     */
    overrideGuard: allow('operator', 'project', routes.projects.overrideGuard)
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
    refreshCode: allow('operator', 'project', routes.projects.refreshCode)
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
    stopRollout: allow('operator', 'project', routes.projects.stopRollout)
      .input(v.strictObject({ project: ProjectName, revert: v.boolean(), reason }))
      .output(ProjectView),
    /** Keeps a slot on what it runs: no rollout, revert or rollback changes it. */
    pin: allow('operator', 'project', routes.projects.pin)
      .input(v.strictObject({ project: ProjectName, slot: SlotName, reason }))
      .output(ProjectView),
    unpin: allow('operator', 'project', routes.projects.unpin)
      .input(v.strictObject({ project: ProjectName, slot: SlotName }))
      .output(ProjectView),
    /** Brings no machine to these versions any more, and every machine that runs them away from them, in waves. */
    quarantine: allow('operator', 'project', routes.projects.quarantine)
      .input(v.strictObject({ project: ProjectName, versions: VersionSet, reason }))
      .output(ProjectView),
    /** A person has looked: the versions may be used again. Machines that were reverted stay where they are. */
    liftQuarantine: allow('operator', 'project', routes.projects.liftQuarantine)
      .input(v.strictObject({ project: ProjectName, versions: VersionSet, reason }))
      .output(ProjectView),
    /** Finds machines whose alarm is lost and re-arms them; the cron does the same every minute. */
    sweep: allow('operator', 'project', routes.projects.sweep)
      .input(v.strictObject({ project: ProjectName }))
      .output(v.object({ rearmed: v.array(MachineId) })),
  },
  machines: {
    list: allow('viewer', 'project', routes.machines.list)
      .input(v.strictObject({ project: ProjectName }))
      .output(v.array(MachineView)),
    get: allow('viewer', 'machine', routes.machines.get).input(machine).output(MachineView),
    start: allow('operator', 'machine', routes.machines.start).input(machine).output(accepted),
    stop: allow('operator', 'machine', routes.machines.stop).input(machine).output(accepted),
    restart: allow('operator', 'machine', routes.machines.restart).input(machine).output(accepted),
    /** Brings the checkouts to other commits, beside the present ones, and switches when they are verified. */
    refreshCode: allow('operator', 'machine', routes.machines.refreshCode)
      .input(v.strictObject({ ...machine.entries, refs: VersionRefs }))
      .output(accepted),
    /** Runs the machine from another image over the same disk. */
    rebuild: allow('operator', 'machine', routes.machines.rebuild)
      .input(v.strictObject({ ...machine.entries, image: ImageRef }))
      .output(accepted),
    /** The bundles that were collected before something destructive was done to the machine, the newest first. */
    evidence: allow('operator', 'machine', routes.machines.evidence)
      .input(machine)
      .output(v.array(EvidenceBundle)),
    /**
     * Brings work that was saved in a bundle of evidence, also one of an earlier machine of the same slot, back into the
     * present checkouts as uncommitted changes. Refused, with nothing changed, where it does not fit or where the
     * checkout has changes of its own.
     */
    restoreWork: allow('operator', 'machine', routes.machines.restoreWork)
      .input(v.strictObject({ ...machine.entries, from: MachineId, evidence: EvidenceId }))
      .output(accepted),
    /**
     * Takes back every credential of the machine and gives it new ones, by a command that only we can sign. What it showed
     * before is refused within a minute.
     */
    revokeCredentials: allow('operator', 'machine', routes.machines.revokeCredentials)
      .input(v.strictObject({ ...machine.entries, reason }))
      .output(accepted),
    exec: allow('operator', 'machine', routes.machines.exec)
      .input(v.strictObject({ ...machine.entries, ...ExecCommand.entries }))
      .output(ExecResult),
    snapshots: allow('viewer', 'machine', routes.machines.snapshots)
      .input(v.strictObject({ ...machine.entries, ...page }))
      .output(v.array(Snapshot)),
    events: allow('viewer', 'machine', routes.machines.events)
      .input(v.strictObject({ ...machine.entries, ...page }))
      .output(v.array(TimelineEvent)),
    incidents: allow('viewer', 'machine', routes.machines.incidents)
      .input(v.strictObject({ ...machine.entries, ...page }))
      .output(v.array(Incident)),
    ledger: allow('viewer', 'machine', routes.machines.ledger).input(machine).output(v.array(LedgerEntry)),
  },
  services: {
    list: allow('viewer', 'machine', routes.services.list).input(machine).output(v.array(ServiceStatus)),
    restart: allow('operator', 'machine', routes.services.restart)
      .input(v.strictObject({ ...machine.entries, names: v.pipe(v.array(ServiceName), v.minLength(1)) }))
      .output(accepted),
    logs: allow('operator', 'machine', routes.services.logs)
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
    query: allow('viewer', 'project', routes.metrics.query).input(MetricsQuery).output(MetricsTable),
  },
  slots: {
    /** Which machine a slot leads to now. */
    resolve: allow('viewer', 'project', routes.slots.resolve)
      .input(v.strictObject({ project: ProjectName, slot: SlotName }))
      .output(v.object({ machineId: v.nullable(MachineId) })),
  },
  tokens: {
    /** Makes a token of operators. Its secret is in this answer and nowhere else. Nobody gives more than they have. */
    create: allow('admin', 'own', routes.tokens.create)
      .input(NewOperatorToken)
      .output(v.object({ token: v.string(), ...OperatorTokenView.entries })),
    /** Those whose grants the caller could give, the newest first. */
    list: allow('admin', 'own', routes.tokens.list).output(v.array(OperatorTokenView)),
    /** Refused everywhere within a minute. */
    revoke: allow('admin', 'own', routes.tokens.revoke)
      .input(v.strictObject({ id: OperatorTokenId }))
      .output(OperatorTokenView),
    /** Who the caller is, and what they may do. */
    whoami: allow('viewer', 'own', routes.tokens.whoami).output(
      v.object({ actor: Actor, grants: v.array(Grant) }),
    ),
  },
  members: {
    /** Gives somebody whom Cloudflare Access lets in exactly these grants. Nobody gives more than they have. */
    set: allow('admin', 'own', routes.members.set)
      .input(v.strictObject({ name: MemberName, grants: Grants }))
      .output(Member),
    list: allow('admin', 'own', routes.members.list).output(v.array(Member)),
    remove: allow('admin', 'own', routes.members.remove)
      .input(v.strictObject({ name: MemberName }))
      .output(Member),
  },
  audit: {
    /** Rows of a project's chain, the oldest first. */
    list: allow('operator', 'project', routes.audit.list)
      .input(v.strictObject({ project: ProjectName, ...rows }))
      .output(v.array(AuditRow)),
    /** What was exported of it, the newest first: what `list` must agree with. */
    heads: allow('operator', 'project', routes.audit.heads)
      .input(v.strictObject({ project: ProjectName }))
      .output(v.array(AuditHead)),
    /** The same for the chain of what belongs to no project: tokens, members, quotas. */
    listAccess: allow('admin', 'everywhere', routes.audit.listAccess)
      .input(v.strictObject(rows))
      .output(v.array(AuditRow)),
    accessHeads: allow('admin', 'everywhere', routes.audit.accessHeads).output(v.array(AuditHead)),
  },
};
