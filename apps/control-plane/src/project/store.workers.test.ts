import { runInDurableObject } from 'cloudflare:test';
import { MachineTemplate } from '@fettle/contract';
import { newProjectRecord, projectView } from '@fettle/core';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { env, policyOf, template } from '../../test/in-workerd.ts';
import { migrate } from '../storage/migrate.ts';
import { projectMigrations } from './schema.ts';
import { ProjectStore } from './store.ts';

const FRESH = newProjectRecord({
  organization: 'acme',
  project: 'old',
  slots: [],
  template: v.parse(MachineTemplate, template),
  policy: policyOf({}),
});

test('a project from before rollouts is gone on with, as one that never had any', async () => {
  await runInDurableObject(env.PROJECTS.getByName('old'), (_, state) => {
    migrate(state.storage, projectMigrations.slice(0, 2));
    const { rollout: _rollout, rollouts: _rollouts, quarantines: _quarantines, pins: _pins, ...rest } = FRESH;
    const {
      proven: _proven,
      incidents: _incidents,
      fleetWord: _word,
      ...old
    } = {
      ...rest,
      template,
      told: [{ machineId: 'old.web-1.1', word: 3, sick: false, host: 'h', gone: false }],
      plans: [{ slot: 'web-1', kind: 'fill', step: 'create', newMachineId: 'old.web-1.1' }],
      pending: [{ do: 'provision', id: 'old/1', versions: {} }],
    };
    state.storage.sql.exec('INSERT INTO project VALUES (1, ?)', JSON.stringify(old));
    const record = new ProjectStore(state.storage).load();
    expect(record).toEqual({
      ...FRESH,
      told: [
        {
          ...old.told[0],
          versions: null,
          versionsSince: null,
          proven: false,
          healthySince: null,
          incidentAt: null,
          order: null,
        },
      ],
      plans: [{ ...old.plans[0], image: null }],
      pending: [{ ...old.pending[0], image: null }],
    });
    expect(projectView({ record: record ?? FRESH, notices: [], now: 0 })).toMatchObject({
      rollout: null,
      pins: [],
    });
  });
});

test('a project that there is not is known by nothing in its storage, so that asking for it leaves nothing', async () => {
  await runInDurableObject(env.PROJECTS.getByName('never-applied'), async (project, state) => {
    expect(new ProjectStore(state.storage).load()).toBeNull();
    expect(await project.route('web-1')).toMatchObject({ ok: false });
    expect(await project.view()).toMatchObject({ ok: false });
    expect(state.storage.sql.exec('SELECT name FROM sqlite_master').toArray()).toEqual([]);
  });
});
