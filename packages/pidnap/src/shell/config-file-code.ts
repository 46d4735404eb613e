import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ConfigError } from './config-error.ts';

/** A config file may ask a service for its values; one that takes longer than this hangs. */
const LONGEST_MS = 60_000;

/** Exit code of Node when nothing is left that could settle an `await` of the top level. */
const UNSETTLED_AWAIT = 13;

/**
 * Loads the file that is named by its argument and writes what its default export comes to on descriptor 3. The file
 * may import `defineConfig` wherever it is: where pidnap is one file, there is no package that could be found.
 */
const PROGRAM = `
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
const ours = { url: 'data:text/javascript,export const defineConfig = (config) => config', shortCircuit: true };
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@fettle/pidnap/config') return ours;
    if (specifier !== '@fettle/pidnap') return next(specifier, context);
    try { return next(specifier, context); } catch { return ours; }
  },
});
const module = await import(pathToFileURL(process.argv[1]));
const exported = module.default;
const config = typeof exported === 'function' ? await exported() : await exported;
const answer = 'default' in module ? { config } : { problem: 'it has no default export' };
const json = JSON.stringify(answer, (key, value) => {
  if (typeof value !== 'function' && typeof value !== 'symbol') return value;
  throw new TypeError('a ' + typeof value + ' at "' + key + '" is no plain data');
});
writeFileSync(3, json);
process.exit(0);
`;

/**
 * What the default export of a file in TypeScript or JavaScript is, or comes to when it is a function. It runs in a
 * Node of its own, with pidnap's environment: each time is the first one (a module is never forgotten by the Node that
 * loaded it), the supervisor keeps neither its memory nor that of the TypeScript parser, and code that hangs or ends
 * the process ends only itself. What it prints goes to pidnap's stderr.
 */
export async function evaluateConfigFile(path: string): Promise<unknown> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      '--input-type=module',
      '--eval',
      PROGRAM,
      path,
    ],
    { stdio: ['ignore', 2, 'pipe', 'pipe'], timeout: LONGEST_MS, killSignal: 'SIGKILL' },
  );
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const answered = text(child.stdio[3] as NodeJS.ReadableStream);
  const [code, printed, answer] = await Promise.all([exited, text(child.stderr!), answered]);
  if (answer === '') throw new ConfigError(path, [failure(code, printed)]);
  process.stderr.write(printed);
  const { config, problem } = JSON.parse(answer) as { config?: unknown; problem?: string };
  if (problem !== undefined) throw new ConfigError(path, [problem]);
  return config;
}

function failure(code: number | null, printed: string): string {
  if (code === null) return `its code was ended: it did not finish within ${LONGEST_MS / 1000} s`;
  if (code === UNSETTLED_AWAIT) return 'it awaits something that never comes';
  return withoutNodesParts(printed) || `its code ended with exit code ${code} before it came to a result`;
}

/** What Node prints of an error, without the lines that are about Node: file, line, code, message, first caller. */
function withoutNodesParts(printed: string): string {
  const lines = printed.trimEnd().split('\n');
  const start = lines[0]?.startsWith('node:') ? lines.findIndex((line) => /^\s*\^/.test(line)) + 1 : 0;
  const stack = lines.findIndex((line, at) => at >= start && line.startsWith('    at '));
  const callers = stack < 0 ? [] : lines.slice(stack).filter((line) => line.startsWith('    at '));
  const own = callers.find((line) => !/node:|\[eval/.test(line));
  return [...lines.slice(start, stack < 0 ? undefined : stack), ...(own ? [own] : [])]
    .filter((line) => line !== '' && !/^(Node\.js v|\(Use `node --trace)/.test(line))
    .join('\n');
}
