/** Everything of ClickHouse that a translation may be made of. */
const KNOWN = new Set(
  `SELECT FROM WHERE GROUP HAVING ORDER BY ASC DESC LIMIT OFFSET AS NOT BETWEEN AND IN DISTINCT CAST true false
  plus minus multiply divide modulo equals notEquals less lessOrEquals greater greaterOrEquals negate not and or like
  notLike ilike notILike toIntervalYear toIntervalMonth toIntervalDay toIntervalHour toIntervalMinute toIntervalSecond
  count sum avg min max quantileExactWeighted argMax argMin first_value last_value topK topKWeighted countIf sumIf avgIf
  bitAnd bitCount bitHammingDistance bitNot bitOr bitRotateLeft bitRotateRight bitShiftLeft bitShiftRight bitTest bitXor
  accurateCastOrDefault trunc if formatDateTime now today toDateTime timezoneOf toYear toMonth toDayOfMonth toDayOfWeek
  toHour toMinute toSecond toUnixTimestamp toStartOfInterval toStartOfYear toStartOfMonth toStartOfWeek toStartOfDay
  toStartOfHour toStartOfFifteenMinutes toStartOfTenMinutes toStartOfFiveMinutes toStartOfMinute toYYYYMM bin hex intDiv
  log pow round floor ceil lengthUTF8 empty lower lowerUTF8 upper upperUTF8 startsWith endsWith positionUTF8 substringUTF8
  format toUInt8 toUInt32 toUInt64`.split(/\s+/),
);

/** What of the SQL is neither a known word nor a number, nor in quotes; nor a table of the catalog. */
export function foreignTo(sql: string): string[] {
  const text = sql.replaceAll(/'(?:[^'\\]|\\.)*'/gs, ' ');
  const words = text.replaceAll(/`(?:[^`\\]|\\.)*`/gs, ' ').match(/[^\s(),.]+/g) ?? [];
  const tables = text.match(/FROM `(?:[^`\\]|\\.)*`\.`(?:[^`\\]|\\.)*`/gs) ?? [];
  return [
    ...words.filter((word) => !KNOWN.has(word) && !/^-?\d+(?:e[+-]?\d+)?$/.test(word)),
    ...tables.filter((table) => table !== 'FROM `ae`.`readings`'),
  ];
}
