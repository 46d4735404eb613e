/** From the word of a receiver that an order is carried out to the look that shows it. */
import { describe, expect, test } from 'vitest';
import {
  commit,
  healthyMachine,
  HOUR,
  inspection,
  lightObservation,
  MACHINE_ID,
  MINUTE,
  observation,
  operation,
  ordered,
  pending,
  report,
  SECOND,
  T0,
  versions,
} from '../testing/builders.ts';
import { decideOn, finish, look, NEVER } from '../testing/deciding.ts';
import { Scenario } from '../testing/scenario.ts';
import type { MachineRecord } from './record.ts';

const OLD = versions();
const NEW = versions({ customer: commit('c') });
const ID = `${MACHINE_ID}/40`;

describe('what was carried out', () => {
  const now = T0 + 10 * SECOND;
  const startedAt = now - SECOND;
  const branch = { refs: { customer: 'main' } };

  const seen = (
    overrides: Partial<MachineRecord>,
    at = now,
    found = observation({ startedAt, versions: NEW }),
  ) => look(healthyMachine({ order: ordered(), ...overrides }), found, { now: at }).record.order;

  test('is done when a look that began after it shows it', () => {
    expect(seen({})).toMatchObject({ status: 'done' });
    expect(seen({ order: ordered(branch) })).toMatchObject({ status: 'done' });
  });

  test('is not done by a look that may be from before it, where only the machine knows what was meant', () => {
    const early = observation({ startedAt: T0, versions: NEW });
    expect(seen({ order: ordered(branch) }, now, early)).toMatchObject({ status: 'running' });
  });

  test('is done when a report that came after it tells it', () => {
    const heard = { receivedAt: now - SECOND, report: report({ versions: NEW }) };
    const light = lightObservation({ startedAt });
    expect(seen({ order: ordered(branch), report: heard }, now, light)).toMatchObject({ status: 'done' });
    const before = { ...heard, receivedAt: T0 };
    expect(seen({ order: ordered(branch), report: before }, now, light)).toMatchObject({ status: 'running' });
  });

  test('has failed when a healthy machine runs something else all the same', () => {
    const other = observation({ startedAt, versions: OLD });
    expect(seen({}, now, other)).toMatchObject({
      status: 'failed',
      message: 'it runs platform a000000, customer b000000 instead',
    });
  });

  test('has failed when nobody could tell for a quarter of an hour', () => {
    const light = lightObservation({ startedAt: T0 + 15 * MINUTE });
    expect(seen({ report: null }, T0 + 15 * MINUTE - 1, light)).toMatchObject({ status: 'running' });
    expect(seen({ report: null }, T0 + 15 * MINUTE, light)).toMatchObject({
      status: 'failed',
      message: 'what the machine runs was not seen',
    });
  });

  test('is looked for soon, and deeply', () => {
    const record = healthyMachine({ order: ordered({ doneAt: T0 }) });
    const due = { ...record, check: { ...record.check, dueAt: T0 + 4 * SECOND } };
    const decision = decideOn(due, { type: 'woke' }, { now: T0 + 4 * SECOND });
    expect(decision.actions).toMatchObject([{ do: 'observe', depth: 'deep' }]);
    expect(decision.record.check.dueAt).toBe(T0 + 5 * SECOND);
  });

  test.each([
    [2 * SECOND, SECOND],
    [20 * SECOND, 5 * SECOND],
    [10 * MINUTE, 30 * SECOND],
  ])('and not seen %i ms later is looked for again after %i ms', (later, inMs) => {
    const at = T0 + later;
    const order = ordered({ doneAt: T0 });
    const { check } = healthyMachine();
    const silent = healthyMachine({
      order,
      report: null,
      state: { phase: 'starting', since: T0 },
      check: { ...check, dueAt: at + HOUR },
    });
    const { record } = look(silent, lightObservation({ startedAt: at }), { now: at });
    expect(record.order).toMatchObject({ status: 'running' });
    expect(record.check.dueAt).toBe(at + inMs);
  });

  test('was an image under a name of its own: what the machine tells after it counts', () => {
    const byName = ordered({ refs: null, image: 'registry.example/machine:v2' });
    const found = observation({
      startedAt,
      provider: { ok: true, value: inspection({ image: 'sha256:2' }) },
      versions: versions({ image: 'sha256:2' }),
    });
    expect(seen({ order: byName }, now, found)).toMatchObject({ status: 'done' });
  });
});

test('an order whose change was taken over by another one has failed', () => {
  const order = ordered({ actionId: `${MACHINE_ID}/39`, doneAt: null });
  const change = { actionId: `${MACHINE_ID}/39`, startedAt: T0 };
  const taken = pending({ do: 'apply-versions', refs: { customer: OLD.customer }, fresh: true });
  const record = healthyMachine({ order, change, pending: taken });
  expect(finish(record, { ok: true }).record.order).toMatchObject({
    status: 'failed',
    message: 'another change took its place',
  });
  expect(finish(record, NEVER).record.order).toMatchObject({ status: 'running' });
});

test('an order that is lost from sight has failed', () => {
  const s = Scenario.healthy();
  s.machine.loses.add('rebuild');
  s.command({ kind: 'rebuild', image: 'image-2', refs: null, order: 'a' });
  s.runFor(HOUR);
  expect(s.record.order).toMatchObject({ status: 'failed', message: 'version change lost from sight' });
  expect(s.record.change).toBeNull();
});

test('the outcome of a look shows a rebuild that the provider has done', () => {
  const done = inspection({ image: 'image-2', operation: operation(ID, { kind: 'rebuild' }) });
  const record = healthyMachine({
    change: { actionId: ID, startedAt: T0 },
    order: ordered({ refs: null, image: 'image-2', doneAt: null }),
  });
  const found = observation({
    startedAt: T0 + SECOND,
    provider: { ok: true, value: done },
    versions: versions({ image: 'image-2' }),
  });
  const { record: after } = look(record, found, { now: T0 + 2 * SECOND });
  expect(after.change).toBeNull();
  expect(after.order).toMatchObject({ status: 'done' });
});
