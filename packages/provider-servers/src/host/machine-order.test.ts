import { MACHINE_VARIABLE } from '@fettle/contract/boot-environment';
import { CreateMachine } from '@fettle/contract/host-agent';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { bootEnvironment } from '../../test/orders.ts';
import { machineOrder, type OrderParts } from './machine-order.ts';
import { nextAction } from './sequences.ts';

const parts = (overrides: Partial<OrderParts> = {}): OrderParts => ({
  env: bootEnvironment('web', 'daytona'),
  type: 'daytona',
  image: 'sha256:1',
  limits: { memoryMb: 1024, cpus: 1 },
  restoreCopyId: null,
  blank: { id: '0123456789ab', commandKey: 'k'.repeat(43) },
  ...overrides,
});

const action = { id: 'a/1', sequence: 1 };

test('a machine of Fettle is made with the id that its environment names', () => {
  const ordered = machineOrder(parts());
  if ('wrong' in ordered) throw new Error(ordered.wrong);
  expect(ordered.order.identity.machineId).toBe('daytona.web.1');
  expect(ordered.ports).toEqual({ pidnap: 7701, daemon: 7702 });
  expect(v.is(CreateMachine, { action, ...ordered.order })).toBe(true);
});

test('a machine of anybody else is a blank one that the host takes', () => {
  const ordered = machineOrder(parts({ env: { PATH: '/bin' } }));
  if ('wrong' in ordered) throw new Error(ordered.wrong);
  expect(v.is(CreateMachine, { action, ...ordered.order })).toBe(true);
});

test('a wrong environment is named without what it holds', () => {
  for (const text of ['{"commandKeys":["secret"]}', 'secret, and no JSON']) {
    const ordered = machineOrder(parts({ env: { [MACHINE_VARIABLE]: text } }));
    expect(ordered).toMatchObject({ wrong: expect.stringContaining(MACHINE_VARIABLE) });
    expect(JSON.stringify(ordered)).not.toContain('secret');
  }
});

test('actions of a machine go up, also when the clock goes back', () => {
  const last: Record<string, number> = {};
  expect(nextAction(last, 'a', 1000)).toEqual({ id: 'a/1000', sequence: 1000 });
  expect(nextAction(last, 'a', 900).sequence).toBe(1001);
  expect(nextAction(last, 'b', 900).sequence).toBe(900);
});
