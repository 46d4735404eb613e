import { Command } from 'commander';
import { formatGrant } from '../output/format-grant.ts';
import { clean } from '../output/table.ts';
import { withControlPlane } from './context.ts';

/** The command that tells whose token is used. */
export function whoamiCommand(): Command {
  return new Command('whoami')
    .description('who the control plane takes you for, and what you may do where')
    .action(
      withControlPlane(async ({ client, print, url }) => {
        const who = await client.tokens.whoami();
        print(who, () => {
          const { kind, id } = who.actor;
          return clean(`${kind} ${id} at ${url}: ${who.grants.map(formatGrant).join(', ')}`);
        });
      }),
    );
}
