import type { FettleClient } from '@fettle/client';
import { EvidenceId, type EvidenceBundle } from '@fettle/contract/evidence';
import { MachineId } from '@fettle/contract/ids';
import * as v from 'valibot';
import { parseTarget, slotOfTarget } from '../connection/target.ts';
import { CliFailure, EXIT } from '../failure.ts';

/** What names a bundle among those of all machines: `demo.web-1.1/12`. */
export function bundleName({ machineId, id }: Pick<EvidenceBundle, 'machineId' | 'id'>): string {
  return `${machineId}/${id}`;
}

/** Understands `demo.web-1.1/12`. Throws a usage failure for anything else. */
export function parseBundleName(text: string): Pick<EvidenceBundle, 'machineId' | 'id'> {
  const [machineId, id, ...rest] = text.split('/');
  if (rest.length === 0 && v.is(MachineId, machineId) && v.is(EvidenceId, id)) return { machineId, id };
  throw new CliFailure(EXIT.usage, `"${text}" is no bundle of evidence`, {
    hint: 'expected a machine and a number, such as demo.web-1.1/12; `fettle evidence list` names them',
  });
}

/** The bundles of a machine, or of all machines that a slot has had; the newest first. */
export async function findBundles(
  client: FettleClient,
  text: string,
  project: string,
): Promise<EvidenceBundle[]> {
  const target = parseTarget(text, project);
  const ids =
    target.kind === 'machine'
      ? [target.machineId]
      : await machinesOfSlot(client, target.project, target.slot);
  const bundles = await Promise.all(ids.map((machineId) => client.machines.evidence({ machineId })));
  return newestFirst(bundles.flat());
}

/** The same for the slot that a machine stands in. */
export async function findBundlesOfSlot(
  client: FettleClient,
  text: string,
  project: string,
): Promise<EvidenceBundle[]> {
  const { project: of, slot } = slotOfTarget(text, project);
  return findBundles(client, `${of}/${slot}`, project);
}

/**
 * The bundle that is meant: by its number, or by its whole name, or the newest when nothing is said. Throws a failure
 * that names what there is.
 */
export function pickBundle(bundles: readonly EvidenceBundle[], text: string | undefined): EvidenceBundle {
  const named = (one: EvidenceBundle): boolean => one.id === text || bundleName(one) === text;
  const found = text === undefined ? bundles.slice(0, 1) : bundles.filter(named);
  const [bundle] = found;
  if (bundle !== undefined && found.length === 1) return bundle;
  if (bundle !== undefined) {
    throw new CliFailure(EXIT.usage, `${text} is the number of ${found.length} bundles`, {
      hint: `say which: ${found.map(bundleName).join(' or ')}`,
    });
  }
  throw new CliFailure(
    EXIT.failed,
    text === undefined ? 'there is no evidence' : `there is no bundle ${text}`,
    {
      hint:
        bundles.length === 0
          ? 'it is collected before versions are restored, and before a machine is restarted or given up'
          : `there are ${bundles.map(bundleName).join(', ')}`,
    },
  );
}

/** The newest bundle that holds saved work; `null` when none does. */
export function newestWork(bundles: readonly EvidenceBundle[]): EvidenceBundle | null {
  return newestFirst(bundles).find(({ work }) => work.length > 0) ?? null;
}

async function machinesOfSlot(client: FettleClient, project: string, slot: string): Promise<string[]> {
  const view = await client.projects.get({ project });
  const found = view.slots.find((one) => one.slot === slot);
  if (found !== undefined) return found.machines;
  throw new CliFailure(EXIT.failed, `${project} has no slot ${slot}`, {
    hint: `it has ${view.slots.map((one) => one.slot).join(', ')}`,
  });
}

function newestFirst(bundles: readonly EvidenceBundle[]): EvidenceBundle[] {
  return bundles.toSorted((a, b) => b.takenAt - a.takenAt);
}
