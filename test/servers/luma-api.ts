/** In the place of Luma's own HTTP API, for the local mcp-luma: accepts every video and makes none. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface LumaApi {
  /** What `ACEDATACLOUD_API_BASE_URL` is to be. */
  url: string;
  received: { path: string | undefined; authorization: string | undefined; body: unknown }[];
  close(): Promise<void>;
}

/** Starts it on a port of 127.0.0.1, a free one by default. */
export async function startLumaApi(port = 0): Promise<LumaApi> {
  const received: LumaApi['received'] = [];
  const http = createServer(async (request, response) => {
    const { authorization } = request.headers;
    received.push({ path: request.url, authorization, body: await json(request) });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ success: true, task_id: 'task-1', trace_id: 'trace-1' }));
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    received,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
