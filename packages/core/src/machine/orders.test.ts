import type { VersionRefs } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { commit, fleet, healthyMachine, MINUTE, origin, SECOND, T0, versions } from '../testing/builders.ts';
import { decideOn } from '../testing/deciding.ts';
import { Scenario } from '../testing/scenario.ts';
import type { Command } from './event.ts';
import type { MachineRecord } from './record.ts';

const OLD = versions();
const NEW = versions({ customer: commit('c') });

const refresh = (order: string, refs: VersionRefs = { customer: NEW.customer }): Command => ({
  kind: 'apply-versions',
  refs,
  order,
});

const rebuild = (order: string, refs: VersionRefs | null = null): Command => ({
  kind: 'rebuild',
  image: 'image-2',
  refs,
  order,
});

/** What the project was told of orders, each word once. */
function toldOrders(s: Scenario): string[] {
  const words = s.told.flatMap((one) =>
    one.kind === 'changed' && one.order !== null ? [`${one.order.id} ${one.order.status}`] : [],
  );
  return words.filter((word, index) => word !== words[index - 1]);
}

function ends(command: Command, prepare: (s: Scenario) => void = () => undefined): Scenario {
  const s = Scenario.healthy();
  prepare(s);
  s.command(command);
  s.runUntil('over', () => s.record.order !== null && s.record.order.status !== 'running');
  s.runFor(MINUTE);
  return s;
}

describe('an order', () => {
  test('is done once the machine was seen with what was ordered', () => {
    const s = ends(refresh('a'));
    expect(toldOrders(s)).toEqual(['a running', 'a done']);
    const done = s.told.find((one) => one.kind === 'changed' && one.order?.status === 'done');
    expect(done).toMatchObject({
      versions: NEW,
      order: { message: 'runs platform a000000, customer c000000' },
    });
  });

  test('of a branch is done once the machine has told since to which commit it led', () => {
    const s = ends(refresh('a', { customer: 'main' }), ({ machine }) => {
      machine.head = NEW;
    });
    expect(toldOrders(s)).toEqual(['a running', 'a done']);
    const done = s.told.find((one) => one.kind === 'changed' && one.order?.status === 'done');
    expect(done).toMatchObject({ versions: NEW });
  });

  test('of what it runs already is done as well', () => {
    expect(toldOrders(ends(refresh('a', { customer: OLD.customer })))).toEqual(['a running', 'a done']);
  });

  test('of another image is done once the machine runs from it', () => {
    const s = ends(rebuild('a'));
    expect(toldOrders(s)).toEqual(['a running', 'a done']);
    expect(s.record.versions).toEqual(versions({ image: 'image-2' }));
    expect(s.story).toContain('now runs image image-2, platform a000000, customer b000000');
    expect(s.incidents).toEqual([]);
  });

  test('of another image and other commits is done once it runs both', () => {
    const s = ends(rebuild('a', { customer: NEW.customer }));
    expect(toldOrders(s)).toEqual(['a running', 'a done']);
    expect(s.record.versions).toEqual({ ...NEW, image: 'image-2' });
  });

  test('has failed when the change fails, in the words of the one who carried it out', () => {
    const s = ends(refresh('a'), ({ machine }) => machine.fails.add('apply-versions'));
    expect(toldOrders(s)).toEqual(['a running', 'a failed']);
    expect(s.record.order?.message).toBe('npm ci ended with 1');
    expect(s.record.versions).toEqual(OLD);
  });

  test('has failed when the rebuild fails', () => {
    const s = ends(rebuild('a'), ({ machine }) => machine.fails.add('rebuild'));
    expect(s.record.order).toMatchObject({ status: 'failed', message: 'rebuild went wrong' });
  });

  test('has failed when its receiver refuses it', () => {
    const s = ends(refresh('a'), ({ machine }) => machine.refuses.add('apply-versions'));
    expect(s.record.order).toMatchObject({ status: 'failed', message: 'apply-versions is refused here' });
  });

  test.each<[string, Command, string]>([
    ['stopped', { kind: 'stop' }, 'the machine was stopped'],
    ['replaced', { kind: 'retire' }, 'the machine was replaced'],
    ['destroyed', { kind: 'destroy' }, 'the machine was destroyed'],
  ])('has failed when the machine is %s before it is done', (_name, command, message) => {
    const s = Scenario.healthy();
    s.command(refresh('a'));
    s.command(command);
    expect(s.record.order).toMatchObject({ id: 'a', status: 'failed', message });
    expect(s.record.commands).toEqual([]);
  });

  test('has failed when the machine is given up', () => {
    const s = Scenario.healthy();
    s.machine.loses.add('rebuild');
    s.command(rebuild('a'));
    s.runFor(SECOND);
    s.machine.vanish({ withDisk: true });
    s.runUntil('given up', () => s.phase === 'bricked');
    expect(s.record.order).toMatchObject({ status: 'failed', message: 'the machine was given up' });
  });

  test('that is done stays done, whatever becomes of the machine', () => {
    const s = ends(refresh('a'));
    s.command({ kind: 'stop' });
    expect(s.record.order).toMatchObject({ status: 'done' });
  });

  test('that is repeated changes nothing, and wakes nobody', () => {
    const { record, wakeAt } = decideOn(healthyMachine(), {
      type: 'commanded',
      by: null,
      command: refresh('a'),
    });
    const again = decideOn(record, { type: 'commanded', by: null, command: refresh('a') });
    expect(again.record).toEqual(record);
    expect(again.wakeAt).toBe(wakeAt);
    const s = ends(refresh('a'));
    const { sequence } = s.record;
    s.command(refresh('a'));
    s.runFor(MINUTE);
    expect(s.record.order).toMatchObject({ status: 'done' });
    expect(s.record.sequence - sequence).toBeLessThan(6);
    expect(s.sent.filter((one) => one === 'apply-versions')).toHaveLength(1);
  });

  test('overtakes one before it that has not been begun', () => {
    const s = Scenario.healthy();
    s.command(refresh('a'));
    s.command(refresh('b', { customer: OLD.customer }));
    s.runUntil('over', () => s.record.order?.status === 'done');
    expect(s.record.order?.id).toBe('b');
    expect(s.sent.filter((one) => one === 'apply-versions')).toHaveLength(1);
    expect(s.record.versions).toEqual(OLD);
  });

  test('waits for the change before it to be over', () => {
    const s = Scenario.healthy();
    s.command(refresh('a'));
    s.runUntil('under way', () => s.record.change !== null);
    s.command(refresh('b', { customer: OLD.customer }));
    s.runUntil('over', () => s.record.order?.status === 'done');
    expect(s.sent.filter((one) => one === 'apply-versions')).toHaveLength(2);
    expect(s.record.versions).toEqual(OLD);
  });

  test('does not take away what a person asked for', () => {
    const s = Scenario.healthy();
    s.command({ kind: 'apply-versions', refs: { platform: 'main' }, order: null });
    s.command(refresh('a'));
    s.command(refresh('b'));
    expect(s.record.commands).toMatchObject([{ order: null }, { order: 'b' }]);
  });
});

