/** What lies between the objects and the machines: providers, hosts and the ways there, with their faults. */
import type { MachineIdentity, Policy } from '@fettle/contract';
import type {
  Command,
  MachineRecord,
  Observation,
  Outcome,
  OutboxEntry,
  PermitRequest,
  ProjectAction,
  ProjectRecord,
  SweptMachine,
} from '@fettle/core';
import { fleetVersionsOf } from '@fettle/core/project/fleet-word';
import { CallFailure } from '../runtime/call-failure.ts';
import type { Caller, Wait } from '../runtime/turns.ts';
import type { Host } from './host.ts';
import { collectEvidence, type EvidenceAction } from './evidence.ts';
import { refusal } from './host-request.ts';
import { askOver, NOWHERE, usualDelay } from './link.ts';
import { lookInVain, lookNow } from './look.ts';
import type { PidnapAction } from './pidnap.ts';
import type { Placement } from './placement.ts';
import type {
  EffectAction,
  MachineStep,
  MachineSurroundings,
  ProjectStep,
  ProjectSurroundings,
} from './surroundings.ts';
import type { World } from './world.ts';

/** A project that does not answer must not keep a machine from being repaired. */
const PROJECT_DEADLINE_MS = 5000;

/** The most that a call from a project to a machine object takes. */
const MACHINE_DEADLINE_MS = 30_000;

/** Share of looks whose answer is under way for a while, so that what they saw may have changed since. */
const LATE_ANSWERS = 0.1;

export class Outside implements MachineSurroundings, ProjectSurroundings {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  look(record: MachineRecord, policy: Policy, depth: 'light' | 'deep', startedAt: number): Wait<Observation> {
    return new LookWait(this.world, record.identity.machineId, policy, depth, startedAt);
  }

  effect(record: MachineRecord, policy: Policy, action: EffectAction): Wait<Outcome> {
    const { world } = this;
    const { machineId } = record.identity;
    if (action.do === 'collect-evidence') return this.evidence(record, policy, action);
    const host =
      action.do === 'create' ? world.place(machineId, record.identity.slot) : world.hostOf(machineId);
    return {
      label: action.do,
      begin: (caller) => {
        world.observer.dispatched(machineId, action);
        if (host === undefined)
          return caller.reply(refusal('MACHINE_NOT_FOUND', 'There is no such machine', false));
        const inside = isForPidnap(action);
        askOver(
          world,
          {
            links: inside ? [host.link, world.linkTo(machineId)] : [host.link],
            timeoutMs: policy.check.callTimeoutMs,
            arrive: (answer) => {
              const outcome = inside
                ? this.takeInside(host, machineId, action)
                : takeOnHost(host, record, action);
              answer?.reply(outcome);
            },
            giveUp: noAnswerInTime,
          },
          caller,
        );
      },
    };
  }

  deliver({ project, machineId }: MachineIdentity, { message }: OutboxEntry): Wait<null> {
    const { world } = this;
    return {
      label: `deliver ${message.kind}`,
      begin: (caller) => {
        if (world.options.bug === 'forgets-bricked' && message.kind === 'bricked') return caller.reply(null);
        askOver(
          world,
          {
            links: [world.projectLink(project)],
            timeoutMs: PROJECT_DEADLINE_MS,
            arrive: (answer) =>
              world.projects.get(project).call('onMachineMessage', { machineId, message }, answer),
            giveUp: noAcknowledgement,
          },
          caller,
        );
      },
    };
  }

  permit(record: MachineRecord, { level, step, host, gone, versions }: PermitRequest): Wait<Outcome> {
    const { world } = this;
    const { project, machineId } = record.identity;
    return {
      label: 'request-permit',
      begin: (caller) =>
        askOver(
          world,
          {
            links: [world.projectLink(project)],
            timeoutMs: PROJECT_DEADLINE_MS,
            arrive: (answer) =>
              world.projects.get(project).call(
                'requestPermit',
                { machineId, level, step, host, gone, versions },
                {
                  reply: (permit) => answer?.reply({ ok: true, permit }),
                  fail: (failure) => answer?.reply(refusal('DEADLINE_EXCEEDED', failure.message, false)),
                },
              ),
            giveUp: noPermitInTime,
          },
          caller,
        ),
    };
  }

