import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, pushCommit, type CommitPlan } from './bare-repository.ts';

const SERVICE = join(import.meta.dirname, 'customer-service');

const RELEASES = [
  { version: '1.0.0', title: 'Guests', note: 'Serve a guestbook' },
  { version: '1.1.0', title: 'Guests', note: 'Tell the release under /healthz' },
  { version: '1.2.0', title: 'Our guests', note: 'Rename the page' },
  { version: '1.3.0', title: 'Our guests', note: 'Take plain text besides forms' },
  { version: '1.4.0', title: 'Guestbook', note: 'Give the page its final name' },
] as const;

type Release = { version: string; title: string; note: string };

/** Makes the customer's repository: the service of `customer-service/` and its releases. */
export async function createCustomerRepository(bare: string): Promise<void> {
  await createRepository({
    bare,
    from: SERVICE,
    history: RELEASES.map((release, index) => releaseCommit(release, RELEASES.slice(0, index + 1))),
  });
}

/** Pushes a release that works, whatever the one before it did. */
export async function pushGoodCustomer(bare: string): Promise<string> {
  return pushCommit(bare, async (work) => {
    const [release, changelog] = await nextRelease(work, 'Thank for every entry');
    const files = releaseFiles(release, changelog);
    const serverFile = await readFile(join(SERVICE, 'server.mjs'), 'utf8');
    return { message: `${release.note} (${release.version})`, files: { ...files, 'server.mjs': serverFile } };
  });
}

/** Pushes a release that installs and parses, and then throws at its start. */
export async function pushBadCustomer(bare: string): Promise<string> {
  return pushCommit(bare, async (work) => {
    const [release, changelog] = await nextRelease(work, 'Read settings from a file');
    const server = await readFile(join(SERVICE, 'server.mjs'), 'utf8');
    // The author's own copy of the file was never committed: a mistake that no install and no parser finds.
    const broken = server.replace(
      'const MAX_ENTRY = 1000;',
      "const settings = JSON.parse(readFileSync(new URL('settings.json', import.meta.url), 'utf8'));\nconst MAX_ENTRY = settings.maxEntry;",
    );
    if (broken === server)
      throw new Error('customer-service/server.mjs has no line "const MAX_ENTRY = 1000;"');
    const files = { ...releaseFiles(release, changelog), 'server.mjs': broken };
    return { message: `${release.note} (${release.version})`, files };
  });
}

async function nextRelease(work: string, note: string): Promise<[Release, string]> {
  const newest = JSON.parse(await readFile(join(work, 'release.json'), 'utf8')) as Release;
  const [major, minor = 0] = newest.version.split('.').map(Number);
  const release = { version: `${major}.${minor + 1}.0`, title: newest.title, note };
  const changelog = await readFile(join(work, 'CHANGELOG.md'), 'utf8');
  return [release, changelog.replace('# Changes\n', `# Changes\n\n${changelogEntry(release)}`)];
}

function releaseCommit(release: Release, upToNow: readonly Release[]): CommitPlan {
  const changelog = `# Changes\n\n${upToNow.toReversed().map(changelogEntry).join('\n')}`;
  return { message: `${release.note} (${release.version})`, files: releaseFiles(release, changelog) };
}

function releaseFiles({ version, title }: Release, changelog: string): Record<string, string> {
  return { 'release.json': `${JSON.stringify({ version, title }, null, 2)}\n`, 'CHANGELOG.md': changelog };
}

function changelogEntry({ version, note }: Release): string {
  return `- ${version}: ${note}.\n`;
}
