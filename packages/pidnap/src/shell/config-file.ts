import { existsSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { describeJsonProblem } from '../core/json-problem.ts';
import { ConfigError } from './config-error.ts';

/** Kinds of config file. Names of config files are `pidnap.config` and one of these. */
const EXTENSIONS = ['.ts', '.mts', '.mjs', '.js', '.json', '.yaml', '.yml'];

/** Every config file of a folder, in the order in which they would be taken. */
export function configFilesOf(folder: string): string[] {
  return EXTENSIONS.map((extension) => join(resolve(folder), `pidnap.config${extension}`)).filter((path) =>
    existsSync(path),
  );
}

/** The config file of a folder, or null when it has none. More than one is an error: nobody could tell which holds. */
export function findConfigFile(folder: string): string | null {
  const [first = null, ...others] = configFilesOf(folder);
  if (first !== null && others.length > 0)
    throw new ConfigError(first, [
      `it is not the only one in its folder: ${others.join(', ')}`,
      'keep one of them, or name one with --config',
    ]);
  return first;
}

/** What a config file says, unchecked. Parsers and code are loaded only for the kind of file that needs them. */
export async function readConfigFile(path: string): Promise<unknown> {
  const extension = extname(path);
  switch (extension) {
    case '.json':
      return parseJson(path, readText(path));
    case '.yaml':
    case '.yml': {
      const { parseYaml } = await import('./config-file-yaml.ts');
      return parseYaml(path, readText(path));
    }
    case '.ts':
    case '.mts':
    case '.mjs':
    case '.js': {
      readText(path);
      const { evaluateConfigFile } = await import('./config-file-code.ts');
      return evaluateConfigFile(path);
    }
    default:
      throw new ConfigError(path, [
        `expected a file that ends in ${EXTENSIONS.join(', ')}, got "${extension}"`,
      ]);
  }
}

function readText(path: string): string {
  try {
    // Some editors put a mark in front that no parser wants.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ConfigError(path, [error instanceof Error ? error.message : String(error)], { cause: error });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not kept as the cause: the message of JSON.parse repeats a part of the text, which may be a secret.
    throw new ConfigError(path, [describeJsonProblem(text)]);
  }
}