  carryOut(record: ProjectRecord, action: ProjectAction): Wait<null> {
    const { world } = this;
    return {
      label: `project ${action.do}`,
      begin: (caller) =>
        askOver(
          world,
          {
            links: [world.projectLink(record.project)],
            timeoutMs: MACHINE_DEADLINE_MS,
            arrive: (answer) => this.carryOutNow(record, action, answer),
            giveUp: noAcknowledgement,
          },
          caller,
        ),
    };
  }

  ensureArmed(machineId: string): Wait<SweptMachine['answer']> {
    const { world } = this;
    return {
      label: 'ensure-armed',
      begin: (caller) => world.machines.get(machineId).call('ensureArmed', null, caller),
    };
  }

  machineStepped(step: MachineStep): void {
    this.world.observer.machineStepped(step);
  }

  projectStepped(step: ProjectStep): void {
    this.world.observer.projectStepped(step);
  }

  threw(error: unknown): void {
    this.world.observer.decisionThrew(error);
  }

  private carryOutNow(record: ProjectRecord, action: ProjectAction, answer: Caller<null> | null): void {
    const { machines } = this.world;
    switch (action.do) {
      case 'provision': {
        const { identity, versions: initialVersions, image: initialImage, restoreCopyId } = action;
        const { services, limits, regions } = record.template;
        const origin = { identity, services, limits, initialVersions, initialImage, regions, restoreCopyId };
        return machines.get(identity.machineId).call('provision', { origin, policy: record.policy }, answer);
      }
      case 'retire':
      case 'destroy':
        return this.command(action.machineId, { kind: action.do }, answer);
      case 'change':
        return this.command(action.machineId, changeOf(action), answer);
      case 'tell-fleet': {
        const fleet = fleetVersionsOf(record, action.machineId);
        return this.command(action.machineId, { kind: 'adopt-fleet', fleet }, answer);
      }
      case 'adopt-policy':
        return machines.get(action.machineId).call('adoptPolicy', record.policy, answer);
    }
  }

  /** What a machine's object makes of a command it tells by itself: that it took it is all that its sender hears. */
  private command(machineId: string, command: Command, answer: Caller<null> | null): void {
    this.world.machines.get(machineId).call(
      'command',
      { command, by: null },
      {
        reply: () => answer?.reply(null),
        fail: (failure) => answer?.fail(failure),
      },
    );
  }

  private evidence(record: MachineRecord, policy: Policy, action: EvidenceAction): Wait<Outcome> {
    const { world } = this;
    const { machineId } = record.identity;
    return {
      label: action.do,
      begin: (caller) => {
        world.observer.dispatched(machineId, action);
        collectEvidence(world, { record, policy, action }, caller);
      },
    };
  }

  private takeInside(host: Host, machineId: string, action: PidnapAction): Outcome {
    const sandbox = host.sandbox(machineId);
    if (!host.hasPower) return refusal('HOST_UNREACHABLE', 'Connection refused', true);
    if (host.foreignHostId !== null || sandbox === undefined)
      return refusal('MACHINE_NOT_FOUND', 'There is no such machine here', false);
    return this.world.pidnap.take(host, sandbox, action);
  }
}

/** A look under way: made so often that it is not a closure. */
class LookWait implements Wait<Observation> {
  readonly label = 'look';
  readonly world: World;
  readonly machineId: string;
  readonly policy: Policy;
  readonly depth: 'light' | 'deep';
  readonly startedAt: number;
  placement: Placement | undefined = undefined;

  constructor(world: World, machineId: string, policy: Policy, depth: 'light' | 'deep', startedAt: number) {
    this.world = world;
    this.machineId = machineId;
    this.policy = policy;
    this.depth = depth;
    this.startedAt = startedAt;
  }

