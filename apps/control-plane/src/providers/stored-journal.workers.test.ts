import { runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { env, reset } from '../../test/in-workerd.ts';
import { knownJournal, storedJournal } from './stored-journal.ts';

const MACHINE = 'demo.journal.1';
const ENTRY = { highest: 3, facts: { id: 'sandbox-1' }, copies: [] };

test('what a provider wrote for a machine is there when its object has ended', async () => {
  const object = env.DAYTONA_MACHINES.getByName(MACHINE);
  await runInDurableObject(object, (_, { storage }) => {
    const journal = storedJournal(storage);
    expect(journal.read(MACHINE)).toBeNull();
    journal.write(MACHINE, { ...ENTRY, highest: 2 });
    journal.write(MACHINE, ENTRY);
  });
  await reset(object);
  expect(await env.DAYTONA_MACHINES.getByName(MACHINE).providerJournal()).toEqual(ENTRY);
});

test('who only wants to know the way to a machine cannot write', () => {
  const journal = knownJournal(ENTRY);
  expect(journal.read(MACHINE)).toBe(ENTRY);
  expect(() => journal.write(MACHINE, ENTRY)).toThrow('Only the object of the machine writes');
});

test('objects of the types of machines are apart: the same name is another object in each', async () => {
  await runInDurableObject(env.FLY_MACHINES.getByName(MACHINE), (_, { storage }) => {
    expect(storedJournal(storage).read(MACHINE)).toBeNull();
  });
});
