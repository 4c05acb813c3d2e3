import { describe, expect, it } from 'vitest';
import { holdChoices } from '../../../renderer/clients/hold.ts';
import { portNumber, wholeNumber } from '../../../renderer/settings/numbers.ts';
import {
  joinArguments,
  readHeaders,
  readVariables,
  splitArguments,
} from '../../../renderer/upstream/command-line.ts';
import { choiceOf, chosenWords, statusSentence } from '../../../renderer/upstream/upstream-words.ts';

describe('a number that is typed', () => {
  it.each([' 45 ', '0', '3600'])('is taken: %j', (text) => {
    expect(wholeNumber(text, 0, 3600)).toEqual({ value: Number(text) });
  });

  it.each(['', '3601', '-1', '1.5', '1e3', '0x10', 'ten'])('is refused with a sentence: %j', (text) => {
    expect(wholeNumber(text, 0, 3600)).toEqual({ error: expect.stringMatching(/from 0 to 3600/) });
  });

  it('is no port that the other listener has, but both may be picked by the system', () => {
    expect(portNumber('4748', 4748)).toEqual({ error: expect.stringMatching(/4748 already/) });
    expect(portNumber('0', 0)).toEqual({ value: 0 });
    expect(portNumber('65536', 4748)).toHaveProperty('error');
  });
});

describe('the arguments of a command', () => {
  it.each([
    ['', []],
    ['a  b\tc', ['a', 'b', 'c']],
    ['--name "two words" \'and "quotes"\'', ['--name', 'two words', 'and "quotes"']],
    ['""', ['']],
    ['a"b c"d', ['ab cd']],
    ['"a \\" \\\\ b"', ['a " \\ b']],
    ['C:\\path\\file', ['C:\\path\\file']],
  ])('are split as in a terminal: %j', (line, args) => {
    expect(splitArguments(line)).toEqual({ args });
  });

  it('come back as they were', () => {
    const args = ['-y', '', 'two words', 'a"b', "it's", 'C:\\path\\', 'plain'];
    expect(splitArguments(joinArguments(args))).toEqual({ args });
  });

  it('are refused when a quote stays open', () => {
    expect(splitArguments('a "b')).toHaveProperty('error');
  });
});

describe('environment variables', () => {
  it('are one on each line, the value as it stands', () => {
    expect(readVariables('A=1\n\n B_2=x = y \n')).toEqual({ env: { A: '1', B_2: 'x = y ' } });
  });

  it.each(['A', '=x', '1A=x', 'A B=x'])('are refused where they are none: %j', (text) => {
    expect(readVariables(text)).toHaveProperty('error');
  });
});

describe('headers', () => {
  it('are read line by line', () => {
    expect(readHeaders(' X-Key: a: b \n\nAuthorization:Basic c')).toEqual({
      headers: { 'X-Key': 'a: b', Authorization: 'Basic c' },
    });
  });

  it.each([
    ['X-Key', '“X-Key” is no Name: value. Write one header on each line.'],
    ['X-Key:', 'The header “X-Key” is empty, or has a character that cannot be sent.'],
    ['X-Key: ü', 'The header “X-Key” is empty, or has a character that cannot be sent.'],
    ['Host: x', 'The header “Host” is one that Greenlight sends itself.'],
    ['authorization: Bearer x', 'The header “authorization” is a token: give what follows Bearer as that.'],
  ])('are refused with a sentence where they cannot be sent: %j', (text, error) => {
    expect(readHeaders(text)).toEqual({ error });
  });
});

describe('the upstream in words', () => {
  it('is known by its settings', () => {
    expect(choiceOf('luma', { kind: 'sandbox' })).toBe('sandbox');
    expect(choiceOf('luma', { kind: 'http', url: 'https://luma.mcp.acedata.cloud/mcp' })).toBe('hosted');
    expect(choiceOf('luma', { kind: 'http', url: 'http://127.0.0.1:1/mcp' })).toBe('http');
    expect(choiceOf('luma', { kind: 'stdio', command: 'uvx', args: ['mcp-luma'], envNames: [] })).toBe(
      'local',
    );
    expect(choiceOf('luma', { kind: 'stdio', command: 'uvx', args: ['other'], envNames: [] })).toBe('stdio');
  });

  it('says what it is and offers, or what is wrong', () => {
    const server = { name: 'luma', version: '2.0' };
    expect(statusSentence({ kind: 'http', status: 'connected', server, tools: 1 })).toBe(
      'luma 2.0 answers and offers 1 tool.',
    );
    const flaws = 'What b takes cannot be checked.';
    expect(statusSentence({ kind: 'http', status: 'connected', tools: 2, flaws })).toBe(
      'It answers and offers 2 tools. What b takes cannot be checked.',
    );
    expect(statusSentence({ kind: 'http', status: 'unreachable', message: 'Nothing listens there.' })).toBe(
      'Nothing listens there.',
    );
    expect(statusSentence({ kind: 'stdio', status: 'starting', message: 'It is being fetched.' })).toBe(
      'It is being fetched.',
    );
    expect(statusSentence({ kind: 'stdio', status: 'starting' })).toBe('It is starting.');
  });
});

describe('the hold times', () => {
  it('offer the one in force, wherever it lies', () => {
    expect(holdChoices(45).filter(({ value }) => value === '45')).toHaveLength(1);
    const labels = holdChoices(50).map(({ label }) => label);
    expect(labels.slice(0, 5)).toEqual(['Not at all', '15 s', '30 s', '45 s', '50 s']);
  });
});

describe('what is said once another upstream was chosen', () => {
  it('is no success while it refuses calls, and says why', () => {
    const message = 'The upstream refused the token (HTTP 401). Check it.';
    expect(chosenWords('Hosted Luma', { kind: 'http', status: 'connected' })).toEqual({
      text: 'Hosted Luma is the upstream now.',
      tone: 'plain',
    });
    for (const status of ['unreachable', 'unauthorized'] as const)
      expect(chosenWords('Hosted Luma', { kind: 'http', status, message })).toEqual({
        text: `Hosted Luma is the upstream now. Calls are refused: ${message}`,
        tone: 'bad',
      });
  });
});
