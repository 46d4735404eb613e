import type { HostRequest } from './host-request.ts';
import type { PidnapAction } from './pidnap.ts';
import type { Sandbox } from './sandbox.ts';
import type { EffectAction, MachineStep, ProjectStep } from './surroundings.ts';

/** Whoever watches a world. Being told changes nothing in it. */
export interface Observer {
  machineStepped(step: MachineStep): void;
  projectStepped(step: ProjectStep): void;
  /** `decide` or `decideProject` threw, which it must not. */
  decisionThrew(error: unknown): void;
  /** An effect is leaving a machine object. */
  dispatched(machineId: string, action: EffectAction): void;
  /** A host really carries something out. */
  executed(request: HostRequest, sandbox: Sandbox): void;
  /** A host was asked for something that it had taken before, or that something newer has overtaken. */
  declined(why: 'repeated' | 'old'): void;
  /** pidnap really carries something out. */
  executedInside(sandbox: Sandbox, action: PidnapAction): void;
}
