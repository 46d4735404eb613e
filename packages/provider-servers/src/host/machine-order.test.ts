import { CREDENTIALS_VARIABLE, MACHINE_VARIABLE } from '@fettle/contract/boot-environment';
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
  blank: { id: '0123456789ab', machineToken: 'machine', commandToken: 'command'.repeat(3) },
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
  const env = { ...bootEnvironment('web', 'daytona'), [CREDENTIALS_VARIABLE]: '{"machineToken":"secret"}' };
  const credentials = machineOrder(parts({ env }));
  expect(credentials).toMatchObject({ wrong: expect.stringContaining(CREDENTIALS_VARIABLE) });
  expect(JSON.stringify(credentials)).not.toContain('secret');
  expect(machineOrder(parts({ env: { [MACHINE_VARIABLE]: 'no JSON' } }))).toMatchObject({
    wrong: expect.stringContaining(MACHINE_VARIABLE),
  });
});

test('actions of a machine go up, also when the clock goes back', () => {
  const last: Record<string, number> = {};
  expect(nextAction(last, 'a', 1000)).toEqual({ id: 'a/1000', sequence: 1000 });
  expect(nextAction(last, 'a', 900).sequence).toBe(1001);
  expect(nextAction(last, 'b', 900).sequence).toBe(900);
});
