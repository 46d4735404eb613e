/** Version of pidnap as `info` and `--version` show it; the same as in package.json. */
export const VERSION = '0.1.0';
