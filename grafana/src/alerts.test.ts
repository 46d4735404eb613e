import { describe, expect, it } from 'vitest';
import { ALERTS } from './alert-rules.ts';
import { alertGroup } from './alerts.ts';
import { alertingFile } from './provisioning.ts';
import { violations } from './testing/json-schema.ts';
import { publishedSchema } from './testing/published-schema.ts';
import { selectedNames } from './testing/queries.ts';

const schema = publishedSchema('alerting');

describe.each(ALERTS)('alert rule $uid', ({ uid, sql, summary, noData }) => {
  it('has a text that speaks only of labels that its statement selects', () => {
    const labels = [...summary.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1]!);
    expect(selectedNames(sql)).toEqual(expect.arrayContaining(labels));
  });

  it('gives the plugin a time `t`, labels and one number', () => {
    const names = selectedNames(sql);
    const labels = names.filter((name) => /^(project|slot|machine|process|boot)$/.test(name));
    expect(names[0]).toBe('t');
    expect(names.length - labels.length).toBe(2);
  });

  it('has an id that Grafana takes, and says what an empty answer means', () => {
    expect(uid).toMatch(/^fettle-[\w-]{1,33}$/);
    expect(['Alerting', 'OK']).toContain(noData);
  });
});

describe('missing data', () => {
  it('is an alarm for the whole fleet and for each machine', () => {
    const states = new Map(alertGroup().rules?.map(({ uid, noDataState }) => [uid, noDataState]));
    expect(states.get('fettle-missing-data')).toBe('Alerting');
    expect(states.get('fettle-silent-machine')).toBe('Alerting');
  });
});

describe('the file of the rules', () => {
  const file = alertingFile(alertGroup());

  it('has the fields that a file has, instead of those of the HTTP API', () => {
    const [group] = file.groups;
    expect(group).toMatchObject({ orgId: 1, name: 'Fettle', folder: 'Fettle', interval: '60s' });
    expect(group!.rules).toHaveLength(ALERTS.length);
    for (const rule of group!.rules) {
      expect(rule).not.toHaveProperty('folderUID');
      expect(rule).not.toHaveProperty('orgID');
      expect(rule.for).toMatch(/^\d+[sm]$/);
    }
  });

  it('has a dollar only where Grafana leaves it alone', () => {
    for (const { data, annotations, ...interpolated } of file.groups[0]!.rules) {
      expect(JSON.stringify(data)).toContain('$from');
      expect(JSON.stringify([data, annotations])).not.toContain('$$');
      const others = data.map((node) => ({ ...node, model: undefined }));
      expect(JSON.stringify([interpolated, others])).not.toContain('$');
    }
  });
});

it.skipIf(schema === undefined)('the rules satisfy Grafana’s schema', () => {
  const group: unknown = JSON.parse(JSON.stringify(alertGroup()));
  expect(violations(group, schema!.definitions!['RuleGroup']!, schema)).toEqual([]);
});
