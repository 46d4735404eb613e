import * as v from 'valibot';
import { RELEASE_BINDING, ReleaseMark } from './release-mark.ts';

/** What the account says of a stage's Worker. */
export type Deployed = {
  exists: boolean;
  /** `null`: it does not say, or nothing is there. */
  mark: ReleaseMark | null;
};

const DEFAULT_BASE = 'https://api.cloudflare.com/client/v4';
const LIMIT_MS = 20_000;
/**
 * What wrangler takes for a Worker that is not there; any other 404 is of the account or the address:
 * https://github.com/cloudflare/workers-sdk (`isWorkerNotFoundError`).
 */
const NO_SUCH_WORKER = new Set([10_007, 10_090]);

const Settings = v.object({
  result: v.object({
    bindings: v.array(v.object({ name: v.string(), text: v.optional(v.string()) })),
  }),
});
const Failure = v.object({ errors: v.array(v.object({ code: v.number(), message: v.string() })) });
const Mark = v.pipe(v.string(), v.parseJson(), ReleaseMark);

/** Asks Cloudflare for the Worker's settings. Throws when the account cannot be reached, or does not take the token. */
export async function askDeployed(env: NodeJS.ProcessEnv, scriptName: string): Promise<Deployed> {
  const base = env.CLOUDFLARE_BASE_URL ?? DEFAULT_BASE;
  const url = `${base}/accounts/${env.CLOUDFLARE_ACCOUNT_ID}/workers/scripts/${scriptName}/settings`;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${env.CLOUDFLARE_API_TOKEN}` },
    signal: AbortSignal.timeout(LIMIT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`Cloudflare cannot be reached at ${new URL(base).host}`, { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const failure = v.safeParse(Failure, body);
    const errors = failure.success ? failure.output.errors : [];
    if (response.status === 404 && errors.some(({ code }) => NO_SUCH_WORKER.has(code)))
      return { exists: false, mark: null };
    const said = errors.map(({ code, message }) => `${message} (${code})`);
    throw new Error(`Cloudflare refuses (${response.status}): ${said.join(', ') || 'no reason given'}`);
  }
  const { result } = v.parse(Settings, body);
  const mark = v.safeParse(Mark, result.bindings.find(({ name }) => name === RELEASE_BINDING)?.text);
  return { exists: true, mark: mark.success ? mark.output : null };
}
