/** pidnap on a machine: restarts processes and runs version changes, each action id once, for as long as the disk lives. */
import type { Outcome, PendingAction } from '@fettle/core';
import type { Timeline } from '../runtime/timeline.ts';
import type { Host } from './host.ts';
import { refusal } from './host-request.ts';
import type { Random } from './random.ts';
import { PROCESSES, type ProcessName, type Sandbox } from './sandbox.ts';
import type { Repositories } from './versions.ts';

export type PidnapAction = Extract<
  PendingAction,
  { do: 'restart-services' | 'apply-versions' | 'restore-work' | 'bootstrap' }
>;

/** Longest time of a version change, in ms. */
const CHANGE_MS = 20_000;

/** Changes that pidnap still tells of. */
const CHANGES_KEPT = 8;

export type PidnapParts = {
  timeline: Timeline;
  random: Random;
  repositories: Repositories;
  /** Told of every effect that is really carried out. */
  onExecuted: (sandbox: Sandbox, action: PidnapAction) => void;
};

export class Pidnap {
  private readonly parts: PidnapParts;
  private readonly taken = new Map<Sandbox, Set<string>>();

  constructor(parts: PidnapParts) {
    this.parts = parts;
  }

  /** Takes an action on one machine, or is silent. */
  take(host: Host, sandbox: Sandbox, action: PidnapAction): Outcome {
    if (sandbox.power !== 'running' || sandbox.pidnapHung)
      return refusal('MACHINE_UNREACHABLE', 'pidnap did not answer', true);
    const taken = this.takenBy(sandbox);
    if (taken.has(action.ref.id)) return { ok: true };
    taken.add(action.ref.id);
    this.parts.onExecuted(sandbox, action);
    if (action.do === 'restart-services') {
      for (const name of action.names) if (isProcess(name)) host.startProcess(sandbox, name);
      return { ok: true };
    }
    if (action.do === 'apply-versions') this.change(host, sandbox, action);
    return { ok: true };
  }

  private takenBy(sandbox: Sandbox): Set<string> {
    const known = this.taken.get(sandbox) ?? new Set<string>();
    this.taken.set(sandbox, known);
    return known;
  }

  private change(
    host: Host,
    sandbox: Sandbox,
    action: Extract<PidnapAction, { do: 'apply-versions' }>,
  ): void {
    const { timeline, random } = this.parts;
    const running = { actionId: action.ref.id, status: 'running' as const, message: '' };
    sandbox.changes = [...sandbox.changes.slice(1 - CHANGES_KEPT), running];
    const takes = random.between(CHANGE_MS / 10, CHANGE_MS);
    timeline.schedule(timeline.now + takes, endChange, this, { host, sandbox, action });
  }

  /** Called when the time of a change is over. A machine that went down meanwhile took the change with it. */
  conclude({ host, sandbox, action }: Change): void {
    const { repositories, timeline } = this.parts;
    const canInstall = repositories.canInstall(action.refs) && sandbox.power === 'running';
    sandbox.changes = sandbox.changes.map((one) =>
      one.actionId === action.ref.id
        ? { ...one, status: canInstall ? 'done' : 'failed', message: canInstall ? '' : 'npm ci ended with 1' }
        : one,
    );
    if (!canInstall) return;
    sandbox.versions = repositories.resolve(action.refs, sandbox.versions ?? repositories.head);
    sandbox.changed(timeline.now);
    for (const name of PROCESSES) host.startProcess(sandbox, name);
  }
}

type Change = { host: Host; sandbox: Sandbox; action: Extract<PidnapAction, { do: 'apply-versions' }> };

function endChange(pidnap: Pidnap, change: Change): void {
  pidnap.conclude(change);
}

function isProcess(name: string): name is ProcessName {
  return name === 'daemon' || name === 'web';
}
