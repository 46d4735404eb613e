/** Turns validation issues into sentences for people: the path of the field, what was expected, what was found. */
import type * as v from 'valibot';

/**
 * One sentence per issue, e.g. `processes.web.stop.graceMs: expected a whole number of milliseconds from 0 to 3600000,
 * got "5s"`. Values of environment variables are never repeated: they may be secrets.
 */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string[] {
  return issues.map((issue) => {
    const keys = (issue.path ?? []).map((item) => String(item.key));
    const path = keys.length > 0 ? keys.join('.') : '(the whole document)';
    if (issue.type === 'strict_object' && issue.expected === 'never')
      return `${path}: this field is not known`;
    // Of a missing field, valibot tells the message of the object around it, which would mislead.
    if (issue.received === 'undefined') return `${path}: this field is required`;
    const got = keys.includes('env') ? '' : `, got ${issue.received ?? typeof issue.input}`;
    return `${path}: expected ${expectation(issue)}${got}`;
  });
}

function expectation(issue: v.BaseIssue<unknown>): string {
  // Without a message of ours, valibot writes "Invalid type: Expected ..."; its `expected` part is all that is needed.
  return issue.message.startsWith('Invalid ') ? (issue.expected ?? 'something else') : issue.message;
}
