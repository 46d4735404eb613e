/** What the platform says of a call that failed; the same fields as its error objects carry. */
type FailureFlags = {
  /** The method itself threw. */
  remote?: boolean;
  /** The call did not reach an instance that could have started it; it may be made again. */
  retryable?: boolean;
  /** The object has too much to do; a repeat would make it worse. */
  overloaded?: boolean;
  /** The instance went away while it worked on the call: whether it had an effect is unknown. */
  durableObjectReset?: boolean;
};

/** A call to an object, or to the outside, that brought no answer. */
export class CallFailure extends Error {
  readonly remote: boolean;
  readonly retryable: boolean;
  readonly overloaded: boolean;
  readonly durableObjectReset: boolean;

  constructor(message: string, flags: FailureFlags, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CallFailure';
    this.remote = flags.remote ?? false;
    this.retryable = flags.retryable ?? false;
    this.overloaded = flags.overloaded ?? false;
    this.durableObjectReset = flags.durableObjectReset ?? false;
  }
}

/** The instance went away under the call. */
export function resetFailure(id: string): CallFailure {
  return new CallFailure(`${id} was reset`, { durableObjectReset: true });
}

/** A violated constraint at the commit, as workerd words it: without any of its flags. */
export function commitFailure(): CallFailure {
  return new CallFailure('The writes could not be made durable', {});
}

/** There is no process. */
export function disconnected(): CallFailure {
  return new CallFailure('Network connection lost', { retryable: true });
}

/** What an instance meets that was replaced, when it touches its storage. */
export class StaleInstance extends Error {
  constructor(id: string) {
    super(`Another instance of ${id} has taken over`);
    this.name = 'StaleInstance';
  }
}

/** Ends the turn of an instance that reset itself. Whoever catches it changes nothing: the instance is gone. */
export class InstanceAborted extends Error {
  constructor(id: string) {
    super(`${id} was reset by its own code`);
    this.name = 'InstanceAborted';
  }
}
