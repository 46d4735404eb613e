import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootKey } from './boot-key.ts';

const SAY = `import { bootKey } from ${JSON.stringify(join(import.meta.dirname, 'boot-key.ts'))};
console.log(bootKey()); console.log(bootKey());`;

const permitted = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true']).status === 0;
if (!permitted)
  console.warn('!! SKIPPED: no namespaces here; they take root outside an unprivileged container');

/** What two calls give in a process of its own, under a command such as `unshare`. */
function keysUnder(...wrap: string[]): string[] {
  const [file = '', ...args] = [...wrap, process.execPath, '--input-type=module', '-e', SAY];
  return execFileSync(file, args, { encoding: 'utf8' }).trim().split('\n');
}

test('is the same for every process of a boot', () => {
  expect(keysUnder('env')).toEqual([bootKey(), bootKey()]);
});

test.skipIf(!permitted)('is another one in every container, although the kernel did not start anew', () => {
  const container = () => keysUnder('unshare', '--pid', '--fork', '--mount-proc');
  const [first, second] = [container(), container()];
  expect(first[0]).toBe(first[1]);
  expect(new Set([bootKey(), first[0], second[0]]).size).toBe(3);
});

test.skipIf(!permitted)('is never that of an older boot where the kernel does not tell', () => {
  const keys = keysUnder('unshare', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /proc && exec "$@"', 'sh');
  expect(new Set([bootKey(), ...keys]).size).toBe(3);
});
