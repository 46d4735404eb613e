/** Events of a project that come twice, late, from strangers, or not at all. */
import * as fc from 'fast-check';
import { HOUR, MINUTE } from './builders.ts';

/** The slots of a random project. */
export const SLOTS = ['web-1', 'web-2', 'web-3', 'web-4'];

/** A machine, told by its slot and by how many generations it is older than the newest; or one that nobody knows. */
export type Who = { slot: number; back: number | 'stranger' };

export type Happening =
  | { kind: 'wake'; lateMs: number }
  | { kind: 'acknowledge'; which: number; ok: boolean }
  | {
      kind: 'changed';
      who: Who;
      phase: 'healthy' | 'suspect' | 'recovering' | 'stopped' | 'bricked' | 'retired' | 'destroyed';
      host: string | null;
      gone: boolean;
      /** What it runs: what it ran before, or one of a few sets. */
      versions: 'same' | number;
      agoMs: number;
      proven: boolean;
      /** What it says of the last change that it was ordered. */
      order: 'silent' | 'running' | 'done' | 'failed';
    }
  | { kind: 'bricked'; who: Who; hasCopy: boolean; versions: number; times: number }
  | { kind: 'permit'; who: Who; level: 2 | 3 | 4; step: number; host: string | null; gone: boolean }
  | { kind: 'refresh'; versions: number; by: 'branch' | 'commit' | 'image'; slots: number[] | null }
  | { kind: 'stop'; revert: boolean }
  | { kind: 'pin' | 'unpin'; slot: number }
  | { kind: 'quarantine' | 'lift'; versions: number }
  | { kind: 'override' }
  | { kind: 'clock'; byMs: number }
  | { kind: 'policy'; max: number }
  | { kind: 'apply' };

/** Version sets of a random project, by number: the last one has another image. */
export const SETS = 4;

const slot = fc.nat(SLOTS.length - 1);
const set = fc.nat(SETS - 1);
const who: fc.Arbitrary<Who> = fc.record({
  slot,
  back: fc.constantFrom<Who['back'][]>(0, 0, 0, 0, 0, 0, 1, 2, 'stranger'),
});
const host = fc.constantFrom('host-1', 'host-1', 'host-2', null);
const is = <const Kind extends string>(kind: Kind) => fc.constant(kind);

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: is('wake'), lateMs: fc.oneof(fc.nat(MINUTE), fc.nat(30 * HOUR)) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: is('acknowledge'),
      which: fc.nat(5),
      ok: fc.boolean(),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: is('changed'),
      who,
      phase: fc.constantFrom<Extract<Happening, { kind: 'changed' }>['phase'][]>(
        'healthy',
        'healthy',
        'healthy',
        'healthy',
        'suspect',
        'recovering',
        'stopped',
        'bricked',
        'retired',
        'destroyed',
      ),
      host,
      gone: fc.boolean(),
      versions: fc.oneof(is('same'), set),
      agoMs: fc.oneof(fc.nat(HOUR), fc.constant(0)),
      proven: fc.boolean(),
      order: fc.constantFrom(
        'silent' as const,
        'running' as const,
        'done' as const,
        'done' as const,
        'failed' as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: is('bricked'),
      who,
      hasCopy: fc.boolean(),
      versions: set,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: is('permit'),
      who,
      level: fc.constantFrom<(2 | 3 | 4)[]>(2, 3, 4),
      step: fc.nat(9),
      host,
      gone: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: is('refresh'),
      versions: set,
      by: fc.constantFrom('branch' as const, 'commit' as const, 'image' as const),
      slots: fc.oneof(fc.constant(null), fc.array(slot, { minLength: 1, maxLength: 3 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('stop'), revert: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pin' as const, 'unpin' as const), slot }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('quarantine' as const, 'lift' as const), versions: set }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('override') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: is('clock'), byMs: fc.integer({ min: -2 * HOUR, max: 2 * HOUR }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('policy'), max: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ kind: is('apply') }) },
);
