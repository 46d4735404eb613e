import type { Incident } from '@fettle/contract';
import type { ControlPlane } from '../control-plane.ts';
import type { StoredRecords } from '../watched-worker.ts';

export const PROJECT = 'demo';
export const OLD = 'demo.web-1.1';
export const NEW = 'demo.web-1.2';

/** What became of one machine. */
export type MachineEnd = {
  phase: string | null;
  power: string;
  boots: number;
  /** What the receiver carried out, the oldest first. */
  operations: string[];
  /** What pidnap carried out, the oldest first. */
  commands: string[];
  note: string | null;
  customer: string | null;
};

/** What is left of a life when it is over, in words that do not depend on times and numbers. */
export type Outcome = {
  /** The machine that the slot leads to. */
  slot: string | null;
  /** The incidents of the first machine, the oldest first, with their tries: `2.1 failed`. */
  incidents: { outcome: Incident['outcome']; healedBy: number | null; tries: string[] }[];
  /** The bundles of evidence of the first machine, the oldest first, by what is in them. */
  evidence: string[];
  /** Kinds of the project's notices, the oldest first. */
  notices: string[];
  /** Every machine that there is at the provider or among the objects. */
  machines: Record<string, MachineEnd>;
  /** Disruptive actions that leave was given for, as the project's budgets count them. */
  leaves: number;
  /** Everything that objects still mean to do or are allowed to do, looks aside. */
  unfinished: string[];
  /** Ids under which something was asked for that the receiver never did. */
  unknownActions: string[];
};

/** Reads everything that a life has left behind. */
export async function outcomeOf(plane: ControlPlane, records: StoredRecords): Promise<Outcome> {
  const view = await plane.operator().projects.get({ project: PROJECT });
  const incidents = await plane.operator().machines.incidents({ machineId: OLD });
  const bundles = await plane.operator().machines.evidence({ machineId: OLD });
  const { provider } = plane.host;
  const machineIds = new Set([
    ...(await provider.list()).map(({ machineId }) => machineId),
    ...records.machines.map(({ identity }) => identity.machineId),
  ]);
  return {
    slot: view.slots[0]?.machineId ?? null,
    incidents: incidents.toReversed().map(({ outcome, healedBy, tries }) => ({
      outcome,
      healedBy,
      tries: tries.map((one) => `${one.level}.${one.attempt} ${one.outcome}`),
    })),
    evidence: bundles.toReversed().map(
      ({ level, parts }) =>
        `level ${level}: ${parts
          .map(({ part }) => part)
          .toSorted()
          .join(', ')}`,
    ),
    notices: view.notices.map(({ kind }) => kind).toReversed(),
    machines: Object.fromEntries(
      [...machineIds].toSorted().map((machineId) => [machineId, machineOf(plane, records, machineId)]),
    ),
    leaves: records.project.spent.length,
    unfinished: unfinished(records),
    unknownActions: unknownActions(plane),
  };
}

function machineOf(
  { host: { provider } }: ControlPlane,
  { machines }: StoredRecords,
  machineId: string,
): MachineEnd {
  const machine = provider.machine(machineId);
  return {
    phase: machines.find(({ identity }) => identity.machineId === machineId)?.state.phase ?? null,
    power: machine?.power ?? 'gone',
    boots: machine?.boots ?? 0,
    operations: provider.operations(machineId).map(({ kind }) => kind),
    commands: [...(machine?.commands.values() ?? [])].map((what) => what.replace(/-\d+$/, '')),
    note: machine?.data.get('note') ?? null,
    customer: machine?.versions.customer ?? null,
  };
}

function unfinished({ project, machines }: StoredRecords): string[] {
  return [
    ...project.permits.map(({ machineId }) => `permit of ${machineId}`),
    ...project.plans.map(({ kind, step }) => `${kind}: ${step}`),
    ...project.pending.map((action) => action.do),
    ...project.told.filter(({ sick }) => sick).map(({ machineId }) => `${machineId} counts as sick`),
    ...project.held.map(({ machineId }) => `${machineId} is held`),
    ...machines.flatMap(({ identity: { machineId }, outbox, pending, commands, change, state }) => [
      ...outbox.map(({ message }) => `${machineId} says ${message.kind}`),
      ...(pending === null || pending.do === 'observe' ? [] : [`${machineId} ${pending.do}`]),
      ...commands.map(({ kind }) => `${machineId} was asked to ${kind}`),
      ...(change === null ? [] : [`${machineId} changes its versions`]),
      ...(state.phase === 'retired' && !state.settled ? [`${machineId} is not at rest`] : []),
    ]),
  ];
}

function unknownActions({ host: { provider, arrivals } }: ControlPlane): string[] {
  // That evidence was collected is seen in the bucket.
  const asked = new Set(arrivals.flatMap(({ actionId, what }) => (what === 'exec' ? [] : (actionId ?? []))));
  const done = (actionId: string) => {
    const [machineId = ''] = actionId.split('/');
    const machine = provider.machine(machineId);
    return (
      provider.operations(machineId).some(({ action }) => action.id === actionId) ||
      machine?.commands.has(actionId)
    );
  };
  return [...asked].filter((actionId) => !done(actionId));
}

/** What the objects of a life have stored. */
export async function recordsOf(plane: ControlPlane): Promise<StoredRecords> {
  const answer = await fetch(`${plane.workerd.url}/witness/records?name=${PROJECT}`);
  if (!answer.ok) throw new Error(`The witness answered ${answer.status}: ${await answer.text()}`);
  return answer.json() as Promise<StoredRecords>;
}
