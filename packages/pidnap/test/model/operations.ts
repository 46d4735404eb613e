/** What the test may do. */
import type { Ending } from './boots.ts';

export interface Call {
  readonly kind: 'start' | 'stop' | 'restart' | 'signal' | 'add' | 'update' | 'remove';
  readonly name: string;
  /** For `add` and `update`. */
  readonly variant: number;
  /** For `signal`. */
  readonly signal: 'SIGKILL' | 'SIGHUP' | 'SIGUSR1' | 'SIGSTOP' | 'SIGCONT';
  /** `fresh`: under a new action id. */
  readonly id: 'none' | 'fresh';
}

/** Something that happens to a child, or that it is told to do. */
export interface Fact {
  readonly kind: 'kill' | 'exit0' | 'exit1' | 'sick' | 'daemonize' | 'fork' | 'fork-stubborn';
  readonly name: string;
}

/** Processes whose definition in the file is to be another one; null: is to be missing. */
export type Edit = Readonly<Record<string, number | null>>;

export type Operation =
  | { readonly do: 'call'; readonly call: Call }
  | { readonly do: 'fact'; readonly fact: Fact }
  /** Several at once, none of them waits for another. */
  | {
      readonly do: 'at once';
      readonly calls: readonly Call[];
      readonly facts: readonly Fact[];
      /** A reload as well. */
      readonly edit: Edit | null;
    }
  /** An earlier command again, under its id; with another input when `misuse`. */
  | { readonly do: 'repeat'; readonly back: number; readonly misuse: boolean }
  | { readonly do: 'reload'; readonly edit: Edit; readonly dryRun: boolean }
  /** pidnap ends and is started again; meanwhile the file is changed and children are killed. */
  | {
      readonly do: 'boot';
      readonly ending: Ending;
      readonly edit: Edit;
      readonly kill: readonly string[];
      /** Before the last one, others are started and killed after so many milliseconds. */
      readonly stumbles: readonly number[];
    }
  /** A command that pidnap ends in the middle of, while things happen; asked again under its id by the next one. */
  | {
      readonly do: 'cut off';
      readonly call: Call;
      readonly facts: readonly Fact[];
      readonly ending: Ending;
      readonly afterMs: number;
    };

/** An operation in a line, as it stands in a counterexample. */
export function describe(operation: Operation): string {
  switch (operation.do) {
    case 'call':
      return describeCall(operation.call);
    case 'fact':
      return describeFact(operation.fact);
    case 'at once':
      return `at once: ${together(operation)}${operation.edit ? ` | reload ${JSON.stringify(operation.edit)}` : ''}`;
    case 'cut off':
      return `${together({ ...operation, calls: [operation.call] })}, cut off after ${operation.afterMs} ms (${operation.ending})`;
    case 'repeat':
      return `repeat the command ${operation.back + 1} before${operation.misuse ? ' with another input' : ''}`;
    case 'reload':
      return `reload ${JSON.stringify(operation.edit)}${operation.dryRun ? ' (dry run)' : ''}`;
    case 'boot':
      return `pidnap ends (${operation.ending}), edit ${JSON.stringify(operation.edit)}, kill [${operation.kill.join(' ')}], stumbles [${operation.stumbles.join(' ')}]`;
    default:
      return operation satisfies never;
  }
}

function together({ calls, facts }: { calls: readonly Call[]; facts: readonly Fact[] }): string {
  return [...calls.map(describeCall), ...facts.map(describeFact)].join(' | ');
}

function describeCall({ kind, name, variant, signal, id }: Call): string {
  const what = kind === 'signal' ? ` ${signal}` : kind === 'add' || kind === 'update' ? ` as ${variant}` : '';
  return `${kind} ${name}${what}${id === 'fresh' ? ' (id)' : ''}`;
}

function describeFact({ kind, name }: Fact): string {
  return kind === 'kill' ? `kill -9 ${name}` : `${name} is told ${kind}`;
}
