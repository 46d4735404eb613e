// Keeps what a deployment of this tree uploads as releases/VERSION, and the document of its API: `npm run release -- 0.2.0`,
// after package.json says so. Later trees rehearse upgrades from it, and what worked with its API has to work.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readGitTree } from './deploy/git-tree.ts';
import { compressedSize, uploadedBundle, writeRelease } from './rehearse/bundle.ts';
import { openDeployment, SCRIPT } from './rehearse/deployment.ts';

const root = path.resolve(import.meta.dirname, '..');
const version = process.argv[2] ?? '';
const target = path.join(root, 'releases', version);
const problem = await whatIsWrong();
if (problem !== null) {
  console.error(`release: ${problem}`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'fettle-release-'));
// The address of a host-agent is a secret of its deployment, and no part of a release.
const deployment = await openDeployment(folder, 'http://127.0.0.1:9');
try {
  const { exitCode, output } = await deployment.deploy(['--any-tree']);
  if (exitCode !== 0) throw new Error(output);
  const bundle = uploadedBundle(deployment.server, SCRIPT);
  const { commit } = await readGitTree(root);
  writeRelease(target, bundle, {
    version,
    commit: commit ?? 'unknown',
    date: new Date().toISOString().slice(0, 10),
  });
  copyFileSync(path.join(root, 'docs/openapi.json'), path.join(target, 'openapi.json'));
  console.log(`releases/${version}: ${Math.round(compressedSize(bundle) / 1024)} KiB compressed`);
} finally {
  await deployment.close();
  rmSync(folder, { recursive: true, force: true });
}

async function whatIsWrong(): Promise<string | null> {
  if (!/^\d+\.\d+\.\d+$/.test(version)) return 'expected a version such as 0.2.0';
  if (existsSync(target)) return `releases/${version} is there already: a release never changes`;
  // What is uploaded says its version by itself.
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  if (manifest.version !== version)
    return `package.json says ${manifest.version}: change and commit it first`;
  const { dirty } = await readGitTree(root);
  return dirty ? 'the tree has changes that are not committed' : null;
}
