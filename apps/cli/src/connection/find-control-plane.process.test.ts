import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fleetState } from '../../test/builders.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { EXIT } from '../failure.ts';
import { findControlPlane } from './find-control-plane.ts';
import { fleetFolder, writeFleetState } from './fleet-state.ts';

const LOCAL = 'http://127.0.0.1:8787';

/** A folder in which a fleet was started at LOCAL. */
async function startedFolder(): Promise<string> {
  const state = temporaryFolder();
  await writeFleetState(
    fleetFolder(state).stateFile,
    fleetState({ url: LOCAL, operatorToken: 'of the fleet' }),
  );
  return state;
}

test('the fleet of the state folder is found with its token', async () => {
  const found = await findControlPlane({ state: await startedFolder() }, {});
  expect(found).toMatchObject({ url: LOCAL, token: 'of the fleet', project: 'demo' });
});

test('a token of the environment goes before that of the fleet, and one of a file before both', async () => {
  const state = await startedFolder();
  const environment = { FETTLE_TOKEN: 'of the environment' };
  expect((await findControlPlane({ state }, environment)).token).toBe('of the environment');
  const tokenFile = path.join(state, 'token');
  writeFileSync(tokenFile, 'of the file\n');
  expect((await findControlPlane({ state, tokenFile }, environment)).token).toBe('of the file');
});

test('the token of the fleet is not shown to anybody else', async () => {
  const state = await startedFolder();
  await expect(findControlPlane({ state, url: 'https://fettle.example' }, {})).rejects.toMatchObject({
    exitCode: EXIT.usage,
    message: 'no token is known for https://fettle.example',
    hint: expect.stringContaining('FETTLE_TOKEN') as string,
  });
  expect((await findControlPlane({ state, url: `${LOCAL}/` }, {})).token).toBe('of the fleet');
});

test.each(['http://fettle.example', 'http://127.0.0.1.example', 'ftp://127.0.0.1', 'fettle.example'])(
  'no token is sent to %s',
  async (url) => {
    const state = temporaryFolder();
    await expect(findControlPlane({ state, url }, { FETTLE_TOKEN: 'x' })).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: `"${url}" is no address that a token can be sent to`,
    });
  },
);

test.each([
  ['is not there', null, /cannot be read: ENOENT/],
  ['is empty', ' \n', /there is no token in/],
])('a token file that %s is named', async (_, content, words) => {
  const state = temporaryFolder();
  const tokenFile = path.join(state, 'token');
  if (content !== null) writeFileSync(tokenFile, content);
  await expect(findControlPlane({ state, url: LOCAL, tokenFile }, {})).rejects.toThrow(words);
});
