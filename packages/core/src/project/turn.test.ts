import { expect, test } from 'vitest';
import { T0 } from '../testing/builders.ts';
import { deepFreeze } from '../testing/deep-freeze.ts';
import { running } from '../testing/project-builders.ts';
import { notify, send, update, type ProjectTurn } from './turn.ts';

function turnOf(): ProjectTurn {
  return { record: deepFreeze(running()), now: T0, notices: [], audit: [], refused: null };
}

test('an update leaves the record that came in as it was', () => {
  const turn = turnOf();
  const before = turn.record;
  update(turn, { sequence: 99 });
  expect(turn.record).toEqual({ ...before, sequence: 99 });
  expect(before.sequence).toBe(1);
});

test('an action gets the next sequence, and is due at once', () => {
  const turn = turnOf();
  const { sequence } = turn.record;
  send(turn, { do: 'retire', machineId: 'demo.web-1.1' });
  expect(turn.record.pending).toEqual([
    { do: 'retire', machineId: 'demo.web-1.1', id: `demo/${sequence + 1}`, sends: 0, nextSendAt: T0 },
  ]);
});

test('a notice has the time of the turn', () => {
  const turn = turnOf();
  notify(turn, { kind: 'parked', slot: null, machineId: null, message: 'look' });
  expect(turn.notices).toEqual([{ at: T0, kind: 'parked', slot: null, machineId: null, message: 'look' }]);
});
