/** A question about production that neither its reference nor a measurement answers, and what this dialect does. */
export type Unknown = { question: string; here: string };

export const UNKNOWNS: readonly Unknown[] = [
  {
    question: 'A backslash in a string literal',
    here: 'a character like any other, as in the parser that production’s messages come from; in a LIKE pattern ClickHouse takes it for an escape',
  },
  {
    question: 'The text for a dataset that was never written, in a statement that names no column',
    here: '`unknown table: "…"`; with a column it is `unable to find type of column`, which was seen',
  },
  {
    question: 'Which column is named first when several are unknown',
    here: 'SELECT, WHERE, GROUP BY, HAVING, ORDER BY, in this order',
  },
  {
    question: 'Alias or column when both have the name',
    here: 'the alias, outside its own expression, as in ClickHouse',
  },
  { question: 'Subqueries in FROM', here: 'accepted, as in the reference; a third party was refused one' },
  { question: 'An alias behind FROM', here: 'refused' },
  { question: 'Columns with the dataset’s name before them (`readings.blob1`)', here: 'refused' },
  { question: '`SELECT DISTINCT`, positions in ORDER BY (`ORDER BY 1`)', here: 'refused' },
  { question: 'Units of INTERVAL in the plural, WEEK', here: 'refused' },
  {
    question: 'The text for `INTERVAL 1 DAY` without quotes, which production refuses',
    here: 'a syntax error',
  },
  { question: 'Names of formats in another case', here: 'refused' },
  {
    question: 'A DateTime with a number (`timestamp > 5`, `timestamp + 60`), the difference of two times',
    here: 'refused; with a String it is refused by production',
  },
  { question: 'A Boolean with a number (`empty(blob1) = 0`), `sum(double1 > 5)`', here: 'refused' },
  {
    question: 'A number as a condition',
    here: 'an Integer is taken, since `WHERE bitTest(double1, 2)` is in the reference; a Double is refused',
  },
  {
    question: 'How a Boolean is printed',
    here: '`true` and `false`, which the reference calls the result of `empty` and others; ClickHouse itself gives 1 and 0',
  },
  { question: 'NULL outside of `if`', here: 'refused' },
  {
    question: 'Type of `toStartOfMonth`, `toStartOfYear`, `toStartOfWeek`',
    here: 'DateTime at midnight of the time’s zone, as the reference prints it; ClickHouse itself gives a Date',
  },
  {
    question: '`today()` with an INTERVAL',
    here: 'a DateTime; ClickHouse itself gives a Date for days, months and years',
  },
  {
    question: 'An aggregate function in ORDER BY that SELECT has without alias',
    here: 'refused when it reads a column, as ORDER BY sees the columns of the result only; production was seen to refuse one that SELECT does not have',
  },
  {
    question: '`intDiv` of negative numbers',
    here: 'cut towards zero, as in ClickHouse; the reference says “rounding down”',
  },
  {
    question: 'Division by zero',
    here: 'with `/` infinity, which JSON prints as null; with `intDiv` and `%` of integers an error of ClickHouse',
  },
  {
    question: '`bitTest` of a Double',
    here: 'of its whole number; the reference shows it, and ClickHouse refuses it',
  },
  {
    question: 'Times of `first_value` and `last_value` in a statement with GROUP BY',
    here: 'any row of the group, as in ClickHouse',
  },
  {
    question: '`toDateTime` of a text that is neither of the documented forms',
    here: 'a literal is refused; a date alone is taken; a column fails when it is read',
  },
  {
    question: 'Names of columns without alias',
    here: 'as ClickHouse names them, with the reference’s spelling; seen at production are `count()` and the like',
  },
  {
    question: 'Texts of refusals that nobody wrote down: wrong clauses, GROUP BY mistakes, wrong parameters',
    here: 'our own, in the manner of the known ones',
  },
  { question: 'Line and column in syntax errors', here: 'added: ` at Line: 1, Column 21`' },
  {
    question: 'Names of time zones',
    here: 'any text is taken; ClickHouse fails on one that it does not know',
  },
];
