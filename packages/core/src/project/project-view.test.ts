import { ProjectView } from '@fettle/contract';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { commit, copy, HOUR, T0 } from '../testing/builders.ts';
import { after, applied, changed, gaveUp, running } from '../testing/project-builders.ts';
import { GOOD, ProjectLife, versionSet } from '../testing/project-life.ts';
import { projectView } from './project-view.ts';
import type { ProjectRecord } from './record.ts';

const VERSIONS = { platform: commit('a') };
const bricked = (machineId: string) => gaveUp(machineId, { versions: VERSIONS, copy: copy() });
const healthy = (machineId: string) => changed(machineId, 'healthy');

const view = (record: ProjectRecord) => projectView({ record, notices: [], now: T0 });

const replaced = after(running(), bricked('demo.web-1.1'), healthy('demo.web-1.2'));
/** A project whose bad versions are quarantined, with a slot that is pinned, in the middle of a rollout. */
function eventful(): ProjectRecord {
  const life = new ProjectLife(['web-1', 'web-2', 'web-3']);
  life.do({ type: 'pinned', slot: 'web-3', reason: 'look' });
  life.comesTo('web-1', versionSet('b'));
  life.do({ type: 'quarantined', versions: versionSet('b'), reason: 'loses mail' });
  life.wake();
  return life.record;
}

const parked = after(running(), ...[1, 2, 3, 4].map((generation) => bricked(`demo.web-1.${generation}`)));

describe('the view of a project', () => {
  test.each([
    ['new', applied()],
    ['running', running(['web-1', 'web-2'])],
    ['substituting', after(running(), bricked('demo.web-1.1'))],
    ['with a replaced machine', replaced],
    ['parked', parked],
    ['with a rollout and all that goes with versions', eventful()],
  ])('is what the wire expects: %s', (_name, record) => {
    const shown = view(record);
    expect(v.parse(ProjectView, shown)).toEqual(shown);
  });

  test('shows where each slot leads, and which machines it has had', () => {
    expect(view(replaced).slots).toEqual([
      {
        slot: 'web-1',
        machineId: 'demo.web-1.2',
        phase: 'healthy',
        versions: null,
        machines: ['demo.web-1.2', 'demo.web-1.1'],
        plan: null,
      },
    ]);
  });

  test('shows what waits for clean-up, and nothing of how', () => {
    expect(view(replaced).retired).toEqual([
      { machineId: 'demo.web-1.1', slot: 'web-1', retiredAt: T0, cleanUpAt: T0 + 4 * HOUR },
    ]);
  });

  test.each<[string, ProjectRecord, string]>([
    ['created', applied(), 'demo.web-1.1 is being asked for'],
    [
      'awaited',
      after(applied(), { type: 'finished', actionId: 'demo/1', ok: true }),
      'waiting for demo.web-1.1 to be healthy',
    ],
    [
      'parked',
      parked,
      'parked: web-1 was substituted 3 times within 1440 min; the next is free at 2026-05-29 20:26:40 UTC',
    ],
  ])('says in words where a plan stands: %s', (_name, record, message) => {
    expect(view(record).slots[0]?.plan).toMatchObject({ message });
  });

  test('shows versions, and nothing of how they are kept', () => {
    const shown = view(eventful());
    expect(shown).toMatchObject({
      slots: [{ versions: versionSet('b') }, { versions: GOOD }, { versions: GOOD }],
      rollout: { kind: 'revert', state: 'running', waves: [{ slots: ['web-1'] }] },
      quarantines: [{ versions: versionSet('b'), by: 'person' }],
      pins: [{ slot: 'web-3' }],
      proven: [{ versions: GOOD, slots: ['web-1', 'web-2', 'web-3'] }],
      incidents: [{ number: 1, closedAt: null }],
    });
    expect(Object.keys(shown.rollout ?? {})).not.toContain('before');
    expect(Object.keys(shown.quarantines[0] ?? {})).not.toContain('leftAlone');
  });

  test('says why everything is held', () => {
    const slots = ['web-1', 'web-2', 'web-3'];
    const events = slots.map((slot) => changed(`demo.${slot}.1`, 'recovering'));
    expect(view(running(slots)).stormGuard).toBeNull();
    expect(view(after(running(slots), ...events)).stormGuard).toContain('3 of 3 machines are sick');
  });

  test('passes notices on', () => {
    const notice = { at: T0, kind: 'parked', slot: 'web-1', machineId: null, message: 'look' } as const;
    expect(projectView({ record: running(), notices: [notice], now: T0 }).notices).toEqual([notice]);
  });
});
