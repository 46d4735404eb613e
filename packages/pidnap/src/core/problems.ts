/** Turns validation issues into sentences for people: the path of the field, what was expected, what was found. */
import type * as v from 'valibot';
import { knownFields } from './known-fields.ts';
import { nearestName } from './nearest-name.ts';

/** Longest part of a value that is repeated. */
const LONGEST_VALUE = 80;

/**
 * One sentence per issue, e.g. `processes.web.stop.graceMs: expected a whole number of milliseconds from 0 to 3600000,
 * got "5s"`. With the schema, an unknown field comes with the known one that was likely meant. Values of environment
 * variables are never repeated: they may be secrets.
 */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[], schema?: v.GenericSchema): string[] {
  return issues.flatMap(innermost).map((issue) => {
    const keys = (issue.path ?? []).map((item) => String(item.key));
    const path = keys.length > 0 ? keys.join('.') : '(the whole document)';
    if (issue.type === 'strict_object' && issue.expected === 'never')
      return unknownField(path, issue, schema);
    // Of a missing field, valibot tells the message of the object around it, which would mislead.
    if (issue.received === 'undefined' && keys.length > 0) return `${path}: this field is required`;
    return `${path}: expected ${expectation(issue)}, got ${keys.includes('env') ? kindOf(issue.input) : shown(issue)}`;
  });
}

/** `; did you mean "x"?` when a known name is near, else nothing. */
export function suggestion(unknown: string, known: readonly string[]): string {
  const name = nearestName(unknown, known);
  return name === null ? '' : `; did you mean "${name}"?`;
}

/** Of a choice, where one alternative fits but for something within it: that. */
function innermost(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  const within = (issue.issues ?? []).filter(({ path }) => path !== undefined);
  if (within.length === 0) return [issue];
  return within.flatMap((inner) => {
    const path = [...(issue.path ?? []), ...(inner.path ?? [])] as typeof issue.path;
    return innermost({ ...inner, path });
  });
}

function unknownField(
  path: string,
  issue: v.BaseIssue<unknown>,
  schema: v.GenericSchema | undefined,
): string {
  const known = schema && issue.path ? knownFields(schema, issue.path) : [];
  return `${path}: this field is not known${suggestion(String(issue.input), known)}`;
}

function expectation(issue: v.BaseIssue<unknown>): string {
  // Without a message of ours, valibot writes "Invalid type: Expected ..."; its `expected` part is all that is needed.
  return issue.message.startsWith('Invalid ') ? (issue.expected ?? 'something else') : issue.message;
}

function shown({ input, received }: v.BaseIssue<unknown>): string {
  if (typeof input === 'object' && input !== null) return kindOf(input);
  const text = received ?? typeof input;
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text;
}

/** What kind of value it is, without the value. */
function kindOf(input: unknown): string {
  if (input === null || input === undefined) return String(input);
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list';
  if (typeof input === 'object') return 'an object';
  const hint = typeof input === 'string' ? '' : ' (put it in quotes)';
  return `a ${typeof input}${hint}`;
}
