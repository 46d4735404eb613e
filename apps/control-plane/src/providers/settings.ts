/** What the control plane has to know of each provider, as variables. A provider that is not used needs none of its. */
import { MachineType } from '@fettle/contract';
import * as v from 'valibot';
import { httpUrl } from '../http-url.ts';
import { HOST_NAME } from '../outgoing/allow-target.ts';

const text = v.pipe(v.string(), v.minLength(1, 'expected a text'));

const cloneUrl = v.pipe(text, v.url('expected a URL'));

/** Names, and no addresses. */
const hostNames = v.pipe(
  text,
  v.transform((list) => list.split(',').map((name) => name.trim().toLowerCase())),
  v.array(v.pipe(v.string(), v.regex(HOST_NAME, 'expected names of hosts, separated by commas'))),
);

/** What machines of a cloud need to find us and what they run; the same for each cloud. */
const inACloud = {
  /** Base URL of the control plane, as machines of a cloud reach it. */
  FETTLE_PUBLIC_URL: httpUrl,
  /** Where machines clone the repository of the platform from. */
  FETTLE_PLATFORM_REPOSITORY: cloneUrl,
  /** Where machines clone the repository of the customer from. */
  FETTLE_CUSTOMER_REPOSITORY: cloneUrl,
};

export const HostVariables = v.object({
  /** Base URL of the host-agent. */
  FETTLE_HOST_URL: httpUrl,
  /** What the control plane shows to the host-agent. */
  FETTLE_HOST_TOKEN: text,
});
export type HostSettings = v.InferOutput<typeof HostVariables>;

export const DaytonaVariables = v.object({
  /** Base URL of Daytona's API. */
  FETTLE_DAYTONA_URL: v.optional(httpUrl, 'https://app.daytona.io/api'),
  /** API key, or a JWT of a person. */
  FETTLE_DAYTONA_KEY: text,
  /** Id of the organization; Daytona asks for it with a JWT, an API key belongs to one. */
  FETTLE_DAYTONA_ORGANIZATION: v.optional(text),
  /** Snapshot that new machines are made from. */
  FETTLE_DAYTONA_SNAPSHOT: text,
  /**
   * Hosts that Daytona may name for previews and toolboxes, with everything below each, separated by commas. Those of its
   * own service, unless it runs elsewhere: its documentation shows two, a third and the toolboxes' are in use.
   */
  FETTLE_DAYTONA_PREVIEW_HOSTS: v.optional(
    hostNames,
    'proxy.daytona.work,proxy.daytona.works,daytonaproxy01.net,proxy.app.daytona.io',
  ),
  ...inACloud,
});
export type DaytonaSettings = v.InferOutput<typeof DaytonaVariables>;

export const FlyVariables = v.object({
  /** Base URL of the Machines API. */
  FETTLE_FLY_URL: v.optional(httpUrl, 'https://api.machines.dev/v1'),
  FETTLE_FLY_TOKEN: text,
  /** App that has the machines. */
  FETTLE_FLY_APP: text,
  /** Image that new machines are made from. */
  FETTLE_FLY_IMAGE: text,
  /** Where the app's ports are reached; `{port}` is replaced. `https://<app>.fly.dev:{port}` when it is left out. */
  FETTLE_FLY_EDGE_URL: v.optional(
    v.pipe(
      text,
      v.check(
        (url) => v.is(httpUrl, url.replace('{port}', '443')),
        'expected a URL that begins with http:// or https://, with {port} in it',
      ),
      v.includes('{port}', 'expected {port} where the port of a machine goes'),
    ),
  ),
  ...inACloud,
});
export type FlySettings = v.InferOutput<typeof FlyVariables>;

const VARIABLES = { 'local-docker': HostVariables, daytona: DaytonaVariables, fly: FlyVariables };

/** Settings by machine type. */
export type ProviderSettings = {
  [Type in MachineType]: v.InferOutput<(typeof VARIABLES)[Type]>;
};

/** The variables of all providers as they are bound; all may be left out. */
export type ProviderVariables = Partial<
  Record<
    | keyof typeof HostVariables.entries
    | keyof typeof DaytonaVariables.entries
    | keyof typeof FlyVariables.entries,
    string
  >
>;

/** Settings, or what is wrong with the variables, each by its name and never with its value. */
export type ReadSettings<Type extends MachineType> =
  | { ok: true; settings: ProviderSettings[Type] }
  | { ok: false; wrong: string[] };

/** The settings of the provider for machines of a type. */
export function providerSettings<Type extends MachineType>(
  type: Type,
  variables: ProviderVariables,
): ReadSettings<Type> {
  const parsed = v.safeParse(VARIABLES[type], variables, { abortPipeEarly: true });
  if (parsed.success) return { ok: true, settings: parsed.output as ProviderSettings[Type] };
  return { ok: false, wrong: parsed.issues.map((issue) => wordsOf(issue, variables)) };
}

function wordsOf(issue: v.BaseIssue<unknown>, variables: ProviderVariables): string {
  const name = v.getDotPath(issue) ?? 'the variables';
  return Object.hasOwn(variables, name) ? `${name}: ${issue.message}` : `${name} is not set`;
}

/**
 * Throws when a provider is half configured, or none at all: what would be refused later, with the first machine, is
 * better refused before anything is deployed.
 */
export function assertWholeProviders(variables: ProviderVariables): void {
  const begun = MachineType.options.filter((type) => isBegun(type, variables));
  if (begun.length === 0)
    throw new Error(
      'No provider is configured: expected FETTLE_HOST_URL and FETTLE_HOST_TOKEN, or those of a cloud',
    );
  for (const type of begun) {
    const read = providerSettings(type, variables);
    if (!read.ok) throw new Error(`${type} is half configured: ${read.wrong.join('; ')}`);
  }
}

/** Whether a variable that no other provider has is there. */
function isBegun(type: MachineType, variables: ProviderVariables): boolean {
  return Object.keys(VARIABLES[type].entries).some(
    (name) => !(name in inACloud) && Object.hasOwn(variables, name),
  );
}
