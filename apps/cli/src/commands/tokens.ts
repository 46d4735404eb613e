import type { Grant, OperatorTokenView } from '@fettle/contract/operator-access';
import { Command } from 'commander';
import { describeTokens, formatDay } from '../output/describe-access.ts';
import { formatGrant } from '../output/format-grant.ts';
import { clean } from '../output/table.ts';
import { withControlPlane } from './context.ts';
import { duration } from './duration.ts';
import { grant, GRANT_HELP } from './grant.ts';

const DAY_MS = 86_400_000;
const NEVER = 'never';

/** Commands about tokens of operators. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('tokens of operators: for people without Cloudflare Access, and for programs')
    .addCommand(create())
    .addCommand(list())
    .addCommand(revoke());
}

function create(): Command {
  return new Command('create')
    .description('make a token; its secret is printed here, once, and kept nowhere')
    .argument('<name>', 'what it is for, such as "ci of the shop"')
    .requiredOption('--grant <role@place>', GRANT_HELP, grant)
    .option('--expires <time>', `how long it holds: 1m to 366d, or ${NEVER}`, lifetime, 90 * DAY_MS)
    .action(
      withControlPlane(
        async (
          { client, print },
          name: string,
          { grant: grants, expires }: { grant: Grant[]; expires: number | typeof NEVER },
        ) => {
          const expiresInMs = expires === NEVER ? null : expires;
          const made = await client.tokens.create({ name, grants, expiresInMs });
          print(made, () => `${made.token}\n\n${describeNew(made)}`);
        },
      ),
    );
}

function describeNew({ id, name, grants, expiresAt }: OperatorTokenView): string {
  const end = expiresAt === null ? 'until it is revoked' : `until ${formatDay(expiresAt)}`;
  return clean(
    `token ${id} "${name}": ${grants.map(formatGrant).join(', ')}, ${end}. Keep it now: nobody can show it again.`,
  );
}

function lifetime(text: string): number | typeof NEVER {
  return text === NEVER ? NEVER : duration(60_000, 366 * DAY_MS)(text);
}

function list(): Command {
  return new Command('list').description('the tokens that you could have made, without their secrets').action(
    withControlPlane(async ({ client, print }) => {
      const tokens = await client.tokens.list();
      print(tokens, () => describeTokens(tokens));
    }),
  );
}

function revoke(): Command {
  return new Command('revoke')
    .description('take a token back; it is refused everywhere within a minute')
    .argument('<id>', 'as `token list` shows it')
    .action(
      withControlPlane(async ({ client, print }, id: string) => {
        const revoked = await client.tokens.revoke({ id });
        print(revoked, () => clean(`token ${id} "${revoked.name}" is refused everywhere within a minute`));
      }),
    );
}
