import { describe, expect, it } from 'vitest';
import { prometheusName, prometheusQuery, prometheusText } from './prometheus.ts';
import { NETWORK_IO, PROCESS_DURATION, PROCESS_RESTARTS } from './semantic-names.ts';

const SECONDS = 1_767_614_400;

type Row = Parameters<typeof prometheusText>[0][number];

function row(over: Row = {}): Row {
  return {
    machine: 'demo.web-1.3',
    organization: 'acme',
    project: 'demo',
    slot: 'web-1',
    machineType: 'local-docker',
    time: SECONDS,
    platform: 'aaaa',
    customer: 'bbbb',
    image: 'sha256:c',
    cpuPercent: 12.5,
    memoryUsedMb: 100,
    memoryTotalMb: 512,
    diskUsedPercent: 33,
    cpuLimit: 0.5,
    load1: 2.25,
    diskUsedMb: 3300,
    diskTotalMb: 10_000,
    openFiles: 64,
    cpuPressurePercent: 5,
    memoryPressurePercent: 6,
    ioPressurePercent: 8,
    ...over,
  };
}

/** One line of the text format: a name, labels, a value, and a time in milliseconds. */
const LINE =
  /^[a-zA-Z_:][\w:]*\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?!\})|(?=\})))*\} [-+.\deE]+ \d{13}$/;

describe('the text for Prometheus', () => {
  it('has a help, a type and then all lines of each name', () => {
    const text = prometheusText([row(), row({ machine: 'demo.web-2.1', slot: 'web-2' })]);
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.trimEnd().split('\n');
    let family = '';
    const seen = new Set<string>();
    for (const line of lines) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+) /.exec(line) ?? [];
      if (kind === 'HELP') {
        expect(seen).not.toContain(name);
        seen.add((family = name));
      } else if (kind === 'TYPE') expect(line).toBe(`# TYPE ${family} gauge`);
      else {
        expect(line).toMatch(LINE);
        expect(line.startsWith(`${family}{`)).toBe(true);
      }
    }
    expect(new Set(lines).size).toBe(lines.length);
    expect(seen).toContain('target_info');
  });

  it('tells ratios and bytes, with the time of the measurement', () => {
    const lines = prometheusText([row()]).split('\n');
    const series = '{job="demo/web-1",instance="demo.web-1.3"';
    expect(lines).toContain(`system_cpu_utilization_ratio${series}} 0.125 ${SECONDS}000`);
    expect(lines).toContain(
      `system_memory_usage_bytes${series},system_memory_state="used"} 104857600 ${SECONDS}000`,
    );
  });

  it('leaves out what a machine could not tell, and says nothing of a name that nobody has', () => {
    const text = prometheusText([
      row({ cpuPercent: null }),
      row({ machine: 'demo.web-2.1', openFiles: null }),
    ]);
    expect(text.match(/^system_cpu_utilization_ratio\{/gm)).toHaveLength(1);
    expect(text.match(/^machine_file_descriptor_count\{/gm)).toHaveLength(1);
    expect(prometheusText([row({ cpuPercent: null })])).not.toContain('system_cpu_utilization');
    expect(prometheusText([])).toBe('');
  });

  it('keeps a label inside its quotes, whatever is in it', () => {
    const text = prometheusText([row({ image: 'a"b\\c\nd' })]);
    expect(text).toContain('container_image_id="a\\"b\\\\c\\nd"');
    for (const line of text
      .trimEnd()
      .split('\n')
      .filter((one) => !one.startsWith('#')))
      expect(line).toMatch(LINE);
  });

  it('names metrics as Prometheus would have named them itself', () => {
    expect(prometheusName(NETWORK_IO)).toBe('system_network_io_bytes_total');
    expect(prometheusName(PROCESS_RESTARTS)).toBe('pidnap_process_restarts_total');
    expect(prometheusName(PROCESS_DURATION)).toBe('pidnap_process_duration_seconds');
  });
});

it('asks one question about all projects', () => {
  const { sql, columns } = prometheusQuery();
  expect(sql.match(/SELECT/g)).toHaveLength(1);
  expect(sql).not.toMatch(/blob2 =/);
  expect(sql.length).toBeLessThan(10_000);
  expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining(Object.keys(row())));
});
