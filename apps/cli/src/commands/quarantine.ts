import { Command } from 'commander';
import { describeIncidents, QUARANTINE_COLUMNS, quarantineRow } from '../output/describe-quarantines.ts';
import { formatVersions, shortImage } from '../output/fleet-rows.ts';
import { renderTable } from '../output/table.ts';
import { withControlPlane } from './context.ts';
import { knownVersions, matchVersions } from './match-versions.ts';

const VERSIONS_HELP =
  'beginning of a commit of the customer or the platform, or of an image; several when one names more than one set';
const REASON_HELP = 'why, for whoever reads the notices later';

/** Commands about versions that no machine of the project may be brought to. */
export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description(
      'versions that no machine is brought to any more, because they broke several or a person says so',
    )
    .addCommand(show())
    .addCommand(add())
    .addCommand(lift());
}

function show(): Command {
  return new Command('show')
    .description('the versions in quarantine, why, and the incidents of the project that led to it')
    .action(
      withControlPlane(async ({ client, project, print }) => {
        const { quarantines, incidents, now } = await client.projects.get({ project });
        print({ quarantines, incidents }, () =>
          [
            quarantines.length === 0
              ? 'no versions are in quarantine'
              : renderTable(
                  QUARANTINE_COLUMNS,
                  quarantines.map((one) => quarantineRow(one, now)),
                ),
            ...describeIncidents(incidents, now),
          ].join('\n\n'),
        );
      }),
    );
}

function add(): Command {
  return new Command('add')
    .description('put versions in quarantine: machines that run them are brought away from them, in waves')
    .argument('<version...>', VERSIONS_HELP)
    .requiredOption('--reason <text>', REASON_HELP)
    .action(
      withControlPlane(
        async ({ client, project, print }, parts: string[], { reason }: { reason: string }) => {
          const versions = matchVersions(parts, knownVersions(await client.projects.get({ project })));
          const { quarantines } = await client.projects.quarantine({ project, versions, reason });
          print(
            quarantines,
            () => `in quarantine: ${formatVersions(versions)} on ${shortImage(versions.image)}`,
          );
        },
      ),
    );
}

function lift(): Command {
  return new Command('lift')
    .description(
      'let versions be used again: a person has looked; machines that were reverted stay where they are',
    )
    .argument('<version...>', VERSIONS_HELP)
    .requiredOption('--reason <text>', REASON_HELP)
    .action(
      withControlPlane(
        async ({ client, project, print }, parts: string[], { reason }: { reason: string }) => {
          const view = await client.projects.get({ project });
          const versions = matchVersions(
            parts,
            view.quarantines.map((one) => one.versions),
          );
          const { quarantines } = await client.projects.liftQuarantine({ project, versions, reason });
          print(
            quarantines,
            () => `may be used again: ${formatVersions(versions)} on ${shortImage(versions.image)}`,
          );
        },
      ),
    );
}
