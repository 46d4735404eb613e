/** The part of docs/policy.md that is written from the rules, so that it cannot be out of date unnoticed. */
import { POLICY_RULES } from './lint-policy.ts';

const START = '<!-- generated: contradictions -->';
const END = '<!-- end -->';

/** `text` with its table of contradictions made anew. Throws when it has no place for one. */
export function fillInContradictions(text: string): string {
  const [before, rest] = text.split(`${START}\n`);
  const end = rest?.indexOf(END) ?? -1;
  if (before === undefined || rest === undefined || end === -1)
    throw new Error(`expected ${START} and ${END}, once each`);
  return `${before}${START}\n${contradictionsTable()}\n${rest.slice(end)}`;
}

function contradictionsTable(): string {
  const rows = POLICY_RULES.map(
    ({ fields, when, why }) => `| \`${fields[0]}\` | \`${fields[1]}\` | ${when} | ${why} |`,
  );
  return ['| setting | against | refused when | because |', '|---|---|---|---|', ...rows].join('\n');
}
