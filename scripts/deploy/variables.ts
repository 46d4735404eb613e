/** Every variable of a deployment: what it is for, and how it reaches the Worker. */

export type VariableKind = 'secret' | 'text';

export type Variable = {
  name: string;
  /** For whoever has to set it. */
  purpose: string;
  /** Bound to the Worker as a secret or as plain text. */
  kind: VariableKind;
  needed: boolean;
  /** A key that somebody makes up: too short is too weak. */
  minLength?: number;
};

/**
 * 32 characters of base64url are 192 bits, those of `openssl rand -hex 16` are 128: nobody guesses either. What is shorter is
 * a word, or was cut off.
 */
const KEY_LENGTH = 32;
const key = (name: string, purpose: string): Variable => ({
  name,
  purpose,
  kind: 'secret',
  needed: true,
  minLength: KEY_LENGTH,
});
const optionalKey = (name: string, purpose: string): Variable => ({ ...key(name, purpose), needed: false });
const secret = (name: string, purpose: string): Variable => ({
  name,
  purpose,
  kind: 'secret',
  needed: false,
});
const text = (name: string, purpose: string): Variable => ({ name, purpose, kind: 'text', needed: false });

/** What the Worker is given. `FETTLE_STAGE` and `FETTLE_RELEASE` are not set by hand: they follow from the deployment. */
export const WORKER_VARIABLES: readonly Variable[] = [
  key('FETTLE_MACHINE_KEY', 'signs the tokens of machines'),
  optionalKey('FETTLE_MACHINE_KEY_PREVIOUS', 'the machine key before: its tokens are still taken'),
  key('FETTLE_COMMAND_KEY', 'signs commands to machines'),
  optionalKey('FETTLE_COMMAND_KEY_PREVIOUS', 'the command key before: machines still take its commands'),
  key('FETTLE_TOKEN_KEY', 'marks the tokens of operators, so that made-up ones cost nothing'),
  key('FETTLE_OPERATOR_TOKEN', 'the token that may do everything everywhere'),
  text(
    'FETTLE_ACCESS_TEAM',
    'https://<team>.cloudflareaccess.com, when people come through Cloudflare Access',
  ),
  text('FETTLE_ACCESS_AUDIENCE', 'audience tag of the Access application'),
  text('FETTLE_CORS_ORIGINS', 'origins of pages that may call the API, separated by commas'),
  text('FETTLE_SLOTS_HOST', 'host that slots are served at, apart from everything else'),
  secret('FETTLE_HOST_URL', 'address of the host-agent'),
  optionalKey('FETTLE_HOST_TOKEN', 'what the control plane shows to the host-agent'),
  text('FETTLE_DAYTONA_URL', "Daytona's API, when it is not https://app.daytona.io/api"),
  secret('FETTLE_DAYTONA_KEY', "key of Daytona's API"),
  text('FETTLE_DAYTONA_ORGANIZATION', 'organization at Daytona, needed with the token of a person'),
  text('FETTLE_DAYTONA_SNAPSHOT', 'snapshot that new sandboxes are made from'),
  text('FETTLE_DAYTONA_PREVIEW_HOSTS', 'hosts that Daytona may name, when it is one of your own'),
  text('FETTLE_FLY_URL', "Fly's Machines API, when it is not https://api.machines.dev/v1"),
  secret('FETTLE_FLY_TOKEN', 'token of the Fly app'),
  text('FETTLE_FLY_APP', 'Fly app that has the machines'),
  text('FETTLE_FLY_IMAGE', 'image that new Fly machines are made from'),
  text('FETTLE_FLY_EDGE_URL', "where the Fly app's ports are reached"),
  text('FETTLE_PUBLIC_URL', 'address of this deployment, as machines of a cloud reach it'),
  // The address of a repository may hold a password.
  secret('FETTLE_PLATFORM_REPOSITORY', 'clone URL of the platform, for machines of a cloud'),
  secret('FETTLE_CUSTOMER_REPOSITORY', 'clone URL of the customer, for machines of a cloud'),
  text('FETTLE_ANALYTICS_URL', 'where Analytics Engine is asked'),
  secret('FETTLE_ANALYTICS_TOKEN', "API token that may read the account's analytics"),
  text('FETTLE_METRICS_EVERY_MS', 'how often machines report, in milliseconds'),
  text('FETTLE_PROMETHEUS', 'on: GET /metrics answers'),
  text('FETTLE_OTLP_URL', 'where reports are sent as OTLP as well'),
  secret('FETTLE_OTLP_HEADERS', 'headers of these requests'),
];

