import * as v from 'valibot';
import { ProcessDefinition, type ProcessDefinitionInput } from './definition.ts';
import { ProcessName, absolutePath, environmentName, nonEmptyString, wholeNumber } from './primitives.ts';

const PROCESSES = 'an object: name -> process definition';

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Content of a config file. Unknown fields are refused, so that a misspelt one cannot be overlooked. */
export const PidnapConfig = v.strictObject(
  {
    /** Directory for state, logs, the action log and named pipes. One pidnap at a time. */
    stateDir: absolutePath,
    listen: v.optional(
      v.strictObject(
        {
          /** Unix socket, mode 0600: whoever may open it may command. Default: `<stateDir>/pidnap.sock`. */
          socket: v.optional(absolutePath),
          /**
           * TCP listener. Every request but `/healthz` needs the token in `tokenFile`, or a signature (`signature.ts`) of a key
           * in `keysFile` for `audience`: it says for whom each request is, and that nobody changed or repeated it.
           */
          tcp: v.optional(
            v.pipe(
              v.strictObject(
                {
                  host: v.optional(nonEmptyString, '127.0.0.1'),
                  /** 0 takes a free port, printed at start. */
                  port: wholeNumber({ min: 0, max: 65_535 }),
                  /** File with the bearer token, at least 16 characters; read again when it changes. */
                  tokenFile: v.optional(absolutePath),
                  /** File with 1 to 4 Ed25519 public keys, base64url, one in each line; read again when it changes. */
                  keysFile: v.optional(absolutePath),
                  /** What signatures name as their receiver, for example `demo.web-1.1/pidnap`. */
                  audience: v.optional(nonEmptyString),
                },
                'an object with host, port, tokenFile or keysFile and audience',
              ),
              v.check(
                ({ tokenFile, keysFile, audience }) =>
                  tokenFile === undefined
                    ? keysFile !== undefined && audience !== undefined
                    : keysFile === undefined && audience === undefined,
                'tokenFile, or keysFile with audience',
              ),
            ),
          ),
        },
        'an object with socket, tcp',
      ),
      {},
    ),
    /**
     * What a start does with processes that an earlier pidnap left running when it was killed. `adopt`: those whose
     * definition did not change go on; the others are ended. `end`: all are ended and started anew.
     */
    leftovers: v.optional(v.picklist(['adopt', 'end'], 'one of "adopt", "end"'), 'adopt'),
    /**
     * pidnap stops everything and ends when this process has ended for good (`completed` or `failed`), with its exit
     * code, or 128 + the number of the signal that killed it. Left out: pidnap runs until it is told to stop.
     */
    exitWith: v.optional(ProcessName),
    /** Variables passed to every process when set for pidnap: they mark the processes of one machine. */
    markerEnv: v.optional(v.array(environmentName, 'a list of names'), ['FETTLE_MACHINE_ID']),
    processes: v.optional(
      v.pipe(
        // A record alone would take a list, with its indexes as names.
        v.custom<Record<string, ProcessDefinitionInput>>(isObject, PROCESSES),
        v.record(ProcessName, ProcessDefinition, PROCESSES),
      ),
      {},
    ),
  },
  'an object with stateDir, listen, leftovers, exitWith, markerEnv, processes',
);
export type PidnapConfigInput = v.InferInput<typeof PidnapConfig>;
export type PidnapConfig = v.InferOutput<typeof PidnapConfig>;
