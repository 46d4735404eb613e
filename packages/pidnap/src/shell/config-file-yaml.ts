import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** YAML 1.2, with merge keys (`<<`), so that processes can share fields. Every problem with its line and column. */
export function parseYaml(path: string, text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, merge: true, prettyErrors: false });
  const problems = document.errors.map(({ message, pos }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return `line ${line}, column ${col}: ${message}`;
  });
  if (problems.length > 0) throw new ConfigError(path, problems);
  try {
    return document.toJS();
  } catch (error) {
    // An alias that leads nowhere, or so many that they would fill the memory.
    throw new ConfigError(path, [error instanceof Error ? error.message : String(error)], { cause: error });
  }
}
