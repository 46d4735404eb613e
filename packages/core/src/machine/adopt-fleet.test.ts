/** What the project knows of versions, as its machine takes it. */
import { describe, expect, test } from 'vitest';
import { fleet, healthyMachine, T0, versions } from '../testing/builders.ts';
import { decideOn, story } from '../testing/deciding.ts';
import type { Command } from './event.ts';
import type { FleetVersions } from './fleet-versions.ts';
import type { MachineRecord } from './record.ts';

function commanded(record: MachineRecord, command: Command) {
  return decideOn(record, { type: 'commanded', by: null, command });
}

describe('what the project knows of versions', () => {
  const told = (fleet: FleetVersions): Command => ({ kind: 'adopt-fleet', fleet });
  const known = healthyMachine({ fleet: fleet({ word: 7, pinned: 'a demo' }) });

  test('is kept, and wakes nobody', () => {
    const newer = fleet({ word: 8, slot: [{ versions: versions(), lastSeenAt: T0 }] });
    const { record, wakeAt } = commanded(known, told(newer));
    expect(record).toEqual({ ...known, fleet: newer });
    expect(wakeAt).toBe(known.check.dueAt);
  });

  test.each([7, 6])('is not kept when the last word was newer, or this one (word %i)', (word) => {
    expect(commanded(known, told(fleet({ word }))).record).toEqual(known);
  });

  test('is of no more interest once nothing is left of the machine', () => {
    const gone = healthyMachine({ state: { phase: 'destroyed', since: T0 }, desired: 'destroyed' });
    expect(commanded(gone, told(fleet({ word: 8 }))).record).toEqual(gone);
  });

  test.each<[string, FleetVersions, FleetVersions, string[]]>([
    [
      'that its slot was pinned',
      fleet(),
      fleet({ word: 2, pinned: 'a demo' }),
      ['its slot was pinned: a demo'],
    ],
    [
      'that it is no longer',
      fleet({ pinned: 'a demo' }),
      fleet({ word: 2 }),
      ['its slot is pinned no longer'],
    ],
    [
      'that what it runs was quarantined',
      fleet(),
      fleet({ word: 2, quarantined: [versions()] }),
      ['what it runs was quarantined'],
    ],
    ['nothing of what others run', fleet(), fleet({ word: 2, quarantined: [versions({ image: 'x' })] }), []],
    [
      'nothing that was told before',
      fleet({ quarantined: [versions()], pinned: 'a demo' }),
      fleet({ word: 2, quarantined: [versions()], pinned: 'a demo' }),
      [],
    ],
  ])('puts on the timeline %s', (_name, before, after, lines) => {
    expect(story(commanded(healthyMachine({ fleet: before }), told(after)))).toEqual(lines);
  });
});
