import type { Incident, ProjectView } from '@fettle/contract';
import { expect, it } from 'vitest';
import type { Arrival } from '../fake-host/fake-host.ts';
import {
  applyProject,
  eventually,
  FAST,
  GOOD,
  reaches,
  startControlPlane,
  type ControlPlane,
} from './control-plane.ts';

const OLD = 'demo.web-1.1';
const NEW = 'demo.web-1.2';

it.concurrent('climbs every level once and substitutes the machine', async ({ onTestFinished }) => {
  const plane = await startControlPlane('watched');
  onTestFinished(plane.close);
  const told = await recoverByTheWholeLadder(plane);
  expectOneCleanRecovery(plane, told);
  expect(plane.workerd.starts).toBe(1);
});

it.concurrent(
  'does the same when it is killed before and after every effect',
  { timeout: 170_000 },
  async ({ onTestFinished }) => {
    const plane = await startControlPlane('watched');
    onTestFinished(plane.close);
    const crashes = new CrashPlan();
    const told = await recoverByTheWholeLadder(plane, () => {
      plane.onCrashPoint = (label) => (crashes.isNew(label) ? 'kill' : 'go on');
      plane.host.gate = {
        before: (arrival) => pass(plane, isEffect(arrival) && crashes.isNew(`before ${nameOf(arrival)}`)),
        after: (arrival) => pass(plane, isEffect(arrival) && crashes.isNew(`after ${nameOf(arrival)}`)),
      };
    });
    // The machine is retired a moment before the place behind that is told.
    await eventually(
      () => crashes.done,
      (done) => done.includes(`retire ${OLD}`),
    );
    expectOneCleanRecovery(plane, told);
    const effects = ['restart web', 'add apply', 'restart', 'stop', 'copy', 'create'];
    for (const effect of effects) {
      expect(crashes.done).toContainEqual(expect.stringMatching(new RegExp(`^before .*${effect}$`)));
      expect(crashes.done).toContainEqual(expect.stringMatching(new RegExp(`^after .*${effect}$`)));
    }
    expect(crashes.done).toEqual(
      expect.arrayContaining([
        // One permit is enough for levels 2 to 4: it is a lease.
        `permit ${OLD} level 2, asked`,
        `permit ${OLD} level 2, stored`,
        `bricked ${OLD}, told`,
        `bricked ${OLD}, stored`,
        `provision ${NEW}`,
        `retire ${OLD}`,
      ]),
    );
    expect(plane.workerd.starts).toBeGreaterThan(2 * effects.length);
  },
);

it.concurrent(
  'does the same when it is killed at every look that follows an effect',
  { timeout: 170_000 },
  async ({ onTestFinished }) => {
    const plane = await startControlPlane('watched');
    onTestFinished(plane.close);
    const crashes = new CrashPlan();
    const told = await recoverByTheWholeLadder(plane, () => {
      let effects = 0;
      plane.host.gate = {
        before(arrival) {
          if (isEffect(arrival)) effects += 1;
          const isLook = ['inspect', 'pidnap POST /rpc/v1/list', 'daemon POST /rpc/v1/health'].includes(
            arrival.what,
          );
          return pass(plane, isLook && crashes.isNew(`${arrival.what} after ${effects} effects`));
        },
      };
    });
    expectOneCleanRecovery(plane, told);
    expect(crashes.done.length).toBeGreaterThanOrEqual(12);
  },
);

/** Remembers where workerd was killed: once at each place. */
class CrashPlan {
  readonly done: string[] = [];

  isNew(label: string): boolean {
    if (this.done.includes(label)) return false;
    this.done.push(label);
    return true;
  }
}

/** Breaks the connection, because the caller is dead; it is running again when the next request arrives. */
async function pass(plane: ControlPlane, kill: boolean): Promise<boolean> {
  if (!kill) return true;
  await plane.crash();
  return false;
}

const EFFECTS = [
  'create',
  'start',
  'stop',
  'restart',
  'copy',
  'destroy',
  'pidnap POST /rpc/v1/restart',
  'pidnap POST /rpc/v1/add',
];

function isEffect(arrival: Arrival): boolean {
  return EFFECTS.includes(arrival.what);
}

function nameOf({ what, actionId, machineId }: Arrival): string {
  const verb =
    what === 'pidnap POST /rpc/v1/restart'
      ? 'restart web'
      : what === 'pidnap POST /rpc/v1/add'
        ? 'add apply'
        : what;
  return `${machineId} ${actionId}: ${verb}`;
}

type Told = { project: ProjectView; incident: Incident };

/**
 * A machine works, gets a bad version, and then stays sick whatever is done: levels 1 to 4, and a replacement.
 * `onSick` is called when the trouble begins.
 */
async function recoverByTheWholeLadder(plane: ControlPlane, onSick = () => {}): Promise<Told> {
  await applyProject(plane, FAST);
  await reaches(plane, OLD, 'healthy');
  const { provider } = plane.host;
  await eventually(
    () => provider.copies(OLD).length,
    (copies) => copies > 0,
  );
  await plane
    .operator()
    .machines.exec({ machineId: OLD, command: ['sh', '-c', 'printf %s precious > data/note'] });
  provider.machine(OLD)?.ail({ service: 'web', curedBy: 'nothing' });
  await plane.operator().machines.refreshCode({ machineId: OLD, refs: { customer: 'broken' } });
  onSick();
  const project = await eventually(
    () => plane.operator().projects.get({ project: 'demo' }),
    ({ slots, retired }) => slots[0]?.machineId === NEW && retired.length > 0,
    150_000,
  );
  await reaches(plane, OLD, 'retired');
  const [incident] = await eventually(
    () => plane.operator().machines.incidents({ machineId: OLD }),
    (incidents) => incidents.length > 0,
  );
  if (!incident) throw new Error('There was no incident');
  return { project, incident };
}

function expectOneCleanRecovery(plane: ControlPlane, { project, incident }: Told): void {
  const { provider } = plane.host;
  // Every level was tried once, in order, and none was passed over.
  expect(incident.tries.map(({ level, attempt, outcome }) => [level, attempt, outcome])).toEqual([
    [1, 1, 'failed'],
    [2, 1, 'failed'],
    [3, 1, 'failed'],
    [4, 1, 'healed'],
  ]);
  expect(incident).toMatchObject({ number: 1, outcome: 'bricked' });

  // The receiver carried every effect out once.
  const kinds = provider.operations(OLD).map(({ kind }) => kind);
  expect(kinds.slice(0, 5)).toEqual(['create', 'copy', 'restart', 'stop', 'copy']);
  expect(kinds.slice(5).every((kind) => kind === 'stop')).toBe(true);
  expect(provider.machine(OLD)?.boots).toBe(2);
  const commands = [...(provider.machine(OLD)?.commands.values() ?? [])].map((what) =>
    what.replace(/\d+$/, 'N'),
  );
  expect(commands).toEqual(['add apply-N', 'restart web', 'add apply-N']);
  expect(provider.operations(NEW).filter(({ kind }) => kind === 'create')).toHaveLength(1);
  expect(provider.operations('demo.web-1.3')).toEqual([]);

  // One substitution, with the data as it was at the end, on versions that worked.
  expect(project.notices.filter(({ kind }) => kind === 'bricked')).toHaveLength(1);
  expect(project.notices.filter(({ kind }) => kind === 'substituted')).toHaveLength(1);
  expect(project.slots[0]?.machines).toEqual([NEW, OLD]);
  expect(provider.machine(NEW)?.data.get('note')).toBe('precious');
  expect(provider.machine(NEW)?.versions.customer).toBe(GOOD);
}
