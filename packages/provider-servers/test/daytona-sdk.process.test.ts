import { Daytona, DaytonaAuthenticationError, DaytonaNotFoundError } from '@daytona/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDaytonaServer, type ProviderServer } from '../src/index.ts';
import { startLocalHost, type LocalHost } from './local-host.ts';

const KEY = 'key-of-the-daytona-sdk-test';
let host: LocalHost;
let server: ProviderServer;
const badAnswers: string[] = [];

beforeAll(async () => {
  host = await startLocalHost('sdk');
  server = await openDaytonaServer({
    state: host.folder('daytona'),
    hostUrl: host.url,
    hostToken: host.token,
    key: KEY,
    listDelayMs: 0,
    log: (message) => console.error(message),
    onBadAnswer: (message) => badAnswers.push(message),
  });
});

afterAll(async () => {
  await server.close();
  await host.close();
});

const client = (apiKey = KEY) =>
  new Daytona({ apiKey, apiUrl: server.url, target: 'us', useDeprecatedPolling: true });

test('the official SDK creates, uses, stops, starts and deletes a sandbox', async () => {
  const daytona = client();
  const sandbox = await daytona.create({ name: 'from-the-sdk', labels: { team: 'ours' } });
  expect(sandbox.state).toBe('started');

  const printed = await sandbox.process.executeCommand('echo "$GREETING" $((6 * 7))', undefined, {
    GREETING: 'hello',
  });
  expect(printed).toMatchObject({ exitCode: 0, result: 'hello 42\n' });
  expect(await sandbox.process.executeCommand('echo wrong >&2; exit 3')).toMatchObject({
    exitCode: 3,
    result: 'wrong\n',
  });

  await sandbox.fs.uploadFile(Buffer.from('kept'), 'notes/kept.txt');
  await sandbox.process.createSession('work');
  const ran = await sandbox.process.executeSessionCommand('work', { command: 'cat notes/kept.txt' });
  expect(ran).toMatchObject({ exitCode: 0, stdout: 'kept' });

  await sandbox.stop();
  expect(sandbox.state).toBe('stopped');
  await sandbox.start();
  expect(sandbox.state).toBe('started');
  expect((await sandbox.fs.downloadFile('notes/kept.txt')).toString()).toBe('kept');

  const listed = [];
  for await (const each of daytona.list({ labels: { team: 'ours' } })) listed.push(each.id);
  expect(listed).toEqual([sandbox.id]);

  await sandbox.delete(60, true);
  await expect(daytona.get('from-the-sdk')).rejects.toBeInstanceOf(DaytonaNotFoundError);
  expect(badAnswers).toEqual([]);
});

test('the official SDK is told of a wrong key', async () => {
  await expect(client('another-key').get('anything')).rejects.toBeInstanceOf(DaytonaAuthenticationError);
});