describe('an order that cannot be carried out has failed at once, and the project is told why', () => {
  test.each<[string, Partial<MachineRecord>, Command, string]>([
    ['a pinned slot', { fleet: fleet({ pinned: 'a demo' }) }, refresh('a'), 'The slot is pinned: a demo'],
    [
      'quarantined versions',
      { fleet: fleet({ quarantined: [NEW] }) },
      refresh('a'),
      'These versions are quarantined: platform a000000, customer c000000',
    ],
    [
      'another image, where machines keep theirs',
      { identity: { ...origin().identity, type: 'daytona' } },
      rebuild('a'),
      'A machine of type daytona keeps its image for life',
    ],
    [
      'a machine that is down',
      { desired: 'stopped', state: { phase: 'stopped', since: T0 } },
      refresh('a'),
      'The machine is stopped; start it first',
    ],
    [
      'a machine that was replaced',
      { desired: 'retired', state: { phase: 'retired', since: T0, settled: true, actionId: null } },
      refresh('a'),
      'The machine is retired; its slot leads to another one',
    ],
  ])('%s', (_name, overrides, command, message) => {
    const { record, wakeAt } = decideOn(healthyMachine(overrides), { type: 'commanded', by: null, command });
    expect(record.commands).toEqual([]);
    expect(record.outbox).toMatchObject([{ message: { order: { id: 'a', status: 'failed', message } } }]);
    expect(wakeAt).toBe(T0 + 1);
  });

  test('also when that is known only when its turn comes', () => {
    const { record } = decideOn(healthyMachine(), { type: 'commanded', by: null, command: refresh('a') });
    const told = { kind: 'adopt-fleet', fleet: fleet({ quarantined: [NEW] }) } as const;
    const known = decideOn(record, { type: 'commanded', by: null, command: told }).record;
    const { actions, record: after } = decideOn(known, { type: 'woke' }, { now: T0 + SECOND });
    expect(actions).not.toContainEqual(expect.objectContaining({ do: 'apply-versions' }));
    expect(after.order).toMatchObject({ status: 'failed' });
    expect(after.order?.message).toContain('quarantined');
  });
});
