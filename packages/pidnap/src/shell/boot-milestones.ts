import type * as v from 'valibot';
import type { PidnapInfo } from '../contract.ts';
import { bootProcesses, bootTasks, isWell } from '../core/milestones.ts';
import { steadyNow, wallOffset } from './clock.ts';
import type { Supervisor } from './supervisor.ts';

type Milestone = keyof v.InferOutput<typeof PidnapInfo>['boot'];

/** When a start of pidnap got how far. Kept on the steady clock: when somebody sets the machine's, all move together. */
export class BootMilestones {
  readonly #steady: Record<Milestone, number | null>;

  /** Looks at the supervisor after every change, until its processes are where a start wants them. */
  constructor(supervisor: Supervisor, { entrypointAt }: { entrypointAt: number }) {
    this.#steady = {
      entrypointAt: Math.floor(entrypointAt) - wallOffset(),
      readyAt: null,
      tasksCompleteAt: null,
      allHealthyAt: null,
    };
    const { processes } = supervisor.definitions.config;
    const tasks = bootTasks(processes);
    const all = bootProcesses(processes);
    const look = (): void => {
      if (tasks.every((name) => stateOf(supervisor, name) === 'completed')) this.reach('tasksCompleteAt');
      if (all.every((name) => isUp(supervisor, name))) this.reach('allHealthyAt');
      if (this.#steady.tasksCompleteAt !== null && this.#steady.allHealthyAt !== null) forget();
    };
    const forget = supervisor.events.onChange(look);
    look();
  }

  /** It is so now; the first time counts. */
  reach(milestone: Milestone): void {
    this.#steady[milestone] ??= steadyNow();
  }

  /** In milliseconds since 1970, by the machine's clock as it is set now. */
  shown(): v.InferOutput<typeof PidnapInfo>['boot'] {
    const { entrypointAt, readyAt, tasksCompleteAt, allHealthyAt } = this.#steady;
    const offset = wallOffset();
    const wall = (at: number | null): number | null => (at === null ? null : at + offset);
    return {
      entrypointAt: (entrypointAt ?? 0) + offset,
      readyAt: (readyAt ?? steadyNow()) + offset,
      tasksCompleteAt: wall(tasksCompleteAt),
      allHealthyAt: wall(allHealthyAt),
    };
  }
}

function isUp(supervisor: Supervisor, name: string): boolean {
  const found = supervisor.processes.get(name);
  return found !== undefined && isWell(found.record, found.definition);
}

function stateOf(supervisor: Supervisor, name: string): string | undefined {
  return supervisor.processes.get(name)?.record.phase.state;
}
