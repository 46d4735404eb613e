import { MetricsQueryName } from '@fettle/contract/metrics-query';
import { LAYOUT } from './layout.ts';
import { buildQuery, QUERIES } from './queries.ts';

/**
 * `text` with its generated parts made anew. A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the
 * rest is for people to write. Throws an error that names a part that nobody generates, or one that never ends.
 */
export function fillIn(text: string): string {
  const filled = text.replaceAll(
    /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- (?:end|generated).*-->)/g,
    (...match) => {
      const [, start, name, end] = match as unknown as [string, string, string, string];
      const part = PARTS.get(name);
      if (part === undefined) throw new Error(`nothing is generated under the name ${name}`);
      if (end !== '<!-- end -->') throw new Error(`expected <!-- end --> after the part ${name}`);
      return `${start}${part()}\n${end}`;
    },
  );
  const missing = [...PARTS.keys()].filter((name) => !filled.includes(`<!-- generated: ${name} -->`));
  if (missing.length > 0) throw new Error(`expected a part for ${missing.join(', ')}`);
  return filled;
}

const PARTS = new Map<string, () => string>([
  ['layout', layoutTable],
  ['queries', queryTable],
  ['sql', queryTexts],
]);

function layoutTable(): string {
  const rows = LAYOUT.map(({ column, name, of, unit, about }) => [
    `\`${column}\``,
    `\`${name}\``,
    of ?? 'all',
    unit,
    about,
  ]);
  return markdownTable(['column', 'name', 'in points', 'unit', 'what it holds'], rows);
}

function queryTable(): string {
  const rows = MetricsQueryName.options.map((name) => {
    const { about, lastMs, stepMs, limit } = QUERIES[name];
    return [`\`${name}\``, about, span(lastMs), stepMs === null ? '' : span(stepMs), String(limit)];
  });
  return markdownTable(['query', 'what it answers', 'looks back', 'step', 'rows at most'], rows);
}

function queryTexts(): string {
  return MetricsQueryName.options
    .map((name) => {
      const { sql, columns } = buildQuery({ name, project: 'demo' });
      const units = columns.map((column) => `\`${column.name}\` (${column.unit})`).join(', ');
      return `### ${name}\n\n${QUERIES[name].about}. Columns: ${units}.\n\n\`\`\`sql\n${sql}\n\`\`\``;
    })
    .join('\n\n');
}

function markdownTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
] as const;

function span(ms: number): string {
  const [unitMs, unit] = SPANS.find(([length]) => ms >= length && ms % length === 0) ?? [1000, 's'];
  return `${ms / unitMs} ${unit}`;
}
