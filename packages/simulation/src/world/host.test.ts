import { describe, expect, test } from 'vitest';
import { Timeline } from '../runtime/timeline.ts';
import { CopyStore } from './copies.ts';
import { Host } from './host.ts';
import { NO_TROUBLE, type HostRequest } from './host-request.ts';
import { Random } from './random.ts';
import { Repositories } from './versions.ts';

const T0 = 1_780_000_000_000;
const ID = 'p1.s1.1';

function host() {
  const timeline = new Timeline(T0);
  const executed: string[] = [];
  const declined: string[] = [];
  const copies = new CopyStore();
  const repositories = new Repositories();
  const one = new Host('host-1', {
    timeline,
    random: new Random(1, 'host'),
    repositories,
    copies,
    onExecuted: ({ kind, ref }) => executed.push(`${kind} ${ref.sequence}`),
    onDeclined: (why) => declined.push(why),
    onKnown: () => undefined,
    onBooted: () => undefined,
  });
  const pass = (ms: number) => timeline.runUntil(timeline.now + ms);
  return { host: one, executed, declined, copies, repositories, pass };
}

function request(
  kind: HostRequest['kind'],
  sequence: number,
  restoreCopyId: string | null = null,
): HostRequest {
  return {
    machineId: ID,
    slot: 's1',
    kind,
    ref: { id: `${ID}/${sequence}`, sequence },
    restoreCopyId,
    image: null,
    versions: {},
  };
}

test('a machine comes up and is well', () => {
  const { host: one, pass } = host();
  expect(one.take(request('create', 1))).toEqual({ ok: true });
  expect(one.inspect(ID)).toMatchObject({ state: 'creating', operation: { status: 'running' } });
  pass(60_000);
  expect(one.inspect(ID)).toMatchObject({ state: 'running', operation: { status: 'done' }, host: 'host-1' });
  expect(one.sandbox(ID)?.isWell()).toBe(true);
});

test('an action id is carried out once', () => {
  const { host: one, executed, declined, pass } = host();
  one.take(request('create', 1));
  pass(60_000);
  one.take(request('restart', 2));
  expect(one.take(request('restart', 2))).toEqual({ ok: true });
  pass(60_000);
  expect(one.take(request('restart', 2))).toEqual({ ok: true });
  expect(executed).toEqual(['create 1', 'restart 2']);
  expect(declined).toEqual(['repeated', 'repeated']);
});

test('an older action than the newest is refused', () => {
  const { host: one, executed } = host();
  one.take(request('stop', 5));
  expect(one.take(request('restart', 4))).toMatchObject({
    ok: false,
    code: 'STALE_ACTION',
    retryable: false,
  });
  expect(executed).toEqual(['stop 5']);
});

test('data comes back from a copy, and from no other', () => {
  const { host: one, copies, pass } = host();
  one.take(request('create', 1));
  pass(120_000);
  one.take(request('copy', 2));
  pass(10_000);
  expect(copies.of(ID)[0]?.writes).toBeGreaterThan(60);
  const other = (id: string, copy: string): HostRequest => ({
    ...request('create', 1, copy),
    machineId: id,
    ref: { id: `${id}/1`, sequence: 1 },
  });
  one.take(other('p1.s1.2', `${ID}.2`));
  one.take(other('p1.s1.3', 'nobody.9'));
  pass(60_000);
  expect(one.sandbox('p1.s1.2')?.restoredFrom).toBe(`${ID}.2`);
  expect(one.inspect('p1.s1.3')).toMatchObject({ state: 'absent', operation: { status: 'failed' } });
});

describe('a host in trouble', () => {
  test('that is a stranger has none of the machines, and says who it is', () => {
    const { host: one, pass } = host();
    one.take(request('create', 1));
    pass(60_000);
    one.foreignHostId = 'stranger';
    expect(one.inspect(ID)).toMatchObject({ state: 'absent', host: 'stranger' });
    expect(one.take(request('restart', 2))).toMatchObject({ ok: false, code: 'MACHINE_NOT_FOUND' });
  });

  test('that hides its machines still knows what it did and copied', () => {
    const { host: one, pass } = host();
    one.take(request('create', 1));
    pass(60_000);
    one.hideMachines(true);
    expect(one.inspect(ID)).toMatchObject({ state: 'absent', host: 'host-1', operation: { kind: 'create' } });
    one.hideMachines(false);
    expect(one.inspect(ID)).toMatchObject({ state: 'running' });
  });

  test('that loses power takes down what runs, and what was under way', () => {
    const { host: one, pass } = host();
    one.take(request('create', 1));
    pass(60_000);
    one.take(request('copy', 2));
    one.losePower();
    pass(60_000);
    expect(one.inspect(ID)).toMatchObject({
      state: 'stopped',
      operation: { kind: 'copy', status: 'failed' },
    });
  });

  test('that loses operations takes them and never ends them', () => {
    const { host: one, pass } = host();
    one.trouble = { ...NO_TROUBLE, operationsLost: 1 };
    expect(one.take(request('create', 1))).toEqual({ ok: true });
    pass(3_600_000);
    expect(one.inspect(ID)).toMatchObject({ state: 'absent', operation: { status: 'running' } });
  });
});

test('another image over the same disk keeps its data, and brings the versions that were asked for', () => {
  const { host: one, pass, repositories } = host();
  one.take(request('create', 1));
  pass(60_000);
  const written = one.sandbox(ID)?.writesAt(T0 + 60_000) ?? 0;
  const image = repositories.addImage(null);
  const customer = repositories.add('customer', null);
  one.take({ ...request('rebuild', 2), image, versions: { customer } });
  pass(60_000);
  expect(one.sandbox(ID)?.versions).toMatchObject({ image, customer });
  expect(one.inspect(ID)).toMatchObject({ image, state: 'running' });
  expect(one.sandbox(ID)?.writesAt(T0 + 120_000)).toBeGreaterThanOrEqual(written);
});

test('a rebuild with commits that cannot be installed leaves those that are there', () => {
  const { host: one, pass, repositories } = host();
  one.take(request('create', 1));
  pass(60_000);
  const before = one.sandbox(ID)?.versions;
  const image = repositories.addImage(null);
  one.take({
    ...request('rebuild', 2),
    image,
    versions: { customer: repositories.add('customer', 'fails') },
  });
  pass(60_000);
  expect(one.sandbox(ID)?.versions).toEqual({ ...before, image });
});

test('an image that nobody made is refused', () => {
  const { host: one, executed } = host();
  expect(one.take({ ...request('create', 1), image: 'image-9' })).toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  expect(executed).toEqual([]);
});
