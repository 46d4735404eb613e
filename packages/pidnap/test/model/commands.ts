/** What the commands of the API mean to the model. */
import { isGraph, lookUp, needsNewRun } from './catalogue.ts';
import type { Call } from './operations.ts';
import { ENDED, end, newProc, omit, withProc, type Proc, type World } from './world.ts';

/** An answer that is possible, and the world right after it, before anything came of it. `code`: `ok`, or the code of the refusal. */
export interface Outcome {
  readonly code: string;
  readonly world: World;
}

/** The answers a command may get in this world: mostly one. */
export function outcomes(world: World, call: Call): Outcome[] {
  const { name } = call;
  const proc = world.procs[name];
  switch (call.kind) {
    case 'add':
      return [add(world, name, call.variant, proc)];
    case 'remove':
      return [remove(world, name, proc)];
    case 'signal':
      return signal(world, call, proc);
    default:
  }
  if (!proc) return [refused(world, 'PROCESS_NOT_FOUND')];
  if (proc.removing) return [refused(world, 'PROCESS_CONFLICT')];
  switch (call.kind) {
    case 'start':
      return [done(world, name, start(proc))];
    case 'stop':
      return [done(world, name, stop(proc))];
    case 'restart':
      return [done(world, name, startAnew({ ...proc, desired: 'up', recent: 0 }))];
    case 'update':
      return [update(world, name, call.variant, proc)];
    default:
      return call.kind satisfies never;
  }
}

function done(world: World, name: string, proc: Proc): Outcome {
  return { code: 'ok', world: withProc(world, name, proc) };
}

function refused(world: World, code: string): Outcome {
  return { code, world };
}

function start(proc: Proc): Proc {
  const up: Proc = { ...proc, desired: 'up' };
  if (ENDED.includes(proc.phase) || proc.phase === 'scheduled') return { ...up, phase: 'waiting', recent: 0 };
  const isStopping = proc.phase === 'ending' || proc.phase === 'emptying';
  return isStopping && proc.then === 'down' ? { ...up, then: 'again' } : up;
}

export function stop(proc: Proc): Proc {
  const down: Proc = { ...proc, desired: 'down' };
  if (ENDED.includes(proc.phase)) return down;
  if (proc.phase === 'up') return end(down, 'down');
  if (proc.phase === 'ending' || proc.phase === 'emptying') return { ...down, then: 'down' };
  return { ...down, phase: 'stopped' };
}

function startAnew(proc: Proc): Proc {
  if (proc.phase === 'up') return end(proc, 'again');
  if (proc.phase === 'ending' || proc.phase === 'emptying') return { ...proc, then: 'again' };
  return { ...proc, phase: 'waiting' };
}

/** Goes over to another definition. */
export function redefine(name: string, proc: Proc, variant: number, source: Proc['source']): Proc {
  const well = proc.well || lookUp(name, variant).health === 'none';
  const next: Proc = { ...proc, variant, source, well };
  if (!needsNewRun(name, proc.variant, variant)) return next;
  if (proc.desired === 'down' || proc.phase === 'scheduled') return next;
  return startAnew({ ...next, recent: 0 });
}

function add(world: World, name: string, variant: number, proc: Proc | undefined): Outcome {
  if (proc) {
    const isSame = proc.variant === variant && !proc.removing;
    return refused(world, isSame ? 'ok' : 'PROCESS_CONFLICT');
  }
  if (!fits(world, name, variant)) return refused(world, 'INVALID_DEFINITION');
  return done(override(world, name, variant), name, newProc(name, variant, 'api'));
}

function update(world: World, name: string, variant: number, proc: Proc): Outcome {
  if (proc.variant === variant) return refused(world, 'ok');
  if (!fits(world, name, variant)) return refused(world, 'INVALID_DEFINITION');
  return done(override(world, name, variant), name, redefine(name, proc, variant, 'api'));
}

function fits(world: World, name: string, variant: number): boolean {
  const known = Object.entries(world.procs).filter(([, proc]) => !proc.removing);
  return isGraph({
    ...Object.fromEntries(known.map(([other, proc]) => [other, proc.variant])),
    [name]: variant,
  });
}

function remove(world: World, name: string, proc: Proc | undefined): Outcome {
  // It answers when everything is gone; a second one waits for the same.
  if (!proc || proc.removing) return refused(world, 'ok');
  const isNeeded = Object.entries(world.procs).some(([other, { variant }]) =>
    lookUp(other, variant).dependsOn.some((edge) => edge.process === name),
  );
  if (isNeeded) return refused(world, 'PROCESS_CONFLICT');
  return done(override(world, name, null), name, { ...stop(proc), removing: true });
}

function override(world: World, name: string, variant: number | null): World {
  const base = world.file[name] ?? null;
  const others = omit(world.overrides, name);
  return {
    ...world,
    overrides: variant === null && base === null ? others : { ...others, [name]: { base, variant } },
  };
}

/** A child that ends by itself at once may do so before or after it is killed. */
function afterSignal(proc: Proc, fate: string | null): Proc[] {
  if (fate === null) return [proc];
  if (proc.fate === null) return [{ ...proc, fate }];
  return proc.child === 'quick0' || proc.child === 'quick1' ? [proc, { ...proc, fate }] : [proc];
}

/** What each signal does to the shell of a child that is up. */
const DEADLY = ['SIGKILL', 'SIGHUP'];

function signal(world: World, call: Call, proc: Proc | undefined): Outcome[] {
  if (!proc) return [refused(world, 'PROCESS_NOT_FOUND')];
  if (proc.phase !== 'up' && proc.phase !== 'ending') return [refused(world, 'NOT_RUNNING')];
  const fate = DEADLY.includes(call.signal) ? call.signal : null;
  const sent = afterSignal(proc, fate);
  const hit = sent.map((next) => done(world, call.name, next));
  // It may have ended a moment ago without pidnap having seen it.
  const mayBeGone = proc.phase === 'ending' || proc.fate !== null;
  return mayBeGone ? [...hit, refused(world, 'NOT_RUNNING')] : hit;
}
