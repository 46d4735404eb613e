import {
  QueryBuilder,
  RuleBuilder,
  RuleGroupBuilder,
  type RuleGroup,
} from '@grafana/grafana-foundation-sdk/alerting';
import { TypeReduceBuilder, TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { ALERTS, type Alert } from './alert-rules.ts';
import { asTarget, clickhouseQuery, DATASOURCE } from './clickhouse-query.ts';

/** Folder of the rules, and name of their group. */
export const ALERT_FOLDER = 'Fettle';

/** How often the rules are looked at, in seconds. */
const EVERY = 60;

/** What Grafana calls its own expressions. */
const EXPRESSION = '__expr__';

/** Every rule, as the SDK builds it: the shape of Grafana's HTTP API. */
export function alertGroup(): RuleGroup {
  const group = new RuleGroupBuilder(ALERT_FOLDER).interval(EVERY);
  for (const alert of ALERTS) group.withRule(rule(alert));
  return group.build();
}

/** A: the statement. B: its newest number for each set of labels. C: whether that crosses the bound. */
function rule({
  uid,
  title,
  summary,
  severity,
  lookBack,
  sql,
  fires,
  forDuration,
  noData,
}: Alert): RuleBuilder {
  const range = { from: lookBack, to: 0 };
  return new RuleBuilder(title)
    .uid(uid)
    .folderUID(ALERT_FOLDER)
    .ruleGroup(ALERT_FOLDER)
    .condition('C')
    .forDuration(forDuration)
    .noDataState(noData)
    .execErrState('Alerting')
    .labels({ severity })
    .annotations({ summary })
    .withQuery(
      new QueryBuilder('A')
        .datasourceUid(DATASOURCE.uid)
        .relativeTimeRange(range)
        .model(asTarget(clickhouseQuery('A', sql, 'time_series'))),
    )
    .withQuery(
      new QueryBuilder('B')
        .datasourceUid(EXPRESSION)
        .relativeTimeRange(range)
        .model(new TypeReduceBuilder().refId('B').expression('A').reducer('last')),
    )
    .withQuery(
      new QueryBuilder('C')
        .datasourceUid(EXPRESSION)
        .relativeTimeRange(range)
        .model(
          new TypeThresholdBuilder()
            .refId('C')
            .expression('B')
            .conditions([{ evaluator: { type: fires.type, params: [fires.bound] } }]),
        ),
    );
}
