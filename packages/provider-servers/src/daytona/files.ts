import { placeOnHost } from '../host/bootstrap-file.ts';
import { quoted } from '../host/shell-command.ts';
import { Refusal, textParameter, type Call, type Handlers } from '../server/call.ts';
import type { SandboxRecord } from './record.ts';
import type { Toolbox } from './toolbox.ts';

/** The largest file that fits into one command of a host, and whose base64 fits into its output, in bytes. */
const LARGEST_UP = 200_000;
const LARGEST_DOWN = 45_000;

/** Files in and out, through commands in the sandbox. Small ones: this is what the official SDK needs to be tried. */
export function fileHandlers(toolbox: Toolbox): Handlers {
  async function write(record: SandboxRecord, path: string, content: Uint8Array): Promise<void> {
    if (content.length > LARGEST_UP)
      throw new Refusal(400, `file must not be larger than ${LARGEST_UP} bytes here`, {
        code: 'BAD_REQUEST',
      });
    const place = placeOnHost(path);
    const [target, part] = [quoted(place), quoted(`${place}.part`)];
    const text = quoted(Buffer.from(content).toString('base64'));
    // Whoever waits for the file finds all of it, and one that may not be written is replaced.
    const command = `mkdir -p -- "$(dirname -- ${target})" && printf %s ${text} | base64 -d > ${part} && mv -f -- ${part} ${target}`;
    const { exitCode, stderr } = await toolbox.run(record, { command });
    if (exitCode !== 0) throw new Refusal(400, `cannot write: ${stderr.trim()}`, { code: 'BAD_REQUEST' });
  }

  async function read(record: SandboxRecord, path: string): Promise<Buffer> {
    const file = quoted(placeOnHost(path));
    const command = `test -f ${file} || exit 44; test $(wc -c < ${file}) -le ${LARGEST_DOWN} || exit 45; base64 < ${file}`;
    const { exitCode, stdout } = await toolbox.run(record, { command });
    if (exitCode === 44) throw new Refusal(404, `file not found: ${path}`, { code: 'FILE_NOT_FOUND' });
    if (exitCode === 45)
      throw new Refusal(400, `file must not be larger than ${LARGEST_DOWN} bytes here`, {
        code: 'BAD_REQUEST',
      });
    if (exitCode !== 0) throw new Refusal(403, `cannot read: ${path}`, { code: 'FILE_ACCESS_DENIED' });
    return Buffer.from(stdout, 'base64');
  }

  return {
    async UploadFile(call) {
      const record = await toolbox.sandboxOf(call);
      const path = textParameter(call, 'path') ?? '';
      const file = (await form(call)).get('file');
      if (!(file instanceof File)) throw new Refusal(400, 'file is required', { code: 'BAD_REQUEST' });
      await write(record, path, new Uint8Array(await file.arrayBuffer()));
      return { status: 200, body: { name: path.split('/').at(-1) ?? path, path, type: 'file' } };
    },

    async UploadFiles(call) {
      const record = await toolbox.sandboxOf(call);
      const fields = await form(call);
      for (const [name, file] of fields) {
        const index = /^files\[(\d+)\]\.file$/.exec(name)?.[1];
        if (index === undefined || !(file instanceof File)) continue;
        const path = fields.get(`files[${index}].path`);
        if (typeof path !== 'string') throw new Refusal(400, `files[${index}].path is required`);
        await write(record, path, new Uint8Array(await file.arrayBuffer()));
      }
      return { status: 200 };
    },

    async DownloadFile(call) {
      const content = await read(await toolbox.sandboxOf(call), textParameter(call, 'path') ?? '');
      return {
        response: new Response(new Uint8Array(content), {
          headers: { 'content-type': 'application/octet-stream' },
        }),
      };
    },

    async DownloadFiles(call) {
      const record = await toolbox.sandboxOf(call);
      const { paths } = call.body as { paths: string[] };
      const answer = new FormData();
      for (const path of paths) {
        try {
          answer.append('file', new File([new Uint8Array(await read(record, path))], path));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          answer.append('error', new File([error.message], path, { type: 'text/plain' }));
        }
      }
      return { response: new Response(answer) };
    },
  };
}

async function form(call: Call): Promise<FormData> {
  try {
    return await call.request.formData();
  } catch (error) {
    throw new Refusal(400, 'body must be multipart/form-data', { code: 'BAD_REQUEST', cause: error });
  }
}
