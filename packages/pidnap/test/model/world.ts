/** What the model believes about every process, and what may happen to them by itself. */
import { lookUp, type Behaviour } from './catalogue.ts';

/**
 * `up`: has a leader. `ending`: is being ended, the leader is alive. `emptying`: the leader has ended, something of its
 * tree may be there. The others are those of pidnap; `waiting` is `pending` or `blocked`.
 */
type Phase =
  | 'waiting'
  | 'up'
  | 'ending'
  | 'emptying'
  | 'backing-off'
  | 'scheduled'
  | 'stopped'
  | 'completed'
  | 'failed';

export interface Proc {
  readonly variant: number;
  readonly source: 'config' | 'api';
  readonly desired: 'up' | 'down';
  readonly phase: Phase;
  /** What follows once the tree is gone, while `ending` and `emptying`. */
  readonly then: 'down' | 'again' | 'settle' | 'recover';
  readonly runs: number;
  readonly restarts: number;
  /** Automatic restarts that the budget counts. */
  readonly recent: number;
  /** How the last run ended: `code 0`, the name of a signal, or `none`. */
  readonly exit: string;
  /** How the leader will end because of something that was done to it. */
  readonly fate: string | null;
  readonly child: Behaviour;
  /** Its file says that it is not well. */
  readonly sick: boolean;
  /** Its health check passed in this run, or there was none. A changed check counts as passed until it says otherwise. */
  readonly well: boolean;
  /** An earlier pidnap started the run, so nobody sees how it ends. */
  readonly adopted: boolean;
  readonly removing: boolean;
}

export interface World {
  readonly procs: Readonly<Record<string, Proc>>;
  /** The config file as pidnap read it last. */
  readonly file: Readonly<Record<string, number>>;
  /** What came through the API, with what the file said then. */
  readonly overrides: Readonly<Record<string, { base: number | null; variant: number | null }>>;
}

export const LIVE: readonly Phase[] = ['up', 'ending', 'emptying'];
export const ENDED: readonly Phase[] = ['stopped', 'completed', 'failed'];

export function withProc(world: World, name: string, proc: Proc): World {
  return { ...world, procs: { ...world.procs, [name]: proc } };
}

export function withoutProc(world: World, name: string): World {
  return { ...world, procs: omit(world.procs, name) };
}

export function omit<T>(all: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([other]) => other !== name));
}

/** A process that has just become known. */
export function newProc(name: string, variant: number, source: Proc['source']): Proc {
  const { autostart, scheduled } = lookUp(name, variant);
  const phase = scheduled ? 'scheduled' : 'waiting';
  return {
    variant,
    source,
    desired: autostart ? 'up' : 'down',
    phase: autostart ? phase : 'stopped',
    then: 'settle',
    runs: 0,
    restarts: 0,
    recent: 0,
    exit: 'none',
    fate: null,
    child: 'waits',
    sick: false,
    well: false,
    adopted: false,
    removing: false,
  };
}

/** What follows a run that ended by itself, by default with `proc.exit`. */
export function settle(name: string, proc: Proc, success = proc.exit === 'code 0'): Proc {
  const { scheduled, restart, budget } = lookUp(name, proc.variant);
  if (scheduled) return { ...proc, phase: 'scheduled' };
  const again =
    restart === 'always' ||
    restart === 'unless-stopped' ||
    restart === (success ? 'on-success' : 'on-failure');
  if (!again) return success ? { ...proc, phase: 'completed', recent: 0 } : { ...proc, phase: 'failed' };
  if (proc.recent >= budget) return { ...proc, phase: 'failed' };
  return { ...proc, phase: 'backing-off', recent: proc.recent + 1, restarts: proc.restarts + 1 };
}

/** The tree is gone. */
export function afterTree(name: string, proc: Proc): Proc {
  switch (proc.then) {
    case 'down':
      return { ...proc, phase: 'stopped' };
    case 'again':
      return { ...proc, phase: 'waiting' };
    case 'settle':
      return settle(name, proc);
    case 'recover':
      return settle(name, proc, false);
    default:
      return proc.then satisfies never;
  }
}

/** Begins to end what is up. */
export function end(proc: Proc, then: Proc['then']): Proc {
  return { ...proc, phase: 'ending', then };
}

const FATES: Partial<Record<Behaviour, string>> = { quick0: 'code 0', quick1: 'code 1' };

/** The next run begins. */
export function spawn(name: string, proc: Proc): Proc {
  const { behaviour, health } = lookUp(name, proc.variant);
  const begun: Proc = {
    ...proc,
    runs: proc.runs + 1,
    child: behaviour,
    sick: false,
    well: health === 'none',
    adopted: false,
  };
  if (behaviour === 'missing') return settle(name, { ...begun, exit: 'none', fate: null });
  return { ...begun, phase: 'up', fate: FATES[behaviour] ?? null };
}
