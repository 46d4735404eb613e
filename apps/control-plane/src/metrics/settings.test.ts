import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { metricsSettings, MetricsVariables } from './settings.ts';

describe('settings about metrics', () => {
  test('may all be left out', () => {
    expect(metricsSettings({})).toEqual({ FETTLE_METRICS_EVERY_MS: 30_000, FETTLE_PROMETHEUS: 'off' });
  });

  test('are read once for each set of variables', () => {
    const variables = { FETTLE_METRICS_EVERY_MS: '5000' };
    expect(metricsSettings(variables)).toBe(metricsSettings(variables));
    expect(metricsSettings(variables).FETTLE_METRICS_EVERY_MS).toBe(5000);
  });

  test('take headers as OpenTelemetry writes them', () => {
    const { FETTLE_OTLP_HEADERS: headers } = metricsSettings({
      FETTLE_OTLP_HEADERS: 'authorization=Bearer%20a%2Cb%3D, x-tenant = acme',
    });
    expect(headers).toEqual([
      ['authorization', 'Bearer a,b='],
      ['x-tenant', 'acme'],
    ]);
  });

  test.each<[keyof MetricsVariables, string, RegExp]>([
    ['FETTLE_METRICS_EVERY_MS', '999', /at least 1000/],
    ['FETTLE_METRICS_EVERY_MS', '3600001', /at most 3600000/],
    ['FETTLE_METRICS_EVERY_MS', '5e3', /whole number/],
    ['FETTLE_METRICS_EVERY_MS', '', /whole number/],
    ['FETTLE_PROMETHEUS', 'yes', /on or off/],
    ['FETTLE_ANALYTICS_URL', 'api.cloudflare.com', /URL/],
    ['FETTLE_OTLP_URL', 'grpc://collector:4317', /http/],
    ['FETTLE_OTLP_HEADERS', 'authorization', /name=value/],
    ['FETTLE_OTLP_HEADERS', 'authorization=%E0%A4%A', /name=value/],
    ['FETTLE_OTLP_HEADERS', 'x=a%0d%0ab', /name=value/],
  ])('%s=%j is refused by name, and says what is expected', (name, value, expected) => {
    const read = () => metricsSettings({ [name]: value });
    expect(read).toThrow(expected);
    expect(read).toThrow(name);
  });

  test.each(Object.keys(MetricsVariables.entries))('%s is in the docs', (name) => {
    const docs = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/telemetry.md'), 'utf8');
    expect(docs).toContain(`| \`${name}\` |`);
  });

  test('never repeat what may be a secret', () => {
    expect(() => metricsSettings({ FETTLE_OTLP_HEADERS: 'my-secret' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('my-secret') }),
    );
  });
});
