import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, pushCommit } from './bare-repository.ts';

const RELEASES = [
  { version: '0.1.0', note: 'The daemon as one file' },
  { version: '0.1.1', note: 'Tell how to run it by hand' },
  { version: '0.1.2', note: 'Lock what is installed' },
  { version: '0.1.3', note: 'Say which Node it needs' },
] as const;

const README = `# The platform's daemon

\`daemon.cjs\` runs on every machine, under pidnap. It is built from \`apps/daemon\` of Fettle's own repository; this
repository is what machines fetch it from.

    FETTLE_ROOT=/machine node daemon.cjs
`;

/** Makes the platform's repository: the daemon that is given as one file, and its releases. */
export async function createPlatformRepository(bare: string, daemonFile: string): Promise<void> {
  const daemon = await readFile(daemonFile, 'utf8');
  await createRepository({
    bare,
    history: RELEASES.map(({ version, note }) => ({
      message: `${note} (${version})`,
      files: { 'daemon.cjs': daemon, 'README.md': README, ...packageFiles(version) },
    })),
  });
}

/** Pushes a daemon that parses, and then ends at its start. */
export async function pushBadPlatform(bare: string): Promise<string> {
  return pushCommit(bare, async (work) => {
    const daemon = await readFile(join(work, 'daemon.cjs'), 'utf8');
    const manifest = JSON.parse(await readFile(join(work, 'package.json'), 'utf8')) as { version: string };
    const [major, minor, patch = 0] = manifest.version.split('.').map(Number);
    const version = `${major}.${minor}.${patch + 1}`;
    const check =
      "if (!process.env.FETTLE_REGION) {\n  console.error('FETTLE_REGION is not set');\n  process.exit(78);\n}\n";
    return {
      message: `Ask for a region (${version})`,
      files: { 'daemon.cjs': `${check}${daemon}`, ...packageFiles(version) },
    };
  });
}

function packageFiles(version: string): Record<string, string> {
  const manifest = {
    name: 'platform-daemon',
    version,
    private: true,
    type: 'module',
    engines: { node: '>=24' },
  };
  const { name, engines } = manifest;
  const lock = {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, version, engines } },
  };
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'package-lock.json': `${JSON.stringify(lock, null, 2)}\n`,
  };
}
