/** How git gets at a repository that asks who we are. Pure. */

/** A clone URL that may be told and kept, and what git's process has in its environment to read it. */
export type RepositoryAccess = { url: string; env: Record<string, string> };

/**
 * Answers git's question for a user and a password out of its own environment: nothing of them is in an argument, in a
 * file or in a repository's configuration. Git asks it for this one host only, also after a redirect.
 */
const HELPER =
  '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n" "$FETTLE_GIT_USER" "$FETTLE_GIT_PASSWORD"; }; f';

/** Takes user and password out of a clone URL. */
export function repositoryAccess(cloneUrl: string): RepositoryAccess {
  const url = new URL(cloneUrl);
  const isHttp = url.protocol === 'https:' || url.protocol === 'http:';
  if (!isHttp || (url.username === '' && url.password === '')) return { url: cloneUrl, env: {} };
  const [user, password] = [decoded(url.username), decoded(url.password)];
  url.username = '';
  url.password = '';
  return {
    url: url.href,
    env: {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `credential.${url.origin}.helper`,
      GIT_CONFIG_VALUE_0: HELPER,
      FETTLE_GIT_USER: user,
      FETTLE_GIT_PASSWORD: password,
    },
  };
}

/** What must not be told of it, in a list: the password, or the user where that is a token. */
export function secretsOf({ env }: RepositoryAccess): string[] {
  const secret = env.FETTLE_GIT_PASSWORD || env.FETTLE_GIT_USER;
  return secret === undefined ? [] : [secret];
}

/** A sign of escape that escapes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
