import { resolve } from 'node:path';

type Fields = Record<string, unknown>;
type Change = (value: unknown) => unknown;

/**
 * What a config file says, with paths made absolute from the file's folder and the two defaults that depend on it:
 * `stateDir` is `.pidnap`, `cwd` is the folder. Whatever has another form than expected stays as it is, for the check.
 */
export function resolveConfigPaths(config: unknown, folder: string): unknown {
  const path = pathFrom(folder);
  const listen = fields({ socket: path, tcp: fields({ tokenFile: path, keysFile: path }) });
  return fields({ stateDir: path, listen, processes: each(definitionPaths(folder)) })(
    withDefault(config, 'stateDir', '.pidnap'),
  );
}

/** The same for one definition. */
export function resolveDefinitionPaths(definition: unknown, folder: string): unknown {
  return definitionPaths(folder)(definition);
}

function definitionPaths(folder: string): Change {
  const path = pathFrom(folder);
  const envFiles = each((file) => (typeof file === 'string' ? path(file) : fields({ path })(file)));
  const change = fields({ cwd: path, envFiles, health: fields({ path }) });
  return (definition) => change(withDefault(definition, 'cwd', folder));
}

function pathFrom(folder: string): Change {
  return (value) => (typeof value === 'string' && value !== '' ? resolve(folder, value) : value);
}

function withDefault(value: unknown, name: string, content: string): unknown {
  return isObject(value) && value[name] === undefined ? { ...value, [name]: content } : value;
}

/** Changes the named fields of an object, those it has. */
function fields(changes: Record<string, Change>): Change {
  return (value) => {
    if (!isObject(value)) return value;
    const changed = Object.entries(changes)
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, change]) => [name, change(value[name])]);
    return { ...value, ...Object.fromEntries(changed) };
  };
}

/** Changes every entry of an object or a list. */
function each(change: Change): Change {
  return (value) => {
    if (Array.isArray(value)) return value.map(change);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, change(entry)]));
  };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
