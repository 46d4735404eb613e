/** What git's words say about a remote. Pure. The words are those of git 2.30 to 2.50 in the C locale. */
import type { VersionChangeCode } from '@fettle/contract';

type RemoteFailure = { code: VersionChangeCode; summary: string };

const REFUSED: RemoteFailure = {
  code: 'REPOSITORY_REFUSED',
  summary: 'asks for credentials, or does not accept those that it got',
};
const NO_REPOSITORY: RemoteFailure = {
  code: 'REPOSITORY_UNREACHABLE',
  summary: 'answers, but not as a git repository does',
};
const NOT_THERE: RemoteFailure = {
  code: 'REPOSITORY_UNREACHABLE',
  summary: 'is not there, or is not shown to us',
};
const AWAY: RemoteFailure = { code: 'REPOSITORY_UNREACHABLE', summary: 'cannot be reached' };

const KNOWN: readonly [RegExp, RemoteFailure][] = [
  [/could not read (Username|Password)|terminal prompts disabled|Authentication failed/i, REFUSED],
  [/returned error: 40[13]\b|Permission denied|Access denied|Host key verification failed/i, REFUSED],
  [
    /is this a git repository\?|invalid server response|bad line length|expected service, got/i,
    NO_REPOSITORY,
  ],
  [/not found|does not exist|does not appear to be a git repository|returned error: 4(04|10)\b/i, NOT_THERE],
];

/** Why a remote gave nothing, from what git printed. What is not known counts as a remote that is away. */
export function remoteFailure(output: string): RemoteFailure {
  return KNOWN.find(([words]) => words.test(output))?.[1] ?? AWAY;
}
