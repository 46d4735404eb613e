import { bootProcesses, bootTasks, isWell } from '../core/milestones.ts';
import type { Supervisor } from './supervisor.ts';

/** When the processes of the config file first got where a start wants them; milliseconds since 1970. */
export class BootMilestones {
  #tasksCompleteAt: number | null = null;
  #allHealthyAt: number | null = null;

  /** Looks at the supervisor after every change, until both are reached. */
  constructor(supervisor: Supervisor) {
    const { processes } = supervisor.definitions.config;
    const tasks = bootTasks(processes);
    const all = bootProcesses(processes);
    const every = (names: readonly string[], holds: (name: string) => boolean): number | null =>
      names.every(holds) ? Date.now() : null;
    const look = (): void => {
      this.#tasksCompleteAt ??= every(tasks, (name) => stateOf(supervisor, name) === 'completed');
      this.#allHealthyAt ??= every(all, (name) => {
        const found = supervisor.processes.get(name);
        return found !== undefined && isWell(found.record, found.definition);
      });
      if (this.#tasksCompleteAt !== null && this.#allHealthyAt !== null) forget();
    };
    const forget = supervisor.events.onChange(look);
    look();
  }

  get reached(): { tasksCompleteAt: number | null; allHealthyAt: number | null } {
    return { tasksCompleteAt: this.#tasksCompleteAt, allHealthyAt: this.#allHealthyAt };
  }
}

function stateOf(supervisor: Supervisor, name: string): string | undefined {
  return supervisor.processes.get(name)?.record.phase.state;
}
