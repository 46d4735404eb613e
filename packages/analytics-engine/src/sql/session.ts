/** Settings of the ClickHouse session that translations need, each as `name = value`. */
export const SESSION_SETTINGS: readonly string[] = [
  // Otherwise it is the zone of the machine, and a time in a statement means another moment.
  "session_timezone = 'UTC'",
  // Production gives 64-bit integers as strings.
  'output_format_json_quote_64bit_integers = 1',
  // ClickHouse 26.7 adds conditions to a key of GROUP BY that compares, and then cannot find the key.
  'optimize_and_compare_chain = 0',
];
