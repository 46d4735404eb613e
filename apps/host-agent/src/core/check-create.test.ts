import { expect, it } from 'vitest';
import { order } from '../../test/orders.ts';
import { checkCreate } from './check-create.ts';

const [service] = order().services;

it('passes a complete order', () => {
  expect(() => checkCreate(order())).not.toThrow();
});

it('asks that the id follows from project, slot and generation', () => {
  const wrong = order();
  wrong.identity.generation = 2;
  expect(() => checkCreate(wrong)).toThrow(
    expect.objectContaining({ code: 'BAD_REQUEST', field: 'identity.machineId' }),
  );
});

it.each(['pidnap', 'daemon', 'credentials', 'checkout'])('keeps the name %s to Fettle', (name) => {
  const services = [{ ...service!, name }];
  expect(() => checkCreate(order({ services }))).toThrow(
    expect.objectContaining({ field: 'services.0.name' }),
  );
});

it('refuses a name and a port that are used twice', () => {
  const twice = [service!, { ...service!, port: 9999 }];
  expect(() => checkCreate(order({ services: twice }))).toThrow(
    expect.objectContaining({ field: 'services.1.name' }),
  );
  const samePort = [service!, { ...service!, name: 'other' }];
  expect(() => checkCreate(order({ services: samePort }))).toThrow(
    expect.objectContaining({ field: 'services.1.port' }),
  );
});