  begin(caller: Caller<Observation>): void {
    const { world, machineId } = this;
    if (world.broken.size > 0 && world.broken.has(machineId))
      return caller.fail(new Error('Something of ours is broken'));
    this.placement = world.placement(machineId);
    const trouble = this.placement?.host.link.trouble ?? null;
    const { timeline, random } = world;
    let delay = usualDelay(random);
    if (trouble !== null) {
      if (random.chance(Math.max(trouble.lost, trouble.answersLost))) delay = Infinity;
      else delay += random.between(0, trouble.slowMs);
    }
    const { callTimeoutMs } = this.policy.check;
    if (delay > callTimeoutMs) timeline.schedule(timeline.now + callTimeoutMs, lookedInVain, this, caller);
    else timeline.schedule(timeline.now + delay, lookArrived, this, caller);
  }
}

function lookArrived(look: LookWait, caller: Caller<Observation>): void {
  const { world, machineId, startedAt } = look;
  const { random, timeline } = world;
  const host = look.placement?.host ?? world.firstHost;
  if (!host.hasPower) return caller.reply(lookInVain(startedAt, 'HOST_UNREACHABLE', 'Connection refused'));
  if (random.chance(host.trouble.failing + host.trouble.busy))
    return caller.reply(lookInVain(startedAt, 'PROVIDER_FAILED', 'Internal error'));
  const { observation, takesMs } = lookNow({
    host,
    sandbox: look.placement?.sandbox,
    machineId,
    depth: look.depth,
    probeRoutes: look.policy.check.probeRoutes,
    timeoutMs: look.policy.check.callTimeoutMs,
    startedAt,
    link: look.placement?.down ?? NOWHERE,
    random,
  });
  if (takesMs === 0 && !random.chance(LATE_ANSWERS)) return caller.reply(observation);
  timeline.schedule(timeline.now + takesMs + usualDelay(random), seen, caller, observation);
}

function seen(caller: Caller<Observation>, observation: Observation): void {
  caller.reply(observation);
}

function lookedInVain(look: LookWait, caller: Caller<Observation>): void {
  caller.reply(lookInVain(look.startedAt, 'HOST_UNREACHABLE', 'No answer in time'));
}

/** An image cannot be changed by what runs in it: that takes the host. */
function changeOf({ order, refs, image }: Extract<ProjectAction, { do: 'change' }>): Command {
  if (image !== null) return { kind: 'rebuild', image, refs, order };
  return { kind: 'apply-versions', refs: refs ?? {}, order };
}

function isForPidnap(action: EffectAction): action is PidnapAction {
  return (
    action.do === 'restart-services' ||
    action.do === 'apply-versions' ||
    action.do === 'restore-work' ||
    action.do === 'bootstrap'
  );
}

function takeOnHost(
  host: Host,
  { identity, initialVersions, initialImage }: MachineRecord,
  action: Exclude<EffectAction, PidnapAction | EvidenceAction>,
): Outcome {
  if (!host.hasPower) return refusal('HOST_UNREACHABLE', 'Connection refused', true);
  const { machineId, slot } = identity;
  const rebuild = action.do === 'rebuild';
  return host.take({
    machineId,
    slot,
    kind: action.do,
    ref: action.ref,
    restoreCopyId: action.do === 'create' ? action.restoreCopyId : null,
    image: rebuild ? action.image : action.do === 'create' ? initialImage : null,
    versions: rebuild ? action.refs : initialVersions,
  });
}

function noAnswerInTime(caller: Caller<Outcome>): void {
  caller.reply(refusal('DEADLINE_EXCEEDED', 'The answer did not come in time', true));
}

function noPermitInTime(caller: Caller<Outcome>): void {
  caller.reply(
    refusal('DEADLINE_EXCEEDED', `The project did not answer within ${PROJECT_DEADLINE_MS} ms`, false),
  );
}

function noAcknowledgement(caller: Caller<null>): void {
  caller.fail(new CallFailure('The answer did not come in time', {}));
}
