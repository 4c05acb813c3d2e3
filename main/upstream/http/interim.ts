import type { Socket } from 'node:net';

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20];

/** Bytes of a status line up to the end of its status: `HTTP/1.1 100`. */
const STATUS_END = 12;

/**
 * A server may send `100 Continue` unasked (RFC 9110, 15.2.1), but undici ends the connection on which it comes. It
 * skips every other interim answer, so a 100 is made a `102 Processing` as it arrives: one digit of it.
 */
export function bearContinue(socket: Socket): Socket {
  /** The status line as far as it was seen; `undefined`: what comes is not the head of an answer. */
  let line: string | undefined;
  let lineIsEmpty = false;

  function look(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length && line !== undefined; at += 1) {
      const byte = chunk[at] ?? SPACE;
      if (line.length < STATUS_END) {
        // Before a status line there may be empty ones.
        if (line !== '' || (byte !== CR && byte !== LF)) line += String.fromCharCode(byte);
        if (line.length < STATUS_END) continue;
        if (!/ 1..$/s.test(line)) line = undefined;
        else if (line.endsWith('100')) chunk[at] = '2'.charCodeAt(0);
        lineIsEmpty = false;
      } else if (byte !== LF) lineIsEmpty &&= byte === CR;
      else if (lineIsEmpty) line = '';
      else lineIsEmpty = true;
    }
  }

  const { push, write } = socket;
  // Requests are not pipelined: what comes after something was written is the head of an answer.
  socket.write = ((...args: Parameters<Socket['write']>) => {
    line = '';
    return write.apply(socket, args);
  }) as Socket['write'];
  socket.push = (chunk, encoding) => {
    if (chunk) look(chunk);
    return push.call(socket, chunk, encoding);
  };
  return socket;
}
