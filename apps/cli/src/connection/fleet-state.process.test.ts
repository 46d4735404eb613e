import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fleetState } from '../../test/builders.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { readFleetState, writeFleetState } from './fleet-state.ts';

const stateFile = () => path.join(temporaryFolder(), 'state.json');

test('a state is read as it was written, and only its owner may read it', async () => {
  const file = stateFile();
  await writeFleetState(file, fleetState({ backend: 'process' }));
  expect(await readFleetState(file)).toEqual(fleetState({ backend: 'process' }));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('where there is no state there is none', async () => {
  expect(await readFleetState(stateFile())).toBeNull();
});

test('a state of another version says so, and how to begin anew', async () => {
  const file = stateFile();
  const { analyticsPort: _, analyticsToken: __, ...rest } = fleetState();
  writeFileSync(file, JSON.stringify({ ...rest, format: 1 }));
  await expect(readFleetState(file)).rejects.toMatchObject({
    message: `${file} was written by another version of Fettle`,
    hint: '`npm run reset` forgets this fleet',
  });
});

test.each([
  ['cut off', '{"format": 3, "url": "http://127'],
  ['without a field', JSON.stringify({ ...fleetState(), analyticsToken: undefined })],
])('a state that is %s cannot be read, and it says what to do', async (_, text) => {
  const file = stateFile();
  writeFileSync(file, text);
  await expect(readFleetState(file)).rejects.toMatchObject({
    hint: '`npm run reset` forgets this fleet',
  });
});
