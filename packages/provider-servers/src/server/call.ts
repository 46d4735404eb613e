/** What the handler of an operation gets and gives back. */
import type { CheckedParameters } from '../spec/specification.ts';

/** One request that fits the specification. */
export type Call = {
  /** The operation's published id. */
  operation: string;
  /** Everything that the path names, also where the API itself is below something. */
  path: Record<string, string>;
  /** Path, query and header parameters by name, typed as the specification says. */
  parameters: CheckedParameters;
  /** The JSON body; `undefined` where none came. */
  body: unknown;
  /** The request itself, for what JSON does not say. */
  request: Request;
  /** Milliseconds since the epoch, by the server's clock. */
  now: number;
};

/** An answer in JSON, or any other response as it is. */
export type Answer =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | { response: Response };

/** Does what one operation is for. Throws a `Refusal` when it will not. */
export type Handler = (call: Call) => Promise<Answer> | Answer;

/** Handlers by published operationId. */
export type Handlers = Record<string, Handler>;

/** Why a request is not done. Each API says it in its own form. */
export class Refusal extends Error {
  readonly status: number;
  /** A word of the API's own for it, where it has one. */
  readonly code: string | null;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    options: { code?: string; headers?: Record<string, string> } & ErrorOptions = {},
  ) {
    super(message, options);
    this.name = 'Refusal';
    this.status = status;
    this.code = options.code ?? null;
    this.headers = options.headers ?? {};
  }
}

/** A parameter that the specification says is a string. */
export function textParameter(call: Call, name: string): string | undefined {
  const value = call.parameters[name];
  return typeof value === 'string' ? value : undefined;
}

/** A parameter that the specification says is a number. */
export function numberParameter(call: Call, name: string): number | undefined {
  const value = call.parameters[name];
  return typeof value === 'number' ? value : undefined;
}
