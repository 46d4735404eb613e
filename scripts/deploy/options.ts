import { parseArgs } from 'node:util';

export const USAGE = `npm run deploy -- --stage NAME [options]

Deploys one stage to Cloudflare. Everything is checked before anything is sent. docs/deploy.md tells the rest.

  --stage NAME       prod, staging, …
  --yes-prod         deploy to prod without being asked
  --dry-run          check, say what would be done, and send nothing
  --adopt            take over what is there under the same names, after the deployment state was lost
  --force            deploy although nothing has changed
  --any-tree         deploy with uncommitted changes, behind upstream, or a commit that does not go on from the deployed one
  --destroy          remove the stage with all its data, except what was exported of audit logs;
                     also needs --destroy-data NAME, and for prod --yes-prod
  --json             one JSON object per line on stdout
  --help

Exit codes: 0 done, 1 failed on the way, 2 refused before anything was sent.`;

export type DeployOptions = {
  stage: string;
  yesProd: boolean;
  dryRun: boolean;
  adopt: boolean;
  force: boolean;
  anyTree: boolean;
  destroy: boolean;
  destroyData: string | null;
  json: boolean;
};

/** The command line; `problem` says what is wrong with it. `help`: nothing else counts. */
export function readOptions(
  args: readonly string[],
): { ok: true; options: DeployOptions } | { ok: false; help: boolean; problem: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        stage: { type: 'string' },
        'yes-prod': { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        adopt: { type: 'boolean', default: false },
        force: { type: 'boolean', default: false },
        'any-tree': { type: 'boolean', default: false },
        destroy: { type: 'boolean', default: false },
        'destroy-data': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { ok: false, help: true, problem: '' };
    const stage = values.stage ?? '';
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(stage) || stage === 'dev')
      return refuse('--stage: expected a name such as prod or staging (`dev` is this computer)');
    const destroyData = values['destroy-data'] ?? null;
    if (values.destroy && destroyData !== stage)
      return refuse(`--destroy removes all data of ${stage}: say so with --destroy-data ${stage}`);
    if (values.destroy && stage === 'prod' && !values['yes-prod'])
      return refuse('--destroy of prod also needs --yes-prod');
    return {
      ok: true,
      options: {
        stage,
        yesProd: values['yes-prod'],
        dryRun: values['dry-run'],
        adopt: values.adopt,
        force: values.force,
        anyTree: values['any-tree'],
        destroy: values.destroy,
        destroyData,
        json: values.json,
      },
    };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(problem: string) {
  return { ok: false, help: false, problem } as const;
}
