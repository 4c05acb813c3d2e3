/** `node upstream-stdio.ts [TOOLS]`: the same server as upstream-http.ts over stdio. */
import { createFastServer, type Message } from './parts/fast-server.ts';

const { answer } = createFastServer(Number(process.argv[2] ?? 3));

let rest = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  let out = '';
  for (const line of lines) {
    if (line.trim() === '') continue;
    const message = JSON.parse(line) as Message;
    if (message.id !== undefined && message.method !== undefined) out += `${answer(message)}\n`;
  }
  // One write for all that came together.
  if (out !== '') process.stdout.write(out);
});
process.stdin.on('end', () => process.exit(0));
