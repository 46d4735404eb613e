import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { projectVariable } from '../variables.ts';

/** Tag of all our dashboards; the links between them go by it. */
const TAG = 'fettle';

/** What every dashboard has: its id, the picker of a project, links to the others, UTC, and the last six hours. */
export function dashboard(name: string, title: string, about: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(`fettle-${name}`)
    .description(about)
    .tags([TAG])
    .timezone('utc')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-6h', to: 'now' })
    .refresh('1m')
    .withVariable(projectVariable())
    .link(
      new DashboardLinkBuilder('Fettle')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
}
