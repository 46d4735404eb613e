import { FettleError } from '@fettle/client';
import type { AuditRow } from '@fettle/contract/audit';
import { Command } from 'commander';
import { accessChain, projectChain, type Chain } from '../audit/chains.ts';
import { checkChain, checkExport, type Checked } from '../audit/check-chain.ts';
import { readExport } from '../audit/export-file.ts';
import { readRows } from '../audit/read-rows.ts';
import { CliFailure, EXIT } from '../failure.ts';
import { describeCheck, describeRows } from '../output/describe-audit.ts';
import { count } from '../start/options.ts';
import { withControlPlane, type CommandContext, type GlobalOptions } from './context.ts';

const ACCESS_HELP = 'the chain of what belongs to no project: tokens, members, quotas';

/** Commands about who did what. */
export function auditCommand(): Command {
  return new Command('audit')
    .description('who did what: rows that are only ever added, each with the hash of the one before')
    .addCommand(list())
    .addCommand(verify());
}

function list(): Command {
  return new Command('list')
    .description('the last rows, newest last')
    .argument('[project]', 'default: as --project says')
    .option('--access', ACCESS_HELP)
    .option('--after <row>', 'only what comes after this row', count(0, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <count>', 'how many at the most', count(1, 10_000), 50)
    .action(
      withControlPlane(
        async (
          { client, project, print },
          named: string | undefined,
          { access, after, limit }: { access?: boolean; after: number; limit: number },
        ) => {
          const { rows } = access === true ? accessChain(client) : projectChain(client, named ?? project);
          let last: AuditRow[] = [];
          for await (const page of readRows(rows, after)) last = [...last, ...page].slice(-limit);
          print(last, () => describeRows(last));
        },
      ),
    );
}

type VerifyOptions = { access?: boolean; file?: string[] };

function verify(): Command {
  return new Command('verify')
    .description(
      'compute every hash anew and compare with what was exported; exit code 12, with the first row that is wrong',
    )
    .argument('[project]', 'only this one; default: all that you may see, and what belongs to none')
    .option('--access', `only ${ACCESS_HELP}`)
    .option(
      '--file <export...>',
      'exported rows of one chain: with a project, or --access, it must agree with them; alone, they are checked by themselves, without a fleet',
    )
    .action(async (named: string | undefined, options: VerifyOptions, command: Command) => {
      const isOffline = options.file !== undefined && named === undefined && options.access !== true;
      await (isOffline ? verifyExport : verifyChains)(named, options, command);
    });
}

async function verifyExport(_: unknown, { file = [] }: VerifyOptions, command: Command): Promise<void> {
  const isJson = command.optsWithGlobals<GlobalOptions>().json === true;
  tell([await checkExport(file.join(', '), await readExport(file))], isJson);
}

const verifyChains = withControlPlane(
  async (
    { client, isJson }: CommandContext,
    named: string | undefined,
    { access, file = [] }: VerifyOptions,
  ) => {
    const exported = await readExport(file);
    if (named !== undefined) return tell([await checkChain(projectChain(client, named), exported)], isJson);
    if (access === true) return tell([await checkChain(accessChain(client), exported)], isJson);
    const projects = await client.projects.list();
    const chains = [...projects.map(({ project }) => projectChain(client, project)), accessChain(client)];
    const checks: Told[] = [];
    for (const chain of chains) checks.push(await checkChain(chain).catch(orSkipped(chain)));
    tell(checks, isJson);
  },
);

/** A chain that the caller may not read is neither good nor bad. */
type Told = Checked | { chain: string; skipped: string };

function orSkipped({ name }: Chain): (error: unknown) => Told {
  return (error) => {
    if (!(error instanceof FettleError && error.code === 'FORBIDDEN')) throw error;
    return { chain: name, skipped: error.message };
  };
}

/** Tells what was found of each chain; the first that is broken is the failure. */
function tell(checks: readonly Told[], isJson: boolean): void {
  if (isJson) console.log(JSON.stringify(checks, null, 2));
  else for (const one of checks) console.log(describeCheck(one));
  const broken = checks.find((one) => 'ok' in one && !one.ok);
  if (broken !== undefined) throw new CliFailure(EXIT.auditBroken, describeCheck(broken));
}
