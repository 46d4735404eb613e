/** git for tests, free of the developer's own configuration. */
export { git } from '../../../examples/git.ts';
