import type { Rule, RuleGroup } from '@grafana/grafana-foundation-sdk/alerting';
import { DATASOURCE } from './clickhouse-query.ts';

/** Where the container finds the dashboards; `compose.yaml` mounts them there. */
export const DASHBOARDS_FOLDER = '/etc/fettle/dashboards';

/**
 * The SQL API as a data source. Grafana puts in the two variables. `usePOST`: the API takes nothing else. No default
 * database: its name would be put before the table. The token is sent as a header of our own because the plugin's
 * own ways to sign in are ClickHouse's.
 */
export function datasourcesFile() {
  return {
    apiVersion: 1,
    datasources: [
      {
        name: 'Fettle metrics',
        uid: DATASOURCE.uid,
        type: DATASOURCE.type,
        access: 'proxy',
        url: '${FETTLE_ANALYTICS_URL}',
        isDefault: true,
        editable: false,
        jsonData: {
          usePOST: true,
          addCorsHeader: false,
          defaultDatabase: '',
          httpHeaderName1: 'Authorization',
        },
        secureJsonData: { httpHeaderValue1: 'Bearer ${FETTLE_ANALYTICS_TOKEN}' },
      },
    ],
  };
}

/** Dashboards come from files and cannot be changed in the browser: what is seen is what is in git. */
export function dashboardsFile() {
  return {
    apiVersion: 1,
    providers: [
      {
        name: 'fettle',
        orgId: 1,
        folder: 'Fettle',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        updateIntervalSeconds: 60,
        options: { path: DASHBOARDS_FOLDER },
      },
    ],
  };
}

/**
 * The rules in the shape of a file. The SDK builds that of the HTTP API, in which folder and interval are others.
 * Grafana puts variables of its environment into every field but `model` and `annotations`: there, and only there, a
 * `$` means itself.
 */
export function alertingFile({ title, interval, rules = [] }: RuleGroup) {
  const group = {
    orgId: 1,
    name: title,
    folder: title,
    interval: `${interval}s`,
    rules: rules.map(ruleInFile),
  };
  return { apiVersion: 1, groups: [group] };
}

function ruleInFile(rule: Rule) {
  const { uid, title, condition, data, noDataState, execErrState, labels, annotations } = rule;
  return {
    uid,
    title,
    condition,
    data,
    noDataState,
    execErrState,
    for: rule.for,
    labels,
    annotations,
    isPaused: false,
  };
}
