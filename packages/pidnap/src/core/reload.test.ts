import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { definition } from '../../test/builders.ts';
import { PidnapConfig, type PidnapConfigInput } from '../contract/config.ts';
import type { ProcessDefinition } from '../contract/definition.ts';
import { effectiveDefinitions, standingOverrides, type Override } from './overlay.ts';
import { planReload, toReloadOutcome, type ReloadPlan } from './reload.ts';

const A = definition({ command: ['a'] });
const B = definition({ command: ['b'] });
const A_QUIETER = definition({ command: ['a'], logs: { files: 2 } });
type Processes = Record<string, ProcessDefinition>;

/** The plan of a reload, with what was said through the API while the old file held. */
function plan(
  old: Processes,
  next: Processes,
  api: Record<string, ProcessDefinition | null> = {},
): ReloadPlan {
  const overrides: Record<string, Override> = Object.fromEntries(
    Object.entries(api).map(([name, definition]) => [
      name,
      { baseDigest: digests(old)[name] ?? null, definition },
    ]),
  );
  return planReload({
    running: effectiveDefinitions(old, overrides),
    next: effectiveDefinitions(next, standingOverrides(overrides, digests(next))),
    oldConfig: config({ processes: old }),
    newConfig: config({ processes: next }),
  });
}
const digests = (processes: Processes): Record<string, string> =>
  Object.fromEntries(Object.entries(processes).map(([name, value]) => [name, JSON.stringify(value)]));
const config = (fields: Partial<PidnapConfigInput>): PidnapConfig =>
  v.parse(PidnapConfig, { stateDir: '/s', ...fields });

const NOTHING = { problems: [], add: [], remove: [], update: [], unchanged: [], needsRestart: [] };

describe('a reload', () => {
  it('starts nothing anew of which no run is wanted', () => {
    const [old, next] = [
      { web: A, job: A },
      { web: B, job: B },
    ];
    const { update } = planReload({
      running: effectiveDefinitions(old, {}),
      next: effectiveDefinitions(next, {}),
      oldConfig: config({}),
      newConfig: config({}),
      resting: new Set(['job']),
    });
    expect(update).toEqual([
      { name: 'web', restart: true },
      { name: 'job', restart: false },
    ]);
  });

  it.each<[string, ReloadPlan, Partial<ReloadPlan>]>([
    ['of the same file changes nothing', plan({ web: A }, { web: A }), { unchanged: ['web'] }],
    ['adds what is new', plan({ web: A }, { web: A, db: B }), { unchanged: ['web'], add: ['db'] }],
    ['removes what is gone', plan({ web: A, db: B }, { web: A }), { unchanged: ['web'], remove: ['db'] }],
    [
      'starts anew what runs something else',
      plan({ web: A }, { web: B }),
      { update: [{ name: 'web', restart: true }] },
    ],
    [
      'leaves up what has other rules',
      plan({ web: A }, { web: A_QUIETER }),
      { update: [{ name: 'web', restart: false }] },
    ],
    ['does not mind another order', plan({ web: A, db: B }, { db: B, web: A }), { unchanged: ['db', 'web'] }],
    ['leaves alone what the API added', plan({}, {}, { task: B }), { unchanged: ['task'] }],
    ['leaves alone what the API changed', plan({ web: A }, { web: A }, { web: B }), { unchanged: ['web'] }],
    ['does not bring back what the API removed', plan({ web: A }, { web: A }, { web: null }), {}],
    [
      'brings back what the API removed when the file says something new of it',
      plan({ web: A }, { web: B }, { web: null }),
      { add: ['web'] },
    ],
    [
      'takes the file where it says something new, over what the API said before',
      plan({ web: A }, { web: A_QUIETER }, { web: B }),
      { update: [{ name: 'web', restart: true }] },
    ],
    [
      'changes nothing where the file now says what the API said before',
      plan({ web: A }, { web: B }, { web: B }),
      { unchanged: ['web'] },
    ],
    [
      'removes what the API changed and the file has no more',
      plan({ web: A }, {}, { web: B }),
      { remove: ['web'] },
    ],
    [
      'takes the file for a name that the API added before',
      plan({}, { task: A }, { task: B }),
      { update: [{ name: 'task', restart: true }] },
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toEqual({ ...NOTHING, ...expected });
  });

  it('is refused when what the API added depends on what the new file lacks', () => {
    const task = definition({ dependsOn: [{ process: 'db' }] });
    expect(plan({ db: B }, {}, { task }).problems).toEqual([
      expect.stringMatching(/^processes\.task\.dependsOn\.0\.process: .*"db"/),
    ]);
  });

  it('names the fields that hold only from the next start on', () => {
    const change = (fields: Partial<PidnapConfigInput>): readonly string[] =>
      planReload({ running: {}, next: {}, oldConfig: config({}), newConfig: config(fields) }).needsRestart;
    expect(change({})).toEqual([]);
    expect(change({ stateDir: '/t', leftovers: 'end' })).toEqual(['stateDir', 'leftovers']);
    expect(change({ listen: { socket: '/x', tcp: { port: 1, tokenFile: '/t' } } })).toEqual([
      'listen.socket',
      'listen.tcp',
    ]);
    expect(change({ exitWith: 'web', markerEnv: [] })).toEqual(['exitWith', 'markerEnv']);
  });
});

it('tells what a plan does in the words of the API', () => {
  const told = plan({ a: A, b: A, c: A, d: A }, { a: B, b: A_QUIETER, c: A, e: B });
  expect(toReloadOutcome(told)).toEqual({
    added: ['e'],
    removed: ['d'],
    restarted: ['a'],
    adjusted: ['b'],
    unchanged: ['c'],
    needsRestart: [],
  });
});
