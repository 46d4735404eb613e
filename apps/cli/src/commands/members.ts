import type { Grant } from '@fettle/contract/operator-access';
import { Command } from 'commander';
import { describeMembers } from '../output/describe-access.ts';
import { formatGrant } from '../output/format-grant.ts';
import { clean } from '../output/table.ts';
import { withControlPlane } from './context.ts';
import { grant, GRANT_HELP } from './grant.ts';

const NAME_HELP = 'e-mail address, or the name of a service token of Cloudflare Access';

/** Commands about people and services that Cloudflare Access lets in. */
export function memberCommand(): Command {
  return new Command('member')
    .description('whom Cloudflare Access lets in, and what they may do')
    .addCommand(set())
    .addCommand(list())
    .addCommand(remove());
}

function set(): Command {
  return new Command('set')
    .description('give somebody exactly these grants')
    .argument('<name>', NAME_HELP)
    .requiredOption('--grant <role@place>', GRANT_HELP, grant)
    .action(
      withControlPlane(async ({ client, print }, name: string, { grant: grants }: { grant: Grant[] }) => {
        const member = await client.members.set({ name, grants });
        print(member, () => clean(`${member.name}: ${member.grants.map(formatGrant).join(', ')}`));
      }),
    );
}

function list(): Command {
  return new Command('list').description('who was given what').action(
    withControlPlane(async ({ client, print }) => {
      const members = await client.members.list();
      print(members, () => describeMembers(members));
    }),
  );
}

function remove(): Command {
  return new Command('remove')
    .description('take all grants back; they are refused everywhere within a minute')
    .argument('<name>', NAME_HELP)
    .action(
      withControlPlane(async ({ client, print }, name: string) => {
        const member = await client.members.remove({ name });
        print(member, () => clean(`${member.name} may do nothing any more, within a minute`));
      }),
    );
}
