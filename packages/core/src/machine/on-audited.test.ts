import type { AuditEntry, Origin } from '@fettle/contract';
import { expect, test } from 'vitest';
import { healthyMachine, MACHINE_ID, policy, SECOND, T0 } from '../testing/builders.ts';
import { decide } from './decide.ts';
import type { Command } from './event.ts';
import { auditRefusal } from './audit-refusal.ts';
import { commandRefusal } from './command-refusal.ts';
import { NO_CREDENTIALS } from './credentials.ts';
import type { MachineRecord } from './record.ts';

const BY: Origin = { actor: { kind: 'token', id: 'abcdefghijkl' }, requestId: 'request-1' };
const NOW = T0 + SECOND;

function commanded(record: MachineRecord, command: Command, by: Origin | null = BY) {
  return decide({ record, event: { type: 'commanded', by, command }, now: NOW, policy: policy() });
}

function entries({ outbox }: MachineRecord): AuditEntry[] {
  return outbox.flatMap(({ message }) => (message.kind === 'audited' ? [message.entry] : []));
}

test('a command of a person tells who did what, and what that changed', () => {
  expect(entries(commanded(healthyMachine(), { kind: 'stop' }).record)).toEqual([
    {
      at: NOW,
      actor: BY.actor,
      action: 'machines.stop',
      subject: MACHINE_ID,
      before: '{"desired":"running","phase":"healthy"}',
      after: '{"desired":"stopped","phase":"stopping"}',
      requestId: 'request-1',
    },
  ]);
});

test('the reason that a person gave is told with what was done', () => {
  const revoke = { kind: 'revoke-credentials', reason: 'its disk was read' } as const;
  const bootstrap = { id: 'a', claimHash: 'b', at: T0, misused: false };
  const record = healthyMachine({ credentials: { ...NO_CREDENTIALS, bootstrap } });
  const [entry] = entries(commanded(record, revoke).record);
  expect(entry).toMatchObject({
    action: 'machines.revokeCredentials',
    before: '{"epoch":1}',
    after: '{"epoch":2,"reason":"its disk was read"}',
  });
});

test('a command that found everything as it wants it is told all the same', () => {
  const [entry] = entries(commanded(healthyMachine(), { kind: 'start' }).record);
  expect(entry).toMatchObject({ before: null, after: '{"asked":{"kind":"start"}}' });
});

test('what the project orders, and what is refused, is not told', () => {
  expect(entries(commanded(healthyMachine(), { kind: 'stop' }, null).record)).toEqual([]);
  const retired = healthyMachine({ state: { phase: 'destroyed', since: T0 } });
  expect(entries(commanded(retired, { kind: 'restart' }).record)).toEqual([]);
});

test('entries are sent one after the other, and no wake is set for those that wait', () => {
  let record = healthyMachine();
  for (let time = 0; time < 3; time++) record = commanded(record, { kind: 'restart' }).record;
  const woke = decide({ record, event: { type: 'woke' }, now: NOW + 1, policy: policy() });
  const numbered = woke.messages.filter(({ message }) => message.kind === 'audited');
  expect(numbered).toHaveLength(1);
  const [entryId] = numbered.map(({ id }) => id);
  const delivered = decide({
    record: { ...woke.record, pending: null, commands: [], check: { ...record.check, dueAt: NOW + 60_000 } },
    event: { type: 'delivered', entryId: entryId ?? '', ok: true },
    now: NOW + 2,
    policy: policy(),
  });
  expect(delivered.wakeAt).toBe(NOW + 3);
  expect(entries(delivered.record)).toHaveLength(2);
});

test('a project that takes no entries keeps people from doing more', () => {
  let record = healthyMachine();
  for (let time = 0; time < 64; time++) record = commanded(record, { kind: 'start' }).record;
  expect(auditRefusal(record)?.code).toBe('CONFLICT');
  expect(commandRefusal(record, { kind: 'restart' })?.code).toBe('CONFLICT');
  expect(commandRefusal(record, { kind: 'retire' })).toBeNull();
  expect(auditRefusal(healthyMachine())).toBeNull();
});
