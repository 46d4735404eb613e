import type * as fc from 'fast-check';

/** Something that takes what strangers send, with how to make up inputs and what must hold for each. */
export type Target<T = unknown> = {
  name: string;
  /** What is fuzzed, for people. */
  about: string;
  /** Inputs of a whole run. */
  inputs: number;
  /** How many of them one value of `arbitrary` holds; 1 when it is left out. */
  perValue?: number;
  arbitrary: fc.Arbitrary<T>;
  /** Throws when a property is broken. */
  check: (input: T) => void | Promise<void>;
};

/** A target whose inputs are of one type, among others. */
export function target<T>(one: Target<T>): Target {
  return one as unknown as Target;
}

/** A target of a function that takes one input and is synchronous: it must return, or throw what it says it throws. */
export function parser<T>(
  name: string,
  options: {
    about: string;
    inputs: number;
    arbitrary: fc.Arbitrary<T>;
    parse: (input: T) => unknown;
    /** Errors that are an answer. Left out: it throws nothing. */
    mayThrow?: (error: unknown) => boolean;
  },
): Target {
  const { about, inputs, arbitrary, parse, mayThrow = () => false } = options;
  return target({
    name,
    about,
    inputs,
    arbitrary,
    check(input) {
      try {
        parse(input);
      } catch (error) {
        if (!mayThrow(error)) throw error;
      }
    },
  });
}

/** An error that somebody wrote for whoever sent the input: not what the language throws when code is wrong. */
export function isMeant(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ![TypeError, RangeError, ReferenceError, SyntaxError, URIError].some(
    (unmeant) => error instanceof unmeant,
  );
}
