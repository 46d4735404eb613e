import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { TOKEN } from '../contract/engine-settings.ts';
import { type Engine, startEngine } from '../engine.ts';
import { EngineError, type EngineErrorCode } from '../errors.ts';
import type { CommandLine } from './command-line.ts';

const EXIT_CODES: Partial<Record<EngineErrorCode, number>> = {
  NO_BINARY: 3,
  FOLDER_IN_USE: 4,
  FOLDER_UNUSABLE: 4,
  PORT_TAKEN: 7,
};

/** Starts the engine that was asked for, and ends it when the process is told to end. */
export async function run(commandLine: CommandLine): Promise<void> {
  const log = logger(commandLine.json);
  const made = commandLine.token === null && commandLine.tokenFile === null ? newToken() : null;
  let engine: Engine;
  try {
    engine = await startEngine({
      ...commandLine,
      token: made ?? (await readToken(commandLine)),
      sample: commandLine.sample ? {} : null,
      onError: (error) => log('error', String((error as Error).stack ?? error)),
    });
  } catch (error) {
    log('error', (error as Error).message, error instanceof EngineError ? { code: error.code } : {});
    process.exitCode = (error instanceof EngineError && EXIT_CODES[error.code]) || 1;
    return;
  }
  const { url, sqlUrl } = engine;
  const ready = {
    ready: true,
    url,
    sqlUrl,
    accountId: commandLine.accountId,
    ...(made === null ? {} : { token: made }),
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);

  const end = (why: string): void => {
    log('info', `ending: ${why}`);
    engine.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log('error', String(error));
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  if (commandLine.exitWithStdin) {
    process.stdin.once('end', () => end('standard input was closed'));
    process.stdin.resume();
  }
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

async function readToken({ token, tokenFile }: CommandLine): Promise<string> {
  if (tokenFile === null) return token!;
  const text = (await readFile(tokenFile, 'utf8')).trim();
  if (!TOKEN.test(text)) throw new Error(`${tokenFile}: expected a token of ASCII without white space`);
  return text;
}

type Log = (level: 'info' | 'error', message: string, fields?: Record<string, string>) => void;

/** Writes to standard error: standard output is for the line that says it is ready. */
function logger(json: boolean): Log {
  return (level, message, fields = {}) => {
    const line = json
      ? JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })
      : `local-analytics-engine: ${message}`;
    process.stderr.write(`${line}\n`);
  };
}
