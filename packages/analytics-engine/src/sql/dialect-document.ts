import { FUNCTIONS } from './functions/catalog.ts';
import type { Argument, FunctionDefinition } from './functions/definition.ts';
import { MAX_CHAIN, MAX_DEPTH, MAX_STATEMENT_LENGTH } from './refusal.ts';
import { CONDITION, NUMBER, SCALAR, TIME, type Type } from './type.ts';
import { UNKNOWNS } from './unknowns.ts';

/** The text of `docs/dialect.md`: the functions from their definitions, and what could not be verified. */
export function dialectDocument(): string {
  const groups = Array.from(new Set(FUNCTIONS.map(({ group }) => group)));
  return [INTRODUCTION, ...groups.map(groupSection), LANGUAGE, unknownSection()].join('\n\n') + '\n';
}

const INTRODUCTION = `# The SQL dialect of Workers Analytics Engine, as it runs here

Written by \`src/sql/dialect-document.ts\`; \`npm test -- --project unit dialect-document -u\` writes it anew.

What production accepts is accepted, with production's meaning; what production refuses is refused, in its words where
they are known. A statement is read, checked and written anew: none of its text reaches ClickHouse.

Types are \`Integer\`, \`Double\`, \`String\`, \`DateTime\`, \`Date\` (of \`today()\`), \`Boolean\`, \`Interval\`, and \`Array\` (of
\`topK\`). A number is an Integer or a Double, a time is a DateTime or a Date, a condition is a Boolean or an Integer, and
any is whatever a row can hold. Names of functions are taken in any case. "Since" is the month of the announcement;
functions without one were there from the start. "Run as" says where ClickHouse's function of that name is missing or
means something else.`;

const LANGUAGE = `## Statements and clauses

| form | notes |
|---|---|
| \`SELECT … [FROM dataset \\| (SELECT …)]\` | one dataset, by its bare or double-quoted name; an alias with or without \`AS\`; \`*\` gives all columns |
| \`WHERE\` | sees columns and aliases; no aggregate functions |
| \`GROUP BY\` | names of columns and aliases only: the reference allows expressions, production refuses them |
| \`HAVING\` | since 2026-01; sees columns, aliases and aggregate functions |
| \`ORDER BY … [ASC \\| DESC]\` | sees the columns of the result only: a column that is selected under an alias goes by that alias |
| \`LIMIT n \\| ALL\`, \`OFFSET n\` | |
| \`FORMAT JSON \\| JSONEachRow \\| TabSeparated\` | at the end of the statement |
| \`SHOW TABLES\`, \`SHOW TIMEZONES\`, \`SHOW TIMEZONE\` | with an optional \`FORMAT\` |
| \`+ - * / %\`, \`= <> != < <= > >=\`, \`AND OR NOT\` | times compare with times, numbers with numbers, anything else with its own type |
| \`[NOT] IN (…)\`, \`[NOT] BETWEEN … AND …\` | the list holds constants |
| \`[NOT] LIKE\`, \`[NOT] ILIKE\` | since 2026-01 |
| \`'text'\`, \`42\`, \`4.2\`, \`true\`, \`INTERVAL '42' DAY\` | a quote inside text is written twice; units are YEAR, MONTH, DAY, HOUR, MINUTE, SECOND |
| \`-- …\`, \`/* … */\`, trailing \`;\` | ignored |

At most ${MAX_STATEMENT_LENGTH} characters, ${MAX_DEPTH} levels of nesting (a SELECT counts as five) and ${MAX_CHAIN} operators in a row.`;

/** Short words for the types that arguments have in common. */
const TYPE_WORDS: ReadonlyMap<readonly Type[], string> = new Map([
  [SCALAR, 'any'],
  [NUMBER, 'number'],
  [TIME, 'time'],
  [CONDITION, 'condition'],
]);

function groupSection(group: FunctionDefinition['group']): string {
  const definitions = FUNCTIONS.filter((definition) => definition.group === group);
  const rows = definitions.map((definition) => [
    `\`${definition.signature}\``,
    argumentTypes(definition),
    resultType(definition),
    definition.since ?? '',
    definition.runsAs ?? '',
  ]);
  return `## Functions: ${group}\n\n${table(['usage', 'takes', 'gives', 'since', 'run as'], rows)}`;
}

function unknownSection(): string {
  const rows = UNKNOWNS.map(({ question, here }) => [question, here]);
  const about = 'What could not be verified against production, and what is done here.';
  return `## Not known\n\n${about}\n\n${table(['question', 'here'], rows)}`;
}

function argumentTypes({ required, optional, rest, distinct }: FunctionDefinition): string {
  const list = required.length === 0 && distinct !== null ? distinct : required;
  return [
    ...list.map(typeWords),
    ...optional.map((argument) => `[${typeWords(argument)}]`),
    ...(rest === null ? [] : [`${typeWords(rest)} …`]),
  ].join(', ');
}

function typeWords({ types }: Argument): string {
  return TYPE_WORDS.get(types) ?? types.join(' / ');
}

/** Where the type follows an argument, which one that is. */
function resultType({ result, required, name }: FunctionDefinition): string {
  if (typeof result !== 'function') return result;
  const follows = (place: number): boolean =>
    result(required.map((_, index) => (index === place ? 'Date' : 'Null'))) === 'Date';
  const place = required.findIndex((_, index) => follows(index));
  if (place < 0) throw new Error(`the result of ${name} follows none of its arguments`);
  return `as argument ${place + 1}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
