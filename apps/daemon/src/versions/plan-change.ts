/** What a version change has to do, decided from what is current and what was asked for. Pure. */
import { RepositoryName, type MachineSpec, type VersionRefs } from '@fettle/contract';

/** A repository without a present commit starts at its default branch when nobody names a version. */
const DEFAULT_REF = 'HEAD';

/**
 * The refs to resolve: those that are asked for, and on a machine without a current set also the ones that it is to
 * start with.
 */
export function refsToResolve({
  refs,
  first,
  hasCurrent,
}: {
  refs: Partial<VersionRefs>;
  /** Versions that the machine is to start with. */
  first: VersionRefs;
  hasCurrent: boolean;
}): [RepositoryName, string][] {
  return RepositoryName.options.flatMap((repository): [RepositoryName, string][] => {
    const ref = refs[repository] ?? (hasCurrent ? undefined : (first[repository] ?? DEFAULT_REF));
    return ref === undefined ? [] : [[repository, ref]];
  });
}

/** The repositories that need a new checkout. */
export function repositoriesToChange({
  resolved,
  current,
  fresh,
}: {
  resolved: ReadonlyMap<RepositoryName, string>;
  current: Record<RepositoryName, string> | null;
  fresh: boolean;
}): RepositoryName[] {
  return RepositoryName.options.filter((repository) => {
    const commit = resolved.get(repository);
    if (commit === undefined) return false;
    return fresh || current === null || current[repository] !== commit;
  });
}

/**
 * The processes that run a changed checkout, those still due from a killed change included. The daemon comes last: it
 * may be the one through which somebody watches.
 */
export function processesToRestart({
  changed,
  services,
  due,
}: {
  changed: readonly RepositoryName[];
  services: MachineSpec['services'];
  due: readonly string[];
}): string[] {
  const names = new Set(due);
  if (changed.includes('customer')) for (const { name } of services) names.add(name);
  if (changed.includes('platform')) names.add('daemon');
  return [...names].toSorted((a, b) => Number(a === 'daemon') - Number(b === 'daemon'));
}

/**
 * Whether an action is older than the one that made the current set: a command of somebody who was replaced in the
 * meantime. Only actions of one machine can be compared.
 */
export function isStaleAction(action: string, applied: string | null): boolean {
  const [asked, done] = [parseAction(action), parseAction(applied ?? '')];
  return asked !== null && done !== null && asked.machine === done.machine && asked.sequence < done.sequence;
}

/**
 * Whether an action asks for something newer than what the current set was made for. One of another machine is always
 * newer: the disk came from a copy that an earlier machine left. An id that has no number is never newer.
 */
export function isNewerAction(action: string | null, applied: string | null): boolean {
  const [asked, done] = [parseAction(action ?? ''), parseAction(applied ?? '')];
  if (asked === null) return false;
  return done === null || asked.machine !== done.machine || asked.sequence > done.sequence;
}

/** What a set remembers: later actions are compared with it, so one without a number must not take its place. */
export function newestAction(action: string | null, applied: string | null): string | null {
  return isNewerAction(action, applied) ? action : applied;
}

function parseAction(id: string): { machine: string; sequence: number } | null {
  const match = /^(.+)\/([1-9][0-9]*)$/.exec(id);
  return match ? { machine: match[1] ?? '', sequence: Number(match[2]) } : null;
}
