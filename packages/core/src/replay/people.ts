/**
 * What people asked of a machine, read from its timeline: the only place that keeps it. A replay does the same again at
 * the same time, whatever the policy.
 */
import type { RepositoryName, TimelineEvent, VersionRefs } from '@fettle/contract';
import type { Command } from '../machine/event.ts';

/** The command that an event of the timeline tells of; `null` when it tells of something else. */
export function commandOf({ kind, message }: TimelineEvent): Command | null {
  if (kind === 'phase') return phaseCommand(message);
  return kind === 'command' ? machineCommand(message) : null;
}

function phaseCommand(message: string): Command | null {
  const [, to, why] = /^\w+ -> (\w+): (.*)$/s.exec(message) ?? [];
  if (to === 'retired') return { kind: why === 'to be cleaned up' ? 'destroy' : 'retire' };
  if (why !== 'asked for') return null;
  if (to === 'provisioning') return { kind: 'provision' };
  if (to === 'stopping') return { kind: 'stop' };
  return to === 'starting' ? { kind: 'start' } : null;
}

function machineCommand(message: string): Command | null {
  if (message === 'restart asked for') return { kind: 'restart' };
  const [, names] = /^restart of (.+) asked for$/.exec(message) ?? [];
  if (names !== undefined) return { kind: 'restart-services', names: names.split(', ') };
  const [, image, started] = /^rebuild from (\S+) asked for(?:: (.+))?$/.exec(message) ?? [];
  if (image !== undefined) {
    const refs = started === undefined ? null : refsOf(started);
    return { kind: 'rebuild', image, refs, order: null };
  }
  const [, evidence, from] = /^work of evidence (\d+) of (\S+) asked for$/.exec(message) ?? [];
  if (evidence !== undefined && from !== undefined) return { kind: 'restore-work', from, evidence };
  const [, refs] = /^refresh asked for: (.+)$/.exec(message) ?? [];
  return refs === undefined ? null : { kind: 'apply-versions', refs: refsOf(refs), order: null };
}

function refsOf(text: string): VersionRefs {
  return Object.fromEntries(
    text
      .split(', ')
      .map((part) => part.split(' to '))
      .filter((pair): pair is [RepositoryName, string] => pair.length === 2),
  );
}
