/** The file by which a new machine gets its bootstrap token: what a request says of it. Pure. */
import { BOOTSTRAP_PATH } from '@fettle/contract/boot-environment';
import { BootstrapFile } from '@fettle/contract/credentials';
import * as v from 'valibot';

/** A file that Fly is asked to write into a machine. */
export type ConfigFile = {
  guest_path?: string | undefined;
  raw_value?: string | undefined;
};

/**
 * Where the machine of a host has what a cloud's machine has at `path`: a host keeps the bootstrap file on the machine's
 * own disk, which commands start in, because machines without containers share everything else.
 */
export function placeOnHost(path: string): string {
  return path === BOOTSTRAP_PATH ? 'fettle/bootstrap.json' : path;
}

const Base64Json = v.pipe(v.string(), v.base64(), v.transform(textOf), v.parseJson(), BootstrapFile);

/** The token in those files, `null` where there are none; or what is wrong, as a text without its values. */
export function bootstrapIn(
  files: readonly ConfigFile[],
  machineId: string,
): { token: string | null } | { wrong: string } {
  let token: string | null = null;
  for (const [index, { guest_path: path, raw_value: raw }] of files.entries()) {
    if (path !== BOOTSTRAP_PATH)
      return { wrong: `files.${index}.guest_path must be ${BOOTSTRAP_PATH}: no other file is written here` };
    const parsed = v.safeParse(Base64Json, raw);
    if (!parsed.success || parsed.output.machineId !== machineId)
      return { wrong: `files.${index}.raw_value is not the bootstrap file of this machine` };
    token = parsed.output.token;
  }
  return { token };
}

function textOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
