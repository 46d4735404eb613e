import { describe, expect, it } from 'vitest';
import { MemoryKills } from './memory-kills.ts';

function kernel(count: number | null): { count: number | null; now: number; kills: MemoryKills } {
  const state = { count, now: 1000 };
  const kills = new MemoryKills({ read: () => state.count, now: () => state.now });
  return Object.assign(state, { kills });
}

describe('MemoryKills', () => {
  it('gives every kill to one claimant', () => {
    const machine = kernel(5);
    machine.count = 7;
    expect([1, 2, 3].map(() => machine.kills.takeOne())).toEqual([true, true, false]);
    expect(machine.kills.total()).toBe(7);
  });

  it('does not count what was before', () => {
    expect(kernel(5).kills.takeOne()).toBe(false);
  });

  it('lets a kill lapse that nobody claimed within a second: it hit a child', () => {
    const machine = kernel(0);
    machine.count = 2;
    expect(machine.kills.takeOne()).toBe(true);
    machine.now += 1000;
    expect(machine.kills.takeOne()).toBe(false);
  });

  it('knows nothing where the kernel does not count', () => {
    const machine = kernel(null);
    expect(machine.kills.takeOne()).toBe(false);
    expect(machine.kills.total()).toBe(null);
  });

  it('counts anew after the count began again', () => {
    const machine = kernel(5);
    machine.count = 0;
    expect(machine.kills.takeOne()).toBe(false);
    machine.count = 1;
    expect(machine.kills.takeOne()).toBe(true);
  });
});
