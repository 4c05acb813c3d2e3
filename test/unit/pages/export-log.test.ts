import { describe, expect, it } from 'vitest';
import { exportLog, rowsIn } from '../../../renderer/activity/export-log.ts';
import type { Transport } from '../../../renderer/transport/transport.ts';

/** Hands out these pieces one after the other, and keeps what it was asked. */
function exporting(contents: string[]) {
  const asked: object[] = [];
  const call = async (_method: string, params: { before?: string }) => {
    asked.push(params);
    const at = Number(params.before ?? 0);
    return {
      filename: 'log.csv',
      content: contents[at],
      ...(at + 1 < contents.length && { next: String(at + 1) }),
    };
  };
  return { asked, transport: { call } as unknown as Pick<Transport, 'call'> };
}

describe('an export', () => {
  it('puts the pieces together in order, and tells how far it is', async () => {
    const { transport, asked } = exporting(['at,tool\r\n1,a\r\n2,"x\ny"\r\n', '3,c\r\n', '4,d\r\n']);
    const told: number[] = [];
    const file = await exportLog(transport, { tool: 'a' }, 'csv', {
      signal: new AbortController().signal,
      onProgress: (rows) => told.push(rows),
    });
    expect(await file.content.text()).toBe('at,tool\r\n1,a\r\n2,"x\ny"\r\n3,c\r\n4,d\r\n');
    expect(file).toMatchObject({ filename: 'log.csv', rows: 4 });
    expect(told).toEqual([2, 3, 4]);
    expect(asked).toEqual([
      { tool: 'a', format: 'csv' },
      { tool: 'a', format: 'csv', before: '1' },
      { tool: 'a', format: 'csv', before: '2' },
    ]);
  });

  it('stops when it is cancelled', async () => {
    const { transport, asked } = exporting(['{}\n', '{}\n', '{}\n']);
    const cancel = new AbortController();
    const file = exportLog(transport, {}, 'jsonl', {
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    await expect(file).rejects.toThrow(/abort/i);
    expect(asked).toHaveLength(1);
  });

  it('counts rows, not line ends within a cell', () => {
    expect(rowsIn('head\r\n"a\n""b""\nc"\r\nd\r\n', 'csv', true)).toBe(2);
    expect(rowsIn('{"a":"\\""}\n{"b":1}\n', 'jsonl', true)).toBe(2);
  });
});
