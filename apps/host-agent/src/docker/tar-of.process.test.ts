import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { tarOf } from './tar-of.ts';

it('writes archives that tar itself reads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-tar-'));
  try {
    const content = Buffer.from('x'.repeat(1000));
    const entries = [
      { path: 'fettle', mode: 0o700, owner: 1000 },
      { path: 'fettle/secret', mode: 0o400, owner: 1000, content },
      { path: 'empty', mode: 0o644, owner: 0, content: Buffer.alloc(0) },
    ];
    await writeFile(join(folder, 'a.tar'), tarOf(entries));
    const { stdout } = await execa('tar', ['-tvf', 'a.tar', '--numeric-owner'], { cwd: folder });
    expect(stdout).toMatch(/drwx------ 1000\/1000 +0 .* fettle\//);
    expect(stdout).toMatch(/-r-------- 1000\/1000 +1000 .* fettle\/secret/);
    await execa('tar', ['-xf', 'a.tar', '--no-same-owner'], { cwd: folder });
    expect(await readFile(join(folder, 'fettle', 'secret'))).toEqual(content);
    expect((await stat(join(folder, 'empty'))).size).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
