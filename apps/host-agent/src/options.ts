import { parseArgs } from 'node:util';
import { HostBackend } from '@fettle/contract/host-agent';
import * as v from 'valibot';

/** What `host-agent --help` prints. */
export const HELP = `host-agent: runs machines on this host for the control plane

  host-agent serve --state DIR --token-file FILE --control-url URL --repos DIR --image-dir DIR
                   [--port N] [--backend auto|docker|process] [--host-id ID] [--exit-with-stdin]
      Serves the host contract on loopback and prints one JSON line when ready.
      --state DIR         folder for records, copies and disks of plain processes
      --token-file FILE   file with the token that the control plane shows, and in a second line the one before;
                          read again when it changes
      --control-url URL   where reports of machines go
      --repos DIR         folder with platform.git and customer.git
      --image-dir DIR     folder with runtime.cjs, what machines are made from
      --port N            port of the host API, 0 or left out for a free one
      --backend B         auto (default): as at the first start; at the first, docker when its engine answers
      --host-id ID        name of this host; derived from the state folder when left out
      --exit-with-stdin   park all machines and end when stdin closes
      SIGTERM or SIGINT parks all machines: they are stopped, keep their disks, and come back at the next start.

  host-agent reset --state DIR [--host-id ID]
      Removes all machines, disks, copies and networks of this host, and the state folder.
`;

const HostId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,40}$/, '--host-id takes lower-case letters, digits and dashes'),
);
const given = (name: string) =>
  v.pipe(v.string(`--${name} is needed`), v.minLength(1, `--${name} is needed`));

const ServeOptions = v.object({
  state: given('state'),
  tokenFile: given('token-file'),
  controlUrl: v.pipe(given('control-url'), v.url('--control-url takes a URL')),
  repos: given('repos'),
  imageDir: given('image-dir'),
  port: v.pipe(
    v.optional(v.string(), '0'),
    v.transform(Number),
    v.integer('--port takes a number'),
    v.minValue(0, '--port takes 0 to 65535'),
    v.maxValue(65535, '--port takes 0 to 65535'),
  ),
  backend: v.optional(
    v.picklist(['auto', ...HostBackend.options], '--backend takes auto, docker or process'),
    'auto',
  ),
  hostId: v.optional(HostId),
  exitWithStdin: v.optional(v.boolean(), false),
});
export type ServeOptions = v.InferOutput<typeof ServeOptions>;

const ResetOptions = v.object({ state: given('state'), hostId: v.optional(HostId) });
export type ResetOptions = v.InferOutput<typeof ResetOptions>;

/** A command line, understood. */
export type Command =
  | { name: 'help' }
  | { name: 'serve'; options: ServeOptions }
  | { name: 'reset'; options: ResetOptions }
  | { name: 'wrong'; message: string };

/** Understands a command line (without `node` and the script). Never throws. */
export function parseCommand(args: string[]): Command {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        state: { type: 'string' },
        port: { type: 'string' },
        backend: { type: 'string' },
        'control-url': { type: 'string' },
        repos: { type: 'string' },
        'image-dir': { type: 'string' },
        'token-file': { type: 'string' },
        'host-id': { type: 'string' },
        'exit-with-stdin': { type: 'boolean' },
      },
    });
  } catch (error) {
    return { name: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { name: 'help' };
  const [name, ...rest] = positionals;
  if (rest.length > 0) return { name: 'wrong', message: 'one command at a time' };
  if (name === 'serve') {
    const result = v.safeParse(ServeOptions, {
      ...values,
      state: values.state,
      repos: values.repos,
      controlUrl: values['control-url'],
      imageDir: values['image-dir'],
      tokenFile: values['token-file'],
      hostId: values['host-id'],
      exitWithStdin: values['exit-with-stdin'],
    });
    return result.success
      ? { name, options: result.output }
      : { name: 'wrong', message: result.issues[0].message };
  }
  if (name === 'reset') {
    const result = v.safeParse(ResetOptions, { state: values.state, hostId: values['host-id'] });
    return result.success
      ? { name, options: result.output }
      : { name: 'wrong', message: result.issues[0].message };
  }
  return {
    name: 'wrong',
    message: name === undefined ? 'a command is needed' : `there is no command ${name}`,
  };
}
