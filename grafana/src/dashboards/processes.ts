import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { highest, mean, measure } from '@fettle/metrics/queries/expressions';
import { column } from '@fettle/metrics';
import { RESTARTED } from '@fettle/metrics/queries/process';
import { select } from '@fettle/metrics/queries/statement';
import { CHANGES, RESTARTS } from '../counts.ts';
import { HALF, lines, table } from '../panels.ts';
import { firstMeasured, lastMeasured, linesSql, OF_MACHINE, tableSql } from '../sql.ts';
import { machineVariable } from '../variables.ts';
import { dashboard } from './dashboard.ts';

/** Which processes restart, and how do they end? */
export function processes(): DashboardBuilder {
  return dashboard('processes', 'Fettle: processes', 'Which processes restart, and how do they end?')
    .withVariable(machineVariable())
    .withPanel(
      lines(
        {
          title: 'Restarts in the fleet',
          about: 'Automatic restarts in each step, a line for each process name.',
          unit: 'short',
        },
        HALF,
        linesSql('process', [RESTARTS], { by: ['process'], where: [RESTARTED] }),
      ),
    )
    .withPanel(
      table(
        {
          title: 'Most restarts',
          about: 'Automatic restarts within the range. Points written twice count once.',
        },
        HALF,
        tableSql('process', ['machine', 'process'], [RESTARTS, lastMeasured('lastAt')], {
          where: [RESTARTED],
          orderBy: ['restarts DESC'],
          limit: 20,
        }),
        ['lastAt'],
      ),
    )
    .withPanel(
      table(
        { title: 'How processes ended', about: 'Runs that ended within the range, by exit code and signal.' },
        HALF,
        tableSql('process', ['process', 'exitCode', 'signal'], [CHANGES], {
          where: [`${column('state')} IN ('backing-off', 'stopped', 'completed', 'failed')`],
          orderBy: ['changes DESC'],
          limit: 50,
        }),
      ),
    )
    .withPanel(
      table(
        { title: 'Time in states', about: 'How long processes stayed in a state before they left it.' },
        HALF,
        tableSql(
          'process',
          ['process', 'previousState'],
          [
            select('meanMs', 'ms', mean(measure('durationMs'))),
            select('longestMs', 'ms', highest(measure('durationMs'))),
            CHANGES,
          ],
          { where: [`${column('previousState')} != ''`], orderBy: ['process', 'previousState'] },
        ),
      ),
    )
    .withPanel(
      table(
        {
          title: 'Changes of the machine',
          about: 'What the picked machine’s processes went through, the newest first.',
        },
        24,
        tableSql(
          'process',
          [
            'process',
            'previousState',
            'state',
            'durationMs',
            'restarts',
            'exitCode',
            'signal',
            'boot',
            'seq',
          ],
          [firstMeasured('at')],
          { where: [OF_MACHINE], orderBy: ['at DESC', 'seq DESC'], limit: 200 },
        ),
        ['at'],
      ),
    );
}