/** What only the deployment itself needs. */
export const DEPLOYMENT_VARIABLES: readonly Omit<Variable, 'kind'>[] = [
  {
    name: 'CLOUDFLARE_API_TOKEN',
    purpose: 'token of the Cloudflare account (docs/deploy.md: permissions)',
    needed: true,
  },
  { name: 'CLOUDFLARE_ACCOUNT_ID', purpose: 'account that gets the Worker', needed: true },
  {
    name: 'ALCHEMY_PASSWORD',
    purpose: 'encrypts the secrets in the deployment state',
    needed: true,
    minLength: 16,
  },
  {
    name: 'ALCHEMY_STATE_TOKEN',
    purpose: 'keeps the deployment state at Cloudflare, for teams and CI; without it, in .alchemy/',
    needed: false,
    minLength: KEY_LENGTH,
  },
  { name: 'FETTLE_DOMAIN', purpose: 'domain of the deployment; workers.dev is then off', needed: false },
];

/** The account's id is 32 hexadecimal digits: https://developers.cloudflare.com/fundamentals/account/find-account-and-zone-ids/ */
const ACCOUNT_ID = /^[0-9a-f]{32}$/;
const ACCESS_TEAM = /^https:\/\/[a-z0-9-]+\.cloudflareaccess\.com$/;

/**
 * What is wrong with the variables, each by its name and never with its value. Empty texts count as not set, because that is
 * how CI passes secrets that do not exist.
 */
export function variableProblems(env: NodeJS.ProcessEnv): string[] {
  const problems: string[] = [];
  for (const { name, purpose, needed, minLength } of [...DEPLOYMENT_VARIABLES, ...WORKER_VARIABLES]) {
    const value = env[name] ?? '';
    if (value === '') {
      if (needed) problems.push(`${name} is not set: ${purpose}`);
    } else if (minLength !== undefined && value.length < minLength)
      problems.push(`${name} is too short: expected at least ${minLength} characters`);
  }
  const accountId = env.CLOUDFLARE_ACCOUNT_ID ?? '';
  if (accountId !== '' && !ACCOUNT_ID.test(accountId))
    problems.push('CLOUDFLARE_ACCOUNT_ID: expected 32 hexadecimal digits');
  problems.push(...sharedSecrets(env));
  problems.push(...accessProblems(env.FETTLE_ACCESS_TEAM ?? '', env.FETTLE_ACCESS_AUDIENCE ?? ''));
  return problems;
}

/** Half of it lets nobody in, and nobody would know why. Whoever serves the team's keys decides who people are. */
function accessProblems(team: string, audience: string): string[] {
  if (team === '' && audience === '') return [];
  if (team === '') return ['FETTLE_ACCESS_TEAM is not set: needed with FETTLE_ACCESS_AUDIENCE'];
  if (audience === '') return ['FETTLE_ACCESS_AUDIENCE is not set: needed with FETTLE_ACCESS_TEAM'];
  return ACCESS_TEAM.test(team) ? [] : ['FETTLE_ACCESS_TEAM: expected https://<team>.cloudflareaccess.com'];
}

/** Keys are there to be apart: whoever learns one must not have two. */
function sharedSecrets(env: NodeJS.ProcessEnv): string[] {
  const names = WORKER_VARIABLES.filter(({ minLength }) => minLength !== undefined).map(({ name }) => name);
  const seen = new Map<string, string>();
  const problems: string[] = [];
  for (const name of names) {
    const value = env[name] ?? '';
    if (value === '') continue;
    const other = seen.get(value);
    if (other !== undefined) problems.push(`${name} is the same as ${other}: expected a key of its own`);
    seen.set(value, name);
  }
  return problems;
}
