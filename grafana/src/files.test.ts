import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PLUGIN } from './clickhouse-query.ts';
import { generatedFiles } from './files.ts';
import { DASHBOARDS_FOLDER } from './provisioning.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

describe('the committed files', () => {
  const generated = generatedFiles();

  it.each([...generated.keys()])('%s is what the sources say; `npm run grafana` renews it', (name) => {
    // Formatting is the formatter's affair, and JSON is YAML too.
    expect(parse(read(name))).toEqual(parse(generated.get(name)!));
  });

  it('are all generated', () => {
    const committed = globSync(['dashboards/**/*.json', 'provisioning/**/*.yaml'], { cwd: root });
    expect(committed.toSorted()).toEqual([...generated.keys()].toSorted());
  });
});

describe('compose.yaml', () => {
  const { grafana } = parse(read('compose.yaml')).services;

  it('pins Grafana, and the plugin at the version that the queries are written for', () => {
    expect(grafana.image).toMatch(/:\d+\.\d+\.\d+$/);
    expect(grafana.environment.GF_PLUGINS_PREINSTALL_SYNC).toBe(`${PLUGIN.type}@${PLUGIN.version}`);
  });

  it('mounts the provisioning files, and the dashboards where these look for them', () => {
    expect(grafana.volumes).toContain('./provisioning:/etc/grafana/provisioning:ro');
    expect(grafana.volumes).toContain(`./dashboards:${DASHBOARDS_FOLDER}:ro`);
  });

  it('can be started with the variables of either side alone', () => {
    for (const value of Object.values(grafana.environment)) expect(value).not.toContain('?');
  });

  it('gives every variable that the data source wants, and listens on the loopback address only', () => {
    const wanted = [...read('provisioning/datasources/fettle.yaml').matchAll(/\$\{(\w+)\}/g)].map(
      (match) => match[1]!,
    );
    expect(wanted).toHaveLength(2);
    expect(Object.keys(grafana.environment)).toEqual(expect.arrayContaining(wanted));
    expect(grafana.environment.GF_SERVER_HTTP_ADDR).toBe('127.0.0.1');
  });
});
