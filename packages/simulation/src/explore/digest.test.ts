import { describe, expect, test } from 'vitest';
import { CONFIGURATIONS } from './configurations.ts';
import { digestWorld } from './digest.ts';
import { TICK_MS, type World } from './small-world.ts';
import { systemOf } from './system.ts';

const [substitution] = CONFIGURATIONS;
if (substitution === undefined) throw new Error('There are no configurations');
const system = systemOf(substitution);

/** The world after so many steps that are no faults. */
function after(count: number): World {
  return Array.from({ length: count }).reduce<World>((world) => {
    const step = system.steps(world).find((one) => !one.fault);
    if (step === undefined || !('next' in step)) throw new Error('The world has come to an end');
    return step.next;
  }, system.initial);
}

/** The same world, with all times moved. */
function later(world: World, ms: number): World {
  const move = (_key: string, value: unknown) =>
    typeof value === 'number' && value > 1e12 ? value + ms : value;
  return JSON.parse(JSON.stringify(world, move));
}

describe('the digest of a world', () => {
  test('is the same at another time', () => {
    expect(digestWorld(later(system.initial, 1000 * TICK_MS))).toEqual(digestWorld(system.initial));
  });

  test('is the same when a healthy machine has been watched for longer: its ids and counts have grown', () => {
    const seen = Array.from({ length: 100 }, (_, count) => JSON.stringify(digestWorld(after(count))));
    expect(new Set(seen).size).toBeLessThan(20);
  });

  test('is another one when something is due that was not', () => {
    const world = after(1);
    expect(digestWorld({ ...world, now: world.now + TICK_MS })).not.toEqual(digestWorld(world));
  });

  test('is another one when a machine is sick', () => {
    const [side] = system.initial.machines;
    if (side === undefined) throw new Error('There is no machine');
    const sick = { ...side, receiver: { ...side.receiver, sickness: 'ruined' as const } };
    expect(digestWorld({ ...system.initial, machines: [sick] })).not.toEqual(digestWorld(system.initial));
  });
});
