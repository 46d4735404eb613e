import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { PidnapClientOptions } from '../client.ts';
import { findConfigFile, readConfigFile } from '../shell/config-file.ts';
import { resolveConfigPaths } from '../shell/config-paths.ts';
import type { Target } from './explain-error.ts';
import { CliFailure, EXIT } from './failure.ts';

/** Options by which a command is told where pidnap is. */
export interface TargetOptions {
  socket?: string;
  url?: string;
  tokenFile?: string;
  config?: string;
}

/**
 * Where pidnap is: what the command line names, else what the environment names, else the socket of the config file of
 * the current directory.
 */
export async function findPidnap(
  options: TargetOptions,
  { env, folder }: { env: NodeJS.ProcessEnv; folder: string },
): Promise<{ target: Target; connection: PidnapClientOptions }> {
  const named = [options.socket && '--socket', options.url && '--url', options.config && '--config'].filter(
    Boolean,
  );
  if (named.length > 1)
    throw new CliFailure(EXIT.usage, `${named.join(' and ')} name more than one pidnap; use one of them`);
  const tokenFile = options.tokenFile ?? env.PIDNAP_TOKEN_FILE;
  if (options.socket) return atSocket(options.socket, null);
  if (options.url) return atUrl(options.url, tokenFile);
  if (options.config) return fromConfig(options.config);
  if (env.PIDNAP_SOCKET) return atSocket(env.PIDNAP_SOCKET, null);
  if (env.PIDNAP_URL) return atUrl(env.PIDNAP_URL, tokenFile);
  const configFile = findConfigFile(folder);
  if (configFile !== null) return fromConfig(configFile);
  throw new CliFailure(EXIT.notRunning, `no pidnap is known in ${folder}: it has no pidnap.config file`, {
    hint: 'make one with `pidnap init`, or name a pidnap with --config, --socket (PIDNAP_SOCKET) or --url (PIDNAP_URL)',
  });
}

function atSocket(socket: string, configFile: string | null) {
  const socketPath = resolve(socket);
  return { target: { address: socketPath, configFile }, connection: { socketPath } };
}

function atUrl(url: string, tokenFile: string | undefined) {
  if (!URL.canParse(url)) throw new CliFailure(EXIT.usage, `"${url}" is no URL`);
  if (!tokenFile)
    throw new CliFailure(
      EXIT.usage,
      'a URL needs a token: name its file with --token-file (PIDNAP_TOKEN_FILE)',
    );
  return { target: { address: url, configFile: null }, connection: { url, token: readToken(tokenFile) } };
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CliFailure(EXIT.usage, `the token cannot be read: ${message}`, { cause: error });
  }
}

/**
 * Only the socket is looked for: a file that was changed for the worse since pidnap started must not hide the one that
 * runs. `check` and `run` look at the whole.
 */
async function fromConfig(file: string) {
  const path = resolve(file);
  const content = resolveConfigPaths(await readConfigFile(path), dirname(path)) as {
    stateDir?: unknown;
    listen?: { socket?: unknown };
  } | null;
  const { stateDir, listen } = content ?? {};
  if (typeof listen?.socket === 'string') return atSocket(listen.socket, path);
  if (typeof stateDir === 'string') return atSocket(join(stateDir, 'pidnap.sock'), path);
  throw new CliFailure(EXIT.usage, `${path} does not say where pidnap's socket is`, {
    hint: `\`pidnap check --config ${path}\` says what is wrong with it`,
  });
}
