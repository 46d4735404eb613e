import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../machine-provider.ts';
import { readAnswer, type Answer, type ReadWords } from './read-answer.ts';

const KEY = 'dtn_secret-key';
const schema = v.object({ id: v.string() });

function read(answer: Answer, words: ReadWords = () => null) {
  return readAnswer('Daytona', answer, { schema, words, secrets: [KEY, 'machine-token'] });
}

function failure(answer: Answer, words?: ReadWords): ProviderError {
  try {
    read(answer, words);
  } catch (error) {
    expect(error).toBeInstanceOf(ProviderError);
    return error as ProviderError;
  }
  throw new Error('was expected to fail');
}

const daytonaBody = (statusCode: number, message: string | string[], error = 'Error') =>
  JSON.stringify({ statusCode, message, error });

it('gives what the answer holds, and leaves out what nobody reads', () => {
  expect(read({ status: 200, text: '{"id":"a","other":1}' })).toEqual({ id: 'a' });
});

describe('a refusal', () => {
  it.each([
    [400, 'BAD_REQUEST', false],
    [422, 'BAD_REQUEST', false],
    [401, 'PROVIDER_KEY_REFUSED', false],
    [403, 'PROVIDER_KEY_REFUSED', false],
    [404, 'NOT_FOUND', false],
    [408, 'DEADLINE_EXCEEDED', true],
    [409, 'CONFLICT', true],
    [412, 'CONFLICT', true],
    [429, 'RATE_LIMITED', true],
    [405, 'PROVIDER_FAILED', false],
    [500, 'PROVIDER_FAILED', true],
    [503, 'PROVIDER_FAILED', true],
  ] as const)('of status %i is %s', (status, code, retryable) => {
    expect(failure({ status, text: daytonaBody(status, 'why') })).toMatchObject({ code, retryable });
  });

  it('says what the provider says, which names the field', () => {
    const text = daytonaBody(400, ['autoStopInterval must not be less than 0', 'name should not be empty']);
    expect(failure({ status: 400, text }).message).toBe(
      'Daytona does not take what we ask for: autoStopInterval must not be less than 0; name should not be empty',
    );
  });

  it('is told by Fly in other fields', () => {
    const seen: unknown[] = [];
    failure({ status: 422, text: '{"error":"full","status":"insufficient_capacity"}' }, (problem) => {
      seen.push(problem);
      return null;
    });
    expect(seen).toEqual([{ status: 422, code: 'insufficient_capacity', message: 'full' }]);
  });

  it('means what its words mean where they are known', () => {
    const error = failure({ status: 403, text: daytonaBody(403, 'full') }, () => 'NO_CAPACITY');
    expect(error).toMatchObject({
      code: 'NO_CAPACITY',
      retryable: true,
      message: 'Daytona has no room for it: full',
    });
  });

  it('never repeats a secret, and never all of a long text', () => {
    const { message } = failure({
      status: 400,
      text: daytonaBody(400, `env ${KEY} machine-token ${'x'.repeat(9999)}`),
    });
    expect(message).not.toContain(KEY);
    expect(message).not.toContain('machine-token');
    expect(message.length).toBeLessThan(500);
  });
});

describe('an answer that is not of the API', () => {
  const html = '<html><body>Bad gateway</body></html>';

  it.each([200, 401, 403, 404, 409, 502])(
    'says nothing at status %i, not even that nothing is there',
    (status) => {
      const error = failure({ status, text: html });
      expect(error).toMatchObject({ code: 'PROVIDER_FAILED', retryable: true });
      expect(error.message).toBe(`Daytona answered ${status} with something that is no JSON`);
    },
  );

  it('is not taken for consent where nothing of it is read', () => {
    const any = { schema: v.unknown(), words: () => null, secrets: [] };
    expect(() => readAnswer('Fly', { status: 200, text: html }, any)).toThrow('no JSON');
    expect(readAnswer('Fly', { status: 200, text: '' }, any)).toBeUndefined();
  });

  it('is known by what is missing in it', () => {
    expect(failure({ status: 200, text: '{"id":7}' }).message).toBe(
      'Daytona answered 200, and id is not what it publishes',
    );
  });

  it.each(['null', '"gone"', '[]', '{}', ''])(
    'is one of status 404 without the words of the API: %s',
    (text) => {
      expect(failure({ status: 404, text }).code).not.toBe('NOT_FOUND');
    },
  );
});
