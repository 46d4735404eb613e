import { describe, expect, it } from 'vitest';
import { agreeOnApiVersion, OUR_API_VERSION } from './api-version.ts';
import { parseCgiHead } from './cgi-head.ts';
import { textOfFrames } from './log-frames.ts';

it.each([
  ['1.41', '1.41'],
  ['1.9', '1.9'],
  ['1.99', OUR_API_VERSION],
  ['2.0', OUR_API_VERSION],
  [undefined, OUR_API_VERSION],
  ['newest', OUR_API_VERSION],
])('with an engine that offers %s, version %s is spoken', (offered, spoken) => {
  expect(agreeOnApiVersion(offered)).toBe(spoken);
});

describe('frames of a container log', () => {
  const frame = (stream: number, text: string) => {
    const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  it('give their text in order, a letter cut by two frames whole', () => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    const cut = Buffer.concat([frame(1, 'a\n'), frame(2, 'b\n'), headed(first), headed(second)]);
    expect(textOfFrames(cut)).toBe('a\nb\né');
  });
  it('give what is there of a cut one', () => {
    expect(textOfFrames(frame(1, 'whole').subarray(0, 11))).toBe('who');
    expect(textOfFrames(Buffer.alloc(0))).toBe('');
    expect(textOfFrames(Buffer.from([1, 0, 0]))).toBe('');
  });
  function headed(content: Buffer): Buffer {
    return Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0, content.length]), content]);
  }
});

describe('the head of a CGI answer', () => {
  it('has status 200 unless it says otherwise', () => {
    expect(parseCgiHead('Content-Type: text/plain\r\nExpires: x: y')).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain', expires: 'x: y' },
    });
    expect(parseCgiHead('Status: 404 Not Found\nA: b')).toEqual({ status: 404, headers: { a: 'b' } });
    expect(parseCgiHead('Status: fine')).toMatchObject({ status: 500 });
    expect(parseCgiHead('Status: 99999')).toMatchObject({ status: 500 });
    expect(parseCgiHead('\0Status: 200\nA: b\0\nC: d')).toEqual({ status: 200, headers: { c: 'd' } });
  });
});
