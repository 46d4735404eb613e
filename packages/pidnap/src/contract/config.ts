import * as v from 'valibot';
import {
  ProcessDefinition,
  ProcessName,
  type ProcessDefinitionInput,
  absolutePath,
  environmentName,
  nonEmptyString,
  wholeNumber,
} from './definition.ts';

const PROCESSES = 'an object: name -> process definition';

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Content of `pidnap.config.json`. Unknown fields are refused, so that a misspelt one cannot be overlooked. */
export const PidnapConfig = v.strictObject(
  {
    /** Directory for state, logs, the action log and named pipes. One pidnap at a time. */
    stateDir: absolutePath,
    listen: v.optional(
      v.strictObject(
        {
          /** Unix socket, mode 0600: whoever may open it may command. Default: `<stateDir>/pidnap.sock`. */
          socket: v.optional(absolutePath),
          /** TCP listener; every request but `/healthz` needs the token in `tokenFile`. */
          tcp: v.optional(
            v.strictObject(
              {
                host: v.optional(nonEmptyString, '127.0.0.1'),
                /** 0 takes a free port, printed at start. */
                port: wholeNumber({ min: 0, max: 65_535 }),
                /** File with the bearer token, at least 16 characters; read again when it changes. */
                tokenFile: absolutePath,
              },
              'an object with host, port, tokenFile',
            ),
          ),
        },
        'an object with socket, tcp',
      ),
      {},
    ),
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
  'an object with stateDir, listen, markerEnv, processes',
);
export type PidnapConfigInput = v.InferInput<typeof PidnapConfig>;
export type PidnapConfig = v.InferOutput<typeof PidnapConfig>;
