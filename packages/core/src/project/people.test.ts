import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, T0 } from '../testing/builders.ts';
import { after, changed, config, decideOn, gaveUp, PERSON, running } from '../testing/project-builders.ts';
import { ProjectLife, versionSet } from '../testing/project-life.ts';
import { commandsThisHour } from './quota.ts';

const pin = { type: 'pinned', slot: 'web-1', reason: 'demo on Friday' } as const;
const quota = (overrides: { machines?: number; commandsPerHour?: number }) =>
  ({ type: 'quota-set', quota: { machines: 600, commandsPerHour: 2000, ...overrides } }) as const;

describe('what a person asks of a project', () => {
  test('is told with who asked, and only with what it changed', () => {
    expect(decideOn(running(['web-1', 'web-2']), pin).audit).toEqual([
      {
        at: T0,
        actor: PERSON.actor,
        action: 'projects.pin',
        subject: 'demo/web-1',
        before: '{"pins":{}}',
        after: '{"pins":{"web-1":"demo on Friday"}}',
        requestId: PERSON.requestId,
      },
    ]);
  });

  test('is not told when it was refused', () => {
    expect(decideOn(running(), { ...pin, slot: 'web-9' }).audit).toEqual([]);
  });

  test('comes before what follows from it', () => {
    const life = new ProjectLife(['web-1', 'web-2']);
    life.ask({ refs: { customer: 'main' }, image: null });
    const { audit } = life.do({ type: 'rollout-stopped', revert: true, reason: 'enough' });
    expect(audit.map(({ action }) => action)).toEqual(['projects.stopRollout', 'rollout.reverting']);
  });

  test('holds no secret', () => {
    const { audit } = decideOn(running(), { ...pin, reason: 'see https://me:hunter22@git.example' });
    expect(audit[0]?.after).toBe('{"pins":{"web-1":"see https://me:[redacted]@git.example"}}');
  });
});

test('what Fettle does by itself that ends a machine is told', () => {
  const record = after(running(), gaveUp('demo.web-1.1'));
  const [action] = record.pending;
  const asked = after(record, { type: 'finished', actionId: action?.id ?? '', ok: true });
  const { audit } = decideOn(asked, changed('demo.web-1.2', 'healthy'));
  expect(decideOn(running(), gaveUp('demo.web-1.1')).audit.map((one) => one.action)).toEqual([
    'machine.bricked',
  ]);
  expect(audit.map((one) => one.action)).toEqual(['slot.substituted', 'machine.retired']);
  expect(audit[0]?.actor).toEqual({ kind: 'system', id: 'fettle' });
});

test('an entry of a machine is taken once, however often it comes', () => {
  const entry = {
    at: T0,
    actor: PERSON.actor,
    action: 'machines.exec',
    subject: 'demo.web-1.1',
    before: null,
    after: null,
    requestId: null,
  };
  const audited = { type: 'audited', machineId: 'demo.web-1.1', number: 7, entry } as const;
  const first = decideOn(running(), audited);
  expect(first.audit).toEqual([entry]);
  expect(decideOn(first.record, audited).audit).toEqual([]);
  expect(decideOn(first.record, { ...audited, number: 8 }).audit).toEqual([entry]);
});

test('people are told once that two have shown one bootstrap token', () => {
  const misused = { type: 'credentials-misused', machineId: 'demo.web-1.1', number: 7, at: T0 } as const;
  const { record, notices, audit } = decideOn(running(), misused);
  expect(notices).toMatchObject([{ kind: 'credentials', slot: 'web-1', machineId: 'demo.web-1.1' }]);
  expect(audit).toMatchObject([{ action: 'machine.credentials-misused', subject: 'demo.web-1.1' }]);
  expect(decideOn(record, misused)).toMatchObject({ notices: [], audit: [] });
});

test('people are told once that a machine refuses every command', () => {
  const refused = { type: 'commands-refused', machineId: 'demo.web-1.1', number: 7, at: T0 } as const;
  const { record, notices } = decideOn(running(), refused);
  expect(notices).toMatchObject([
    { kind: 'credentials', slot: 'web-1', message: expect.stringContaining('refused every command') },
  ]);
  expect(decideOn(record, refused).notices).toEqual([]);
});

describe('a quota', () => {
  test('of commands counts those of the last hour, and names the field and the figure when it is used up', () => {
    let record = after(running(), quota({ commandsPerHour: 4 }));
    const admitted = { type: 'command-admitted' } as const;
    const used = commandsThisHour(record, T0);
    for (let time = used; time < 4; time++) record = after(record, admitted);
    const { refused, record: same } = decideOn(record, admitted);
    expect(refused).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining('quota.commandsPerHour: 4'),
    });
    expect(same).toEqual(record);
    expect(decideOn(record, pin).refused?.code).toBe('QUOTA_EXCEEDED');
    expect(decideOn(record, admitted, T0 + HOUR + MINUTE).refused).toBeNull();
  });

  test('that is used up keeps nobody from stopping harm, or from making room', () => {
    const record = after(running(), quota({ commandsPerHour: 1 }));
    expect(decideOn(record, quota({})).refused).toBeNull();
    const bad = { type: 'quarantined', versions: versionSet('b'), reason: 'loses mail' } as const;
    expect(decideOn(record, bad).refused?.code).not.toBe('QUOTA_EXCEEDED');
  });

  test('of machines refuses slots that do not fit, whole', () => {
    const record = after(running(['web-1', 'web-2']), quota({ machines: 3 }));
    const four = {
      type: 'applied',
      config: config({ slots: ['web-1', 'web-2', 'web-3', 'web-4'] }),
    } as const;
    expect(decideOn(record, four)).toMatchObject({
      record: { slots: [{ slot: 'web-1' }, { slot: 'web-2' }] },
      refused: {
        code: 'QUOTA_EXCEEDED',
        message: expect.stringMatching(/^slots: 2 more.*quota.machines \(3\).*1$/),
      },
    });
    const three = { type: 'applied', config: config({ slots: ['web-1', 'web-2', 'web-3'] }) } as const;
    expect(decideOn(record, three).refused).toBeNull();
  });

  test('of machines never keeps a slot from being healed: what was replaced goes earlier', () => {
    const life = new ProjectLife(['web-1', 'web-2']);
    life.do(quota({ machines: 2 }));
    const heal = (slot: string) => {
      life.do(gaveUp(life.machineOf(slot)));
      life.wake();
      life.getsWell(slot);
    };
    heal('web-1');
    expect(life.record.slots[0]?.machineId).toBe('demo.web-1.2');
    heal('web-2');
    expect(life.record.slots[1]?.machineId).toBe('demo.web-2.2');
    const [oldest] = life.record.retired;
    expect(oldest).toMatchObject({ machineId: 'demo.web-1.1', destroying: true });
  });
});
